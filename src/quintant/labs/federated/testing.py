"""The checks that our rules and attacks pass, and that yours should (entry points of the group `quintant.federated`).

    @pytest.mark.parametrize("check", testing.RULE_CHECKS, ids=lambda check: check.__name__)
    def test_norm_bound(check):
        check(norm_bound, RuleSettings(num_of_clients=testing.PARTICIPANTS, num_of_malicious_clients=2))

Each raises AssertionError with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from quintant.labs.federated.engine.aggregation.rule import AggregationRule, Memory, RuleSettings, Uploads, Verdict
from quintant.labs.federated.engine.attacks.attack import DataAttack, Samples, Scene, WeightAttack

PARTICIPANTS, COORDINATES, ROUNDS = 11, 40, 4
RuleCheck = Callable[[AggregationRule, RuleSettings], None]


def uploads(round: int = 1, removed: tuple[int, ...] = (), dtype: type = np.float64) -> Uploads:
    """Random uploads of 11 participants, the first two of them far out; `removed` went in earlier rounds."""
    rng = np.random.default_rng([round, 20])
    base = rng.normal(size=COORDINATES)
    weights = base + 0.1 * rng.normal(size=(PARTICIPANTS, COORDINATES))
    weights[:2] += 3.0
    ids = np.arange(PARTICIPANTS)
    samples = rng.integers(10, 100, PARTICIPANTS)
    living = ~np.isin(ids, removed)
    return Uploads(round, ids, weights.astype(dtype), samples, base.astype(dtype), living, len(removed))


def history(rule: AggregationRule, settings: RuleSettings, at: Callable[[int], Uploads]) -> list[Verdict]:
    """Verdicts of some rounds, each with the memory of the one before."""
    memory: Memory = {}
    verdicts = []
    for round in range(1, ROUNDS + 1):
        verdicts.append(rule(at(round), settings, memory))
        memory = verdicts[-1].memory
    return verdicts


def same(one: Verdict, two: Verdict) -> bool:
    """Whether two verdicts are equal, bit for bit."""
    arrays = [(one.weights, two.weights), (one.scores, two.scores), (one.used, two.used)]
    arrays += [(one.memory[name], two.memory[name]) for name in one.memory if name in two.memory]
    return (
        all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in arrays)
        and one.memory.keys() == two.memory.keys()
        and one.threshold == two.threshold
        and np.array_equal(_removed(one), _removed(two))
    )


def _removed(verdict: Verdict) -> np.ndarray:
    return np.zeros(len(verdict.used), dtype=bool) if verdict.removed is None else verdict.removed


def a_verdict_has_its_shapes(rule: AggregationRule, settings: RuleSettings) -> None:
    for dtype in (np.float32, np.float64):
        for verdict in history(rule, settings, lambda round, dtype=dtype: uploads(round, dtype=dtype)):  # type: ignore[misc]
            assert verdict.weights.shape == (COORDINATES,), f"weights have shape {verdict.weights.shape}"
            assert verdict.weights.dtype == np.float64, f"weights are {verdict.weights.dtype}"
            assert np.isfinite(verdict.weights).all(), "weights are not finite"
            assert verdict.scores.shape == verdict.used.shape == (PARTICIPANTS,), "scores and used run over the uploads"
            assert all(len(kept) == PARTICIPANTS for kept in verdict.memory.values()), "memory runs over all participants"
            assert not _removed(verdict).any() or verdict.reason, "who removes says why"


def the_same_uploads_give_the_same_verdict(rule: AggregationRule, settings: RuleSettings) -> None:
    one, two = history(rule, settings, uploads), history(rule, settings, uploads)
    assert all(same(a, b) for a, b in zip(one, two, strict=True)), "two calls with the same arguments differ"


def nothing_is_changed_in_place(rule: AggregationRule, settings: RuleSettings) -> None:
    memory: Memory = {}
    for round in range(1, ROUNDS + 1):
        given = uploads(round)
        before = given.weights.copy(), given.samples.copy(), given.living.copy()
        kept = {name: values.copy() for name, values in memory.items()}
        verdict = rule(given, settings, memory)
        assert np.array_equal(before[0], given.weights), "the uploads were changed"
        assert np.array_equal(before[1], given.samples) and np.array_equal(before[2], given.living), "the uploads were changed"
        assert all(np.array_equal(v, memory[k], equal_nan=True) for k, v in kept.items()), "the memory was changed"
        memory = dict(verdict.memory)


def the_removed_have_no_influence(rule: AggregationRule, settings: RuleSettings) -> None:
    gone = (0, 5)

    def without(round: int) -> Uploads:
        given = uploads(round, gone)
        kept = given.living
        return replace(
            given, participants=given.participants[kept], weights=given.weights[kept], samples=given.samples[kept],
            living=given.living[kept],
        )  # fmt: skip

    def with_wild_ones(round: int) -> Uploads:
        given = uploads(round, gone)
        weights = given.weights.copy()
        weights[list(gone)] *= -50.0
        return replace(given, weights=weights)

    here, absent = history(rule, settings, with_wild_ones), history(rule, settings, without)
    for a, b in zip(here, absent, strict=True):
        living = ~np.isin(np.arange(PARTICIPANTS), gone)
        assert not a.used[~living].any(), "a removed participant was aggregated"
        assert not _removed(a)[~living].any(), "a removed participant was removed again"
        assert np.array_equal(a.weights, b.weights), "the weights depend on what a removed participant sent"
        assert np.array_equal(a.used[living], b.used), "who is used depends on what a removed participant sent"
        assert np.array_equal(a.scores[living], b.scores, equal_nan=True), "scores depend on what a removed participant sent"
        assert a.threshold == b.threshold, "the threshold depends on what a removed participant sent"


def the_order_of_participants_does_not_matter(rule: AggregationRule, settings: RuleSettings) -> None:
    given = uploads()
    turned = np.random.default_rng(3).permutation(PARTICIPANTS)
    other = replace(
        given, participants=given.participants[turned], weights=given.weights[turned], samples=given.samples[turned],
        living=given.living[turned],
    )  # fmt: skip
    one, two = rule(given, settings, {}), rule(other, settings, {})
    assert np.allclose(one.weights, two.weights, rtol=1e-9, atol=1e-12), "the aggregate depends on the order"
    assert np.allclose(one.scores[turned], two.scores, rtol=1e-9, atol=1e-12, equal_nan=True), "scores depend on the order"


def agreement_is_kept(rule: AggregationRule, settings: RuleSettings) -> None:
    given = uploads()
    equal = replace(given, weights=np.broadcast_to(given.weights[3], given.weights.shape).copy())
    assert np.allclose(rule(equal, settings, {}).weights, given.weights[3], rtol=1e-12, atol=1e-12), (
        "equal uploads do not give themselves"
    )


RULE_CHECKS: tuple[RuleCheck, ...] = (
    a_verdict_has_its_shapes,
    the_same_uploads_give_the_same_verdict,
    nothing_is_changed_in_place,
    the_removed_have_no_influence,
    the_order_of_participants_does_not_matter,
    agreement_is_kept,
)


def scene() -> tuple[np.ndarray, Scene]:
    """What two attackers trained, (2, d), and what they see beside nine honest participants in two layers."""
    given = uploads()
    layers = (slice(0, 30), slice(30, COORDINATES))
    return given.weights[:2], Scene(given.global_weights, given.weights[2:], layers, PARTICIPANTS, 2, 1)


def generators(many: int = 2) -> list[np.random.Generator]:
    return [np.random.default_rng([7, i]) for i in range(many)]


def a_weight_attack_keeps_shape_and_type(attack: WeightAttack) -> None:
    trained, seen = scene()
    for dtype in (np.float32, np.float64):
        sent = attack.falsify(trained.astype(dtype), seen, generators())
        assert sent.shape == trained.shape, f"sends {sent.shape} where {trained.shape} was trained"
        assert sent.dtype == dtype, f"sends {sent.dtype} where {dtype.__name__} was trained"
        assert np.isfinite(sent).all(), "sends what is not finite"


def a_weight_attack_is_pure(attack: WeightAttack) -> None:
    trained, seen = scene()
    before = trained.copy(), seen.honest.copy(), seen.global_weights.copy()
    one, two = attack.falsify(trained, seen, generators()), attack.falsify(trained, seen, generators())
    assert np.array_equal(one, two), "two calls with the same generators differ"
    assert all(np.array_equal(a, b) for a, b in zip(before, (trained, seen.honest, seen.global_weights), strict=True)), (
        "the arguments were changed"
    )


WEIGHT_ATTACK_CHECKS: tuple[Callable[[WeightAttack], None], ...] = (
    a_weight_attack_keeps_shape_and_type,
    a_weight_attack_is_pure,
)


def images(count: int = 60, classes: int = 5) -> Samples:
    rng = np.random.default_rng(5)
    inputs = rng.uniform(-1, 1, (count, 1, 12, 12)).astype(np.float32)
    return Samples(inputs, rng.integers(0, classes, count), classes)


def a_data_attack_keeps_shapes_and_ranges(attack: DataAttack, samples: Samples) -> None:
    poisoned = attack.poison(samples, np.random.default_rng(1), np.random.default_rng(2))
    after = poisoned.samples
    assert after.inputs.shape == samples.inputs.shape and after.inputs.dtype == samples.inputs.dtype, "inputs change shape"
    assert after.labels.shape == samples.labels.shape and after.labels.dtype == np.int64, "labels change shape or type"
    assert ((after.labels >= 0) & (after.labels < samples.classes)).all(), "a label is outside of 0..classes-1"
    if samples.inputs.dtype.kind == "f":
        assert np.min(after.inputs) >= samples.low and np.max(after.inputs) <= samples.high, "inputs leave the data's range"
    changed = (after.labels != samples.labels) | (after.inputs != samples.inputs).reshape(len(samples.labels), -1).any(axis=1)
    assert (changed <= poisoned.touched).all(), "what was changed is not told as touched"


def a_data_attack_is_pure(attack: DataAttack, samples: Samples) -> None:
    before = samples.inputs.copy(), samples.labels.copy()
    one, two = (attack.poison(samples, np.random.default_rng(1), np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(one.samples.inputs, two.samples.inputs), "two calls with the same generators differ"
    assert np.array_equal(one.samples.labels, two.samples.labels), "two calls with the same generators differ"
    assert np.array_equal(before[0], samples.inputs) and np.array_equal(before[1], samples.labels), "the samples were changed"


DATA_ATTACK_CHECKS: tuple[Callable[[DataAttack, Samples], None], ...] = (
    a_data_attack_keeps_shapes_and_ranges,
    a_data_attack_is_pure,
)
