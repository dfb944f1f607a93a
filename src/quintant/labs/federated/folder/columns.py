"""csv/: per participant, per round, and the summary of the removals, under the contract's headers and words."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterable, Sequence

from quintant.json_value import Json
from quintant.labs.federated.folder.history import CLIENT_COLUMNS, ROUND_COLUMNS, History

MISSING = "not collected"
ALWAYS = tuple(ROUND_COLUMNS)[:5]
"""Columns of round_metrics whether or not participants are removed; the others need removal."""
COUNTS = ("tp_history", "tn_history", "fp_history", "fn_history")
SUMMED = ("average_accuracy_history", *tuple(ROUND_COLUMNS)[5:])
"""What exec_stats summarises."""


def entries(history: History) -> dict[str, Callable[[], bytes]]:
    n = history.number
    files: dict[str, Callable[[], bytes]] = {
        f"csv/per_client_metrics_{n}.csv": lambda: per_client(history),
        f"csv/round_metrics_{n}.csv": lambda: per_round(history),
    }
    if history.plan.remove_clients:
        files[f"csv/exec_stats_{n}.csv"] = lambda: summary(history)
    return files


def round_names(history: History) -> tuple[str, ...]:
    return tuple(ROUND_COLUMNS) if history.plan.remove_clients else ALWAYS


def per_client(history: History) -> bytes:
    """One row a round; metric by metric, and within each participant by participant."""
    ids = range(history.plan.num_of_clients)
    head = ["round", *(f"client_{id}_{name}" for name in CLIENT_COLUMNS for id in ids)]
    columns = [history.by_client[id][name] for name in CLIENT_COLUMNS for id in ids]
    return _csv(head, _rows(history.rounds, columns))


def per_round(history: History) -> bytes:
    names = round_names(history)
    return _csv(["round", *names], _rows(history.rounds, [history.by_round[name] for name in names]))


def summary(history: History) -> bytes:
    return _csv(
        [f"mean_{name}" for name in SUMMED], [[f"{mean:.2f} ± {sd:.2f}" for mean, sd in map(one_in_percent(history), SUMMED)]]
    )


def one_in_percent(history: History) -> Callable[[str], tuple[float, float]]:
    """(mean, population sd) of a history from begin_removing_from_round on, in percent; counts as shares of everybody."""

    def mean_and_spread(name: str) -> tuple[float, float]:
        values = history.from_round(name, history.plan.begin_removing_from_round)
        scale = 100 / history.plan.num_of_clients if name in COUNTS else 100
        return (statistics.fmean(values) * scale, statistics.pstdev(values) * scale) if values else (0.0, 0.0)

    return mean_and_spread


def _rows(rounds: int, columns: Sequence[Sequence[Json]]) -> Iterable[list[Json]]:
    for index in range(rounds):
        yield [index + 1, *(MISSING if column[index] is None else column[index] for column in columns)]


def _csv(head: Iterable[str], rows: Iterable[Iterable[Json]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()
