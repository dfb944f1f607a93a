"""The command line `quintant`: thin verbs over one Door.

app         the verbs, gathered
door        what a verb asks for: one interface, `local` (the runs facade in this process) and `remote` (a server)
values      what --set and --sweep mean
following   following Runs until they end; `progress`, `bar`, `jsonlines` show it
report      the end of a run: headline with its interval, published number, figure, again and verify lines
problems    errors as the terminal tells them; exit codes 0 ok, 1 failed, 2 bad input, 3 no server, 130 interrupted
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from quintant import garbage


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one verb and leave with its exit code."""
    garbage.seldom()
    sys.exit(call(arguments))


def call(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code. Errors that a person can act on are told, all others are raised."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    import typer

    from quintant.cli.app import app
    from quintant.errors import QuintantError

    try:
        code = app(args=list(arguments) if arguments is not None else None, prog_name="quintant", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:
        return _usage(error)
    except typer.Abort:
        print("error: stopped at a question", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`quintant list | head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except QuintantError as error:
        from quintant.cli.problems import tell

        return tell(error)
    except OSError as error:
        if error.filename is None:
            raise  # of no file: a fault of ours
        # A lab's verb, a file that went away, a disk that is full: the system's own words about the file that it names.
        print(f"error: {os.fsdecode(error.filename)}: {error.strerror}.", file=sys.stderr)
        return 2


def _usage(error: Exception) -> int:
    context = getattr(error, "ctx", None)
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    print(f"error: {text[:1].lower()}{text[1:]}", file=sys.stderr)
    if context is not None:
        print(f"       See: {context.command_path} --help", file=sys.stderr)
    return getattr(error, "exit_code", 2) or 2
