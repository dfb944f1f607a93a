"""…_history….pdf: the contract's plots, drawn from the histories when one is asked for.

Per strategy four plots with a line for each participant (attackers dashed and red);
across strategies loss, accuracy and the time of scoring; for runs that remove participants, bars of how well they did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from quintant.figure import LIGHT, export
from quintant.json_value import Json
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


def entries(strategies: Sequence[History]) -> dict[str, Callable[[], bytes]]:
    """The plots that have something to show."""
    charts: dict[str, Callable[[], bytes]] = {}
    for history in strategies:
        for name in PLOTTED:
            if any(value is not None for client in history.by_client for value in client[name]):
                charts[f"{name}_{history.number}.pdf"] = lambda history=history, name=name: _pdf(of_clients(history, name))  # type: ignore[misc]
    for name in ACROSS:
        if any(value is not None for history in strategies for value in history.by_round[name]):
            charts[f"{name}.pdf"] = lambda name=name: _pdf(across(strategies, name))  # type: ignore[misc]
    removing = [history for history in strategies if history.plan.remove_clients]
    for name in BARS if removing else ():
        charts[f"{name}.pdf"] = lambda name=name: _pdf(bars(removing, name))  # type: ignore[misc]
    return charts


def of_clients(history: History, name: str) -> dict[str, Json]:
    rows = [
        {"round": number, "value": value, "client": id, "kind": MALICIOUS if id in history.attackers else BENIGN}
        for id, client in enumerate(history.by_client)
        for number, value in enumerate(client[name], 1)
        if value is not None
    ]
    lines = {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 1.2, "point": history.rounds == 1},
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
    thresholds = history.by_round["removal_threshold_history"]
    if name == "removal_criterion_history" and any(value is not None for value in thresholds):
        layers.append(
            {
                "data": {"values": [{"round": n, "value": v} for n, v in enumerate(thresholds, 1) if v is not None]},
                "mark": {"type": "line", "strokeDash": [2, 2], "color": LIGHT.text, "point": history.rounds == 1},
                "encoding": {"x": _rounds(), "y": _quantity("value", TITLES[name])},
            }
        )
    return _spec(f"{TITLES[name]}: {history.keyword}, strategy {history.number}", {"layer": layers})


def across(strategies: Sequence[History], name: str) -> dict[str, Json]:
    return _spec(ACROSS[name], _compared(_rows(strategies, name), ACROSS[name]))


def bars(strategies: Sequence[History], name: str) -> dict[str, Json]:
    """Means from begin_removing_from_round on, a bar for each strategy."""
    rows: list[dict[str, Json]] = []
    for history in strategies:
        first = history.plan.begin_removing_from_round
        if name == "total_fp_and_fn_history":
            pairs = zip(history.from_round("fp_history", first), history.from_round("fn_history", first), strict=True)
            values = [fp + fn for fp, fn in pairs]
        else:
            values = history.from_round(name, first)
        if values:
            rows.append({"strategy": _label(history), "value": sum(values) / len(values)})
    top = max((row["value"] for row in rows), default=0.0) or 1.0
    encoding = {
        "x": {"field": "strategy", "type": "nominal", "title": None, "sort": None, "axis": {"labelAngle": 0}},
        "y": {**_quantity("value", BARS[name]), "scale": {"domainMin": 0, "domainMax": top}},
    }
    return _spec(f"{BARS[name]}, mean over the rounds of removal", {
        "data": {"values": rows}, "mark": {"type": "bar", "width": {"band": 0.6}}, "encoding": encoding,
    })  # fmt: skip


def _rows(strategies: Sequence[History], name: str) -> list[dict[str, Json]]:
    return [
        {"round": number, "value": value, "strategy": _label(history)}
        for history in strategies
        for number, value in enumerate(history.by_round[name], 1)
        if value is not None
    ]


def _compared(rows: list[dict[str, Json]], title: str) -> dict[str, Json]:
    colour = {"field": "strategy", "type": "nominal", "title": None, "sort": None}
    encoding = {"x": _rounds(), "y": _quantity("value", title), "color": colour}
    return {"data": {"values": rows}, "mark": {"type": "line", "point": True}, "encoding": encoding}


def _label(history: History) -> str:
    return f"{history.number} {history.keyword}"


def _rounds() -> dict[str, Json]:
    return {"field": "round", "type": "quantitative", "title": "Round", "axis": {"tickMinStep": 1, "format": "d"}}


def _quantity(field: str, title: str) -> dict[str, Json]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False}}


def _spec(title: str, body: dict[str, Json]) -> dict[str, Json]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": title,
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "config": LIGHT.vega_config(),
        **body,
    }


def _pdf(spec: dict[str, Json]) -> bytes:
    return export(spec, "pdf")
