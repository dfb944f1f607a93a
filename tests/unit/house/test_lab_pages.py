"""The labs' pages: whole, readable by a renderer of TeX, true to schema and presets, and told once."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from quintant import registry
from quintant.config import json_schema
from quintant.page import MeasuredMetric, measured, number, page

ROOT = Path(__file__).parents[3]
OURS = ("chip", "federated", "optical", "persona", "spiking")


@pytest.fixture(params=OURS)
def lab(request):
    return registry.labs()[request.param]


def test_a_page_has_all_that_a_page_has(lab):
    found = page(lab)
    wanted = ["what", "model", "presets", "parameters", "how-it-was-verified", "cite"]
    assert [one.id for one in found.sections if one.id in wanted] == wanted
    assert found.text.startswith(f"# {found.title}\n") and "{{" not in re.sub(
        r"\$[^$]*\$|```.*?```", "", found.text, flags=re.S
    )
    assert all(one.text for one in found.sections)
    assert len({one.id for one in found.sections}) == len(found.sections)


def test_its_parameters_are_those_of_the_schema(lab):
    section = next(one.text for one in page(lab).sections if one.id == "parameters")
    keys = re.findall(r"^\| `(\w+)` \|", section, re.M)
    properties = json_schema(lab.config)["properties"]
    assert keys == sorted(properties)
    for line in section.splitlines()[2 : 2 + len(keys)]:
        name = line.split("`")[1]
        assert properties[name]["description"].split(". ")[0][:40].replace("|", "\\|").replace("$", "\\$") in line


def test_its_presets_are_the_lab_s_with_what_is_expected(lab):
    section = next(one.text for one in page(lab).sections if one.id == "presets")
    assert re.findall(r"^\| `([\w-]+)`", section, re.M) == list(lab.presets)
    for preset in lab.presets.values():
        line = next(line for line in section.splitlines() if line.startswith(f"| `{preset.name}`"))
        assert all(f"{one.metric} {one.value:g}" in line for one in preset.expected)


def test_tables_and_formulas_are_well_formed(lab):
    text = page(lab).text
    assert len(re.findall(r"(?<!\\)\$\$", text)) % 2 == 0
    for line in text.splitlines():
        inline = re.sub(r"`[^`]*`", "", line.replace("$$", ""))
        assert "$$" in line or len(re.findall(r"(?<!\\)\$", inline)) % 2 == 0, line
    for formula in re.findall(r"(?<!\\)\$\$?([^$]+)\$\$?", re.sub(r"`[^`]*`", "", text)):
        assert formula.count("{") == formula.count("}"), formula
        assert len(re.findall(r"\\left(?![a-z])", formula)) == len(re.findall(r"\\right(?![a-z])", formula)), formula
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for before, row in pairwise(rows):
        if set(row) <= set("|-: "):
            columns = len(re.findall(r"(?<!\\)\|", row))
        if set(before) <= set("|-: ") or set(row) <= set("|-: "):
            assert len(re.findall(r"(?<!\\)\|", row)) == columns, row


def test_no_link_of_a_page_leads_into_a_repository(lab):
    """Pages are read in a browser, a terminal and a notebook."""
    assert [target for target in re.findall(r"\]\(([^)]+)\)", page(lab).text) if not target.startswith("https:")] == []


def test_what_a_page_tells_no_document_tells_again(lab):
    """Sentences and rows of ten words or more, apart from the code's own."""
    own = lab_text(lab.name)
    for document in [*(ROOT / "docs").rglob("*.md")]:
        again = own & pieces(document.read_text())
        assert not again, f"{document.relative_to(ROOT)}: {sorted(again)[:2]}"
    assert f"labs/{lab.name}/page.md" in (ROOT / "docs" / "labs" / f"{lab.name}.md").read_text()


def lab_text(name: str) -> set[str]:
    return pieces((ROOT / "src" / "quintant" / "labs" / name / "page.md").read_text())


def pieces(text: str) -> set[str]:
    joined = re.sub(r"\n(?=[^\n|#*\-\d])", " ", text)
    sentences = re.split(r"(?<=[.:;])\s|\n|\|", joined)
    return {" ".join(one.split()) for one in sentences if len(one.split()) >= 10}


def test_what_was_measured_belongs_to_the_presets_as_they_are(lab):
    """Else: tools/measured.py. A preset whose data are on no machine of ours stands there as not yet measured."""
    known = measured(lab)
    assert lab.default_preset in known
    stale = [name for name, once in known.items() if name not in lab.presets or not once.holds(lab, lab.presets[name])]
    assert stale == [], f"measure anew: tools/measured.py {lab.name}"
    assert all(once.metrics for once in known.values())


def test_what_is_cited_is_bibtex(lab):
    text = next(one.text for one in page(lab).sections if one.id == "cite")
    entries = re.findall(r"^@(\w+)\{([\w]+),$", text, re.M)
    assert len(entries) >= 2 and entries[0] == ("software", "quintant")
    assert text.count("{") == text.count("}") and len({key for _, key in entries}) == len(entries)
    assert len(re.findall(r"(?<!book)title = \{", text)) == len(entries)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (MeasuredMetric(0.02991, 0.02908, 0.03073, 10, "1", "t"), "0.02991 [0.02908, 0.03073]"),
        (MeasuredMetric(47.05, 46.6, 47.5, 3, "Hz", "t"), "47.05 Hz [46.60, 47.50]"),
        (MeasuredMetric(0.0, 0.0, 0.003, 1, "1", "m", True), "below 0.003"),
        (MeasuredMetric(4797, None, None, 1, "1", "one run"), "4797"),
        (MeasuredMetric(None, None, None, 0, "Hz", "none"), "none"),
    ],
)
def test_numbers_have_the_digits_of_their_interval(metric, words):
    assert number(metric) == words
