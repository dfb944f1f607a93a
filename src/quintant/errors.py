"""The whole error tree.

    QuintantError                  something a person can act on; `code` is stable, the text is for reading
    ├── ConfigError                the input is not acceptable: one Problem per fault        (HTTP 422, exit 2)
    ├── NotFound                   no such run, lab, artifact, figure …                      (404, exit 2)
    ├── Forbidden                  the door is shut, or a path leaves its folder             (403)
    ├── Conflict                   the request does not fit the present state                (409)
    ├── Gone                       the cursor points at what is no longer there              (410)
    ├── TooLarge                   a limit, named with its value                             (413)
    ├── Busy                       no slot became free in time                               (503)
    ├── NotInstalled               the lab's extra is missing; the text has the command      (501)
    ├── EngineError                the engine refused to go on; the Run fails with this text
    └── Unreachable                no server answered                                        (exit 3)

Every text says what, where and what is allowed; `Problem.hint` suggests the fix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


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


class QuintantError(Exception):
    code = "error"
    status = 500

    @property
    def detail(self) -> str:
        return str(self)


class ConfigError(QuintantError):
    """The input was refused; nothing was created. `problems` holds every fault, in the order of the input."""

    code = "invalid_config"
    status = 422

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


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


class Gone(QuintantError):
    code = "gone"
    status = 410


class TooLarge(QuintantError):
    code = "too_large"
    status = 413


class Busy(QuintantError):
    code = "busy"
    status = 503


class NotInstalled(QuintantError):
    code = "not_installed"
    status = 501


class EngineError(QuintantError):
    code = "engine"
    status = 500


class Unreachable(QuintantError):
    code = "unreachable"
    status = 503
