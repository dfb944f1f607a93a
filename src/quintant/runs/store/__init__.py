"""The Store and its database."""

from quintant.runs.store.store import ANY, SORTS, Claim, Fenced, Held, NewEvent, Store

__all__ = ["ANY", "SORTS", "Claim", "Fenced", "Held", "NewEvent", "Store"]
