"""What a lab's page prints of a preset is what that preset gives: one a lab is run again, with its own seeds."""

from __future__ import annotations

import pytest

from quintant import registry
from quintant.page import measured
from quintant.runs import record
from quintant.runs.facade import open_runs
from quintant.settings import Settings

AGAIN = {
    "spiking": "gamma-ping",
    "chip": "two-population",
    "optical": "deeprmsa-nsfnet",
    "federated": "krum-vs-label-flip",
    "persona": "one-week",
}
"""The default preset, but for persona, whose default takes minutes; of it the shortest one, at full length (`make verify`)."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "persona")) for name in AGAIN])
def test_a_preset_gives_again_what_its_page_prints(name, tmp_path):
    lab = registry.labs()[name]
    if reason := registry.missing(lab):
        pytest.skip(reason)
    preset = lab.presets[AGAIN[name]]
    once = measured(lab)[preset.name]
    with open_runs(Settings(data_dir=tmp_path), execute=True, only_own=True) as runs:
        sweep, members = runs.sweep(name, preset.config, seeds=once.seeds, root_seed=once.root_seed)
        for run in members:
            ended = runs.wait(run.id, 900)
            assert ended.state == "completed", ended.reason
        [point] = runs.summary(sweep.id)
    same = once.platform == record.platform_tag(lab) or lab.exact == "anywhere"
    for metric, printed in once.metrics.items():
        again = point.metrics[metric]
        assert printed.mean is not None and again.mean is not None and again.n == printed.n
        if same:  # the same machine promises the same bits
            assert again.mean == pytest.approx(printed.mean, rel=1e-12), metric
        else:
            half = (printed.high - printed.low) / 2 if printed.high is not None and printed.low is not None else 0.02
            assert again.mean == pytest.approx(printed.mean, abs=max(half, 0.02 * abs(printed.mean))), metric
