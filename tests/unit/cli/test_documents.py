"""docs/cli.md names every verb and option that there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from quintant.cli.app import app

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
EVERYWHERE = {"--url", "--data-dir", "--help"}


def verbs() -> dict[str, set[str]]:
    found = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        parts = getattr(command, "commands", {"": command}).values()  # a verb with verbs of its own has all their options
        params = [one for part in parts for one in part.params]
        found[name] = {option for one in params for option in [*one.opts, *one.secondary_opts] if option.startswith("--")}
    return found


def documented() -> dict[str, set[str]]:
    table = PAGE.partition("## Verbs")[2].partition("## What to run")[0]
    found: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (`.*?) \|.*\| (.*?) ?\|$", table, re.M):
        for name in re.findall(r"`([a-z-]+)", row[0]):
            found[name] = set(re.findall(r"`(--[a-z-]+)`", row[1]))
    return found


def test_every_verb_and_option_is_documented_and_no_other():
    have, told = verbs(), documented()
    assert set(told) == set(have)
    for name, options in have.items():
        assert told[name] == options - EVERYWHERE, name


def test_the_common_options_are_where_the_page_says():
    for name, options in verbs().items():
        assert ("--data-dir" in options) == (name != "lab"), name
        assert ("--url" in options) == (
            name not in {"serve", "settings", "warm", "doctor", "backup", "restore", "data", "lab"}
        ), name


def test_the_exit_codes_are_those_of_the_code():
    from quintant.cli import problems

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.M)}
    assert told == {problems.OK, problems.FAILED, problems.BAD_INPUT, problems.UNREACHABLE, problems.INTERRUPTED}
