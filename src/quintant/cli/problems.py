"""Errors as the terminal tells them, and the exit code that each one means.

0 ok · 1 a run failed, or a verification found a difference · 2 bad input · 3 no server answers · 130 interrupted
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from quintant.config import suggest
from quintant.errors import (
    Changed,
    ConfigError,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    NotInstalled,
    NotWritten,
    Problem,
    QuintantError,
    TooLarge,
    Unreachable,
)

OK, FAILED, BAD_INPUT, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130


class Refused(QuintantError):
    """The command line itself is not acceptable; `hint` is a command that helps."""

    code = "usage"
    status = 400

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(message)


def exit_code(error: QuintantError) -> int:
    if isinstance(error, Unreachable):
        return UNREACHABLE
    if isinstance(error, Changed):  # a Conflict to the server; here the finding of who verifies or exports
        return FAILED
    if isinstance(error, ConfigError | NotFound | Conflict | Forbidden | Gone | TooLarge | NotInstalled | NotWritten | Refused):
        return BAD_INPUT
    return FAILED


def lines(error: QuintantError, lab: str | None = None, keys: frozenset[str] = frozenset()) -> Iterator[str]:
    """`error:` lines, then where to read more. `keys`: the lab's parameters, so that `See:` names one that exists."""
    if isinstance(error, ConfigError):
        see: list[str] = []
        for problem in error.problems:
            yield f"error: {sentence(problem, lab)}"
            about = _about(problem, keys)
            if about and about not in see:
                see.append(about)
        if lab:
            yield from (f"       See: quintant explain {lab} {name}" for name in see)
        return
    first, *rest = str(error).splitlines() or [type(error).__name__]
    yield f"error: {first}"
    yield from (f"       {line}" for line in rest)
    if isinstance(error, Refused) and error.hint:
        yield f"       {error.hint}"


def sentence(problem: Problem, lab: str | None = None) -> str:
    """`k_pths is not a parameter of optical. Did you mean k_paths?`, `slots: must be at least 1; got 0.`"""
    message, hint = problem.message, problem.hint
    if message == "is not a parameter.":
        if lab:
            message = f"is not a parameter of {lab}."
        hint = hint.replace("'", "") if hint else None
    joint = " " if message.startswith("is ") else ": "
    text = f"{problem.path}{joint}{message}" if problem.path else message
    return f"{text} {hint}" if hint else text


def tell(error: QuintantError, lab: str | None = None, keys: frozenset[str] = frozenset()) -> int:
    """Print the error to stderr; returns its exit code."""
    for line in lines(error, lab, keys):
        print(line, file=sys.stderr)
    return exit_code(error)


def _about(problem: Problem, keys: frozenset[str]) -> str | None:
    path = problem.path.removeprefix("sweep.").removeprefix("--set ").removeprefix("--sweep ").removeprefix("config.")
    top = path.partition(".")[0]
    if top in keys:
        return top
    hint = suggest(top, sorted(keys)) if top else None
    return hint.split("'")[1] if hint else None
