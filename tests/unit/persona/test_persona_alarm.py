"""Alerts: the contract's example, hysteresis, both directions, and the false alarms of the sequential rule."""

import numpy as np
import pytest

from quintant.config import parse
from quintant.labs.persona import library
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine.alarm import Watch, run_length, significance

CONFIG = parse(PersonaConfig, {"alarm_bound": 50.0})
PHQ9 = library.instrument("phq9")


def watch(*scores, config=CONFIG, baseline=3.0):
    one = Watch()
    one.see("p", PHQ9, 0, baseline, config)
    return [one.see("p", PHQ9, day, score, config) for day, score in enumerate(scores, start=7)]


def test_the_contracts_example():
    ((alert,),) = watch(12.0)
    assert (alert.baseline_score, alert.current_score, alert.change_magnitude) == (3, 12, 9)
    assert (alert.significance, alert.direction, alert.rule) == ("high", "worse", "change")


def test_one_alert_per_band_until_it_is_over():
    raised = watch(9, 9, 8.5, 12, 11, 3, 9)
    assert [len(alerts) for alerts in raised] == [1, 0, 0, 1, 0, 0, 1]


def test_a_small_change_is_none():
    assert watch(7.9, 3, 0) == [[], [], []]


def test_getting_better_is_told_too():
    ((alert,),) = watch(4.0, baseline=12.0)
    assert alert.direction == "better"


@pytest.mark.parametrize(("z", "bands", "word"), [(1.5, 0, "low"), (2.0, 1, "moderate"), (3.0, 0, "high"), (1.6, 2, "high")])
def test_significance(z, bands, word):
    assert significance(z, bands) == word


def test_noise_is_never_below_the_instruments_error_and_grows_with_readministrations():
    one = Watch(baseline_scores=[3.0], repeat_scores=[3.1, 2.9])
    assert one.noise_points(PHQ9) == PHQ9.standard_error_points
    one.repeat_scores = [9.0, 0.0]
    assert one.noise_points(PHQ9) > 4


def test_sessions_within_the_baseline_days_move_the_baseline_and_raise_nothing():
    config = parse(PersonaConfig, {"baseline_days": 10, "alarm_bound": 50.0})
    one = Watch()
    assert [one.see("p", PHQ9, day, score, config) for day, score in ((0, 2.0), (3, 20.0), (6, 4.0))] == [[], [], []]
    assert one.baseline == 4.0


def test_the_sequential_rule_alarms_as_rarely_as_it_says():
    """Against simulated noise: the mean sessions to a false alarm, k = 0.5 and h = 5 (published: 465)."""
    config = parse(PersonaConfig, {"alert_change": {"phq9": 27, "gad7": 21, "pss10": 40}})
    rng, lengths = np.random.default_rng(1), []
    for _ in range(150):
        one = Watch(baseline_scores=[10.0])
        for session in range(1, 20_000):
            if one.see("p", PHQ9, 7, 10.0 + PHQ9.standard_error_points * rng.standard_normal(), config):
                lengths.append(session)
                break
    assert np.mean(lengths) == pytest.approx(465, abs=4 * np.std(lengths) / np.sqrt(len(lengths)))
    assert run_length(0.5, 5.0) == pytest.approx(465, rel=0.02)


def test_the_sequential_rule_sees_a_slow_drift_that_the_other_does_not():
    config = parse(PersonaConfig, {})
    raised = watch(*[6.0] * 12, config=config)
    rules = [alert.rule for alerts in raised for alert in alerts]
    assert set(rules) == {"sequential"}
