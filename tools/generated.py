"""Write the sources that are made from others: `make generated`, or with --check: exit 1 where one of them is not current.

src/quintant/client/asynchronous.py     AsyncClient and its handles: the synchronous SDK's methods, awaited
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

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
    return tidy("\n\n".join([HEAD, *map(mirrored_class, MIRRORED)]), "asynchronous.py")


def tidy(source: str, name: str) -> str:
    """As ruff leaves it: no import that is not used."""
    ruff = [sys.executable, "-m", "ruff"]
    for how in (["check", "--fix-only", "--quiet", "--select", "F401,I,UP,E501"], ["format", "--quiet"]):
        command = [*ruff, *how, "--no-cache", "--stdin-filename", str(CLIENT / name), "-"]
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return source


GENERATED = {CLIENT / "asynchronous.py": asynchronous}


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
