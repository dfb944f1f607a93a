"""Trials: one strategy of one config with its replicates. A Run of several strategies holds several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc

from quintant.figure import cannot
from quintant.figure.columns import given
from quintant.figure.number import SPACE, many
from quintant.figure.replicates import differing, fold
from quintant.figure.swept import spoken
from quintant.lab import Outcome
from quintant.labs.federated.config import FederatedConfig, StrategyConfig
from quintant.labs.federated.figures.attacks import attack_words
from quintant.labs.federated.selection import malicious

Array = np.ndarray[Any, Any]
ALONE = ("aggregation_strategy_keyword", "attack_schedule", "num_of_malicious_clients")
"""Keys that a trial's name tells anyway (or that follow from the schedule)."""


@dataclass(frozen=True)
class Trial:
    """`index`: place of the strategy in its Run's list. `more`: what sets it apart besides rule and attack."""

    index: int
    plan: StrategyConfig
    outcomes: tuple[Outcome, ...]
    more: str = ""

    @property
    def rule(self) -> str:
        return self.plan.aggregation_strategy_keyword + (" (paper)" if self.plan.paper_exact else "")

    @property
    def defence(self) -> str:
        return f"{self.rule}, {self.more}" if self.more else self.rule

    @property
    def attack(self) -> str:
        return attack_words(self.plan)

    @property
    def attackers(self) -> tuple[int, ...]:
        return malicious(self.plan.attack_schedule, self.plan.num_of_clients)

    @property
    def clean(self) -> bool:
        return not self.plan.attack_schedule

    def columns(self, figure: str, outcome: Outcome, table: str) -> Mapping[str, Array]:
        """The rows of this strategy in one table of one Run, by column, nulls as NaN."""
        rows = given(figure, outcome, table)
        rows = rows.filter(pc.equal(rows.column("strategy"), self.index))
        return {name: rows.column(name).to_numpy(zero_copy_only=False) for name in rows.column_names}


def trials(figure: str, outcomes: Sequence[Outcome]) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    """All trials of these outcomes, in order, and badges that tell what was left out; Conflict when nothing was measured."""
    every: list[Trial] = []
    badges: list[str] = []
    measured = [outcome for outcome in outcomes if "rounds" in outcome.tables]
    for replicates in fold(measured, FederatedConfig):
        badges += replicates.badges
        for index, plan in enumerate(replicates.config.plans):
            begun = tuple(outcome for outcome in replicates.outcomes if _has_begun(outcome, index))
            if begun:
                every.append(Trial(index, plan, begun))
    if not every:
        given(figure, outcomes[0], "rounds")
        raise cannot(figure, f"run {outcomes[0].run_id} ({outcomes[0].state}) has finished no round yet")
    if len(measured) < len(outcomes):
        badges.append(f"{len(outcomes) - len(measured)} of {len(outcomes)} runs left out: no round finished yet")
    return named(every), tuple(dict.fromkeys(badges))


def _has_begun(outcome: Outcome, index: int) -> bool:
    return bool(pc.any(pc.equal(outcome.tables["rounds"].column("strategy"), index)).as_py())


def named(every: Sequence[Trial]) -> tuple[Trial, ...]:
    """The trials with `more` set to the values in which those of the same rule differ, attack aside."""
    settings = [_setting(trial.plan) for trial in every]
    trials = []
    for trial, own in zip(every, settings, strict=True):
        keys = differing([other for peer, other in zip(every, settings, strict=True) if peer.rule == trial.rule])
        more = ", ".join(f"{key.replace('_', ' ')} {spoken(own[key])}" for key in keys)
        trials.append(replace(trial, more=more))
    return tuple(trials)


def names(every: Sequence[Trial]) -> tuple[str, ...]:
    """What sets each trial apart, as short as possible: the defence, the attack, or both; numbered where nothing does."""
    both = [f"{trial.defence} · {trial.attack}" for trial in every]
    for labels in ([trial.defence for trial in every], [trial.attack for trial in every], both):
        if len(set(labels)) == len(every):
            return tuple(labels)
    return tuple(f"{number}. {label}" for number, label in enumerate(both, 1))


def facts(every: Sequence[Trial]) -> tuple[str, ...]:
    """What is the same for all trials and changes results."""
    plans = [trial.plan for trial in every]
    first = plans[0]
    substitute = next((name for trial in every for outcome in trial.outcomes if (name := _substitute(trial, outcome))), None)
    parts = {
        "dataset_keyword": f"{substitute} in the place of {first.dataset_keyword}" if substitute else first.dataset_keyword,
        "num_of_clients": _participants(first),
        "partitioning_strategy": f"{first.partitioning_strategy} split",
        "model_type": first.model_type,
        "num_of_client_epochs": f"{many(first.num_of_client_epochs, 'epoch')} a round",
    }
    kept = [text for key, text in parts.items() if len({getattr(plan, key) for plan in plans}) == 1]
    attacks = {trial.attack for trial in every}
    return (*kept, *attacks) if len(attacks) == 1 else tuple(kept)


def percent_of(share: float) -> str:
    """0.831 -> "83.1 %": accuracies are told to a tenth of a point."""
    return f"{100 * share:.1f}{SPACE}%"


def _participants(plan: StrategyConfig) -> str:
    some = plan.clients_per_round
    drawn = f"{some} of " if some is not None and some < plan.num_of_clients else ""
    return f"{drawn}{plan.num_of_clients}{SPACE}participants{' a round' if drawn else ''}"


def _substitute(trial: Trial, outcome: Outcome) -> str | None:
    """What stood for the data set that was asked for, as the engine told it; None where it was that set itself."""
    events = (event.payload for event in outcome.events if event.kind == "substituted")
    return next((str(event["actual"]) for event in events if event.get("strategy") == trial.index), None)


def _setting(plan: StrategyConfig) -> dict[str, Any]:
    return plan.model_dump(mode="json", exclude={*ALONE, "paper_exact"})
