"""F5, who was left out: how many of those left out attack, how many attackers are left out, how many others pay for it.

Told in the words of detection (an attacker left out is a hit), not by the contract's tp and fp, whose positive is "benign".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.lab import Outcome
from quintant.labs.federated.figures.attacks import many, shaded
from quintant.labs.federated.figures.plane import WIDTH, Line, Plane
from quintant.labs.federated.figures.trials import Trial, facts, names, trials

NAME = "removals"
MOST = 3
HEIGHT, STRIP = 120, 62


@dataclass(frozen=True)
class Round:
    """Participants of one round by truth and treatment."""

    number: int
    attackers_out: int
    attackers_in: int
    others_out: int
    others_in: int

    @property
    def precision(self) -> float | None:
        """Share of attackers among those left out; None where nobody is."""
        out = self.attackers_out + self.others_out
        return self.attackers_out / out if out else None

    @property
    def recall(self) -> float | None:
        """Share of the attackers left out; None where nobody attacks."""
        attackers = self.attackers_out + self.attackers_in
        return self.attackers_out / attackers if attackers else None


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    found, badges = trials(NAME, outcomes)
    counted = [(trial, _rounds(trial, outcome)) for trial in found]
    acting = [(trial, rounds) for trial, rounds in counted if any(one.attackers_out + one.others_out for one in rounds)]
    if not acting:
        raise cannot(NAME, f"{', '.join(dict.fromkeys(trial.rule for trial in found))} left nobody out")
    if len(acting[:MOST]) < len(found):
        badges = (*badges, f"{len(acting[:MOST])} of {len(found)} strategies drawn (those that leave out, at most {MOST})")
    acting = acting[:MOST]
    called = names(found)
    titles = [called[found.index(trial)] if len(found) > 1 else "" for trial, _ in acting]
    panels: list[Any] = []
    for (trial, rounds), title in zip(acting, titles, strict=True):
        panels += _panels(trial, rounds, title, trial is acting[-1][0], theme)
    told = _told(*acting[0])
    return captioned(
        alt.vconcat(*panels, spacing=8),
        Caption(
            sentence=f"{titles[0]}: {told}" if titles[0] else told,
            what="by round: share of attackers among those left out (precision), share of the attackers left out (recall), "
            "and how many benign participants were left out; a dash where there is nothing to divide by",
            n=acting[0][0].plan.num_of_clients,
            of="participants",
            units={"x": "round", "y": "1"},
            minimum=min(float(one.others_out) for _, rounds in acting for one in rounds),
            maximum=max(float(one.others_out) for _, rounds in acting for one in rounds),
            badges=badges,
            facts=facts([trial for trial, _ in acting]),
        ),
    )


def _rounds(trial: Trial, outcome: Outcome) -> list[Round]:
    columns = trial.columns(NAME, outcome, "rounds")
    return [
        Round(int(number), attackers_out=int(tn), attackers_in=int(fn), others_out=int(fp), others_in=int(tp))
        for number, tp, tn, fp, fn in zip(*(columns[name] for name in ("round", "tp", "tn", "fp", "fn")), strict=True)
    ]


def _panels(trial: Trial, rounds: Sequence[Round], title: str, lowest: bool, theme: Theme) -> list[Any]:
    last = trial.plan.num_of_rounds
    upper = Plane(last, "Share (%)", (0.0, 104.0), HEIGHT, theme)
    layers = [upper.frame(), *shaded([trial.plan], upper.x, upper.end, WIDTH, theme, label=not title)]
    lines = []
    for name, colour, dash in (("precision", theme.series[0], ()), ("recall", theme.series[2], (6, 3))):
        rows = [
            {
                "round": one.number,
                "mean": None if (value := getattr(one, name)) is None else 100 * value,
                "low": None,
                "high": None,
                "n": 1,
            }
            for one in rounds
        ]
        known = [row for row in rows if row["mean"] is not None]
        missing = [{"round": row["round"]} for row in rows if row["mean"] is None]
        if known:
            line = Line(known, name, colour, dash)
            lines.append(line)
            layers += _pieces(line, upper)
        if missing:
            layers.append(
                alt.Chart(alt.Data(values=missing))
                .mark_text(
                    text="–", y=HEIGHT - (8 if name == "precision" else 20), fontSize=12, fontWeight="bold", color=colour
                )
                .encode(x=upper.x("round"))
            )
    layers += upper.ends(lines)
    most = max(one.others_out for one in rounds)
    bars = Plane(last, "Benign out", (0.0, float(max(1, most)) * 1.1), STRIP, theme, lowest=lowest, whole=True)
    data = [{"from": one.number - 0.35, "to": one.number + 0.35, "count": one.others_out, "zero": 0} for one in rounds]
    lower = [
        bars.frame(),
        alt.Chart(alt.Data(values=data))
        .mark_rect(color=theme.muted, fillOpacity=0.75)
        .encode(
            x=bars.x("from"),
            x2="to:Q",
            y=bars.y("zero"),
            y2="count:Q",
            tooltip=[alt.Tooltip("count:Q", title="benign left out")],
        ),
    ]
    chart = upper.layered(layers)
    if title:
        chart = chart.properties(title=alt.Title(title, fontSize=12, anchor="start", offset=4))
    return [chart, bars.layered(lower)]


def _pieces(line: Line, plane: Plane) -> list[Any]:
    """The line broken where rounds are missing, with a point at each round."""
    piece = 0
    rows: list[dict[str, Any]] = []
    for row in line.rows:
        if rows and row["round"] != rows[-1]["round"] + 1:
            piece += 1
        rows.append({**row, "piece": piece})
    base = alt.Chart(alt.Data(values=rows)).encode(x=plane.x("round"), y=plane.y("mean"))
    dashed = {"strokeDash": list(line.dash)} if line.dash else {}
    return [
        base.mark_line(color=line.colour, strokeWidth=1.8, **dashed).encode(detail="piece:N"),
        base.mark_point(filled=True, size=22, opacity=1, color=line.colour).encode(
            tooltip=[alt.Tooltip("round:Q"), alt.Tooltip("mean:Q", title=f"{line.name} (%)", format=".1f")]
        ),
    ]


def _told(trial: Trial, rounds: Sequence[Round]) -> str:
    """Of the last round in which somebody attacks, or of the last one."""
    last = next((one for one in reversed(rounds) if one.recall is not None), rounds[-1])
    attackers, others = last.attackers_out + last.attackers_in, last.others_out + last.others_in
    kept = f"benign left out: {last.others_out} of {others}"
    if attackers:
        return f"{last.attackers_out} of {many(attackers, 'attacker')} left out in round {last.number}; {kept}"
    return f"Nobody attacks in round {last.number}; {kept}"
