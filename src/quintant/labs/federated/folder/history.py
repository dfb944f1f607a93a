"""One strategy's run as histories: lists over the rounds 1..R under the contract's names, null where nothing was collected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from quintant.json_value import Json
from quintant.lab import Outcome
from quintant.labs.federated.names import STRATEGIES_DOCUMENT
from quintant.labs.federated.selection import malicious, selected

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.federated.config import StrategyConfig

Value = float | int | None

ROUND_COLUMNS: Mapping[str, str] = {
    "score_calculation_time_nanos_history": "score_calculation_time_ns",
    "removal_threshold_history": "removal_threshold",
    "aggregated_loss_history": "aggregated_loss",
    "average_accuracy_history": "average_accuracy",
    "average_accuracy_std_history": "average_accuracy_std",
    "tp_history": "tp",
    "tn_history": "tn",
    "fp_history": "fp",
    "fn_history": "fn",
    "removal_accuracy_history": "removal_accuracy",
    "removal_precision_history": "removal_precision",
    "removal_recall_history": "removal_recall",
    "removal_f1_history": "removal_f1",
}
"""The contract's name -> the column of the table "rounds"."""
CLIENT_COLUMNS: Mapping[str, str] = {
    "removal_criterion_history": "criterion",
    "absolute_distance_history": "absolute_distance",
    "loss_history": "loss",
    "accuracy_history": "accuracy",
    "aggregation_participation_history": "participated",
}
"""The contract's name -> the column of the table "participants"."""
PLOTTED = tuple(CLIENT_COLUMNS)[:4]
FINAL = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class History:
    """`number`: index of the strategy. `document`: its object in the strategies document, {} until the Run is complete."""

    number: int
    plan: StrategyConfig
    document: Mapping[str, Json]
    ended: bool
    rows: pa.Table
    participants: pa.Table

    @property
    def rounds(self) -> int:
        return self.plan.num_of_rounds

    @property
    def keyword(self) -> str:
        return self.plan.aggregation_strategy_keyword

    @property
    def config(self) -> dict[str, Json]:
        """The merged config of the strategy, derived values filled in."""
        return dict(self.document.get("config") or self.plan.model_dump(mode="json")) | {"strategy_number": self.number}

    @cached_property
    def attackers(self) -> frozenset[int]:
        """Whom any entry of the schedule ever selects."""
        return frozenset(malicious(self.plan.attack_schedule, self.plan.num_of_clients))

    @cached_property
    def by_round(self) -> Mapping[str, list[Value]]:
        """Every column of `ROUND_COLUMNS`, and the central test's, as lists of length R."""
        wanted = {**ROUND_COLUMNS, "test_accuracy": "test_accuracy", "test_loss": "test_loss", "asr": "asr"}
        rounds = self.rows.column("round").to_pylist()
        return {name: self._placed(rounds, self.rows.column(column).to_pylist()) for name, column in wanted.items()}

    @cached_property
    def by_client(self) -> Sequence[Mapping[str, list[Value]]]:
        """Per participant (index = id) every column of `CLIENT_COLUMNS` as a list of length R."""
        ids = self.participants.column("participant").to_pylist()
        rounds = self.participants.column("round").to_pylist()
        columns: list[dict[str, list[Value]]] = [
            {name: [None] * self.rounds for name in CLIENT_COLUMNS} for _ in range(self.plan.num_of_clients)
        ]
        for name, column in CLIENT_COLUMNS.items():
            for id, number, value in zip(ids, rounds, self.participants.column(column).to_pylist(), strict=True):
                columns[id][name][number - 1] = number_of(value)
        return columns

    def from_round(self, name: str, first: int) -> list[float]:
        """What was collected of a history from round `first` on."""
        return [float(value) for value in self.by_round[name][first - 1 :] if value is not None]

    def phases(self) -> list[dict[str, Json]]:
        """The attack schedule with whom each entry selects."""
        return [
            {
                "start_round": entry.start_round,
                "end_round": entry.until(self.plan.num_of_rounds),
                "attack_type": entry.attack_type,
                "clients": list(selected(entry, index, self.plan.num_of_clients)),
            }
            for index, entry in enumerate(self.plan.attack_schedule)
        ]

    def _placed(self, rounds: Sequence[int], values: Sequence[Json]) -> list[Value]:
        placed: list[Value] = [None] * self.rounds
        for number, value in zip(rounds, values, strict=True):
            placed[number - 1] = number_of(value)
        return placed


def histories(outcome: Outcome) -> list[History]:
    """The strategies that have told at least one round, in their order."""
    if "rounds" not in outcome.tables or "participants" not in outcome.tables:
        return []
    rows, participants = outcome.tables["rounds"], outcome.tables["participants"]
    documents: Sequence[Mapping[str, Json]] = outcome.documents.get(STRATEGIES_DOCUMENT) or ()
    ended = {event.payload["strategy"] for event in outcome.events if event.kind in ("strategy_ended", "strategy_failed")}
    strategies = []
    for number, plan in enumerate(outcome.config.plans):
        own = _of(rows, number)
        if own.num_rows:
            document = documents[number] if number < len(documents) else {}
            done = outcome.state in FINAL or number in ended
            strategies.append(History(number, plan, document, done, own, _of(participants, number)))
    return strategies


def number_of(value: Json) -> Value:
    """A number as JSON and CSV can carry it: null for what is none, 1 and 0 for truths."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    result: Value = value
    return result


def _of(table: pa.Table, number: int) -> pa.Table:
    import pyarrow.compute as pc

    return table.filter(pc.equal(table.column("strategy"), number))
