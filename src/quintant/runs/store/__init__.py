"""The Store and its database."""

from quintant.runs.store.index import Basis
from quintant.runs.store.store import ANY, SORTS, Claim, Every, Fenced, Held, NewEvent, Store

__all__ = ["ANY", "SORTS", "Basis", "Claim", "Every", "Fenced", "Held", "NewEvent", "Store"]
