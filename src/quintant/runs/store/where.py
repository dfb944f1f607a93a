"""Where: a filter expression as a condition over the tables of the Store. It says what `filter/meaning.py` says.

Negations are carried down to the comparisons first (De Morgan), where they become the opposite comparison: so a Run that
lacks the value is in neither, as the logic of three values wants it, and every comparison stays a search of an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, false, func, not_, or_, select, true
from sqlalchemy.sql import ColumnElement, FromClause

from quintant.runs.filter.binding import Vocabulary, span
from quintant.runs.filter.expression import (
    COMPLEMENT,
    DURATIONS,
    TIMES,
    And,
    Compare,
    Expression,
    Field,
    Has,
    Not,
    Operator,
    Or,
    Text,
    Value,
)  # fmt: skip
from quintant.runs.filter.meaning import after, compared, lower, number, word
from quintant.runs.filter.unit import SECONDS
from quintant.runs.store.models import basis_keys, run_keys, run_metrics, run_tags, runs

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Where:
    """Conditions on `rows`, the table of Runs or an alias of it. `now`: for ages, today and yesterday."""

    connection: Connection
    vocabulary: Vocabulary
    now: float
    rows: FromClause = runs

    def condition(self, expression: Expression, positive: bool = True) -> Condition:
        match expression:
            case And(parts) | Or(parts):
                inner = [self.condition(part, positive) for part in parts]
                together = isinstance(expression, And) is positive
                return and_(true(), *inner) if together else or_(false(), *inner)
            case Not(part):
                return self.condition(part, not positive)
            case Has():
                return _turned(self._has(expression), positive)
            case Text(text):
                return _turned(self.named(text), positive)
            case Compare():
                return self._compare(expression, positive)

    # --- of the Run itself ---

    def named(self, text: str) -> Condition:
        rows = self.rows.c
        begins = or_(_begins(rows.id, text), func.coalesce(_begins(rows.sweep_id, text), false()))
        return or_(self._contains(rows.name, text), begins)

    def _contains(self, column: Any, text: str) -> Condition:
        """A part of a word, whatever the case of its ASCII letters: PostgreSQL's own lower() would take all letters."""
        plain = column.collate("C") if self.connection.dialect.name == "postgresql" else column
        return func.lower(plain).contains(lower(text), autoescape=True)

    def _compare(self, part: Compare, positive: bool) -> Condition:
        rows, kind, operator = self.rows.c, part.subject.kind, part.operator
        texts = [word(value) for value in part.values]
        turned = positive is (operator != "!=")
        match kind:
            case "lab" | "state":
                result: Condition = rows[kind].in_(texts) if turned else rows[kind].not_in(texts)
                return result
            case "contract":
                return _turned(self._of_contract(texts), turned)
            case "tag":
                tagged = select(1).where(run_tags.c.run == rows.number, run_tags.c.tag.in_(texts))
                return _turned(exists(tagged), turned)
            case "id" | "sweep":
                column = rows.id if kind == "id" else rows.sweep_id
                begins = or_(*(_begins(column, text) for text in texts))
                return and_(column.is_not(None), _turned(begins, turned))
            case "name":
                return _turned(or_(*(self._contains(rows.name, text) for text in texts)), turned)
            case "seed" | "replicate":
                column = rows.root_seed if kind == "seed" else rows.replicate
                return _ordered(column, operator, [number(value, "") for value in part.values], positive)
            case "config":
                return self._key(part, positive)
            case "metric":
                return self._metric(part, positive)
        return self._lasted(part, positive) if kind in DURATIONS else self._happened(part, positive)

    def _of_contract(self, texts: Sequence[str]) -> Condition:
        """`native` is the Runs that have none: where it is not asked for, they are in no answer to the question."""
        column = self.rows.c.contract
        named = column.in_([text for text in texts if text != "native"])
        return or_(named, column.is_(None)) if "native" in texts else func.coalesce(named, false())

    def _lasted(self, part: Compare, positive: bool) -> Condition:
        rows = self.rows.c
        seconds = [number(value, SECONDS) for value in part.values]
        if part.subject.kind == "age":
            return _ordered(bindparam(None, self.now) - rows.created_at, part.operator, seconds, positive)
        there = and_(rows.started_at.is_not(None), rows.ended_at.is_not(None))
        return and_(there, _ordered(rows.ended_at - rows.started_at, part.operator, seconds, positive))

    def _happened(self, part: Compare, positive: bool) -> Condition:
        assert part.subject.kind in TIMES
        rows = self.rows.c
        column = {"created": rows.created_at, "started": rows.started_at, "ended": rows.ended_at}[part.subject.kind]
        spans = [between for value in part.values if (between := span(word(value), self.now)) is not None]
        within = _within(column, part.operator, [(begin, max(end, after((begin, end)))) for begin, end in spans])
        return and_(column.is_not(None), _turned(within, positive))

    # --- of its config ---

    def _has(self, part: Has) -> Condition:
        if part.subject.kind == "metric":
            metric = run_metrics.c
            named = select(1).where(metric.run == self.rows.c.number, metric.name == part.subject.name)
            return exists(named.where(metric.value.is_not(None)))
        own = run_keys.c
        there = or_(own.number.is_not(None), own.text.is_not(None))
        return self._with_basis(part.subject.name, there, [basis for basis, _, _ in self._bases(part.subject.name)])

    def _key(self, part: Compare, positive: bool) -> Condition:
        own, facts = run_keys.c, self.vocabulary.keys.get(part.subject.name)
        units = facts.units if facts is not None else {}
        by_unit: dict[str, list[str]] = {}
        for lab, unit in units.items():
            by_unit.setdefault(unit, []).append(lab)
        if len(by_unit) <= 1:
            of_value = self._of_value(own.number, own.text, part, next(iter(by_unit), ""), positive)
        else:
            named = [lab for unit, labs in by_unit.items() if unit for lab in labs]
            choices = []
            for unit in {*by_unit, ""}:
                labs = self.rows.c.lab.in_(by_unit[unit]) if unit else self.rows.c.lab.not_in(named)
                choices.append(and_(labs, self._of_value(own.number, own.text, part, unit, positive)))
            of_value = or_(*choices)
        fitting = []
        for basis, lab, value in self._bases(part.subject.name):
            truth = compared(value, part.operator, part.values, facts.unit(lab) if facts else "")
            if truth is positive:
                fitting.append(basis)
        return self._with_basis(part.subject.name, of_value, fitting)

    def _with_basis(self, key: str, own: Condition, fitting: Sequence[int]) -> Condition:
        """The fold's own value fits, or it has none of its own and that of its basis does."""
        rows, keys = self.rows.c, run_keys.c
        mine = select(1).where(keys.fold == rows.fold, keys.key == key)
        own_match = exists(mine.where(own))
        return or_(own_match, and_(rows.basis.in_(fitting), not_(exists(mine)))) if fitting else own_match

    def _bases(self, key: str) -> list[tuple[int, str, float | str]]:
        columns = basis_keys.c
        query = select(columns.basis, columns.lab, columns.number, columns.text).where(columns.key == key)
        matches = self.connection.execute(query).all()
        return [(row.basis, row.lab, row.number if row.number is not None else row.text) for row in matches
                if row.number is not None or row.text is not None]  # fmt: skip

    # --- of its result ---

    def _metric(self, part: Compare, positive: bool) -> Condition:
        metric = run_metrics.c
        mine = select(1).where(metric.run == self.rows.c.number, metric.name == part.subject.name)
        return exists(mine.where(self._measured(part, positive)))

    def _measured(self, part: Compare, positive: bool, table: Any = run_metrics) -> Condition:
        """Of one row of `run_metric`: that its value fits, in the unit in which it was measured."""
        metric, units = table.c, sorted(self.vocabulary.units(part.subject))
        fits = [
            and_(
                metric.unit == unit if len(units) > 1 else true(),
                self._of_value(metric.value, None, part, unit, positive),
            )
            for unit in units or [""]
        ]
        return and_(metric.value.is_not(None), or_(*fits))

    def _of_value(self, numbers: Any, texts: Any | None, part: Compare, unit: str, positive: bool) -> Condition:
        operator, values = part.operator, part.values
        of_number = and_(numbers.is_not(None), _ordered(numbers, operator, [number(v, unit) for v in values], positive))
        if operator == "~":
            of_number = false()
        if texts is None:
            return of_number
        return or_(of_number, and_(texts.is_not(None), self._of_text(texts, operator, values, positive)))

    def _of_text(self, texts: Any, operator: Operator, values: Sequence[Value], positive: bool) -> Condition:
        wanted = [word(value) for value in values]
        if operator == "~":
            return _turned(self._contains(texts, wanted[0]), positive)
        if operator in ("=", "!="):
            result: Condition = texts.in_(wanted) if positive is (operator == "=") else texts.not_in(wanted)
            return result
        return false()

    def of_metric(self, expression: Expression, name: str, table: FromClause) -> Condition:
        """What an expression asks of one metric for sure, as a condition on its own row in `table`."""
        parts = expression.parts if isinstance(expression, And) else (expression,)
        return and_(
            true(),
            *(
                self._measured(part, True, table)
                for part in parts
                if isinstance(part, Compare) and part.subject == Field("metric", name)
            ),
        )

    # --- few or many ---

    def candidates(self, expression: Expression, most: int) -> Select[Any] | None:
        """The numbers of Runs among which all that match are, where an index shows them to be at most so many; else None."""
        sets = self._sets(expression, most)
        return None if sets is None else sets[1]

    def _sets(self, expression: Expression, most: int) -> tuple[int, Select[Any]] | None:
        match expression:
            case And(parts):
                bounds = [sets for part in parts if (sets := self._sets(part, most)) is not None]
                return min(bounds, key=lambda sets: sets[0], default=None)
            case Or(parts) if parts:
                each = [self._sets(part, most) for part in parts]
                whole = [sets for sets in each if sets is not None]
                if len(whole) < len(each) or sum(count for count, _ in whole) > most:
                    return None
                union = whole[0][1].union(*(query for _, query in whole[1:])).subquery()
                return sum(count for count, _ in whole), select(union.c[0])
            case Compare(subject) if subject.kind == "metric" and expression.operator not in ("!=", "~"):
                metric = run_metrics.c
                return self._few(most, select(metric.run).where(metric.name == subject.name, self._measured(expression, True)))
            case Compare(subject) if subject.kind == "tag" and expression.operator == "=":
                tags = [word(value) for value in expression.values]
                return self._few(most, select(run_tags.c.run).where(run_tags.c.tag.in_(tags)))
            case Compare(subject) if subject.kind == "sweep" and expression.operator == "=":
                begins = or_(*(_begins(runs.c.sweep_id, word(value)) for value in expression.values))
                return self._few(most, select(runs.c.number).where(begins))
            case Compare(subject) if subject.kind == "config" and expression.operator not in ("!=", "~"):
                return self._few_keys(expression, most)
        return None

    def _few_keys(self, part: Compare, most: int) -> tuple[int, Select[Any]] | None:
        facts = self.vocabulary.keys.get(part.subject.name)
        units = set(facts.units.values()) if facts else set()
        if len(units) > 1:
            return None
        unit = next(iter(units), "")
        for _, _, value in self._bases(part.subject.name):
            if compared(value, part.operator, part.values, unit) is True:
                return None
        own = run_keys.c
        fits = self._of_value(own.number, own.text, part, unit, True)
        folds = select(own.fold).where(own.key == part.subject.name, fits)
        return self._few(most, select(runs.c.number).where(runs.c.fold.in_(folds)))

    def _few(self, most: int, query: Select[Any]) -> tuple[int, Select[Any]] | None:
        count = self.connection.execute(select(func.count()).select_from(query.limit(most + 1).subquery())).scalar_one()
        return (count, query) if count <= most else None


def _turned(condition: Condition, positive: bool) -> Condition:
    return condition if positive else not_(condition)


def _begins(column: Any, text: str) -> Condition:
    """By range instead of LIKE: an index finds it, and no letter is special."""
    return and_(column >= text, column < text + "\U0010ffff") if text else true()


def _ordered(column: Any, operator: Operator, numbers: Sequence[float | None], positive: bool) -> Condition:
    """The column against numbers; None among them: another kind of quantity, which equals nothing and orders with nothing."""
    known = [value for value in numbers if value is not None]
    if operator in ("=", "!="):
        result: Condition = column.in_(known) if positive is (operator == "=") else column.not_in(known)
        return result
    if operator == "~" or numbers[0] is None:
        return false()
    chosen = operator if positive else COMPLEMENT[operator]
    first = known[0]
    ordered: Condition = {"<": column < first, "<=": column <= first, ">": column > first, ">=": column >= first}[chosen]
    return ordered


def _within(column: Any, operator: Operator, spans: Sequence[tuple[float, float]]) -> Condition:
    begin, end = spans[0]
    if operator in ("=", "!="):
        inside = or_(*(and_(column >= first, column < last) for first, last in spans))
        return inside if operator == "=" else not_(inside)
    result: Condition = {"<": column < begin, "<=": column < end, ">": column >= end, ">=": column >= begin}[operator]
    return result
