"""`quintant list`: Runs, newest first, replicates folded into one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quintant.cli.door import Door
    from quintant.lab import Headline
    from quintant.runs.run import Run


def runs(
    lab: Annotated[str | None, typer.Option("--lab", help="Only this lab.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", metavar="A,B", help="Only these states.", show_default=False)] = None,
    text: Annotated[str | None, typer.Option("--text", help="Part of the name.", show_default=False)] = None,
    sort: Annotated[str, typer.Option("--sort", help="Key to sort by; - in front: descending.")] = "-created_at",
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=500, help="How many runs at most.")] = 50,
    each: Annotated[bool, typer.Option("--each", help="A row for every run: replicates are not folded.")] = False,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """List runs, newest first; replicates are one row, with mean and interval."""
    from quintant.cli.door import open_door

    with open_door(url, data_dir) as door:
        page = door.runs(lab=lab, states=_states(state), text=text, sort=sort, limit=limit)
        headlines = {card.name: card.headline for card in door.labs()}
        if json:
            import orjson

            from quintant.cli.show import row_json

            rows = [row_json(run, headlines.get(run.lab)) for run in page.items]
            print(orjson.dumps({"runs": rows, "total": page.total}, option=orjson.OPT_NON_STR_KEYS).decode())
            return
        if not page.items:
            print("No run matches." if lab or state or text else "Nothing has run yet. Try: quintant run optical")
            return
        if each:
            _print_each(page.items, headlines)
        else:
            _print_folded(list(groups(door, page.items)), headlines)
        if page.total > len(page.items):
            print(f"{len(page.items)} of {page.total} runs; more with --limit {min(500, page.total)}")


def groups(door: Door, found: Sequence[Run]) -> Iterator[list[Run]]:
    """Runs that differ in their seed only, in the order of their first one. A group holds all replicates, also those that
    a filter or the limit left out: a mean is over everything."""
    sweeps: dict[str, tuple[Run, ...]] = {}
    seen: set[str] = set()
    for run in found:
        if run.id in seen:
            continue
        group = [run]
        if run.sweep_id is not None:
            if run.sweep_id not in sweeps:
                sweeps[run.sweep_id] = door.runs_of(run.sweep_id)
            group = [other for other in sweeps[run.sweep_id] if other.point == run.point]
        seen |= {one.id for one in group}
        yield group


def headline(run: Run, line: Headline | None) -> str:
    from quintant.cli import quantity

    if run.headline is None or line is None:
        return ""
    none_seen = line.scale == "log" and run.headline == 0
    shown = quantity.interval(run.headline, run.headline_low, run.headline_high, line.unit, upper_limit=none_seen)
    return f"{line.label} {shown}"


def over_replicates(group: Sequence[Run], line: Headline | None) -> str:
    """Mean and interval of the completed Runs' headline."""
    from quintant.cli import quantity
    from quintant.lab import Metric
    from quintant.runs.lifecycle import State
    from quintant.runs.statistics import summarise

    counting = {run.id: run for run in group if run.state is State.COMPLETED and run.headline is not None}
    if line is None or not counting:
        return ""
    if len(group) == 1:
        return headline(group[0], line)

    def metrics(run_id: str) -> Mapping[str, Metric] | None:
        if (run := counting.get(run_id)) is None:
            return None
        return {line.metric: Metric(run.headline, line.unit, run.headline_low, run.headline_high)}

    found = summarise(group, metrics, line)[0].headline
    counted = f"  n = {found.n}" + (f" of {len(group)}" if found.n < len(group) else "")
    shown = quantity.interval(found.mean, found.low, found.high, line.unit, found.upper_limit)
    return f"{line.label} {shown}{counted}"


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
            message = f"must be one of {', '.join(known)}; got {word!r}."
            raise ConfigError(Problem("--state", message, word, known, suggest(word, known)))
    return [State(word) for word in words]


def _print_each(found: Sequence[Run], headlines: Mapping[str, Headline]) -> None:
    from quintant.cli import table

    rows = [
        [run.id, run.lab, run.name, table.state(run), headline(run, headlines.get(run.lab)), table.point(run),
         str(run.root_seed), table.when(run)] for run in found
    ]  # fmt: skip
    table.show(["run", "lab", "name", "state", "headline", "point", "seed", "when"], rows, flexible=(2, 5))


def _print_folded(found: Sequence[Sequence[Run]], headlines: Mapping[str, Headline]) -> None:
    from quintant.cli import table

    rows = []
    for group in found:
        first = group[0]
        rows.append([
            first.sweep_id or first.id, first.lab, first.name, table.states(group),
            over_replicates(group, headlines.get(first.lab)), table.point(first), str(len(group)), table.when(first),
        ])  # fmt: skip
    table.show(["run or sweep", "lab", "name", "state", "headline", "point", "seeds", "when"], rows, flexible=(2, 5))
