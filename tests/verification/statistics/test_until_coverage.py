"""Does an interval that was stopped when narrow enough hold the truth? Simulated with the rule itself, 1,000 experiments each.

What must come out was simulated independently (4,000 to 10,000 experiments a case, another program): its shares and mean
numbers of seeds stand beside the cases. A share may be off by three standard errors of 1,000 experiments.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from quintant.until import Target, Until, estimate, judge

EXPERIMENTS = 1_000
Draw = Callable[[np.random.Generator, int], np.ndarray]
# name: (draw, mean, standard deviation)
POPULATIONS: dict[str, tuple[Draw, float, float]] = {
    "normal": (lambda rng, n: rng.normal(10, 2, n), 10, 2),
    "exponential": (lambda rng, n: rng.exponential(1, n), 1, 1),
    "lognormal 0.5": (lambda rng, n: rng.lognormal(0, 0.5, n), math.exp(1 / 8), math.sqrt(math.expm1(0.25) * math.exp(0.25))),
    "gamma 0.5": (lambda rng, n: rng.gamma(0.5, 1, n), 0.5, math.sqrt(0.5)),
    "chi2 3": (lambda rng, n: rng.chisquare(3, n), 3, math.sqrt(6)),
    "uniform": (lambda rng, n: rng.random(n), 0.5, math.sqrt(1 / 12)),
    "coin 0.5": (lambda rng, n: (rng.random(n) < 0.5).astype(float), 0.5, 0.5),
    "coin 0.1": (lambda rng, n: (rng.random(n) < 0.1).astype(float), 0.1, 0.3),
}
# (population, relative, seeds that a known spread would need, the most, share that held the truth, mean number of seeds)
CASES = [
    ("normal", False, 10, 280, 0.953, 25.3), ("normal", False, 100, 550, 0.9468, 109.9),
    ("normal", True, 30, 340, 0.9475, 40.7),
    ("uniform", False, 100, 550, 0.9492, 109.8), ("exponential", False, 30, 340, 0.9458, 54.6),
    ("exponential", True, 10, 280, 0.9555, 28.1), ("exponential", True, 100, 550, 0.9812, 175.3),
    ("lognormal 0.5", False, 10, 280, 0.9575, 28.4), ("lognormal 0.5", True, 30, 340, 0.9515, 51.7),
    ("chi2 3", False, 100, 550, 0.9688, 160.9), ("gamma 0.5", False, 30, 340, 0.941, 57.9),
]  # fmt: skip
# (population, relative, target, share that held the truth, mean number of seeds); at most 3,000
COINS = [
    ("coin 0.5", False, 0.1, 0.9592, 138.8), ("coin 0.5", True, 0.5, 0.967, 48.6), ("coin 0.1", False, 0.1, 0.9753, 89.4),
    ("coin 0.1", True, 0.5, 0.9618, 192.1),
]  # fmt: skip


def experiment(draw: Draw, until: Until, rng: np.random.Generator) -> tuple[float, float, int]:
    """Ends of the interval where it stops, and after how many seeds. All are drawn and judged at once: what comes later changes
    no earlier look (tests/unit/statistics/test_until.py)."""
    values = list(draw(rng, until.most))
    verdict = judge(until, {"m": values})
    n = verdict.looks[-1].n if verdict.converged else until.most
    told = estimate(values[:n])
    assert told.low is not None and told.high is not None
    return told.low, told.high, n


def repeated(name: str, until: Until) -> tuple[float, float]:
    """The share of experiments whose interval held the truth, and the mean number of seeds."""
    draw, truth, _ = POPULATIONS[name]
    rng = np.random.default_rng(20261201)
    ends = [experiment(draw, until, rng) for _ in range(EXPERIMENTS)]
    return sum(low <= truth <= high for low, high, _ in ends) / EXPERIMENTS, float(np.mean([n for *_, n in ends]))


@pytest.mark.parametrize(("name", "relative", "needed", "most", "share", "seeds"), CASES)
def test_stopped_means_hold_the_truth_as_often_as_was_simulated(name, relative, needed, most, share, seeds):
    _, mean, deviation = POPULATIONS[name]
    width = 1.959964 * deviation / math.sqrt(needed)
    held, used = repeated(name, Until((Target("m", width / mean if relative else width, relative),), most))
    assert held == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / EXPERIMENTS))
    assert held > 0.925
    assert used == pytest.approx(seeds, rel=0.04)


@pytest.mark.parametrize(("name", "relative", "width", "share", "seeds"), COINS)
def test_stopped_proportions_hold_the_truth_as_often_as_was_simulated(name, relative, width, share, seeds):
    held, used = repeated(name, Until((Target("m", width, relative),), 3_000))
    assert held == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / EXPERIMENTS))
    assert held > 0.94
    assert used == pytest.approx(seeds, rel=0.04)


def test_looking_after_every_seed_would_not_hold_it():
    """Why the rule is as it is: the same intervals, looked at after every seed from the third on."""
    draw, truth, _ = POPULATIONS["exponential"]
    rng, held = np.random.default_rng(7), 0
    for _ in range(300):
        values = list(draw(rng, 3))
        while (told := estimate(values)) and (told.high - told.low) / 2 > 1.96 / math.sqrt(30) and len(values) < 340:
            values += list(draw(rng, 1))
        held += told.low <= truth <= told.high
    assert held / 300 < 0.92
