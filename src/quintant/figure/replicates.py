"""Replicates: outcomes that differ only in root seed belong together, whatever the lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from quintant.config import Config, canonical, parse
from quintant.lab import Outcome

C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Replicates(Generic[C]):
    """One config and its outcomes, each root seed once. `badges`: what was left out."""

    config: C
    outcomes: tuple[Outcome, ...]
    badges: tuple[str, ...] = ()


def fold(outcomes: Sequence[Outcome], kind: type[C]) -> tuple[Replicates[C], ...]:
    """The outcomes by config, in the order of their first appearance. A seed that comes twice counts once: running it
    again gives the same numbers, not another replicate."""
    configs: dict[bytes, C] = {}
    by_key: dict[bytes, dict[int, Outcome]] = {}
    again: dict[bytes, int] = {}
    for outcome in outcomes:
        config = config_of(outcome, kind)
        key = canonical(config)
        configs.setdefault(key, config)
        seeds = by_key.setdefault(key, {})
        if outcome.root_seed in seeds:
            again[key] = again.get(key, 0) + 1
        seeds.setdefault(outcome.root_seed, outcome)
    return tuple(Replicates(configs[key], tuple(seeds.values()), _repeated(again.get(key, 0))) for key, seeds in by_key.items())


def config_of(outcome: Outcome, kind: type[C]) -> C:
    return outcome.config if isinstance(outcome.config, kind) else parse(kind, outcome.config)


def differing(settings: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Keys in which the given settings differ, in their order."""
    return tuple(key for key in settings[0] if any(setting[key] != settings[0][key] for setting in settings))


def _repeated(n: int) -> tuple[str, ...]:
    if n == 0:
        return ()
    return (f"{n} {'run repeats' if n == 1 else 'runs repeat'} a seed and count{'s' if n == 1 else ''} once",)
