"""Sweep: an ordered set of Runs from one request. Replicates of a point differ in their root seed only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.config import Config
from quintant.errors import ConfigError, Problem
from quintant.runs.axis import Axes
from quintant.until import LEAST, Until

MOST_RUNS = 10_000


@dataclass(frozen=True)
class Sweep:
    """`axes`: swept key → its values in order, of tied keys one for each point of theirs. Replicate i has root seed
    `root_seeds[i]` at every point (paired). `seeds`: how many replicates the point has that has most; others have fewer where
    they were precise earlier (`until`)."""

    id: str
    lab: str
    name: str
    owner: str
    created_at: float
    root_seed: int
    seeds: int
    axes: Mapping[str, Sequence[Any]]
    request: Mapping[str, Any]

    @property
    def tied(self) -> Sequence[Sequence[str]]:
        """Keys that go together, group by group."""
        return [list(keys) for keys in self.request.get("tied", ())]

    @property
    def layout(self) -> Axes:
        """The axes as they were asked for: `layout.wire` asks for them again."""
        return Axes.stored(self.axes, self.tied)

    @property
    def root_seeds(self) -> Sequence[int]:
        return list(self.request.get("root_seeds") or range(self.root_seed, self.root_seed + self.seeds))

    @property
    def until(self) -> Until | None:
        """What must hold before no more replicates are added."""
        return Until.stored(self.request)

    @property
    def replicates(self) -> int | list[int]:
        """What a request asks for to have the same: how many, or which root seeds where these do not follow each other."""
        return list(self.request["root_seeds"]) if self.request.get("root_seeds") else self.seeds


def roots(seeds: int | Sequence[int], root_seed: int) -> list[int]:
    """The root seeds of the replicates: so many from `root_seed` on, or those that are named. ConfigError."""
    if isinstance(seeds, Sequence) and not isinstance(seeds, (str, bytes)):
        named = list(seeds)
        for at, seed in enumerate(named):
            if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
                raise ConfigError(Problem(f"seeds.{at}", f"must be an integer from 0 to 2^63 - 1; got {seed!r}.", seed))
        if not named or len(named) > MOST_RUNS:
            raise ConfigError(Problem("seeds", f"must name 1 to {MOST_RUNS} root seeds; got {len(named)}.", len(named)))
        if len(set(named)) < len(named):
            twice = next(seed for seed, count in Counter(named).items() if count > 1)
            raise ConfigError(Problem("seeds", f"holds {twice} twice: the same root seed gives the same run.", twice))
        return named
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 1 <= seeds <= MOST_RUNS:
        raise ConfigError(Problem("seeds", f"must be an integer from 1 to {MOST_RUNS}; got {seeds!r}.", seeds))
    if root_seed + seeds > 2**63:
        raise ConfigError(Problem("root_seed", f"must leave room for {seeds} seeds below 2^63; got {root_seed}.", root_seed))
    return list(range(root_seed, root_seed + seeds))


def more_roots(sweep: Sweep, seeds: int | Sequence[int]) -> list[int]:
    """The root seeds of a sweep that gets more: those that it has first. A number goes on behind the greatest of them; named
    ones are added where it does not have them. ConfigError."""
    has = list(sweep.root_seeds)
    if isinstance(seeds, Sequence):
        return has + [seed for seed in roots(seeds, 0) if seed not in has]
    return has + roots(seeds - len(has), max(has) + 1) if seeds > len(has) else has


def joined(sweep: Sweep, further: Axes) -> Axes:
    """The layout of a sweep with further values of its swept keys. ConfigError for other keys, or keys that go together
    otherwise."""
    groups = dict(sweep.layout.groups)
    for keys, rows in further.groups:
        if keys not in groups:
            known = ", ".join(",".join(group) for group in groups) or "none"
            text = f"is not swept by {sweep.id}, which sweeps {known}: another key is another sweep."
            hint = f"quintant run {sweep.lab} --like {sweep.id} --sweep {','.join(keys)}=…"
            raise ConfigError(Problem(f"sweep.{','.join(keys)}", text, None, [",".join(group) for group in groups], hint))
        groups[keys] = (*groups[keys], *(row for row in rows if row not in groups[keys]))
    return Axes(tuple(groups.items()))


def check_start(seeds: int | Sequence[int], until: Until) -> None:
    """ConfigError where a sweep that adds seeds by itself cannot begin with these."""
    if isinstance(seeds, Sequence):
        raise ConfigError(Problem("seeds", "must be a number beside until, which adds seeds behind it.", list(seeds)))
    if isinstance(seeds, int) and not LEAST <= seeds <= until.most:
        text = f"beside until is how many it begins with: {LEAST} to {until.most}, the most of them; got {seeds}."
        raise ConfigError(Problem("seeds", text, seeds))


def check_size(axes: Axes, seeds: int) -> None:
    runs = seeds * axes.size
    if runs > MOST_RUNS:
        raise ConfigError(Problem("sweep", f"would make {runs} runs; at most {MOST_RUNS} are allowed.", runs))


def check_read(axes: Iterable[str], configs: Sequence[Config]) -> None:
    """ConfigError for an axis that no point of the sweep reads: all its values would give the same results."""
    problems = []
    for path in axes:
        whys = [config.why_unread(path) for config in configs]
        if configs and all(why is not None for why in whys):
            why = next(why for why in whys if why is not None)
            text = why.message.removesuffix(": it has no effect here.")
            problems.append(Problem(f"sweep.{path}", f"{text}: no point of the sweep reads it.", why.value))
    if problems:
        raise ConfigError(problems)


def reachable(kind: type[Config], config: Mapping[str, Any], axes: Iterable[str]) -> dict[str, Any]:
    """`config` with the defaults of `kind` for what dotted axes reach into and it leaves out: their other parts stay."""
    reached = {top for top, dot, _ in (path.partition(".") for path in axes) if dot and top not in config}
    return {**(kind.model_construct().model_dump(mode="json", include=reached) if reached else {}), **config}


def placed(config: Mapping[str, Any], point: Mapping[str, Any], named: str = "sweep.") -> dict[str, Any]:
    """`config` with the point's values put in; a dotted key reaches into nested objects, and into lists by index.

    `named`: what the paths of faults begin with."""
    whole = dict(config)
    for path, value in point.items():
        *parents, last = path.split(".")
        inner: Any = whole
        for parent in parents:
            key = _key(inner, parent, f"{named}{path}")
            deeper = inner[key] if isinstance(inner, list) else inner.get(key)
            deeper = {} if deeper is None else deeper
            if not isinstance(deeper, (Mapping, list, tuple)):
                text = f"reaches into {parent!r}, which has no parts; it is {deeper!r:.60}."
                raise ConfigError(Problem(f"{named}{path}", text, deeper))
            inner[key] = dict(deeper) if isinstance(deeper, Mapping) else list(deeper)
            inner = inner[key]
        inner[_key(inner, last, f"{named}{path}")] = value
    return whole


def _key(inner: Any, part: str, path: str) -> Any:
    if not isinstance(inner, list):
        return part
    if part.isdecimal() and int(part) < len(inner):
        return int(part)
    what = "the list that it reaches into is empty" if not inner else f"must have an index below {len(inner)} there"
    raise ConfigError(Problem(path, f"leads nowhere at {part!r}: {what}.", part, list(range(len(inner)))))
