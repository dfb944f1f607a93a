"""docs/contracts/spiking.md lists every key as the table has it. RECORD_KEYS=1 writes the list anew."""

import os
from pathlib import Path

from quintant.config import json_schema
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract.keys import KEYS, SEEDS, Key
from quintant.labs.spiking.contract.schema import RUN

PAGE = Path(__file__).parents[3] / "docs" / "contracts" / "spiking.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"
SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def listed() -> str:
    schema = json_schema(SpikingConfig)["properties"]
    lines = []
    for section, table in KEYS.items():
        lines += [f"\n### `{section}`\n", "| key | native key | default | unit | allowed | meaning |", "|" + "---|" * 6]
        for key in table.values():
            if key.native is None:
                lines.append(f"| `{key.name}` | – | 0 | | | without effect |")
                continue
            native = schema[key.native]
            lines.append(f"| `{key.name}` | `{key.native}` | {default(key)} | {native.get('unit', '')} | "
                         f"{allowed(key, native)} | {native['description']} |")  # fmt: skip
    return "\n".join(lines) + "\n\n"


def default(key: Key) -> str:
    if key.native in SEEDS:
        return str(SEEDS[key.native])
    value = SpikingConfig.model_fields[key.native].default
    if key.kind == "block":
        return f"mean {value.mean:g}, std {value.std:g}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{one:g}" for one in value) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, (bool, str)) else f"{value:.10g}"


def allowed(key: Key, native: dict) -> str:
    if key.kind == "word":
        return ", ".join(f"`{word}`" for word in key.allowed)
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
