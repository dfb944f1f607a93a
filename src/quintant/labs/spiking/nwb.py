"""NWB (Neurodata Without Borders 2): the spikes of one Run as a file that electrophysiology's tools read.

    units                        one row per neuron, silent ones too: spike times (s), population, cell type
    acquisition                  membrane potential (V) and conductances (S) of the recorded neurons, a series per population
    stimulus                     mean input (A), a series per population
    session                      run id, seed, config and its hash, when it ran

No electrodes are invented: a simulated neuron was not recorded through one. Series have a rate and begin at 0, so that neo
reads them as AnalogSignal; a list of texts (`keywords`) is left out because neo 0.14 reads no file that has one, and siemens
are written S because neo takes an s from the end of a unit. Format: Rübel et al. 2022, doi 10.7554/eLife.78362. pynwb is the
optional extra `nwb`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.config import canonical, config_hash
from quintant.errors import Conflict, NotInstalled
from quintant.lab import load
from quintant.labs.spiking.config import SpikingConfig

if TYPE_CHECKING:
    import pyarrow as pa

INSTALL = 'NWB files are written by pynwb, which is not installed: pip install "quintant[nwb]"'


@dataclass(frozen=True)
class Session:
    """The Run that a file tells of. `tables`: its Arrow tables, of which `spikes` is needed."""

    run_id: str
    name: str
    root_seed: int
    config: SpikingConfig
    began: datetime
    tables: Mapping[str, pa.Table]


def write(session: Session, to: Path) -> int:
    """Write the file and return how many spikes it holds. NotInstalled without pynwb; Conflict without spikes' table."""
    try:
        opened = load("pynwb:NWBHDF5IO")
    except ModuleNotFoundError as error:
        if error.name != "pynwb":
            raise
        raise NotInstalled(INSTALL) from None
    made, spikes = _file(session)
    part = to.with_name(f".{to.stem}.part.nwb")
    try:
        with opened(str(part), mode="w") as out:
            out.write(made)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return spikes


def _file(session: Session) -> tuple[Any, int]:
    from quintant import __version__

    config = session.config
    began = session.began if session.began.tzinfo else session.began.replace(tzinfo=UTC)
    file = load("pynwb:NWBFile")(
        session_description=f"Simulated spiking network, not a recording: run {session.run_id}"
        + (f", {session.name}" if session.name else ""),
        identifier=session.run_id,
        session_start_time=began,
        session_id=session.run_id,
        experiment_description=f"Quintant {__version__}, lab spiking: {config.neuron_model}, {config.t_ms:g} ms, "
        f"dt {config.dt_ms:g} ms, root seed {session.root_seed}, config {config_hash(config)}.",
        notes=canonical(config).decode(),
        protocol=config_hash(config),
        source_script=f"quintant run spiking --like {session.run_id}",
        source_script_file_name="quintant",
        was_generated_by=[["quintant", __version__]],
    )
    table = session.tables.get("spikes")
    if table is None:
        raise Conflict(f"run {session.run_id} has no table 'spikes'; there is nothing to write.")
    file.units = _units(config, table)
    _series(file, session)
    return file, table.num_rows


def _units(config: SpikingConfig, table: pa.Table) -> Any:
    data, index, units = (load(path) for path in ("hdmf.common:VectorData", "hdmf.common:VectorIndex", "pynwb.misc:Units"))

    time_s = table.column("time_ms").to_numpy() / 1000.0
    neuron = table.column("neuron").to_numpy()
    names, kinds = _members(config)
    order = np.argsort(neuron, kind="stable")
    ends = np.cumsum(np.bincount(neuron, minlength=len(names)))
    times = data(name="spike_times", description="when the neuron fired, seconds from the start", data=time_s[order])
    whole = data(
        name="obs_intervals",
        description="simulated time, seconds",
        data=np.tile([[0.0, config.t_ms / 1000.0]], (len(names), 1)),
    )
    return units(
        name="units",
        description="One row per simulated neuron, in the order of its id; silent neurons have no spike times.",
        resolution=config.dt_ms / 1000.0,
        id=np.arange(len(names)),
        columns=[
            times,
            index(name="spike_times_index", data=ends.astype(np.uint64), target=times),
            whole,
            index(name="obs_intervals_index", data=np.arange(1, len(names) + 1, dtype=np.uint64), target=whole),
            data(name="population", description="name of the neuron's population", data=names),
            data(name="cell_type", description="E: excitatory, I: inhibitory", data=kinds),
        ],
        colnames=["spike_times", "obs_intervals", "population", "cell_type"],
    )


def _members(config: SpikingConfig) -> tuple[list[str], list[str]]:
    """Population and kind of every neuron, by id."""
    groups = [("E", "E", config.n_e), ("I", "I", config.n_i)]
    if config.populations is not None:
        groups = [(own.name, own.kind, own.size) for own in config.populations]
    return [name for name, _, size in groups for _ in range(size)], [kind for _, kind, size in groups for _ in range(size)]


@dataclass(frozen=True)
class Quantity:
    """A column of the traces: what it is called, its unit in NWB, and the factor to it from mV or, of lif, µS."""

    column: str
    name: str
    unit: str
    factor: float


POTENTIAL = Quantity("v_mv", "membrane_potential", "volts", 1e-3)
CONDUCTANCES = (Quantity("g_e", "conductance_e", "S", 1e-6), Quantity("g_i", "conductance_i", "S", 1e-6))


def _series(file: Any, session: Session) -> None:
    """What else was kept, as time series with a rate; nothing where nothing was."""
    for fields in _traces(session):
        file.add_acquisition(load("pynwb:TimeSeries")(**fields))
    for fields in _input(session):
        file.add_stimulus(load("pynwb:TimeSeries")(**fields))


def _traces(session: Session) -> Iterator[dict[str, Any]]:
    """One series per population and quantity, data [times, recorded cells of it]."""
    table = session.tables.get("traces")
    if table is None or not table.num_rows:
        return
    neuron, time_ms = (table.column(name).to_numpy() for name in ("neuron", "time_ms"))
    ids = list(dict.fromkeys(neuron.tolist()))
    populations = [_members(session.config)[0][each] for each in ids]
    for quantity in (POTENTIAL, *CONDUCTANCES):
        values = table.column(quantity.column).to_numpy().reshape(len(ids), -1).T
        for population in dict.fromkeys(populations):
            columns = [at for at, name in enumerate(populations) if name == population]
            yield {
                "name": _name(quantity.name, population),
                # volts and siemens themselves: not every reader applies a conversion
                "data": values[:, columns] * _factor(session.config, quantity),
                "unit": quantity.unit if _has_units(session.config, quantity) else "dimensionless",
                "starting_time": 0.0,
                "rate": 1000.0 / _interval_ms(session.config, time_ms[: len(values)]),
                "description": f"columns are the neurons with these ids in units: {', '.join(str(ids[at]) for at in columns)}",
            }


def _has_units(config: SpikingConfig, quantity: Quantity) -> bool:
    """Potentials are in mV in every model but FitzHugh's; conductances have a unit of their own in lif."""
    return config.neuron_model == "lif" or (quantity is POTENTIAL and config.neuron_model != "fitzhugh")


def _factor(config: SpikingConfig, quantity: Quantity) -> float:
    return quantity.factor if _has_units(config, quantity) else 1.0


def _interval_ms(config: SpikingConfig, time_ms: Any) -> float:
    return float(time_ms[1] - time_ms[0]) if len(time_ms) > 1 else config.dt_ms


def _name(quantity: str, population: str) -> str:
    """NWB takes neither slashes nor colons in names: L2/3 is L2-3."""
    return f"{quantity}_{population.replace('/', '-').replace(':', '-')}"


def _input(session: Session) -> Iterator[dict[str, Any]]:
    table = session.tables.get("input")
    if table is None or not table.num_rows:
        return
    lif = session.config.neuron_model == "lif"
    for kind in ("E", "I"):
        yield {
            "name": f"mean_input_{kind}",
            "data": table.column(f"mean_{kind.lower()}").to_numpy() * (1e-9 if lif else 1.0),
            "unit": "amperes" if lif else "dimensionless",
            "starting_time": 0.0,
            "rate": 1000.0 / session.config.dt_ms,
            "description": f"mean input of the {kind} cells",
        }
