"""The spiking figures on outcomes of real, short runs: what they say, what they draw, when they refuse."""

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
import pytest

from figure_parts import check_parts
from quintant.config import config_hash, parse
from quintant.errors import Conflict
from quintant.figure import draw, export
from quintant.figure.curves import Curves
from quintant.lab import Outcome, Streams, load
from quintant.labs.spiking import LAB
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figure_list import FIGURES
from quintant.labs.spiking.figures import autocorrelation, membrane, raster, rate
from quintant.statistics import interval

PING = {**LAB.presets["gamma-ping"].config, "n_e": 160, "n_i": 40, "t_ms": 700.0}
BY_NAME = {figure.name: figure for figure in FIGURES}


@cache
def _outcome(seed: int, config_json: str) -> Outcome:
    config = parse(SpikingConfig, json.loads(config_json))
    engine = load(LAB.engine)()
    state, events = engine.init(config, Streams.derive(seed, LAB.purposes)), []
    while True:
        step = engine.step(state, ())
        state = step.state
        events += step.events
        if step.done:
            break
    result = engine.result(state)
    run_id = f"{seed:04x}{config_hash(config)[:8]}"
    return Outcome(run_id, "short", "completed", config, seed, result.metrics, result.tables, result.documents, events)


def outcomes(seeds: Sequence[int] = (1, 2, 3), **changed: Any) -> list[Outcome]:
    return [_outcome(seed, json.dumps(PING | changed, sort_keys=True)) for seed in seeds]


def swept() -> list[Outcome]:
    return [run for tau in (4.0, 9.0) for run in outcomes(tau_gaba_ms=tau)]


def given(name: str) -> list[Outcome]:
    return swept() if name == "sweep" else outcomes()[: 1 if BY_NAME[name].of == "run" else 3]


def silent() -> Outcome:
    (found,) = outcomes((1,), drive_e_start=0.0, drive_e_end=0.0, noise_std=0.0)
    return found


def block(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["usermeta"]["quintant"]


def layers(spec: Any, mark: str) -> list[dict[str, Any]]:
    """All unit views of one mark, with their inline rows (numbers) as `rows`."""
    found: list[dict[str, Any]] = []

    def walk(view: Any) -> None:
        values = view.get("data", {}).get("values", ())
        if isinstance(values, str):
            values = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(values.splitlines())]
        if isinstance(view.get("mark"), dict) and view["mark"]["type"] == mark:
            found.append({**view, "rows": list(values)})
        for name in ("layer", "vconcat", "hconcat"):
            for part in view.get(name, ()):
                walk(part)

    walk(spec)
    return found


def texts(spec: dict[str, Any]) -> list[str]:
    return [str(layer["mark"].get("text")) for layer in layers(spec, "text")]


# --- all of them ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_draws_and_exports(figure, theme):
    spec = draw(figure, given(figure.name), theme)
    svg = export(spec, "svg", 174).decode()
    if theme == "light":
        check_parts(spec)
    assert block(spec)["sentence"].split()[0] in svg
    assert any("160\u00a0E + 40\u00a0I" in fact for fact in block(spec)["facts"])
    assert block(spec)["maximum"] >= block(spec)["minimum"]
    assert block(spec)["alt"].startswith(block(spec)["sentence"])
    assert "null" not in re.sub(r"<desc>.*?</desc>", "", svg) and "NaN" not in svg


def test_the_list_imports_no_drawing_library():
    code = (
        "import sys, quintant.labs.spiking.figure_list as f; assert len(f.FIGURES) == 9;"
        " print({'altair', 'numpy', 'numba'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("name", ["raster", "rate", "spectrum", "spectrum-log", "timing", "autocorrelation", "membrane"])
def test_a_run_without_its_table_is_refused_with_the_reason(name):
    bare = dataclasses.replace(outcomes()[0], tables={}, state="failed", events=[])
    with pytest.raises(Conflict, match=f"figure {name} cannot be drawn: .*(failed)"):
        draw(BY_NAME[name], [bare])


def test_what_was_not_kept_names_its_key():
    with pytest.raises(Conflict, match="record_traces = false"):
        draw(BY_NAME["membrane"], outcomes((1,), record_traces=False))
    with pytest.raises(Conflict, match="analyse = false"):
        draw(BY_NAME["spectrum"], outcomes((1,), analyse=False))


@pytest.mark.parametrize("name", ["spectrum", "spectrum-log", "timing", "autocorrelation"])
def test_different_configs_are_not_averaged(name):
    with pytest.raises(Conflict, match=r"differ in tau_gaba_ms; choose one point"):
        draw(BY_NAME[name], swept())


# --- raster ---


def test_the_raster_draws_every_spike_in_its_colour():
    (run,) = outcomes((1,))
    spec = draw(BY_NAME["raster"], [run])
    ticks = {layer["mark"]["color"]: layer["rows"] for layer in layers(spec, "tick")}
    assert set(ticks) == {"#0072B2", "#D55E00"} and not block(spec)["badges"]
    assert len(ticks["#0072B2"]) == run.metrics["spikes_e"].value and max(r["n"] for r in ticks["#0072B2"]) < 160
    assert len(ticks["#D55E00"]) == run.metrics["spikes_i"].value and min(r["n"] for r in ticks["#D55E00"]) >= 160
    assert {"E\u00a0160", "I\u00a040", "burn-in", "input (nA)"} <= set(texts(spec))
    assert f"{run.metrics['rhythm_peak_hz'].value:.1f}" in block(spec)["sentence"]


def test_too_many_spikes_are_thinned_evenly_and_the_badge_says_so(monkeypatch):
    monkeypatch.setattr(raster, "MOST_SPIKES", 1000)
    (run,) = outcomes((1,))
    spec = draw(BY_NAME["raster"], [run])
    drawn = sorted(row["t"] for layer in layers(spec, "tick") for row in layer["rows"])
    total = run.metrics["spikes"].value
    assert len(drawn) == 1000
    (badge,) = block(spec)["badges"]
    assert badge == f"1\u00a0000 of {total // 1000}\u00a0{total % 1000:03d} spikes drawn, evenly thinned; metrics use all"
    every = run.tables["spikes"].column("time_ms").to_numpy()
    shares = [np.searchsorted(drawn, t) / 1000 - np.searchsorted(every, t) / total for t in (100.0, 300.0, 500.0)]
    assert max(map(abs, shares)) < 0.01


def test_a_silent_raster_says_why():
    spec = draw(BY_NAME["raster"], [silent()])
    assert re.match(r"No spikes: .*rheobase", block(spec)["sentence"])


def test_a_running_raster_shows_what_there_is_so_far():
    (run,) = outcomes((1,))
    part = dataclasses.replace(run, state="running", metrics={}, tables={"spikes": run.tables["spikes"].slice(0, 500)})
    assert block(draw(BY_NAME["raster"], [part]))["sentence"].startswith("500 spikes so far")


# --- rate ---


def test_the_smoothed_rate_keeps_the_number_of_spikes():
    raw = np.zeros(200)
    raw[100] = 50.0
    even = rate.smoothed(raw, 2.0)
    assert even.sum() == pytest.approx(50.0) and even[100] == pytest.approx(50 / (2 * np.sqrt(2 * np.pi)), rel=1e-3)
    assert rate.smoothed(np.ones(50), 2.0) == pytest.approx(np.ones(50))


def test_the_rate_states_its_bin_and_its_smoothing():
    spec = draw(BY_NAME["rate"], outcomes((1,)))
    assert "bin 1\u00a0ms, Gaussian σ 2\u00a0ms" in block(spec)["what"]
    assert len(layers(spec, "line")) == 4  # raw and smoothed, E and I
    (run,) = outcomes((1,))
    assert any(f"{run.metrics['rate_i_hz'].value:.1f}" in text for text in texts(spec))


# --- spectrum ---


def test_the_spectrum_names_its_peak_with_interval_band_and_resolution():
    runs = outcomes()
    spec = draw(BY_NAME["spectrum"], runs)
    estimate = interval([run.metrics["rhythm_peak_hz"].value for run in runs])
    assert f"{estimate.mean:.1f}\u00a0Hz [{estimate.low:.1f}, {estimate.high:.1f}]" in block(spec)["sentence"]
    assert block(spec)["band"] == "mean ± 95 % CI, n = 3 seeds"
    assert block(spec)["facts"][0].startswith("Δf = ")
    (gamma,) = layers(spec, "rect")
    assert (gamma["rows"][0]["x"], gamma["rows"][0]["x2"]) == (30, 80)
    assert len(layers(spec, "area")) == 1


def test_one_run_has_no_band_and_says_n_is_one():
    spec = draw(BY_NAME["spectrum"], outcomes((1,)))
    assert "n = 1" in texts(spec) and not layers(spec, "area") and any("prominence" in f for f in block(spec)["facts"])


def test_without_a_peak_the_spectrum_says_so_and_draws_no_mark():
    (run,) = outcomes((1,))
    none = dataclasses.replace(run.metrics["rhythm_peak_hz"], value=None, reason="no peak above chance: with 12 spikes")
    spec = draw(BY_NAME["spectrum"], [dataclasses.replace(run, metrics={**run.metrics, "rhythm_peak_hz": none})])
    assert block(spec)["sentence"] == "No peak above chance" and "no peak above chance" in texts(spec)
    assert not layers(spec, "point")


def test_the_logarithmic_spectrum_has_ticks_inside_its_axis_only():
    spec = draw(BY_NAME["spectrum-log"], outcomes())
    axes = [layer["encoding"]["y"] for layer in spec["layer"] if layer.get("encoding", {}).get("y", {}).get("axis")]
    (y,) = [one for one in axes if one["axis"].get("title")]
    low, high = y["scale"]["domain"]
    assert y["scale"]["type"] == "log" and low > 0
    assert y["axis"]["values"] and all(low <= tick <= high for tick in y["axis"]["values"])
    assert block(spec)["sentence"] == block(draw(BY_NAME["spectrum"], outcomes()))["sentence"]


# --- autocorrelation ---


def test_the_autocorrelation_names_its_first_return():
    runs = outcomes()
    spec = draw(BY_NAME["autocorrelation"], runs)
    told = re.match(r"E repeats itself after ([\d.]+)\u00a0ms \(([\d.]+)\u00a0Hz\)", block(spec)["sentence"])
    lag_ms, frequency_hz = map(float, told.groups())
    assert 1000 / lag_ms == pytest.approx(frequency_hz, rel=0.01)
    peaks = [run.metrics["rhythm_peak_hz"].value for run in runs]
    assert min(peaks) * 0.85 < frequency_hz < max(peaks) * 1.15
    (area,) = layers(spec, "area")
    assert max(row["high"] for row in area["rows"]) <= 1 and "interval cut at ±1" in block(spec)["badges"]


def test_what_does_not_come_back_is_told_so():
    lag_ms = np.arange(0.0, 100.1, 0.1)
    decaying = np.exp(-lag_ms / 3.0)
    curve = Curves(lag_ms, decaying[None], decaying, None, None, (), (), None)
    assert autocorrelation.first_peak(curve) is None
    assert autocorrelation.finding(None) == "E does not repeat itself within 100\u00a0ms"


# --- timing ---


@pytest.mark.parametrize(
    ("lags", "words"),
    [
        ((3.1, 3.2, 3.3), "I follows E by 3.2\u00a0ms [3.0, 3.4], as where E drives the rhythm (PING)"),
        ((-1.0,), "I leads E by 1.0\u00a0ms, a hint that I makes the rhythm (ING)"),
        ((0.0,), "I and E fire together"),
        ((-2.0, 0.5, 4.0), "I follows E by 0.8\u00a0ms, not told apart from 0 by these seeds"),
    ],
)
def test_the_lag_is_told_in_words(lags, words):
    from quintant.labs.spiking.figures import timing

    assert timing.finding(interval(lags)) == words


def test_timing_draws_the_lag_of_the_metric():
    (run,) = outcomes((1,))
    spec = draw(BY_NAME["timing"], [run])
    assert f"I follows E by {run.metrics['i_follows_e_ms'].value:.1f}\u00a0ms" in block(spec)["sentence"]


def test_timing_of_a_silent_network_is_refused_with_the_reason():
    with pytest.raises(Conflict, match=r"table 'timing' is empty: .*rheobase"):
        draw(BY_NAME["timing"], [silent()])


# --- membrane ---


def test_membrane_shows_threshold_reset_and_spikes():
    (run,) = outcomes((1,))
    spec = draw(BY_NAME["membrane"], [run])
    assert "threshold dashed at -50\u00a0mV, reset dotted at -65\u00a0mV" in block(spec)["what"]
    levels = {row["y"] for layer in layers(spec, "rule") for row in layer["rows"] if set(row) == {"y"}}
    assert levels == {-50.0, -65.0}
    neuron = run.tables["spikes"].column("neuron").to_numpy()
    rules = [layer["rows"] for layer in layers(spec, "rule") if layer["rows"]]
    drawn = [len(rows) for rows in rules if set(rows[0]) == {"t", "low", "high"}]
    fired = [int((neuron == id_).sum()) for id_ in (160, 0)]
    assert drawn == [n for n in fired if n] and drawn
    assert block(spec)["sentence"] == ", ".join(
        f"{name}: {n} spike{'' if n == 1 else 's'}" for name, n in zip(("I neuron 160", "E neuron 0"), fired, strict=True)
    )


def test_membrane_levels_follow_the_model():
    model = parse(SpikingConfig, LAB.presets["fi-izhikevich"].config)
    assert membrane.threshold(model) == (30.0, "threshold") and membrane.reset(model) == -65.0
    assert membrane.reset(parse(SpikingConfig, LAB.presets["fi-hh"].config)) is None


# --- weights ---


def test_weights_are_those_of_the_run():
    (run,) = outcomes((1,))
    spec = draw(BY_NAME["weights"], [run])
    told = {one["source"] + one["target"]: one for one in run.documents["network"]["projections"]}
    assert block(spec)["sentence"] == f"IE is strongest, {told['IE']['mean_weight']:.2g} on average; no EE and no II"
    assert [text.split()[0] for text in texts(spec) if "mean" in text] == ["EE", "EI", "IE", "II"]
    cells = max((layer["rows"] for layer in layers(spec, "rect")), key=len)
    inhibitory = [row["w"] for row in cells if row["y"] >= 160 and row["x2"] <= 160]
    assert np.mean(inhibitory) == pytest.approx(told["IE"]["mean_weight"], rel=1e-3)


def test_a_sparse_block_counts_its_synapses():
    (run,) = outcomes((1,), weights_ie={"sparse_p": 0.1, "weight": 0.05})
    spec = draw(BY_NAME["weights"], [run])
    assert any(re.fullmatch(r"IE   mean 0\.05 in \d+(\.\d+)?\u00a0% of 6\u00a0400\u00a0pairs", text) for text in texts(spec))


def test_a_matrix_too_large_to_draw_is_refused():
    config = parse(SpikingConfig, {"n_e": 9000, "n_i": 1000})
    big = dataclasses.replace(outcomes((1,))[0], config=config)
    with pytest.raises(Conflict, match=r"100.000.000 pairs"):
        draw(BY_NAME["weights"], [big])


# --- sweep ---


def test_the_sweep_draws_mean_and_interval_by_value():
    runs = swept()
    spec = draw(BY_NAME["sweep"], runs)
    means = [interval([r.metrics["rhythm_peak_hz"].value for r in runs[i : i + 3]]) for i in (0, 3)]
    drawn = next(layer["rows"] for layer in layers(spec, "point") if layer["rows"] and "mean" in layer["rows"][0])
    assert [row["at"] for row in drawn] == [4.0, 9.0]
    assert [row["mean"] for row in drawn] == pytest.approx([one.mean for one in means])
    assert [row["low"] for row in drawn] == pytest.approx([one.low for one in means])
    assert block(spec)["band"] == "mean ± 95 % CI, n = 3 seeds a point"
    told = f"from {means[0].mean:.1f} to {means[1].mean:.1f}\u00a0Hz as tau_gaba_ms goes from 4 to 9\u00a0ms"
    assert told in block(spec)["sentence"]


def test_keys_that_change_together_are_one_axis_and_said():
    runs = [run for drive in (1.2, 1.8) for run in outcomes((1,), drive_e_start=drive, drive_e_end=drive)]
    spec = draw(BY_NAME["sweep"], runs)
    assert "drive_e_start: drive_e_end changes with it" in block(spec)["badges"]


def test_two_keys_make_a_map_with_hatched_cells_where_there_is_no_peak():
    runs = [
        run
        for tau in (4.0, 9.0)
        for drive in (0.0, 1.5)
        for run in outcomes((1,), tau_gaba_ms=tau, drive_e_start=drive, drive_e_end=drive, noise_std=0.5)
    ]
    spec = draw(BY_NAME["sweep"], runs)
    (cells,) = layers(spec, "rect")
    assert [(row["x"], row["y"]) for row in cells["rows"]] == [(0, 1), (1, 1)]
    hatched = [row for layer in layers(spec, "rule") for row in layer["rows"]]
    assert hatched and max(row["y2"] for row in hatched) <= 1
    assert "none in 2 of 4 cells" in block(spec)["sentence"]


def test_nothing_swept_and_too_much_swept_are_refused():
    with pytest.raises(Conflict, match="all the same config; vary a key"):
        draw(BY_NAME["sweep"], outcomes())
    many = [
        *outcomes((1,), tau_gaba_ms=4.0),
        *outcomes((1,), tau_gaba_ms=9.0, noise_std=0.9),
        *outcomes((1,), v_th_spread_mv=2.0),
        *outcomes((1,), tau_gaba_ms=9.0, v_th_spread_mv=2.0),
    ]
    with pytest.raises(Conflict, match="at most two keys"):
        draw(BY_NAME["sweep"], many)
