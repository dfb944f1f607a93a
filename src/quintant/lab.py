"""The one page that a Lab must satisfy.

A lab is a frozen `Lab` value named by an entry point of the group `quintant.labs`. Ours enter by the same door as yours:

    [project.entry-points."quintant.labs"]
    optical = "quintant.labs.optical:LAB"

Everything heavy is a dotted path ("package.module:name") that is imported only where it is used: the engine in workers,
figures where one is drawn, the contract where a server listens. A lab imports this page, `quintant.config`,
`quintant.errors`, `quintant.figure`, `quintant.statistics` and `quintant.wire`; it imports neither `quintant.runs` nor
a door nor another lab.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from html import escape
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from quintant.config import Config
from quintant.json_value import Json
from quintant.precision import written

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from quintant.statistics import Scale

S = TypeVar("S")
S_in = TypeVar("S_in", contravariant=True)
C = TypeVar("C", bound=Config, contravariant=True)

# --- randomness -------------------------------------------------------------------------------------------------------


class Draft(Protocol):
    """Arrays on their way to the draw cache: rows are appended until they are sealed. A draft that is not sealed never was."""

    def append(self, name: str, rows: np.ndarray[Any, Any]) -> None:
        """More rows of the array `name`, along its first axis; all of one type and width."""

    def seal(self) -> None: ...


class DrawCache(Protocol):
    """Where an engine finds arrays that an earlier Run drew, because reading them costs less than drawing them again.

    `key` (JSON) holds everything that the arrays depend on; the code and the platform are added to it. What is found is,
    bit for bit, what would be drawn: an engine gives the same Steps with any draw cache as with none.
    """

    def find(self, key: Mapping[str, Json]) -> Mapping[str, np.ndarray[Any, Any]] | None:
        """The arrays, mapped from their files (do not write into them), or None."""

    def draft(self, key: Mapping[str, Json], size: int) -> Draft | None:
        """Begin to put arrays of `size` bytes in all there; None where they are not wanted."""


@dataclass(frozen=True)
class Streams:
    """The named random sub-streams of one Run, all derived from its root seed.

    `seeds` maps each purpose to a 64-bit integer: `SeedSequence(root, spawn_key=sha256(purpose))`. Purposes are
    independent of each other, so that a change in one (more paths) leaves the draws of another (arrivals) as they were.
    `draw_cache`: what earlier Runs drew, where there is one; costly draws may be looked up there instead of being repeated.
    """

    root: int
    seeds: Mapping[str, int]
    draw_cache: DrawCache | None = field(default=None, compare=False, repr=False)

    @classmethod
    def derive(cls, root: int, purposes: Iterable[str]) -> Streams:
        import numpy as np

        def seed(purpose: str) -> int:
            digest = hashlib.sha256(purpose.encode()).digest()
            spawn_key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
            return int(np.random.SeedSequence(root, spawn_key=spawn_key).generate_state(1, np.uint64)[0])

        return cls(root, {purpose: seed(purpose) for purpose in purposes})

    def __getitem__(self, purpose: str) -> int:
        return self.seeds[purpose]

    def generator(self, purpose: str) -> np.random.Generator:
        import numpy as np

        return np.random.Generator(np.random.PCG64(self.seeds[purpose]))


# --- what an engine says ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """A fact as the engine tells it; the Driver gives it its place (seq) and time in the Run's log. Payload is JSON.

    `at` (seconds since 1970 UTC) is None where an engine makes it, and set where the log is read (`Outcome.events`).
    """

    kind: str
    payload: Mapping[str, Json] = field(default_factory=dict)
    at: float | None = None


@dataclass(frozen=True)
class Progress:
    """How far a Run is: `fraction` of its work in 0..1 and the values worth watching (JSON). The Driver keeps the last
    one in the Run's row and writes at most ten a second to the log, so it may be told at every step."""

    fraction: float
    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What an engine needs from outside (a language-model call). Asks and Answers are logged: a Run can be replayed."""

    id: str
    kind: str
    payload: Mapping[str, Json]


@dataclass(frozen=True)
class Answer:
    id: str
    payload: Mapping[str, Json]


@dataclass(frozen=True)
class AskContext:
    """Where an Ask is answered: for whom, and where the one who answers may keep things.

    `folder` is the Run's own (gone with the Run), `cache` the user's, shared by all Runs.
    """

    run_id: str
    folder: Path
    cache: Path


@dataclass(frozen=True)
class Step(Generic[S]):
    """What one call of `Engine.step` gives. `tables` holds Arrow record batches that are appended to the Run's named
    tables; `done` ends the Run. `phase`: what its time went into ("input", "simulate"), where that is worth telling: the
    Record has the sum of each. Pure: the same state, seed and answers give the same Step."""

    state: S
    done: bool = False
    progress: Progress | None = None
    events: Sequence[Event] = ()
    tables: Mapping[str, pa.RecordBatch] = field(default_factory=dict)
    asks: Sequence[Ask] = ()
    phase: str = ""


@dataclass(frozen=True)
class Metric:
    """A named number with its unit. `value` None means it could not be measured, and `reason` says why.

    `low`/`high`: bounds of the interval that `method` names ("95 % batch means, 30 batches"), when there is one;
    `upper_limit` marks a value that was zero and is reported as "at most `high`". `n`: what the number was taken over;
    `effective`: how many independent observations stand behind it, where that is known: replicates without an event are
    pooled by it, never by a number that was made from it.
    """

    value: float | int | None
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    n: int | None = None
    method: str | None = None
    upper_limit: bool = False
    reason: str | None = None
    effective: float | None = None

    def so_far(self, amount: str) -> Metric:
        """The metric of a Run that was stopped `amount` into its work: where it was measured, its method says so."""
        if self.value is None:
            return self
        return replace(self, method="; ".join(filter(None, (self.method, f"so far: {amount}"))))

    def __float__(self) -> float:
        if self.value is None:
            raise TypeError(f"there is no value: {self.reason or 'it could not be measured'}")
        return float(self.value)

    def __str__(self) -> str:
        """0.0297 [0.0250, 0.0344], with the digits that the interval supports."""
        return written(self.value, self.low, self.high) + (f" {self.unit}" if self.unit not in ("1", "") else "")

    def _repr_html_(self) -> str:
        return escape(str(self))


MEASURED = {b"measured": b"yes"}
"""Metadata of an Arrow field whose numbers are a clock's: a table may have such columns, no hash is taken of them."""


@dataclass(frozen=True)
class Result:
    """The typed summary of a Run. `tables`: named Arrow tables; `documents`: named JSON values that no table fits."""

    metrics: Mapping[str, Metric]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    documents: Mapping[str, Json] = field(default_factory=dict)


class Engine(Protocol[C, S]):
    """A lab's pure mathematics: no server, store, clock, logger or global randomness. Arrays may be updated in place.

    Size a step so that Python's overhead vanishes and pause and cancel still answer within a second (≈ 50 ms is good),
    by a rule that depends on the config only, never on the clock.
    """

    def init(self, config: C, rng: Streams) -> S: ...

    def step(self, state: S, answers: Sequence[Answer]) -> Step[S]: ...

    def result(self, state: S) -> Result: ...


class Resumable(Protocol[S]):
    """What an engine offers besides when its lab can continue a lost Run (`Lab.resumable`)."""

    def dump(self, state: S) -> bytes: ...

    def load(self, data: bytes) -> S: ...


class Stoppable(Protocol[S_in]):
    """What an engine offers besides when it can say what was measured so far: a Run that is stopped keeps it."""

    def so_far(self, state: S_in) -> tuple[Result, str] | None:
        """The result of what has been measured, marked so in its metrics' `method`, and after how much ("1,200 of 5,000
        requests"); None where nothing can be said yet. The state is not used again."""


# --- what a lab shows -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """A number to hold a result against: `value ± plus_minus`, as its source prints it.

    With `within_sd`, `plus_minus` is one standard deviation, and a result agrees within so many of them; without, a result
    agrees within `plus_minus`. `origin`: "published" in print, a "reference" implementation's, "derived" by hand, or "measured"
    by this lab before.
    """

    metric: str
    value: float
    plus_minus: float
    source: str
    within_sd: float | None = None
    origin: Literal["published", "reference", "derived", "measured"] = "published"

    @property
    def slack(self) -> float:
        """How far a result may be from `value` and still agree."""
        return self.plus_minus * (self.within_sd or 1.0)


DEFAULT_PRESET, NO_PRESET = "default", "none"
"""Where the name of a preset is asked for: the lab's default one, and none at all."""


@dataclass(frozen=True)
class Preset:
    """A named config shipped with a lab. `config` holds only what differs from the lab's defaults.

    `follows`: dotted path -> the key whose value stands there too, so that it changes with it where somebody changes the key
    ({"attack_schedule.0.end_round": "num_of_rounds"})."""

    name: str
    title: str
    says: str
    config: Mapping[str, Json]
    seeds: int = 1
    expected: Sequence[Expected] = ()
    follows: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in (DEFAULT_PRESET, NO_PRESET):  # who asks for it would get another one
            raise ValueError(f"a preset cannot be called {self.name!r}: the word means a lab's default preset, or none")


@dataclass(frozen=True)
class Headline:
    """The metric of the run table. `scale` "log": a positive skewed quantity, its replicate interval is taken there.

    `course`: the value of Progress that grows into it, where that has another name.
    """

    metric: str
    label: str
    unit: str = "1"
    scale: Literal["linear", "log"] = "linear"
    summarised: str = "final"
    course: str | None = None


@dataclass(frozen=True)
class Outcome:
    """One Run as figures and files see it: everything that is known of it, whether it has ended or not."""

    run_id: str
    name: str
    state: str
    config: Any
    root_seed: int
    metrics: Mapping[str, Metric]
    tables: Mapping[str, pa.Table]
    documents: Mapping[str, Json]
    events: Sequence[Event]
    point: Mapping[str, Json] = field(default_factory=dict)
    request: Mapping[str, Json] | None = None
    created_at: str = ""
    started_at: str | None = None
    ended_at: str | None = None


@dataclass(frozen=True)
class File:
    """A file of a Run's folder, rendered from its outcome (`Contract.files`). `path` is relative, with forward slashes."""

    path: str
    data: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True)
class OwnFile:
    """A file of the user's own, read for a key (`Lab.files`). `values`: the keys that it sets; `says`: what is in it."""

    values: Mapping[str, Json]
    says: str


@dataclass(frozen=True)
class Fetchable:
    """Data that a lab can fetch on request: `says` what it is and its licence; `fetch(cache, force)` puts it below the user's
    cache folder, checked, and gives its files."""

    says: str
    fetch: Callable[[Path, bool], Iterable[Path]]


@dataclass(frozen=True)
class Setting:
    """A knob of a lab that its operator turns by an environment variable: `quintant settings` lists it beside the server's own.

    `secret`: its value is never shown. `default`: what holds when it is not set, in words.
    """

    variable: str
    says: str
    default: str = "none"
    secret: bool = False

    def read(self) -> str | None:
        """The value without outer white space; None where it is not set, empty or blank."""
        return os.environ.get(self.variable, "").strip() or None

    def names(self) -> frozenset[str]:
        """The value as a list of names, commas between, in lower case."""
        return frozenset(name.strip().lower() for name in (self.read() or "").split(",")) - {""}


@dataclass(frozen=True)
class Figure:
    """One declarative figure. `build` is a dotted path to `(outcomes: Sequence[Outcome], theme: Theme) -> altair chart`.

    `of` says what it reads: one "run", or a "sweep" (all its runs; a single run is a sweep of one).
    """

    name: str
    title: str
    says: str
    build: str
    of: Literal["run", "sweep"] = "run"
    hero: bool = False


@dataclass(frozen=True)
class Choice:
    """Something that a preview lets choose: one of `values`, `default` unless said."""

    title: str
    values: Sequence[str]
    default: str


@dataclass(frozen=True)
class Preview:
    """What a config alone shows, before anything has run.

    build     "module:function" (Config, root seed, chosen: Mapping[str, str], Theme) -> altair chart with its caption
    choices   "module:function" (Config) -> Mapping[str, Choice]: what may be chosen, when there is anything
    """

    name: str
    title: str
    says: str
    build: str
    choices: str | None = None


@dataclass(frozen=True)
class Lab:
    """One simulator with all it needs to be run, explained and verified.

    name            id in URLs, the CLI and tables; equal to the entry point's name. `tag`: two letters for the run table
    says            one sentence on what it simulates; `cite`: BibTeX of the lab
    version         changes when results may change: part of the Record
    config          the frozen Config; `presets` name points in it, `default_preset` is the one meant by "run LAB"
    engine          "module:Class" of the Engine, imported in workers only; `warm`: "module:function" that loads or
                    compiles its kernels once, before workers are forked: all, or only what the Config needs that it is
                    called with (it need not take one)
    purposes        names of the random sub-streams (`seeded`)
    headline        the metric of the run table; `shares`: the metrics that lie between 0 and 1, whose intervals over
                    replicates end there (`*` stands for anything: "test_accuracy*")
    figures         what is drawn of Runs; `previews`: what is drawn of a config alone
    page            "package:file" of the lab's page: what it simulates, its equations, how it was verified
    contract        "module:function" () -> quintant.wire.contract.Contract: the wire dialect, with what the platform must
                    know of it: routes, its part of /api/health, files of a Run's folder, where its log stands, time limits
    commands        "module:app", a Typer app that becomes `quintant NAME …`
    settings        knobs of the lab that are environment variables
    data            "module:function" () -> Mapping[str, Fetchable]: what `quintant data fetch` can bring
    outside         "module:function" (Config, the user's cache folder) -> Iterable[Outside]: what a config names beyond itself
    files           of keys that take files of one's own (`key(files=…)`): "module:function" (Path, the user's cache folder) ->
                    OwnFile. The file is gone afterwards: what is needed of it stands in the values, or is kept below the cache
                    folder under its sha256
    answers         "module:function" (Ask, AskContext) -> Answer, called by the Driver when the engine asks
    log_line        one line of the run log for an Event, or None
    seedless        (Config) -> why the root seed does not matter to it, or None: then replicates would be copies
    unsteady        (Config) -> why the same Config and root seed may give another result (somebody else's machine answers), or
                    None: such a result is never reused
    resumable       the engine has dump/load: a lost Run goes on from its checkpoint
    notice          what must stand beside everything that it shows ("Not a clinical assessment."), where anything must
    extra, needs    what `pip install "quintant[extra]"` adds, and the modules by which its absence is seen
    citations       "module:function" (Config) -> Iterable[str], BibTeX of all that a Run of this Config rests on: the lab, its
                    model, its data; without, `cite` for every Config
    exact           integers are the same anywhere; floating-point results "anywhere" or on one "platform" tag
    """

    name: str
    title: str
    tag: str
    says: str
    version: str
    config: type[Config]
    presets: Mapping[str, Preset]
    default_preset: str
    engine: str
    purposes: tuple[str, ...]
    headline: Headline
    shares: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    previews: tuple[Preview, ...] = ()
    page: str | None = None
    contract: str | None = None
    commands: str | None = None
    settings: tuple[Setting, ...] = ()
    data: str | None = None
    outside: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    answers: str | None = None
    warm: str | None = None
    log_line: Callable[[Event], str | None] = lambda event: None
    seedless: Callable[[Any], str | None] = lambda config: None
    unsteady: Callable[[Any], str | None] = lambda config: None
    resumable: bool = False
    notice: str | None = None
    extra: str | None = None
    needs: tuple[str, ...] = ()
    exact: Literal["anywhere", "platform"] = "platform"
    cite: str = ""
    citations: str | None = None

    def prepare(self, config: Config | None = None) -> None:
        """Load or compile the kernels: all of them, or those for `config` where the lab can tell."""
        if self.warm is not None:
            warm = load(self.warm)
            warm(config) if inspect.signature(warm).parameters else warm()

    def scale(self, metric: str) -> Scale:
        """The scale on which replicates of a metric have their interval."""
        if metric == self.headline.metric and self.headline.scale == "log":
            return "log"
        return "share" if any(fnmatchcase(metric, pattern) for pattern in self.shares) else "linear"

    def seeded(self, config: Config, root: int) -> Streams:
        """The streams of one Run. A contract's own seed keys stay inside its Config and mean what the contract says."""
        return Streams.derive(root, self.purposes)


def load(path: str) -> Any:
    """Import what a dotted path "package.module:name" names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
