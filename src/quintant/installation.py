"""Installation: what is still being added to this environment beside us, and what went wrong with that.

`tools/set_up.py` writes it down while it installs the extras, and holds a lock. Who finds the file without the lock being
held knows that it was not finished.
"""

from __future__ import annotations

import fcntl
import json
import sys
from dataclasses import dataclass
from pathlib import Path

NAME = "quintant-installation.json"


@dataclass(frozen=True)
class Installation:
    """`extras`: what is being added. `failed`: why it has ended without that, None while it goes on; `again`: the command
    that goes on with it; `log`: what it wrote."""

    extras: frozenset[str]
    failed: str | None
    again: str
    log: str

    def tells(self, extra: str | None) -> str | None:
        """What there is to say of an extra, or of all of them (None); None where it has no part in this."""
        if extra is not None and extra not in self.extras:
            return None
        if self.failed is None:
            return "being installed"
        what = "its installation" if extra else "installing the extras"
        return f"{what} failed ({self.failed.strip().splitlines()[-1]}; {self.log}). It goes on with: {self.again}"


def current(prefix: Path | None = None) -> Installation | None:
    """The installation of this environment that has not come to its good end; None as a rule."""
    path = (prefix or Path(sys.prefix)) / NAME
    try:
        note = json.loads(path.read_bytes())
        failed = note.get("failed") or (None if _held(Path(note["lock"])) else "it was interrupted")
        return Installation(frozenset(note["extras"]), failed, note["again"], note["log"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held(lock: Path) -> bool:
    with lock.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
