"""Drawing: figures for those who ask over HTTP, each drawn once.

What a figure shows follows from the results it is drawn of, the code that draws it, theme and width. All of that is in its
key, which is its ETag: a browser that has it gets 304 before anything is read, and what was drawn of ended Runs is kept, in
memory and in the user's cache folder, until it is the longest unused. Drawing takes up to seconds of a core, and a page full
of figures must not take them all from the Runs: two at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson

from quintant import __version__, tabular
from quintant.errors import ConfigError, Conflict, NotFound, Problem, QuintantError
from quintant.figure import draw, export
from quintant.figure.draw import entitle
from quintant.figure.export import MEDIA_TYPES, PX_PER_MM, fit, fitted_like
from quintant.figure.parts import bare, compiled, in_rows, spoken_parts, thinned
from quintant.lab import Figure, Lab, Outcome
from quintant.runs import Run, Runs, Sweep
from quintant.runs.juxtaposition import Series
from quintant.runs.lifecycle import State
from quintant.runs.record import code_hash

As = Literal["vega-lite", "vega"]
Parts = Literal["whole", "plot"]
Data = Literal["csv", "rows"]
Spec = dict[str, Any]
MOST_BYTES = 64 << 20
MOST_ON_DISK = 256 << 20
MOST_OUTCOMES = 4
MEASURED_ROWS = 500  # of each data set, when a layout is found
log = logging.getLogger("quintant.server")


@dataclass(frozen=True)
class Target:
    """What a figure is drawn of: a Run, or the completed Runs of a Sweep. `key` changes with what it would show."""

    subject: Run | Sweep | None
    lab: Lab
    key: str
    final: bool
    make: Callable[[str], Spec] | None = None
    """(theme) -> specification, of what is drawn of neither."""

    @property
    def live(self) -> bool:
        return not self.final


@dataclass(frozen=True)
class Asked:
    """How a figure is wanted. `dataset`: of CSV, the name of one data set; empty: the largest."""

    format: str
    theme: str = "light"
    width_mm: float | None = None
    dpi: int = 300
    kind: As = "vega-lite"
    parts: Parts = "whole"
    data: Data | None = None
    dataset: str = ""

    def check(self) -> None:
        if self.format != "json" and (self.kind != "vega-lite" or self.data is not None):
            name = "as" if self.kind != "vega-lite" else "data"
            raise ConfigError(Problem(name, f"is for json; got {self.format}."))
        if self.format == "html" and self.parts == "plot":
            raise ConfigError(Problem("parts", "plot is for json, svg, png and pdf; an HTML file stands alone.", "plot"))
        if self.kind == "vega" and self.data == "csv":
            raise ConfigError(Problem("data", "csv is for as=vega-lite; Vega gets rows.", "csv"))
        if self.dataset and self.format != "csv":
            raise ConfigError(Problem("dataset", "is for csv.", self.dataset))


@dataclass(frozen=True)
class Drawn:
    data: bytes
    media_type: str
    tag: str
    datasets: tuple[str, ...] = ()


class Drawing:
    """Thread-safe. `cache`: the user's cache folder."""

    def __init__(self, runs: Runs, cache: Path) -> None:
        self._runs = runs
        self._kept = _Kept(cache / "figures")
        self._drawing = threading.BoundedSemaphore(2)
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        self._outcomes: OrderedDict[str, Sequence[Outcome]] = OrderedDict()

    # --- what is drawn ---

    def of_run(self, run_id: str, lab: Callable[[str], Lab]) -> Target:
        run = self._runs.get(run_id)
        final = run.state.final
        parts = ["run", run.id, run.name, str(run.state), run.result_hash or str(run.last_seq), str(run.attempt)]
        return Target(run, lab(run.lab), _digest(*parts), final)

    def of_sweep(self, sweep_id: str, lab: Callable[[str], Lab]) -> Target:
        sweep, members = self._runs.get_sweep(sweep_id), self._runs.runs_of(sweep_id)
        done = [f"{run.id} {run.name} {run.result_hash}" for run in members if run.state is State.COMPLETED]
        return Target(sweep, lab(sweep.lab), _digest("sweep", sweep.id, *done), all(run.state.final for run in members))

    def of_series(self, series: Sequence[Series], baseline: str, metric: str, lab: Lab, make: Callable[[str], Spec]) -> Target:
        """Series side by side: `make` draws them in a theme."""
        runs = [f"{entry.key} {run.id} {run.name} {run.result_hash}" for entry in series for run in entry.runs]
        final = all(run.state.final for entry in series for run in entry.runs)
        return Target(None, lab, _digest("series", baseline, metric, *runs), final, make)

    def tag(self, target: Target, figure: Figure, wanted: Asked) -> str:
        return _digest(target.key, figure.name, _code(target.lab), *map(str, vars(wanted).values()))

    # --- drawing ---

    def finding(self, target: Target, figure: Figure) -> tuple[str | None, str | None]:
        """The finding of a figure, or why it can't be drawn."""
        try:
            return spoken_parts(self._spec(target, figure, "light"))["finding"], None
        except Conflict as error:
            return None, error.detail
        except QuintantError as error:
            return None, str(error)
        except Exception:
            log.exception(
                "figure %s of %s cannot be drawn", figure.name, target.key if target.subject is None else target.subject.id
            )
            return None, "The figure failed; the server's log has the details."

    def drawn(self, target: Target, figure: Figure, wanted: Asked) -> Drawn:
        """The figure as it is wanted. Conflict with the reason where these Runs do not carry what it shows."""
        wanted.check()
        tag = self.tag(target, figure, wanted)
        if wanted.format == "csv":
            return self._rows(target, figure, wanted, tag)
        data = self._once(tag, target.final, lambda: self._made(target, figure, wanted))
        return Drawn(data, MEDIA_TYPES[wanted.format], tag)

    def _made(self, target: Target, figure: Figure, wanted: Asked) -> bytes:
        spec = self._spec(target, figure, wanted.theme)
        if wanted.parts == "whole" and wanted.kind == "vega-lite" and wanted.data in (None, "csv"):
            return export(spec, wanted.format, wanted.width_mm, wanted.dpi)
        plain = bare(spec) if wanted.parts == "plot" else spec
        if wanted.format != "json":
            return export(plain, wanted.format, wanted.width_mm, wanted.dpi)
        rows = plain if wanted.data == "csv" else in_rows(plain)
        fitted, width_mm = self._fitted(target, figure, wanted, rows)
        drawing = compiled(fitted) if wanted.kind == "vega" else fitted
        if wanted.parts == "whole":
            return orjson.dumps(drawing)
        options = drawing.pop("usermeta", spec["usermeta"]).get("embedOptions", spec["usermeta"]["embedOptions"])
        return orjson.dumps({
            "figure": figure.name, "kind": wanted.kind, "renderer": options["renderer"], "theme": wanted.theme,
            "width_mm": width_mm, "live": target.live, "words": spoken_parts(spec), "spec": drawing,
        })  # fmt: skip

    def _fitted(
        self, target: Target, figure: Figure, wanted: Asked, rows: dict[str, Any]
    ) -> tuple[dict[str, Any], float | None]:
        """The drawing in the width that is wanted; as it is where that leaves no room. Found once for both themes."""
        width_mm = wanted.width_mm
        if width_mm is None:
            return rows, None
        if not 60 <= width_mm <= 400:
            export(rows, "json", width_mm)  # says what is allowed
        titled = wanted.parts == "whole"
        measured = thinned(rows, MEASURED_ROWS) if "datasets" in rows else rows
        key = _digest(target.key, figure.name, _code(target.lab), "fit", str(width_mm), wanted.parts)

        def measure() -> bytes:
            try:
                return orjson.dumps({"fitted": _layout(fit(measured, width_mm * PX_PER_MM)), "natural": _layout(measured)})
            except ConfigError:
                return b"null"

        layout = orjson.loads(self._once(key, target.final, measure, drawing=False))
        if layout is None:
            if titled:
                raise ConfigError(
                    Problem("width_mm", f"leaves no room for the plot beside its axes; got {width_mm:g}.", width_mm)
                )
            return rows, None
        fitted = fitted_like(rows, layout["fitted"], layout["natural"])
        if titled:
            entitle(fitted, width_mm * PX_PER_MM)
        return fitted, width_mm

    def _rows(self, target: Target, figure: Figure, wanted: Asked, tag: str) -> Drawn:
        """The data behind a figure, or one of its data sets, as CSV."""
        datasets = in_rows(self._spec(target, figure, wanted.theme))["datasets"]
        names = sorted(datasets, key=lambda name: -len(datasets[name]))
        if wanted.dataset and wanted.dataset not in datasets:
            raise NotFound("Data set", wanted.dataset, f"This figure has: {', '.join(sorted(datasets)) or 'none'}.")
        if not names:
            raise Conflict(f"figure {figure.name} has no data of its own.")
        chosen = wanted.dataset or names[0]
        return Drawn(tabular.csv_of_rows(datasets[chosen]), "text/csv; charset=utf-8", tag, tuple(sorted(datasets)))

    def _spec(self, target: Target, figure: Figure, theme: str) -> dict[str, Any]:
        """The whole specification; a refusal is remembered like a drawing."""
        key = _digest(target.key, figure.name, _code(target.lab), "spec", theme)

        def made() -> bytes:
            try:
                drawn = target.make(theme) if target.make is not None else draw(figure, self._read(target), theme)
                return orjson.dumps(drawn, option=orjson.OPT_SERIALIZE_NUMPY)
            except Conflict as error:
                return orjson.dumps({"conflict": error.detail})

        spec: dict[str, Any] = orjson.loads(self._once(key, target.final, made))
        if "conflict" in spec:
            raise Conflict(spec["conflict"])
        return spec

    def _read(self, target: Target) -> Sequence[Outcome]:
        with self._lock:
            if (known := self._outcomes.get(target.key)) is not None:
                self._outcomes.move_to_end(target.key)
                return known
        assert target.subject is not None
        of_run = isinstance(target.subject, Run)
        outcomes = [self._runs.outcome(target.subject.id)] if of_run else self._runs.outcomes(target.subject.id)
        if target.final:
            with self._lock:
                self._outcomes[target.key] = outcomes
                while len(self._outcomes) > MOST_OUTCOMES:
                    self._outcomes.popitem(last=False)
        return outcomes

    def _once(self, key: str, final: bool, make: Callable[[], bytes], *, drawing: bool = True) -> bytes:
        """What `make` gives, made by one thread while others that want the same wait for it."""
        if (known := self._kept.get(key)) is not None:
            return known
        with self._alone(key):
            if (known := self._kept.get(key)) is not None:
                return known
            with self._slot(drawing):
                data = make()
            self._kept.put(key, data, on_disk=final)
            return data

    @contextlib.contextmanager
    def _slot(self, drawing: bool) -> Iterator[None]:
        """One of the two places for drawing; kept by a thread that draws one figure from another."""
        held = getattr(_holding, "slots", 0)
        if held == 0:
            self._drawing.acquire()
        _holding.slots = held + 1
        try:
            yield
        finally:
            _holding.slots = held
            if held == 0:
                self._drawing.release()

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            yield
        with self._lock:
            if not lock.locked():
                self._locks.pop(key, None)


_holding = threading.local()


def in_parts(spec: Spec, *, kind: As, width_mm: float | None) -> dict[str, Any]:
    """A drawn specification with its words beside the plot: what is not kept, because it is drawn of no Run."""
    rows = in_rows(bare(spec))
    if width_mm is not None:
        if not 60 <= width_mm <= 400:
            export(rows, "json", width_mm)  # says what is allowed
        measured = thinned(rows, MEASURED_ROWS)
        try:
            rows = fitted_like(rows, fit(measured, width_mm * PX_PER_MM), measured)
        except ConfigError:
            width_mm = None
    drawing = compiled(rows) if kind == "vega" else rows
    options = spec["usermeta"]["embedOptions"]
    drawing.pop("usermeta", None)
    plain = orjson.loads(orjson.dumps(drawing, option=orjson.OPT_SERIALIZE_NUMPY))
    return {"kind": kind, "renderer": options["renderer"], "width_mm": width_mm, "words": spoken_parts(spec), "spec": plain}


class _Kept:
    """Bytes by key: in memory, and on disk what does not change any more. The longest unused goes first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._written = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if (known := self._memory.get(key)) is not None:
                self._memory.move_to_end(key)
                return known
        path = self._path(key)
        try:
            data = path.read_bytes()
            path.touch()
        except OSError:
            return None
        self._remember(key, data)
        return data

    def put(self, key: str, data: bytes, *, on_disk: bool) -> None:
        self._remember(key, data)
        if not on_disk:
            return
        path = self._path(key)
        with contextlib.suppress(OSError):  # a cache that cannot be written is none
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{threading.get_ident()}.part")
            partial.write_bytes(data)
            partial.replace(path)
            self._written += len(data)
            if self._written > MOST_ON_DISK // 8:
                self._written = 0
                self._prune()

    def _remember(self, key: str, data: bytes) -> None:
        with self._lock:
            self._bytes += len(data) - len(self._memory.pop(key, b""))
            self._memory[key] = data
            while self._bytes > MOST_BYTES and len(self._memory) > 1:
                self._bytes -= len(self._memory.popitem(last=False)[1])

    def _prune(self) -> None:
        files = sorted(((f.stat().st_mtime, f.stat().st_size, f) for f in self._folder.glob("*/*")), reverse=True)
        kept = 0
        for _, size, file in files:
            kept += size
            if kept > MOST_ON_DISK:
                file.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]


def _layout(spec: dict[str, Any]) -> dict[str, Any]:
    """The widths of a drawing, without all else."""
    kept: dict[str, Any] = {name: spec[name] for name in ("width", "height") if name in spec}
    for name in ("layer", "vconcat", "hconcat", "concat"):
        if name in spec:
            kept[name] = [_layout(part) for part in spec[name]]
    if isinstance(spec.get("spec"), dict):
        kept["spec"] = _layout(spec["spec"])
    return kept


def _code(lab: Lab) -> str:
    """The code that draws: of the lab, and of the figures' own package."""
    return f"{code_hash(lab)} {_own_code()}"


@lru_cache(maxsize=1)
def _own_code() -> str:
    own = hashlib.sha256(__version__.encode())
    for file in sorted((Path(__file__).parents[1] / "figure").glob("*.py")):
        own.update(file.read_bytes())
    return own.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
