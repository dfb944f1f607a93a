"""Page: what a lab tells people of itself, as one Markdown text with TeX between `$…$` and `$$…$$`.

A lab writes `page.md` in its package: what it simulates, its equations, what is measured, how it was verified. Three sections
are made where the text says `{{presets}}`, `{{parameters}}`, `{{cite}}` on a line of its own: from its presets and what they
gave here (`measured.json` beside the text, by `tools/measured.py`), from the schema of its config, and from `Lab.cite`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import orjson

from quintant.citation import software
from quintant.config import canonical, json_schema
from quintant.config.explanation import ranged, shown
from quintant.errors import NotFound
from quintant.lab import Expected, Lab, Preset

MADE = ("presets", "parameters", "cite")
LONGEST = 60
"""Characters of a default or range in the table of parameters; the rest is in `quintant explain`."""


@dataclass(frozen=True)
class MeasuredMetric:
    """Over the replicates of a preset, or of its one Run with that Run's own interval: `method` says which."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    unit: str
    method: str
    upper_limit: bool = False


@dataclass(frozen=True)
class MeasuredPreset:
    """What a preset gave when it was last measured. `config_sha256`: of the preset's config then; `seconds`: a Run's mean, wall
    clock."""

    config_sha256: str
    lab_version: str
    root_seed: int
    seeds: int
    platform: str
    seconds: float
    metrics: Mapping[str, MeasuredMetric] = field(default_factory=dict)

    def holds(self, lab: Lab, preset: Preset) -> bool:
        """Whether it was measured of this preset as it is, by this version of the lab."""
        same = self.config_sha256 == digest_of(preset)
        return same and self.lab_version == lab.version and self.seeds == preset.seeds


@dataclass(frozen=True)
class Section:
    """`title` is that of its heading; `id` the same in letters of an address."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Page:
    lab: str
    title: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All of it. The first section stands below the title, each other one below a heading of its own."""
        first, *others = self.sections
        parts = [f"# {self.title}", first.text, *(f"## {section.title}\n\n{section.text}" for section in others)]
        return "\n\n".join(parts) + "\n"


def page(lab: Lab) -> Page:
    """The page of a lab; one that writes none has what is made."""
    return _composed(lab, file_of(lab, "page.md").read_text(encoding="utf-8") if lab.page else _bare(lab))


def file_of(lab: Lab, name: str) -> Path:
    """A file beside the lab's page. NotFound where it has none."""
    if lab.page is None:
        raise NotFound("Page", lab.name)
    package, _, own = lab.page.partition(":")
    return Path(str(files(package))) / Path(own).with_name(name)


def digest_of(preset: Preset) -> str:
    """sha256 of the keys that a preset says: a preset with a whole network in it is known by 64 letters."""
    return hashlib.sha256(canonical(dict(preset.config))).hexdigest()


def measured(lab: Lab) -> Mapping[str, MeasuredPreset]:
    """By preset; {} where nothing was measured."""
    if lab.page is None or not (file := file_of(lab, "measured.json")).is_file():
        return {}
    return {
        name: MeasuredPreset(
            **{**preset, "metrics": {key: MeasuredMetric(**metric) for key, metric in preset["metrics"].items()}}
        )
        for name, preset in orjson.loads(file.read_bytes()).items()
    }


def _bare(lab: Lab) -> str:
    return f"# {lab.title}\n\n{lab.says}\n\n" + "\n\n".join(f"{{{{{name}}}}}" for name in MADE)


def _composed(lab: Lab, text: str) -> Page:
    made = {"presets": _presets, "parameters": _parameters, "cite": _cite}
    titles = {"presets": "Presets", "parameters": "Parameters", "cite": "Cite"}

    def section(match: re.Match[str]) -> str:
        return f"## {titles[match[1]]}\n\n{made[match[1]](lab)}"

    whole = re.sub(r"^\{\{(presets|parameters|cite)\}\}$", section, text, flags=re.MULTILINE)
    head, *parts = re.split(r"^## (?=\S)", whole, flags=re.MULTILINE)
    title, _, first = head.lstrip().removeprefix("# ").partition("\n")
    sections = [Section("what", "What it simulates", first.strip())]
    for part in parts:
        name, _, body = part.partition("\n")
        sections.append(Section(re.sub(r"\W+", "-", name.lower()).strip("-"), name.strip(), body.strip()))
    return Page(lab.name, title.strip(), tuple(sections))


# --- the sections that are made ---


def _presets(lab: Lab) -> str:
    known = measured(lab)
    rows = ["| preset | | measured here | expected |", "|---|---|---|---|"]
    for preset in lab.presets.values():
        mark = " (default)" if preset.name == lab.default_preset else ""
        once = known.get(preset.name)
        rows.append(
            f"| `{preset.name}`{mark} | {_cell(preset.says)} | {_cell(_measured(lab, preset, once))} "
            f"| {_cell('; '.join(_expected(number) for number in preset.expected))} |"
        )
    return "\n".join(rows) + (
        "\n\nMeasured by `tools/measured.py`; a test runs one preset of each lab again. The interval is the 95 % one over the"
        " seeds, of a single seed the run's own where it has one. What is expected says where it is from."
    )


def _measured(lab: Lab, preset: Preset, once: MeasuredPreset | None) -> str:
    if once is None or not once.holds(lab, preset):
        return "not yet"
    last = once.root_seed + once.seeds - 1
    seeds = f"seed {once.root_seed}" if once.seeds == 1 else f"seeds {once.root_seed}–{last}"
    names = [lab.headline.metric, *dict.fromkeys(number.metric for number in preset.expected)]
    values = [f"{name} {number(once.metrics[name])}" for name in dict.fromkeys(names) if name in once.metrics]
    return f"{', '.join(values) or 'nothing that has a number'}; {seeds}"


def number(metric: MeasuredMetric) -> str:
    """ "0.0299 [0.0291, 0.0307]", "47.1 Hz [46.6, 47.5]"."""
    unit = "" if metric.unit in ("1", "") else f" {metric.unit}"
    if metric.upper_limit and metric.high is not None:
        return f"below {metric.high:.2g}{unit}"
    if metric.mean is None:
        return "none"
    half = None if metric.low is None or metric.high is None else (metric.high - metric.low) / 2
    bounds = ""
    if half is not None and metric.low is not None and metric.high is not None:
        bounds = f" [{_digits(metric.low, half)}, {_digits(metric.high, half)}]"
    return f"{_digits(metric.mean, half)}{unit}{bounds}"


def _digits(value: float, half_width: float | None) -> str:
    """To the second digit of the half-width, else to four digits."""
    if float(value).is_integer() and abs(value) < 1e15 and not half_width:
        return f"{value:.0f}"
    if not half_width:
        return f"{value:.4g}"
    places = 1 - math.floor(math.log10(half_width))
    return f"{round(value, places):.{max(0, places)}f}" if places < 7 else f"{value:.3g}"


def _expected(number: Expected) -> str:
    within = f"{number.value:g}" if number.plus_minus == 0 else f"{number.value:g} ± {number.slack:g}"
    return (
        f"{number.metric} {within}, {number.origin}: {number.source}"
        if number.source
        else f"{number.metric} {within}, {number.origin}"
    )


def _parameters(lab: Lab) -> str:
    schema = json_schema(lab.config)
    rows = ["| key | unit | default | allowed | what it is |", "|---|---|---|---|---|"]
    for name, node in sorted(schema.get("properties", {}).items()):
        default = _short(shown(node["default"])) if "default" in node else "required"
        says = node.get("description", "")
        if "x-when" in node:
            sentence = node["x-when"]["sentence"]
            says += f" Read {'' if sentence.startswith('never:') else 'only when '}{sentence}."
        if node.get("source"):
            says += f" Default: {node['source']}."
        rows.append(
            f"| `{name}` | {_cell(node.get('unit', ''))} | `{default.replace('|', '/')}` "
            f"| {_cell(_short(ranged(schema, node)))} | {_cell(says)} |"
        )
    return "\n".join(rows) + f"\n\nOf one, with all its parts: `quintant explain {lab.name} KEY`."


def _cite(lab: Lab) -> str:
    own = software(f"lab {lab.name}, version {lab.version}").bibtex
    return "\n".join(["```bibtex", own, *([lab.cite.strip()] if lab.cite.strip() else []), "```"])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _cell(text: str) -> str:
    """Text that a cell of a table holds as it is: no row ends in it, no formula begins."""
    return " ".join(text.split()).replace("|", "\\|").replace("$", "\\$")
