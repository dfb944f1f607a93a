"""csv/: per participant, per round, and the summary of the removals, under the contract's headers and words."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from quintant.labs.federated.folder.history import CLIENT_COLUMNS, ROUND_COLUMNS, History

MISSING = "not collected"
ALWAYS = tuple(ROUND_COLUMNS)[:5]
"""Columns of round_metrics whether or not participants are removed; the others need removal."""
COUNTS = ("tp_history", "tn_history", "fp_history", "fn_history")
SUMMED = ("average_accuracy_history", *tuple(ROUND_COLUMNS)[5:])
"""What exec_stats summarises."""


def entries(one: History) -> dict[str, Callable[[], bytes]]:
    n = one.number
    found: dict[str, Callable[[], bytes]] = {
        f"csv/per_client_metrics_{n}.csv": lambda: per_client(one),
        f"csv/round_metrics_{n}.csv": lambda: per_round(one),
    }
    if one.plan.remove_clients:
        found[f"csv/exec_stats_{n}.csv"] = lambda: summary(one)
    return found


def round_names(one: History) -> tuple[str, ...]:
    return tuple(ROUND_COLUMNS) if one.plan.remove_clients else ALWAYS


def per_client(one: History) -> bytes:
    """One row a round; metric by metric, and within each participant by participant."""
    ids = range(one.plan.num_of_clients)
    head = ["round", *(f"client_{id}_{name}" for name in CLIENT_COLUMNS for id in ids)]
    columns = [one.by_client[id][name] for name in CLIENT_COLUMNS for id in ids]
    return _csv(head, _rows(one.rounds, columns))


def per_round(one: History) -> bytes:
    names = round_names(one)
    return _csv(["round", *names], _rows(one.rounds, [one.by_round[name] for name in names]))


def summary(one: History) -> bytes:
    return _csv(
        [f"mean_{name}" for name in SUMMED], [[f"{mean:.2f} ± {sd:.2f}" for mean, sd in map(one_in_percent(one), SUMMED)]]
    )


def one_in_percent(one: History) -> Callable[[str], tuple[float, float]]:
    """(mean, population sd) of a history from begin_removing_from_round on, in percent; counts as shares of everybody."""

    def found(name: str) -> tuple[float, float]:
        values = one.from_round(name, one.plan.begin_removing_from_round)
        scale = 100 / one.plan.num_of_clients if name in COUNTS else 100
        return (statistics.fmean(values) * scale, statistics.pstdev(values) * scale) if values else (0.0, 0.0)

    return found


def _rows(rounds: int, columns: Sequence[Sequence[Any]]) -> Iterable[list[Any]]:
    for index in range(rounds):
        yield [index + 1, *(MISSING if column[index] is None else column[index] for column in columns)]


def _csv(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()
