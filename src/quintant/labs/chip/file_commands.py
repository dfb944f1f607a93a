"""Verbs of `quintant chip` that read and write files.

quintant chip synapses w.npz --sources 100 --targets 10 > c.json   a connection of your own weights: --set connections.0=@c.json
quintant chip weights RUN --connection 0 --to learned.npz          weights as they ended, which `synapses` reads
quintant chip spikes RUN --to spikes.npz                           every spike as NumPy arrays, or (.h5) as NIR event data
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer


class Door(Protocol):
    """What is used of the command line's door, which arrives in `context.obj`."""

    def find(self, prefix: str) -> Any: ...

    def members(self, target: Any) -> Sequence[Any]: ...

    def run(self, run_id: str) -> Any: ...

    def tables(self, run_id: str) -> Sequence[str]: ...

    def table(self, run_id: str, name: str, format: str) -> bytes: ...

    def __enter__(self) -> Door: ...

    def __exit__(self, *ending: Any) -> None: ...


RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run; its first characters are enough.")]
To = Annotated[Path | None, typer.Option("--to", metavar="FILE", help="File to write.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Server to talk to.", show_default=False)]
DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", help="Data folder.", show_default=False)]


def synapses(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="NumPy file (.npz or .npy) of weights.")],
    sources: Annotated[int, typer.Option(min=1, help="Neurons of the source population.")],
    targets: Annotated[int, typer.Option(min=1, help="Neurons of the target population.")],
    source: Annotated[str, typer.Option(help="Label of the source population.")] = "input",
    target: Annotated[str, typer.Option(help="Label of the target population.")] = "output",
) -> None:
    """Print a connection that carries the weights of a NumPy file, for --set connections.0=@FILE.json."""
    import json

    from quintant.errors import ConfigError, Problem
    from quintant.labs.chip.weights_file import connection

    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(Problem(file.name, f"cannot be read: {error.strerror or error}.", str(file))) from None
    print(json.dumps({"source": source, "target": target, **connection(data, sources, targets, file.name)}))


def weights(
    context: typer.Context,
    which: RunId,
    connection: Annotated[int, typer.Option(min=0, help="Position of the connection in the config.")] = 0,
    to: To = None,
    force: Force = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Write the weights of one connection as they ended (.npz), which `synapses` and the contract read."""
    from quintant.labs.chip.weights_file import learned

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        run, table = _table(door, which, "weights")
    target = to or Path(f"{run.id}-weights-{connection}.npz")
    _write(target, learned(table, connection), force)
    print(f"{target}   weights of connection {connection} of run {run.id}")


def spikes(
    context: typer.Context,
    which: RunId,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help=".npz: NumPy arrays; .h5: NIR event data.")] = None,
    step_ms: Annotated[float | None, typer.Option(help="Length of a step, for NIR [default: the run's step_ms].")] = None,
    force: Force = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Write every spike of a run as NumPy arrays, or as event data of NIR."""
    from quintant.config import parse
    from quintant.errors import ConfigError, Problem
    from quintant.labs.chip.config import ChipConfig
    from quintant.labs.chip.spikes_file import nir_data, written

    kind = to.suffix.lower() if to else ".npz"
    if kind not in (".npz", ".h5"):
        raise ConfigError(Problem("--to", f"must end in .npz or .h5; got {kind or 'no ending'!r}.", str(to), [".npz", ".h5"]))
    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        run, table = _table(door, which, "spikes")
    config = parse(ChipConfig, run.config)
    target = to or Path(f"{run.id}-spikes.npz")
    if kind == ".npz":
        _write(target, written(table, config), force)
    else:
        length_ms = step_ms if step_ms is not None else config.step_ms
        if length_ms is None or not length_ms > 0:
            text = "must be greater than 0: NIR counts seconds, and the run says nothing of how long a step is."
            raise ConfigError(Problem("--step-ms", text, length_ms))
        _write(target, _hdf5(nir_data(table, config, length_ms / 1000)), force)
    print(f"{target}   {table.num_rows} spikes of run {run.id}")


def _hdf5(data: Any) -> bytes:
    import io

    from quintant.labs.chip.nir.package import package

    sink = io.BytesIO()
    package().write_data(sink, data)
    return sink.getvalue()


def _table(door: Door, which: str, name: str) -> tuple[Any, Any]:
    """The one completed Run that is meant, and a table of it."""
    from quintant.errors import Conflict
    from quintant.tabular import decoded

    members = door.members(door.find(which))
    if len(members) != 1:
        raise Conflict(f"{which} is a sweep of {len(members)} runs; a file holds one. The first is {members[0].id}.")
    run = door.run(members[0].id)
    if run.lab != "chip":
        raise Conflict(f"run {run.id} is of lab {run.lab}, not of chip.")
    if str(run.state) != "completed":
        raise Conflict(f"run {run.id} is {run.state}; only a completed run has all its {name}.")
    if name not in door.tables(run.id):
        raise Conflict(f"run {run.id} keeps no {name}; nothing in it learns, or record_weights leaves them out.")
    return run, decoded(door.table(run.id, name, "arrow"))


def _write(target: Path, data: bytes, force: bool) -> None:
    from quintant.destination import writing
    from quintant.errors import ConfigError, Problem

    if target.exists() and not force:
        raise ConfigError(Problem("--to", f"{target} is there already; give another name or --force.", str(target)))
    if not target.absolute().parent.is_dir():
        raise ConfigError(Problem("--to", f"{target.absolute().parent} is not a folder.", str(target)))
    part = target.with_name(f".{target.name}.part")
    with writing(target):
        try:
            part.write_bytes(data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
