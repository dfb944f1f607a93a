"""Listing: the rows of one page. `order` finds which they are; only these are read, and only for these are intervals taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, case, func, select

from quintant.lab import Lab, Metric
from quintant.runs.filter import Vocabulary
from quintant.runs.leaves import reached
from quintant.runs.lifecycle import State
from quintant.runs.rows import URGENCY, Cell, Column, End, Query, Row, RowPage
from quintant.runs.statistics import over_replicates
from quintant.runs.store import feed, index
from quintant.runs.store.models import run_annotations, run_metrics, run_tags, runs, sweeps
from quintant.runs.store.order import FIRSTS, GROUPS, Order
from quintant.statistics import Estimate, Scale
from quintant.until import Until

_SHOWN = (
    "number", "fold", "family", "id", "lab", "name", "state", "want", "fraction", "config", "config_hash", "root_seed",
    "values", "sweep_id", "point", "created_at", "started_at", "ended_at", "reason", "contract", "verify_of", "warnings",
)  # fmt: skip
_MEASURED = [run_metrics.c[name] for name in ("name", "unit", "value", "low", "high", "effective")]
LabOf = Callable[[str], Lab | None]
"""A lab by its name; None for one that is not there."""


@dataclass(frozen=True)
class Listing:
    connection: Connection
    query: Query
    vocabulary: Callable[[], Vocabulary]
    lab: LabOf
    now: float
    _targets: dict[str, frozenset[str]] = field(default_factory=dict)

    def page(self, columns: Sequence[Column] = ()) -> RowPage:
        cursor = feed.newest(self.connection)
        page = Order(self.connection, self.query, self.vocabulary, self.now).page()
        return RowPage(
            rows=tuple(self.rows([place[-1] for place in page.places], columns)),
            next=self.query.cursor_at(page.places[-1]) if page.rest else None,
            total=page.total,
            runs=page.runs,
            more=page.more,
            cursor=cursor,
        )

    def _headline(self, lab: str) -> str:
        """The metric of a lab's headline; nothing of a lab that is not there."""
        known = self.lab(lab)
        return "" if known is None else known.headline.metric

    def _over(self, metrics: Sequence[Metric], lab: str, name: str, sweep_id: str | None) -> Estimate:
        known = self.lab(lab)
        scale: Scale = "linear" if known is None else known.scale(name)
        stopped = name in self._stopped(sweep_id)
        return alone(metrics[0]) if len(metrics) == 1 else over_replicates(metrics, scale, stopped=stopped)

    def _stopped(self, sweep_id: str | None) -> frozenset[str]:
        """The metrics until whose precision replicates were added to a sweep."""
        if sweep_id is None:
            return frozenset()
        if sweep_id not in self._targets:
            request = self.connection.execute(select(sweeps.c.request).where(sweeps.c.id == sweep_id)).scalar()
            until = None if request is None else Until.stored(request)
            self._targets[sweep_id] = until.metrics if until is not None else frozenset()
        return self._targets[sweep_id]

    @property
    def _group(self) -> Any:
        return runs.c[GROUPS[self.query.fold]]

    def rows(self, groups: Sequence[int], columns: Sequence[Column] = ()) -> list[Row]:
        """The rows of these groups, in their order."""
        if not groups:
            return []
        group, flag = self._group, FIRSTS[self.query.fold]
        firsts = select(*(runs.c[name] for name in _SHOWN)).where(group.in_(groups), runs.c.hidden_until.is_(None))
        firsts = firsts if flag is None else firsts.where(runs.c[flag] == 1)
        leads = {row._mapping[group.name]: row for row in self.connection.execute(firsts)}
        counts = self._states(groups)
        points = self._points(groups)
        headlines = self._headlines(leads, points)
        reasons = self._reasons(groups, counts)
        axes = self._axes([row.sweep_id for row in leads.values() if row.sweep_id is not None])
        tags, notes = self._annotations([row.number for row in leads.values()], [row.id for row in leads.values()])
        cells = self._cells(leads, columns)
        return [
            replace(
                self._row(key, leads[key], counts[key], points[key], headlines, reasons, axes, tags, notes), cells=cells[key]
            ) for key in groups if key in leads
        ]  # fmt: skip

    def _row(
        self, key: int, lead: Any, counts: Sequence[Any], points: Sequence[int], headlines: Mapping[int, Estimate],
        reasons: Mapping[int, str], axes: Mapping[str, Any], tags: Mapping[int, list[str]], notes: Mapping[str, Any],
    ) -> Row:  # fmt: skip
        fold = self.query.fold
        several = fold == "sweep" and lead.sweep_id is not None
        kind: Any = "run" if fold == "none" or lead.sweep_id is None else "sweep" if several else "point"
        states = {count.state: count.n for count in counts}
        number = sum(states.values())
        ended = [count.ended for count in counts]
        started = min((count.started for count in counts if count.started is not None), default=None)
        last = max((moment for moment in ended if moment is not None), default=None)
        live = any(not State(state).final for state in states)
        note = notes.get(lead.id)
        name = {"run": lead.id, "sweep": lead.sweep_id}.get(kind) or feed.fold_key(lead.id, lead.sweep_id, lead.fold)
        return Row(
            key=name,
            kind=kind,
            lead=lead.id,
            sweep_id=lead.sweep_id,
            lab=lead.lab,
            name=lead.name,
            state=next(state for state in URGENCY if str(state) in states),
            states=states,
            want=lead.want,
            fraction=sum(count.fraction for count in counts) / number,
            runs=number,
            reused=sum(count.reused for count in counts),
            points=len(points),
            seeds=max(1, round(number / max(1, len(points)))),
            point={} if kind == "sweep" else lead.point,
            axes=axes.get(lead.sweep_id, {}) if kind == "sweep" else {},
            headline=headlines.get(points[0]) if len(points) == 1 else None,
            ends=self._ends(points, headlines) if len(points) > 1 else None,
            config=lead.config,
            config_hash=lead.config_hash,
            root_seed=lead.root_seed,
            created_at=lead.created_at,
            started_at=started,
            ended_at=None if live else last,
            took_s=None if started is None else (self.now if live else last or started) - started,
            reason=reasons.get(key),
            warnings=len(lead.warnings),
            contract=lead.contract,
            verify_of=lead.verify_of,
            values=lead.values,
            tags=tuple(tags.get(lead.number, ())),
            note=None if note is None else note.body.get("note"),
            version=0 if note is None else note.version,
        )  # fmt: skip

    def _states(self, groups: Sequence[int]) -> dict[int, list[Any]]:
        """By group: how many Runs are in each state, since when and how far."""
        group = self._group
        query = select(
            group.label("key"), runs.c.state, func.count().label("n"), func.sum(runs.c.fraction).label("fraction"),
            func.count(runs.c.reused_from).label("reused"),
            func.min(runs.c.started_at).label("started"), func.max(runs.c.ended_at).label("ended"),
        ).where(group.in_(groups), runs.c.hidden_until.is_(None)).group_by(group, runs.c.state)  # fmt: skip
        by_key: dict[int, list[Any]] = defaultdict(list)
        for row in self.connection.execute(query):
            by_key[row.key].append(row)
        return by_key

    def _points(self, groups: Sequence[int]) -> dict[int, list[int]]:
        """By group: what its headline is taken over, in order: its folds, or itself where it is one Run."""
        if self.query.fold != "sweep":
            return {key: [key] for key in groups}
        folds = select(runs.c.family, runs.c.fold).where(runs.c.family.in_(groups), runs.c.hidden_until.is_(None)).distinct()
        by_family: dict[int, list[int]] = defaultdict(list)
        for row in self.connection.execute(folds.order_by(runs.c.family, runs.c.fold)):
            by_family[row.family].append(row.fold)
        return by_family

    def _headlines(self, leads: Mapping[int, Any], points: Mapping[int, Sequence[int]]) -> dict[int, Estimate]:
        """The headline at every fold that is shown: the only one of a row, the first and last of a sweep's."""
        wanted = {fold: leads[key] for key, folds in points.items() if key in leads for fold in (folds[0], folds[-1])}
        group = runs.c.number if self.query.fold == "none" else runs.c.fold
        metric = run_metrics.c
        measured: dict[int, list[Metric]] = defaultdict(list)
        names = {self._headline(lead.lab) for lead in wanted.values()}
        query = (
            select(group.label("key"), runs.c.lab, *_MEASURED)
            .join_from(runs, run_metrics, metric.run == runs.c.number)
            .where(group.in_(list(wanted)), metric.name.in_(names), runs.c.state == State.COMPLETED.value)
            .where(runs.c.hidden_until.is_(None), metric.value.is_not(None))
            .order_by(runs.c.number)
        )
        for row in self.connection.execute(query):
            if row.name == self._headline(row.lab):
                measured[row.key].append(index.metric(row))
        return {
            key: self._over(metrics, lead.lab, self._headline(lead.lab), lead.sweep_id)
            for key, metrics in measured.items()
            if (lead := wanted[key])
        }

    def _cells(self, leads: Mapping[int, Any], columns: Sequence[Column]) -> dict[int, dict[str, Cell]]:
        """By group and column. A metric of one Run has its own interval, of several that of their mean."""
        cells: dict[int, dict[str, Cell]] = {key: {} for key in leads}
        for column in columns:
            if column.kind == "config":
                for key, lead in leads.items():
                    cells[key][str(column)] = Cell(reached(lead.config, column.name))
        names = [column.name for column in columns if column.kind == "metric"]
        if not names:
            return cells
        group = self._group
        query = (
            select(group.label("key"), runs.c.fold, *_MEASURED)
            .join_from(runs, run_metrics, run_metrics.c.run == runs.c.number)
            .where(group.in_(list(leads)), run_metrics.c.name.in_(names), run_metrics.c.value.is_not(None))
            .where(runs.c.hidden_until.is_(None), runs.c.state == State.COMPLETED.value)
            .order_by(runs.c.number)
        )
        measured: dict[tuple[int, str], dict[int, list[Metric]]] = defaultdict(lambda: defaultdict(list))
        for row in self.connection.execute(query):
            measured[row.key, row.name][row.fold].append(index.metric(row))
        for (key, name), folds in measured.items():
            at = [self._over(metrics, leads[key].lab, name, leads[key].sweep_id) for metrics in folds.values()]
            unit = next(iter(folds.values()))[0].unit
            if len(at) == 1:
                cells[key][f"metric:{name}"] = Cell(at[0].mean, at[0].low, at[0].high, at[0].n, unit)
            else:
                means = [estimate.mean for estimate in at if estimate.mean is not None]
                cells[key][f"metric:{name}"] = Cell(
                    n=sum(estimate.n for estimate in at),
                    unit=unit,
                    least=min(means, default=None),
                    most=max(means, default=None),
                )
        return cells

    def _ends(self, points: Sequence[int], headlines: Mapping[int, Estimate]) -> tuple[End, End] | None:
        first, last = headlines.get(points[0]), headlines.get(points[-1])
        if first is None or last is None:
            return None
        query = select(runs.c.fold, runs.c.point).where(runs.c.fold.in_([points[0], points[-1]]), runs.c.lead == 1)
        points_of = {row.fold: row.point for row in self.connection.execute(query)}
        return End(points_of.get(points[0], {}), first), End(points_of.get(points[-1], {}), last)

    def _reasons(self, groups: Sequence[int], counts: Mapping[int, Sequence[Any]]) -> dict[int, str]:
        """Why the first failed or cancelled Run of each row ended."""
        sad = (State.FAILED.value, State.CANCELLED.value)
        hit = [key for key in groups if any(count.state in sad for count in counts.get(key, ()))]
        if not hit:
            return {}
        group = self._group
        firsts = select(func.min(runs.c.number)).where(group.in_(hit), runs.c.state.in_(sad), runs.c.hidden_until.is_(None))
        query = select(group.label("key"), runs.c.reason).where(runs.c.number.in_(firsts.group_by(group, runs.c.state)))
        order = query.order_by(case((runs.c.state == State.FAILED.value, 1), else_=0))
        return {row.key: row.reason for row in self.connection.execute(order) if row.reason is not None}

    def _axes(self, ids: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
        if self.query.fold != "sweep" or not ids:
            return {}
        known = self.connection.execute(select(sweeps.c.id, sweeps.c.axes).where(sweeps.c.id.in_(set(ids))))
        return {
            row.id: {
                key: {"first": values[0], "last": values[-1], "n": len(values)} for key, values in row.axes.items() if values
            }
            for row in known
        }

    def _annotations(self, numbers: Sequence[int], ids: Sequence[str]) -> tuple[dict[int, list[str]], dict[str, Any]]:
        tags: dict[int, list[str]] = defaultdict(list)
        for row in self.connection.execute(select(run_tags).where(run_tags.c.run.in_(numbers)).order_by(run_tags.c.tag)):
            tags[row.run].append(row.tag)
        notes = select(run_annotations).where(run_annotations.c.run_id.in_(ids)).order_by(run_annotations.c.version)
        return tags, {row.run_id: row for row in self.connection.execute(notes)}


def alone(metric: Metric) -> Estimate:
    """One Run: its value with its own interval."""
    value = float(metric.value) if metric.value is not None else None
    zero = value == 0 and metric.high is not None and metric.high > 0 and not metric.low
    return Estimate(value, metric.low, metric.high, 1, "the run's own", zero, () if value is None else (value,))
