"""O4, convergence: how the blocking measured so far settles, and how wide its interval still is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.excluded import excluded
from quintant.figure.lettering import alone, haloed, small
from quintant.figure.number import SPACE, count, plain, scientific, significant
from quintant.figure.plane import Drawing, Layers, Plane, Side, across, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.optical.figures.replicates import facts, one_point
from quintant.labs.optical.figures.tables import take
from quintant.statistics import interval

NAME = "convergence"
WIDTH, HEIGHT, STRIP = 560, 260, 70
MOST_DOTS = 64
THIN = {"strokeWidth": 0.8, "opacity": 0.75, "clip": True}
"""One replicate of several."""
MOST_MOMENTS = 2000  # of one curve: more than a page has pixels, and what a renderer draws at once


@dataclass(frozen=True)
class Moment:
    """Blocking of all measured requests up to here; `low`, `high`: the interval of this Run alone. `batch`: only those
    since the moment before."""

    requests: int
    blocking: float
    low: float | None
    high: float | None
    batch: float | None


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """A thin line per replicate and a thick one for their mean, over the requests served, warm-up hatched."""
    point = one_point(NAME, outcomes)
    tracks, load, badges = _tracks(point.outcomes)
    warmup = point.config.warmup_requests if point.config.mode == "steady" else 0
    main = _single(tracks[0]) if len(tracks) == 1 else _mean(tracks)
    if not main and len(tracks) > 1 and any(moment.blocking for track in tracks for moment in track):
        raise cannot(NAME, "these runs have no number of requests in common at which all had blocked something")
    if not main:
        raise cannot(NAME, "nothing was blocked so far, and a log axis cannot show zero")
    course = Course(tracks, main, warmup, theme)
    target = point.config.target_half_width if point.config.mode == "steady" else None
    upper, strip = _upper(course, point.config.mode), _strip(course, target)
    n, replay = len(tracks), point.config.mode == "replay"
    single = "interval so far over iterations, by FUSION's rule" if replay else "interval so far by batch means"
    each = "iterations" if replay else "batch means"
    bands = {1: f"{single}, n = 1 run", 2: "both of n = 2 seeds, no interval"}
    caption = Caption(
        sentence=_sentence(main[-1], point.outcomes, n, target),
        what="Cumulative blocking by requests served",
        band=bands.get(n, f"mean ± 95{SPACE}% CI, n = {n} seeds; half-width of each run by {each}"),
        n=n,
        facts=(f"{plain(load)}{SPACE}E", *facts(point.config)),
        badges=(*point.badges, *badges),
        **span([moment.blocking for moment in main], x="requests", y="1"),
    )
    return captioned(upper if strip is None else alt.vconcat(upper, strip, spacing=14), caption)


def _sentence(last: Moment, outcomes: Sequence[Outcome], n: int, target: float | None) -> str:
    """A single ended Run is told with the interval and the verdict of its own result."""
    low, high = last.low, last.high
    metric = outcomes[0].metrics.get("blocking")
    if n == 1 and metric is not None and metric.value == last.blocking:
        low, high = metric.low, metric.high
    after = f"after {count(last.requests)} requests" + (" per seed" if n > 1 else "")
    if low is None or high is None:
        sentence = f"Blocking {scientific(last.blocking, 3)} {after}"
    else:
        half = (high - low) / 2
        sentence = (
            f"Blocking {scientific(last.blocking, significant(last.blocking, half))} is known to "
            f"±{SPACE}{100 * half / last.blocking:.2g}{SPACE}% {after}"
        )
    if target is not None:
        verdicts = [metric.value for outcome in outcomes if (metric := outcome.metrics.get("converged")) is not None]
        reached = sum(1 for verdict in verdicts if verdict)
        goal = f"target ±{SPACE}{100 * target:g}{SPACE}%"
        if len(verdicts) == 1:
            sentence += f"; {goal} {'reached' if reached else 'not reached'}"
        elif verdicts:
            sentence += f"; {goal} reached by {reached} of {len(verdicts)} runs"
    return sentence


def _tracks(outcomes: Sequence[Outcome]) -> tuple[list[list[Moment]], float, tuple[str, ...]]:
    """One track per Run: from its table when it has ended, from its progress while it runs."""
    ended = [outcome for outcome in outcomes if "batches" in outcome.tables]
    live = [outcome for outcome in outcomes if "batches" not in outcome.tables]
    tracks, badges, load = [], [], math.nan
    if ended:
        taken = take(NAME, ended, "batches")
        load, badges = taken.load_erlang, list(taken.badges)
        tracks = [
            [Moment(row["requests"], row["blocking"], row["low"], row["high"], row["batch_blocking"]) for row in part]
            for part in taken.rows
        ]
    running = [track for track in map(_progress, live) if track]
    if running and not ended:
        tracks, load = running, outcomes[0].config.load_erlang
        badges.append(f"{len(running)} still running" if len(running) > 1 else "still running")
    elif len(ended) < len(outcomes):
        badges.append(f"{len(outcomes) - len(ended)} of {len(outcomes)} runs left out: not ended")
    if len({track[-1].requests for track in tracks}) > 1:
        badges.append("the mean goes as far as every run does")
    if not tracks:
        raise cannot(NAME, f"no run has measured anything yet (run {outcomes[0].run_id} is {outcomes[0].state})")
    longest = max(map(len, tracks))
    if longest > MOST_MOMENTS:
        every = math.ceil(longest / MOST_MOMENTS)
        tracks = [_each(track, every) for track in tracks]
        badges.append(f"drawn at every {every}th moment")
    return tracks, load, tuple(badges)


def _each(track: list[Moment], every: int) -> list[Moment]:
    """Every so manyth moment and the last: each stands for all requests up to it, so nothing is lost between them."""
    return [*track[every - 1 : -1 : every], track[-1]]


def _progress(outcome: Outcome) -> list[Moment]:
    moments: list[Moment] = []
    for event in outcome.events:
        requests, blocking = event.payload.get("requests"), event.payload.get("blocking")
        if event.kind != "progress" or not requests or blocking is None:
            continue
        half = event.payload.get("half_width")
        low, high = (None, None) if half is None else (max(0.0, blocking - half), blocking + half)
        if not moments or requests > moments[-1].requests:
            moments.append(Moment(requests, blocking, low, high, None))
    return moments


def _single(track: Sequence[Moment]) -> list[Moment]:
    return [moment for moment in track if moment.blocking > 0]


def _mean(tracks: Sequence[Sequence[Moment]]) -> list[Moment]:
    """The mean and its interval over the replicates where all of them have been."""
    shared = set.intersection(*({moment.requests for moment in track} for track in tracks))
    by_request = [{moment.requests: moment.blocking for moment in track} for track in tracks]
    moments = []
    for requests in sorted(shared):
        estimate = interval([values[requests] for values in by_request], "log")
        if estimate.mean:
            moments.append(Moment(requests, estimate.mean, estimate.low, estimate.high, None))
    return moments


def _relative(moment: Moment) -> float | None:
    if moment.low is None or moment.high is None or moment.blocking == 0:
        return None
    return (moment.high - moment.low) / 2 / moment.blocking


def _settled(moments: Sequence[Moment]) -> Sequence[Moment]:
    """Without the first tenth, whose swings would squash the rest; they are drawn as far as they fit."""
    return moments[len(moments) // 10 :]


def _dots(track: Sequence[Moment]) -> list[float]:
    """Blocking of the single batches; left out when they are too many, and so too small, to tell anything."""
    dots = [moment.batch for moment in track if moment.batch]
    return dots if len(dots) <= MOST_DOTS else []


@dataclass(frozen=True)
class Course:
    """What is drawn: a track per Run, and their mean `main` (of a single one itself). Requests from 0 to `end`, those of the
    `warmup` first; `domain` of the blocking axis."""

    tracks: Sequence[Sequence[Moment]]
    main: Sequence[Moment]
    warmup: int
    theme: Theme

    @cached_property
    def end(self) -> int:
        return self.warmup + max(moment.requests for track in self.tracks for moment in track)

    @cached_property
    def domain(self) -> tuple[float, float]:
        main, tracks = _settled(self.main), [_settled(track) for track in self.tracks]
        values = [moment.blocking for moment in (*main, *chain(*tracks)) if moment.blocking > 0]
        ends = ((moment.blocking, end) for moment in main for end in (moment.low, moment.high))
        values += [end for middle, end in ends if end and middle / 30 < end < middle * 30]
        values += _dots(self.tracks[0]) if len(tracks) == 1 else []
        room = max(1.03, (max(values) / min(values)) ** 0.06)
        return min(values) / room, min(1.0, max(values) * room)

    @property
    def x(self) -> Side:
        return across(linear(0, self.end / 1000), alt.Axis(grid=False, title="Requests (thousands)"))

    def at(self, moment: Moment) -> float:
        return (self.warmup + moment.requests) / 1000


def _upper(course: Course, mode: str) -> Drawing:
    theme, domain, single = course.theme, course.domain, len(course.tracks) == 1
    axis = alt.Axis(title="Cumulative blocking probability", **log_axis(domain, near_ticks(domain)))
    plane = Plane(course.x, upward(alt.Scale(type="log", domain=list(domain), nice=False), axis), WIDTH, HEIGHT)
    rows = [{"x": course.at(moment), "value": moment.blocking, **_bounds(moment, domain[0])} for moment in course.main]
    base = plane.on(rows, "x", "value")
    layers: Layers = [base.mark_point(opacity=0, clip=True).encode(y=plane.y("value", True))]
    px = WIDTH * course.warmup / course.end
    layers += excluded(plane, course.warmup / 1000, px, domain, theme, log_y=True, opacity=0.7)
    bands = [row for row in rows if row["low"] and row["high"]]
    if len(bands) > 1:
        layers.append(plane.on(bands, "x", ("low", "high")).mark_area(opacity=0.18, color=theme.series[0], clip=True))
    if single:
        shown = set(_dots(course.tracks[0]))
        dots = [{"x": course.at(moment), "value": moment.batch} for moment in course.tracks[0] if moment.batch in shown]
        marks = plane.on(dots, "x", "value").mark_point(filled=True, size=16, color=theme.muted, opacity=0.7)
        layers.append(marks.encode(tooltip=[tip("value:Q", "iteration" if mode == "replay" else "batch", ".3e")]))
    else:
        known = ((run, moment) for run, track in enumerate(course.tracks) for moment in track if moment.blocking > 0)
        thin = [{"x": course.at(moment), "value": moment.blocking, "run": run} for run, moment in known]
        layers.append(plane.on(thin, "x", "value").mark_line(color=theme.muted, **THIN).encode(detail="run:N"))
    if len(course.tracks) != 2:
        line = base.mark_line(strokeWidth=2.6, color=theme.series[0], clip=True)
        layers.append(line.encode(tooltip=[tip("value:Q", format=".3e")]))
    if single and mode != "replay":
        layers.append(alone(theme, y=4))
    if course.warmup:
        place = {"align": "left", "baseline": "bottom", "dx": 5, "y": HEIGHT - 5, "fontSize": 10}
        edge = plane.on({"x": course.warmup / 1000}, "x")
        layers += haloed(edge, theme.muted, theme, text="warm-up, not counted", **place)
    return plane.layered(layers)


def _bounds(moment: Moment, least: float) -> dict[str, float | None]:
    """A bound of 0 has no place on a log axis."""
    return {"high": moment.high, "low": max(moment.low, least / 2) if moment.low is not None else None}


def _strip(course: Course, target: float | None) -> Drawing | None:
    """Half the interval's width in percent of the value, with the target that each Run should reach: of the mean over
    seeds (thick) and of every Run alone (thin)."""
    thick, theme = _half_widths(course.main, course), course.theme
    if len(thick) < 2 and len(course.tracks) != 2:
        return None
    thin = [{**row, "run": index} for index, track in enumerate(course.tracks) for row in _half_widths(track, course)]
    settled = [row["half"] for row in (*thick[len(thick) // 6 :], *(row for row in thin if row["x"] > course.end / 6000))]
    scale = alt.Scale(domain=[0, max([*settled, 100 * target * 1.3 if target else 0])], nice=True)
    y = upward(scale, alt.Axis(tickCount=3), title=["± half-width", "(% of value)"])
    plane = Plane(course.x.shown, y.shown, WIDTH, STRIP)
    layers: Layers = []
    if len(course.tracks) > 1:
        layers.append(plane.on(thin, "x", "half").mark_line(color=theme.muted, **THIN).encode(detail="run:N"))
    if thick:
        layers.append(plane.on(thick, "x", "half").mark_line(color=theme.series[0], strokeWidth=2, clip=True))
    if target is not None:
        base, text = plane.on({"half": 100 * target}, y="half"), f"target ±{SPACE}{100 * target:g}{SPACE}%"
        label = base.mark_text(text=text, align="left", baseline="bottom", dy=-2, x=4, **small(theme.muted))
        layers += [base.mark_rule(strokeDash=[5, 4], color=theme.muted), label]
    return alt.layer(*layers, width=WIDTH, height=STRIP)


def _half_widths(moments: Sequence[Moment], course: Course) -> list[dict[str, float]]:
    known = [(course.at(moment), _relative(moment)) for moment in moments]
    return [{"x": x, "half": 100 * value} for x, value in known if value is not None]
