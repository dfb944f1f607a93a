"""What the documents promise is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from quintant import __version__
from quintant.runs.lifecycle import diagram
from quintant.settings import Settings

ROOT = Path(__file__).parents[3]


def test_the_lifecycle_diagram_is_the_table():
    assert diagram() in (ROOT / "ARCHITECTURE.md").read_text()


def test_the_changelog_knows_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert broken == []


def test_every_page_is_reached_from_the_index():
    index = ROOT / "docs" / "README.md"
    reached, ahead = set(), [index]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        linked = [(page.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text())]
        ahead += [other for other in linked if other.exists() and other not in reached]
    assert sorted((ROOT / "docs").rglob("*.md")) == sorted(page for page in reached if page.is_relative_to(ROOT / "docs"))


def test_every_setting_explains_itself():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_make_targets_in_the_documents_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text()
        assert set(re.findall(r"\bmake ([a-z]+)\b", text)) <= targets
