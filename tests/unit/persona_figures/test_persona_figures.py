"""The persona figures on outcomes of real, short runs: what they say, what they draw, when they refuse."""

from __future__ import annotations

import dataclasses
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from persona_study import looked_into, run, until

from figure_parts import check_parts
from quintant.errors import Conflict
from quintant.figure import DARK, LIGHT, draw, export
from quintant.labs.persona import LAB
from quintant.labs.persona.figure_list import FIGURES
from quintant.labs.persona.figures.arms import arms, colours, points
from quintant.labs.persona.figures.days import edges

BY_NAME = {figure.name: figure for figure in FIGURES}
CONDITIONS = ("CONTROL", "STRESS", "TRAUMA")
NOTICE = "Simulated persona. Not a clinical assessment"


def given(name: str) -> list[Any]:
    if BY_NAME[name].of == "run":
        return [looked_into(run())]
    return [run(seed, condition=condition) for condition in CONDITIONS for seed in (1, 2, 3)]


def block(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["usermeta"]["quintant"]


def layers(spec: Any, mark: str) -> list[dict[str, Any]]:
    """All unit views of one mark, with their inline rows as `rows`."""
    found: list[dict[str, Any]] = []

    def walk(view: Any) -> None:
        if isinstance(view.get("mark"), dict) and view["mark"]["type"] == mark:
            data = view.get("data", {})
            values = spec.get("datasets", {}).get(data.get("name"), data.get("values", ()))
            found.append({**view, "rows": list(values)})
        for name in ("layer", "vconcat", "hconcat", "concat"):
            for part in view.get(name, ()):
                walk(part)

    walk(spec)
    return found


def rows_with(spec: Any, mark: str, *keys: str) -> list[dict[str, Any]]:
    return [row for layer in layers(spec, mark) for row in layer["rows"] if all(key in row for key in keys)]


# --- all of them ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_draws_and_exports_and_says_what_it_is_not(figure, theme):
    spec = draw(figure, given(figure.name), theme)
    svg = export(spec, "svg", 174).decode()
    if theme == "light":
        check_parts(spec)
    assert block(spec)["facts"][0] == NOTICE and "Not a clinical assessment" in svg
    assert block(spec)["alt"].startswith(block(spec)["sentence"])
    visible = re.sub(r"<desc>.*?</desc>", "", svg)
    assert "null" not in visible and "NaN" not in visible and "undefined" not in visible


def test_the_lab_has_them_and_the_list_imports_nothing_heavy():
    assert LAB.figures == FIGURES
    code = (
        "import sys, quintant.labs.persona.figure_list as f; assert len(f.FIGURES) == 8;"
        " print({'altair', 'torch', 'transformers', 'qdrant_client'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_run_that_has_nothing_yet_is_refused_with_the_reason(figure):
    bare = dataclasses.replace(run(), tables={}, metrics={}, documents={}, state="failed", events=[])
    with pytest.raises(Conflict, match=f"figure {figure.name} cannot be drawn: "):
        draw(figure, [bare])


@pytest.mark.parametrize("name", ["timelines", "items", "attention", "transcript", "stability"])
def test_the_baseline_alone_is_enough(name):
    export(draw(BY_NAME[name], [until(looked_into(run()), 0)]), "svg", 174)


@pytest.mark.parametrize("name", ["timelines", "evidence", "items", "layers"])
def test_a_running_run_is_drawn_as_far_as_it_is(name):
    spec = draw(BY_NAME[name], [until(looked_into(run()), 7)])
    export(spec, "svg", 174)
    if name == "evidence":
        assert "no interval before a run has ended, nor over two seeds" in block(spec)["badges"]


def test_the_page_names_every_figure():
    page = (Path(__file__).parents[3] / "docs" / "howto" / "persona-figures.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.M)) == set(BY_NAME)


# --- arms ---


def test_conditions_have_their_colours_and_other_arms_their_keys():
    made, _ = arms([run(condition=condition) for condition in CONDITIONS])
    assert [arm.name for arm in made] == list(CONDITIONS)
    assert colours(made, LIGHT) == [LIGHT.series[0], LIGHT.series[1], LIGHT.series[3]]
    assert colours(made, DARK)[2] == DARK.series[4]
    made, badges = arms([run(recent_events=6), run(recent_events=2), run(recent_events=6)])
    assert [arm.name for arm in made] == ["TRAUMA, recent events 6", "TRAUMA, recent events 2"]
    assert badges == ("1 run repeats a seed and counts once",)


def test_changes_are_written_with_their_sign():
    assert [points(x) for x in (3.25, -0.31, 0.0, 12.0)] == ["+3.2", "−0.3", "0", "+12"]


def test_cells_of_sessions_meet_half_way():
    assert edges([0, 7, 16]) == [(-1.0, 3.5), (3.5, 11.5), (11.5, 17.0)]
    assert edges([0]) == [(-1.0, 1.0)]


# --- one by one ---


def test_timelines_show_means_alerts_bands_and_events():
    outcome = run()
    spec = draw(BY_NAME["timelines"], [outcome])
    table = outcome.tables["assessments"].to_pylist()
    last = statistics.mean(row["score"] for row in table if row["instrument"] == "phq9" and row["day"] == 16)
    assert f"to {last:.1f} on day 16 in TRAUMA" in block(spec)["sentence"]
    assert "n = 3 personas" in block(spec)["band"]
    words = {row["word"] for row in rows_with(spec, "text", "word")}
    assert {"minimal", "moderately severe", "severe", "low", "high"} <= words
    assert "(informal)" in [layer["mark"].get("text") for layer in layers(spec, "text")]
    marks = rows_with(spec, "point", "rule", "significance")
    alerts = outcome.tables["alerts"].to_pylist()
    assert len(marks) == len({(row["persona_id"], row["instrument"], row["day"]) for row in alerts}) > 0
    stress = [row for row in outcome.tables["events"].to_pylist() if row["event_type"] == "stress"]
    drawn = next(layer["rows"] for layer in layers(spec, "rule") if layer["rows"] and "intensity" in layer["rows"][0])
    assert sorted(row["x"] for row in drawn) == sorted(row["day"] for row in stress)
    assert all(row["y"] - row["y2"] == pytest.approx(row["intensity"]) for row in drawn)


def test_timelines_of_seeds_have_their_interval_over_seeds():
    spec = draw(BY_NAME["timelines"], given("timelines"))
    assert block(spec)["band"] == "mean ± 95 % CI, n = 3 seeds"
    assert all(f"in {condition}" in block(spec)["sentence"] for condition in CONDITIONS)


def test_evidence_counts_false_alarms_and_takes_intervals_from_noise():
    control, stressed = run(condition="CONTROL"), run(condition="TRAUMA")
    spec = draw(BY_NAME["evidence"], [control, stressed])
    false = len({(row["persona_id"], row["instrument"]) for row in _rows(control, "alerts")})
    assert f"false alarms in CONTROL {false} of 9" in block(spec)["sentence"]
    dots = rows_with(spec, "point", "mean", "arm")
    assert len(dots) == 18
    (kara,) = (row for row in dots[:6] if row["who"] == "Kara" and row["arm"] == "TRAUMA")
    noise = stressed.documents["calibration"]["noise_points"]["persona_kara"]["phq9"]
    assert kara["high"] - kara["mean"] == pytest.approx(1.96 * 2**0.5 * noise)
    alerted = {(row["persona_id"], row["instrument"]) for row in _rows(stressed, "alerts")}
    assert sum(row["shape"] == "diamond" for row in dots if row["arm"] == "TRAUMA") == len(alerted) > 0


def test_evidence_of_three_seeds_is_a_students_interval():
    spec = draw(BY_NAME["evidence"], [run(seed) for seed in (1, 2, 3)])
    dots = rows_with(spec, "point", "mean", "arm")
    assert {row["n"] for row in dots} == {3} and "CI over n = 3 seeds" in block(spec)["band"]


def _rows(outcome: Any, table: str) -> list[dict[str, Any]]:
    return outcome.tables[table].to_pylist() if table in outcome.tables else []


def test_items_are_all_there_and_the_sensitive_answer_is_folded():
    outcome = run()
    spec = draw(BY_NAME["items"], [outcome])
    cells = rows_with(spec, "rect", "score")
    assert len(cells) == outcome.tables["responses"].num_rows
    folded = [cell for cell in cells if cell["said"] == "folded"]
    assert len(folded) == 3 * 4 and all("better off dead" in cell["question"] for cell in folded)


def test_items_that_could_not_be_read_are_hatched():
    outcome = run(scoring="self_report", backend={"kind": "scripted", "model": "refuses"})
    spec = draw(BY_NAME["items"], [outcome])
    assert not rows_with(spec, "rect", "score") and layers(spec, "rule")[0]["rows"]
    assert "hatched: the answer could not be read" in block(spec)["what"]
    with pytest.raises(Conflict, match="has no valid session yet"):
        draw(BY_NAME["timelines"], [outcome])


def test_layers_mark_what_differs_and_hatch_what_has_no_noise():
    outcome = looked_into(run())
    spec = draw(BY_NAME["layers"], [outcome])
    assert block(spec)["sentence"].startswith("1 of 4 layers differ from the baseline on day 16 in some persona; ")
    assert block(spec)["sentence"].endswith("distress projection −1.0 → +2.0")
    rows = _rows(outcome, "activations")
    assert len(rows_with(spec, "rect", "z")) == sum(row["z"] is not None for row in rows)
    dots = [row for layer in layers(spec, "point") if layer["mark"].get("size") == 7 for row in layer["rows"]]
    assert len(dots) == sum(bool(row["significant"]) for row in rows) and {row["y"] for row in dots} == {3.5}


def test_what_was_not_measured_inside_says_why():
    for name in ("layers", "attention"):
        with pytest.raises(Conflict, match="the scripted model has no inside"):
            draw(BY_NAME[name], [run()])


def test_attention_is_the_mean_over_personas_and_its_difference():
    spec = draw(BY_NAME["attention"], [looked_into(run())])
    assert block(spec)["sentence"].startswith(("Attention to persona", "Attention to events"))
    events = [row["share"] for row in rows_with(spec, "rect", "share") if row["part"] == "events" and row["y"] == 2]
    assert events == [pytest.approx(0.1), pytest.approx(0.4), pytest.approx(0.3)]


def test_transcript_tells_the_latest_entries_and_shows_no_single_answer():
    spec = draw(BY_NAME["transcript"], [run()])
    told = " ".join(row["text"] for row in rows_with(spec, "text", "text"))
    assert "session: PHQ-9" in told and "reply: It weighs on me." in told
    assert "better off dead" not in told
    assert any("transcript.html" in badge for badge in block(spec)["badges"])


def test_stability_is_the_spread_of_asking_again():
    outcome = run()
    spec = draw(BY_NAME["stability"], [outcome, run(condition="CONTROL")])
    open_marks = [row for layer in layers(spec, "point") if layer["mark"].get("filled") is False for row in layer["rows"]]
    assert len(open_marks) == 3 * 3 * 3, "both arms have the same baseline, which counts once"
    assert re.match(r"Order alone moves PHQ-9 ±\s\d", block(spec)["sentence"])
    with pytest.raises(Conflict, match="readministrations is 0"):
        draw(BY_NAME["stability"], [run(readministrations=0)])


def test_sweep_orders_conditions_and_counts_pairs():
    spec = draw(BY_NAME["sweep"], [run(condition=condition) for condition in ("TRAUMA", "CONTROL", "STRESS")])
    drawn = [row for row in rows_with(spec, "point", "at", "mean") if row["name"] == ""]
    assert list(dict.fromkeys(row["at"] for row in drawn)) == list(CONDITIONS)
    assert any(re.fullmatch(r"TRAUMA above CONTROL in \d of 9 pairs .*", fact) for fact in block(spec)["facts"])
    with pytest.raises(Conflict, match="vary a key, as in quintant run persona --sweep condition"):
        draw(BY_NAME["sweep"], [run()])


def test_two_swept_keys_are_a_map():
    several = [run(condition=condition, recent_events=n) for condition in ("CONTROL", "TRAUMA") for n in (2, 6)]
    spec = draw(BY_NAME["sweep"], several)
    assert len(rows_with(spec, "rect", "value")) == 4
