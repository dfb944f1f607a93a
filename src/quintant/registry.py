"""The door by which labs enter: entry points of the group `quintant.labs`, ours and yours alike.

A lab that cannot be imported is shown with its reason instead of taking the server down.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import MappingProxyType

from quintant.config import suggest
from quintant.errors import ConfigError, NotFound, NotInstalled, Problem
from quintant.lab import Lab

GROUP = "quintant.labs"


@cache
def _read() -> tuple[Mapping[str, Lab], Mapping[str, str]]:
    found: dict[str, Lab] = {}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            lab = point.load()
        except Exception as error:  # a broken plugin is shown, never fatal
            broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        if not isinstance(lab, Lab):
            broken[point.name] = f"{point.value} is a {type(lab).__name__}, not a quintant.lab.Lab"
        elif lab.name != point.name:
            broken[point.name] = f"the lab calls itself {lab.name!r}, its entry point {point.name!r}"
        else:
            found[lab.name] = lab
    return MappingProxyType(found), MappingProxyType(broken)


def labs(only: str | None = None) -> Mapping[str, Lab]:
    """The labs that can be imported, by name; `only` is a comma-separated choice (setting `labs`)."""
    found, _ = _read()
    if not only:
        return found
    chosen = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in found]
    if unknown:
        raise ConfigError(
            Problem(
                "labs",
                f"no lab is called {unknown[0]!r}; installed: {', '.join(found)}.",
                only,
                list(found),
                suggest(unknown[0], found),
            )
        )
    return {name: found[name] for name in chosen}


def broken() -> Mapping[str, str]:
    """Entry points whose lab could not be loaded, with the reason."""
    return _read()[1]


def find(name: str) -> Lab:
    """The lab called `name`, ready to run: NotFound with a suggestion, NotInstalled with the command that helps."""
    found, faults = _read()
    if name in found:
        lab = found[name]
        reason = missing(lab)
        if reason:
            raise NotInstalled(reason)
        return lab
    if name in faults:
        raise NotInstalled(f"lab {name} cannot be loaded: {faults[name]}")
    raise NotFound("Lab", name, suggest(name, found) or f"Installed: {', '.join(found) or 'none'}.")


def missing(lab: Lab) -> str | None:
    """Why a lab is not installed, with the command that adds it; None when it is ready."""
    if lab.extra and not all(find_spec(module) for module in lab.needs):
        return f'lab {lab.name} is not installed: pip install "quintant[{lab.extra}]"'
    return None


def forget() -> None:
    """Read the entry points anew (after an installation in the running process)."""
    _read.cache_clear()
