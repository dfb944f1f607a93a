"""Everything of a Run as files in a folder: config, record, result, tables, figures, artifacts, and a manifest.

<to>/<run id>/manifest.json     every file with size and sha256, and the command that makes the Run again
<to>/<run id>/config.json …     the Run's own files, byte for byte
<to>/<run id>/tables/<name>.csv, .parquet
<to>/<run id>/figures/<name>.svg, .png, .pdf
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from quintant.destination import write as write_file
from quintant.destination import writing
from quintant.errors import ConfigError, Problem, QuintantError
from quintant.lab import Figure, Metric
from quintant.runs.artifact import Artifact, inside
from quintant.runs.run import Run, iso
from quintant.runs.sweep import Sweep
from quintant.runs.table_slice import TableSlice

FIGURES = ("svg", "png", "pdf", "html", "json")
TABLES = ("csv", "parquet", "arrow", "json")


class Source(ABC):
    """Where the files of a Run come from."""

    @abstractmethod
    def artifacts(self, run_id: str) -> Sequence[Artifact]: ...

    @abstractmethod
    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        """Copy an artifact to a file; its size and sha256."""

    @abstractmethod
    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        """The metrics of a completed Run; empty while there is no result."""

    @abstractmethod
    def tables(self, run_id: str) -> Sequence[str]: ...

    @abstractmethod
    def table(self, run_id: str, name: str, format: str, part: TableSlice | None = None) -> bytes: ...

    @abstractmethod
    def figure(self, target: Run | Sweep, name: str, format: str) -> bytes: ...


@dataclass(frozen=True)
class Exported:
    """`skipped`: what could not be made, with the reason ("figures/spectrum.svg": "…")."""

    folder: Path
    files: tuple[Mapping[str, Any], ...]
    skipped: Mapping[str, str]


class Damaged(QuintantError):
    """A file is not what its recorded sha256 says."""

    code = "damaged"


def formats(kind: str, wanted: str | Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """ "svg,png" → ("svg", "png"); "none" → (). ConfigError names what is allowed."""
    formats = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    chosen = tuple(dict.fromkeys(word.strip().lower().removeprefix(".") for word in formats if word.strip()))
    if chosen == ("none",):
        return ()
    for word in chosen:
        if word not in allowed:
            text = f"must be among {', '.join(allowed)} or none; got {word!r}."
            raise ConfigError(Problem(kind, text, word, list(allowed)))
    return chosen


def export(
    source: Source,
    run: Run,
    figures: Sequence[Figure],
    to: Path,
    *,
    as_figures: Sequence[str] = ("svg",),
    as_tables: Sequence[str] = ("csv",),
    on_file: Callable[[str], None] = lambda path: None,
) -> Exported:
    """Write everything of `run` below `to/<run id>`. Every artifact is checked against its recorded sha256."""
    with writing(to) as root:
        return _exported(source, run, figures, root, as_figures, as_tables, on_file)


def _exported(
    source: Source,
    run: Run,
    figures: Sequence[Figure],
    to: Path,
    as_figures: Sequence[str],
    as_tables: Sequence[str],
    on_file: Callable[[str], None],
) -> Exported:
    folder = to / run.id
    folder.mkdir(parents=True, exist_ok=True)
    files: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}

    def wrote(path: str, size: int, sha256: str) -> None:
        files.append({"path": path, "size": size, "sha256": sha256})
        on_file(path)

    def write(path: str, make: Callable[[], bytes]) -> None:
        try:
            data = make()
        except (QuintantError, ValueError) as error:
            skipped[path] = str(error)
            return
        target = inside(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        wrote(path, len(data), hashlib.sha256(data).hexdigest())

    own = {artifact.path for artifact in source.artifacts(run.id)}
    for artifact in source.artifacts(run.id):
        size, sha256 = source.fetch(run.id, artifact.path, inside(folder, artifact.path))
        if sha256 != artifact.sha256:
            raise Damaged(f"{artifact.path} of run {run.id} has sha256 {sha256}; recorded was {artifact.sha256}.")
        wrote(artifact.path, size, sha256)
    for path, value in (("config.json", run.config), ("record.json", run.record)):
        if path not in own:
            write(path, partial(_json, value))
    for name in source.tables(run.id):
        for format in as_tables:
            if f"tables/{name}.{format}" not in own:
                write(f"tables/{name}.{format}", partial(source.table, run.id, name, format))
    for figure in figures:
        for format in as_figures:
            write(f"figures/{figure.name}.{format}", partial(source.figure, run, figure.name, format))
    listed = sorted(files, key=lambda file: file["path"])
    manifest = {
        "run": run.id,
        "name": run.name,
        "lab": run.lab,
        "lab_version": run.lab_version,
        "state": str(run.state),
        "root_seed": run.root_seed,
        "config_hash": run.config_hash,
        "result_hash": run.result_hash,
        "created_at": iso(run.created_at),
        "ended_at": iso(run.ended_at),
        "again": f"quintant run {run.lab} --like {run.id}",
        "verify": f"quintant verify {run.id}",
        "files": listed,
        "skipped": skipped,
    }
    (folder / "manifest.json").write_bytes(_json(manifest))
    on_file("manifest.json")
    return Exported(folder, tuple(listed), skipped)


def export_sweep(
    source: Source, sweep: Sweep, figures: Sequence[Figure], to: Path, as_figures: Sequence[str]
) -> tuple[list[Path], dict[str, str]]:
    """The figures over all Runs of a Sweep, below `to/figures`; what was written, and what could not be and why."""
    written: list[Path] = []
    skipped: dict[str, str] = {}
    for figure in figures:
        for format in as_figures if figure.of == "sweep" else ():
            path = f"figures/{figure.name}.{format}"
            try:
                data = source.figure(sweep, figure.name, format)
            except (QuintantError, ValueError) as error:
                skipped[path] = str(error)
                continue
            written.append(write_file(inside(to, path), data))
    return written, skipped


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
