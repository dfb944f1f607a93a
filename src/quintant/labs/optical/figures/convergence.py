"""O4, convergence: how the blocking measured so far settles, and how wide its interval still is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.hatch import hatch
from quintant.figure.number import SPACE, count, plain, scientific, significant
from quintant.lab import Outcome
from quintant.labs.optical.figures.replicates import facts, one_point
from quintant.labs.optical.figures.tables import take
from quintant.statistics import interval

NAME = "convergence"
WIDTH, HEIGHT, STRIP = 560, 260, 70
MOST_DOTS = 64
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """A thin line per replicate and a thick one for their mean, over the requests served, warm-up hatched."""
    point = one_point(NAME, outcomes)
    tracks, load, badges = _tracks(point.outcomes)
    warmup = point.config.warmup_requests if point.config.mode == "steady" else 0
    main = _single(tracks[0]) if len(tracks) == 1 else _mean(tracks)
    if not main and len(tracks) > 1 and any(moment.blocking for track in tracks for moment in track):
        raise cannot(NAME, "these runs have no number of requests in common at which all had blocked something")
    if not main:
        raise cannot(NAME, "nothing was blocked so far, and a log axis cannot show zero")
    plane = _Plane(tracks, main, warmup, theme)
    target = point.config.target_half_width if point.config.mode == "steady" else None
    upper = alt.layer(*_upper(tracks, main, plane, point.config.mode), width=WIDTH, height=HEIGHT).resolve_axis(
        x="independent", y="independent"
    )
    strip = _strip(tracks, main, plane, target)
    chart = alt.vconcat(upper, strip, spacing=14) if strip is not None else upper

    values = [moment.blocking for moment in main]
    n = len(tracks)
    replay = point.config.mode == "replay"
    alone = "interval so far over iterations, by FUSION's rule" if replay else "interval so far by batch means"
    band = {1: f"{alone}, n = 1 run", 2: "both of n = 2 seeds, no interval"}.get(
        n, f"mean ± 95{SPACE}% CI, n = {n} seeds; half-width of each run by {'iterations' if replay else 'batch means'}"
    )
    return captioned(
        chart,
        Caption(
            sentence=_sentence(main[-1], point.outcomes, n, target),
            what="Cumulative blocking by requests served",
            band=band,
            n=n,
            minimum=min(values),
            maximum=max(values),
            units={"x": "requests", "y": "1"},
            facts=(f"{plain(load)}{SPACE}E", *facts(point.config)),
            badges=(*point.badges, *badges),
        ),
    )


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


class _Plane:
    def __init__(self, tracks: Sequence[Sequence[Moment]], main: Sequence[Moment], warmup: int, theme: Theme) -> None:
        self.warmup, self.theme = warmup, theme
        self.end = warmup + max(moment.requests for track in tracks for moment in track)
        values = [moment.blocking for moment in _settled(main)]
        values += [m.blocking for track in tracks for m in _settled(track) if m.blocking > 0]
        values += [end for m in _settled(main) for end in (m.low, m.high) if end and m.blocking / 30 < end < m.blocking * 30]
        if len(tracks) == 1:
            values += _dots(tracks[0])
        room = max(1.03, (max(values) / min(values)) ** 0.06)
        self.domain = min(values) / room, min(1.0, max(values) * room)

    def at(self, moment: Moment) -> float:
        return (self.warmup + moment.requests) / 1000

    def x(self, axis: bool = True) -> alt.X:
        shown = alt.Axis(grid=False, title="Requests (thousands)") if axis else None
        return alt.X("x:Q", axis=shown, scale=alt.Scale(domain=[0, self.end / 1000], nice=False))

    def y(self, field: str, axis: Any = None) -> alt.Y:
        scale = alt.Scale(type="log", domain=list(self.domain), nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _upper(tracks: Sequence[Sequence[Moment]], main: Sequence[Moment], plane: _Plane, mode: str) -> list[Any]:
    theme, low = plane.theme, plane.domain[0]
    axis = alt.Axis(title="Cumulative blocking probability", **log_axis(plane.domain, near_ticks(plane.domain)))
    colour = theme.series[0]
    rows = [
        {
            "x": plane.at(m),
            "value": m.blocking,
            "high": m.high,
            "low": max(m.low, low / 2) if m.low is not None else None,
        }  # a bound of 0 has no place on a log axis
        for m in main
    ]
    base = alt.Chart(alt.Data(values=rows))
    layers: list[Any] = [base.mark_point(opacity=0, clip=True).encode(x=plane.x(axis=False), y=plane.y("value", axis))]
    layers += _warmup(plane)
    bands = [row for row in rows if row["low"] and row["high"]]
    if len(bands) > 1:
        layers.append(
            alt.Chart(alt.Data(values=bands))
            .mark_area(opacity=0.18, color=colour, clip=True)
            .encode(x=plane.x(axis=False), y=plane.y("low"), y2="high:Q")
        )
    if len(tracks) == 1:
        shown = set(_dots(tracks[0]))
        dots = [{"x": plane.at(m), "value": m.batch} for m in tracks[0] if m.batch in shown]
        layers.append(
            alt.Chart(alt.Data(values=dots))
            .mark_point(filled=True, size=16, color=theme.muted, opacity=0.7)
            .encode(
                x=plane.x(axis=False),
                y=plane.y("value"),
                tooltip=[alt.Tooltip("value:Q", title="iteration" if mode == "replay" else "batch", format=".3e")],
            )
        )
    else:
        thin = [
            {"x": plane.at(m), "value": m.blocking, "run": index}
            for index, track in enumerate(tracks)
            for m in track
            if m.blocking > 0
        ]
        layers.append(
            alt.Chart(alt.Data(values=thin))
            .mark_line(strokeWidth=0.8, color=theme.muted, opacity=0.75, clip=True)
            .encode(x=plane.x(axis=False), y=plane.y("value"), detail="run:N")
        )
    if len(tracks) != 2:
        layers.append(
            base.mark_line(strokeWidth=2.6, color=colour, clip=True).encode(
                x=plane.x(axis=False), y=plane.y("value"), tooltip=[alt.Tooltip("value:Q", format=".3e")]
            )
        )
    if len(tracks) == 1 and mode != "replay":
        layers.append(
            alt.Chart(alt.Data(values=[{}])).mark_text(
                text="n = 1",
                align="right",
                baseline="top",
                x=alt.expr("width - 6"),
                y=4,
                fontSize=12,
                fontWeight="bold",
                color=theme.amber,
            )
        )
    return [*layers, *_warmup_label(plane)]


def _warmup(plane: _Plane) -> list[alt.Chart]:
    """What was served before measuring began: hatched, not cropped away."""
    if plane.warmup == 0:
        return []
    wide = WIDTH * plane.warmup / plane.end
    segments = hatch(
        (0, plane.warmup / 1000), plane.domain, lines=max(4, round((wide + HEIGHT) / 9)), log_y=True, slope=wide / HEIGHT
    )
    rows = [{"x": s["x"], "y": s["y"], "x2": s["x2"], "y2": s["y2"]} for s in segments]
    edge = alt.Chart(alt.Data(values=[{"x": plane.warmup / 1000}])).mark_rule(color=plane.theme.muted, strokeWidth=1)
    return [
        alt.Chart(alt.Data(values=rows))
        .mark_rule(color=plane.theme.muted, strokeWidth=0.6, opacity=0.7)
        .encode(x=plane.x(axis=False), y=plane.y("y"), x2="x2:Q", y2="y2:Q"),
        edge.encode(x=plane.x(axis=False)),
    ]


def _warmup_label(plane: _Plane) -> list[alt.Chart]:
    """What the hatch means, readable over the lines beside it."""
    if plane.warmup == 0:
        return []
    base = alt.Chart(alt.Data(values=[{"x": plane.warmup / 1000}])).encode(x=plane.x(axis=False))
    words: dict[str, Any] = {
        "text": "warm-up, not counted",
        "align": "left",
        "baseline": "bottom",
        "dx": 5,
        "y": HEIGHT - 5,
        "fontSize": 10,
    }
    return [
        base.mark_text(**words, color=plane.theme.surface, stroke=plane.theme.surface, strokeWidth=3.5, strokeJoin="round"),
        base.mark_text(**words, color=plane.theme.muted),
    ]


def _strip(tracks: Sequence[Sequence[Moment]], main: Sequence[Moment], plane: _Plane, target: float | None) -> Any:
    """Half the interval's width in percent of the value, with the target that each Run should reach: of the mean over
    seeds (thick) and of every Run alone (thin)."""
    thick = _half_widths(main, plane)
    if len(thick) < 2 and len(tracks) != 2:
        return None
    thin = [{**row, "run": index} for index, track in enumerate(tracks) for row in _half_widths(track, plane)]
    settled = [row["half"] for row in (*thick[len(thick) // 6 :], *(row for row in thin if row["x"] > plane.end / 6000))]
    top = max([*settled, 100 * target * 1.3 if target else 0])
    scale = alt.Scale(domain=[0, top], nice=True)
    theme = plane.theme
    y = alt.Y("half:Q", title=["± half-width", "(% of value)"], scale=scale, axis=alt.Axis(tickCount=3))
    layers: list[Any] = []
    if len(tracks) > 1:
        layers.append(
            alt.Chart(alt.Data(values=thin))
            .mark_line(strokeWidth=0.8, color=theme.muted, opacity=0.75, clip=True)
            .encode(x=plane.x(), y=y, detail="run:N")
        )
    if thick:
        layers.append(
            alt.Chart(alt.Data(values=thick))
            .mark_line(color=theme.series[0], strokeWidth=2, clip=True)
            .encode(x=plane.x(), y=y)
        )
    if target is not None:
        base = alt.Chart(alt.Data(values=[{"half": 100 * target}]))
        layers += [
            base.mark_rule(strokeDash=[5, 4], color=theme.muted).encode(y=y),
            base.mark_text(
                text=f"target ±{SPACE}{100 * target:g}{SPACE}%",
                align="left",
                baseline="bottom",
                dy=-2,
                x=4,
                fontSize=10,
                color=theme.muted,
            ).encode(y=y),
        ]
    return alt.layer(*layers, width=WIDTH, height=STRIP)


def _half_widths(moments: Sequence[Moment], plane: _Plane) -> list[dict[str, float]]:
    known = [(plane.at(moment), _relative(moment)) for moment in moments]
    return [{"x": x, "half": 100 * value} for x, value in known if value is not None]
