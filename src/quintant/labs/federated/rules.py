"""What no single key can know: which combinations are impossible, which are doubtful; one validator for every door.

Native configs come here through `StrategyConfig.check`; bodies of the contract, flat or structured, through `read`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from quintant.errors import Problem

if TYPE_CHECKING:
    from quintant.labs.federated.config import FederatedConfig, StrategyConfig


@dataclass(frozen=True)
class Reading:
    """A body of the contract as it was understood: the native config, its form, and what should be known of it.

    `output`: the contract's keys that shape files only (save_csv, save_plots, show_plots, preserve_dataset, display_name,
    attack_snapshot_format …), with their defaults.
    """

    config: FederatedConfig
    form: Literal["flat", "structured"]
    output: Mapping[str, Any]
    warnings: tuple[Problem, ...]


def read(body: Mapping[str, Any]) -> Reading:
    """Parse a body of the contract, or raise ConfigError with every fault under the path it has in the body."""
    raise NotImplementedError


def broken(plan: StrategyConfig) -> Iterator[Problem]:
    return iter(())


def doubtful(plan: StrategyConfig) -> Iterator[Problem]:
    return iter(())
