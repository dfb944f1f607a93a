"""An attacker cannot switch a defence off: whatever f of n send, rules with a bound keep it, and nobody causes a mean.

`adversarial.json` holds the corruptions, the bounds and the exact values; see tests/data/federated/README.md.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from quintant.labs.federated import testing
from quintant.labs.federated.engine.aggregation import RULES, ClientUpdates, RuleSettings, apply_rule
from quintant.labs.federated.engine.aggregation.distances import distances_to, squared_distances
from quintant.labs.federated.requirements import bound

ORACLE = json.loads((Path(__file__).parents[2] / "data/federated/adversarial.json").read_text())
HONEST = np.array(ORACLE["honest_rows"])
N, F, D = ORACLE["n"], ORACLE["f"], HONEST.shape[1]
STAY = np.full(D, 0.25)
"""The global weights: none of the values that a rule gives."""
BOUNDS = ORACLE["bounds"]
SETTINGS = RuleSettings(N, F, num_krum_selections=N - F, trim_ratio=0.19, paper_exact=True)
AS_INTEFL = replace(SETTINGS, num_krum_selections=N - 2 * F, paper_exact=False)
RULE_OF = {"coordinate_median": "median", "trimmed_mean": "trimmed_mean", "krum": "krum", "multi_krum_m9": "multi-krum"}


def updates(rows, lost=0):
    k = len(rows)
    return ClientUpdates(1, np.arange(k), rows, np.full(k, 10), STAY, np.ones(k, dtype=bool), lost=lost)


def corrupt(case):
    return np.array([[float(value) for value in row] for row in case["rows"]])


def kept(keyword, weights, far):
    """Whether the bound of the oracle holds."""
    slack = ORACLE["abs_tol"]
    if keyword in ("median", "trimmed_mean", "bulyan"):
        low, high = (
            np.array(BOUNDS["coordinate_median" if keyword == "median" else keyword][side]) for side in ("low", "high")
        )
        return bool(((weights >= low - slack) & (weights <= high + slack)).all())
    if keyword == "rfa":
        ball = BOUNDS["geometric_median"]
        return np.linalg.norm(weights - np.array(ball["centre"])) <= ball["radius"] + 1e-5
    if keyword == "krum":
        return not far or any(np.array_equal(weights, row) for row in HONEST)
    return not far or np.allclose(weights, HONEST.mean(axis=0), atol=slack)


BOUNDED = [("median", SETTINGS), ("trimmed_mean", SETTINGS), ("bulyan", SETTINGS), ("bulyan", AS_INTEFL), ("rfa", SETTINGS),
           ("rfa", AS_INTEFL), ("krum", SETTINGS), ("multi-krum", SETTINGS)]  # fmt: skip
NEAR = ("tiny_1e-300", "zeros", "copy_of_honest_row_3", "honest_mean", "honest_times_minus_1")


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["corruption"])
@pytest.mark.parametrize(("keyword", "settings"), BOUNDED)
def test_corruptions_stay_inside_the_bound_of_the_rule(case, keyword, settings):
    bad = corrupt(case)
    aggregate = apply_rule(keyword, updates(np.vstack([HONEST, bad])), settings, {})
    assert kept(keyword, aggregate.weights, case["corruption"] not in NEAR), aggregate.weights
    assert aggregate.outcome == "aggregated"
    if not np.isfinite(bad).all():
        assert "9, 10" in aggregate.notes[-1]


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["corruption"])
def test_values_of_corrupted_rounds_are_those_of_the_oracle(case):
    rows = np.vstack([HONEST, corrupt(case)])
    dropped = case.get("expected_if_the_rows_are_dropped", {})
    compared = 0
    for name, keyword in RULE_OF.items():
        # Non-finite rows have several admissible answers: those of the rows that are left.
        expected = dropped.get(name) if dropped else case["expected"].get(name)
        if expected is None or (name == "trimmed_mean" and dropped):  # trimmed as a full round would be: see its bound
            continue
        weights = apply_rule(keyword, updates(rows), SETTINGS, {}).weights
        np.testing.assert_allclose(weights, expected, rtol=0, atol=ORACLE["abs_tol"] * max(1, np.abs(expected).max()))
        compared += 1
    exact = (dropped or case["expected"]).get("geometric_median")
    if exact is not None:
        np.testing.assert_allclose(apply_rule("rfa", updates(rows), SETTINGS, {}).weights, exact, rtol=0, atol=1e-4)
    assert compared >= 2


def mixtures(draws):
    """Some of f rows of every kind of lie, in every mixture of two; None: absent."""
    rng = np.random.default_rng(4)
    kinds = {
        "nan": lambda: np.full(D, np.nan), "inf": lambda: np.full(D, np.inf), "-inf": lambda: np.full(D, -np.inf),
        "one_nan": lambda: np.where(np.arange(D) == rng.integers(D), np.nan, HONEST[0]),
        "1e30": lambda: 1e30 * rng.normal(size=D), "1e308": lambda: 1e308 * rng.choice([-1, 1], D),
        "-20": lambda: -20 * HONEST[rng.integers(len(HONEST))], "absent": lambda: None,
    }  # fmt: skip
    names = list(kinds)
    for _ in range(draws):
        for i, first in enumerate(names):
            for second in names[i:]:
                yield [kinds[first](), kinds[second]()]


@pytest.mark.parametrize("keyword", RULES)
@pytest.mark.parametrize("settings", [SETTINGS, AS_INTEFL], ids=["paper", "intefl"])
def test_any_mixture_of_lies_keeps_the_bound_or_is_said_to_have_none(keyword, settings):
    plain = HONEST.mean(axis=0)
    for lies in mixtures(3):
        sent = [row for row in lies if row is not None]
        rows = np.vstack([HONEST, *sent]) if sent else HONEST
        aggregate = apply_rule(keyword, updates(rows, lost=len(lies) - len(sent)), settings, {})
        assert np.isfinite(aggregate.weights).all()
        assert aggregate.outcome in ("aggregated", "unchanged")
        unusable = [9 + place for place, row in enumerate(sent) if not np.isfinite(row).all()]
        assert not aggregate.used[unusable].any()
        if unusable:
            assert aggregate.notes[-1].endswith(": " + ", ".join(map(str, unusable)))
        if (keyword, settings) in [(rule, at) for rule, at in BOUNDED if rule != "multi-krum"]:
            assert kept(keyword, aggregate.weights, True) or aggregate.outcome == "unchanged"
        elif keyword == "multi-krum" and settings is SETTINGS:
            np.testing.assert_allclose(aggregate.weights, plain, atol=1e-9)
    told = bound(keyword, settings.paper_exact, N, F, settings.num_krum_selections, 2)
    promises = {"median", "trimmed_mean", "bulyan", "rfa", "krum"}
    if settings is SETTINGS:
        promises |= {"multi-krum", "multi-krum-based"}
    assert told.startswith("none: ") == (keyword not in promises)


@pytest.mark.parametrize("settings", [SETTINGS, AS_INTEFL], ids=["paper", "intefl"])
@pytest.mark.parametrize("lost", range(N))
@pytest.mark.parametrize("keyword", ["krum", "multi-krum", "bulyan", "rfa", "trimmed_mean", "median"])
def test_however_many_fall_out_nobody_causes_a_mean(keyword, lost, settings):
    """Beyond f no bound holds; but what is left is never simply averaged, and the round says when the weights stay. (Where as
    many are lost as the rule leaves out, they count as those, and the others are what it averages.)"""
    rows = np.vstack([HONEST, HONEST[:2] + 50.0])
    rows[:lost] = np.nan
    aggregate = apply_rule(keyword, updates(rows), settings, {})
    left = rows[lost:]
    if aggregate.outcome == "unchanged":
        assert aggregate.weights.tolist() == STAY.tolist() and not aggregate.used.any()
        assert "the global weights stay as they were" in aggregate.notes[0] and f"{lost} of {N}" in aggregate.notes[0]
    elif len(left) > 1 and lost not in (0, {"bulyan": F, "multi-krum": N - settings.num_krum_selections}.get(keyword)):
        assert not np.allclose(aggregate.weights, left.mean(axis=0), rtol=0, atol=1e-9)


def test_one_non_finite_upload_does_not_open_bulyan_for_the_other():
    """Digits, n 11, f 2: one NaN once took n below 4f + 3, and the round became a plain mean with the other attacker in it."""
    rows = np.vstack([HONEST, np.full(D, np.nan), np.full(D, 1e6)])
    for settings in (SETTINGS, AS_INTEFL):
        aggregate = apply_rule("bulyan", updates(rows), settings, {})
        assert np.abs(aggregate.weights).max() < 3
        assert aggregate.outcome == "aggregated" and not aggregate.used[9]


def test_all_non_finite_ends_the_strategy_with_the_reason():
    from quintant.errors import EngineError

    with pytest.raises(EngineError, match="no participant sent finite weights"):
        apply_rule("median", updates(np.full((N, D), np.nan)), SETTINGS, {})


# --- invariances ---


@pytest.mark.parametrize("keyword", ["fedavg", "median", "trimmed_mean", "krum", "multi-krum", "bulyan", "rfa"])
def test_translation_and_scaling_move_the_aggregate_along(keyword):
    rows = np.vstack([HONEST, *(corrupt(case) for case in ORACLE["cases"] if case["corruption"] == "honest_times_minus_1")])
    plain = apply_rule(keyword, updates(rows), SETTINGS, {}).weights
    close = 1e-4 if keyword == "rfa" else 1e-9  # RFA ends where a step is shorter than 1e-5
    np.testing.assert_allclose(apply_rule(keyword, updates(rows + 10.0), SETTINGS, {}).weights, plain + 10.0, atol=close)
    if keyword == "rfa":
        return
    for scale in next(entry["c"] for entry in ORACLE["properties"] if entry["property"].startswith("scaling")):
        np.testing.assert_allclose(apply_rule(keyword, updates(rows * scale), SETTINGS, {}).weights / scale, plain, rtol=1e-12)


@pytest.mark.parametrize("keyword", ["median", "trimmed_mean", "krum", "multi-krum", "bulyan", "rfa"])
def test_from_1e30_to_1e160_nothing_changes(keyword):
    near, far = (np.vstack([HONEST, size * np.array([[1.0, -1, 1, 1, -1]] * 2)]) for size in (1e30, 1e160))
    one, other = (apply_rule(keyword, updates(rows), SETTINGS, {}).weights for rows in (near, far))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 if keyword == "rfa" else 1e-9)


@pytest.mark.parametrize("limit", [0.0, 2e7])
def test_a_distance_that_overflows_is_infinite_never_0(limit, monkeypatch):
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.distances.DIRECT_LIMIT", limit)
    rows = np.vstack([HONEST, np.full((2, D), 1e160), np.full((1, D), 1e308), np.full((1, D), -1e308)])
    with np.errstate(over="ignore", invalid="ignore"):
        squared = squared_distances(rows)
        far = distances_to(np.zeros(D), rows)
    assert np.isinf(squared[:9, 9:]).all() and squared[9, 10] == 0.0 and not np.isnan(squared).any()
    np.testing.assert_allclose(far[9:11], 1e160 * np.sqrt(D), rtol=1e-12)


# --- order ---


def test_bulyan_with_7_and_1_permutes_with_its_rows():
    """Its last picks have one neighbour each, so two rows tie; 75 of 100 draws once depended on the order."""
    rng = np.random.default_rng(9)
    for _ in range(100):
        rows, turned = rng.normal(size=(7, 5)), rng.permutation(7)
        for exact, m in ((True, 2), (False, 5)):
            settings = RuleSettings(7, 1, num_krum_selections=m, paper_exact=exact)
            plain, other = (apply_rule("bulyan", updates(each), settings, {}) for each in (rows, rows[turned]))
            np.testing.assert_array_equal(plain.used[turned], other.used)
            np.testing.assert_allclose(plain.weights, other.weights, rtol=0, atol=1e-12)


def test_the_checks_for_rules_of_ones_own_find_an_order_that_matters(monkeypatch):
    monkeypatch.setattr("quintant.labs.federated.engine.aggregation.ranking._compared", lambda a, b: 0)  # the earlier row wins
    settings = RuleSettings(testing.PARTICIPANTS, 2, paper_exact=True)
    with pytest.raises(AssertionError, match="order"):
        testing.the_order_of_participants_does_not_matter(RULES["bulyan"], settings)
