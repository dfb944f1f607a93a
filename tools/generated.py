"""Write the sources that are made from others: `make generated`, or with --check: exit 1 where one of them is not current.

src/quintant/client/asynchronous.py     AsyncClient and its handles: the synchronous SDK's methods, awaited
CITATION.cff                            what to cite for Quintant and its labs, by the BibTeX that the labs have
src/quintant/typed.pyi                  `quintant.run` with each lab's keys, by which editors complete and mypy checks them
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintant.lab import Lab

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "src/quintant/client"
WIDTH = 128

MIRRORED = {
    "FigureHandle": [("run", "FigureHandle")],
    "RunHandle": [("run", "RunHandle"), ("run", "Handle"), ("framed", "Framed")],
    "SweepHandle": [("run", "SweepHandle"), ("run", "Handle"), ("framed", "Framed")],
    "Rows": [("rows", "Rows"), ("framed", "Framed")],
    "Client": [("client", "Client")],
}
"""What is mirrored, and the classes that its methods stand in."""
ATTRIBUTES = {
    "FigureHandle": {"name": "str"},
    "RunHandle": {"id": "str", "info": "Run"},
    "SweepHandle": {"id": "str", "info": "Sweep"},
}
UNWAITED = {"rows"}
"""Methods that ask nobody: what they give back is awaited."""

HEAD = '''"""The SDK on an event loop: `AsyncClient`, and what it gives. `make generated` wrote it.

async with AsyncClient() as client:
    run = await client.run("optical", config={"requests": 20_000}, seeds=1)
    async for event in run.events():
        print(event.kind)
    print((await run.result())["blocking"])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from quintant.client.bridge import BridgedClient, Mirror, call, mirrored, stepped
from quintant.client.card import LabCard, Labs
from quintant.client.client import Client
from quintant.client.rows import Rows
from quintant.client.run import FigureHandle, Metrics, RunHandle, SweepHandle
from quintant.client.summary import Summary
from quintant.lab import DEFAULT_PRESET, OwnFile

if TYPE_CHECKING:
    import altair
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from quintant.client.export import Exported
    from quintant.runs.annotation import Annotation, Done
    from quintant.runs.artifact import Artifact
    from quintant.runs.control import Action, Answered
    from quintant.runs.event import LoggedEvent
    from quintant.runs.growth import PointVerdict
    from quintant.runs.lifecycle import State
    from quintant.runs.log_lines import LinePage
    from quintant.runs.rows import Row
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep

    AsyncWhich: TypeAlias = "str | RunHandle | SweepHandle | AsyncRunHandle | AsyncSweepHandle"

'''

CONSTRUCTOR = """
    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, patience_s: float = 30.0, socket: Path | None = None
    ) -> None:
        self._mirrored: Client = BridgedClient(url, api_key, patience_s=patience_s, socket=socket)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
"""


def renamed(annotation: str) -> str:
    """An annotation of the synchronous SDK, with the mirrored classes in place of its own."""
    return re.sub(r"\b(RunHandle|SweepHandle|FigureHandle|Rows|Client|Which)\b", r"Async\1", annotation)


def classes(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse((CLIENT / f"{module}.py").read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def methods(name: str) -> Iterator[ast.FunctionDef]:
    """Public methods, the class's own before those of its bases; overloads stand before what they overload."""
    seen: set[str] = set()
    for module, owner in MIRRORED[name]:
        own = [node for node in classes(module)[owner].body if isinstance(node, ast.FunctionDef)]
        public = [node for node in own if not node.name.startswith("_") and node.name not in seen]
        yield from public
        seen |= {node.name for node in public}


def decorators(method: ast.FunctionDef) -> set[str]:
    return {ast.unparse(each) for each in method.decorator_list}


def signature(method: ast.FunctionDef) -> str:
    return renamed(ast.unparse(method.args))


def passed(method: ast.FunctionDef) -> str:
    arguments = [each.arg for each in method.args.args[1:]]
    arguments += [f"*{method.args.vararg.arg}"] if method.args.vararg else []
    arguments += [f"{each.arg}={each.arg}" for each in method.args.kwonlyargs]
    arguments += [f"**{method.args.kwarg.arg}"] if method.args.kwarg else []
    return "".join(f", {each}" for each in arguments)


def documented(method: ast.FunctionDef, lines: str) -> str:
    text = ast.get_docstring(method, clean=True)
    doc = f'"""{text}"""\n' if text else ""
    return textwrap.indent(doc + lines, " " * 8)


def mirrored_method(name: str, method: ast.FunctionDef) -> str:
    marks, returns = decorators(method), renamed(ast.unparse(method.returns) if method.returns else "None")
    target, given = f"self._mirrored.{method.name}", passed(method)
    if "property" in marks:
        body = f"answer: {returns} = mirrored({target})\nreturn answer"
        return f"    @property\n    def {method.name}(self) -> {returns}:\n{documented(method, body)}\n"
    head = f"def {method.name}({signature(method)}) -> "
    if "overload" in marks:
        return f"    @overload\n    async {head}{returns}: ...\n"
    if returns.startswith("Iterator["):
        body = f"async for value in stepped({target}({given.removeprefix(', ')})):\n    yield value"
        return f"    async {head}Async{returns}:\n{documented(method, body)}\n"
    if method.name in UNWAITED and name == "Client":
        body = f"return {returns}({target}({given.removeprefix(', ')}))"
        return f"    {head}{returns}:\n{documented(method, body)}\n"
    asked = f"await call({target}{given})"
    body = asked if returns == "None" else f"answer: {returns} = {asked}\nreturn answer"
    return f"    async {head}{returns}:\n{documented(method, body)}\n"


def mirrored_class(name: str) -> str:
    doc = ast.get_docstring(classes(MIRRORED[name][0][0])[name]) or ""
    bases = "Mirror" if name == "Client" else f"Mirror, mirrors={name}"
    parts = [f'class Async{name}({bases}):\n    """{doc}"""\n']
    if name == "Client":
        parts.append(CONSTRUCTOR)
    else:
        parts.append(f"    def __init__(self, mirrored: {name}) -> None:\n        self._mirrored = mirrored\n")
    for attribute, kind in ATTRIBUTES.get(name, {}).items():
        parts.append(
            f"    @property\n    def {attribute}(self) -> {kind}:\n"
            f"        answer: {kind} = self._mirrored.{attribute}\n        return answer\n"
        )
    if name == "Rows":
        parts.append("    def __aiter__(self) -> AsyncIterator[Row]:\n        return stepped(self._mirrored)\n")
    return "\n".join([*parts, *(mirrored_method(name, method) for method in methods(name))])


def asynchronous() -> str:
    return tidy("\n\n".join([HEAD, *map(mirrored_class, MIRRORED)]), CLIENT / "asynchronous.py")


TYPED = '''"""`quintant.run` as an editor and mypy see it: each lab's keys, and what they hold. `make generated` wrote it.

A lab that is not built in takes its keys in `config`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack, overload

from quintant.client.run import RunHandle, SweepHandle
'''
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def own_labs() -> list[Lab]:
    from quintant import registry

    return [lab for name, lab in sorted(registry.labs().items()) if registry.origin(name).distribution == registry.OWN]


def typed() -> str:
    labs, options = own_labs(), session_options()
    base = ["class Options(TypedDict, total=False):", *(f"    {name}: {kind}" for name, kind in options.items()), ""]
    keyed = [(f"lab: Literal[{lab.name!r}]", f"{lab.name.title()}Keys") for lab in labs]
    runs = [
        f"@overload\ndef run({lab}, /, **options: Unpack[{keys}]) -> RunHandle | SweepHandle: ...\n"
        for lab, keys in [*keyed, ("lab: str", "Options")]
    ]
    return tidy("\n".join([TYPED, *base, *(typed_keys(lab, options) for lab in labs), *runs]), ROOT / "src/quintant/typed.pyi")


def session_options() -> dict[str, str]:
    """The options of `quintant.session.run`, with their types."""
    tree = ast.parse((ROOT / "src/quintant/session.py").read_text("utf-8"))
    [run] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run"]
    return {option.arg: ast.unparse(option.annotation) for option in run.args.kwonlyargs if option.annotation}


def typed_keys(lab: Lab, options: Collection[str]) -> str:
    """A TypedDict of a lab's keys, but for those that are called like an option of `run`: these go into `config`."""
    from quintant.config import json_schema

    lines = [f"class {lab.name.title()}Keys(Options, total=False):"]
    for key, schema in json_schema(lab.config)["properties"].items():
        if key in options or not key.isidentifier():
            continue
        unit = f" [{schema['unit']}]" if schema.get("unit") else ""
        words = f"{schema.get('description', '')}{unit}"
        lines += [f"    {key}: {python_type(schema)}", f'    """{words.replace(chr(92), "/")[: WIDTH - 12]}"""']
    return "\n".join(lines) + "\n"


def python_type(schema: dict[str, Any]) -> str:
    """Lists and objects are told as such: what they hold is the server's to judge."""
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    kinds = schema.get("type")
    if kinds is None:
        several = schema.get("anyOf") or schema.get("oneOf")
        return " | ".join(dict.fromkeys(map(python_type, several))) if several else "Mapping[str, Any]"
    names = [kinds] if isinstance(kinds, str) else kinds
    held = {"array": "Sequence[Any]", "object": "Mapping[str, Any]", **PLAIN}
    return " | ".join(held[name] for name in names)


def citation() -> str:
    from quintant.citation import cff, entries, software, unique

    return cff(software(), unique(entry for lab in own_labs() for entry in entries(lab.cite)))


def tidy(source: str, path: Path) -> str:
    """As ruff leaves it: no import that is not used."""
    ruff = [sys.executable, "-m", "ruff"]
    for how in (["check", "--fix-only", "--quiet", "--select", "F401,I,UP,E501"], ["format", "--quiet"]):
        command = [*ruff, *how, "--no-cache", "--stdin-filename", str(path), "-"]
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return source


GENERATED = {CLIENT / "asynchronous.py": asynchronous, ROOT / "src/quintant/typed.pyi": typed, ROOT / "CITATION.cff": citation}


def main(arguments: list[str]) -> int:
    old = 0
    for path, make in GENERATED.items():
        text = make()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        old += 1
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is not current: make generated", file=sys.stderr)
        else:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return old if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
