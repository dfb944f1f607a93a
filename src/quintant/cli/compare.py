"""`quintant compare A B…`: what differs between runs, points and sweeps, in their configs and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quintant.cli.door import Door

Compared = Annotated[
    list[str], typer.Argument(metavar="A B…", help="Two to eight ids of runs or sweeps; the first characters are enough.")
]
Baseline = Annotated[str | None, typer.Option("--baseline", metavar="ID", help="What differences are to; else the first.")]


def compare(runs: Compared, baseline: Baseline = None, json: Json = False, url: Url = None, data_dir: DataDir = None) -> None:
    """Compare: the parameters that differ, and the metrics side by side. Of sweeps, or of more than two, each one's difference
    from the first, over common seeds."""
    from quintant.cli.door import open_door
    from quintant.errors import Conflict

    with open_door(url, data_dir) as door:
        keys = [_key(door, prefix) for prefix in runs]
        pair = keys if len(keys) == 2 and baseline is None and all(kind == "run" for _, kind in keys) else None
        if pair is None:
            base = None if baseline is None else _key(door, baseline)[0]
            juxtaposition = door.compare_series([key for key, _ in keys], base)
            _print_series(juxtaposition, json)
            return
        a, b = (door.run(key) for key, _ in pair)
        if a.lab != b.lab:
            raise Conflict(f"Run {a.id} is of lab {a.lab}, {b.id} of lab {b.lab}; only runs of one lab can be compared.")
        configs = {
            "root_seed": (a.root_seed, b.root_seed),
            **{key: (a.config.get(key), b.config.get(key)) for key in {**a.config, **b.config}},
        }
        different = {key: pair for key, pair in configs.items() if pair[0] != pair[1]}
        metrics = door.metrics(a.id), door.metrics(b.id)
    if json:
        import orjson

        values = {name: [_value(metrics[0], name), _value(metrics[1], name)] for name in {**metrics[0], **metrics[1]}}
        print(
            orjson.dumps(
                {"runs": [a.id, b.id], "differs": {key: list(pair) for key, pair in different.items()}, "metrics": values},
                option=orjson.OPT_NON_STR_KEYS,
            ).decode()
        )
        return
    _print(a.id, b.id, different, len(configs), metrics)


def _key(door: Door, prefix: str) -> tuple[str, str]:
    """The key of a row and what it is, from the beginning of a Run's or a sweep's id; `SWEEP.3` is a point."""
    from quintant.runs.sweep import Sweep

    whole, dot, number = prefix.partition(".")
    target = door.find(whole)
    if dot and isinstance(target, Sweep):
        return f"{target.id}.{number}", "point"
    return target.id, "sweep" if isinstance(target, Sweep) else "run"


def _print_series(juxtaposition: Mapping[str, Any], json: bool) -> None:
    if json:
        import orjson

        print(orjson.dumps(juxtaposition).decode())
        return
    from quintant.cli import table
    from quintant.config.explanation import shown

    series = {entry["key"]: entry["label"] for entry in juxtaposition["series"]}
    if not juxtaposition["comparable"]:
        print(f"not compared: {juxtaposition['reason']}\n")
        rows = []
        for entry in juxtaposition["always"]:
            states = ", ".join(f"{count} {state}" for state, count in entry["states"].items())
            took = "" if entry["took_s"] is None else f"{entry['took_s']:.3g} s a run"
            rows.append([entry["key"], series[entry["key"]], states, took])
        table.show(["id", "name", "runs", "took"], rows, flexible=(1,))
        return
    for sentence in juxtaposition["findings"]:
        print(sentence)
    print(f"\ndiffers ({len(juxtaposition['differs'])} of {juxtaposition['keys']})")
    heads = ["", *(f"{label}{' (baseline)' if key == juxtaposition['baseline'] else ''}" for key, label in series.items())]
    flexible = tuple(range(1, len(heads)))
    differs = [
        [key_values["key"], *(shown(key_values["values"][key]) for key in series)] for key_values in juxtaposition["differs"]
    ]
    table.show(heads, differs, flexible=flexible)
    metrics = juxtaposition["metrics"]
    if metrics and len(metrics[0]["points"]) == 1:  # nothing is swept: a table of metrics
        print()
        table.show(
            heads, [_cells(metric["label"], metric, metric["points"][0], series) for metric in metrics], flexible=flexible
        )
        return
    shown_metrics = [metric for metric in metrics if metric["hero"]] or metrics[:1]
    for metric in shown_metrics:
        print(f"\n{metric['label']}")
        where = [", ".join(f"{key} {shown(value)}" for key, value in point["point"].items()) for point in metric["points"]]
        rows = [_cells(name, metric, point, series) for name, point in zip(where, metric["points"], strict=True)]
        table.show(heads, rows, flexible=flexible)
    left = len(metrics) - len(shown_metrics)
    if left:
        print(f"\n{left} more metric{'s' if left > 1 else ''}: --json")


def _cells(name: str, metric: Mapping[str, Any], point: Mapping[str, Any], series: Mapping[str, str]) -> list[str]:
    """One line: each series' estimate, with its difference from the baseline in words."""
    cells = [name]
    for key in series:
        text, difference = _estimate(point["series"][key], metric["unit"]), point["differences"].get(key)
        cells.append(f"{text}  {difference['words']}" if difference else text)
    return cells


def _estimate(estimate: Mapping[str, Any], unit: str) -> str:
    from quintant.cli import quantity

    return "–" if estimate["mean"] is None else quantity.interval(estimate["mean"], estimate["low"], estimate["high"], unit)


def _value(metrics: Mapping[str, Any], name: str) -> Any:
    return metrics[name].value if name in metrics else None


def _print(a: str, b: str, different: dict[str, Any], total: int, metrics: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
    from quintant.cli import quantity, table
    from quintant.config.explanation import shown

    print(f"differs ({len(different)} of {total})")
    table.show(["", a, b], [[key, shown(x), shown(y)] for key, (x, y) in different.items()], flexible=(1, 2))
    print("\nmetrics")
    rows = []
    for name in {**metrics[0], **metrics[1]}:
        first, other = metrics[0].get(name), metrics[1].get(name)
        shown_both = [quantity.interval(m.value, m.low, m.high, m.unit, m.upper_limit) if m else "–" for m in (first, other)]
        change = ""
        if first and other and first.value and other.value is not None:
            change = f"{100 * (other.value / first.value - 1):+.1f} %"
        rows.append([name, *shown_both, change])
    table.show(["", a, b, "change"], rows)
