"""docs/contracts/optical.md lists every key as the table of options has it. RECORD_KEYS=1 writes the list anew."""

import os
import re
from pathlib import Path

from quintant.labs.optical.contract.options import OPTIONS, SECTIONS
from quintant.labs.optical.contract.original import ORIGINAL

PAGE = Path(__file__).parents[3] / "docs" / "contracts" / "optical.md"
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->\n"


def listed() -> str:
    lines = []
    for section, says in SECTIONS.items():
        lines += [
            f"\n### {section}\n",
            f"{says}\n",
            "| key | type | default | allowed | meaning | in the original |",
            "|---|---|---|---|---|---|",
        ]
        for option in OPTIONS:
            if option.section == section:
                unit = f" {option.unit}" if option.unit else ""
                default = "–" if option.default is None else f"`{option.text(option.default)}`"
                note = f" ◦ {option.idle}." if option.idle else ""
                lines.append(
                    f"| `{option.name}` | {option.form}{unit} | {default} | {allowed(option)} | {option.says}{note} "
                    f"| {ORIGINAL[option.path]} |"
                )
    return "\n".join(lines) + "\n\n"


def allowed(option) -> str:
    if option.name == "network":
        return "the names of `/api/topology`"
    if option.only:
        return ", ".join(f"`{option.text(value)}`" for value in option.only)
    if option.choices:
        return ", ".join(f"`{word}`" for word in (*option.choices, *option.spellings))
    bounds = [
        f"{sign} {bound:g}"
        for sign, bound in (("≥", option.least), (">", option.above), ("≤", option.most))
        if bound is not None
    ]
    return ", ".join(bounds)


def test_the_page_lists_every_key():
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    written, after = rest.split(END)
    if os.environ.get("RECORD_KEYS"):
        PAGE.write_text(before + BEGIN + listed() + END + after, encoding="utf-8")
        written = listed()
    assert written == listed()


def test_the_page_names_every_route():
    from fastapi import FastAPI

    from quintant.labs.optical.contract import router

    app = FastAPI()
    app.include_router(router(None))
    text = PAGE.read_text(encoding="utf-8")
    for path in app.openapi()["paths"]:
        tail = re.sub(r"\{run_id\}", "{id}", path).removeprefix("/api/configs").removeprefix("/api")
        assert tail in text, path
