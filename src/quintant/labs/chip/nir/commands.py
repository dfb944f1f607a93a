"""Verbs of `quintant chip` for NIR graphs (they need the extra nir).

quintant chip nir-import net.nir --dt-s 1e-3 --spikes in.npz --to net/   config values, one file per key, and what rounding did
quintant chip nir-export RUN --to net.nir                                the network of a run, with its learned weights
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quintant.labs.chip.file_commands import DataDir, Door, Force, RunId, Url

if TYPE_CHECKING:
    from quintant.labs.chip.nir.importing import Imported

Reset = Literal["zero", "subtract"]
ResetAt = Literal["now", "next", "both"]
LARGEST_SPIKES_BYTES = 1 << 30


def nir_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A NIR graph (.nir).")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Folder for the config values, made if needed.")],
    dt_s: Annotated[
        float | None, typer.Option("--dt-s", help="What one step stands for, in seconds.", show_default=False)
    ] = None,
    weight_bits: Annotated[int, typer.Option("--weight-bits", min=2, max=16, help="Bits of a weight, sign included.")] = 16,
    tool: Annotated[
        str,
        typer.Option(
            "--from", metavar="TOOL", help="Conventions of snntorch, norse, sinabs, rockpool, spikingjelly, quintant, nir."
        ),
    ] = "nir",
    reset: Annotated[
        Reset | None, typer.Option("--reset", help="Reset, if not the tool's default.", show_default=False)
    ] = None,
    reset_at: Annotated[
        ResetAt | None, typer.Option("--reset-at", help="When, if not the tool's default.", show_default=False)
    ] = None,
    single: Annotated[bool, typer.Option("--single-spike", help="At most one spike of a neuron in a step.")] = False,
    unit_gain: Annotated[
        bool, typer.Option("--unit-gain", help="A weight moves the potential by itself, whatever r says.")
    ] = False,
    floor: Annotated[
        bool, typer.Option("--floor", help="Potentials stay above minus their threshold (sinabs min_v_mem).")
    ] = False,
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
    from quintant.labs.chip.nir import conventions, first_wrong_bit, imported, read, reference

    rules = conventions.conventions_of(
        tool, reset=reset, reset_at=reset_at, spikes_per_step=1 if single else None, gain="unit" if unit_gain else None,
        floor=floor or None,
    )  # fmt: skip
    graph = read(file)
    network = imported(graph, dt_s, weight_bits, rules)
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
    _tell_assumed(graph, dt_s, network, tool, raster)
    if raster is not None:
        difference = first_wrong_bit(network, raster)
        if difference is None:
            print(
                f"Every spike of the float run by {tool}'s conventions, and no other, in all {config['timesteps']} steps. "
                f"{tool if tool != 'nir' else 'The tool'} itself was not run."
            )
        else:
            print(
                f"First wrong bit: step {difference.step}, {difference.node}[{difference.neuron}] fires in the "
                f"{difference.fired_as} run alone, "
                f"at {difference.potential:.6g} against {difference.threshold:.6g}; {difference.agreed} spikes agreed before."
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
    from quintant.destination import writing
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
    with writing(to):
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
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, EOFError) as error:
        raise ConfigError(Problem("--spikes", f"{file} is not a NumPy .npz file: {error}.", str(file))) from None


def _tell_assumed(
    graph: Any, dt_s: float | None, network: Imported, tool: str, raster: Mapping[str, Any] | None
) -> None:  # fmt: skip
    """What the file does not say and was taken for granted; with spikes, how much hangs on it."""
    from dataclasses import asdict

    from quintant.errors import ConfigError
    from quintant.labs.chip.nir.conventions import TOOLS
    from quintant.labs.chip.nir.floats import simulated
    from quintant.labs.chip.nir.lowering import lowered

    rules = network.lowered.conventions
    text = ", ".join(f"{name} {value}" for name, value in asdict(rules).items() if value is not False)
    print(f"assumed ({tool}; the file does not say it): {text}")
    if raster is None:
        return
    steps = len(next(iter(raster.values())))
    ours, _ = simulated(network.lowered, raster, steps)
    for other, conventions in TOOLS.items():
        if conventions == rules:
            continue
        try:
            theirs, _ = simulated(lowered(graph, dt_s, conventions), raster, steps)
        except ConfigError:
            print(f"  by {other}'s it cannot be stepped with this dt_s")
            continue
        pairs = [(ours[name].sum(0), theirs[name].sum(0)) for name in network.lowered.outputs]
        differ, total = sum(int((a != b).sum()) for a, b in pairs), sum(len(a) for a, _ in pairs)
        print(f"  by {other}'s {differ} of {total} outputs would count otherwise")


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
