"""The cards of the empty page: each lab's default preset is run, its first figure drawn, and kept beside the lab's page
(`example.json`, `example-light.svg`, `example-dark.svg`). `tests/verification/house/test_examples_redrawn.py` draws them again.

    .venv/bin/python tools/examples.py                    every lab
    .venv/bin/python tools/examples.py optical chip       these
    .venv/bin/python tools/examples.py --data-dir DIR     with the runs that tools/measured.py kept there
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
from PIL import Image

from quintant import registry
from quintant.config import config_hash, parse
from quintant.example import THEMES, WIDTH_MM, Example, picture
from quintant.figure.draw import draw
from quintant.figure.export import export
from quintant.figure.parts import bare, spoken_parts
from quintant.lab import Figure, Lab, Outcome, Preset
from quintant.page import file_of
from quintant.runs import Run, Runs
from quintant.runs.facade import open_runs
from quintant.runs.lifecycle import State
from quintant.settings import Settings

LABS = ("optical", "spiking", "chip", "federated", "persona")
WAIT_S = 3600.0
IDENTITIES = ("runs", "config_hashes", "provenance", "caption")
"""What names Runs, which are on no other machine."""
MOST_BYTES, DPI, COLOURS = 120_000, 144, 32


def ended(runs: Runs, lab: Lab, preset: Preset, seeds: int) -> Sequence[Run]:
    """The first `seeds` Runs of the preset: those that the data folder holds, else new ones."""
    wanted = config_hash(parse(lab.config, preset.config))
    known = [
        run for run in runs.list(lab=lab.name, states=[State.COMPLETED], limit=500).items
        if run.config_hash == wanted and run.lab_version == lab.version
    ]  # fmt: skip
    by_seed = {run.root_seed: run for run in known}
    roots = [runs.settings.root_seed + index for index in range(seeds)]
    for root in roots:
        if root not in by_seed:
            run = runs.wait(runs.submit(lab.name, preset.config, name=preset.name, root_seed=root).id, WAIT_S)
            if run.state is not State.COMPLETED:
                raise SystemExit(f"{lab.name} {preset.name}: run {run.id} is {run.state}: {run.reason}")
            by_seed[root] = run
    return [by_seed[root] for root in roots]


def drawn(
    lab: Lab, preset: Preset, figure: Figure, outcomes: Sequence[Outcome], platform: str
) -> tuple[Example, dict[str, bytes]]:
    """The card, and its picture in each theme; Runs stand in it by their seeds, since their ids are on no other machine."""
    outcomes = [
        replace(one, run_id=f"seed-{one.root_seed}", name=preset.name, created_at="", started_at=None, ended_at=None)
        for one in outcomes
    ]
    specs = {theme: draw(figure, outcomes, theme) for theme in THEMES}
    told = {name: value for name, value in spoken_parts(specs["light"]).items() if name not in IDENTITIES}
    card = Example(
        lab=lab.name, preset=preset.name, lab_version=lab.version, config=dict(preset.config), root_seed=outcomes[0].root_seed,
        seeds=preset.seeds, figure=figure.name, of=figure.of, words=told, platform=platform,
    )  # fmt: skip
    return card, {theme: svg(bare(spec)) for theme, spec in specs.items()}


def svg(spec: dict[str, Any]) -> bytes:
    """The drawing; where it has so many marks that it would be megabytes, the same as one image in an SVG of the same size."""
    whole = export(spec, "svg", WIDTH_MM)
    if len(whole) <= MOST_BYTES:
        return whole
    head = whole[: whole.index(b">") + 1].decode()  # its size, in millimetres and in its own units
    _, _, width, height = re.findall(r'viewBox="([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)"', head)[0]
    image = Image.open(io.BytesIO(export(spec, "png", WIDTH_MM, DPI))).convert("RGB").quantize(COLOURS)
    sink = io.BytesIO()
    image.save(sink, "PNG", optimize=True)
    data = base64.b64encode(sink.getvalue()).decode()
    return f'{head}<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'.encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labs", nargs="*", default=LABS)
    parser.add_argument("--data-dir", type=Path, help="look for the runs here first, and keep new ones here")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_runs(Settings(data_dir=asked.data_dir or Path(folder)), execute=True, only_own=True) as runs,
    ):
        for name in asked.labs:
            lab = registry.find(name)
            preset = lab.presets[lab.default_preset]
            figure = next((one for one in lab.figures if one.hero), lab.figures[0])
            members = ended(runs, lab, preset, preset.seeds if figure.of == "sweep" else 1)
            outcomes = [runs.outcome(run.id) for run in members]
            card, pictures = drawn(lab, preset, figure, outcomes, members[0].record["platform"])
            body = {key: value for key, value in asdict(card).items() if key != "lab"}
            file_of(lab, "example.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
            for theme, data in pictures.items():
                picture(lab, theme).write_bytes(data)
            print(
                f"{name}: {figure.name}, {card.what}: {card.words['finding']} ({sum(map(len, pictures.values())) // 2048} kB)"
            )


if __name__ == "__main__":
    main()
