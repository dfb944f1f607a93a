"""The metrics of a run: of its first strategy under their plain names, of the others with the number behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from quintant.json_value import Json
from quintant.lab import Metric

FINAL = ("test_accuracy", "test_loss", "asr", "aggregated_loss", "average_accuracy")
MEAN = ("removal_accuracy", "removal_precision", "removal_recall", "removal_f1")
WHY_NOT = {
    "asr": "no attack of the schedule wants anything of the model on this test set",
    "aggregated_loss": "nobody has validation samples",
    "average_accuracy": "nobody who was aggregated has validation samples",
}


def metrics(document: Mapping[str, Json], history: Sequence[Mapping[str, Json]], *, first: bool) -> dict[str, Metric]:
    """`history` has the rows of the table "rounds" of this strategy."""
    tail = "" if first else f"_{document['number']}"
    failed = document["failed"]
    measured: dict[str, Metric] = {}
    for name in FINAL:
        value = history[-1][name] if history and not failed else None
        reason = None if value is not None else failed or WHY_NOT[name]
        unit = "nat" if name.endswith("loss") else "1"
        measured[name] = Metric(value, unit, n=len(history) or None, method="after the last round", reason=reason)
    accuracies = [row["test_accuracy"] for row in history]
    best = max(accuracies) if accuracies and not failed else None
    measured["best_test_accuracy"] = Metric(best, n=len(history) or None, method="largest of all rounds", reason=failed)
    begin = document["config"]["begin_removing_from_round"]
    acting = [row for row in history if row["round"] >= begin]
    for name in MEAN:
        if not document["config"]["remove_clients"]:
            measured[name] = Metric(None, reason="participants are not removed")
        elif failed or not acting:
            measured[name] = Metric(None, reason=failed or "it ended before removal began")
        else:
            measured[name] = Metric(
                float(np.mean([row[name] for row in acting])), n=len(acting), method="mean over the rounds with removal"
            )
    measured |= _left_out(document, history)
    measured["rounds_done"] = Metric(document["rounds_done"], "rounds", n=document["config"]["num_of_rounds"])
    return {f"{name}{tail}": metric for name, metric in measured.items()}


def _left_out(document: Mapping[str, Json], history: Sequence[Mapping[str, Json]]) -> dict[str, Metric]:
    """Who was removed for good, and who sat out the round that the figure `removals` tells of: the last with an attacker."""
    row = next((row for row in reversed(history) if row["tn"] + row["fn"]), history[-1] if history else None)
    failed = document["failed"]
    measured: dict[str, Metric] = {}
    for name, out, kept in (("left_out_attackers", "tn", "fn"), ("left_out_benign", "fp", "tp")):
        if row is None or failed:
            measured[name] = Metric(None, reason=failed or "no round was completed")
        else:
            method = f"not aggregated in round {row['round']}"
            measured[name] = Metric(row[out], "participants", n=row[out] + row[kept], method=method)
    removed = [entry["participant"] for entry in document["removed"]]
    evil = {id for ids in document["selected"] for id in ids}
    for name, count, total in (
        ("removed_attackers", sum(id in evil for id in removed), len(evil)),
        ("removed_benign", sum(id not in evil for id in removed), document["config"]["num_of_clients"] - len(evil)),
    ):
        if document["config"]["remove_clients"]:
            measured[name] = Metric(count, "participants", n=total, method="removed for good")
        else:
            measured[name] = Metric(None, reason="nobody is removed for good; left_out tells who sat out a round")
    return measured
