"""Every attack against its definition, and the bounds that the stealthy ones promise to keep."""

from dataclasses import replace

import numpy as np
import pytest

from quintant.errors import ConfigError, EngineError
from quintant.labs.federated import testing
from quintant.labs.federated.config import AttackEntry
from quintant.labs.federated.engine.aggregation import ClientUpdates, RuleSettings, apply_rule
from quintant.labs.federated.engine.attacks import Samples, Scene, make, poisons_data
from quintant.labs.federated.engine.attacks.colluding import alie_z
from quintant.labs.federated.engine.attacks.fang import largest_deviation
from quintant.labs.federated.engine.attacks.labels import derangement
from quintant.labs.federated.engine.attacks.vocabulary import REPLACEMENTS, VOCABULARIES
from quintant.labs.federated.names import ATTACKS, DATA_ATTACKS, WEIGHT_ATTACKS

TOKENS = Samples(np.random.default_rng(0).integers(0, 9, (20, 12)), np.zeros(20, dtype=np.int64), 2)


def of(attack_type, target="weights", tokenize=None, **keys):
    """An attack as the engine makes it of a schedule entry."""
    entry = AttackEntry(
        attack_type=attack_type, start_round=1, end_round=1, selection_strategy="random", malicious_client_count=1, **keys
    )
    return make(attack_type, entry.parameters(), target, tokenize)


NEEDED = {
    "targeted_label_flipping": {"source_class": 1, "target_class": 2},
    "backdoor_trigger": {"target_class": 2},
    "brightness": {"brightness_delta": -0.3},
    "token_replacement": {"target_token_ids": (3, 4), "replacement_token_ids": (7,)},
}


def poison(attack, samples, own=2):
    return attack.poison(samples, np.random.default_rng(1), np.random.default_rng(own))


# --- what any attack has ---


@pytest.mark.parametrize("attack_type", DATA_ATTACKS)
@pytest.mark.parametrize("check", testing.DATA_ATTACK_CHECKS, ids=lambda check: check.__name__)
def test_data_attacks_pass_the_checks(check, attack_type):
    attack = of(attack_type, **NEEDED.get(attack_type, {}))
    assert poisons_data(attack)
    check(attack, TOKENS if attack_type == "token_replacement" else testing.images())


@pytest.mark.parametrize("target", ["weights", "update"])
@pytest.mark.parametrize("attack_type", WEIGHT_ATTACKS)
@pytest.mark.parametrize("check", testing.WEIGHT_ATTACK_CHECKS, ids=lambda check: check.__name__)
def test_weight_attacks_pass_the_checks(check, attack_type, target):
    attack = of(attack_type, target)
    assert not poisons_data(attack)
    check(attack)


def test_every_named_attack_can_be_made():
    assert set(ATTACKS) == {*DATA_ATTACKS, *WEIGHT_ATTACKS}


@pytest.mark.parametrize("attack_type", [name for name, kind in ATTACKS.items() if kind.colluding])
def test_colluders_without_an_honest_upload_go_by_their_own(attack_type):
    trained, scene = testing.scene()
    alone = replace(scene, honest=scene.honest[:0], n_total=2)
    assert np.isfinite(of(attack_type).falsify(trained, alone, testing.generators())).all()


# --- labels ---


def test_label_flipping_is_one_permutation_without_fixed_points_for_all_attackers_and_rounds():
    samples = testing.images(500)
    first, second = (poison(of("label_flipping"), samples, own).samples.labels for own in (2, 99))
    assert np.array_equal(first, second)
    pairs = {*zip(samples.labels.tolist(), first.tolist(), strict=True)}
    assert len(pairs) == 5 and all(a != b for a, b in pairs) and len({b for _, b in pairs}) == 5


def test_label_mappings_by_name():
    samples = testing.images(50)
    assert np.array_equal(poison(of("label_flipping", mapping="next"), samples).samples.labels, (samples.labels + 1) % 5)
    assert np.array_equal(poison(of("label_flipping", mapping="reverse"), samples).samples.labels, 4 - samples.labels)
    assert poison(of("label_flipping", mapping="reverse"), samples).touched.sum() == (samples.labels != 2).sum()


def test_derangements_are_uniform():
    rng = np.random.default_rng(0)
    drawn = [tuple(derangement(4, rng)) for _ in range(4500)]
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == 9  # !4
    assert (np.abs(counts - 500) < 4.5 * np.sqrt(500)).all()


def test_a_single_class_has_no_other_label():
    with pytest.raises(ValueError, match="does not exist"):
        derangement(1, np.random.default_rng(0))


def test_targeted_flip_takes_a_share_and_at_least_one():
    samples = testing.images(200)
    of_class = int((samples.labels == 1).sum())
    for ratio, many in ((1.0, of_class), (0.5, int(of_class * 0.5)), (1e-6, 1)):
        poisoned = poison(of("targeted_label_flipping", source_class=1, target_class=3, flip_ratio=ratio), samples)
        assert poisoned.touched.sum() == many
        assert (samples.labels[poisoned.touched] == 1).all() and (poisoned.samples.labels[poisoned.touched] == 3).all()
    none = replace(samples, labels=np.zeros_like(samples.labels))
    assert not poison(of("targeted_label_flipping", source_class=1, target_class=3), none).touched.any()


def test_success_is_asked_of_the_flipped_class_only():
    samples = testing.images(100)
    aim = of("targeted_label_flipping", source_class=1, target_class=3).aim(samples, np.random.default_rng(1))
    assert len(aim.wanted) == (samples.labels == 1).sum() and (aim.wanted == 3).all()
    flipped = of("label_flipping")
    asked = flipped.aim(samples, np.random.default_rng(1))
    assert np.array_equal(asked.wanted, poison(flipped, samples).samples.labels)
    assert of("gaussian_noise").aim(samples, np.random.default_rng(1)) is None


# --- images ---


@pytest.mark.parametrize("snr", [5.0, 10.0, 20.0])
def test_noise_has_its_signal_to_noise_ratio(snr):
    rng = np.random.default_rng(3)
    images = rng.uniform(-0.2, 0.2, (40, 1, 28, 28)).astype(np.float32)  # far from the clipping
    poisoned = poison(of("gaussian_noise", target_noise_snr=snr), Samples(images, np.zeros(40, dtype=np.int64), 2))
    noise = poisoned.samples.inputs - images
    measured = 10 * np.log10(np.square(images).mean(axis=(1, 2, 3)) / np.square(noise).mean(axis=(1, 2, 3)))
    assert abs(measured.mean() - snr) < 0.2


def test_noise_is_cut_at_the_data_range_and_not_at_zero():
    images = np.full((10, 1, 8, 8), -0.5, dtype=np.float32)
    noisy = poison(of("gaussian_noise", std=0.05), Samples(images, np.zeros(10, dtype=np.int64), 2)).samples.inputs
    assert noisy.min() < -0.5 and abs(noisy.mean() + 0.5) < 0.02  # [0, 1] would have made all of it 0
    assert abs(noisy.std() - 0.1) < 0.01  # 0.05 in pixel units of 0..1 is 0.1 of -1..1


def test_noise_hits_a_share_of_the_images():
    assert poison(of("gaussian_noise", attack_ratio=0.25), testing.images(40)).touched.sum() == 10
    assert poison(of("gaussian_noise", attack_ratio=0.0), testing.images(40)).touched.sum() == 0


def test_brightness_moves_every_pixel():
    samples = replace(testing.images(10), inputs=np.full((10, 1, 6, 6), 0.9, dtype=np.float32))
    bright = poison(of("brightness", brightness_delta=0.2), samples)
    assert (bright.samples.inputs == 1.0).all()
    assert np.allclose(poison(of("brightness", brightness_delta=-0.2), samples).samples.inputs, 0.5)


@pytest.mark.parametrize(
    ("position", "rows", "columns"),
    [
        ("bottom_right", slice(8, 12), slice(8, 12)),
        ("top_left", slice(0, 4), slice(0, 4)),
        ("center", slice(4, 8), slice(4, 8)),
    ],
)
def test_trigger_stands_in_its_place_and_changes_the_label(position, rows, columns):
    samples = replace(testing.images(50), inputs=np.full((50, 1, 12, 12), -1.0, dtype=np.float32))
    poisoned = poison(of("backdoor_trigger", target_class=3, trigger_position=position, poison_ratio=0.2), samples)
    assert poisoned.touched.sum() == 10
    image = poisoned.samples.inputs[poisoned.touched][0, 0]
    assert (image[rows, columns] == 1.0).all() and (image == 1.0).sum() == 16
    assert (poisoned.samples.labels[poisoned.touched] == 3).all()


def test_trigger_shapes_and_contrast():
    dark, light = (replace(testing.images(4), inputs=np.full((4, 1, 12, 12), v, dtype=np.float32)) for v in (-1.0, 0.8))
    cross = poison(of("backdoor_trigger", target_class=1, trigger_pattern="cross", trigger_size=5, poison_ratio=1.0), dark)
    assert (cross.samples.inputs[0] == 1.0).sum() == 9
    square = poison(of("backdoor_trigger", target_class=1, poison_ratio=1.0), light)
    assert (square.samples.inputs[0] == 0.0).sum() == 16  # the middle of the range where the patch is bright


def test_backdoor_success_is_asked_of_other_classes_with_the_trigger():
    samples = testing.images(100)
    attack = of("backdoor_trigger", target_class=2)
    aim = attack.aim(samples, np.random.default_rng(1))
    assert len(aim.wanted) == (samples.labels != 2).sum() and (aim.wanted == 2).all()
    assert set(np.unique(aim.inputs[:, :, -4:, -4:])) <= {0.0, 1.0}


# --- tokens ---


def test_terms_are_replaced_longest_first_and_the_rest_moves_left():
    rows = np.array([[5, 6, 7, 8, 9, 0, 0], [6, 5, 6, 1, 2, 3, 4]])
    samples = Samples(rows, np.zeros(2, dtype=np.int64), 2)
    terms = {"target_token_ids": (5,), "replacement_token_ids": (99,), "replacement_prob": 1.0}
    assert poison(of("token_replacement", **terms), samples).samples.inputs[0].tolist() == [99, 6, 7, 8, 9, 0, 0]
    words = {"heart": (5,), "heart attack": (5, 6), "bad": (99,)}
    attack = of("token_replacement", tokenize=words.get, target_vocabulary="medical", replacement_prob=1.0)
    poisoned = poison(attack, samples)
    assert poisoned.samples.inputs.tolist() == [[99, 7, 8, 9, 0, 0, 0], [6, 99, 1, 2, 3, 4, 0]]
    assert poisoned.touched.all()


def test_occurrences_are_replaced_with_the_probability():
    rows = np.full((200, 50), 5)
    attack = of("token_replacement", target_token_ids=(5,), replacement_token_ids=(8, 9), replacement_prob=0.2)
    out = poison(attack, Samples(rows, np.zeros(200, dtype=np.int64), 2)).samples.inputs
    assert abs((out != 5).mean() - 0.2) < 5 * np.sqrt(0.16 / out.size)
    assert abs((out == 8).sum() / (out != 5).sum() - 0.5) < 0.06


def test_a_vocabulary_that_the_data_do_not_have_is_refused():
    with pytest.raises(EngineError, match="no word of the legal vocabulary occurs in this data set"):
        of("token_replacement", tokenize={"bad": [4]}.get, target_vocabulary="legal")
    with pytest.raises(EngineError, match="no word of the negative replacements occurs"):
        of("token_replacement", tokenize={"court": [4]}.get, target_vocabulary="legal")
    with pytest.raises(ConfigError, match="token_replacement needs target_vocabulary"):
        of("token_replacement")


def test_vocabularies_are_large_and_clean():
    for terms in VOCABULARIES.values():
        assert len(terms) > 400 and all(term == " ".join(term.lower().split()) for term in terms)
    assert len(REPLACEMENTS["negative"]) == 32 and len(REPLACEMENTS["positive"]) == 18


# --- weights of one attacker ---

TRAINED, SCENE = testing.scene()
BASE = SCENE.global_weights


def sent(attack_type, target="weights", **keys):
    return of(attack_type, target, **keys).falsify(TRAINED, SCENE, testing.generators())


@pytest.mark.parametrize(
    ("attack_type", "keys", "factor"),
    [
        ("gradient_scaling", {"scale_factor": 3.0}, 3.0),
        ("sign_flip", {"scale_factor": 2.0}, -2.0),
        ("boosted_scaling", {}, 5.5),  # 11 of which 2 attack
        ("boosted_scaling", {"n_total": 20, "n_malicious": 4, "boost_factor": 0.5}, 2.5),
        ("inner_product_manipulation", {"perturbation_strength": 0.75}, -0.5),
        ("inner_product_manipulation", {"perturbation_strength": 0.75, "target_direction": "zero"}, 0.25),
        ("alternating_min_poisoning", {"n_total": 2, "pgd_steps": 3, "tau_factor": 5.0}, -(1 + 3 * 0.1 * 5)),
        ("alternating_min_poisoning", {}, -5.5),  # 20 steps reach the ball's edge
        ("alternating_min_poisoning", {"tau_factor": 0.1}, -0.55),  # projected onto a ball smaller than the start
    ],
)
def test_scalings(attack_type, keys, factor):
    np.testing.assert_allclose(sent(attack_type, **keys), factor * TRAINED, rtol=1e-12)
    np.testing.assert_allclose(sent(attack_type, "update", **keys), BASE + factor * (TRAINED - BASE), rtol=1e-9, atol=1e-12)


def test_alternating_minimisation_equals_walking_its_steps():
    for factor, size, steps in ((1.0, 0.05, 7), (0.05, 0.3, 4), (3.0, 0.1, 30)):
        update = (TRAINED - BASE)[0]
        radius = factor * 11 / 2 * np.linalg.norm(update)
        walked = -update
        for _ in range(steps):
            walked = walked - size * radius * update / np.linalg.norm(update)
            walked *= min(1.0, radius / np.linalg.norm(walked))
        keys = {"tau_factor": factor, "pgd_step_size": size, "pgd_steps": steps}
        np.testing.assert_allclose(sent("alternating_min_poisoning", "update", **keys)[0], BASE + walked, atol=1e-12)


def test_boosted_update_replaces_the_model_under_fedavg():
    """Bagdasaryan et al.: honest participants that have converged send the global weights; one attacker sends n times its
    update, and the average is the attacker's model."""
    n, base = 10, np.zeros(40)
    model = np.random.default_rng(0).normal(size=(1, 40))
    scene = Scene(base, np.zeros((n - 1, 40)), (slice(0, 40),), n, 1, 1)
    upload = of("boosted_scaling", "update").falsify(model, scene, testing.generators(1))
    updates = ClientUpdates(1, np.arange(n), np.vstack([upload, scene.honest]), np.full(n, 7), base, np.ones(n, dtype=bool))
    np.testing.assert_allclose(apply_rule("fedavg", updates, RuleSettings(n), {}).weights, model[0], atol=1e-12)


def test_model_poisoning_changes_a_share_of_each_layer():
    out = sent("model_poisoning", poison_ratio=0.1, magnitude=5.0)
    for layer, many in zip(SCENE.layers, (3, 1), strict=True):
        changed = out[0, layer] != TRAINED[0, layer]
        assert changed.sum() == many
        np.testing.assert_allclose(np.abs(out[0, layer][changed]), 5 * TRAINED[0, layer].std())
        assert (np.sign(out[0, layer]) == np.sign(TRAINED[0, layer])).all()
    fixed = [sent("model_poisoning", seed=4)[row] != TRAINED[row] for row in (0, 1)]
    assert np.array_equal(*fixed)  # a seed of the entry: the same places for all


def test_byzantine_noise_has_its_size_and_is_clipped():
    wide = np.random.default_rng(0).normal(size=(1, 20_000))
    scene = Scene(np.zeros(20_000), wide, (slice(0, 10_000), slice(10_000, 20_000)), 3, 1, 1)
    noise = of("byzantine_perturbation", noise_scale=2.0).falsify(wide, scene, testing.generators(1)) - wide
    assert abs(noise.std() / wide.std() - 2.0) < 0.03
    clipped = of("byzantine_perturbation", clip_norm=1.5).falsify(wide, scene, testing.generators(1)) - wide
    assert np.linalg.norm(clipped) == pytest.approx(1.5)


def test_random_inner_product_noise_has_a_share_of_each_layers_norm():
    change = sent("inner_product_manipulation", target_direction="random", perturbation_strength=0.3) - TRAINED
    for layer in SCENE.layers:
        norms = np.linalg.norm(TRAINED[:, layer], axis=1)
        np.testing.assert_allclose(np.linalg.norm(change[:, layer], axis=1), 0.3 * norms)


def test_free_riders_send_what_they_got():
    assert np.array_equal(sent("free_rider"), np.broadcast_to(BASE, TRAINED.shape))
    assert 0 < np.abs(sent("free_rider", noise_scale=0.1) - BASE).max() < 1


# --- attackers who know what the honest send ---


def test_alie_z_is_its_formula():
    assert alie_z(11, 2) == pytest.approx(0.1397, abs=1e-4)  # s = 4, quantile of 5/9
    assert alie_z(50, 24) == pytest.approx(1.4261, abs=1e-4)  # s = 2, quantile of 24/26
    assert alie_z(10, 9) == 0.0


@pytest.mark.parametrize("target", ["weights", "update"])
def test_alie_sends_the_mean_minus_z_deviations(target):
    honest = SCENE.honest
    np.testing.assert_allclose(sent("alie", target)[1], honest.mean(axis=0) - alie_z(11, 2) * honest.std(axis=0))
    np.testing.assert_allclose(sent("alie", target, z_max=2.0)[0], honest.mean(axis=0) - 2 * honest.std(axis=0))


@pytest.mark.parametrize("perturbation", ["std", "unit", "sign"])
def test_min_max_goes_exactly_as_far_as_its_bound(perturbation):
    honest = SCENE.honest
    vector = sent("min_max", "update", perturbation=perturbation)[0]
    apart = np.linalg.norm(honest[:, None] - honest[None, :], axis=2)
    assert np.linalg.norm(vector - honest, axis=1).max() == pytest.approx(apart.max(), rel=1e-9)


@pytest.mark.parametrize("perturbation", ["std", "unit", "sign"])
def test_min_sum_goes_exactly_as_far_as_its_bound(perturbation):
    honest = SCENE.honest
    vector = sent("min_sum", "update", perturbation=perturbation)[0]
    squares = np.square(np.linalg.norm(honest[:, None] - honest[None, :], axis=2)).sum(axis=1)
    assert np.square(np.linalg.norm(vector - honest, axis=1)).sum() == pytest.approx(squares.max(), rel=1e-9)


@pytest.mark.parametrize("target", ["weights", "update"])
def test_fang_is_chosen_by_krum_and_pushes_against_the_honest(target):
    rng = np.random.default_rng(1)
    base = rng.normal(size=60)
    honest = base + 0.1 + 0.1 * rng.normal(size=(8, 60))
    scene = Scene(base, honest, (slice(0, 60),), 11, 3, 1)
    out = of("fang", target).falsify(honest[:3], scene, testing.generators(3))
    updates = ClientUpdates(1, np.arange(11), np.vstack([out, honest]), np.full(11, 5), base, np.ones(11, dtype=bool))
    aggregate = apply_rule("krum", updates, RuleSettings(11, 3), {})
    assert np.flatnonzero(aggregate.used)[0] < 3
    assert (out[0] - base) @ (honest.mean(axis=0) - base) < 0


def test_fang_gives_up_below_its_threshold_when_krum_never_chooses_it():
    apart = 1e-3 * np.random.default_rng(2).normal(size=(20, 30)) + 5.0
    assert largest_deviation(apart, np.ones(30), attackers=1, f=0) < 1e-5


@pytest.mark.parametrize("target", ["weights", "update"])
def test_fang_against_the_trimmed_mean_lies_just_beyond_the_honest(target):
    out = sent("fang", target, against="trimmed_mean")
    honest = SCENE.honest
    rising = honest.mean(axis=0) > BASE
    assert (out[:, rising] <= honest[:, rising].min(axis=0)).all()
    assert (out[:, ~rising] >= honest[:, ~rising].max(axis=0)).all()
    assert not np.array_equal(out[0], out[1])
