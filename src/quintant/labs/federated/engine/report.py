"""The metrics of a run: of its first strategy under their plain names, of the others with the number behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quintant.lab import Metric

FINAL = ("test_accuracy", "test_loss", "asr", "aggregated_loss", "average_accuracy")
MEAN = ("removal_accuracy", "removal_precision", "removal_recall", "removal_f1")
WHY_NOT = {
    "asr": "no attack of the schedule wants anything of the model on this test set",
    "aggregated_loss": "nobody has validation samples",
    "average_accuracy": "nobody who was aggregated has validation samples",
}


def metrics(document: Mapping[str, Any], history: Sequence[Mapping[str, Any]], *, first: bool) -> dict[str, Metric]:
    """`history` has the rows of the table "rounds" of this strategy."""
    tail = "" if first else f"_{document['number']}"
    failed = document["failed"]
    found: dict[str, Metric] = {}
    for name in FINAL:
        value = history[-1][name] if history and not failed else None
        reason = None if value is not None else failed or WHY_NOT[name]
        unit = "nat" if name.endswith("loss") else "1"
        found[name] = Metric(value, unit, n=len(history) or None, method="after the last round", reason=reason)
    accuracies = [row["test_accuracy"] for row in history]
    best = max(accuracies) if accuracies and not failed else None
    found["best_test_accuracy"] = Metric(best, n=len(history) or None, method="largest of all rounds", reason=failed)
    begin = document["config"]["begin_removing_from_round"]
    acting = [row for row in history if row["round"] >= begin]
    for name in MEAN:
        if not document["config"]["remove_clients"]:
            found[name] = Metric(None, reason="participants are not removed")
        elif failed or not acting:
            found[name] = Metric(None, reason=failed or "it ended before removal began")
        else:
            found[name] = Metric(
                float(np.mean([row[name] for row in acting])), n=len(acting), method="mean over the rounds with removal"
            )
    removed = [entry["participant"] for entry in document["removed"]]
    evil = {id for ids in document["selected"] for id in ids}
    found["removed_attackers"] = Metric(sum(id in evil for id in removed), "participants", n=len(evil))
    found["removed_benign"] = Metric(
        sum(id not in evil for id in removed), "participants", n=document["config"]["num_of_clients"] - len(evil)
    )
    found["rounds_done"] = Metric(document["rounds_done"], "rounds", n=document["config"]["num_of_rounds"])
    return {f"{name}{tail}": metric for name, metric in found.items()}
