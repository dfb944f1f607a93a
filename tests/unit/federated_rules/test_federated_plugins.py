"""A rule and an attack of one's own enter by entry point, pass the same checks, and cannot replace ours."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from quintant.config import parse
from quintant.errors import ConfigError, EngineError, NotFound
from quintant.lab import load
from quintant.labs.federated import LAB, plugins, testing
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.engine.aggregation import RuleSettings, apply_rule, rule
from quintant.labs.federated.engine.aggregation.krum import krum
from quintant.labs.federated.engine.attacks import make

SOURCE = '''
from dataclasses import dataclass
import numpy as np
from quintant.labs.federated.engine.aggregation.average import weighted_mean
from quintant.labs.federated.engine.aggregation.rule import Aggregate

def norm_bound(updates, settings, memory):
    """The mean of updates cut to a norm (Sun et al. 2019)."""
    limit = settings.extra.get("norm", 1.0)
    differences = updates.weights.astype(np.float64) - updates.global_weights
    norms = np.linalg.norm(differences, axis=1)
    cut = differences * np.minimum(1, limit / np.maximum(norms, 1e-300))[:, None]
    mean = weighted_mean(cut, updates.samples, updates.living)
    return Aggregate(updates.global_weights + mean, updates.living.copy(), norms)

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
    updates = testing.client_updates()
    for norm in (0.5, 2.0):
        settings = replace(RuleSettings(testing.PARTICIPANTS), extra={"norm": norm})
        moved = apply_rule("norm_bound", updates, settings, {}).weights - updates.global_weights
        assert np.linalg.norm(moved) <= norm


def test_an_attack_of_ones_own_passes_the_checks(installed):
    for check in testing.WEIGHT_ATTACK_CHECKS:
        check(make("silence", {"share": 0.5}))


def run(**keys):
    """The engine's result of a short run on digits."""
    config = parse(FederatedConfig, {"model_type": "logistic", "num_of_clients": 4, "num_of_rounds": 2, **keys})
    engine = load(LAB.engine)()
    state, events, answers = engine.init(config, LAB.seeded(config, 1)), [], ()
    while True:
        step = engine.step(state, answers)
        state, events = step.state, [*events, *step.events]
        if step.done:
            return engine.result(state), events


def test_a_run_takes_both_by_name_with_their_keys(installed):
    silence = {
        "attack_type": "silence", "start_round": 1, "end_round": 2, "selection_strategy": "specific",
        "malicious_client_ids": [0], "params": {"share": 0.25},
    }  # fmt: skip
    keys = {"aggregation_strategy_keyword": "norm_bound", "attack_schedule": [silence]}
    norms = []
    for limit in (0.05, 5.0):
        result, events = run(**keys, rule_params={"norm": limit})
        document = result.documents["strategies"][0]
        assert document["failed"] is None and document["keyword"] == "norm_bound"
        assert {event.payload["attack_type"] for event in events if event.kind == "attack_started"} == {"silence"}
        norms.append(result.metrics["test_accuracy"].value)
    assert norms[0] < norms[1]


def test_a_config_that_names_what_is_not_installed_is_refused():
    plugins.forget()
    with pytest.raises(ConfigError, match=r"aggregation_strategy_keyword: must be one of .*; got 'norm_bound'"):
        parse(FederatedConfig, {"aggregation_strategy_keyword": "norm_bound"})


def test_the_code_on_the_page_runs():
    page = (Path(__file__).parents[3] / "docs" / "howto" / "federated-plugins.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/howto/federated-plugins.md", "exec"), {"__name__": "howto_federated_plugins"})


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
