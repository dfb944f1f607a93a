"""Every preset gives what it expects, run as it ships with the root seed that a user has who names none."""

from __future__ import annotations

import pytest

from quintant.config import parse
from quintant.lab import Answer, Preset
from quintant.labs.federated import LAB
from quintant.labs.federated.commands import place
from quintant.labs.federated.datasets import data_files
from quintant.labs.federated.engine import FederatedEngine

ROOT = 42
QUICK = ("krum-vs-label-flip", "fedavg")


@pytest.mark.parametrize(
    "preset",
    [
        pytest.param(preset, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, preset in LAB.presets.items()
        if preset.expected
    ],
)
def test_presets_give_what_they_expect(preset: Preset) -> None:
    config = parse(LAB.config, preset.config)
    engine = FederatedEngine()
    state = engine.init(config, LAB.seeded(config, ROOT))
    answers: list[Answer] = []
    while not (step := engine.step(state, answers)).done:
        answers = [Answer(ask.id, data_files(place(), ask.payload["keyword"])) for ask in step.asks]
        if any(answer.payload["path"] is None for answer in answers):
            pytest.skip("MNIST is not here: quintant federated fetch mnist")
    metrics = engine.result(state).metrics
    for expected in preset.expected:
        value = metrics[expected.metric].value
        assert value is not None
        assert abs(value - expected.value) <= expected.slack, (expected, value)
