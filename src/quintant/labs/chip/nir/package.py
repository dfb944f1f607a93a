"""The package `nir`, and files of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quintant.errors import ConfigError, NotInstalled, Problem


def package() -> Any:
    """The module `nir`, or NotInstalled with the command that brings it."""
    try:
        import nir  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise NotInstalled('NIR graphs need the package nir: pip install "quintant[nir]"') from None
    return nir


def read(path: Path) -> Any:
    """The graph of a file. Shapes that a file leaves open are worked out later, from its inputs on."""
    nir = package()
    try:
        return nir.read(path, type_check=False)
    except FileNotFoundError:
        raise ConfigError(Problem("file", f"is not there: {path.name}.", path.name)) from None
    except (OSError, KeyError, ValueError, TypeError, AssertionError, AttributeError) as error:
        raise ConfigError(Problem("file", f"is not a NIR graph: {error}.", path.name)) from None


def write(path: Path, graph: Any) -> None:
    package().write(path, graph)
