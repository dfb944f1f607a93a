"""Spike trains by recipe (`tests/data/spiking/rhythms.json`): modulated Poisson processes, combs of volleys, renewal cells."""

from __future__ import annotations

from typing import Any

import numpy as np


def train(recipe: dict[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Times in ms, sorted, and cells."""
    draw = np.random.default_rng(seed)
    time_ms, cell = {"poisson": _poisson, "nested": _poisson, "comb": _comb, "renewal": _renewal}[recipe["type"]](recipe, draw)
    inside = (time_ms >= 0) & (time_ms < recipe["T_ms"])
    time_ms, cell = time_ms[inside], cell[inside]
    order = np.argsort(time_ms, kind="stable")
    return time_ms[order], cell[order]


def _poisson(recipe: dict[str, Any], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    nested, t_s = recipe["type"] == "nested", recipe["T_ms"] / 1000
    waves = recipe["components"]
    most = np.prod([1 + w["depth"] for w in waves]) if nested else 1 + sum(w["depth"] for w in waves)
    most += recipe.get("chirp", {}).get("depth", 0.0)
    rate = recipe["cells"] * recipe["rate_hz"]
    at = draw.uniform(0, t_s, draw.poisson(rate * most * t_s))
    terms = [w["depth"] * np.cos(2 * np.pi * w["freq_hz"] * at) for w in waves]
    level = np.prod([1 + x for x in terms], axis=0) if nested else 1 + sum(terms, np.zeros(len(at)))
    if chirp := recipe.get("chirp"):
        low, high = chirp["from_hz"], chirp["to_hz"]
        level = level + chirp["depth"] * np.cos(2 * np.pi * (low * at + (high - low) * at**2 / (2 * t_s)))
    at = at[draw.uniform(0, most, len(at)) < np.maximum(level, 0)]
    return 1000 * at, draw.integers(0, recipe["cells"], len(at))


def _comb(recipe: dict[str, Any], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    period_ms = 1000 / recipe["freq_hz"]
    parts = []
    for k in range(int(recipe["T_ms"] / period_ms) + 1):
        share = recipe.get("participation_odd", recipe["participation"]) if k % 2 else recipe["participation"]
        cells = np.flatnonzero(draw.random(recipe["cells"]) < share)
        centre = recipe.get("first_ms", period_ms / 2) + k * period_ms
        parts.append((centre + recipe["jitter_ms"] * draw.standard_normal(len(cells)), cells))
    other = draw.poisson(recipe["cells"] * recipe.get("background_hz", 0.0) * recipe["T_ms"] / 1000)
    parts.append((draw.uniform(0, recipe["T_ms"], other), draw.integers(0, recipe["cells"], other)))
    time_ms, cell = zip(*parts, strict=True)
    return np.concatenate(time_ms), np.concatenate(cell)


def _renewal(recipe: dict[str, Any], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    shape, parts = 1 / recipe["cv"] ** 2, []
    for cell in range(recipe["cells"]):
        mean_ms = 1000 / (recipe["rate_hz"] * max(0.1, 1 + recipe["rate_spread"] * draw.standard_normal()))
        gaps = draw.gamma(shape, mean_ms / shape, int(3 * recipe["T_ms"] / mean_ms) + 40)
        # twenty intervals ahead of the window, from a random moment of one, are as good as stationary
        times = np.cumsum(gaps) - 20 * mean_ms - draw.uniform(0, mean_ms)
        parts.append((times, np.full(len(times), cell)))
    time_ms, cells = zip(*parts, strict=True)
    return np.concatenate(time_ms), np.concatenate(cells)
