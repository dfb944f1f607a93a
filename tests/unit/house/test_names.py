"""Names: no function is called by a word that says nothing in a traceback, and no two test files share a name."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import quintant

PACKAGE = Path(quintant.__file__).parent
TESTS = Path(__file__).parents[2]

EMPTY = {"of", "line", "words", "told", "found", "asked", "one"}
"""Verbs in the past, and words that need another one beside them (docs/design/0010-names.md)."""


def empty_names(source: str) -> list[tuple[int, str]]:
    """Line and name of the functions, methods and inner functions that are called so."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return sorted((function.lineno, function.name) for function in functions if function.name in EMPTY)


def sources(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_no_function_is_called_by_a_word_that_says_nothing_alone():
    files = sources()
    assert len(files) > 600
    named = {str(path.relative_to(PACKAGE)): names for path in files if (names := empty_names(path.read_text("utf-8")))}
    assert not named, "a traceback shows this name alone: say what is given or done (docs/design/0010-names.md)"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def of(x): ...", [(1, "of")]),
        ("class A:\n    async def told(self): ...", [(2, "told")]),
        ("def f():\n    def one(): ...\n    return one", [(2, "one")]),
        ("def one_of(line): ...", []),
        ("line = lambda words: words", []),
    ],
)
def test_every_kind_of_function_is_seen(source, names):
    assert empty_names(source) == names


def test_test_files_have_names_of_their_own():
    """pytest's reports, and its default import mode, know a file by its name."""
    count = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert len(count) > 200 and not [name for name, times in count.items() if times > 1]


def test_what_json_is_called_is_said_once():
    """Json, JsonObject and JsonMapping are of quintant.json_value: `Json` once meant three things in ten modules."""
    aliases = {
        path.relative_to(PACKAGE).as_posix()
        for path in sources()
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.lstrip("_").startswith("Json")
    }
    assert aliases == {"json_value.py", "cli/options.py"}, "the command line's Json is a flag"
