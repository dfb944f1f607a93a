"""Order: which rows stand on a page, found from indexes alone.

A row is known by its group: the number of a Run, of a fold, or of a family. Groups are numbered as they are created, so the
default order is that of their numbers, and the number parts what is equal in every other order.

The first page looks for all that match, up to ten thousand Runs. Where that is all, the page is made of these (`few`). Where
more match, an index is walked in the order that is asked for until the page is full, or, for what is taken over the Runs of a
group, each group is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Float,
    Numeric,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.sql import ColumnElement, FromClause

from quintant.runs.filter import EVERYTHING, Vocabulary
from quintant.runs.lifecycle import State
from quintant.runs.rows import COUNTED, URGENCY, Column, Query, Sort
from quintant.runs.store.models import basis_keys, run_keys, run_metrics, runs
from quintant.runs.store.where import Where

GROUPS = {"none": "number", "point": "fold", "sweep": "family"}
FIRSTS = {"none": None, "point": "lead", "sweep": "head"}
FEW = 5_000
"""So many Runs are sooner looked up one by one than an order is walked through, on pages after the first."""
URGENCIES = {str(state): rank for rank, state in enumerate(URGENCY)}

Condition = ColumnElement[bool]
Place = tuple[Any, ...]
"""Where a row stands: its values in the order, one for each sort but created_at, then its group."""


@dataclass(frozen=True)
class Found:
    """The places on a page, whether more follow, and how many rows and Runs match (None: not asked)."""

    places: list[Place]
    rest: bool
    total: int | None = None
    runs: int | None = None
    more: bool = False


@dataclass(frozen=True)
class Order:
    connection: Connection
    query: Query
    vocabulary: Callable[[], Vocabulary]
    now: float

    def page(self) -> Found:
        position = self.query.position()
        total, matching, more = None, None, False
        if self.plain:
            few = None
            if position is None:
                total, matching = self._whole()
        elif position is None:
            few, total, matching, more = self._matches()
        else:
            pool = self._pool(FEW)
            few = None if pool is None and not self._narrow else self._groups(pool)
        limit = self.query.limit + 1
        places = self._placed(few, position, limit)
        return Found(places[: limit - 1], len(places) == limit, total, matching, more)

    # --- what matches ---

    @property
    def group(self) -> str:
        return GROUPS[self.query.fold]

    @cached_property
    def _conditions(self) -> tuple[Where, Vocabulary]:
        vocabulary = self.vocabulary() if self.query.expression != EVERYTHING else Vocabulary()
        return Where(self.connection, vocabulary, self.now), vocabulary

    @property
    def plain(self) -> bool:
        """Nothing is asked that the first Run of a group does not say for all of it."""
        query = self.query
        filters = (query.states, query.contract, query.sweep_id, query.owner, query.text, query.of)
        return query.expression == EVERYTHING and all(value is None for value in filters)

    @property
    def _narrow(self) -> bool:
        """What is asked for stands below one row."""
        return self.query.of is not None or self.query.sweep_id is not None

    def matching(self, table: FromClause = runs) -> Condition:
        """That a Run of the table `table` is asked for."""
        query = self.query
        rules: list[Condition] = [table.c.hidden_until.is_(None)]
        if query.lab is not None:
            rules.append(table.c.lab == query.lab)
        if query.states is not None:
            rules.append(table.c.state.in_([str(state) for state in query.states]))
        if query.contract is not None:
            rules.append(table.c.contract.is_(None) if query.contract == "native" else table.c.contract == query.contract)
        if query.sweep_id is not None:
            rules.append(table.c.sweep_id == query.sweep_id)
        if query.owner is not None:
            rules.append(table.c.owner == query.owner)
        where = Where(self.connection, self._conditions[1], self.now, table)
        if query.text:
            rules.append(where.named(query.text))
        if query.of is not None:
            rules.append(_below(table, query.of))
        if query.expression != EVERYTHING:
            rules.append(where.condition(query.expression))
        return and_(*rules)

    def _pool(self, most: int) -> Select[Any] | None:
        return None if self.query.expression == EVERYTHING else self._conditions[0].candidates(self.query.expression, most)

    def _groups(self, pool: Select[Any] | None) -> list[int]:
        rules = [self.matching()] + ([runs.c.number.in_(pool)] if pool is not None else [])
        return sorted(set(self.connection.execute(select(runs.c[self.group]).where(*rules)).scalars()))

    def _matches(self) -> tuple[list[int] | None, int, int, bool]:
        """All groups that match, or None where more than ten thousand Runs do; how many rows and Runs, and whether more."""
        pool = None if self._narrow else self._pool(self._many() // 3)
        rules = [self.matching()] + ([runs.c.number.in_(pool)] if pool is not None else [])
        query = select(runs.c[self.group]).where(*rules).limit(COUNTED + 1)
        groups = self.connection.execute(query).scalars().all()
        distinct = sorted(set(groups))
        if len(groups) > COUNTED:
            return None, min(len(distinct), COUNTED), COUNTED, True
        return distinct, len(distinct), len(groups), False

    def _many(self) -> int:
        return int(self.connection.execute(select(func.coalesce(func.max(runs.c.number), 0))).scalar_one())

    def _whole(self) -> tuple[int, int]:
        """Rows and Runs where nothing (but perhaps a lab) is asked: counted from an index, less the hidden."""
        lab = [] if self.query.lab is None else [runs.c.lab == self.query.lab]

        def count(*rules: Any) -> int:
            whole = select(func.count()).select_from(runs).where(*lab, *rules)
            hidden = whole.where(runs.c.hidden_until.is_not(None))
            return int(self.connection.execute(whole).scalar_one() - self.connection.execute(hidden).scalar_one())

        matching = count()
        flag = FIRSTS[self.query.fold]
        return (matching if flag is None else count(runs.c[flag] == 1)), matching

    # --- in which order ---

    def _placed(self, few: list[int] | None, position: list[Any] | None, limit: int) -> list[Place]:
        sorts = [sort for sort in self.query.sort if sort.by != "created_at"]
        if not sorts:
            return self._by_number(few, position, limit)
        if len(sorts) == 1 or few is not None:
            return self._sorted(sorts, few, position, limit)
        # Several keys: the first one's index gives the stretch in which the page lies, which is then sorted by all of them.
        begin = None if position is None else position[0]
        stretch = self._stretch(sorts[0], begin, position is not None, limit)
        return self._sorted(sorts, stretch, position, limit)

    @property
    def _descending(self) -> bool:
        """How what is equal is parted: as created_at says, else in the direction of the last key."""
        created = [sort.descending for sort in self.query.sort if sort.by == "created_at"]
        return created[0] if created else self.query.sort[-1].descending

    def _by_number(self, few: list[int] | None, position: list[Any] | None, limit: int) -> list[Place]:
        down = self._descending
        if few is not None:
            ordered = few[::-1] if down else few
            behind = ordered if position is None else [g for g in ordered if (g < position[0] if down else g > position[0])]
            return [(group,) for group in behind[:limit]]
        first = runs.alias("first")
        column = first.c[self.group]
        rules = self._first(first)
        if position is not None:
            rules.append(first.c.number < position[0] if down else column > position[0])
        query = select(column).where(*rules).order_by(first.c.number.desc() if down else first.c.number).limit(limit)
        return [(group,) for group in self.connection.execute(query).scalars()]

    def _first(self, first: Any, few: Sequence[int] | None = None) -> list[Condition]:
        """That `first` stands for a group that matches."""
        flag = FIRSTS[self.query.fold]
        rules: list[Condition] = [] if flag is None else [first.c[flag] == 1]
        if few is not None:
            return [*rules, self._among(first.c[self.group], few)]
        if self.plain:
            rules.append(first.c.hidden_until.is_(None))
            return rules if self.query.lab is None else [*rules, first.c.lab == self.query.lab]
        return [*rules, self._match(first) if flag is None else self._some_match(first.c[self.group])]

    def _match(self, table: FromClause) -> Condition:
        return self.matching(table)

    def _some_match(self, group: Any) -> Condition:
        """That one Run of the group matches."""
        member = runs.alias("member")
        return exists(select(1).where(member.c[self.group] == group, self.matching(member)))

    def _among(self, column: ColumnElement[int], groups: Sequence[int]) -> Condition:
        """That the column is one of these, given as one value: to bind thousands would take longer than to find them."""
        if self.connection.dialect.name == "postgresql":
            result: Condition = column == any_(literal(list(groups), ARRAY(BigInteger)))
            return result
        each = func.json_each(bindparam(None, orjson.dumps(list(groups)).decode(), unique=True)).table_valued("value")
        listed: Condition = column.in_(select(each.c.value))
        return listed

    def _sorted(self, sorts: Sequence[Sort], few: Sequence[int] | None, position: list[Any] | None, limit: int) -> list[Place]:
        if len(sorts) == 1 and isinstance(sorts[0].by, Column) and few is None:
            kind = sorts[0].by.kind
            return (self._by_metric if kind == "metric" else self._by_key)(sorts[0], position, limit)
        if len(sorts) == 1 and not isinstance(sorts[0].by, Column):
            return self._by_column(sorts[0], few, position, limit)
        return self._by_values(sorts, few, position, limit)

    def _by_column(self, sort: Sort, few: Sequence[int] | None, position: list[Any] | None, limit: int) -> list[Place]:
        """By a column of the Runs, taken over all of a group: each group is looked at once, in the index that holds it all."""
        column = runs.c[self.group]
        if self.query.fold == "none":
            rules = [self.matching()] if few is None else [self._among(column, few)]
            inner = select(_of_run(str(sort.by)).label("v0"), column.label("key")).where(*rules).subquery()
            return self._cut(inner, [sort], position, limit)
        grouped = select(self._over_runs(str(sort.by)).label("v0"), column.label("key")).where(runs.c.hidden_until.is_(None))
        if few is not None:
            grouped = grouped.where(self._among(column, few))
        elif self.plain and self.query.lab is not None:
            grouped = grouped.where(runs.c.lab == self.query.lab)
        grouped = grouped.group_by(column)
        if few is None and not self.plain:
            grouped = grouped.having(func.max(case((self.matching(), 1), else_=0)) == 1)
        return self._cut(grouped.subquery(), [sort], position, limit)

    def _by_metric(self, sort: Sort, position: list[Any] | None, limit: int) -> list[Place]:
        """First the groups that have the metric, along its index; then those that have not."""
        assert isinstance(sort.by, Column)
        metric, name = run_metrics.alias("metric"), sort.by.name
        places: list[Place] = []
        if position is None or position[0] is not None:
            there = (metric.c.name == name, metric.c.value.is_not(None))
            if self.query.fold == "none":
                run = runs.alias("run")
                joined = select(metric.c.value.label("v0"), metric.c.run.label("key")).join_from(
                    metric, run, run.c.number == metric.c.run
                )
                condition = self._conditions[0].of_metric(self.query.expression, name, metric)
                whole = joined.where(*there, condition, self.matching(run))
                places = self._walk(whole, metric.c.value, metric.c.run, sort.descending, position, limit)
            else:
                sums = select(self._sum(metric.c.value).label("sum"), metric.c.fold.label("fold"), func.count().label("n"))
                folds = sums.where(*there).group_by(metric.c.fold).subquery()
                if self.query.fold == "point":
                    inner = select(self._mean(folds.c.sum, folds.c.n).label("v0"), folds.c.fold.label("key")).subquery()
                else:
                    lead = runs.alias("lead_run")
                    mean = self._mean(func.sum(folds.c.sum), func.sum(folds.c.n))
                    joined = select(mean.label("v0"), lead.c.family.label("key")).join_from(
                        folds, lead, and_(lead.c.fold == folds.c.fold, lead.c.lead == 1)
                    )
                    inner = joined.group_by(lead.c.family).subquery()
                places = self._cut(inner, [sort], position, limit, match=True)
        if len(places) < limit:
            first = runs.alias("first")
            measured = select(1).where(metric.c.name == name, metric.c.value.is_not(None))
            if self.query.fold == "none":
                measured = measured.where(metric.c.run == first.c.number)
            elif self.query.fold == "point":
                measured = measured.where(metric.c.fold == first.c.fold)
            else:
                member = runs.alias("measured_member")
                measured = measured.where(member.c.family == first.c.family, metric.c.run == member.c.number)
            places += self._without(first, exists(measured), position, limit - len(places))
        return places

    def _by_key(self, sort: Sort, position: list[Any] | None, limit: int) -> list[Place]:
        """By a config key: along the index where the fold has a value of its own, block by block where that of its basis
        holds, then the rest. Of a key with numbers in some Runs and words in others the words count as missing."""
        assert isinstance(sort.by, Column)
        name = sort.by.name
        column = self._kind(sort)
        own, first = run_keys.alias("own"), runs.alias("first")
        bases = self._bases(name, column)
        places: list[Place] = []
        if position is None or position[0] is not None:
            value = self._spelled(own.c[column])
            joined = select(value.label("v0"), first.c[self.group].label("key")).join_from(
                own, first, first.c.fold == own.c.fold
            )
            whole = joined.where(own.c.key == name, value.is_not(None), *self._first(first))
            places = self._walk(whole, value, first.c[self.group], sort.descending, position, limit)
            for held, ids in bases.items():
                mine = exists(select(1).where(own.c.fold == first.c.fold, own.c.key == name))
                block = select(literal(held).label("v0"), first.c[self.group].label("key")).where(
                    first.c.basis.in_(ids), ~mine, *self._first(first)
                )
                if position is not None and _before(held, position[0], sort.descending):
                    continue
                if position is not None and held == position[0]:
                    block = block.where(self._beyond(first.c[self.group], position[-1]))
                order = first.c.number.desc() if self._descending else first.c.number
                places += [tuple(row) for row in self.connection.execute(block.order_by(order).limit(limit))]
            places.sort(key=lambda place: place[1], reverse=self._descending)
            places.sort(key=lambda place: place[0], reverse=sort.descending)
            places = places[:limit]
        if len(places) < limit:
            there = exists(select(1).where(own.c.fold == first.c.fold, own.c.key == name, own.c[column].is_not(None)))
            mine = exists(select(1).where(own.c.fold == first.c.fold, own.c.key == name))
            held_by = [number for ids in bases.values() for number in ids]
            having = or_(there, and_(first.c.basis.in_(held_by), ~mine)) if held_by else there
            places += self._without(first, having, position, limit - len(places))
        return places

    def _kind(self, sort: Sort) -> str:
        """Which column of a key's row is sorted by."""
        facts = self.vocabulary().keys.get(sort.by.name) if isinstance(sort.by, Column) else None
        return "text" if facts is not None and facts.kinds == {"text"} else "number"

    def _spelled(self, value: Any) -> Any:
        """Words in the order of their code points, as Python and SQLite have it."""
        textual = self.connection.dialect.name == "postgresql" and isinstance(value.type, String)
        return value.collate("C") if textual else value

    # Means are compared with those of the page before, however they were summed up there: PostgreSQL sums decimals, whose
    # order does not matter, and SQLite's means are taken to ten digits.

    def _sum(self, value: Any) -> Any:
        return func.sum(cast(value, Numeric) if self.connection.dialect.name == "postgresql" else value)

    def _mean(self, total: Any, n: Any) -> Any:
        if self.connection.dialect.name == "postgresql":
            return cast(total / n, Float(53))
        mean = total / n
        return case((mean.is_(None), None), else_=cast(func.printf("%.10g", mean), Float))

    def _bases(self, name: str, column: str) -> dict[Any, list[int]]:
        """The bases that hold a value of a key, by that value."""
        bases: dict[Any, list[int]] = {}
        query = select(basis_keys.c.basis, basis_keys.c[column].label("held")).where(basis_keys.c.key == name)
        for row in self.connection.execute(query):
            if row.held is not None:
                bases.setdefault(row.held, []).append(row.basis)
        return bases

    def _without(self, first: Any, there: Condition, position: list[Any] | None, limit: int) -> list[Place]:
        """The groups that lack the value, which come last, in the order of their numbers."""
        rules = [*self._first(first), ~there]
        if position is not None and position[0] is None:
            rules.append(self._beyond(first.c[self.group], position[-1]))
        order = first.c.number.desc() if self._descending else first.c.number
        query = select(null().label("v0"), first.c[self.group].label("key")).where(*rules).order_by(order).limit(limit)
        return [tuple(row) for row in self.connection.execute(query)]

    def _walk(
        self, whole: Select[Any], value: Any, key: Any, descending: bool, position: list[Any] | None, limit: int
    ) -> list[Place]:
        """Along an index of (value, key), from `position` on."""
        if position is not None:
            beyond = and_(value == position[0], self._beyond(key, position[-1]))
            whole = whole.where(or_(value < position[0] if descending else value > position[0], beyond))
        order = (value.desc() if descending else value, key.desc() if self._descending else key)
        return [tuple(row) for row in self.connection.execute(whole.order_by(*order).limit(limit))]

    def _beyond(self, key: Any, number: int) -> Condition:
        result: Condition = key < number if self._descending else key > number
        return result

    def _by_values(self, sorts: Sequence[Sort], few: Sequence[int] | None, position: Any, limit: int) -> list[Place]:
        """By any values: each is looked up for every group."""
        first = runs.alias("first")
        values = [self._spelled(self._value(sort, first)).label(f"v{index}") for index, sort in enumerate(sorts)]
        inner = select(*values, first.c[self.group].label("key")).where(*self._first(first, few)).subquery()
        return self._cut(inner, sorts, position, limit)

    def _value(self, sort: Sort, first: Any) -> Any:
        """The value of one key of the order, for the group that `first` stands for; of config keys the number or the text."""
        if not isinstance(sort.by, Column):
            over = select(self._over_runs(str(sort.by))).where(runs.c[self.group] == first.c[self.group])
            return over.where(runs.c.hidden_until.is_(None)).scalar_subquery()
        name = sort.by.name
        if sort.by.kind == "config":
            return _key_value(name, self._kind(sort), first)
        metric = run_metrics.alias("valued_metric")
        if self.query.fold == "none":
            value = select(metric.c.value).where(metric.c.name == name, metric.c.run == first.c.number)
            return value.scalar_subquery()
        mean = select(self._mean(self._sum(metric.c.value), func.count(metric.c.value))).where(metric.c.name == name)
        if self.query.fold == "point":
            return mean.where(metric.c.fold == first.c.fold).scalar_subquery()
        member = runs.alias("valued_member")
        return mean.where(member.c.family == first.c.family, member.c.number == metric.c.run).scalar_subquery()

    def _over_runs(self, name: str) -> Any:
        """A column of the Runs, taken over those of a group."""
        match name:
            case "state" | "name" | "lab" | "started_at":
                return func.min(_of_run(name))
            case "took_s":
                return func.max(runs.c.ended_at) - func.min(runs.c.started_at)
            case "seeds":
                return func.count()
            case "headline":
                done = _of_run(name)
                return self._mean(self._sum(done), func.count(done))
            case _:
                return func.max(runs.c[name])

    def _cut(
        self, inner: Any, sorts: Sequence[Sort], position: list[Any] | None, limit: int, *, match: bool = False
    ) -> list[Place]:
        """The places behind `position` of a subquery with v0, v1, … and key. `match`: look whether each is asked for, in
        order and until the page is full."""
        columns = [(inner.c[f"v{index}"], sort.descending) for index, sort in enumerate(sorts)]
        chosen = select(*(column for column, _ in columns), inner.c.key)
        chosen = chosen.order_by(*_directed(columns, inner.c.key, self._descending))
        if position is not None:
            chosen = chosen.where(_behind([*columns, (inner.c.key, self._descending)], position))
        if not match:
            return [tuple(row) for row in self.connection.execute(chosen.limit(limit))]
        ordered = chosen.limit(2**31).subquery()
        rule = self._some_match(ordered.c.key)
        if self.plain:
            flag = FIRSTS[self.query.fold] or "lead"
            first = runs.alias("shown")
            mine = [first.c[self.group] == ordered.c.key, first.c[flag] == 1, first.c.hidden_until.is_(None)]
            rule = exists(select(1).where(*mine, *([first.c.lab == self.query.lab] if self.query.lab is not None else [])))
        query = select(*ordered.c).where(rule).limit(limit)
        if self.connection.dialect.name == "postgresql":  # which keeps no order of a subquery; SQLite reads it as it comes
            columns = [(ordered.c[f"v{index}"], sort.descending) for index, sort in enumerate(sorts)]
            query = query.order_by(*_directed(columns, ordered.c.key, self._descending))
        return [tuple(row) for row in self.connection.execute(query)]

    def _stretch(self, sort: Sort, begin: Any, inside: bool, limit: int) -> list[int] | None:
        """All groups whose value of one key lies between `begin` (of the page before, if `inside`) and that of the last row
        that could stand on the page; None where that is all of them."""
        alone = Order(self.connection, replace(self.query, sort=(sort,), cursor=None), self.vocabulary, self.now)
        groups: list[int] = []
        if inside:
            groups += alone.same(sort, begin)
        edge = [begin, -1 if alone._descending else 2**62] if inside else None
        further = [place for place in alone._sorted([sort], None, edge, limit) if not inside or place[0] != begin]
        groups += [place[1] for place in further]
        if len(further) == limit:
            groups += alone.same(sort, further[-1][0])
        return list(dict.fromkeys(groups))

    def same(self, sort: Sort, value: Any) -> list[int]:
        """All groups that have this value."""
        places: list[Place] = []
        position: list[Any] = [value, 2**62 if self._descending else -1]
        chunk = 100
        while True:
            page = self._sorted([sort], None, position, chunk)
            equal = [place for place in page if place[0] == value]
            places += equal
            if len(equal) < chunk:
                return [place[1] for place in places]
            position, chunk = list(equal[-1]), 10 * chunk


def _of_run(name: str) -> Any:
    match name:
        case "state":
            return case(URGENCIES, value=runs.c.state, else_=len(URGENCIES))
        case "took_s":
            return runs.c.ended_at - runs.c.started_at
        case "seeds":
            return literal(1)
        case "headline":
            return case((runs.c.state == State.COMPLETED.value, runs.c.headline), else_=None)
        case _:
            return runs.c[name]


def _directed(columns: Sequence[tuple[Any, bool]], key: Any, descending: bool) -> list[Any]:
    """The columns as an order, the missing ones of each last, then the key."""
    order = [part for column, down in columns for part in (column.is_(None), column.desc() if down else column.asc())]
    return [*order, key.desc() if descending else key]


def _key_value(key: str, column: str, first: Any) -> Any:
    """A config key's value: the fold's own, else that of its basis."""
    own, base = run_keys.alias("sorted_key"), basis_keys.alias("sorted_basis")
    mine = select(own.c[column]).where(own.c.fold == first.c.fold, own.c.key == key).scalar_subquery()
    common = select(base.c[column]).where(base.c.basis == first.c.basis, base.c.key == key).scalar_subquery()
    there = exists(select(1).where(own.c.fold == first.c.fold, own.c.key == key))
    return case((there, mine), else_=common)


def _before(value: Any, other: Any, descending: bool) -> bool:
    return bool(value > other if descending else value < other)


def _behind(order: Sequence[tuple[Any, bool]], position: Sequence[Any]) -> Condition:
    """Rows that come after `position` in an order of columns, each ascending or descending, the missing ones last."""
    choices = []
    for index, (column, descending) in enumerate(order):
        same = [
            before.is_(None) if value is None else before == value
            for (before, _), value in zip(order[:index], position[:index], strict=True)
        ]
        value = position[index]
        if value is None:
            continue  # nothing comes after the missing ones but what a later column parts
        further = column < value if descending else column > value
        choices.append(and_(*same, or_(further, column.is_(None))))
    return or_(*choices)


def _below(table: FromClause, key: str) -> Condition:
    """What stands below a row: a sweep's Runs, a fold's, or the one Run."""
    sweep, dot, fold = key.partition(".")
    if dot and fold.isascii() and fold.isdecimal() and len(fold) < 19:
        return and_(table.c.sweep_id == sweep, table.c.fold == int(fold))
    return or_(table.c.sweep_id == key, table.c.id == key)
