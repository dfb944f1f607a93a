"""`quintant compare A B`: what differs between two runs, configs and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    from collections.abc import Mapping

First = Annotated[str, typer.Argument(metavar="A", help="Id of a run; its first characters are enough.")]
Second = Annotated[str, typer.Argument(metavar="B", help="Id of the other run.")]


def compare(first: First, second: Second, json: Json = False, url: Url = None, data_dir: DataDir = None) -> None:
    """Compare two runs of one lab: the parameters that differ, and their metrics side by side."""
    from quintant.cli.door import open_door
    from quintant.errors import Conflict
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:
        found = [door.find(prefix) for prefix in (first, second)]
        for one in found:
            if isinstance(one, Sweep):
                raise Conflict(f"{one.id} is a sweep; compare takes two runs (quintant show {one.id} lists them).")
        a, b = (door.run(one.id) for one in found)
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


def _value(metrics: Mapping[str, Any], name: str) -> Any:
    return metrics[name].value if name in metrics else None


def _print(a: str, b: str, different: dict[str, Any], total: int, metrics: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
    from quintant.cli import quantity, table
    from quintant.cli.explain import shown

    print(f"differs ({len(different)} of {total})")
    table.show(["", a, b], [[key, shown(x), shown(y)] for key, (x, y) in different.items()], flexible=(1, 2))
    print("\nmetrics")
    rows = []
    for name in {**metrics[0], **metrics[1]}:
        one, other = metrics[0].get(name), metrics[1].get(name)
        shown_both = [quantity.interval(m.value, m.low, m.high, m.unit, m.upper_limit) if m else "–" for m in (one, other)]
        change = ""
        if one and other and one.value and other.value is not None:
            change = f"{100 * (other.value / one.value - 1):+.1f} %"
        rows.append([name, *shown_both, change])
    table.show(["", a, b, "change"], rows)
