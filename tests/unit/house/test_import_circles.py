"""No module imports another that leads back to it: each can be read, and tested, after what it stands on.

Imports inside of functions count; what is imported for type checkers only does not. Whoever imports a module while it is
imported itself imports the packages around it first: there their `__init__` counts too, but of one's own packages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src"


def modules() -> Mapping[str, Path]:
    files = ((path.relative_to(SOURCE).with_suffix(""), path) for path in sorted(SOURCE.rglob("*.py")))
    return {".".join(name.parent.parts if name.name == "__init__" else name.parts): path for name, path in files}


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield from statements(other)
        else:
            yield from statements(child)


def imports(tree: ast.AST, known: Mapping[str, Path], *, at_once: bool = False) -> set[str]:
    """The modules of ours that a file imports: `from package import module` means the module. `at_once`: not in functions."""
    names: set[str] = set()
    inside = {id(s) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) for s in statements(f)}
    for statement in statements(tree):
        if at_once and id(statement) in inside:
            continue
        if isinstance(statement, ast.Import):
            names |= {alias.name for alias in statement.names}
        else:
            assert statement.level == 0, "imports are absolute"
            whole = {f"{statement.module}.{alias.name}" for alias in statement.names}
            names |= whole & set(known) if whole <= set(known) else {str(statement.module), *(whole & set(known))}
    return names & set(known)


def with_packages(name: str, imported: set[str], known: Mapping[str, Path]) -> set[str]:
    """What `name` imports, and the packages around that which are not around `name` too."""
    own = set(packages(name))
    return imported | {package for module in imported for package in packages(module) if package in known} - own - {name}


def packages(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, each imported by the next; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_seen():
    known = {name: Path() for name in ("a", "b", "b.c")}
    trees = {"a": "def f():\n    from b import c", "b": "", "b.c": "if TYPE_CHECKING:\n    import b\nimport a"}
    graph = {name: imports(ast.parse(text), known) for name, text in trees.items()}
    assert graph == {"a": {"b.c"}, "b": set(), "b.c": {"a"}}
    assert set(circle(graph)) == {"a", "b.c"}


def test_no_module_imports_itself_by_way_of_others():
    known = modules()
    assert len(known) > 600
    trees = {name: ast.parse(path.read_text()) for name, path in known.items()}
    assert circle({name: imports(tree, known) for name, tree in trees.items()}) == []
    at_once = {name: imports(tree, known, at_once=True) for name, tree in trees.items()}
    assert circle({name: with_packages(name, imported, known) for name, imported in at_once.items()}) == []
