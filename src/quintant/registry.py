"""The door by which labs enter: entry points of the group `quintant.labs`, ours and yours alike.

A lab that cannot be imported is shown with its reason instead of taking the server down. Ours keep their names: a package that
offers another lab called chip is shown as broken, unless the operator asks for it (`QUINTANT_LABS=chip=package:LAB`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Literal

from quintant import installation
from quintant.config import suggest
from quintant.errors import ConfigError, NotFound, NotInstalled, Problem
from quintant.lab import Lab

GROUP = "quintant.labs"
State = Literal["ready", "being installed", "not installed"]
OWN = "quintant"
"""The distribution whose labs no other may replace without being asked to."""
CHOICE = "QUINTANT_LABS"
"""The setting `labs` in the environment, by which zygotes and workers choose as their server does."""


@dataclass(frozen=True)
class Origin:
    """Where a lab came from: the distribution that named it, or the operator (`chip=package:LAB`, distribution "")."""

    distribution: str
    version: str
    value: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}" if self.distribution else f"{self.value}, by {CHOICE}"


@cache
def _offers() -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points of each name, the one that holds first: the operator's choice, then ours, then by distribution."""
    listed: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        # an editable installation may be listed twice, which is no second lab
        listed.setdefault(point.name, {}).setdefault((_origin(point).distribution, point.value), point)
    ordered = {name: tuple(sorted(points.values(), key=_rank)) for name, points in sorted(listed.items())}
    replaced = {name: value for name, value in _choice(os.environ.get(CHOICE)).items() if value is not None}
    return ordered | {name: (EntryPoint(name, value, GROUP),) for name, value in replaced.items()}


def _points() -> Mapping[str, EntryPoint]:
    return {name: points[0] for name, points in _offers().items()}


def _rank(point: EntryPoint) -> tuple[bool, str]:
    distribution = _origin(point).distribution
    return distribution != OWN, distribution


def _origin(point: EntryPoint) -> Origin:
    return Origin(point.dist.name, point.dist.version, point.value) if point.dist else Origin("", "", point.value)


def _choice(text: str | None) -> dict[str, str | None]:
    """The labs that a setting names, each with the "package:LAB" that replaces it, or None."""
    entries = (word.strip() for word in (text or "").split(","))
    return {name.strip(): value.strip() or None for name, _, value in (word.partition("=") for word in entries if word)}


@cache
def _loaded(name: str) -> Lab | str:
    """The lab behind an entry point, or why it is none."""
    point = _points()[name]
    try:
        lab = point.load()
    except Exception as error:  # a broken plugin is shown, never fatal
        return f"{type(error).__name__}: {error}"
    if not isinstance(lab, Lab):
        return f"{point.value} is a {type(lab).__name__}, not a quintant.lab.Lab"
    if lab.name != name:
        return f"the lab calls itself {lab.name!r}, its entry point {name!r}"
    return lab


class Labs(Mapping[str, Lab]):
    """The labs of these names that can be imported. Each is imported when it is first asked for: a command about one lab
    does not wait for the configs of all."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __getitem__(self, name: str) -> Lab:
        lab = _loaded(name) if name in self.names else None
        if not isinstance(lab, Lab):
            raise KeyError(name)
        return lab

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.names if isinstance(_loaded(name), Lab))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def labs(only: str | None = None) -> Labs:
    """The labs that can be imported, by name. `only` (setting `labs`): a comma-separated choice, in which
    `chip=package:LAB` takes that lab in place of the one called chip."""
    choice = _choice(only)
    if any(choice.values()) and os.environ.get(CHOICE) != only:
        os.environ[CHOICE] = str(only)  # of all processes that compute for this one
        forget()
    if not choice:
        return Labs(tuple(_points()))
    known = labs()
    for name, value in choice.items():
        if value is not None and isinstance(reason := _loaded(name), str):
            raise ConfigError(Problem("labs", f"{name}={value} cannot be taken: {reason}.", only))
    unknown = [name for name in choice if name not in known]
    if unknown:
        text = f"no lab is called {unknown[0]!r}; installed: {', '.join(known)}."
        raise ConfigError(Problem("labs", text, only, list(known), suggest(unknown[0], known)))
    return Labs(tuple(choice))


def broken() -> Mapping[str, str]:
    """Entry points whose lab could not be loaded or gave way to another, with the reason."""
    faults = {name: reason for name in _points() if isinstance(reason := _loaded(name), str)}
    for name, (chosen, *others) in _offers().items():
        for other in others:
            faults[f"{name} ({_origin(other)})"] = (
                f"{_origin(other)} and {_origin(chosen)} both offer a lab called {name}; that of {_origin(chosen)} is used. "
                f"{CHOICE}={name}={other.value} takes the other"
            )
    return faults


@cache
def origin(name: str) -> Origin:
    """Where the lab of this name came from. KeyError when there is none."""
    return _origin(_points()[name])


def offered(name: str, only: str | None = None) -> Lab:
    """The lab called `name` among those of `labs(only)`, ready or not: NotFound with a suggestion, NotInstalled when it cannot
    be loaded."""
    known = labs(only)
    if name not in known.names:
        raise NotFound("Lab", name, suggest(name, known) or f"Offered here: {', '.join(known) or 'none'}.")
    lab = _loaded(name)
    if isinstance(lab, str):
        raise NotInstalled(f"lab {name} cannot be loaded: {lab}")
    return lab


def find(name: str, only: str | None = None) -> Lab:
    """The same, ready to run: NotInstalled with the command that helps."""
    lab = offered(name, only)
    reason = missing(lab)
    if reason:
        raise NotInstalled(reason)
    return lab


def status(lab: Lab) -> tuple[State, str | None]:
    """Whether a lab can run, and if not, why and what helps."""
    adding = installation.current() if lab.extra else None
    progress = adding.tells(lab.extra) if adding else None
    if progress == "being installed":  # whatever of it is there already: half of a package may be
        return "being installed", f"lab {lab.name} is being installed; quintant labs tells when it is ready"
    if not lab.extra or all(find_spec(module) for module in lab.needs):
        return "ready", None
    how = f'pip install "quintant[{lab.extra}]"'
    return "not installed", f"lab {lab.name} is not installed: {progress or how}"


def missing(lab: Lab) -> str | None:
    """Why a lab is not installed, with the command that adds it; None when it is ready."""
    return status(lab)[1]


def forget() -> None:
    """Read the entry points anew (after an installation in the running process)."""
    _offers.cache_clear()
    _loaded.cache_clear()
    origin.cache_clear()
