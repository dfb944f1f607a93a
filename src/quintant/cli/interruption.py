"""Ctrl-C, a closed terminal and a polite kill all mean the same: stop what was started here, then leave."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quintant.cli.door import Door
    from quintant.cli.following import Stopped
    from quintant.runs.run import Run

POLITE = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass
class Interruption:
    heard: bool = False


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does; what the caller has us ignore (nohup) stays ignored."""
    with _handled(_interrupt):
        yield


@contextmanager
def postponed() -> Iterator[Interruption]:
    """The first interruption in here is only noted, and told: a request that is on its way may start something, and whoever
    leaves before the answer cannot stop it. The second one is obeyed at once."""
    interruption = Interruption()

    def note(number: int, frame: FrameType | None) -> None:
        if interruption.heard:
            raise KeyboardInterrupt
        interruption.heard = True
        tell_stopping()

    with _handled(note):
        yield interruption


@contextmanager
def _handled(handler: object) -> Iterator[None]:
    heard = [number for number in (signal.SIGINT, *POLITE) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def tell_stopping() -> None:
    """Said at once: the ends of what runs elsewhere may take a moment."""
    print("stopping …", file=sys.stderr, flush=True)


def stop(door: Door, runs: Sequence[Run]) -> Stopped:
    """Cancel what was started here; what is still ending then is told."""
    from quintant.cli import following

    stopped = following.cancel(door, runs)
    if stopped.ending:
        print(f"still ending: {' '.join(stopped.ending[:10])}{' …' if len(stopped.ending) > 10 else ''}", file=sys.stderr)
    return stopped


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
