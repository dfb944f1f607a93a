"""Growth: Runs that are added to a sweep that is there: seeds until its points are precise, and what somebody adds by hand.

What a sweep still needs follows from what its Runs measured, in the order of their seeds (`quintant.until.judge`), so that
nothing is remembered beside the Runs but that the sweep grows: a server that dies and comes back goes on where it was.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from quintant.config import canonical, suggest
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.lab import Lab, Metric
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.until import Until, Verdict, judge

if TYPE_CHECKING:
    from quintant.runs.facade import Runs

LOOK_EVERY_S = 0.1
AT_LEAST_EVERY_S = 1.0
SHARE = 10
"""A look lasts at least a tenth of the time until the next: large sweeps are looked at less often."""
log = logging.getLogger("quintant.runs")


@dataclass(frozen=True)
class PointVerdict:
    """`verdict` None: Runs of this point have not ended."""

    point: Mapping[str, Any]
    runs: int
    verdict: Verdict | None


def verdicts(
    runs: Sequence[Run], metrics: Mapping[str, Mapping[str, Metric]], until: Until, start: int, *, grows: bool
) -> list[PointVerdict]:
    """How far each point of a sweep is, in its order. `metrics` of the completed Runs by id and name; `grows`: Runs are still
    added."""
    points: dict[bytes, list[Run]] = {}
    for run in runs:
        points.setdefault(canonical(dict(run.point)), []).append(run)
    stopped = not grows or any(run.state is State.CANCELLED for run in runs)
    return [PointVerdict(group[0].point, len(group), _verdict(group, metrics, until, start, stopped))
            for group in points.values()]  # fmt: skip


def _verdict(
    group: Sequence[Run], metrics: Mapping[str, Mapping[str, Metric]], until: Until, start: int, stopped: bool
) -> Verdict | None:
    if not all(run.state.final for run in group):
        return None
    ordered = sorted(group, key=lambda run: run.replicate)
    known = {name for run in ordered for name in metrics.get(run.id, {})}
    unknown = [target.metric for target in until.targets if target.metric not in known]
    if known and unknown:
        reason = f"not converged: no run has a metric {unknown[0]}; they have {', '.join(sorted(known))}"
        return Verdict(False, len(group), (), reason)
    wrong = [target for target in until.targets if target.unit and target.unit != _unit(metrics, ordered, target.metric)]
    if known and wrong:
        unit = _unit(metrics, ordered, wrong[0].metric)
        return Verdict(False, len(group), (), f"not converged: {wrong[0].metric} is in {unit or '1'}, not in {wrong[0].unit}")
    values = {t.metric: [_value(metrics.get(run.id, {}).get(t.metric)) for run in ordered] for t in until.targets}
    verdict = judge(until, values, start)
    if verdict.converged is None and stopped:
        return replace(verdict, converged=False, reason=f"stopped after {len(group)} seeds")
    return verdict


def _unit(metrics: Mapping[str, Mapping[str, Metric]], runs: Sequence[Run], name: str) -> str:
    return next((metrics[run.id][name].unit for run in runs if name in metrics.get(run.id, {})), "")


def _value(metric: Metric | None) -> float | None:
    return None if metric is None or metric.value is None else float(metric.value)


def targets(lab: Lab, until: Until, units: Mapping[str, str]) -> Until:
    """`until` with the names of metrics written out: the headline's label, or the beginning of one name, is enough.

    `units` of the metrics that Runs of the lab have had here, by name. ConfigError for a name that none of them has, and for
    another unit than theirs. Where none has been run yet only the headline is known: other names are taken as they are."""
    known = {**units, lab.headline.metric: lab.headline.unit}
    written = []
    for at, target in enumerate(until.targets):
        path = "until" if len(until.targets) == 1 else f"until.{at}"
        beginning = [name for name in known if name.startswith(target.metric)]
        if target.metric in known:
            name = target.metric
        elif target.metric == lab.headline.label:
            name = lab.headline.metric
        elif len(beginning) == 1:
            name = beginning[0]
        elif units:
            shown = ", ".join(sorted(beginning or known))
            text = f"must name a metric of {lab.name}, such as {shown}; got '{target.metric}'."
            raise ConfigError(Problem(path, text, target.metric, sorted(known), suggest(target.metric, sorted(known))))
        else:
            name = target.metric
        if target.unit and name in known and target.unit != known[name]:
            text = f"must be in the unit of {name}, {known[name]!r}, or in %; got {target.unit!r}."
            raise ConfigError(Problem(path, text, target.unit))
        written.append(replace(target, metric=name))
    return Until.read([str(target) for target in written], until.most) or until


class Growth:
    """A thread that looks at sweeps as their Runs end, and adds seeds to points that need more."""

    def __init__(self, runs: Runs, *, own: bool) -> None:
        """`own`: only the sweeps that are named (`add`); else all that grow."""
        self._runs, self._own = runs, own
        self._named: set[str] = set()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def add(self, sweep_id: str) -> None:
        """Look after this sweep too."""
        with self._lock:
            self._named.add(sweep_id)
        self.start()

    def start(self) -> None:
        """Begin to look, where it is not only after one's own: some may have been begun before this process."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._look, name="growth", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _look(self) -> None:
        seen, logged = -1, False
        while not self._closed.is_set():
            began = time.monotonic()
            try:
                self._grow()
                logged = False
            except Exception:  # a store that is away for a while must not end the growing
                if not logged:
                    log.exception("sweeps cannot be extended; trying again")
                logged = True
            self._closed.wait(max(LOOK_EVERY_S, SHARE * (time.monotonic() - began)))
            seen = self._runs.notifier.wait(seen, AT_LEAST_EVERY_S)

    def _grow(self) -> None:
        with self._lock:
            named = set(self._named) if self._own else set(self._runs.store.growing())
        for sweep_id in named:
            try:
                grows = self._runs.grow(sweep_id)
            except NotFound:
                grows = False
            except Conflict:  # another process was faster: what it did is seen at the next look
                continue
            if not grows:
                with self._lock:
                    self._named.discard(sweep_id)
