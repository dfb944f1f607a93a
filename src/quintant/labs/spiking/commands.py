"""`quintant spiking …`: the verbs that this lab adds to the command line.

quintant spiking nwb RUN --to run.nwb   the spikes of a run as an NWB file (needs the extra nwb)
quintant spiking own-spikes s.csv > s.json && quintant run spiking --set own_spikes=@s.json
quintant spiking own-current i.arrow > i.json && quintant run spiking --set own_current=@i.json
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

app = typer.Typer(name="spiking", help="What the spiking lab adds.", no_args_is_help=True, add_completion=False)
TABLES = ("spikes", "traces", "input")


class Door(Protocol):
    """What is used of the command line's door, which arrives in `context.obj`."""

    def find(self, prefix: str) -> Any: ...

    def members(self, target: Any) -> Sequence[Any]: ...

    def run(self, run_id: str) -> Any: ...

    def tables(self, run_id: str) -> Sequence[str]: ...

    def table(self, run_id: str, name: str, format: str) -> bytes: ...

    def __enter__(self) -> Door: ...

    def __exit__(self, *ending: Any) -> None: ...


@app.callback()
def _spiking() -> None:
    """What the spiking lab adds."""


@app.command()
def nwb(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run; its first characters are enough.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="File to write [default: RUN.nwb].")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Server to talk to.", show_default=False)] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", help="Data folder.", show_default=False)] = None,
) -> None:
    """Write a run's spikes, with what else it kept, as NWB (Neurodata Without Borders)."""
    from quintant.destination import writing
    from quintant.labs.spiking.nwb import write

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        session = _session(door, which)
    target = to or Path(f"{session.run_id}.nwb")
    _check(target, force)
    with writing(target):
        spikes = write(session, target)
    print(f"{target}   {spikes} spikes of run {session.run_id}")


def _session(door: Door, which: str) -> Any:
    from datetime import UTC, datetime

    from quintant.config import parse
    from quintant.errors import Conflict
    from quintant.labs.spiking.config import SpikingConfig
    from quintant.labs.spiking.nwb import Session

    members = door.members(door.find(which))
    if len(members) != 1:
        raise Conflict(
            f"{which} is a sweep of {len(members)} runs; an NWB file holds one. Its runs: "
            f"{', '.join(run.id for run in members[:4])}{' …' if len(members) > 4 else ''}."
        )
    run = door.run(members[0].id)
    if run.lab != "spiking":
        raise Conflict(f"run {run.id} is of lab {run.lab}; NWB is written for the spiking lab only.")
    if str(run.state) != "completed":
        raise Conflict(f"run {run.id} is {run.state}; only a completed run has all its spikes.")
    known = door.tables(run.id)
    tables = {name: _read(door.table(run.id, name, "arrow")) for name in TABLES if name in known}
    began = datetime.fromtimestamp(run.started_at if run.started_at is not None else run.created_at, UTC)
    return Session(run.id, run.name or "", run.root_seed, parse(SpikingConfig, run.config), began, tables)


def _read(data: bytes) -> Any:
    """An Arrow table of either form, the file's or the stream's."""
    import pyarrow as pa

    source = pa.BufferReader(data)
    return (pa.ipc.open_file if data[:6] == b"ARROW1" else pa.ipc.open_stream)(source).read_all()


def _check(target: Path, force: bool) -> None:
    from quintant.errors import ConfigError, Problem

    if target.exists() and not force:
        raise ConfigError(Problem("--to", f"{target} is there already; give another name or --force.", str(target)))
    if not target.absolute().parent.is_dir():
        raise ConfigError(Problem("--to", f"{target.absolute().parent} is not a folder.", str(target)))


@app.command("own-spikes")
def own_spikes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Columns time_ms and neuron (.csv, .arrow, .feather), or .nwb.")],
    weight: Annotated[float, typer.Option(help="What a spike adds to the conductance.")] = 0.1,
    receptor: Annotated[str, typer.Option(help="ampa or gaba.")] = "ampa",
) -> None:
    """Print input spikes of your own as a config takes them: --set own_spikes=@FILE.json."""
    from quintant.labs.spiking import external_stimulus

    _print_part({"own_spikes": external_stimulus.spikes(file, weight=weight, receptor=receptor)})  # type: ignore[arg-type]


@app.command("own-current")
def own_current(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Column time_ms, then values (.csv, .arrow, .feather).")],
    neurons: Annotated[str, typer.Option(help="all, e or i.")] = "all",
) -> None:
    """Print an input current of your own as a config takes it: --set own_current=@FILE.json."""
    from quintant.labs.spiking import external_stimulus

    _print_part({"own_current": external_stimulus.current(file, neurons=neurons)})  # type: ignore[arg-type]


def _print_part(part: dict[str, Any]) -> None:
    """The one value of `part` as JSON, checked in a network that is large enough for its ids and rows."""
    import json

    from quintant.config import parse
    from quintant.labs.spiking.config import SpikingConfig

    (value,) = part.values()
    ids = value["neurons"] if isinstance(value["neurons"], list) else []
    size = max([1, len(value.get("values", ())), *(neuron + 1 for neuron in ids)])
    sizes = {"n_e": 0, "n_i": size} if value["neurons"] == "i" else {"n_e": size, "n_i": 0}
    parse(SpikingConfig, {**part, **sizes})
    print(json.dumps(value))
