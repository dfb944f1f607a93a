"""Trained networks as today's tools write them, read by the tool's conventions, against the tool's own spikes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("nir")

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.lab import Streams
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.engine.simulation import start
from quintant.labs.chip.nir import imported, read
from quintant.labs.chip.nir.conventions import TOOLS, Conventions, conventions_of
from quintant.labs.chip.nir.floats import integer_spikes, simulated
from quintant.labs.chip.nir.importing import Imported

FOLDER = Path(__file__).parents[2] / "data" / "chip" / "exporters"
ALL = json.loads((FOLDER / "cases.json").read_text())
CASES = {case["name"]: case for case in ALL["cases"]}
FLOAT_TOLERANCE = {"hw_lif_volts": 1, "nr_lifbox_vector_leak": 1}
"""These start at v_leak, which is not 0; a chip's neurons start at 0, and one spike falls otherwise."""
HOPS = 6
"""Steps added to an input: a chip takes one for each layer."""


def network(case: dict[str, Any], rules: Conventions | None = None, bits: int = 16) -> Imported:
    rules = rules or conventions_of(case["from"], **case["options"])
    return imported(read(FOLDER / case["file"]), case["dt_to_give_the_importer_s"], bits, rules)


def padded(case: dict[str, Any], chip: Imported) -> dict[str, Any]:
    raster = np.load(FOLDER / case["data"])["input"]
    flat = raster.reshape(len(raster), -1)
    [name] = chip.lowered.inputs
    return {name: np.concatenate([flat, np.zeros((HOPS, flat.shape[1]))])}


def window(case: dict[str, Any], chip: Imported, node: str) -> slice:
    begin = chip.lowered.groups[node].first_step
    return slice(begin, begin + case["steps"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "output_counts" in case["expected"]])
def test_a_network_spikes_as_in_its_tool(name: str) -> None:
    case = CASES[name]
    chip = network(case)
    [out] = chip.lowered.outputs
    counts = integer_spikes(chip, padded(case, chip))[out][window(case, chip, out)].sum(0)
    assert np.abs(counts - case["expected"]["output_counts"]).max() <= case["tolerance"]["value"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "output_counts" in case["expected"]])
def test_the_float_run_that_the_chip_is_held_against_is_the_tools_own(name: str) -> None:
    """Every output counts as in the tool: what "the float run" means is what the tool does, not what a file happens to say."""
    case = CASES[name]
    chip = network(case)
    [out] = chip.lowered.outputs
    fired, _ = simulated(chip.lowered, padded(case, chip), case["steps"] + HOPS)
    counts = fired[out][window(case, chip, out)].sum(0)
    assert np.abs(counts - case["expected"]["output_counts"]).max() <= FLOAT_TOLERANCE.get(name, 0)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "final_readout" in case["expected"]])
def test_a_read_out_has_the_potential_that_its_tool_gives(name: str) -> None:
    case = CASES[name]
    chip = network(case)
    [out] = chip.lowered.outputs
    state = start(parse(ChipConfig, chip.presenting(padded(case, chip))), Streams.derive(0, ("input", "wiring")))
    while state.done < state.steps:
        state.advance()
    place = state.places[out]
    rows = np.concatenate(state.probe_rows)
    last = rows[(rows[:, 0] == window(case, chip, out).stop - 1) & (rows[:, 1] >= place.first)][: place.size, 2]
    scale = next(node["scale"] for node in chip.report["nodes"] if node["node"] == out)
    assert np.abs(last / scale - case["expected"]["final_readout"]).max() <= case["tolerance"]["value"]


def test_what_a_file_does_not_say_matters() -> None:
    """Read by the text of NIR alone, networks of four tools spike otherwise: the conventions are no decoration."""
    others = 0
    for case in CASES.values():
        if case["from"] == "nir" or "output_counts" not in case["expected"]:
            continue
        try:
            chip = network(case, Conventions())
        except ConfigError:
            others += 1
            continue
        [out] = chip.lowered.outputs
        counts = integer_spikes(chip, padded(case, chip))[out][window(case, chip, out)].sum(0)
        others += bool(np.abs(counts - case["expected"]["output_counts"]).max() > case["tolerance"]["value"])
    assert others >= 15


@pytest.mark.parametrize("at", range(2), ids=[digits["name"] for digits in ALL["digits"]])
def test_trained_digits_keep_their_accuracy(at: int) -> None:
    """200 fixed samples: counts within 2 of the tool's, accuracy within one point."""
    digits = ALL["digits"][at]
    data = np.load(FOLDER / digits["data"])
    shape = tuple(data["input_shape"])
    bits = np.unpackbits(data["input_packed"], axis=1)[:, : shape[1] * shape[2]].reshape(shape)
    tool = "snntorch" if "snntorch" in digits["name"] else "sinabs"
    chip = imported(read(FOLDER / digits["file"]), digits["dt_to_give_the_importer_s"], 16, conventions_of(tool))
    [out], [name] = chip.lowered.outputs, chip.lowered.inputs
    begin = chip.lowered.groups[out].first_step
    right = worst = 0
    for sample, label, counts in zip(bits, data["labels"], data["tool_output_counts"], strict=True):
        raster = np.concatenate([sample, np.zeros((HOPS, sample.shape[1]))])
        found = integer_spikes(chip, {name: raster})[out][begin : begin + len(sample)].sum(0)
        worst = max(worst, int(np.abs(found - counts).max()))
        right += int(found.argmax() == label)
    assert worst <= digits["tolerance"]["counts_16_bit"]
    assert abs(right / len(bits) - digits["float_accuracy_in_the_tool"]) <= 0.01


def test_an_unknown_tool_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match="must be one of nir, snntorch, norse, sinabs, rockpool, spikingjelly, quintant; got 'snntroch'"
    ):
        conventions_of("snntroch")
    assert set(TOOLS) - {"quintant"} == {case["from"] for case in CASES.values()}


@pytest.mark.parametrize("value", [0.5, -1, 70000])
def test_what_is_no_number_of_spikes_is_refused(value: float) -> None:
    case = CASES["st_input_counts"]
    chip = network(case)
    [name] = chip.lowered.inputs
    raster = padded(case, chip)[name]
    raster[3, 2] = value
    with pytest.raises(ConfigError, match=r"whole numbers of spikes, 0 to 65536; got \S+ at step 3, neuron 2"):
        chip.presenting({name: raster})
