"""`quintant list`: Runs, newest first, replicates folded into one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quintant.cli.door import Door
    from quintant.lab import Headline
    from quintant.runs.run import Run


def runs(
    lab: Annotated[str | None, typer.Option("--lab", help="Only this lab.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", metavar="A,B", help="Only these states.", show_default=False)] = None,
    text: Annotated[str | None, typer.Option("--text", help="Part of the name.", show_default=False)] = None,
    sort: Annotated[str, typer.Option("--sort", help="Key to sort by; - in front: descending.")] = "-created_at",
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=500, help="How many runs at most.")] = 50,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """List runs, newest first."""
    from quintant.cli.door import open_door

    with open_door(url, data_dir) as door:
        page = door.runs(lab=lab, states=_states(state), text=text, sort=sort, limit=limit)
        if json:
            import orjson

            from quintant.cli.show import row_json

            print(orjson.dumps({"runs": [row_json(run) for run in page.items], "total": page.total}).decode())
            return
        if not page.items:
            print("No run matches." if lab or state or text else "Nothing has run yet. Try: quintant run optical")
            return
        _print(page.items, _headlines(door))
        if page.total > len(page.items):
            print(f"{len(page.items)} of {page.total} runs; more with --limit {min(500, page.total)}")


def _states(text: str | None) -> list[Any] | None:
    if not text:
        return None
    from quintant.config import suggest
    from quintant.errors import ConfigError, Problem
    from quintant.runs.lifecycle import State

    words = [word.strip() for word in text.split(",") if word.strip()]
    known = [str(one) for one in State]
    for word in words:
        if word not in known:
            raise ConfigError(
                Problem("--state", f"must be one of {', '.join(known)}; got {word!r}.", word, known, suggest(word, known))
            )
    return [State(word) for word in words]


def _headlines(door: Door) -> dict[str, Headline]:
    return {card.name: card.headline for card in door.labs()}


def _print(found: Sequence[Run], headlines: dict[str, Headline]) -> None:
    """One line each: id, lab, name, state, headline, seed, when."""
    from quintant.cli import table

    rows = [
        [
            run.id,
            run.lab,
            run.name,
            table.state(run),
            headline(run, headlines.get(run.lab)),
            table.point(run),
            str(run.root_seed),
            table.when(run),
        ]
        for run in found
    ]
    table.show(["run", "lab", "name", "state", "headline", "point", "seed", "when"], rows, flexible=(2, 5))


def headline(run: Run, line: Headline | None) -> str:
    from quintant.cli import quantity

    if run.headline is None or line is None:
        return ""
    return f"{line.label} {quantity.interval(run.headline, run.headline_low, run.headline_high, line.unit)}"
