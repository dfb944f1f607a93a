"""The seven templates: complete FUSION configurations, written as INI files beside this page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from quintant.config import suggest
from quintant.errors import NotFound

NAMES = (
    "default",
    "minimal",
    "cross_platform",
    "runtime_config",
    "xtar_example_config",
    "policy_protection_example",
    "survivability_experiment",
)
DEFAULT = "default"


@dataclass(frozen=True)
class Template:
    """`content` is the INI text; its first comment line is the description."""

    name: str
    content: str

    @property
    def description(self) -> str:
        return self.content.splitlines()[0].lstrip("#; ").rstrip()

    @property
    def path(self) -> str:
        """Where the contract says that it stands; a name on the wire, not a file of this installation."""
        return f"fusion/configs/templates/{self.name}.ini"


def find(name: str) -> Template:
    if name not in NAMES:
        raise NotFound("Template", name, suggest(name, NAMES) or f"Available: {', '.join(NAMES)}")
    return _read(name)


def every() -> tuple[Template, ...]:
    """Sorted by name, as the original lists them."""
    return tuple(_read(name) for name in sorted(NAMES))


@lru_cache(maxsize=len(NAMES))
def _read(name: str) -> Template:
    folder = files("quintant.labs.optical.contract") / "templates"
    return Template(name, (folder / f"{name}.ini").read_text(encoding="utf-8"))
