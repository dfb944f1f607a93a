"""MANIFEST.json (what the run was made with) and CITATION.bib (how to name it)."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from quintant import __version__
from quintant.config import config_hash
from quintant.lab import Outcome
from quintant.labs.federated.folder.history import History
from quintant.labs.federated.folder.latex import escaped

VERSION = "1.0"
PACKAGES = ("quintant", "numpy", "pyarrow", "scikit-learn", "torch")


def of(outcome: Outcome) -> dict[str, Any]:
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
            "packages": {name: found for name in PACKAGES if (found := _version(name))},
        },
        "config_checksum": config_hash(outcome.config),
        "root_seed": outcome.root_seed,
    }


def citation(outcome: Outcome, found: Sequence[History]) -> str:
    """One entry per strategy."""
    id = simulation_id(outcome)
    year = (outcome.ended_at or outcome.created_at)[:4]
    return "\n".join(
        f"@misc{{quintant_{id}_s{one.number},\n"
        f"  title = {{Federated learning under attack: {escaped(one.keyword)}, run {escaped(id)}}},\n"
        f"  author = {{{{Quintant {__version__}}}}},\n"
        f"  year = {{{year}}},\n"
        f"  note = {{Data set: {escaped(one.plan.dataset_keyword)}; config sha256 {config_hash(outcome.config)[:12]}; "
        f"root seed {outcome.root_seed}}}\n"
        "}\n"
        for one in found
    )


def simulation_id(outcome: Outcome) -> str:
    return str((outcome.request or {}).get("simulation_id", outcome.run_id))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
