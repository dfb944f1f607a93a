"""The chip figures on outcomes of real, short runs: what they say, what they draw, when they refuse."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from figure_parts import check_parts
from quintant.config import config_hash, parse
from quintant.errors import Conflict
from quintant.figure import draw, export
from quintant.lab import Outcome, Streams, load
from quintant.labs.chip import LAB
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figure_list import FIGURES
from quintant.labs.chip.figures import raster
from quintant.statistics import interval

BY_NAME = {figure.name: figure for figure in FIGURES}
SPACE = "\u00a0"

LEARNING: dict[str, Any] = {
    "populations": [
        {"label": "input", "size": 30},
        {"label": "hidden", "size": 12, "threshold": 800},
        {"label": "output", "size": 2},
    ],
    "connections": [
        {"source": "input", "target": "hidden", "topology": "random_sparse", "p": 0.4, "weight": 160},
        {"source": "hidden", "target": "output", "weight": 300},
        {"source": "hidden", "target": "hidden", "topology": "fixed_fan_out", "fan_out": 3, "weight": -100},
    ],
    "stimuli": [
        {"population": "input", "neurons": [0, 1, 2, 3], "current": 500, "start": 0, "stop": 60},
        {"population": "hidden", "current": 700, "times": [20, 40, 41, 42, 150]},
        {"population": "output", "events": [[30, 0], [90, 1]], "current": 1500},
    ],
    "timesteps": 200,
    "plasticity": "three_factor",
    "rewards": [{"timestep": 50, "value": 60}, {"timestep": 140, "value": -40}],
    "probes": [{"population": "hidden", "neurons": [0, 3]}, {"population": "output"}],
    "weights_every_steps": 10,
    "step_ms": 0.5,
}
SAMPLES: dict[str, Any] = {
    "populations": [{"label": "input", "size": 15}, {"label": "out", "size": 3, "threshold": 300}],
    "connections": [
        {
            "source": "input",
            "target": "out",
            "topology": "explicit",
            "weights": [[180 if column == row // 5 else 0 for column in range(3)] for row in range(15)],
        }
    ],
    "stimuli": [],
    "timesteps": 40,
    "samples": [
        {"stimuli": [{"population": "input", "neurons": [5 * at, 5 * at + 1], "current": 600}], "label": label}
        for at, label in ((0, 0), (1, 1), (2, 2), (1, 1), (0, 2))
    ],
    "readout": "out",
}


@cache
def _outcome(seed: int, config_json: str) -> Outcome:
    config = parse(ChipConfig, json.loads(config_json))
    engine = load(LAB.engine)()
    state, parts = engine.init(config, Streams.derive(seed, LAB.purposes)), {}
    while True:
        step = engine.step(state, ())
        state = step.state
        for name, batch in step.tables.items():
            parts.setdefault(name, []).append(batch)
        if step.done:
            break
    result = engine.result(state)
    tables = {name: pa.Table.from_batches(batches) for name, batches in parts.items()} | dict(result.tables)
    run_id = f"{seed:04x}{config_hash(config)[:8]}"
    return Outcome(run_id, "short", "completed", config, seed, result.metrics, tables, result.documents, ())


def outcome(config: dict[str, Any], seed: int = 1, **changed: Any) -> Outcome:
    return _outcome(seed, json.dumps(config | changed, sort_keys=True))


def swept(weights: Sequence[int] = (200, 600), seeds: Sequence[int] = (1, 2, 3)) -> list[Outcome]:
    first, second = ({"source": "a", "target": "b", "topology": "random_sparse", "p": 0.3}, {"source": "b", "target": "a"})
    network = {
        "populations": [{"label": "a", "size": 20}, {"label": "b", "size": 8, "threshold": 900}],
        "stimuli": [{"population": "a", "current": 400}],
        "timesteps": 60,
    }
    return [
        outcome(network, seed, connections=[{**first, "weight": weight}, {**second, "weight": -50}])
        for weight in weights
        for seed in seeds
    ]


def given(name: str) -> list[Outcome]:
    return {"sweep": swept(), "confusion": [outcome(SAMPLES)]}.get(name, [outcome(LEARNING)])


def block(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["usermeta"]["quintant"]


def layers(spec: Any, mark: str) -> list[dict[str, Any]]:
    """All unit views of one mark, with their inline rows as `rows`."""
    found: list[dict[str, Any]] = []

    def walk(view: Any, inherited: Any = ()) -> None:
        values = view.get("data", {}).get("values", inherited)
        if isinstance(values, str):
            values = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(values.splitlines())]
        if isinstance(view.get("mark"), dict) and view["mark"]["type"] == mark:
            found.append({**view, "rows": list(values)})
        for name in ("layer", "vconcat", "hconcat"):
            for part in view.get(name, ()):
                walk(part, values)

    walk(spec)
    return found


def words(spec: dict[str, Any]) -> list[str]:
    found = []
    for layer in layers(spec, "text"):
        found.append(str(layer["mark"].get("text")))
        found += [str(row.get("word") or row.get("label") or row.get("n")) for row in layer["rows"]]
    return found


# --- all of them ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_draws_and_exports(figure, theme):
    spec = draw(figure, given(figure.name), theme)
    svg = export(spec, "svg", 174).decode()
    if theme == "light":
        check_parts(spec)
    assert block(spec)["sentence"].split()[0] in svg
    assert block(spec)["maximum"] >= block(spec)["minimum"]
    assert block(spec)["alt"].startswith(block(spec)["sentence"])
    drawn = re.sub(r"<desc>.*?</desc>", "", svg)
    assert "null" not in drawn and "NaN" not in drawn and "undefined" not in drawn


def test_the_lab_shows_them_all_and_lists_them_without_drawing():
    assert LAB.figures == FIGURES
    code = (
        "import sys, quintant.labs.chip.figure_list as f; assert len(f.FIGURES) == 8;"
        " print({'altair', 'numba'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("name", ["raster", "activity", "membrane", "weights", "energy", "fit", "confusion"])
def test_a_run_without_its_results_is_refused_with_the_reason(name):
    bare = dataclasses.replace(outcome(LEARNING), tables={}, documents={}, state="failed")
    with pytest.raises(Conflict, match=rf"figure {name} cannot be drawn: run \w+ \(failed\)"):
        draw(BY_NAME[name], [bare])


def test_a_label_may_be_anything_that_json_holds():
    odd = 'it\'s "50 %" → <b>\\n'
    network = {
        "populations": [{"label": odd, "size": 2}, {"label": "x" * 100, "size": 2}],
        "connections": [{"source": odd, "target": "x" * 100, "weight": 1200}, {"source": "x" * 100, "target": odd}],
        "stimuli": [{"population": odd, "current": 1500}],
        "timesteps": 40,
        "plasticity": "stdp",
        "probes": [{"population": odd}],
    }
    for name in ("raster", "activity", "membrane", "weights", "energy", "fit"):
        assert export(draw(BY_NAME[name], [outcome(network)]), "svg").startswith(b"<svg")


def test_a_silent_run_is_drawn_and_says_so():
    silent = outcome(LEARNING, stimuli=[])
    assert block(draw(BY_NAME["raster"], [silent]))["sentence"] == "No spikes"
    assert block(draw(BY_NAME["activity"], [silent]))["sentence"] == "No spikes"
    assert "None of" in block(draw(BY_NAME["weights"], [silent]))["sentence"]


# --- raster ---


def test_the_raster_holds_every_spike_where_it_was():
    run = outcome(LEARNING)
    spec = draw(BY_NAME["raster"], [run])
    first = {"input": 0, "hidden": 30, "output": 42}
    table = run.tables["spikes"].to_pylist()
    expected = sorted((row["step"] + 0.5, float(first[row["population"]] + row["neuron"])) for row in table)
    drawn = sorted((row["t"], row["n"]) for layer in layers(spec, "tick") for row in layer["rows"])
    assert drawn == expected
    assert block(spec)["sentence"].startswith(f"{len(table)} spikes: ")


def test_stimuli_and_rewards_stand_above_the_raster():
    spec = draw(BY_NAME["raster"], [outcome(LEARNING)])
    bars = [
        (row["population"], row["start"], row["stop"])
        for layer in layers(spec, "rect")
        for row in layer["rows"]
        if "stop" in row
    ]
    assert ("input", 0, 60) in bars and ("hidden", 40, 43) in bars and ("output", 90, 91) in bars
    assert len(bars) == 1 + 3 + 2
    rewards = [row for layer in layers(spec, "point") for row in layer["rows"] if "shape" in row]
    assert [(row["x"], row["shape"]) for row in rewards] == [(50.5, "triangle-up"), (140.5, "triangle-down")]


def test_milliseconds_only_where_a_step_has_a_length():
    with_ms = export(draw(BY_NAME["raster"], [outcome(LEARNING)]), "svg").decode()
    without = export(draw(BY_NAME["raster"], [outcome(LEARNING, step_ms=None)]), "svg").decode()
    assert "Time (ms)" in with_ms and "ms" not in re.sub(r"<desc>.*?</desc>", "", without).replace("items", "")


def test_too_many_spikes_are_thinned_and_told(monkeypatch):
    monkeypatch.setattr(raster, "MOST_SPIKES", 50)
    run = outcome(LEARNING)
    spec = draw(BY_NAME["raster"], [run])
    assert f"50 of {run.tables['spikes'].num_rows} spikes drawn" in block(spec)["badges"]
    assert sum(len(layer["rows"]) for layer in layers(spec, "tick")) == 50


def test_samples_are_told_apart_and_their_stimuli_stand_where_they_acted():
    spec = draw(BY_NAME["raster"], [outcome(SAMPLES)])
    bars = [(row["start"], row["stop"]) for layer in layers(spec, "rect") for row in layer["rows"] if "stop" in row]
    assert bars == [(0, 40), (40, 80), (80, 120), (120, 160), (160, 200)]
    assert [row["x"] for layer in layers(spec, "rule") for row in layer["rows"]] == [40, 80, 120, 160]
    assert f"5{SPACE}samples of 40{SPACE}steps" in block(spec)["facts"]


# --- activity ---


def test_activity_stacks_to_the_counts_of_the_run():
    run = outcome(LEARNING)
    spec = draw(BY_NAME["activity"], [run])
    high = np.zeros(200)
    for layer in layers(spec, "rect"):
        for row in layer["rows"]:
            if "high" in row:
                high[int(row["x"])] = max(high[int(row["x"])], row["high"])
    spikes = np.bincount(run.tables["spikes"]["step"].to_numpy(), minlength=200)
    assert high.tolist() == spikes.tolist()
    rates = run.documents["summary"]["firing_rates"]
    assert f"{1000 * rates['hidden']:.3g} per 1000 steps" in words(spec)


def test_long_runs_are_drawn_as_means_and_populations_beyond_six_together():
    eight = [{"label": f"p{at}", "size": 2} for at in range(8)]
    run = outcome(
        {"populations": eight, "connections": [], "timesteps": 1000},
        stimuli=[{"population": f"p{at}", "current": 300 + 100 * at} for at in range(8)],
    )
    spec = draw(BY_NAME["activity"], [run])
    assert "each column is the mean of 3 steps" in block(spec)["badges"]
    assert "3 others" in words(spec)
    columns = [row for layer in layers(spec, "rect") for row in layer["rows"] if "high" in row]
    area = sum((row["high"] - row["low"]) * (row["x2"] - row["x"]) for row in columns)
    assert area == pytest.approx(run.tables["spikes"].num_rows, rel=1e-4)


# --- membrane ---


def test_the_potential_is_drawn_as_it_was_kept():
    run = outcome(LEARNING)
    spec = draw(BY_NAME["membrane"], [run])
    kept = [
        row["potential"] for row in run.tables["potentials"].to_pylist() if (row["population"], row["neuron"]) == ("output", 1)
    ]
    drawn = [[row["v"] for row in layer["rows"]] for layer in layers(spec, "line")]
    assert [*map(float, kept), float(kept[-1])] in drawn
    assert block(spec)["n"] == 4 and "output[0]" in words(spec)


def test_refractory_steps_are_shaded():
    one = {
        "populations": [{"label": "n", "size": 1}],
        "connections": [],
        "stimuli": [{"population": "n", "current": 200}],
        "timesteps": 40,
        "probes": [{"population": "n"}],
    }
    spec = draw(BY_NAME["membrane"], [outcome(one)])
    spans = [(row["x"], row["x2"]) for layer in layers(spec, "rect") for row in layer["rows"]]
    assert spans == [(6, 9), (15, 18), (24, 27), (33, 36)]  # spikes at 5, 14, 23, 32, three silent steps each
    assert [row["t"] for layer in layers(spec, "rule") for row in layer["rows"] if "t" in row] == [5.5, 14.5, 23.5, 32.5]


def test_dendrites_have_a_panel_and_limits_have_marks():
    network = {
        "populations": [
            {"label": "s", "size": 2, "threshold": 400},
            {"label": "d", "size": 1},
            {"label": "c", "size": 1, "model": "cuba", "threshold": 900, "v_min": -300, "v_max": 1000},
        ],
        "connections": [
            {"source": "s", "target": "d", "compartment": 1, "weight": 400},
            {"source": "s", "target": "c", "weight": -200},
        ],
        "stimuli": [{"population": "s", "current": 150}],
        "timesteps": 80,
        "probes": [{"population": "d"}, {"population": "c"}],
    }
    spec = draw(BY_NAME["membrane"], [outcome(network)])
    assert "dendrite 1" in words(spec) and "⊥" in words(spec)
    assert any("at a limit of the potential" in badge for badge in block(spec)["badges"])


def test_without_probes_the_membrane_says_which_key():
    with pytest.raises(Conflict, match=r"keeps no potentials: give probes, as in --set probes="):
        draw(BY_NAME["membrane"], [outcome(LEARNING, probes=[])])


# --- weights ---


def test_the_map_and_the_histograms_hold_every_plastic_synapse():
    run = outcome(LEARNING)
    table = run.tables["weights"]
    moved = table["final"].to_numpy() - table["initial"].to_numpy()
    spec = draw(BY_NAME["weights"], [run])
    cells = [row for layer in layers(spec, "rect") for row in layer["rows"] if "w" in row]
    change = sum(row["w"] * row["n"] for row in cells)
    assert change == pytest.approx(float(moved.sum()), rel=1e-4)
    counted = [
        row["n"] for layer in layers(spec, "rect") for row in layer["rows"] if "low" in row and "high" in row and "n" in row
    ]
    assert sum(counted) == 2 * len(moved)
    assert block(spec)["sentence"].startswith(f"{np.count_nonzero(moved)} of {len(moved)} plastic weights changed, ")


def test_the_synapses_that_moved_most_are_followed():
    spec = draw(BY_NAME["weights"], [outcome(LEARNING)])
    lines = [layer["rows"] for layer in layers(spec, "line")]
    assert 1 <= len(lines) <= 5 and all(rows[-1]["t"] == 200 for rows in lines)
    assert any("→" in word for word in words(spec))


def test_without_learning_the_weights_themselves_or_the_key():
    with pytest.raises(Conflict, match="record_weights=all"):
        draw(BY_NAME["weights"], [outcome(LEARNING, plasticity="off", rewards=[], weights_every_steps=None)])
    kept = outcome(LEARNING, plasticity="off", rewards=[], weights_every_steps=None, record_weights="all")
    assert "none of which learns" in block(draw(BY_NAME["weights"], [kept]))["sentence"]


# --- energy ---


def test_energy_is_an_estimate_with_counts_coefficients_and_sources():
    run = outcome(LEARNING)
    spec = draw(BY_NAME["energy"], [run])
    told = run.documents["energy"]
    assert "ESTIMATE" in block(spec)["badges"] and "ESTIMATE" in words(spec)
    bars = [row for layer in layers(spec, "bar") for row in layer["rows"]]
    assert bars[0]["from"] == 0 and max(row["to"] for row in bars) == pytest.approx(told["total_nj"])
    interval_, *_ = [row for layer in layers(spec, "rule") for row in layer["rows"] if "high" in row]
    assert (interval_["low"], interval_["high"]) == pytest.approx((told["low_nj"], told["high_nj"]))
    text = " ".join(words(spec))
    assert "23.6" in text and "Davies" in text and f"8{SPACE}800" in text
    assert "mean power" in block(spec)["sentence"]
    assert "power" not in block(draw(BY_NAME["energy"], [outcome(LEARNING, step_ms=None)]))["sentence"]


def test_several_runs_have_a_bar_each_and_unpriced_operations_are_named():
    runs = [outcome(LEARNING, seed, energy_profile="spinnaker") for seed in (1, 2)]
    spec = draw(BY_NAME["energy"], runs)
    assert {row["run"] for layer in layers(spec, "bar") for row in layer["rows"]} == {"short, seed 1", "short, seed 2"}
    assert any(badge.endswith("spikes routed, learning updates") for badge in block(spec)["badges"])


# --- fit ---


def test_fit_draws_each_core_and_says_what_would_mend_it():
    large = {
        "populations": [{"label": "a", "size": 1100}],
        "connections": [{"source": "a", "target": "a", "topology": "random_sparse", "p": 0.1, "seed": 1}],
        "stimuli": [],
        "timesteps": 2,
    }
    spec = draw(BY_NAME["fit"], [outcome(large)])
    assert block(spec)["sentence"] == "Does not fit N1: 1 limit is passed" and block(spec)["n"] == 2
    assert any("take 76 neurons away" in word for word in words(spec))
    assert (
        block(draw(BY_NAME["fit"], [outcome(LEARNING, plasticity="off", rewards=[], weights_every_steps=None)]))["sentence"]
        == "Fits N1 on 1 core of 128"
    )


# --- confusion ---


def test_samples_by_class_and_verdict():
    run = outcome(SAMPLES)
    spec = draw(BY_NAME["confusion"], [run])
    cells = {(row["label"], row["verdict"]): row["n"] for row in layers(spec, "rect")[0]["rows"]}
    expected: dict[tuple[int, int], int] = {}
    for row in run.tables["samples"].to_pylist():
        expected[row["label"], row["predicted"]] = expected.get((row["label"], row["predicted"]), 0) + 1
    assert cells == expected == {(0, 0): 1, (1, 1): 2, (2, 2): 1, (2, 0): 1}
    assert block(spec)["sentence"].startswith("4 of 5 samples right")


def test_samples_without_labels_are_refused():
    bare = [{**sample, "label": None} for sample in SAMPLES["samples"]]
    with pytest.raises(Conflict, match="confusion cannot be drawn"):
        draw(BY_NAME["confusion"], [outcome(SAMPLES, samples=bare)])


# --- sweep ---


def test_the_sweep_draws_mean_and_interval_by_value():
    runs = swept()
    spec = draw(BY_NAME["sweep"], runs)
    means = [interval([run.metrics["rate_b"].value for run in runs[at : at + 3]]) for at in (0, 3)]
    rows = [row for layer in layers(spec, "point") for row in layer["rows"] if row.get("name") == "b"]
    assert [row["at"] for row in rows] == [200, 600]
    assert [row["mean"] for row in rows] == pytest.approx([one.mean for one in means])
    assert block(spec)["band"] == "mean ± 95 % CI, n = 3 seeds a point"
    assert "connections.0.weight goes from 200 to 600" in block(spec)["sentence"]
    assert "connections.0: a → b" in block(spec)["facts"]


def test_runs_of_one_config_show_each_populations_rate():
    runs = swept(weights=(200,))
    spec = draw(BY_NAME["sweep"], runs)
    told = {label: interval([run.metrics[f"rate_{label}"].value for run in runs]) for label in ("a", "b")}
    rows = next(layer["rows"] for layer in layers(spec, "rule"))
    assert {row["label"]: (row["mean"], row["low"], row["high"]) for row in rows} == {
        label: pytest.approx((one.mean, one.low, one.high)) for label, one in told.items()
    }
    assert block(spec)["band"] == "mean ± 95 % CI, n = 3 seeds"
    assert "n = 1" in words(draw(BY_NAME["sweep"], runs[:1]))


def test_two_keys_make_a_map_and_three_are_refused():
    network = {"populations": [{"label": "a", "size": 4}], "connections": [], "stimuli": [{"population": "a", "current": 400}]}
    runs = [outcome(network, timesteps=steps, populations=[{"label": "a", "size": 4, "threshold": threshold}])
            for steps in (20, 40) for threshold in (500, 900)]  # fmt: skip
    spec = draw(BY_NAME["sweep"], runs)
    (cells,) = layers(spec, "rect")
    assert len(cells["rows"]) == 4
    assert block(spec)["facts"] == ["populations.0: a"]
    third = outcome(network, timesteps=20, populations=[{"label": "a", "size": 4, "threshold": 500, "leak": 9}])
    with pytest.raises(Conflict, match="at most two keys"):
        draw(BY_NAME["sweep"], [*runs, third])


def test_a_raster_that_is_held_against_a_reference_marks_where_they_differ():
    theirs = {"population": "out", "steps": [3, 7, 9], "neurons": [0, 1, 2]}
    held = outcome(SAMPLES, reference={"title": "floats", "spikes": [theirs]})
    drawn = draw(BY_NAME["raster"], [held], "light")
    first = held.documents["comparison"]["first"]
    assert f"first differs from floats at step {first['step']}" in block(drawn)["sentence"]
    (line,) = [one for one in layers(drawn, "rule") if one["encoding"].keys() == {"x"} and len(one["rows"]) == 1]
    assert line["rows"] == [{"x": first["step"] + 0.5}]
    missing = held.documents["comparison"]["reference_alone"]
    rings = [one for one in layers(drawn, "point") if one["mark"].get("filled") is False]
    assert missing > 0 and [len(one["rows"]) for one in rings] == [missing]
    assert "first differs" not in block(draw(BY_NAME["raster"], [outcome(SAMPLES)], "light"))["sentence"]
