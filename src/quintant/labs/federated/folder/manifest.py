"""MANIFEST.json (what the run was made with) and CITATION.bib (how to name it)."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from quintant import __version__
from quintant.config import config_hash
from quintant.json_value import Json
from quintant.lab import Outcome
from quintant.labs.federated.folder.history import History
from quintant.labs.federated.folder.latex import escaped

VERSION = "1.0"
PACKAGES = ("quintant", "numpy", "pyarrow", "scikit-learn", "torch")


def manifest(outcome: Outcome) -> dict[str, Json]:
    """Written by the process that made the run; the Run's own record holds more (seeds, hashes, timings)."""
    return {
        "manifest_version": VERSION,
        "timestamp": outcome.ended_at,
        "run_id": simulation_id(outcome),
        "system": {
            "os": platform.platform(),
            "python": platform.python_version(),
            "hardware": {"machine": platform.machine(), "cpu_count": os.cpu_count()},
            "git": None,
            "packages": {name: version for name in PACKAGES if (version := _version(name))},
        },
        "config_checksum": config_hash(outcome.config),
        "root_seed": outcome.root_seed,
    }


def citation(outcome: Outcome, strategies: Sequence[History]) -> str:
    """One entry per strategy."""
    id = simulation_id(outcome)
    year = (outcome.ended_at or outcome.created_at)[:4]
    return "\n".join(
        f"@misc{{quintant_{id}_s{history.number},\n"
        f"  title = {{Federated learning under attack: {escaped(history.keyword)}, run {escaped(id)}}},\n"
        f"  author = {{{{Quintant {__version__}}}}},\n"
        f"  year = {{{year}}},\n"
        f"  note = {{Data set: {escaped(history.plan.dataset_keyword)}; config sha256 {config_hash(outcome.config)[:12]}; "
        f"root seed {outcome.root_seed}}}\n"
        "}\n"
        for history in strategies
    )


def simulation_id(outcome: Outcome) -> str:
    return str((outcome.request or {}).get("simulation_id", outcome.run_id))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
