"""Which physical-layer check a Config names, and what it needs to be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from quintant.errors import ConfigError, Problem
from quintant.labs.optical.engine.adjacency import neighbours
from quintant.labs.optical.engine.physical.channels import Channels, Grid
from quintant.labs.optical.engine.physical.crosstalk import Crosstalk
from quintant.labs.optical.engine.physical.external import External, SnrTables
from quintant.labs.optical.engine.physical.fibre import BAND_EDGE_HZ
from quintant.labs.optical.engine.physical.gsnr import THRESHOLD_DB, Gsnr
from quintant.labs.optical.engine.physical.isrs import IsrsGsnr
from quintant.labs.optical.engine.physical.nli import Nli
from quintant.labs.optical.engine.physical.quality import PHI, Check
from quintant.labs.optical.engine.plan import Plan
from quintant.labs.optical.engine.spectrum import Spectrum

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


def grid(config: OpticalConfig, plan: Plan) -> Grid:
    """The frequency grid of `config`."""
    return Grid(
        slot_width_hz=config.slot_width_ghz * 1e9,
        edges_hz=tuple(BAND_EDGE_HZ[band.name] for band in plan.bands),
        guard_counts=config.mode == "replay",
    )


def phis(config: OpticalConfig, plan: Plan) -> tuple[float, ...]:
    """EGN factor of each of the Plan's formats: the Config's, else the published one; 1 (no claim) for an unknown name."""
    return tuple(config.phi.get(name, PHI.get(name, 1.0)) for name in plan.formats)


def check(
    config: OpticalConfig, plan: Plan, spectrum: Spectrum, channels: Channels, grid: Grid, tables: SnrTables | None
) -> Check | None:
    """The check that `config` names, None for none; ConfigError for what it cannot judge."""
    if config.snr == "none":
        return None
    faults = tuple(missing(config, plan, tables))
    if faults:
        raise ConfigError(faults)
    lengths_km = [link.length_km for link in plan.links]
    names = [band.name for band in plan.bands]
    crosstalk = None
    if config.snr == "crosstalk" or config.xt_noise:
        crosstalk = Crosstalk(spectrum, neighbours(plan.cores), lengths_km, config.requested_xt_db)
    if config.snr == "crosstalk":
        return crosstalk
    if config.snr == "nli":
        return Nli(
            channels,
            lengths_km,
            config.input_power_w,
            config.snr_threshold_db,
            egn=config.egn,
            slot_width_hz=grid.slot_width_hz,
            guard=plan.guard,
            crosstalk=crosstalk,
        )
    if config.snr == "external":
        assert tables is not None
        return External(tables, tuple(band.start for band in plan.bands))
    if len(plan.bands) == 1:
        return Gsnr(channels, lengths_km, config.input_power_w, names)
    edges = [
        (grid.edges_hz[index], grid.edges_hz[index] + band.slots * grid.slot_width_hz) for index, band in enumerate(plan.bands)
    ]
    middle_hz = (min(low for low, _ in edges) + max(high for _, high in edges)) / 2
    return IsrsGsnr(channels, lengths_km, config.input_power_w, names, middle_hz)


def missing(config: OpticalConfig, plan: Plan, tables: SnrTables | None) -> Iterator[Problem]:
    """What the named check would need and does not find."""
    if config.demand.kind == "slots":
        yield Problem(
            "snr",
            f"{config.snr!r} judges modulation formats, and demands in slots have none.",
            config.snr,
            ["none"],
            "Give the demand as bit rates.",
        )
        return
    if config.snr == "external" and tables is None:
        yield Problem(
            "snr",
            "'external' needs look-up arrays of the signal quality per pair of nodes, path and slot, and "
            "the config has no key that carries them.",
            "external",
            ["none", "nli", "crosstalk", "gsnr"],
            "Choose gsnr, or hand SnrTables to quintant.labs.optical.engine.reference.Reference.",
        )
    if config.snr == "crosstalk":
        yield from _unknown(plan.formats, config.requested_xt_db, "requested_xt_db", "highest crosstalk")
    if config.snr in ("gsnr", "external"):
        yield from _unknown(plan.formats, THRESHOLD_DB, "modulations", "GSNR threshold")
    if config.snr == "gsnr" or (config.snr == "nli" and config.egn):
        yield from _unknown(plan.formats, {**PHI, **config.phi}, "phi", "EGN factor")
    if config.snr in ("nli", "gsnr"):
        for key, slots in (("o_slots", config.o_slots), ("e_slots", config.e_slots)):
            if slots:
                yield Problem(
                    key,
                    f"must be 0 with snr {config.snr!r}: its fibre constants hold from the L to the S band; got {slots}.",
                    slots,
                    [0],
                )


def _unknown(formats: Iterable[str], known: Iterable[str], key: str, what: str) -> Iterator[Problem]:
    known = tuple(known)
    for name in formats:
        if name not in known:
            yield Problem(key, f"there is no {what} for format {name!r}.", name, sorted(known))
