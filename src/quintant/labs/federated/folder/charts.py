"""…_history….pdf: the contract's plots, drawn from the histories when one is asked for.

Per strategy four plots with a line for each participant (attackers dashed and red);
across strategies loss, accuracy and the time of scoring; for runs that remove participants, bars of how well they did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from quintant.figure import LIGHT, export
from quintant.labs.federated.folder.history import PLOTTED, History

WIDTH_PX, HEIGHT_PX = 520, 300
ACROSS = {
    "aggregated_loss_history": "Aggregated loss",
    "average_accuracy_history": "Average accuracy",
    "score_calculation_time_nanos_history": "Time of scoring in ns",
}
BARS = {
    "removal_accuracy_history": "Removal accuracy",
    "removal_precision_history": "Removal precision (benign kept)",
    "removal_recall_history": "Removal recall (kept that are benign)",
    "removal_f1_history": "Removal F1",
    "total_fp_and_fn_history": "FP + FN",
}
TITLES = {
    "removal_criterion_history": "Removal criterion",
    "absolute_distance_history": "Distance to the centroid",
    "loss_history": "Loss on own validation data",
    "accuracy_history": "Accuracy on own validation data",
}
BENIGN, MALICIOUS = "benign", "malicious"


def entries(found: Sequence[History]) -> dict[str, Callable[[], bytes]]:
    """The plots that have something to show."""
    told: dict[str, Callable[[], bytes]] = {}
    for one in found:
        for name in PLOTTED:
            if any(value is not None for client in one.by_client for value in client[name]):
                told[f"{name}_{one.number}.pdf"] = lambda one=one, name=name: _pdf(of_clients(one, name))  # type: ignore[misc]
    for name in ACROSS:
        if any(value is not None for one in found for value in one.by_round[name]):
            told[f"{name}.pdf"] = lambda name=name: _pdf(across(found, name))  # type: ignore[misc]
    removing = [one for one in found if one.plan.remove_clients]
    for name in BARS if removing else ():
        told[f"{name}.pdf"] = lambda name=name: _pdf(bars(removing, name))  # type: ignore[misc]
    return told


def of_clients(one: History, name: str) -> dict[str, Any]:
    rows = [
        {"round": number, "value": value, "client": id, "kind": MALICIOUS if id in one.attackers else BENIGN}
        for id, client in enumerate(one.by_client)
        for number, value in enumerate(client[name], 1)
        if value is not None
    ]
    lines = {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 1.2, "point": one.rounds == 1},
        "encoding": {
            "x": _rounds(),
            "y": _quantity("value", TITLES[name]),
            "detail": {"field": "client"},
            "strokeDash": {
                "field": "kind", "type": "nominal", "title": None,
                "scale": {"domain": [BENIGN, MALICIOUS], "range": [[1, 0], [6, 3]]},
            },
            "color": {
                "field": "kind", "type": "nominal", "title": None,
                "scale": {"domain": [BENIGN, MALICIOUS], "range": [LIGHT.accent, LIGHT.status["failed"]]},
            },
        },
    }  # fmt: skip
    layers = [lines]
    thresholds = one.by_round["removal_threshold_history"]
    if name == "removal_criterion_history" and any(value is not None for value in thresholds):
        layers.append(
            {
                "data": {"values": [{"round": n, "value": v} for n, v in enumerate(thresholds, 1) if v is not None]},
                "mark": {"type": "line", "strokeDash": [2, 2], "color": LIGHT.text, "point": one.rounds == 1},
                "encoding": {"x": _rounds(), "y": _quantity("value", TITLES[name])},
            }
        )
    return _spec(f"{TITLES[name]}: {one.keyword}, strategy {one.number}", {"layer": layers})


def across(found: Sequence[History], name: str) -> dict[str, Any]:
    return _spec(ACROSS[name], _compared(_rows(found, name), ACROSS[name]))


def bars(found: Sequence[History], name: str) -> dict[str, Any]:
    """Means from begin_removing_from_round on, a bar for each strategy."""
    rows: list[dict[str, Any]] = []
    for one in found:
        first = one.plan.begin_removing_from_round
        if name == "total_fp_and_fn_history":
            pairs = zip(one.from_round("fp_history", first), one.from_round("fn_history", first), strict=True)
            values = [fp + fn for fp, fn in pairs]
        else:
            values = one.from_round(name, first)
        if values:
            rows.append({"strategy": _label(one), "value": sum(values) / len(values)})
    top = max((row["value"] for row in rows), default=0.0) or 1.0
    encoding = {
        "x": {"field": "strategy", "type": "nominal", "title": None, "sort": None, "axis": {"labelAngle": 0}},
        "y": {**_quantity("value", BARS[name]), "scale": {"domainMin": 0, "domainMax": top}},
    }
    return _spec(f"{BARS[name]}, mean over the rounds of removal", {
        "data": {"values": rows}, "mark": {"type": "bar", "width": {"band": 0.6}}, "encoding": encoding,
    })  # fmt: skip


def _rows(found: Sequence[History], name: str) -> list[dict[str, Any]]:
    return [
        {"round": number, "value": value, "strategy": _label(one)}
        for one in found
        for number, value in enumerate(one.by_round[name], 1)
        if value is not None
    ]


def _compared(rows: list[dict[str, Any]], title: str) -> dict[str, Any]:
    colour = {"field": "strategy", "type": "nominal", "title": None, "sort": None}
    encoding = {"x": _rounds(), "y": _quantity("value", title), "color": colour}
    return {"data": {"values": rows}, "mark": {"type": "line", "point": True}, "encoding": encoding}


def _label(one: History) -> str:
    return f"{one.number} {one.keyword}"


def _rounds() -> dict[str, Any]:
    return {"field": "round", "type": "quantitative", "title": "Round", "axis": {"tickMinStep": 1, "format": "d"}}


def _quantity(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False}}


def _spec(title: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": title,
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "config": LIGHT.vega_config(),
        **body,
    }


def _pdf(spec: dict[str, Any]) -> bytes:
    return export(spec, "pdf")
