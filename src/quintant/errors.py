"""The whole error tree.

    QuintantError                  something a person can act on; `code` is stable, the text is for reading
    ├── ConfigError                the input is not acceptable: one Problem per fault        (HTTP 422, exit 2)
    │   └── TooManyKeys            an object of more keys than anything here has: not looked at any further
    ├── NotFound                   no such run, lab, artifact, figure …                      (404, exit 2)
    ├── Forbidden                  the door is shut, or a path leaves its folder             (403)
    ├── Conflict                   the request does not fit the present state                (409)
    │   └── Changed                a file is not what was recorded of it
    ├── Gone                       the cursor points at what is no longer there              (410)
    ├── TooLarge                   a limit, named with its value                             (413)
    ├── Busy                       no slot became free in time                               (503)
    ├── StoreAway                  the database does not answer now, or is locked for long   (503)
    ├── StorageFull                the disk is full                                          (507)
    ├── StoreDamaged               the database is damaged; the text says what to do         (500)
    ├── NotInstalled               the lab's extra is missing; the text has the command      (501)
    ├── NotWritten                 a file of the user's own cannot be written; the text says why    (exit 2)
    ├── EngineError                the engine refused to go on; the Run fails with this text
    └── Unreachable                no server answered                                        (exit 3)

Every text says what, where and what is allowed; `Problem.hint` suggests the fix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

MOST_TOLD = 50
"""Problems that one answer tells: more help nobody, and an input of 300,000 faults must not cost 300,000 sentences."""
MOST_KEYS = 1000
"""Keys of one object of the input: no object of any lab or contract comes near."""


@dataclass(frozen=True)
class Problem:
    """One fault of an input: `path: message`, the value that was met, what is allowed, how to mend it."""

    path: str
    message: str
    value: Any = None
    allowed: Any = None
    hint: str | None = None

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text} {self.hint}" if self.hint else text


def first_told(problems: Iterable[Problem], more: int = 0, *, counted: bool = True) -> tuple[Problem, ...]:
    """The first MOST_TOLD of `problems`, and in a last one how many more there are: the rest of them, and `more`.

    Not `counted`: there are more than `more` says.
    """
    rest = iter(problems)
    kept = tuple(islice(rest, MOST_TOLD))
    more += sum(1 for _ in rest)
    return (*kept, Problem("", f"and {'' if counted else 'at least '}{more:,} more.")) if more else kept


class QuintantError(Exception):
    code = "error"
    status = 500

    @property
    def detail(self) -> str:
        return str(self)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the line of the user's own that met it, and the sentence, without our forty frames between."""
        import traceback

        here = __file__.rpartition("/")[0]
        own = [frame for frame in traceback.extract_tb(self.__traceback__) if not frame.filename.startswith(here)]
        lines = [f"{type(self).__name__}: {self}"]
        return [f"line {own[-1].lineno}:  {own[-1].line}", *lines] if own and own[-1].line else lines


class ConfigError(QuintantError):
    """The input was refused; nothing was created. `problems`: the faults in the order of the input, MOST_TOLD of them at
    most and the count of the others (`more`, `counted`: of those that are not even given)."""

    code = "invalid_config"
    status = 422

    def __init__(self, problems: Iterable[Problem] | Problem, more: int = 0, *, counted: bool = True) -> None:
        listed = (problems,) if isinstance(problems, Problem) else problems
        self.problems: tuple[Problem, ...] = first_told(listed, more, counted=counted)
        super().__init__("\n".join(map(str, self.problems)))


class TooManyKeys(ConfigError):
    """Refused before anything in it is validated: a suggestion for each unknown key would keep everybody waiting."""

    code = "too_many_keys"

    def __init__(self, count: int, path: str = "") -> None:
        super().__init__(Problem(path, f"an object has {count:,} keys; at most {MOST_KEYS:,} are read.", None, MOST_KEYS))


class NotFound(QuintantError):
    code = "not_found"
    status = 404

    def __init__(self, kind: str, id: str, hint: str | None = None) -> None:
        self.kind, self.id = kind, id
        super().__init__(f"{kind} not found: {id}" + (f". {hint}" if hint else ""))


class Forbidden(QuintantError):
    code = "forbidden"
    status = 403


class Conflict(QuintantError):
    code = "conflict"
    status = 409


class Changed(Conflict):
    code = "changed"


class Outdated(QuintantError):
    """Somebody else was faster: what was to be changed is not what it was when it was read."""

    code = "outdated"
    status = 412


class Gone(QuintantError):
    code = "gone"
    status = 410


class TooLarge(QuintantError):
    code = "too_large"
    status = 413


class Busy(QuintantError):
    code = "busy"
    status = 503


class StoreAway(QuintantError):
    """What was asked for may be asked for again: nothing is known to be wrong with it."""

    code = "store_away"
    status = 503


class StorageFull(QuintantError):
    code = "storage_full"
    status = 507


class StoreDamaged(QuintantError):
    code = "store_damaged"
    status = 500


class NotInstalled(QuintantError):
    code = "not_installed"
    status = 501


class NotWritten(QuintantError):
    """What was to be written where somebody asked for it could not be: a folder that is none, no right, no space."""

    code = "not_written"
    status = 409


class EngineError(QuintantError):
    code = "engine"
    status = 500


class Unreachable(QuintantError):
    code = "unreachable"
    status = 503
