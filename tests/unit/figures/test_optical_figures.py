"""The optical figures on outcomes of real, short runs: what they say, what they draw, when they refuse."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from figure_parts import check_parts
from quintant.config import config_hash, parse
from quintant.errors import Conflict
from quintant.figure import draw, export, placement
from quintant.lab import Event, Outcome, Streams, load
from quintant.labs.optical import LAB
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figure_list import FIGURES
from quintant.labs.optical.figures import layout, references
from quintant.labs.optical.topology import find
from quintant.statistics import interval

SHORT = {"requests": 6_000, "warmup_requests": 1_000, "batches": 8}
BY_NAME = {figure.name: figure for figure in FIGURES}


@cache
def _outcome(seed: int, config_json: str) -> Outcome:
    config = parse(OpticalConfig, json.loads(config_json))
    engine = load(LAB.engine)()
    state, events = engine.init(config, Streams.derive(seed, LAB.purposes)), []
    while True:
        step = engine.step(state, ())
        state = step.state
        events += step.events
        if step.progress:
            events.append(Event("progress", {"fraction": step.progress.fraction, **step.progress.values}))
        if step.done:
            break
    result = engine.result(state)
    run_id = f"{seed:04x}{config_hash(config)[:8]}"
    return Outcome(run_id, "short", "completed", config, seed, result.metrics, result.tables, result.documents, events)


def outcomes(seeds: Sequence[int] = (42, 43, 44), **changed: Any) -> list[Outcome]:
    text = json.dumps(SHORT | changed, sort_keys=True)
    return [_outcome(seed, text) for seed in seeds]


def block(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["usermeta"]["quintant"]


def layers(spec: Any, mark: str) -> list[dict[str, Any]]:
    """All unit views of one mark, with their inline rows as `rows`."""
    found: list[dict[str, Any]] = []

    def walk(view: Any, rows: Any) -> None:
        if isinstance(view, dict):
            data = view.get("data", {})
            rows = data.get("values", spec.get("datasets", {}).get(data.get("name"))) if data else rows
            if isinstance(view.get("mark"), dict) and view["mark"]["type"] == mark:
                found.append({**view, "rows": rows})
            for name in ("layer", "vconcat"):
                for part in view.get(name, ()):
                    walk(part, rows)

    walk(spec, None)
    return found


def texts(spec: dict[str, Any]) -> list[str]:
    return [layer["mark"]["text"] for layer in layers(spec, "text") if "text" in layer["mark"]]


def without(outcome: Outcome, *tables: str) -> Outcome:
    return dataclasses.replace(outcome, tables={k: v for k, v in outcome.tables.items() if k not in tables})


# --- all of them ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_draws_and_exports(figure, theme):
    spec = draw(figure, outcomes()[:1] if figure.of == "run" else outcomes(), theme)
    svg = export(spec, "svg", 85).decode()
    if theme == "light":
        check_parts(spec)
    assert block(spec)["provenance"] in re.sub(r"</text><text[^>]*>", " ", svg) or len(block(spec)["runs"]) == 3
    assert "k\u00a05" in block(spec)["caption"] and "100\u00a0slots" in block(spec)["caption"]
    assert "directed" in block(spec)["facts"] and block(spec)["alt"].startswith(block(spec)["sentence"])
    assert block(spec)["minimum"] is not None and block(spec)["maximum"] >= block(spec)["minimum"]


def test_the_list_imports_no_drawing_library():
    import subprocess
    import sys

    code = "import sys, quintant.labs.optical.figure_list as f; assert len(f.FIGURES) == 7; print('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("name", ["topology", "spectrum", "reasons", "blocking"])
def test_a_run_without_its_table_is_refused_with_the_reason(name):
    bare = dataclasses.replace(outcomes()[0], tables={}, state="failed", events=[])
    with pytest.raises(Conflict, match=f"figure {name} cannot be drawn: .*(failed)"):
        draw(BY_NAME[name], [bare])


@pytest.mark.parametrize("name", ["topology", "convergence", "course", "reasons"])
def test_different_loads_are_not_averaged_and_each_is_named_with_a_run(name):
    heavy, light = outcomes(), outcomes(load_erlang=200.0)
    with pytest.raises(Conflict, match="differ in load_erlang; choose the runs of one point, or one of them: ") as refused:
        draw(BY_NAME[name], [*heavy, *light])
    assert f"load_erlang 250: run {heavy[0].run_id}; load_erlang 200: run {light[0].run_id}." in str(refused.value)
    assert block(draw(BY_NAME[name], [light[0]]))["runs"][0]["id"] == light[0].run_id


# --- state over time ---


def test_the_course_has_three_panels_on_one_axis_and_says_what_each_is():
    spec = draw(BY_NAME["course"], outcomes())
    assert len(spec["vconcat"]) == 3 and block(spec)["band"] == "each of n = 3 seeds thin, their mean thick"
    lines = layers(spec, "line")
    assert len(lines) == 6, "per panel the replicates and their mean"
    tips = {row["is"] for layer in layers(spec, "point") for row in layer["rows"]}
    assert any("1 − largest free block / free slots" in tip for tip in tips) and len(tips) == 3
    rows = lines[0]["rows"]
    assert max(row["x"] for row in rows) == 7.0 and len(rows) == 3 * (2 + 8)  # 1000 of warm-up in cells of 750, then 8
    assert "warm-up, not counted" in texts(spec)
    used = [run.metrics["utilization"].value for run in outcomes()]
    assert f"{100 * sum(used) / 3:.0f} % of the slots are taken" in block(spec)["sentence"]


def test_the_course_of_a_replay_is_a_dot_per_iteration():
    (run,) = outcomes(seeds=(1,), **dict(LAB.presets["fusion-replay"].config) | {"requests": 300, "warmup_requests": 0})
    spec = draw(BY_NAME["course"], [run])
    assert not layers(spec, "line") and [row["x"] for row in layers(spec, "point")[0]["rows"]] == [1, 2, 3, 4]
    assert block(spec)["sentence"].startswith("On average over the iterations, ")


# --- blocking ---


def test_one_load_tells_mean_interval_and_published_value():
    runs = outcomes(seeds=(42, 43, 44, 45), path_order="xlron_2025")
    spec = draw(BY_NAME["blocking"], runs)
    estimate = interval([run.metrics["blocking"].value for run in runs], "log")
    low, high = (float(text) for text in re.search(r"\[(.*), (.*)\]", block(spec)["sentence"]).groups())
    assert low == pytest.approx(estimate.low, rel=0.05) and high == pytest.approx(estimate.high, rel=0.05)
    assert block(spec)["sentence"].endswith("at 250\u00a0E, 4\u00a0seeds; published 3.07\u00a0%")
    assert block(spec)["band"] == "mean ± 95 % CI, n = 4 seeds"
    rows = max((layer["rows"] for layer in layers(spec, "point")), key=len)
    assert [row["label"] for row in rows] == ["seed 42", "seed 43", "seed 44", "seed 45", "mean of 4", "published"]
    assert rows[-2]["value"] == pytest.approx(estimate.mean)
    assert rows[-1]["value"] == pytest.approx(0.0307) and rows[-1]["high"] <= 0.0307 + 0.0040 + 1e-12
    assert any("10.1364/JOCN.559990" in fact for fact in block(spec)["facts"])


def test_one_run_shows_its_own_interval_and_n_in_amber():
    spec = draw(BY_NAME["blocking"], outcomes()[:1])
    (alone,) = [layer for layer in layers(spec, "text") if layer["mark"].get("text") == "n = 1"]
    assert alone["mark"]["color"] == "#8A5A00"
    assert block(spec)["band"] == "95 % batch means, 8 batches, n = 1 run"


def test_two_runs_show_both_and_no_interval():
    spec = draw(BY_NAME["blocking"], outcomes()[:2])
    assert "[" not in block(spec)["sentence"] and block(spec)["band"] == "both of n = 2 seeds, no interval"


def test_a_repeated_seed_is_not_another_replicate():
    runs = outcomes()
    spec = draw(BY_NAME["blocking"], [*runs, dataclasses.replace(runs[0], run_id="ffffffffffff")])
    assert block(spec)["n"] == 3
    assert block(spec)["badges"] == ["1 repeated seed left out: the same numbers, not another replicate"]


def test_several_loads_make_a_curve_with_bands_and_targets():
    runs = [run for erlang in (150.0, 200.0, 250.0) for run in outcomes(load_erlang=erlang)]
    spec = draw(BY_NAME["blocking"], runs)
    (line,) = layers(spec, "line")
    assert [row["load"] for row in line["rows"]] == [150, 200, 250]
    means = [row["mean"] for row in line["rows"]]
    assert means == sorted(means)
    (area,) = layers(spec, "area")
    assert all(row["low"] < row["mean"] < row["high"] for row in area["rows"])
    targets = layers(spec, "rule")[0]["rows"]
    assert {row["target"] for row in targets} <= {1e-3, 1e-2} and "target" in texts(spec)
    assert block(spec)["sentence"].startswith("Blocking reaches 1e-3 at")


def test_series_are_named_by_what_differs():
    runs = [run for erlang in (200.0, 250.0) for run in outcomes(load_erlang=erlang)]
    other = [run for erlang in (200.0, 250.0) for run in outcomes(load_erlang=erlang, first="slot")]
    spec = draw(BY_NAME["blocking"], [*runs, *other])
    assert {"KSP-FF", "FF-KSP"} <= set(texts(spec))
    colours = [layer["mark"]["color"] for layer in layers(spec, "line")]
    shapes = [layer["mark"]["shape"] for layer in layers(spec, "point") if "shape" in layer["mark"]]
    assert colours == ["#0072B2", "#D55E00"] and {"circle", "square"} <= set(shapes)


def test_no_blocking_is_an_open_triangle_at_the_upper_limit():
    runs = outcomes(load_erlang=20.0)
    spec = draw(BY_NAME["blocking"], runs)
    assert block(spec)["sentence"].startswith("Blocking at most ")
    triangles = [layer for layer in layers(spec, "point") if layer["mark"].get("shape") == "triangle-down"]
    (mean,) = [row for row in triangles[0]["rows"] if row["kind"] == "mean"]
    single = runs[0].metrics["blocking"].high
    assert mean["value"] is None and mean["high"] == pytest.approx(single / 3, rel=0.1)  # three times the observations
    assert block(draw(BY_NAME["bitrate_blocking"], runs))["sentence"].startswith("Bit-rate blocking at most ")


def test_requests_and_bit_rate_are_never_mixed():
    one, other = (draw(BY_NAME[name], outcomes()) for name in ("blocking", "bitrate_blocking"))
    assert block(one)["sentence"].startswith("Blocking ") and block(other)["sentence"].startswith("Bit-rate blocking ")
    rows = max((layer["rows"] for layer in layers(other, "point")), key=len)
    assert rows[0]["value"] == outcomes()[0].metrics["bitrate_blocking"].value


def test_a_replay_shows_its_iterations():
    config = {**LAB.presets["fusion-replay"].config, "requests": 300}
    spec = draw(BY_NAME["blocking"], [_outcome(42, json.dumps(config))])
    rows = max((layer["rows"] for layer in layers(spec, "point")), key=len)
    assert [row["label"] for row in rows][:5] == [*(f"iteration {i}" for i in (1, 2, 3, 4)), "mean of 4"]
    assert rows[4]["value"] == pytest.approx(math.fsum(row["value"] or 0 for row in rows[:4]) / 4)
    assert "4\u00a0iterations" in block(spec)["sentence"] and "n = 1" not in texts(spec)


def test_erlang_b_by_printed_values_and_only_where_it_holds():
    for erlang, servers, expected in ((5, 10, 0.018385), (100, 100, 0.0757005), (300, 320, 0.0131809)):
        assert references.blocked(erlang, servers) == pytest.approx(expected, rel=1e-4)
    link = parse(OpticalConfig, LAB.presets["erlang-b"].config)
    ((_, value),) = references.erlang_b(link, [90.0])
    assert value == pytest.approx(0.0269574, rel=1e-4)
    assert references.erlang_b(parse(OpticalConfig, {}), [90.0]) is None
    assert references.erlang_b(link.model_copy(update={"guard_slots": 1}), [90.0]) is None


def test_published_values_belong_to_the_same_set_up_only():
    same = parse(OpticalConfig, {"requests": 5000, "load_erlang": 210.0, "path_order": "xlron_2025"})
    assert [one.value for one in references.published(same, "blocking")] == pytest.approx([0.0307])
    other = parse(OpticalConfig, {"guard_slots": 0})
    assert references.published(other, "blocking") == ()
    assert references.Reference(1, 1, 0, "doi 10.1/x").kind == "published"
    assert references.Reference(1, 1, 0, "Erlang B").kind == "reference"


# --- the topology map ---


def test_the_map_says_and_labels_the_busiest_link():
    runs = outcomes()
    spec = draw(BY_NAME["topology"], runs)
    shares: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        for row in run.tables["links"].to_pylist():
            shares.setdefault((row["source"], row["target"]), []).append(row["utilization"])
    (source, target), values = max(shares.items(), key=lambda item: sum(item[1]))
    assert block(spec)["sentence"].startswith(f"Busiest link {source}→{target} has {100 * sum(values) / 3:.0f}\u00a0%")
    assert f"worst link {source}→{target}, {100 * sum(values) / 3:.0f}\u00a0%" in texts(spec)


def test_directed_links_stand_beside_each_other_and_shared_ones_do_not():
    rows = next(layer["rows"] for layer in layers(draw(BY_NAME["topology"], outcomes()), "rule") if "dx" in layer["rows"][0])
    assert len(rows) == 44
    there, back = rows[0], next(row for row in rows if (row["x"], row["x2"]) == (rows[0]["x2"], rows[0]["x"]))
    assert there["dx"] * back["dx"] + there["dy"] * back["dy"] < 0  # on opposite sides of the straight line
    assert all(2 <= row["width"] <= 8 for row in rows)
    aside = math.hypot(there["dx"] - back["dx"], there["dy"] - back["dy"])
    assert aside >= (there["width"] + back["width"]) / 2  # they do not overlap
    shared = draw(BY_NAME["topology"], outcomes(directed=False))
    assert all(row["dx"] == row["dy"] == 0 for row in layers(shared, "rule")[0]["rows"])


def test_width_and_colour_say_the_same():
    view = layers(draw(BY_NAME["topology"], outcomes()), "rule")[1]
    assert view["encoding"]["color"]["scale"] == {"domain": [0, 100], "scheme": "cividis", "reverse": True}
    widths = sorted((row["utilisation"], row["width"]) for row in view["rows"])
    assert [width for _, width in widths] == sorted(width for _, width in widths)


def test_a_running_run_shows_what_is_occupied_now():
    done = outcomes()[0]
    running = dataclasses.replace(done, state="running", tables={}, metrics={})
    spec = draw(BY_NAME["topology"], [running])
    used = next(e.payload["slots_used"] for e in reversed(done.events) if e.kind == "progress")
    assert block(spec)["maximum"] == pytest.approx(max(used)) and block(spec)["badges"] == ["still running"]
    assert "share of slots occupied now" in block(spec)["what"]


def test_nodes_stand_where_they_are_known_to_be():
    assert layout.lay_out(find("nsfnet_deeprmsa")).kind == "geographic"
    assert layout.lay_out(find("pan-european")).kind == "stored"
    nowhere = dataclasses.replace(find("nsfnet"), lat=(None,) * 14, lon=(None,) * 14, x=(None,) * 14, y=(None,) * 14)
    circle = layout.lay_out(nowhere)
    assert circle.kind == "circle"
    for plan in (circle, layout.lay_out(find("jpn48")), layout.lay_out(find("usnet"))):
        assert all(0 <= x <= plan.width_px and 0 <= y <= plan.height_px for x, y in plan.places)
        assert len(set(plan.places)) == len(plan.places)


def test_placed_names_do_not_cover_each_other():
    topology = find("jpn48")
    plan = layout.lay_out(topology)
    sides = placement.place_labels(plan, topology.labels, [], 8)
    boxes = [placement._box(plan.places[i], topology.labels[i], 8, side) for i, side in enumerate(sides) if side]
    assert len(boxes) > 24
    assert not any(placement._meet(a, b) for i, a in enumerate(boxes) for b in boxes[:i])


# --- spectrum ---


def test_every_lit_slot_is_drawn_once_and_guards_are_hatched():
    run = outcomes()[0]
    spec = draw(BY_NAME["spectrum"], [run])
    lit = run.tables["spectrum"].to_pylist()
    bars = next(layer["rows"] for layer in layers(spec, "rect"))
    assert len(bars) == len(lit)
    assert sum(bar["end"] - bar["start"] for bar in bars) == sum(run.tables["links"]["slots_used"].to_pylist())
    strokes = layers(spec, "rule")[-1]["rows"]
    assert len(strokes) == sum(row["guard"] for row in lit) > 0
    assert all(stroke["x2"] - stroke["x"] == 1 for stroke in strokes)
    colours = layers(spec, "rect")[0]["encoding"]["color"]["scale"]
    assert colours["domain"][0] == "BPSK" and colours["range"][0] == "#0072B2"


def test_rows_are_sorted_by_how_full_they_are():
    run = outcomes()[0]
    spec = draw(BY_NAME["spectrum"], [run])
    bars = layers(spec, "rect")[0]["rows"]
    used: dict[int, int] = {}
    for bar in bars:
        used[math.floor(bar["top"])] = used.get(math.floor(bar["top"]), 0) + bar["end"] - bar["start"]
    assert [used[row] for row in sorted(used)] == sorted(used.values(), reverse=True)


def test_the_frequency_axis_begins_at_the_anchor():
    axis = layers(draw(BY_NAME["spectrum"], outcomes()[:1]), "point")[1]["encoding"]["x"]["axis"]
    assert axis["title"] == "Frequency (THz)" and axis["values"] == [0, 20, 40, 60, 80, 100]
    assert axis["labelExpr"].startswith("['193.10','193.35',") and "'194.35'" in axis["labelExpr"]


def test_more_links_than_fit_are_left_out_aloud():
    spec = draw(BY_NAME["spectrum"], outcomes(seeds=(42,), topology="usnet"))
    assert block(spec)["badges"][0] == "the 60 fullest of 86 links drawn" and block(spec)["n"] == 86


def test_spectrum_shows_one_run_at_a_time():
    with pytest.raises(Conflict, match="it shows one run and 3 were given"):
        draw(BY_NAME["spectrum"], outcomes())


# --- convergence ---


def test_convergence_hatches_the_warm_up_and_ends_at_the_mean():
    runs = outcomes()
    spec = draw(BY_NAME["convergence"], runs)
    assert "warm-up, not counted" in texts(spec)
    hatched = next(layer["rows"] for layer in layers(spec, "rule") if "x2" in layer["rows"][0])
    assert max(row["x2"] for row in hatched) == pytest.approx(1.0)  # thousand requests of warm-up
    thin, thick = layers(spec, "line")[:2]
    assert thick["mark"]["strokeWidth"] > 2 > thin["mark"]["strokeWidth"]
    assert thick["rows"][-1]["x"] == pytest.approx(7.0)
    mean = math.fsum(run.metrics["blocking"].value for run in runs) / 3
    assert thick["rows"][-1]["value"] == pytest.approx(mean)
    assert len({row["run"] for row in thin["rows"]}) == 3


def test_convergence_tells_whether_the_target_was_reached():
    spec = draw(BY_NAME["convergence"], outcomes(seeds=(42,), target_half_width=0.2, max_requests=30_000))
    assert re.search(r"; target ±\u00a020\u00a0% (reached|not reached)$", block(spec)["sentence"])
    (converged,) = {bool(run.metrics["converged"].value) for run in outcomes((42,), target_half_width=0.2, max_requests=30_000)}
    assert block(spec)["sentence"].endswith("not reached") is not converged
    assert "target ±\u00a020\u00a0%" in texts(spec)


def test_convergence_of_a_running_run_reads_its_progress():
    running = dataclasses.replace(outcomes()[0], state="running", tables={}, metrics={})
    spec = draw(BY_NAME["convergence"], [running])
    assert block(spec)["badges"] == ["still running"]
    told = [e.payload for e in running.events if e.kind == "progress" and e.payload.get("blocking")]
    assert layers(spec, "line")[0]["rows"][-1]["value"] == pytest.approx(told[-1]["blocking"])


def test_a_very_long_run_is_drawn_at_every_so_manyth_moment_and_says_so():
    told = [Event("progress", {"requests": 1000 * n, "blocking": 0.03 + 0.01 / n}) for n in range(1, 30_001)]
    running = dataclasses.replace(outcomes()[0], state="running", tables={}, metrics={}, events=told)
    spec = draw(BY_NAME["convergence"], [running])
    rows = layers(spec, "line")[0]["rows"]
    assert len(rows) <= 2001
    assert rows[-1]["value"] == pytest.approx(told[-1].payload["blocking"])
    assert block(spec)["badges"] == ["still running", "drawn at every 15th moment"]


def test_convergence_without_any_blocking_is_refused():
    with pytest.raises(Conflict, match="nothing was blocked so far, and a log axis cannot show zero"):
        draw(BY_NAME["convergence"], outcomes(load_erlang=20.0))


# --- reasons ---


def test_causes_add_up_over_the_replicates():
    runs = outcomes()
    spec = draw(BY_NAME["reasons"], runs)
    (bar,) = layers(spec, "rect")
    assert sum(row["requests"] for row in bar["rows"]) == sum(run.metrics["blocked"].value for run in runs)
    assert bar["rows"][0]["start"] == 0 and bar["rows"][-1]["end"] == pytest.approx(100)
    pairs = layers(spec, "bar")[0]["rows"]
    assert len(pairs) == 10 and [row["blocked"] for row in pairs] == sorted((row["blocked"] for row in pairs), reverse=True)


def test_nothing_blocked_is_refused_in_words():
    with pytest.raises(Conflict, match="figure reasons cannot be drawn: no request was blocked in 3\u00a0seeds"):
        draw(BY_NAME["reasons"], outcomes(load_erlang=20.0))


def test_nearly_all_is_not_all():
    from quintant.labs.optical.figures.reasons import _share

    assert [_share(value) for value in (1.0, 0.9997, 0.999999, 0.84, 0.031, 0.0003)] == [
        "100\u00a0%",
        "99.97\u00a0%",
        ">\u00a099.99\u00a0%",
        "84\u00a0%",
        "3.1\u00a0%",
        "<\u00a00.1\u00a0%",
    ]


# --- what is left out ---


def test_runs_that_have_not_ended_are_counted_in_a_badge():
    runs = outcomes(seeds=(42, 43, 44, 45))
    late = dataclasses.replace(runs[3], state="running", tables={}, metrics={}, events=[])
    assert block(draw(BY_NAME["blocking"], [*runs[:3], late]))["badges"] == ["1 of 4 runs left out: nothing measured yet"]
    assert block(draw(BY_NAME["topology"], [*runs[:3], late]))["badges"][0].startswith("3 of 4 runs drawn")


def test_a_replay_with_several_loads_says_which_one_it_draws():
    run = outcomes()[0]

    def doubled(table: pa.Table) -> pa.Table:
        low = table.set_column(1, "load_erlang", pa.array([100.0] * len(table)))
        return pa.concat_tables([low, table])

    both = dataclasses.replace(run, tables={name: doubled(table) for name, table in run.tables.items()})
    assert "load 250\u00a0E, the greatest of 2" in block(draw(BY_NAME["topology"], [both]))["badges"]


def test_one_missing_table_is_named():
    run = without(outcomes()[0], "pairs")
    with pytest.raises(Conflict, match=r"has no table 'pairs'"):
        draw(BY_NAME["reasons"], [run])


def test_a_figure_is_the_same_without_altairs_checks(monkeypatch):
    """What people draw is not checked a second time; here every figure of these runs is drawn both ways."""
    from quintant.figure import chart

    drawn = 0
    for figure in FIGURES:
        runs = outcomes()[:1] if figure.of == "run" else outcomes()
        try:
            checked = draw(figure, runs)
        except Conflict:  # it shows what these runs have not measured
            continue
        monkeypatch.setattr(chart, "CHECKED", False)
        assert draw(figure, runs) == checked, figure.name
        monkeypatch.setattr(chart, "CHECKED", True)
        drawn += 1
    assert drawn >= 4
