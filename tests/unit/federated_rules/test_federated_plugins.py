"""A rule and an attack of one's own enter by entry point, pass the same checks, and cannot replace ours."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from quintant.errors import EngineError, NotFound
from quintant.labs.federated import plugins, testing
from quintant.labs.federated.engine.aggregation import RuleSettings, aggregate, rule
from quintant.labs.federated.engine.aggregation.krum import krum
from quintant.labs.federated.engine.attacks import make

SOURCE = '''
from dataclasses import dataclass
import numpy as np
from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.rule import Verdict

def norm_bound(uploads, settings, memory):
    """The mean of updates cut to a norm (Sun et al. 2019)."""
    limit = settings.extra.get("norm", 1.0)
    updates = uploads.weights.astype(np.float64) - uploads.global_weights
    norms = np.linalg.norm(updates, axis=1)
    cut = updates * np.minimum(1, limit / np.maximum(norms, 1e-300))[:, None]
    mean = weighted_mean(cut, uploads.samples, uploads.living)
    return Verdict(uploads.global_weights + mean, uploads.living.copy(), norms)

@dataclass(frozen=True)
class Silence:
    share: float = 1.0
    def falsify(self, trained, scene, own):
        return (trained * (1 - self.share)).astype(trained.dtype)
'''
POINTS = """[quintant.federated]
rule.norm_bound = my_federated:norm_bound
rule.krum = my_federated:norm_bound
rule.broken = my_federated:nothing
attack.silence = my_federated:Silence
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    (tmp_path / "my_federated.py").write_text(SOURCE)
    info = tmp_path / "my_federated-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-federated\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.forget()
    yield
    plugins.forget()
    sys.modules.pop("my_federated", None)


@pytest.mark.parametrize("check", [c for c in testing.RULE_CHECKS if c is not testing.agreement_is_kept])
def test_a_rule_of_ones_own_passes_the_checks(installed, check):
    check(rule("norm_bound"), RuleSettings(testing.PARTICIPANTS))


def test_its_keys_reach_it(installed):
    uploads = testing.uploads()
    for norm in (0.5, 2.0):
        settings = replace(RuleSettings(testing.PARTICIPANTS), extra={"norm": norm})
        moved = aggregate("norm_bound", uploads, settings, {}).weights - uploads.global_weights
        assert np.linalg.norm(moved) <= norm


def test_an_attack_of_ones_own_passes_the_checks(installed):
    for check in testing.WEIGHT_ATTACK_CHECKS:
        check(make("silence", {"share": 0.5}))


def test_points_are_listed_by_kind(installed):
    assert sorted(plugins.points("rule")) == ["broken", "krum", "norm_bound"]
    assert list(plugins.points("attack")) == ["silence"]


def test_ours_cannot_be_replaced(installed):
    assert rule("krum") is krum


def test_a_broken_one_is_named_with_its_reason(installed):
    with pytest.raises(EngineError, match=r"rule broken \(my_federated:nothing\) cannot be loaded: AttributeError"):
        rule("broken")


def test_an_unknown_one_gets_a_suggestion(installed):
    with pytest.raises(NotFound, match="Did you mean 'norm_bound'"):
        rule("norm_bond")
    with pytest.raises(NotFound, match="Federated attack not found: noise"):
        make("noise", {})
