"""`draw`: from a lab's Figure and the outcomes of Runs to one Vega-Lite specification that stands on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quintant.config import Config, canonical, config_hash
from quintant.errors import Conflict
from quintant.figure.caption import KEY, Caption, captioned
from quintant.figure.chart import building, specification
from quintant.figure.theme import Theme, find_theme
from quintant.figure.words import wrap
from quintant.lab import Figure, Outcome, Preview, load

WIDTH_PX = 640
"""Natural width of a whole figure: 169 mm at 96 px per inch."""

MANY_MARKS = 2000
"""Up to here browsers draw SVG, beyond on a canvas."""


def draw(figure: Figure, outcomes: Sequence[Outcome], theme: str | Theme = "light") -> dict[str, Any]:
    """The specification of `figure` for `outcomes`, with inline data, its theme and its caption (`usermeta.quintant`).

    Raises Conflict with the reason when these outcomes do not carry what the figure shows.
    """
    palette = find_theme(theme)
    if not outcomes:
        raise cannot(figure.name, "there is no run to draw")
    if figure.of == "run" and len(outcomes) > 1:
        raise cannot(figure.name, f"it shows one run and {len(outcomes)} were given; choose one of them")
    with building():
        chart = load(figure.build)(tuple(outcomes), palette)
    if KEY not in _usermeta(chart):
        chart = captioned(chart, Caption(sentence=figure.says, what=figure.title, n=len(outcomes), of="runs"))
    runs = [{"id": o.run_id, "name": o.name, "root_seed": o.root_seed, "state": o.state} for o in outcomes]
    return finished(chart, figure.name, palette, runs, list(dict.fromkeys(filter(None, map(_config_hash, outcomes)))))


def draw_preview(
    preview: Preview, config: Config, root_seed: int, chosen: Mapping[str, str], theme: str | Theme = "light"
) -> dict[str, Any]:
    """The specification of what a config alone shows. Conflict with the reason where it shows nothing."""
    palette = find_theme(theme)
    chart = load(preview.build)(config, root_seed, chosen, palette)
    spec = finished(chart, preview.name, palette, [], [config_hash(config)])
    block = spec["usermeta"][KEY]
    block["provenance"] = f"not run yet · root seed {root_seed} · config {config_hash(config)[:12]}"
    words = Caption(**{name: block[name] for name in Caption.__dataclass_fields__})
    block["caption"] = " ".join(f"{line}." for line in (words.sentence, *words.subtitle(), block["provenance"]))
    return spec


def finished(
    chart: Any, name: str, palette: Theme, runs: Sequence[Mapping[str, Any]], config_hashes: Sequence[str]
) -> dict[str, Any]:
    """A built chart with its theme, words and provenance."""
    with building():
        spec = specification(chart)
    spec["config"] = palette.vega_config()
    block = spec["usermeta"][KEY]
    words = Caption(**block)
    block |= {
        "figure": name,
        "theme": palette.name,
        "alt": words.alternative(),
        "runs": list(runs),
        "config_hashes": list(config_hashes),
    }
    block["provenance"] = provenance(block)
    block["caption"] = " ".join(f"{line}." for line in (words.sentence, *words.subtitle(), block["provenance"]))
    spec["description"] = block["alt"]
    spec["usermeta"]["embedOptions"] = {
        "renderer": "svg" if _marks(spec) <= MANY_MARKS else "canvas",
        "actions": {"export": True, "source": True, "compiled": False, "editor": False},
    }
    entitle(spec, WIDTH_PX)
    return spec


def cannot(name: str, why: str) -> Conflict:
    """A figure that can't be drawn says why instead of showing empty axes."""
    return Conflict(f"figure {name} cannot be drawn: {why}.")


def entitle(spec: dict[str, Any], width_px: float) -> None:
    """Set the title and subtitle from the caption, wrapped to a figure that is `width_px` wide."""
    block = spec["usermeta"][KEY]
    words = Caption(**{name: block[name] for name in Caption.__dataclass_fields__})
    spec["title"] = {
        "text": wrap(words.sentence, width_px - 24, size_px=14, bold=True),
        "subtitle": [part for line in words.subtitle() for part in wrap(line, width_px - 24, size_px=11)],
    }


def provenance(block: Mapping[str, Any]) -> str:
    """The line that leads from a printed figure back to its Runs: "run 7f3a9c41d2aa · config 3f2a91c4d0b1"."""
    ids = [run["id"] for run in block["runs"]]
    shown = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
    seeds = sorted({run["root_seed"] for run in block["runs"]})
    if len(seeds) > 1 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        spoken = f"{seeds[0]}–{seeds[-1]}"
    else:
        spoken = ", ".join(map(str, seeds[:6])) + (" …" if len(seeds) > 6 else "")
    parts = [f"run{'s' if len(ids) > 1 else ''} {shown}", f"root seed{'s' if len(seeds) > 1 else ''} {spoken}"]
    hashes = block["config_hashes"]
    if hashes:
        more = f" and {len(hashes) - 1} more" if len(hashes) > 1 else ""
        parts.append(f"config {hashes[0][:12]}{more}")
    return " · ".join(parts)


def _usermeta(chart: Any) -> Mapping[str, Any]:
    usermeta = getattr(chart, "usermeta", None)
    return usermeta if isinstance(usermeta, Mapping) else {}


def _config_hash(outcome: Outcome) -> str | None:
    import hashlib

    if isinstance(outcome.config, Config):
        return config_hash(outcome.config)
    if isinstance(outcome.config, Mapping):
        return hashlib.sha256(canonical(outcome.config)).hexdigest()
    return None


def _marks(spec: Mapping[str, Any]) -> int:
    """Rows of inline data, an upper bound of the marks where no layer shares data with another."""
    rows = sum(values.count("\n") if isinstance(values, str) else len(values) for values in spec.get("datasets", {}).values())
    return rows + _inline(spec)


def _inline(view: Any) -> int:
    if isinstance(view, Mapping):
        data = view.get("data")
        values = data.get("values") if isinstance(data, Mapping) else None
        own = len(values) if isinstance(values, list) else values.count("\n") if isinstance(values, str) else 0
        parts = (part for name in ("layer", "vconcat", "hconcat", "concat") for part in view.get(name, ()))
        return own + sum(map(_inline, parts))
    return 0
