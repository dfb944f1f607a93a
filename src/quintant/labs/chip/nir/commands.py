"""Verbs of `quintant chip` for NIR graphs (they need the extra nir).

quintant chip nir-import net.nir --dt-s 1e-3 --spikes in.npz --to net/   config values, one file per key, and what rounding did
quintant chip nir-export RUN --to net.nir                                the network of a run, with its learned weights
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.labs.chip.file_commands import DataDir, Door, Force, RunId, Url

if TYPE_CHECKING:
    from quintant.labs.chip.nir.importing import Imported

LARGEST_SPIKES_BYTES = 1 << 30


def nir_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A NIR graph (.nir).")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Folder for the config values, made if needed.")],
    dt_s: Annotated[
        float | None, typer.Option("--dt-s", help="What one step stands for, in seconds.", show_default=False)
    ] = None,
    weight_bits: Annotated[int, typer.Option("--weight-bits", min=2, max=16, help="Bits of a weight, sign included.")] = 16,
    spikes: Annotated[
        Path | None,
        typer.Option(
            "--spikes", metavar="NPZ", help="Input spikes, an array [steps, neurons] per Input node.", show_default=False
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Turn a graph into integers, say what rounding did, and, given spikes, where the integers first leave the floats."""
    import json

    from quintant.config import parse
    from quintant.errors import ConfigError, Problem
    from quintant.labs.chip.config import ChipConfig
    from quintant.labs.chip.nir import first_wrong_bit, imported, read, reference

    network = imported(read(file), dt_s, weight_bits)
    config: Mapping[str, Any] = network.config
    raster = None if spikes is None else _spikes(spikes)
    if raster is not None:
        config = {**network.presenting(raster), "reference": reference(network, raster)}
    parse(ChipConfig, dict(config))
    if to.exists() and not to.is_dir():
        raise ConfigError(Problem("--to", f"{to} is not a folder.", str(to)))
    there = [name for name in config if (to / f"{name}.json").exists()]
    if there and not force:
        raise ConfigError(Problem("--to", f"{to / there[0]}.json is there already; give another folder or --force.", str(to)))
    to.mkdir(parents=True, exist_ok=True)
    for name, value in config.items():
        (to / f"{name}.json").write_text(json.dumps(value) + "\n")
    _tell(network)
    if raster is not None:
        found = first_wrong_bit(network, raster)
        if found is None:
            print(f"Every spike of the float run, and no other, in all {config['timesteps']} steps.")
        else:
            print(
                f"First wrong bit: step {found.step}, {found.node}[{found.neuron}] fires in the {found.fired_as} run alone, "
                f"at {found.potential:.6g} against {found.threshold:.6g}; {found.agreed} spikes agreed before."
            )
    print("quintant run chip --seeds 1 " + " ".join(f"--set {name}=@{to / name}.json" for name in config))


def nir_export(
    context: typer.Context,
    which: RunId,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="File to write (.nir).")],
    dt_s: Annotated[float, typer.Option("--dt-s", help="What one step stands for, in seconds.")] = 1.0,
    force: Force = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Write the network of a run as a NIR graph, with the weights as they ended."""
    from quintant.config import parse
    from quintant.errors import ConfigError, Conflict, Problem
    from quintant.lab import Streams
    from quintant.labs.chip.config import ChipConfig
    from quintant.labs.chip.nir import exported, write

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        members = door.members(door.find(which))
        run = door.run(members[0].id)
        if len(members) != 1 or run.lab != "chip":
            raise Conflict(f"{which} is not one run of the chip lab.")
        if to.exists() and not force:
            raise ConfigError(Problem("--to", f"{to} is there already; give another name or --force.", str(to)))
        config = parse(ChipConfig, run.config)
        learned = None
        if config.plasticity != "off":
            learned = _learned(door, run.id, config)
    graph = exported(config, Streams.derive(run.root_seed, ("wiring",))["wiring"], learned, dt_s)
    write(to, graph)
    print(f"{to}   {len(graph.nodes)} nodes of run {run.id}")


def _learned(door: Door, run_id: str, config: Any) -> Any:
    import pyarrow as pa

    from quintant.errors import Conflict

    if config.record_weights != "all":
        raise Conflict(f"run {run_id} learned, and kept not all its weights: run it with record_weights all.")
    data = door.table(run_id, "weights", "arrow")
    source = pa.BufferReader(data)
    table = (pa.ipc.open_file if data[:6] == b"ARROW1" else pa.ipc.open_stream)(source).read_all()
    return table["final"].to_numpy()


def _spikes(file: Path) -> dict[str, Any]:
    import numpy as np

    from quintant.errors import ConfigError, Problem

    try:
        if file.stat().st_size > LARGEST_SPIKES_BYTES:
            raise ConfigError(Problem("--spikes", f"{file} is larger than {LARGEST_SPIKES_BYTES >> 20} MiB.", str(file)))
        with np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, AttributeError, EOFError) as error:
        raise ConfigError(Problem("--spikes", f"{file} is not a NumPy .npz file: {error}.", str(file))) from None


def _tell(network: Imported) -> None:
    for node in network.report["nodes"]:
        if node["exact"]:
            print(f"{node['node']}   {node['neurons']} neurons   exact at scale {node['scale']:g}")
            continue
        decays = [f"{name} within {node[f'{name}_error_max']:.2g}" for name in ("voltage_decay", "current_decay")
                  if f"{name}_error_max" in node]  # fmt: skip
        print(
            f"{node['node']}   {node['neurons']} neurons   scale {node['scale']:g}   {node['weights']} weights within "
            f"{node['weight_error_max']:.2g} ({node['weight_error_relative']:.2g} relative, "
            f"{node['weights_rounded_to_zero']} rounded to zero)   {', '.join(decays)}"
        )
