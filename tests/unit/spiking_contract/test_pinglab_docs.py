"""docs/contracts/spiking.md lists every key as the table has it. RECORD_KEYS=1 writes the list anew."""

import os
from pathlib import Path

from quintant.config import json_schema
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract.keys import TABLE
from quintant.labs.spiking.contract.schema import RUN
from quintant.wire.reader import LEFT_OUT, Wire

PAGE = Path(__file__).parents[3] / "docs" / "contracts" / "spiking.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"
SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def listed() -> str:
    schema = json_schema(SpikingConfig)["properties"]
    lines = []
    for section, wires in TABLE.sections.items():
        if not section:
            continue
        lines += [
            f"\n### `{section}`\n",
            "| key | native key | default | unit | allowed | meaning | read only when |",
            "|" + "---|" * 7,
        ]
        for wire in wires.values():
            if wire.key is None:
                lines.append(f"| `{wire.name}` | – | 0 | | | without effect | |")
                continue
            native = schema[wire.key]
            when = native.get("x-when", {}).get("sentence", "")
            lines.append(f"| `{wire.name}` | `{wire.key}` | {default(wire)} | {native.get('unit', '')} | "
                         f"{allowed(wire, native)} | {native['description']} | {when} |")  # fmt: skip
    return "\n".join(lines) + "\n\n"


def default(wire: Wire) -> str:
    if wire.default is not LEFT_OUT:
        return str(wire.default)
    value = SpikingConfig.model_fields[wire.key].default
    if wire.read is not None:
        return f"mean {value.mean:g}, std {value.std:g}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{one:g}" for one in value) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, (bool, str)) else f"{value:.10g}"


def allowed(wire: Wire, native: dict) -> str:
    kind, words = TABLE.kind(wire)
    if kind == "word":
        return ", ".join(f"`{word}`" for word in words)
    bounds = [f"{sign} {native[name]:.10g}" for name, sign in SIGNS.items() if name in native]
    return ", ".join([*bounds, *([f"at most {native['maxItems']} values"] if "maxItems" in native else [])])


def test_the_page_lists_every_key():
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    wanted = before + BEGIN + listed() + END + after
    if os.environ.get("RECORD_KEYS"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted


def test_the_page_counts_the_fields():
    assert f"RunResponse, {len(RUN)} of them" in PAGE.read_text(encoding="utf-8")
