"""LabCard: what a door shows of a lab, whether it was read from an entry point here or from a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quintant.config import suggest
from quintant.errors import NotFound
from quintant.lab import Expected, Figure, Headline, Preset

if TYPE_CHECKING:
    from quintant.lab import Lab


@dataclass(frozen=True)
class LabCard:
    """`schema`: JSON Schema of the Config. `missing`: why the lab cannot run, if so."""

    name: str
    title: str
    tag: str
    says: str
    version: str
    missing: str | None
    headline: Headline
    presets: Mapping[str, Preset]
    default_preset: str
    schema: Mapping[str, Any]
    figures: tuple[Figure, ...] = ()
    exact: str = "platform"
    cite: str = ""

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.schema.get("properties", {}))

    def preset(self, name: str | None) -> Preset:
        """The preset called `name` (None: the lab's default one), or NotFound with a suggestion."""
        wanted = name or self.default_preset
        if wanted not in self.presets:
            raise NotFound(
                "Preset", f"{wanted} of {self.name}", suggest(wanted, self.presets) or f"There are: {', '.join(self.presets)}."
            )
        return self.presets[wanted]

    def figure(self, name: str) -> Figure:
        for figure in self.figures:
            if figure.name == name:
                return figure
        names = [figure.name for figure in self.figures]
        raise NotFound("Figure", f"{name} of {self.name}", suggest(name, names) or f"There are: {', '.join(names)}.")

    def base(self, preset: Preset) -> dict[str, Any]:
        """The config of a preset with every default beside it."""
        defaults = {name: one["default"] for name, one in self.schema.get("properties", {}).items() if "default" in one}
        return {**defaults, **preset.config}


def card(lab: Lab, missing: str | None = None) -> LabCard:
    """The card of an installed lab."""
    from quintant.config import json_schema

    return LabCard(
        name=lab.name,
        title=lab.title,
        tag=lab.tag,
        says=lab.says,
        version=lab.version,
        missing=missing,
        headline=lab.headline,
        presets=lab.presets,
        default_preset=lab.default_preset,
        schema=json_schema(lab.config),
        figures=tuple(lab.figures),
        exact=lab.exact,
        cite=lab.cite,
    )


def preset_from(one: Mapping[str, Any]) -> Preset:
    expected = tuple(
        Expected(
            each["metric"],
            each["value"],
            each["plus_minus"],
            each.get("source", ""),
            each.get("within_sd"),
            each.get("origin", "published"),
        )
        for each in one.get("expected", ())
    )
    return Preset(one["name"], one.get("title", ""), one.get("says", ""), one.get("config", {}), one.get("seeds", 1), expected)


def figure_from(one: Mapping[str, Any]) -> Figure:
    return Figure(one["name"], one.get("title", ""), one.get("says", ""), "", one.get("of", "run"), bool(one.get("hero")))


def headline_from(one: Mapping[str, Any]) -> Headline:
    return Headline(
        one["metric"],
        one.get("label", one["metric"]),
        one.get("unit", "1"),
        one.get("scale", "linear"),
        one.get("summarised", "final"),
    )
