"""What no single key can know: which combinations are impossible, and which are doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from quintant.errors import Problem

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig


def broken(config: ChipConfig) -> Iterator[Problem]:
    labels = [one.label for one in config.populations]
    for at, label in enumerate(labels):
        if label in labels[:at]:
            yield Problem(f"populations.{at}.label", f"{label!r} is given twice.", label)


def doubtful(config: ChipConfig) -> Iterator[Problem]:
    yield from ()
