from __future__ import annotations

import subprocess
import sys

import pytest

from quintant.config import parse
from quintant.lab import Event
from quintant.labs.optical import LAB
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine.kernel import Kernel, supports
from quintant.labs.optical.engine.plan import make_plan


def test_the_lab_is_light_to_import() -> None:
    heavy = "numba networkx numpy scipy pyarrow altair"
    code = f"import sys, quintant.labs.optical; print([m for m in {heavy.split()!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(LAB.presets))
def test_every_preset_is_accepted(name: str) -> None:
    preset = LAB.presets[name]
    config = parse(OpticalConfig, preset.config)
    assert preset.name == name and preset.says and preset.title
    default = OpticalConfig.model_fields
    assert all(key in default for key in preset.config)
    for expected in preset.expected:
        assert expected.metric == "blocking" and 0 < expected.value < 1 and expected.source
    if config.mode == "steady":
        assert supports(config) is None  # the shipped presets are served by the compiled simulator


def test_every_published_set_up_on_every_topology_it_names() -> None:
    wanted = {
        "deeprmsa": ("nsfnet", "cost239"),
        "gcn": ("nsfnet", "cost239", "usnet"),
        "mask": ("nsfnet", "jpn48"),
        "ptrnet40": ("nsfnet", "cost239", "usnet"),
        "ptrnet80": ("nsfnet", "cost239", "usnet"),
    }
    for setup, networks in wanted.items():
        for network in networks:
            assert f"{setup}-{network}" in LAB.presets
    assert LAB.presets[LAB.default_preset].seeds == 10


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ({}, None),
        ({"allocation": "best_fit"}, None),
        ({"routing": "external_ksp"}, None),
        ({"guard_slots": 7}, None),
        ({"grooming": True}, "grooming"),
        ({"max_segments": 2, "dynamic_slicing": True}, "dynamic slicing"),
        ({"snr": "nli"}, "snr nli"),
        ({"routing": "nli_aware"}, "routing nli_aware"),
        ({"allocation": "priority_last", "cores": 7}, "allocation priority_last"),
        ({"protection": "node"}, "protection"),
        ({"partial_service": True}, "partial_service"),
        ({"transponders_per_node": 3}, "transponders_per_node"),
        ({"failure": {"kind": "node", "node": "1"}}, "a failure"),
    ],
)
def test_what_the_kernel_serves(raw: dict, what: str | None) -> None:
    config = parse(OpticalConfig, raw)
    assert supports(config) == what
    if what is not None:
        with pytest.raises(ValueError, match=what):
            Kernel(config, make_plan(config))


def test_log_lines() -> None:
    assert LAB.log_line(
        Event(
            "load_start",
            {"index": 0, "total": 1, "load_erlang": 250.0, "offered_erlang": 171.74, "mode": "steady", "simulator": "kernel"},
        )
    ) == ("Load 250 Erlang begins: offered erlang 171.7, simulator kernel")
    assert LAB.log_line(Event("warmup_end", {"requests": 10_000})) == "Warm-up of 10000 requests ends, measuring begins"
    assert LAB.log_line(Event("not_converged", {"why": "too little", "round": 2})) == "Not converged: too little: round 2"
    assert LAB.log_line(Event("state", {"to": "running"})) is None
