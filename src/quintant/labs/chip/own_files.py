"""Files of one's own for keys of the chip lab: a network as a NIR graph (needs the extra nir)."""

from __future__ import annotations

from pathlib import Path

from quintant.lab import OwnFile


def populations(path: Path, cache: Path) -> OwnFile:
    """A graph without time constants; one with them needs `quintant chip nir-import --dt-s`, which says how long a step is."""
    from quintant.labs.chip.nir import imported, read

    config = dict(imported(read(path)).config)
    neurons = sum(population["size"] for population in config["populations"])
    return OwnFile(
        config, f"{neurons} neurons in {len(config['populations'])} populations, as integers; sets {', '.join(config)}"
    )
