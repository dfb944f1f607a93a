"""What is seen inside: shares that sum to one, directions that find what was planted, drift that stays silent without any."""

import numpy as np
import pytest

from quintant.labs.persona.backends.protocol import Part
from quintant.labs.persona.mechanistic import drift
from quintant.labs.persona.mechanistic.directions import Directions, sentences
from quintant.labs.persona.mechanistic.residual import packed, unpacked

pytest.importorskip("torch")

PROMPT = [Part("persona", "I am Kara ."), Part("events", " My days are good ."), Part("question", " \n")]
WISH = {"attention": True, "residual": True, "name": "Kara"}


@pytest.fixture(scope="module")
def model(tiny):
    from quintant.labs.persona.backends.transformers_model import TransformersModel

    return TransformersModel(tiny)


def test_attention_of_each_layer_sums_to_one_and_is_named(model):
    seen = model.score(PROMPT, ["I eat well."], WISH).inside
    assert seen["segments"] == ["sink", "persona", "events", "question"]
    assert np.asarray(seen["attention"]).shape == (2, 4)
    assert np.asarray(seen["attention"]).sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert 0 < seen["sink_share"] < 1
    assert seen["self_lift"] > 0
    assert len({tuple(row) for row in seen["attention"]}) == 2, "layers differ"


def test_the_same_prompt_is_seen_the_same_and_another_is_not(model):
    first, again = (model.score(PROMPT, ["I eat well."], WISH).inside for _ in range(2))
    assert first == again
    other = model.score([PROMPT[0], Part("events", " I feel sad and hopeless ."), PROMPT[2]], ["I eat well."], WISH).inside
    assert other["residual"] != first["residual"]
    assert other["attention"] != first["attention"]


def test_a_start_token_is_the_sink_and_belongs_to_no_other_part(model, monkeypatch):
    monkeypatch.setattr(model, "start", (1,))
    assert [len(one) for one in model.tokens(PROMPT)] == [5, 5, 1]
    seen = model.score(PROMPT, ["I eat well."], WISH).inside
    assert np.asarray(seen["attention"]).sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert seen["segments"] == ["sink", "persona", "events", "question"]


def test_looking_leaves_the_scores_alone(model):
    assert model.score(PROMPT, ["I eat well."], WISH).logprobs == model.score(PROMPT, ["I eat well."]).logprobs


def test_only_what_is_asked_for_is_seen(model):
    seen = model.score(PROMPT, ["I eat well."], {"attention": True, "residual": False, "name": ""}).inside
    assert "residual" not in seen and "attention" in seen


def test_a_residual_travels_unchanged():
    one = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    assert np.array_equal(unpacked(packed(one)), one)


def planted(gap, layers=4, width=48, n=8, seed=0):
    chance = np.random.default_rng(seed)
    direction = chance.normal(size=width) / np.sqrt(width)
    both = chance.normal(size=(2, n, layers, width))
    both[0, :, 2:] += gap * direction
    both[1, :, 2:] -= gap * direction
    return both


def test_a_planted_direction_is_found_where_it_is():
    found = Directions.between(*planted(6.0))
    assert found.layer in (2, 3)
    assert found.accuracy[2:].min() == 1.0
    assert found.accuracy[:2].max() < 0.8
    assert abs(found.shuffled.mean() - 0.5) < 0.15
    distress, ease = planted(6.0)
    assert found.position(distress.mean(axis=0)) == pytest.approx(np.ones(4))
    assert found.position(ease.mean(axis=0)) == pytest.approx(-np.ones(4))
    assert found.salience(np.ones(4)) > 0.9 > 0.5 > 0.1 > found.salience(-np.ones(4))
    assert found.salience(np.zeros(4)) == 0.5


def test_without_a_direction_nothing_is_read():
    found = Directions.between(*planted(0.0, seed=3))
    assert found.layer is None
    assert found.salience(np.ones(4)) is None


def test_sentences_of_the_direction_are_no_events_and_no_statements():
    from quintant.labs.persona.statements import wordings

    distress, ease = sentences()
    assert len(distress) == len(ease) >= 8
    statements = {text for several in wordings().values() for pair in several for text in (pair.present, pair.opposite)}
    assert not statements & {*distress, *ease}


def baseline(n=7, layers=12, width=64, seed=0):
    chance = np.random.default_rng(seed)
    return chance.normal(size=(layers, width)) * 10 + chance.normal(size=(n, layers, width))


def test_a_moved_layer_is_significant_and_the_others_are_not():
    known = baseline()
    now = known.mean(axis=0) + np.random.default_rng(9).normal(size=known.shape[1:])
    now[5] += 3.0
    rows = drift.against(now, known)
    assert [layer for layer, row in enumerate(rows) if row["significant"]] == [5]
    assert rows[5]["z"] > 10 and rows[5]["distance"] > rows[4]["distance"]


def test_false_discoveries_stay_rare():
    chance = np.random.default_rng(1)
    runs = 200
    wrong = 0
    for seed in range(runs):
        known = baseline(seed=seed)
        middle = np.random.default_rng(seed).normal(size=known.shape[1:]) * 10
        wrong += any(row["significant"] for row in drift.against(middle + chance.normal(size=middle.shape), known))
    assert wrong / runs <= 0.08, "5 % is the rate that is controlled; two standard errors of 200 runs are 3 %"


def test_day_0_is_kept_for_the_later_sessions(tmp_path, model):
    seen = model.score(PROMPT, ["I eat well."], WISH).inside
    orders = [
        [PROMPT[0], Part("events", f" {text}"), PROMPT[2]] for text in ("My days .", "I sleep well .", "Things are good .")
    ]
    again = [model.score(one, ["I eat well."], WISH).inside for one in orders]
    before = drift.session_reading(seen, [], tmp_path, "kara", day_0=False)
    assert before["reason"] == "no reading of day 0"
    assert before["activations"][1]["distance"] is None and before["activations"][1]["projection"] is not None
    first = drift.session_reading(seen, again, tmp_path, "kara", day_0=True)
    later = drift.session_reading(again[0], [], tmp_path, "kara", day_0=False)
    assert first["reason"] is later["reason"] is None
    assert {row["layer"] for row in later["activations"]} == {0, 1, 2}
    assert later["activations"][2]["distance"] > 0
    assert [row["segment"] for row in first["attention"][:4]] == ["sink", "persona", "events", "question"]
    few = drift.session_reading(seen, again[:1], tmp_path, "mei", day_0=True)
    assert few["reason"] == "no drift by layer: day 0 was not read often enough"


def test_patching_recovers_all_at_the_first_layer_of_the_other_diary(model):
    from quintant.labs.persona.mechanistic.patching import study

    after = [PROMPT[0], Part("events", " I feel sad and hopeless ."), PROMPT[2]]
    found = study(model, PROMPT, after, [("I eat badly.", "I eat well."), ("I cannot relax.", "I relax easily.")])
    assert found["contrast_before"] != found["contrast_after"]
    assert found["recovered"]["0"] == pytest.approx(0, abs=1e-4), "the statements' own words carry nothing of a diary"
    assert abs(found["recovered"]["1"]) > 1e-3
    assert {*found["withheld"]} == {"persona", "events", "question"}
