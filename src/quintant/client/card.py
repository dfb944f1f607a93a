"""LabCard: what a door shows of a lab, whether it was read from an entry point here or from a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from quintant.config import suggest
from quintant.errors import NotFound
from quintant.lab import DEFAULT_PRESET, Expected, Figure, Headline, Preset

if TYPE_CHECKING:
    from quintant.lab import Lab


@dataclass(frozen=True)
class LabCard:
    """`missing`: why the lab cannot run, if so. `describe` gives the JSON Schema of the Config: most of what a lab is asked
    for needs none, and making or fetching it takes longer than all else."""

    name: str
    title: str
    tag: str
    says: str
    version: str
    missing: str | None
    headline: Headline
    presets: Mapping[str, Preset]
    default_preset: str
    describe: Callable[[], Mapping[str, Any]] = field(compare=False, repr=False)
    figures: tuple[Figure, ...] = ()
    exact: str = "platform"
    cite: str = ""
    state: str = "ready"
    """"ready", "being installed", "not installed"."""

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of the Config."""
        return self.describe()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.schema.get("properties", {}))

    def preset(self, name: str | None) -> Preset:
        """The preset called `name` (None or "default": the lab's default one), or NotFound with a suggestion."""
        wanted = self.default_preset if name is None or name == DEFAULT_PRESET else name
        if wanted not in self.presets:
            raise NotFound(
                "Preset", f"{wanted} of {self.name}", suggest(wanted, self.presets) or f"There are: {', '.join(self.presets)}."
            )
        return self.presets[wanted]

    def _repr_html_(self) -> str:
        from quintant.client import html

        return html.lab(self)

    def figure(self, name: str) -> Figure:
        for figure in self.figures:
            if figure.name == name:
                return figure
        names = [figure.name for figure in self.figures]
        raise NotFound("Figure", f"{name} of {self.name}", suggest(name, names) or f"There are: {', '.join(names)}.")

    def base(self, preset: Preset) -> dict[str, Any]:
        """The config of a preset with every default beside it."""
        defaults = {name: node["default"] for name, node in self.schema.get("properties", {}).items() if "default" in node}
        return {**defaults, **preset.config}


class Labs(tuple[LabCard, ...]):
    """Labs as a notebook shows them."""

    def _repr_html_(self) -> str:
        from quintant.client import html

        return html.labs(self)


def card(lab: Lab, missing: str | None = None, state: str = "ready") -> LabCard:
    """The card of a lab that is described here, whether it can run or not."""
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
        describe=lambda: json_schema(lab.config),
        figures=tuple(lab.figures),
        exact=lab.exact,
        cite=lab.cite,
        state=state,
    )


def preset_from(preset: Mapping[str, Any]) -> Preset:
    expected = tuple(
        Expected(
            each["metric"],
            each["value"],
            each["plus_minus"],
            each.get("source", ""),
            each.get("within_sd"),
            each.get("origin", "published"),
        )
        for each in preset.get("expected", ())
    )
    return Preset(
        preset["name"],
        preset.get("title", ""),
        preset.get("says", ""),
        preset.get("config", {}),
        preset.get("seeds", 1),
        expected,
        preset.get("follows", {}),
    )


def figure_from(figure: Mapping[str, Any]) -> Figure:
    return Figure(
        figure["name"], figure.get("title", ""), figure.get("says", ""), "", figure.get("of", "run"), bool(figure.get("hero"))
    )


def headline_from(headline: Mapping[str, Any]) -> Headline:
    return Headline(
        headline["metric"],
        headline.get("label", headline["metric"]),
        headline.get("unit", "1"),
        headline.get("scale", "linear"),
        headline.get("summarised", "final"),
        headline.get("course"),
    )
