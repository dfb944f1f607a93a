"""Imports run one way: doors → runs → lab ← labs. Read from the source, so that lazy imports count as well."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src" / "quintant"
LABS = sorted(path.name for path in (SOURCE / "labs").iterdir() if (path / "__init__.py").is_file())
NEUTRAL = {
    "arrow",
    "destination",
    "errors",
    "config",
    "json_value",
    "lab",
    "figure",
    "statistics",
    "student",
    "tabular",
    "tex",
    "precision",
    "wire",
    "outside",
}
DOORS = {"server", "cli", "client"}


def imported(path: Path) -> set[str]:
    """Dotted names below quintant that a file imports, anywhere in it."""
    package = ["quintant", *path.relative_to(SOURCE).with_suffix("").parts[:-1]]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] == "quintant"}


def offenders(folder: str, allowed) -> list[str]:
    found = []
    for path in sorted((SOURCE / folder).rglob("*.py")):
        for name in sorted(imported(path)):
            parts = name.split(".")
            if len(parts) > 1 and not allowed(parts):
                found.append(f"{path.relative_to(SOURCE)} imports {name}")
    return found


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_imports_neither_runs_nor_a_door_nor_another_lab(lab):
    assert (
        offenders(f"labs/{lab}", lambda p: p[1] in NEUTRAL or p[1:3] == ["labs", lab] or p == ["quintant", "__version__"]) == []
    )


@pytest.mark.parametrize("lab", LABS)
def test_an_engine_imports_no_web_database_clock_or_logger(lab):
    foreign = {"fastapi", "starlette", "sqlalchemy", "logging", "structlog", "time", "datetime", "random", "requests", "httpx2"}
    found = []
    folder = SOURCE / "labs" / lab / "engine"
    for path in folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found += [f"{path.name} imports {name}" for name in names if name.split(".")[0] in foreign]
    assert found == []


def test_runs_knows_no_lab_and_no_door():
    assert offenders("runs", lambda p: p[1] not in DOORS | {"labs", "testing", "figure"}) == []


def test_doors_do_not_reach_past_the_facade_into_the_store_or_a_lab():
    for door in sorted(DOORS):
        assert offenders(door, lambda p: p[1] != "labs" and p[:3] != ["quintant", "runs", "store"]) == []


def test_neutral_modules_import_only_each_other():
    for name in sorted(NEUTRAL):
        place = SOURCE / name
        for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
            wrong = [n for n in imported(path) if "." in n and n.split(".")[1] not in NEUTRAL | {"registry"}]
            assert wrong == [], f"{path.name}: {wrong}"


@pytest.mark.parametrize("lab", LABS)
def test_describing_a_lab_imports_nothing_heavy(lab):
    heavy = ("numba", "altair", "scipy", "networkx", "torch", "fastapi")
    code = f"import sys, quintant.labs.{lab}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_says_no_word_of_a_lab():
    """Dialects come in through `Contract`; examples are of a coin, or of whatever lab is there."""
    words = re.compile(rf"\b({'|'.join(LABS)})\b|fusion|intefl|pinglab|catalyst", re.IGNORECASE)
    told = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in sorted((SOURCE / "server").rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if words.search(line)
    ]
    assert told == []
