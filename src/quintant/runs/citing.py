"""What a Run's results rest on: Quintant, the Run itself by its hashes, its lab, and the model and data of its config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from quintant import citation, registry
from quintant.citation import Entry
from quintant.config import parse
from quintant.lab import Lab, load
from quintant.runs.run import Run
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    from quintant.runs.facade import Runs


@dataclass(frozen=True)
class Citation:
    """`own`: Quintant; `others`: the Run or Sweep, and what it rests on."""

    own: Entry
    others: tuple[Entry, ...]

    def written(self, format: str) -> str:
        return citation.bibtex([self.own, *self.others]) if format == "bibtex" else citation.cff(self.own, self.others)


def cite(runs: Runs, key: str) -> Citation:
    """Of a Run, or of a Sweep with what any of its Runs rests on."""
    members = runs.store.many([run_id for run_id, _ in runs.store.members(key)])
    first = members[0]
    sweep = runs.get_sweep(key) if key == first.sweep_id else None
    lab = registry.labs().get(first.lab) or registry.find(first.lab)
    versions = sorted({run.lab_version for run in members})
    configs = {run.config_hash: run for run in members}
    rest = [entry for run in configs.values() for entry in _of_config(lab, run)]
    own = citation.software(f"lab {first.lab}, version {', '.join(versions)}")
    return Citation(own, tuple(citation.unique([_itself(members, sweep), *rest])))


def _of_config(lab: Lab, run: Run) -> Sequence[Entry]:
    if lab.citations is None:
        return citation.entries(lab.cite)
    return [entry for text in load(lab.citations)(parse(lab.config, run.config)) for entry in citation.entries(text)]


def _itself(members: Sequence[Run], sweep: Sweep | None) -> Entry:
    first, key = members[0], sweep.id if sweep is not None else members[0].id
    told = [f"root seed {first.root_seed}", f"config {first.config_hash}"]
    if sweep is not None:
        told = [f"{len(members)} runs", f"root seeds {', '.join(map(str, sweep.root_seeds))}"]
    elif first.result_hash is not None:
        told.append(f"result {first.result_hash}")
    year = datetime.fromtimestamp(first.created_at, UTC).year
    kind = "sweep" if sweep is not None else "run"
    fields = {"title": f"{_tex(first.lab)}: {_tex(first.name)}", "year": str(year), "note": f"{kind} {key}; {'; '.join(told)}"}
    return Entry("dataset", f"quintant-{key}", fields)


def _tex(text: str) -> str:
    """A name as BibTeX takes it: what means something to TeX is plain."""
    return "".join(f"\\{letter}" if letter in "&%$#_" else "" if letter in "{}\\" else letter for letter in text)
