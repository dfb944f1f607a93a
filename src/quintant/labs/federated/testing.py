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

from quintant.labs.federated.engine.aggregation.rule import Aggregate, AggregationRule, ClientUpdates, Memory, RuleSettings
from quintant.labs.federated.engine.attacks.attack import DataAttack, Samples, Scene, WeightAttack

PARTICIPANTS, COORDINATES, ROUNDS, DRAWS = 11, 40, 4, 15
RuleCheck = Callable[[AggregationRule, RuleSettings], None]


def client_updates(round: int = 1, removed: tuple[int, ...] = (), dtype: type = np.float64) -> ClientUpdates:
    """Random updates of 11 participants, the first two of them far out; `removed` went in earlier rounds."""
    rng = np.random.default_rng([round, 20])
    base = rng.normal(size=COORDINATES)
    weights = base + 0.1 * rng.normal(size=(PARTICIPANTS, COORDINATES))
    weights[:2] += 3.0
    ids = np.arange(PARTICIPANTS)
    samples = rng.integers(10, 100, PARTICIPANTS)
    living = ~np.isin(ids, removed)
    return ClientUpdates(round, ids, weights.astype(dtype), samples, base.astype(dtype), living, len(removed))


def history(rule: AggregationRule, settings: RuleSettings, at: Callable[[int], ClientUpdates]) -> list[Aggregate]:
    """Verdicts of some rounds, each with the memory of the one before."""
    memory: Memory = {}
    aggregates = []
    for round in range(1, ROUNDS + 1):
        aggregates.append(rule(at(round), settings, memory))
        memory = aggregates[-1].memory
    return aggregates


def same(first: Aggregate, second: Aggregate) -> bool:
    """Whether two aggregates are equal, bit for bit."""
    arrays = [(first.weights, second.weights), (first.scores, second.scores), (first.used, second.used)]
    arrays += [(first.memory[name], second.memory[name]) for name in first.memory if name in second.memory]
    return (
        all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in arrays)
        and first.memory.keys() == second.memory.keys()
        and first.threshold == second.threshold
        and np.array_equal(_removed(first), _removed(second))
    )


def _removed(aggregate: Aggregate) -> np.ndarray:
    return np.zeros(len(aggregate.used), dtype=bool) if aggregate.removed is None else aggregate.removed


def an_aggregate_has_its_shapes(rule: AggregationRule, settings: RuleSettings) -> None:
    for dtype in (np.float32, np.float64):
        for aggregate in history(rule, settings, lambda round, dtype=dtype: client_updates(round, dtype=dtype)):  # type: ignore[misc]
            assert aggregate.weights.shape == (COORDINATES,), f"weights have shape {aggregate.weights.shape}"
            assert aggregate.weights.dtype == np.float64, f"weights are {aggregate.weights.dtype}"
            assert np.isfinite(aggregate.weights).all(), "weights are not finite"
            assert aggregate.scores.shape == aggregate.used.shape == (PARTICIPANTS,), "scores and used run over the updates"
            assert all(len(kept) == PARTICIPANTS for kept in aggregate.memory.values()), "memory runs over all participants"
            assert not _removed(aggregate).any() or aggregate.reason, "who removes says why"


def the_same_updates_give_the_same_aggregate(rule: AggregationRule, settings: RuleSettings) -> None:
    first, second = history(rule, settings, client_updates), history(rule, settings, client_updates)
    assert all(same(a, b) for a, b in zip(first, second, strict=True)), "two calls with the same arguments differ"


def nothing_is_changed_in_place(rule: AggregationRule, settings: RuleSettings) -> None:
    memory: Memory = {}
    for round in range(1, ROUNDS + 1):
        updates = client_updates(round)
        before = updates.weights.copy(), updates.samples.copy(), updates.living.copy()
        kept = {name: values.copy() for name, values in memory.items()}
        aggregate = rule(updates, settings, memory)
        assert np.array_equal(before[0], updates.weights), "the updates were changed"
        assert np.array_equal(before[1], updates.samples), "the updates were changed"
        assert np.array_equal(before[2], updates.living), "the updates were changed"
        assert all(np.array_equal(v, memory[k], equal_nan=True) for k, v in kept.items()), "the memory was changed"
        memory = dict(aggregate.memory)


def the_removed_have_no_influence(rule: AggregationRule, settings: RuleSettings) -> None:
    gone = (0, 5)

    def without(round: int) -> ClientUpdates:
        updates = client_updates(round, gone)
        kept = updates.living
        return replace(
            updates, participants=updates.participants[kept], weights=updates.weights[kept], samples=updates.samples[kept],
            living=updates.living[kept],
        )  # fmt: skip

    def with_wild_ones(round: int) -> ClientUpdates:
        updates = client_updates(round, gone)
        weights = updates.weights.copy()
        weights[list(gone)] *= -50.0
        return replace(updates, weights=weights)

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
    """Over many draws: an order that matters only where scores tie shows in some of them."""
    for draw in range(DRAWS):
        updates, turned = client_updates(), np.random.default_rng([3, draw]).permutation(PARTICIPANTS)
        if draw:
            rng = np.random.default_rng([21, draw])
            updates = replace(updates, weights=rng.normal(size=updates.weights.shape))
        other = replace(
            updates, participants=updates.participants[turned], weights=updates.weights[turned],
            samples=updates.samples[turned], living=updates.living[turned],
        )  # fmt: skip
        first, second = rule(updates, settings, {}), rule(other, settings, {})
        assert np.allclose(first.weights, second.weights, rtol=1e-9, atol=1e-12), "the aggregate depends on the order"
        scores = first.scores[turned]
        assert np.allclose(scores, second.scores, rtol=1e-9, atol=1e-12, equal_nan=True), "scores depend on the order"
        assert np.array_equal(first.used[turned], second.used), "who is used depends on the order"


def agreement_is_kept(rule: AggregationRule, settings: RuleSettings) -> None:
    updates = client_updates()
    equal = replace(updates, weights=np.broadcast_to(updates.weights[3], updates.weights.shape).copy())
    assert np.allclose(rule(equal, settings, {}).weights, updates.weights[3], rtol=1e-12, atol=1e-12), (
        "equal updates do not give themselves"
    )


RULE_CHECKS: tuple[RuleCheck, ...] = (
    an_aggregate_has_its_shapes,
    the_same_updates_give_the_same_aggregate,
    nothing_is_changed_in_place,
    the_removed_have_no_influence,
    the_order_of_participants_does_not_matter,
    agreement_is_kept,
)


def scene() -> tuple[np.ndarray, Scene]:
    """What two attackers trained, (2, d), and what they see beside nine honest participants in two layers."""
    updates = client_updates()
    layers = (slice(0, 30), slice(30, COORDINATES))
    return updates.weights[:2], Scene(updates.global_weights, updates.weights[2:], layers, PARTICIPANTS, 2, 1)


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
    first, second = attack.falsify(trained, seen, generators()), attack.falsify(trained, seen, generators())
    assert np.array_equal(first, second), "two calls with the same generators differ"
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
    first, second = (attack.poison(samples, np.random.default_rng(1), np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(first.samples.inputs, second.samples.inputs), "two calls with the same generators differ"
    assert np.array_equal(first.samples.labels, second.samples.labels), "two calls with the same generators differ"
    assert np.array_equal(before[0], samples.inputs) and np.array_equal(before[1], samples.labels), "the samples were changed"


DATA_ATTACK_CHECKS: tuple[Callable[[DataAttack, Samples], None], ...] = (
    a_data_attack_keeps_shapes_and_ranges,
    a_data_attack_is_pure,
)
