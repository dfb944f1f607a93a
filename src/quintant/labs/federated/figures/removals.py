"""F5, who was left out: how many of those left out attack, how many attackers are left out, how many others pay for it.

Told in the words of detection (an attacker left out is a hit), not by the contract's tp and fp, whose positive is "benign".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.lettering import bold, heading
from quintant.figure.number import many
from quintant.figure.plane import Drawing, Layers
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.federated.figures.attacks import shaded
from quintant.labs.federated.figures.plane import Line, Rounds, rounds
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


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    every, badges = trials(NAME, outcomes)
    counted = [(trial, _rounds(trial, outcome)) for trial in every]
    acting = [(trial, rows) for trial, rows in counted if any(row.attackers_out + row.others_out for row in rows)]
    if not acting:
        raise cannot(NAME, f"{', '.join(dict.fromkeys(trial.rule for trial in every))} left nobody out")
    acting = acting[:MOST]
    if len(acting) < len(every):
        badges = (*badges, f"{len(acting)} of {len(every)} strategies drawn (those that leave out, at most {MOST})")
    labels = names(every)
    titles = [labels[every.index(trial)] if len(every) > 1 else "" for trial, _ in acting]
    panels: list[Drawing] = []
    for (trial, rows), title in zip(acting, titles, strict=True):
        lowest = trial is acting[-1][0]
        panels += [_shares(trial, rows, title, theme), _benign(trial, rows, lowest, theme)]
    caption = Caption(
        sentence=(f"{titles[0]}: " if titles[0] else "") + _sentence(acting[0][1]),
        what="by round: share of attackers among those left out (precision), share of the attackers left out (recall), "
        "and how many benign participants were left out; a dash where there is nothing to divide by",
        n=acting[0][0].plan.num_of_clients,
        of="participants",
        badges=badges,
        facts=facts([trial for trial, _ in acting]),
        **span([float(row.others_out) for _, rows in acting for row in rows], x="round", y="1"),
    )
    return captioned(alt.vconcat(*panels, spacing=8), caption)


def _rounds(trial: Trial, outcome: Outcome) -> list[Round]:
    columns = trial.columns(NAME, outcome, "rounds")
    return [
        Round(int(number), attackers_out=int(tn), attackers_in=int(fn), others_out=int(fp), others_in=int(tp))
        for number, tp, tn, fp, fn in zip(*(columns[name] for name in ("round", "tp", "tn", "fp", "fn")), strict=True)
    ]


def _shares(trial: Trial, counted: Sequence[Round], title: str, theme: Theme) -> Drawing:
    """Precision and recall by round."""
    plane = rounds(trial.plan.num_of_rounds, "Share (%)", (0.0, 104.0), HEIGHT)
    layers = [plane.axes(), *shaded([trial.plan], plane, theme, label=not title)]
    lines = []
    for name, colour, dash, y in (("precision", theme.series[0], (), 8), ("recall", theme.series[2], (6, 3), 20)):
        shares = [(row.number, getattr(row, name)) for row in counted]
        missing = [{"round": number} for number, share in shares if share is None]
        known = [
            {"round": number, "mean": 100 * share, "low": None, "high": None, "n": 1}
            for number, share in shares
            if share is not None
        ]
        if known:
            lines.append(Line(known, name, colour, dash))
            layers += _pieces(lines[-1], plane)
        if missing:
            layers.append(plane.on(missing, "round").mark_text(text="–", y=HEIGHT - y, **bold(colour, 12)))
    return plane.layered([*layers, *plane.ends(lines)], **heading(title))


def _benign(trial: Trial, counted: Sequence[Round], lowest: bool, theme: Theme) -> Drawing:
    """How many others were left out, as bars by round."""
    top = float(max(1, *(row.others_out for row in counted))) * 1.1
    plane = rounds(trial.plan.num_of_rounds, "Benign out", (0.0, top), STRIP, lowest=lowest, whole=True)
    data = [{"from": row.number - 0.35, "to": row.number + 0.35, "count": row.others_out, "zero": 0} for row in counted]
    bars = plane.on(data, ("from", "to"), ("zero", "count")).mark_rect(color=theme.muted, fillOpacity=0.75)
    return plane.layered([plane.axes(), bars.encode(tooltip=[tip("count:Q", "benign left out")])])


def _pieces(line: Line, plane: Rounds) -> Layers:
    """The line broken where rounds are missing, with a point at each round."""
    piece = 0
    rows: list[dict[str, Any]] = []
    for row in line.rows:
        if rows and row["round"] != rows[-1]["round"] + 1:
            piece += 1
        rows.append({**row, "piece": piece})
    base = plane.on(rows, "round", "mean")
    dashed = {"strokeDash": list(line.dash)} if line.dash else {}
    tips = ["round:Q", tip("mean:Q", f"{line.name} (%)", ".1f")]
    return [
        base.mark_line(color=line.colour, strokeWidth=1.8, **dashed).encode(detail="piece:N"),
        base.mark_point(filled=True, size=22, opacity=1, color=line.colour).encode(tooltip=tips),
    ]


def _sentence(counted: Sequence[Round]) -> str:
    """Of the last round in which somebody attacks, or of the last one."""
    last = next((row for row in reversed(counted) if row.recall is not None), counted[-1])
    attackers, others = last.attackers_out + last.attackers_in, last.others_out + last.others_in
    kept = f"benign left out: {last.others_out} of {others}"
    if attackers:
        return f"{last.attackers_out} of {many(attackers, 'attacker')} left out in round {last.number}; {kept}"
    return f"Nobody attacks in round {last.number}; {kept}"
