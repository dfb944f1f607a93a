"""Until: when replicates may stop, because the interval of their mean is as narrow as somebody asked.

Looking at the data and stopping when the interval looks narrow enough is not free. Whoever looks after every seed stops when
the spread happens to be underestimated, and his 95 % interval holds the truth in 70 to 91 of 100 experiments. The rule here
was chosen by simulation (tests/verification/statistics/test_until.py repeats it) and pays for its looks:

    * at least LEAST values, a look every EVERY values, stop when the target is met at IN_A_ROW looks in a row: a chance
      underestimate of the spread rarely lasts for both;
    * skewed values (waiting times, energies, blocking) make Student's t too narrow, whatever n is, so that the level of its
      quantile is raised by the sample's skewness g = |m3 / m2^1.5|, for the stop and for the interval that is told (LADDER);
    * where each value is 0 or 1 the interval is that of Clopper & Pearson (1934, doi 10.1093/biomet/26.4.404), looked at every
      BLOCK values, and needs EVENTS events and as many values without;
    * values that do not vary say nothing of their spread: that is never precise enough.

Values count in the order of their seeds, never in that in which they came: short Runs would count too often.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quintant.errors import ConfigError, Problem
from quintant.statistics import Estimate, Scale, student_t

LEAST = 20
EVERY = 5
IN_A_ROW = 2
BLOCK = 20
EVENTS = 5
MOST = 200
MOST_FAILED = 0.05
"""With a greater share of failed Runs nothing is precise: what fails may differ from what does not."""
CONFIDENCE = 0.95
LADDER = ((0.5, 0.95), (0.8, 0.97), (1.5, 0.98), (2.5, 0.99), (math.inf, 0.995))
"""(skewness up to, level of the quantile): holds the truth in 94 of 100 experiments up to a skewness of 2.8."""
STRONGLY_SKEWED = 3.0
_TARGET = re.compile(r"(?P<metric>[^\s±+<>=]+?)\s*(?:\+-|\+/-|±)\s*(?P<width>[0-9.eE+-]+)\s*(?P<unit>.*)")
GRAMMAR = "METRIC+-NUMBER, with % for a share of the mean, else in the metric's unit: blocking+-5%, rhythm_peak_hz+-0.5"


@dataclass(frozen=True)
class Target:
    """A metric, and how far the ends of its interval may be from its mean: `half_width` in its unit, or as a share of the mean.

    `unit`: as somebody wrote it behind the number, "" where nothing stood there.
    """

    metric: str
    half_width: float
    relative: bool
    unit: str = ""

    @classmethod
    def read(cls, text: str, path: str = "until") -> Target:
        """ "blocking+-5%", "rhythm_peak_hz±0.5 Hz". ConfigError with the grammar."""
        match = _TARGET.fullmatch(text.strip()) if isinstance(text, str) else None
        try:
            width = float(match["width"]) if match is not None else math.nan
        except ValueError:
            width = math.nan
        if match is None or not 0 < width < math.inf:
            raise ConfigError(Problem(path, f"must be {GRAMMAR}; got {text!r:.80}.", text))
        relative = match["unit"].strip() == "%"
        return cls(match["metric"], width / 100 if relative else width, relative, "" if relative else match["unit"].strip())

    def __str__(self) -> str:
        """As it is read."""
        return f"{self.metric}+-{_plain(100 * self.half_width)}%" if self.relative else f"{self.metric}+-{_absolute(self)}"

    @property
    def width(self) -> str:
        """± 5 %, ± 0.5 Hz."""
        return f"± {_plain(100 * self.half_width)} %" if self.relative else f"± {_absolute(self)}"

    def allowed(self, mean: float) -> float:
        """The greatest half width that is narrow enough."""
        return self.half_width * abs(mean) if self.relative else self.half_width


@dataclass(frozen=True)
class Until:
    """What must hold at each point before no more seeds are added; `most` seeds are the end of it in any case."""

    targets: tuple[Target, ...]
    most: int = MOST

    @classmethod
    def read(cls, texts: Sequence[str], most: int | None = None) -> Until | None:
        """None for no target. ConfigError for what is no target, a metric named twice, too few seeds at most."""
        if not texts:
            if most is not None:
                raise ConfigError(Problem("max_seeds", "has no effect without until.", most))
            return None
        targets = tuple(Target.read(text, "until" if len(texts) == 1 else f"until.{at}") for at, text in enumerate(texts))
        names = [target.metric for target in targets]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ConfigError(Problem("until", f"names {twice} twice: one width for each metric.", twice))
        most = MOST if most is None else most
        if isinstance(most, bool) or not isinstance(most, int) or most < LEAST:
            text = f"must be an integer from {LEAST} on, with fewer seeds no stop can be trusted; got {most!r}."
            raise ConfigError(Problem("max_seeds", text, most))
        return cls(targets, most)

    @classmethod
    def stored(cls, request: Mapping[str, object]) -> Until | None:
        """As `wire` has it below "until"."""
        kept = request.get("until")
        return cls.read(kept["targets"], kept["max_seeds"]) if isinstance(kept, Mapping) else None

    @property
    def wire(self) -> dict[str, object]:
        return {"targets": [str(target) for target in self.targets], "max_seeds": self.most}

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(target.metric for target in self.targets)


@dataclass(frozen=True)
class Look:
    """One look at the first `n` values of each target: half widths by metric (None: no interval yet), and whether all met."""

    n: int
    half_widths: Mapping[str, float | None]
    levels: Mapping[str, float]
    met: bool


@dataclass(frozen=True)
class Verdict:
    """`converged` None: more seeds are needed, as many in all as `wanted` says. `reason` is a sentence."""

    converged: bool | None
    wanted: int
    looks: tuple[Look, ...]
    reason: str


def judge(until: Until, values: Mapping[str, Sequence[float | None]], start: int = LEAST) -> Verdict:
    """What the replicates of one point say, all of which have ended.

    `values`: by metric, one for each replicate in the order of the seeds; None of one that failed or has no value. `start`: the
    first look is after so many values.
    """
    tried = max(len(of_metric) for of_metric in values.values())
    known = [at for at in range(tried) if all(values[target.metric][at] is not None for target in until.targets)]
    taken = {t.metric: [float(values[t.metric][at] or 0.0) for at in known] for t in until.targets}
    lost = tried - len(known)
    looks: list[Look] = []
    n = max(LEAST, start)
    while n <= len(known):
        looks.append(_look(until, taken, n))
        if len(looks) >= IN_A_ROW and all(look.met for look in looks[-IN_A_ROW:]) and lost <= MOST_FAILED * tried:
            return Verdict(True, tried, tuple(looks), f"precise after {n} seeds")
        n += _stride(taken, n)
    if lost > tried / 2:
        return Verdict(False, tried, tuple(looks), f"not converged: {lost} of {tried} runs have no value")
    if tried >= until.most:
        return Verdict(False, tried, tuple(looks), f"not converged after {tried} seeds: {_why(until, taken, lost, tried)}")
    return Verdict(None, min(until.most, tried + n - len(known)), tuple(looks), "more seeds are needed")


def estimate(values: Sequence[float], scale: Scale = "linear") -> Estimate:
    """The mean of `values` with the interval by which they were stopped: what is told of a metric that was a target.

    ValueError where there are fewer than three, or they do not vary: no interval of this kind is known then.
    """
    taken = tuple(float(value) for value in values)
    n, mean = len(taken), math.fsum(values) / len(taken)
    if _binary(taken):
        low, high = clopper_pearson(round(mean * n), n)
        return Estimate(mean, low, high, n, f"95 % Clopper-Pearson, n = {n}", False, taken)
    half, level, skewness = _width(taken)
    if half is None:
        raise ValueError("no interval: fewer than three values, or all are equal")
    words = "95 % Student t"
    if level > CONFIDENCE:
        words += f", widened for a skewness of {skewness:.1f} (t at {100 * level:g} %)"
    if skewness > STRONGLY_SKEWED:
        words += "; strongly skewed: it may hold the truth in 90 of 100"
    floor, roof = (0.0 if scale in ("share", "log") else -math.inf), (1.0 if scale == "share" else math.inf)
    low, high = max(floor, mean - half), min(roof, mean + half)
    ends = [end for end, cut in (("0", mean - half < floor), ("1", mean + half > roof)) if cut]
    cut_words = f", cut at {' and '.join(ends)}" if ends else ""
    return Estimate(mean, low, high, n, f"{words}, n = {n}{cut_words}", False, taken)


def clopper_pearson(events: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a proportion."""
    from scipy.special import betaincinv

    outside = (1 - confidence) / 2
    low = float(betaincinv(events, n - events + 1, outside)) if events else 0.0
    high = float(betaincinv(events + 1, n - events, 1 - outside)) if events < n else 1.0
    return low, high


def skewness(values: Sequence[float]) -> float:
    """|m3 / m2^1.5| of the sample, without correction of its bias: the ladder was chosen by this number."""
    mean = math.fsum(values) / len(values)
    largest = max(abs(value - mean) for value in values)
    if not largest:
        return 0.0
    deviations = [(value - mean) / largest for value in values]  # no power of them is too small or too large for a float
    second = math.fsum(deviation**2 for deviation in deviations) / len(values)
    third = math.fsum(deviation**3 for deviation in deviations) / len(values)
    return float(abs(third) / second**1.5)


def level(g: float) -> float:
    """The level of the t quantile for a sample of skewness `g`."""
    return next(level for bound, level in LADDER if g <= bound)


def _look(until: Until, taken: Mapping[str, Sequence[float]], n: int) -> Look:
    widths: dict[str, float | None] = {}
    levels: dict[str, float] = {}
    met = True
    for target in until.targets:
        values = taken[target.metric][:n]
        if _binary(values):
            events = round(math.fsum(values))
            low, high = clopper_pearson(events, n)
            width = (high - low) / 2 if EVENTS <= events <= n - EVENTS else None
            levels[target.metric] = CONFIDENCE
        else:
            width, levels[target.metric], _ = _width(values)
        widths[target.metric] = width
        met = met and width is not None and width <= target.allowed(math.fsum(values) / n)
    return Look(n, widths, levels, met)


def _width(values: Sequence[float]) -> tuple[float | None, float, float]:
    """(half width of the widened interval, the level of its quantile, skewness)."""
    n = len(values)
    if n < 3 or min(values) == max(values):
        return None, CONFIDENCE, 0.0
    mean, g = math.fsum(values) / n, skewness(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return student_t(level(g), n - 1) * spread / math.sqrt(n), level(g), g


def _binary(values: Sequence[float]) -> bool:
    """Whether each value is 0 or 1, and both are there: of equal ones nobody can tell what they are."""
    return set(values) == {0.0, 1.0}


def _stride(taken: Mapping[str, Sequence[float]], n: int) -> int:
    """To the next look. A proportion is looked at in blocks: it moves in steps of one event."""
    steps = any(set(values[:n]) <= {0.0, 1.0} for values in taken.values())
    return BLOCK - n % BLOCK if steps else EVERY


def _why(until: Until, taken: Mapping[str, Sequence[float]], lost: int, tried: int) -> str:
    if lost > MOST_FAILED * tried:
        return f"{lost} of them have no value"
    parts = []
    for target in until.targets:
        values = taken[target.metric]
        if min(values) == max(values):
            parts.append(f"{target.metric} did not vary")
            continue
        reached = _look(Until((target,), until.most), taken, len(values)).half_widths[target.metric]
        mean = math.fsum(values) / len(values)
        if reached is None:
            parts.append(f"{target.metric} has fewer than {EVENTS} events or {EVENTS} without")
        elif reached > target.allowed(mean):
            shown = f"± {100 * reached / abs(mean):.3g} %" if target.relative and mean else f"± {reached:.3g}"
            parts.append(f"{target.metric} is known to {shown}, not {target.width}")
        else:
            parts.append(f"{target.metric} was narrow enough for the first time")
    return "; ".join(parts)


def _plain(number: float) -> str:
    return f"{number:.12g}"


def _absolute(target: Target) -> str:
    return f"{_plain(target.half_width)}{' ' if target.unit else ''}{target.unit}"
