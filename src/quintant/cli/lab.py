"""`quintant lab new NAME`: a package with a whole lab in it, to be changed into one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="lab", help="Make a lab of your own.", no_args_is_help=True, add_completion=False)
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")

PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "quintant-{name}"
version = "0.1.0"
description = "A lab for Quintant."
requires-python = ">=3.11"
dependencies = ["quintant"]

[project.entry-points."quintant.labs"]
{name} = "quintant_{name}:LAB"

[tool.hatch.build.targets.wheel]
packages = ["src/quintant_{name}"]
"""

TESTS = '''"""What every lab promises, and what this one is held against."""

from __future__ import annotations

import math

import pytest

from quintant.config import parse
from quintant.testing import conformance, trials
from quintant_{name} import LAB

SMALL = {{"atoms": 200}}


@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
def test_conformance(check):
    check(LAB, SMALL)


@pytest.mark.parametrize("name", trials.names(LAB))
def test_a_key_has_an_effect_where_it_is_read(name):
    trials.has_an_effect(LAB, SMALL, name, trials.Trial())


@pytest.mark.parametrize("name", trials.conditional(LAB))
def test_a_key_has_no_effect_where_it_is_not_read_and_says_so(name):
    trials.has_no_effect(LAB, SMALL, name, trials.Trial())


def test_the_share_left_is_that_of_the_law_of_decay():
    """N(t) / N(0) = 2^(-t / half-life) on average (Rutherford & Soddy 1902, doi 10.1080/14786440209462881): the number left is
    binomial, so the mean over 40 samples of 10,000 lies within 4 standard errors of it."""
    config = parse(LAB.config, {{"atoms": 10_000, "half_life_s": 10.0, "duration_s": 25.0}})
    law = 2.0 ** (-2.5)
    shares = [conformance.run(LAB, config, root)[1].metrics["left_share"].value for root in range(40)]
    assert abs(sum(shares) / len(shares) - law) < 4 * math.sqrt(law * (1 - law) / (10_000 * len(shares)))
'''

README = """# {name}

A lab for Quintant, begun from the decay of a radioactive sample: replace its keys, its engine and its test by your own.

    pip install --editable .          # beside Quintant; `quintant labs` lists it from then on
    quintant run {name}
    python -m pytest tests

`src/quintant_{name}/__init__.py` is the whole lab. What each part may say stands in `quintant.lab` and `quintant.config`.
"""


@app.callback()
def _lab() -> None:
    """Make a lab of your own."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name in URLs, tables and on the command line.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Folder to make [default: NAME].", show_default=False)
    ] = None,
) -> None:
    """Write a package with a whole lab, its tests and its entry point."""
    import quintant.testing.decay as decay
    from quintant import registry
    from quintant.destination import write
    from quintant.errors import ConfigError, Conflict, Problem

    if not NAME.fullmatch(name):
        text = f"must be 2 to 31 lower letters, digits and _, a letter first; got {name!r}."
        raise ConfigError(Problem("NAME", text, name))
    if name in registry.labs() or name in registry.broken():
        raise Conflict(
            f"There is a lab called {name} already ({registry.origin(name) if name in registry.labs() else 'broken'})."
        )
    folder = to or Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is there already, and is not an empty folder.")
    files = {
        "pyproject.toml": PROJECT.format(name=name),
        "README.md": README.format(name=name),
        f"src/quintant_{name}/__init__.py": _renamed(Path(decay.__file__).read_text(encoding="utf-8"), name),
        f"tests/test_{name}.py": TESTS.format(name=name),
    }
    for path, text in files.items():
        write(folder / path, text.encode())
    print(f"{folder}/")
    for path in files:
        print(f"  {path}")
    print(f"\nNext:  pip install --editable {folder}     then  quintant run {name}")


def _renamed(source: str, name: str) -> str:
    """The decay lab under another name."""
    title = "".join(part.capitalize() for part in name.split("_"))
    _, _, body = source.partition("from __future__")
    text = f'"""The {name} lab: begun from radioactive decay."""\n\nfrom __future__{body}'
    for old, new in (
        ("quintant.testing.decay:", f"quintant_{name}:"), ('name="decay"', f'name="{name}"'), ("DecayConfig", f"{title}Config"),
        ("DecayState", f"{title}State"), ("DecayEngine", f"{title}Engine"), ('tag="DC"', f'tag="{name[:2].upper()}"'),
    ):  # fmt: skip
        text = text.replace(old, new)
    return text
