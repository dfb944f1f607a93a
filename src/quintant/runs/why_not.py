"""Why a Run was executed, or will be, though Runs like it are there: what differs from the nearest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quintant.config import parse
from quintant.lab import Lab
from quintant.runs.identity import PARTS, Identity
from quintant.runs.leaves import leaves
from quintant.runs.lifecycle import State
from quintant.runs.reuse import Reuse
from quintant.runs.run import Run
from quintant.runs.store import Store

LOOKED_AT = 500
"""So many of the newest Runs of a lab are compared."""


@dataclass(frozen=True)
class Part:
    """One part of the identity in which two Runs differ. `name`: a word of `identity.PARTS`, a dotted key of the config or, for
    a file that it names, its key; `nearest` and `this`: as texts, None where there is none."""

    name: str
    nearest: str | None
    this: str | None


@dataclass(frozen=True)
class WhyNot:
    """`reused_from`: it was reused after all. `nearest`: the completed Run that differs in least, None where none is there."""

    run: str
    reason: str
    reused_from: str | None = None
    nearest: str | None = None
    differs: Sequence[Part] = ()


def why_not(run: Run, lab: Lab, store: Store, reuse: Reuse) -> WhyNot:
    """Of any Run. Those before it are looked through, the newest LOOKED_AT of its lab."""
    if run.reused_from is not None:
        return WhyNot(run.id, f"It was reused: its result is that of run {run.reused_from}.", run.reused_from)
    if run.contract is not None:
        return WhyNot(run.id, f"It came through the {run.contract} contract, whose clients expect it to be executed.")
    if run.verify_of is not None:
        return WhyNot(run.id, f"It verifies run {run.verify_of}: that is to execute it again.")
    if unsteady := lab.unsteady(parse(lab.config, run.config)):
        return WhyNot(run.id, f"Its config can give another result each time: {unsteady}")
    here = Identity.recorded(run, lab) if run.state is State.COMPLETED else Identity.here(run, lab)
    others = store.completed_before(run.id, run.lab, LOOKED_AT)
    if not others:
        return _first(run, store, f"No run of lab {run.lab} had completed before it.")
    same = [other for other in others if Identity.recorded(other, lab) == here]
    if same and run.fresh:
        return WhyNot(run.id, f"It was asked to be executed (--fresh); run {same[0].id} is identical.", None, same[0].id)
    if same:
        late = [other for other in same if (other.ended_at or 0) > (run.started_at or run.created_at)]
        broken = reuse.whole(same[0])
        reason = (
            f"The files of run {same[0].id}, which is identical, are not what was recorded: {broken}" if broken
            else f"Run {same[0].id} is identical, and had not ended when this one began." if late
            else f"Run {same[0].id} is identical, and its result could not be taken over when this one began."
        )  # fmt: skip
        return WhyNot(run.id, reason, None, same[0].id)
    nearest, parts = min(((other, _parts(run, other, here, lab)) for other in others), key=lambda pair: len(pair[1]))
    words = ", ".join(f"{part.name} is {part.this}, not {part.nearest}" for part in parts[:3])
    more = f", and {len(parts) - 3} more" if len(parts) > 3 else ""
    besides = " It was asked to be executed (--fresh) besides." if run.fresh else ""
    reason = f"No run before it is identical; the nearest is {nearest.id}: {words}{more}.{besides}"
    return _first(run, store, reason, nearest.id, parts)


def _first(run: Run, store: Store, reason: str, nearest: str | None = None, parts: Sequence[Part] = ()) -> WhyNot:
    if run.state is State.QUEUED and not run.fresh and (twin := store.computing(run)) is not None:
        return WhyNot(run.id, f"It waits for run {twin}, which computes the same at this moment.", None, twin)
    return WhyNot(run.id, reason, None, nearest, parts)


def _parts(run: Run, other: Run, here: Identity, lab: Lab) -> list[Part]:
    parts: list[Part] = []
    for name, (theirs, own) in Identity.recorded(other, lab).differs(here).items():
        if name == "config_hash":
            parts += _keys(run, other)
        else:
            parts.append(Part(PARTS[name], _short(theirs), _short(own)))
    return parts


def _keys(run: Run, other: Run) -> list[Part]:
    own, theirs = leaves(run.config), leaves(other.config)
    named = {item["key"]: item["sha256"] for item in run.outside}, {item["key"]: item["sha256"] for item in other.outside}
    keys = [key for key in dict.fromkeys([*own, *theirs]) if own.get(key) != theirs.get(key)]
    files = [key for key in dict.fromkeys([*named[0], *named[1]]) if named[0].get(key) != named[1].get(key)]
    return [
        *(Part(key, _value(theirs, key), _value(own, key)) for key in keys),
        *(Part(f"content of {key}", _short(named[1].get(key)), _short(named[0].get(key))) for key in files if key not in keys),
    ]


def _value(config: dict[str, object], key: str) -> str | None:
    return None if key not in config else str(config[key])[:200]


def _short(text: str | None) -> str | None:
    """A hash by its first characters."""
    return text[:12] if text is not None and len(text) == 64 else text
