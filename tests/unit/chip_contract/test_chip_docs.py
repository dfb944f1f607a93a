"""docs/contracts/chip.md lists every param, tier and route as the code has them. RECORD_KEYS=1 writes the params anew."""

import os
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from quintant.config import json_schema
from quintant.labs.chip import contract
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.network import PARAMS
from quintant.labs.chip.tiers import TIERS
from quintant.runs import open_runs

PAGE = Path(__file__).parents[3] / "docs" / "contracts" / "chip.md"
BEGIN, END = "<!-- params -->\n", "<!-- /params -->\n"


def listed() -> str:
    native: dict[str, Any] = json_schema(ChipConfig)["$defs"]["Population"]["properties"]
    lines = ["| param | native key | default | allowed | meaning | read only when |", "|" + "---|" * 6]
    for name, key in PARAMS.items():
        of = native[key]
        allowed = ", ".join(of["enum"]) if "enum" in of else f"{of['minimum']}…{of['maximum']}"
        when = of.get("x-when", {}).get("sentence", "")
        lines.append(f"| `{name}` | `{key}` | {of['default']} | {allowed} | {of['description']} | {when} |")
    return "\n".join(lines) + "\n"


def test_the_page_lists_every_param():
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    wanted = before + BEGIN + listed() + END + after
    if os.environ.get("RECORD_KEYS"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted


def test_the_page_lists_every_tier():
    text = PAGE.read_text(encoding="utf-8")
    for tier in TIERS.values():
        jobs = "unlimited (`null`)" if tier.jobs_per_day is None else str(tier.jobs_per_day)
        row = f"| {tier.name} | {tier.gbp_per_second:g} | {jobs} | {tier.max_neurons:,} | {tier.max_timesteps:,} |"
        assert f"{row} {tier.max_runtime_s:,} s |" in text


def test_the_page_and_the_examples_know_every_route(settings):
    text = PAGE.read_text(encoding="utf-8")
    app = FastAPI()
    with open_runs(settings, execute=False) as runs:
        app.include_router(contract.router(runs))
    paths = {path: of for path, of in app.openapi()["paths"].items() if not path.startswith("/api/v2")}
    routes = [(method.upper(), path) for path, of in paths.items() for method in of]
    assert len(routes) == 19
    for method, path in routes:
        assert f"{method} {re.sub(r'{[a-z_]+}', '{id}', path)}`" in text, (method, path)
    assert examples.MAY.keys() == examples.ANSWERS.keys() >= examples.BODIES.keys()
