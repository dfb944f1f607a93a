"""`quintant log RUN`: the last lines of a run's log, those of a level, those that hold a text; and on with it while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir, Json, Url, Which

if TYPE_CHECKING:
    from quintant.runs.log_lines import Line

PAGE = 1_000


def log(
    which: Which,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="The last so many; 0: all.")] = 50,
    search: Annotated[str, typer.Option("--search", help="Only lines that hold this.", show_default=False)] = "",
    level: Annotated[
        str | None, typer.Option("--level", help="Only of these: debug, info, warning, error; with commas.", show_default=False)
    ] = None,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Print a run's log. What is searched is found by the server: a log of 100 MB is not fetched for it."""
    from quintant.cli.door import open_door
    from quintant.cli.interruption import interruptible
    from quintant.errors import Conflict
    from quintant.runs.sweep import Sweep

    levels = [word.strip() for word in (level or "").split(",") if word.strip()]
    with open_door(url, data_dir) as door:
        target = door.find(which)
        if isinstance(target, Sweep):
            raise Conflict(f"{target.id} is a sweep; a log is that of one run (quintant show {target.id} lists them).")
        at = -lines if lines else 1
        try:
            with interruptible():
                while True:
                    ended = door.run(target.id).state.final  # before it is read: what is written afterwards comes next time
                    page = door.log_lines(target.id, line=at, limit=max(lines, PAGE), query=search, levels=levels)
                    for line in page.lines:
                        _tell(line, json)
                    at = page.next
                    if at > page.total and (ended or not follow):
                        return
                    if at > page.total:
                        door.wait(0.2)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _tell(line: Line, json: bool) -> None:
    if json:
        import orjson

        print(orjson.dumps({"line": line.line, "time": line.time, "level": line.level, "text": line.text}).decode(), flush=True)
        return
    head = f"{line.time} {(line.level or '').upper()} " if line.time else ""
    print(f"{head}{line.text}{' …' if line.cut else ''}", flush=True)
