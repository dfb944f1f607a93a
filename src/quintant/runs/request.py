"""Request: what somebody asks to run, through whichever door, and the one reading of it.

Where little is said, a lab's default preset runs, with its seeds. No preset at all, the lab's bare defaults, is said in words:
`preset=None` in Python, `null` in JSON, `none` anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from quintant import registry
from quintant.config import json_schema, suggest
from quintant.errors import ConfigError, NotFound, Problem
from quintant.lab import DEFAULT_PRESET, NO_PRESET, Lab, Preset
from quintant.runs.axis import Axes, integers
from quintant.runs.axis import axes as read_axes
from quintant.runs.overlay import DEFAULTS, Base
from quintant.runs.run import DEFAULT_RETRIES, Run
from quintant.runs.sweep import Sweep
from quintant.until import LEAST, Until

if TYPE_CHECKING:
    from quintant.runs.facade import Runs
    from quintant.runs.receipt import Receipt


@dataclass(frozen=True)
class Request:
    """`config` holds the keys that differ from the base: the preset, or the config of `from_run`, a Run or a Sweep; dotted ones
    reach inside. `seeds`: how many replicates, or their root seeds; None: those of the base. `until`: how precise its metrics
    must be (`quintant.until`) before no more seeds are added, at most `max_seeds`. `fresh`: execute also what is there."""

    lab: str | None
    config: Mapping[str, Any] = field(default_factory=dict)
    axes: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = DEFAULT_PRESET
    from_run: str | None = None
    seeds: int | Sequence[int] | None = None
    root_seed: int | None = None
    name: str | None = None
    retries: int = DEFAULT_RETRIES
    until: Sequence[str] = ()
    max_seeds: int | None = None
    fresh: bool = False

    @property
    def wire(self) -> dict[str, Any]:
        """As the body of POST /runs."""
        body = {
            "lab": self.lab, "config": dict(self.config), "sweep": dict(self.axes), "from_run": self.from_run,
            "seeds": list(self.seeds) if isinstance(self.seeds, Sequence) else self.seeds, "root_seed": self.root_seed,
            "name": self.name, "retries": self.retries, "until": list(self.until) or None, "max_seeds": self.max_seeds,
        }  # fmt: skip
        preset = {} if self.preset == DEFAULT_PRESET else {"preset": self.preset}
        fresh = {"fresh": True} if self.fresh else {}
        return {key: value for key, value in body.items() if value is not None} | preset | fresh


@dataclass(frozen=True)
class Resolved:
    """`preset`: the base's, None for another base. `axes` as they were asked for, or `stored` with a Sweep. `seeds` is 1 for a
    single Run; of that, `root_seed` is its own."""

    lab: Lab
    base: Base
    preset: Preset | None
    axes: Mapping[str, Any]
    seeds: int | Sequence[int]
    root_seed: int | None
    stored: Axes | None = None
    until: Until | None = None

    @property
    def layout(self) -> Axes:
        """ConfigError for an empty axis, a value given twice, a range that misses its stop."""
        if self.stored is not None:
            return self.stored
        return read_axes(self.axes, whole=integers(lambda: json_schema(self.lab.config)))


def resolve(asked: Request, runs: Runs) -> Resolved:
    """What a Request means. ConfigError, NotFound or NotInstalled say why it means nothing."""
    if isinstance(asked.seeds, Sequence) and asked.root_seed is not None:
        raise ConfigError(Problem("root_seed", "has no effect beside root seeds in `seeds`.", asked.root_seed))
    found = _chosen(asked, runs) if asked.from_run is None else _like(asked, asked.from_run, runs)
    if found.until is not None:
        begin = found.seeds if asked.seeds is not None or not isinstance(found.seeds, int) else max(LEAST, found.seeds)
        return replace(found, seeds=begin)
    if isinstance(found.seeds, Sequence) and len(found.seeds) == 1 and not found.axes and found.stored is None:
        return replace(found, seeds=1, root_seed=found.seeds[0])
    return found


def start(asked: Request, runs: Runs, receipt: Receipt | None = None) -> tuple[Sweep | None, tuple[Run, ...]]:
    """One Run, or a Sweep where there are several seeds or swept keys. All is checked before anything is stored."""
    found = resolve(asked, runs)
    common: dict[str, Any] = {
        "root_seed": found.root_seed, "name": asked.name, "base": found.base, "receipt": receipt, "retries": asked.retries,
        "fresh": asked.fresh,
    }  # fmt: skip
    axes = found.layout.wire
    if found.seeds == 1 and not axes and found.until is None:
        return None, (runs.submit(found.lab.name, asked.config, **common),)
    return runs.sweep(found.lab.name, asked.config, axes=axes, seeds=found.seeds, until=found.until, **common)


def base_of(lab: Lab, preset: str | None) -> tuple[Base, Preset | None]:
    """What keys are laid over: the preset of this name, the default one, or the lab's bare defaults."""
    if preset is None or preset == NO_PRESET:
        return DEFAULTS, None
    name = lab.default_preset if preset == DEFAULT_PRESET else preset
    if name not in lab.presets:
        known = sorted(lab.presets)
        raise ConfigError(
            Problem("preset", f"must be one of {', '.join(known)}, or none; got '{name}'.", name, known, suggest(name, known))
        )
    return Base.of_preset(lab.presets[name]), lab.presets[name]


def _chosen(asked: Request, runs: Runs) -> Resolved:
    if asked.lab is None:
        raise ConfigError(Problem("lab", "is required.", None, sorted(runs.labs)))
    lab = registry.find(asked.lab, runs.settings.labs)
    base, preset = base_of(lab, asked.preset)
    seeds = asked.seeds if asked.seeds is not None else preset.seeds if preset is not None else 1
    until = Until.read(asked.until, asked.max_seeds)
    return Resolved(lab, base, preset, asked.axes, seeds, asked.root_seed, until=until)


def _like(asked: Request, which: str, runs: Runs) -> Resolved:
    """The base is a Run's config; a Sweep's axes, seeds and `until` come with it unless others are asked for."""
    if asked.preset not in (None, DEFAULT_PRESET):
        raise ConfigError(Problem("from_run", "cannot be given together with preset: one base is enough."))
    target = _target(which, runs)
    if asked.lab not in (None, target.lab):
        kind = "sweep" if isinstance(target, Sweep) else "run"
        text = f"{kind} {target.id} is of lab {target.lab}, not of '{asked.lab}'."
        raise ConfigError(Problem("lab", text, asked.lab, [target.lab]))
    seeds, stored, until = asked.seeds, None, Until.read(asked.until, asked.max_seeds)
    if isinstance(target, Sweep):
        if until is None and asked.seeds is None and target.until is not None:
            until, seeds = target.until, int(target.request["seeds"])
        elif until is not None and asked.seeds is None:
            seeds = target.seeds
        stored = None if asked.axes else target.layout
        seeds = seeds if seeds is not None else target.replicates if asked.root_seed is None else target.seeds
    first = runs.runs_of(target.id)[0] if isinstance(target, Sweep) else target
    seeds = 1 if seeds is None else seeds
    root = None if isinstance(seeds, Sequence) else target.root_seed if asked.root_seed is None else asked.root_seed
    return Resolved(
        registry.find(target.lab, runs.settings.labs), Base.of_run(first), None, asked.axes, seeds, root, stored, until
    )


def _target(which: str, runs: Runs) -> Run | Sweep:
    try:
        return runs.get(which)
    except NotFound as error:
        try:
            return runs.get_sweep(which)
        except NotFound:
            raise error from None
