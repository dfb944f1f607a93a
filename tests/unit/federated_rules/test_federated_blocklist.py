"""The roster of the removed, termination, and the confusion with the contract's unusual names."""

from dataclasses import replace

import numpy as np
import pytest

from quintant.labs.federated import testing
from quintant.labs.federated.engine.aggregation import RuleSettings, apply_rule
from quintant.labs.federated.engine.blocklist import Blocklist, Removal
from quintant.labs.federated.engine.confusion import RemovalConfusion, removal_confusion
from quintant.labs.federated.engine.termination import continuation


def test_whoever_is_removed_stays_removed_and_is_told_once():
    updates = testing.client_updates(3)
    aggregate = apply_rule("krum", updates, RuleSettings(11, 2, remove_clients=True), {})
    blocklist = Blocklist().after(updates, aggregate)
    (removal,) = blocklist.removed
    assert removal == Removal(removal.participant, 3, aggregate.scores.max(), None, "highest Krum score of the round")
    assert blocklist.after(updates, aggregate) == blocklist
    assert blocklist.after(updates, replace(aggregate, removed=None)) is blocklist
    assert blocklist.living(np.array([removal.participant, 7])).tolist() == [False, True]
    again = blocklist.updates(4, updates.participants, updates.weights, updates.samples, updates.global_weights)
    assert again.removed_before == 1 and not again.living[removal.participant]


def test_a_roster_survives_a_checkpoint():
    blocklist = Blocklist((Removal(3, 2, 1.5, 1.0, "above"), Removal(1, 4, None, None, "lowest trust")))
    assert Blocklist.load(blocklist.dump()) == blocklist


@pytest.mark.parametrize(
    ("policy", "removed", "stop", "warning"),
    [
        ("strict", 0, None, None),
        ("strict", 3, "7 of 10 participants are left, fewer than min_fit_clients = 8 (policy strict)", None),
        ("graceful", 2, None, None),
        ("graceful", 9, None, "1 of 10 participants are left, fewer than min_fit_clients = 8 (policy graceful goes on)"),
        ("graceful", 10, "0 of 10 participants are left: nobody can train", None),
        ("adaptive", 6, None, None),
        ("adaptive", 7, "3 of 10 participants are left, fewer than 4 = 0.45 of all (policy adaptive)", None),
    ],
)
def test_policies(policy, removed, stop, warning):
    told = continuation(policy, 10, removed, min_fit_clients=8, min_clients_ratio=0.45)
    assert (told.stop, told.warning) == (stop, warning)


def test_confusion_has_benign_for_positive():
    malicious = np.array([True, True, True, False, False, False, False, False])
    aggregated = np.array([False, False, True, True, True, True, True, False])
    told = removal_confusion(malicious, aggregated)
    assert told == RemovalConfusion(tp=4, tn=2, fp=1, fn=1)
    assert (told.accuracy, told.precision, told.recall, told.f1) == (0.75, 0.8, 0.8, 0.8)


def test_nothing_to_divide_by_is_zero():
    nobody = removal_confusion(np.array([True, True]), np.array([False, False]))
    assert nobody == RemovalConfusion(0, 2, 0, 0)
    assert (nobody.precision, nobody.recall, nobody.f1, nobody.accuracy) == (0.0, 0.0, 0.0, 1.0)
