"""What each preset of a lab gives here: its headline and the metrics it expects, with interval and seeds, as
`src/quintant/labs/<lab>/measured.json`. The lab's page prints them; `tests/verification/house/test_measured.py` runs one of
each lab again.

    .venv/bin/python tools/measured.py                    what is missing, or of another version or config, of every lab
    .venv/bin/python tools/measured.py optical            the same of one lab
    .venv/bin/python tools/measured.py optical --again    all of it anew
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from quintant import registry
from quintant.lab import Lab, Preset
from quintant.page import MeasuredMetric, MeasuredPreset, digest_of, file_of, measured
from quintant.runs import Run, Runs, Sweep
from quintant.runs.facade import open_runs
from quintant.runs.lifecycle import State
from quintant.settings import Settings

LABS = ("optical", "spiking", "chip", "federated", "persona")
WAIT_S = 3600.0


def measure(runs: Runs, lab: Lab, preset: Preset) -> MeasuredPreset | str:
    """The preset as `quintant run LAB --preset NAME` runs it; else why it gave nothing (its data are not here)."""
    sweep, members = runs.sweep(lab.name, preset.config, seeds=preset.seeds)
    ended = [runs.wait(run.id, WAIT_S) for run in members]
    for run in ended:
        if run.state is not State.COMPLETED:
            return f"run {run.id} is {run.state}: {run.reason}"
    names = dict.fromkeys((lab.headline.metric, *(one.metric for one in preset.expected)))
    return MeasuredPreset(
        config_sha256=digest_of(preset), lab_version=lab.version, root_seed=ended[0].root_seed,
        seeds=len(ended), platform=ended[0].record["platform"],
        seconds=float(f"{sum(run.ended_at - run.started_at for run in ended) / len(ended):.3g}"),
        metrics={name: metric for name in names if (metric := _metric(runs, sweep, ended, name)) is not None},
    )  # fmt: skip


def _metric(runs: Runs, sweep: Sweep, ended: Sequence[Run], name: str) -> MeasuredMetric | None:
    if len(ended) == 1:
        result = runs.result(ended[0].id, tables=())
        metric = result.metrics.get(name) if result else None
        if metric is None or metric.value is None:
            return None
        method = metric.method or "one run"
        return MeasuredMetric(metric.value, metric.low, metric.high, 1, metric.unit, method, metric.upper_limit)
    [point] = runs.summary(sweep.id)
    over = point.metrics.get(name)
    if over is None or over.mean is None:
        return None
    return MeasuredMetric(over.mean, over.low, over.high, over.n, point.units[name], over.method, over.upper_limit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labs", nargs="*", default=LABS)
    parser.add_argument("--preset", help="no other than this one")
    parser.add_argument("--again", action="store_true", help="measure all, not only what is missing or of another version")
    parser.add_argument("--data-dir", type=Path, help="keep the runs here")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_runs(Settings(data_dir=asked.data_dir or Path(folder)), execute=True, only_own=True) as runs,
    ):
        for name in asked.labs:
            lab = registry.find(name)
            known = {} if asked.again else dict(measured(lab))
            for preset in lab.presets.values() if asked.preset is None else [lab.presets[asked.preset]]:
                if preset.name not in known or not known[preset.name].holds(lab, preset):
                    outcome = measure(runs, lab, preset)
                    if isinstance(outcome, str):
                        known.pop(preset.name, None)
                        print(f"{name} {preset.name}: not measured, {outcome}", flush=True)
                    else:
                        known[preset.name] = outcome
                        print(f"{name} {preset.name}: {outcome.seconds:g} s a run", flush=True)
                    body = {preset: asdict(known[preset]) for preset in lab.presets if preset in known}
                    file_of(lab, "measured.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
