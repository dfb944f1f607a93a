"""Every rule against Flower, against theory, and against the properties that any rule has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from quintant.errors import EngineError, NotFound
from quintant.labs.federated import testing
from quintant.labs.federated.engine.aggregation import RULES, ClientUpdates, RuleSettings, apply_rule
from quintant.labs.federated.engine.aggregation.arkrum import estimate
from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.bulyan import mean_near_median
from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.aggregation.geometric_median import geometric_median
from quintant.labs.federated.engine.aggregation.sorting import sorted_by_coordinate
from quintant.labs.federated.engine.aggregation.trust import nearness

FLOWER = np.load(Path(__file__).with_name("flower_1_41.npz"))
ORDER = ("fedavg", "krum", "multi-krum", "bulyan", "median", "trimmed_mean")
SETTINGS = RuleSettings(11, num_of_malicious_clients=2, num_krum_selections=7, remove_clients=True, num_std_dev=1.5)


def given(weights, samples=None, round=1, living=None, removed_before=0):
    k = len(weights)
    samples = np.full(k, 10) if samples is None else samples
    living = np.ones(k, dtype=bool) if living is None else living
    return ClientUpdates(round, np.arange(k), weights, samples, np.zeros(weights.shape[1]), living, removed_before)


# --- a second implementation ---


@pytest.mark.parametrize("keyword", ORDER)
def test_equals_flower(keyword, monkeypatch):
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.ranking._compared", lambda a, b: 0)  # the earlier row wins
    for case, (n, f, _, m, share) in enumerate(FLOWER["cases"]):
        updates = given(FLOWER[f"weights{case}"].astype(np.float64), FLOWER[f"samples{case}"].astype(np.int64))
        settings = RuleSettings(int(n), int(f), num_krum_selections=int(m), trim_ratio=share, paper_exact=True)
        aggregate = apply_rule(keyword, updates, settings, {})
        weights = aggregate.weights
        if keyword == "multi-krum":  # Flower counts the chosen by their samples, the paper does not: the chosen are compared
            weights = weighted_mean(updates.weights, updates.samples, aggregate.used)
        expected = FLOWER[f"expected{case}"][ORDER.index(keyword)]
        if keyword in ("krum", "bulyan", "median", "trimmed_mean"):
            assert np.array_equal(weights, expected), case
        else:
            np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-13)


def test_geometric_median_minimises_the_sum_of_distances():
    rng = np.random.default_rng(0)
    for paper in (False, True):
        rows, samples = rng.normal(size=(9, 5)), rng.integers(1, 40, 9)
        rows[0] += 30
        counts = samples if paper else np.ones(9)
        best = minimize(lambda z, x=rows, w=counts: (w * np.linalg.norm(x - z, axis=1)).sum(), rows.mean(axis=0), tol=1e-12)
        aggregate = apply_rule("rfa", given(rows, samples), RuleSettings(9, paper_exact=paper), {})
        total = (counts * np.linalg.norm(rows - aggregate.weights, axis=1)).sum()
        assert total <= best.fun * (1 + 1e-6)
        assert np.linalg.norm(aggregate.weights - best.x) < 1e-4


def test_geometric_median_on_shares_equals_that_on_coordinates(monkeypatch):
    rows = np.random.default_rng(1).normal(size=(12, 300))
    rows[:3] += 50
    shares, settled = geometric_median(rows, np.ones(12))
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.geometric_median.FAR", 0.0)
    coordinates, also = geometric_median(rows, np.ones(12))
    assert settled and also
    np.testing.assert_allclose(shares, coordinates, atol=1e-9)


def test_geometric_median_keeps_its_precision_beside_an_upload_a_trillion_away():
    rows = np.random.default_rng(2).normal(size=(9, 20))
    far = rows.copy()
    far[0] = 1e12
    point, _ = geometric_median(far, np.ones(9))
    assert np.linalg.norm(point - rows[1:].mean(axis=0)) < 3.0


# --- theory ---


@pytest.mark.parametrize("keyword", ["krum", "multi-krum", "bulyan", "rfa", "trimmed_mean", "median", "arkrum"])
@pytest.mark.parametrize("size", [1e2, 1e6, 1e30])
def test_robust_rules_stay_with_the_honest_however_far_the_attackers_go(keyword, size):
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(11, 50))
    rows[:2] = size * rng.normal(size=(2, 50))
    settings = RuleSettings(11, 2, num_krum_selections=9, trim_ratio=0.2, paper_exact=True)
    aggregate = apply_rule(keyword, given(rows), settings, {})
    assert np.linalg.norm(aggregate.weights - rows[2:].mean(axis=0)) < 9


def test_one_attacker_moves_an_average_anywhere():
    rows = np.zeros((10, 3))
    rows[0] = 1e6
    assert apply_rule("fedavg", given(rows), RuleSettings(10), {}).weights == pytest.approx([1e5] * 3)


def test_geometric_median_breaks_at_half():
    rows = np.random.default_rng(4).normal(size=(11, 8))
    for attackers, held in ((5, True), (6, False)):
        attacked = rows.copy()
        attacked[:attackers] = 1e9
        far = np.linalg.norm(apply_rule("rfa", given(attacked), RuleSettings(11), {}).weights - rows[6:].mean(axis=0))
        assert (far < 100) == held


def test_krum_with_f_attackers_together_needs_2f_plus_3():
    rng = np.random.default_rng(5)
    for f in (1, 2, 3):
        rows = rng.normal(size=(2 * f + 3, 60))
        rows[:f] = 5 + 0.5 * rng.normal(size=(f, 60))
        assert np.flatnonzero(apply_rule("krum", given(rows), RuleSettings(len(rows), f), {}).used)[0] >= f
    rows = rng.normal(size=(4, 60))  # n = 2f: two who agree win
    rows[:2] = 5
    assert np.flatnonzero(apply_rule("krum", given(rows), RuleSettings(4, 2), {}).used)[0] < 2


@pytest.mark.parametrize("n", [5, 7, 10])
def test_pid_cannot_remove_beyond_the_square_root_of_n_minus_1(n):
    rows = np.zeros((n, 4))
    rows[0] = 1e9
    limit = np.sqrt(n - 1)
    for factor, fires in ((limit * 0.99, True), (limit * 1.001, False)):
        settings = RuleSettings(n, kp=1, ki=0, num_std_dev=factor, remove_clients=True, begin_removing_from_round=1)
        aggregate = apply_rule("pid", given(rows), settings, {})
        assert bool(aggregate.removed[0]) == fires


def test_trust_removes_somebody_with_nobody_attacking():
    rows = np.random.default_rng(6).normal(size=(8, 30))
    settings = RuleSettings(8, remove_clients=True, begin_removing_from_round=1)
    aggregate = apply_rule("trust", given(rows), settings, {})
    assert aggregate.removed.sum() == 1 and aggregate.used.sum() == 7


# --- the definitions, by hand ---


def test_krum_scores_are_sums_of_squares_to_the_nearest_others():
    rows = np.array([[0.0], [1.0], [2.0], [4.0], [100.0]])
    aggregate = apply_rule("krum", given(rows), RuleSettings(5, 1), {})  # n - f - 2 = 2 neighbours
    assert aggregate.scores.tolist() == [1 + 4, 1 + 1, 1 + 4, 4 + 9, 96**2 + 98**2]
    assert aggregate.used.tolist() == [False, True, False, False, False]


def test_multi_krum_of_the_contract_looks_at_m_minus_2_and_counts_samples():
    rows = np.array([[0.0], [1.0], [3.0], [9.0], [30.0], [31.0]])
    samples = np.array([1, 3, 1, 1, 1, 1])
    aggregate = apply_rule("multi-krum", given(rows, samples), RuleSettings(6, 1, num_krum_selections=3), {})
    assert aggregate.scores.tolist() == [1, 1, 4, 36, 1, 1]  # one neighbour
    assert aggregate.used.tolist() == [True, True, False, False, True, False]
    assert aggregate.weights == pytest.approx([(0 * 1 + 1 * 3 + 30 * 1) / 5])


def test_multi_krum_based_removes_one_a_round_until_n_minus_m_are_gone():
    rows = np.array([[0.0], [0.1], [0.2], [0.3], [50.0], [90.0]])
    settings = RuleSettings(6, 2, num_krum_selections=4, remove_clients=True, begin_removing_from_round=1)
    living, gone = np.ones(6, dtype=bool), []
    for round in range(1, 5):
        aggregate = apply_rule("multi-krum-based", given(rows, None, round, living.copy(), len(gone)), settings, {})
        if aggregate.removed is not None:
            gone += np.flatnonzero(aggregate.removed).tolist()
            living &= ~aggregate.removed
    assert gone == [5, 4]


@pytest.mark.parametrize("keyword", ["krum", "rfa"])
def test_removal_takes_living_ones_only_and_ends_with_f(keyword):
    rows = np.random.default_rng(7).normal(size=(9, 6))
    rows[0] += 40
    rows[1] += 20
    settings = RuleSettings(9, 2, remove_clients=True, begin_removing_from_round=1)
    living, gone = np.ones(9, dtype=bool), []
    for round in range(1, 8):
        aggregate = apply_rule(keyword, given(rows, None, round, living.copy(), len(gone)), settings, {})
        assert not aggregate.used[~living].any()
        if aggregate.removed is not None:
            assert not aggregate.removed[~living].any()
            gone += np.flatnonzero(aggregate.removed).tolist()
            living &= ~aggregate.removed
    assert gone == [0, 1]


def test_krum_removes_after_the_round_it_begins_from():
    settings = RuleSettings(11, 2, remove_clients=True, begin_removing_from_round=2)
    assert apply_rule("krum", testing.client_updates(2), settings, {}).removed is None
    assert apply_rule("krum", testing.client_updates(3), settings, {}).removed.sum() == 1


def test_trimmed_mean_drops_int_of_the_share_at_each_end():
    rows = np.array([[1.0, 5], [2, 6], [3, 7], [4, 8], [100, -50]])
    aggregate = apply_rule("trimmed_mean", given(rows), RuleSettings(5, trim_ratio=0.2), {})
    assert aggregate.weights.tolist() == [3.0, 6.0]
    assert aggregate.scores.tolist() == [0.5, 0.0, 0.0, 0.5, 1.0]


def test_bulyan_of_the_contract_chooses_in_one_shot_and_trims_the_ends():
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [600.0]])
    aggregate = apply_rule("bulyan", given(rows), RuleSettings(7, 1, num_krum_selections=5), {})
    assert aggregate.weights == pytest.approx([2.0])  # 0..4 or 1..5 without both ends; Krum's best five are 0..4
    assert aggregate.used.tolist() == [True] * 6 + [False]
    assert aggregate.notes == ()


@pytest.mark.parametrize(
    ("n", "settings", "why"),
    [
        (7, {"num_krum_selections": 4}, "n - m = 7 - 4 is odd"),
        (7, {"num_krum_selections": 3}, "n = 7 and m = 3 do not satisfy m <= n and n > 2(n - m) + 2"),
        (6, {"num_of_malicious_clients": 1, "paper_exact": True}, "n = 6 is less than 4f + 3 = 7"),
    ],
)
def test_bulyan_that_cannot_be_applied_averages_where_the_config_says_so_and_else_stays(n, settings, why):
    rows = np.random.default_rng(8).normal(size=(n, 3))
    stays = apply_rule("bulyan", given(rows), RuleSettings(n, **settings), {})
    assert stays.notes == (f"Bulyan cannot be applied ({why}): the global weights stay as they were",)
    assert (stays.outcome, stays.weights.tolist(), stays.used.any()) == ("unchanged", [0.0, 0.0, 0.0], False)
    aggregate = apply_rule("bulyan", given(rows), RuleSettings(n, **settings, average_unmet=True), {})
    assert aggregate.outcome == "averaged"
    assert aggregate.notes == (f"Bulyan cannot be applied ({why}): the round was averaged without a defence",)
    np.testing.assert_allclose(aggregate.weights, rows.mean(axis=0))


def test_mean_near_median_takes_the_nearest_values():
    rng = np.random.default_rng(9)
    for k, count in ((7, 3), (8, 5), (5, 5), (9, 1)):
        rows = rng.normal(size=(k, 30))
        middle = np.median(rows, axis=0)
        nearest = np.argsort(np.abs(rows - middle), axis=0)[:count]
        np.testing.assert_allclose(
            mean_near_median(rows, count), np.take_along_axis(rows, nearest, axis=0).mean(axis=0), atol=1e-14
        )


def test_pid_terms_over_three_rounds():
    rows = np.array([[0.0], [0.0], [3.0]])  # centroid 1: distances 1, 1, 2
    updates = [given(rows * factor, None, round) for round, factor in ((1, 1), (2, 2), (3, 1))]
    settings = RuleSettings(3, kp=2.0, ki=0.5, kd=4.0)
    expected = {
        "pid": [[2, 2, 4], [4 + 0.5 + 4, 4 + 0.5 + 4, 8 + 1 + 8], [2 + 1.5 - 4, 2 + 1.5 - 4, 4 + 3 - 8]],
        "pid_scaled": [[2, 2, 4], [4 + 0.25 + 4, 4 + 0.25 + 4, 8 + 0.5 + 8], [2 + 0.5 - 4, 2 + 0.5 - 4, 4 + 1 - 8]],
    }
    root = np.sqrt(2)
    low, high = -1 / root, root  # z-scores of 1, 1, 2
    standardized = [[2, 2, 4], [8 + low / 2] * 2 + [16 + high / 2], [-2 + low / 2] * 2 + [-4 + high / 2]]
    expected["pid_standardized"] = expected["pid_standardized_score_based"] = standardized
    for keyword, rounds in expected.items():
        memory = {}
        for round_updates, scores in zip(updates, rounds, strict=True):
            aggregate = apply_rule(keyword, round_updates, settings, memory)
            np.testing.assert_allclose(aggregate.scores, scores, err_msg=keyword)
            measured = (
                aggregate.scores
                if keyword in ("pid", "pid_standardized_score_based")
                else np.array([1, 1, 2]) * (2 if round_updates.round == 2 else 1)
            )
            assert aggregate.threshold == pytest.approx(measured.mean() + 3 * measured.std())
            memory = aggregate.memory


def test_pid_leaves_out_at_once_and_for_good_from_its_round_on():
    rows = np.random.default_rng(10).normal(size=(10, 4))
    rows[0] += 100
    settings = RuleSettings(10, num_std_dev=2.0, remove_clients=True, begin_removing_from_round=2)
    first = apply_rule("pid", given(rows), settings, {})
    assert first.used.all() and not first.removed.any()
    second = apply_rule("pid", given(rows, None, 2), settings, first.memory)
    assert second.removed.tolist() == [True] + [False] * 9
    np.testing.assert_allclose(second.weights, rows[1:].mean(axis=0))


def test_everybody_above_the_threshold_leaves_the_global_weights_and_says_so():
    rows = np.array([[1.0], [2.0], [4.0]])
    settings = RuleSettings(3, ki=50.0, num_std_dev=0.0, remove_clients=True, begin_removing_from_round=2)
    first = apply_rule("pid_scaled", given(rows), settings, {})
    second = apply_rule("pid_scaled", given(rows, None, 2), settings, first.memory)
    assert not second.used.any() and second.weights.tolist() == [0.0]
    assert second.notes == ("nobody was left to aggregate: the global weights stay as they were",)


def test_trust_by_its_formula():
    rows = np.array([[0.0], [1.0], [2.0], [9.0]])  # centroid 3: distances 3, 2, 1, 6
    near = np.array([0.6, 0.8, 1.0, 0.0])
    np.testing.assert_allclose(nearness(np.array([3.0, 2, 1, 6]), np.ones(4, dtype=bool)), near)
    settings = RuleSettings(4, beta_value=0.5, trust_threshold=0.2, remove_clients=True, begin_removing_from_round=2)
    first = apply_rule("trust", given(rows), settings, {})
    trust = lambda r, t: np.hypot(r, t) - np.hypot(1 - r, 1 - t)  # noqa: E731
    once = np.clip(0.5 * trust(near, near), 0, 1)
    np.testing.assert_allclose(first.scores, once)
    second = apply_rule("trust", given(rows, None, 2), settings, first.memory)
    fall = np.where(near >= 0.5, near / 2, np.exp(-(1 - near * near / 2)))
    reputation = np.clip(0.5 * (near + near - fall) + 0.5 * near, 0, 1)
    np.testing.assert_allclose(second.scores, np.clip(0.5 * trust(reputation, near) + 0.5 * once, 0, 1))
    assert second.removed.tolist() == [False, False, False, True] and second.threshold == 0.2


def test_arkrum_finds_the_attackers_and_without_any_suspects_nobody():
    rng = np.random.default_rng(11)
    rows = rng.normal(size=(12, 200))
    assert estimate(squared_distances(rows), np.ones(12, dtype=bool), per_element=True) == 0
    assert estimate(squared_distances(rows), np.ones(12, dtype=bool), per_element=False) == 5  # the contract: always the most
    rows[:3] = 3 * rng.normal(size=(3, 200))
    assert estimate(squared_distances(rows), np.ones(12, dtype=bool), per_element=True) == 3
    aggregate = apply_rule("arkrum", given(rows), RuleSettings(12, paper_exact=True), {})
    assert aggregate.used.tolist() == [False] * 3 + [True] * 9


# --- what any rule has ---


@pytest.mark.parametrize("paper_exact", [False, True], ids=["contract", "paper"])
@pytest.mark.parametrize("keyword", RULES)
@pytest.mark.parametrize("check", testing.RULE_CHECKS, ids=lambda check: check.__name__)
def test_conformance(check, keyword, paper_exact):
    check(RULES[keyword], replace(SETTINGS, paper_exact=paper_exact))


def test_who_fails_is_told_by_the_checks():
    def last_one_wins(updates, settings, memory):
        aggregate = RULES["fedavg"](updates, settings, memory)
        return replace(aggregate, weights=updates.weights[-1].astype(np.float64))

    with pytest.raises(AssertionError, match="depends on the order"):
        testing.the_order_of_participants_does_not_matter(last_one_wins, SETTINGS)
    with pytest.raises(AssertionError, match="equal updates do not give themselves"):
        testing.agreement_is_kept(lambda *a: replace(RULES["fedavg"](*a), weights=np.zeros(40)), SETTINGS)
    with pytest.raises(AssertionError, match="depend on what a removed participant sent"):
        everybody = lambda u, s, m: RULES["fedavg"](replace(u, living=np.ones_like(u.living)), s, m)  # noqa: E731
        hidden = lambda u, s, m: replace(everybody(u, s, m), used=u.living.copy())  # noqa: E731
        testing.the_removed_have_no_influence(lambda *a: replace(hidden(*a)), SETTINGS)


def test_an_unknown_rule_is_named():
    with pytest.raises(NotFound, match="Federated rule not found: nonsense"):
        apply_rule("nonsense", given(np.ones((3, 2))), RuleSettings(3), {})


# --- adversarial uploads ---


@pytest.mark.parametrize("keyword", RULES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_uploads_that_are_not_finite_are_set_aside_and_named(keyword, bad):
    updates = testing.client_updates()
    weights = updates.weights.copy()
    weights[4, 7] = bad
    aggregate = apply_rule(keyword, replace(updates, weights=weights), SETTINGS, {})
    assert np.isfinite(aggregate.weights).all()
    assert not aggregate.used[4] and np.isnan(aggregate.scores[4])
    assert aggregate.notes[-1] == "sent weights that are not finite and was set aside this round: 4"


def test_nobody_with_finite_weights_ends_the_run():
    with pytest.raises(EngineError, match="round 1: no participant sent finite weights"):
        apply_rule("fedavg", given(np.full((3, 2), np.nan)), RuleSettings(3), {})


@pytest.mark.parametrize("keyword", RULES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_participants_is_enough_for_a_verdict(keyword, count):
    rows = np.random.default_rng(12).normal(size=(count, 4))
    for paper_exact in (False, True):
        settings = replace(SETTINGS, paper_exact=paper_exact, num_of_clients=count, average_unmet=True)
        aggregate = apply_rule(keyword, given(rows), settings, {})
        assert np.isfinite(aggregate.weights).all() and aggregate.used.any()


def test_distances_of_many_are_those_of_few():
    rng = np.random.default_rng(13)
    rows = 100 + rng.normal(size=(90, 5200))
    rows[7] = rows[3]
    rows[8] = rows[3] + 1e-9
    gram = squared_distances(rows)
    direct = np.square(rows[3] - rows[[7, 8, 9]]).sum(axis=1)
    assert gram[3, 7] == 0.0
    np.testing.assert_allclose(gram[3, [7, 8, 9]], direct, rtol=1e-9)
    assert np.array_equal(gram, gram.T)


@pytest.mark.parametrize("paper_exact", [False, True], ids=["contract", "paper"])
@pytest.mark.parametrize("keyword", RULES)
def test_walking_in_blocks_changes_nothing(keyword, paper_exact, monkeypatch):
    settings = replace(SETTINGS, paper_exact=paper_exact)
    whole = apply_rule(keyword, testing.client_updates(3), settings, {})
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.distances.BLOCK_VALUES", 77)  # 7 coordinates at a time
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.distances.DIRECT_LIMIT", 0)
    parts = apply_rule(keyword, testing.client_updates(3), settings, {})
    np.testing.assert_allclose(parts.weights, whole.weights, rtol=1e-12)
    np.testing.assert_allclose(parts.scores, whole.scores, rtol=1e-9)
    assert np.array_equal(parts.used, whole.used)


@pytest.mark.parametrize("count", range(1, 19))
def test_rows_are_sorted_by_coordinate(count):
    rows = np.random.default_rng(count).integers(0, 9, (count, 200)).astype(np.float32)
    assert np.array_equal(sorted_by_coordinate(rows), np.sort(rows, axis=0))
