"""How a notebook shows what the SDK gives: small tables, every word of a user's own escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from quintant.precision import written

if TYPE_CHECKING:
    from quintant.client.card import LabCard
    from quintant.client.summary import Summary
    from quintant.lab import Metric
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep

MOST_ROWS = 60


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    listed = list(rows)
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in listed[:MOST_ROWS])
    more = f"<tr><td colspan={len(heads)}>and {len(listed) - MOST_ROWS} more</td></tr>" if len(listed) > MOST_ROWS else ""
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}{more}</tbody></table>"


def image(svg: bytes, name: str) -> str:
    """As an image, not inline: the ids of several drawings on one page would meet, and nothing in it can run."""
    return f'<img alt="{escape(name)}" src="data:image/svg+xml;base64,{b64encode(svg).decode()}">'


def remark(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def metrics(found: Mapping[str, Metric]) -> str:
    rows = [
        (name, written(one.value, one.low, one.high), _unit(one.unit), one.method or one.reason or "")
        for name, one in found.items()
    ]
    return table(["metric", "value", "unit", "interval"], rows)


def run(info: Run) -> str:
    facts = [("lab", f"{info.lab} {info.lab_version}"), ("state", _state(info)), ("root seed", info.root_seed)]
    if info.headline is not None:
        facts.append(("headline", written(info.headline, info.headline_low, info.headline_high)))
    return table([f"run {info.id}", info.name], facts)


def sweep(info: Sweep, runs: Sequence[Run]) -> str:
    states: dict[str, int] = {}
    for one in runs:
        states[str(one.state)] = states.get(str(one.state), 0) + 1
    facts = [
        ("lab", info.lab),
        ("runs", ", ".join(f"{count} {state}" for state, count in states.items())),
        ("root seeds", ", ".join(map(str, info.root_seeds[:12])) + (" …" if info.seeds > 12 else "")),
        *((key, ", ".join(map(str, values[:12])) + (" …" if len(values) > 12 else "")) for key, values in info.axes.items()),
    ]
    return table([f"sweep {info.id}", info.name], facts)


def summary(found: Summary) -> str:
    keys = list(dict.fromkeys(key for point in found for key in point.point))
    unit = next((point.units.get(found.headline, "") for point in found), "")
    head = f"{found.headline} ({_unit(unit)})" if _unit(unit) else found.headline
    rows = [
        [*(point.point.get(key, "") for key in keys), str(point.headline), point.headline.n, point.missing or ""]
        for point in found
    ]
    return table([*keys, head, "n", ""], rows)


def lab(card: LabCard) -> str:
    rows = [
        (f"{name}{' (default)' if name == card.default_preset else ''}", one.title, one.seeds)
        for name, one in card.presets.items()
    ]
    return table(["preset", "", "seeds"], rows, f"{card.name}: {card.title}. {card.says}")


def labs(cards: Sequence[LabCard]) -> str:
    return table(["lab", "", "default preset", "state"], [(one.name, one.says, one.default_preset, one.state) for one in cards])


def runs(infos: Sequence[Run]) -> str:
    rows = [
        (one.id, one.lab, one.name, _state(one), written(one.headline, one.headline_low, one.headline_high)) for one in infos
    ]
    return table(["run", "lab", "name", "state", "headline"], rows)


def _state(info: Run) -> str:
    return f"{info.state}: {info.reason}" if info.reason else str(info.state)


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit
