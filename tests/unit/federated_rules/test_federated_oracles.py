"""Rules and attacks against values of other programs (tests/data/federated/README.md): each to the tolerance given there."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from quintant.labs.federated import testing
from quintant.labs.federated.engine.aggregation import ClientUpdates, RuleSettings, apply_rule
from quintant.labs.federated.engine.aggregation.geometric_median import geometric_median
from quintant.labs.federated.engine.attacks.attack import Scene
from quintant.labs.federated.engine.attacks.colluding import alie_z
from quintant.labs.federated.engine.attacks.fang import largest_deviation
from quintant.labs.federated.engine.attacks.registry import attack

DATA = Path(__file__).parents[2] / "data/federated"
RULES, ATTACKS = (json.loads((DATA / f"{name}.json").read_text()) for name in ("aggregators", "attacks"))
SHARED = [("mean", "fedavg"), ("coordinate_median", "median"), ("trimmed_mean", "trimmed_mean"), ("krum", "krum"),
          ("multi_krum", "multi-krum"), ("bulyan", "bulyan"), ("geometric_median", "rfa")]  # fmt: skip
CLOSE = {"rfa": 3e-5}
"""The geometric median ends where a step is shorter than 1e-5."""


def updates(rows, samples=None):
    k = len(rows)
    counts = np.full(k, 10) if samples is None else np.array(samples)
    return ClientUpdates(1, np.arange(k), rows, counts, np.zeros(rows.shape[1]), np.ones(k, dtype=bool))


def values():
    for case in RULES["cases"]:
        for name, entry in case["rules"].items():
            keyword = next((ours for theirs, ours in SHARED if name == theirs or name.startswith(f"{theirs}_m")), None)
            if keyword is not None and not name.startswith("mean_"):
                yield pytest.param(case, entry, keyword, id=f"{case['id']}-{name}")
        yield pytest.param(
            case, case["rules"]["geometric_median_weighted"], "rfa", id=f"{case['id']}-geometric_median_weighted"
        )


@pytest.mark.parametrize(("case", "entry", "keyword"), values())
def test_rules_give_the_values_of_the_oracle(case, entry, keyword, monkeypatch):
    if keyword == "bulyan":  # its late picks tie, which the oracle leaves to the earlier row
        monkeypatch.setattr("quintant.labs.federated.engine.aggregation.ranking._compared", lambda a, b: 0)
    rows, params = np.array(case["rows"]), entry["params"]
    settings = RuleSettings(
        case["n"], case["f"], num_krum_selections=params.get("m", 2), paper_exact=True,
        trim_ratio=(params.get("trim_each_side", 0) + 0.5) / case["n"],
    )  # fmt: skip
    aggregate = apply_rule(keyword, updates(rows, params.get("weights")), settings, {})
    np.testing.assert_allclose(aggregate.weights, entry["expected"], rtol=0, atol=CLOSE.get(keyword, entry["abs_tol"]))
    selected = entry.get("selected")
    if selected is not None:
        chosen = [selected] if isinstance(selected, int) else sorted(selected)
        assert np.flatnonzero(aggregate.used).tolist() == chosen
    if "scores" in entry and keyword == "krum":
        np.testing.assert_allclose(aggregate.scores, entry["scores"], rtol=1e-12)


def test_rules_give_the_values_of_a_thousand_coordinates():
    case = RULES["recipe_cases"][0]
    rows = np.random.Generator(np.random.PCG64(1000)).standard_normal((25, 1000))
    rows[20:] += 3.0
    assert hashlib.sha256(rows.astype("<f8").tobytes()).hexdigest() == case["sha256_of_float64_little_endian_c_order"]
    compared = 0
    for name, entry in case["rules"].items():
        keyword = dict(SHARED).get(name)
        if keyword is None:
            continue
        settings = RuleSettings(
            case["n"], case["f"], num_krum_selections=entry["params"].get("m", 2), paper_exact=True,
            trim_ratio=(entry["params"].get("trim_each_side", 0) + 0.5) / case["n"],
        )  # fmt: skip
        weights = apply_rule(keyword, updates(rows), settings, {}).weights
        close = CLOSE.get(keyword, 1e-9)
        np.testing.assert_allclose(weights[:8], entry["first8"], rtol=0, atol=close)
        assert np.linalg.norm(weights) == pytest.approx(entry["l2_norm"], abs=10 * close)
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize("case", RULES["degenerate_cases"], ids=lambda case: case["id"])
def test_geometric_medians_that_lie_on_a_point_or_have_no_gradient(case):
    point, _ = geometric_median(np.array(case["rows"], dtype=float), np.ones(len(case["rows"])))
    np.testing.assert_allclose(point, case["expected"], rtol=0, atol=3e-5)


# --- attacks ---


def test_alies_z_is_that_of_the_table():
    for entry in ATTACKS["alie_z_table"]:
        assert alie_z(entry["n"], entry["m"]) == pytest.approx(entry["z_max"], abs=1e-12)


OURS = {
    ("alie", "population", "-"): lambda params: ("alie", {"z_max": params["z"]}),
    ("min_max", "unit"): lambda params: ("min_max", {"perturbation": "unit"}),
    ("min_max", "sign"): lambda params: ("min_max", {"perturbation": "sign"}),
    ("min_max", "std_population"): lambda params: ("min_max", {"perturbation": "std"}),
    ("min_sum", "unit"): lambda params: ("min_sum", {"perturbation": "unit"}),
    ("min_sum", "sign"): lambda params: ("min_sum", {"perturbation": "sign"}),
    ("min_sum", "std_population"): lambda params: ("min_sum", {"perturbation": "std"}),
}  # fmt: skip
"""Entries of the oracle by the convention that is ours (docs/labs/federated-defences.md): the largest sum, population std."""


def shifted():
    for case in ATTACKS["cases"]:
        for entry in case["attacks"]:
            params = entry["params"]
            convention = (params.get("std", params.get("perturbation")), *([params["sign"]] if "sign" in params else []))
            made = OURS.get((entry["attack"], *convention))
            if made is not None and not params.get("bound", "max").startswith("min"):
                id = f"{case['id']}-{entry['attack']}-{next(iter(params.values()))}"
                yield pytest.param(case, entry, *made(params), id=id)


@pytest.mark.parametrize(("case", "entry", "kind", "keys"), shifted())
def test_colluding_attacks_send_the_vectors_of_the_oracle(case, entry, kind, keys):
    honest = np.array(case["honest_rows"])
    scene = Scene(np.array(case["global_before"]), honest, (slice(0, honest.shape[1]),), case["n"], case["f"], 1)
    sent = attack(kind, keys, "weights", lambda term: None).falsify(honest[: case["f"]], scene, testing.generators(case["f"]))
    np.testing.assert_allclose(sent, np.broadcast_to(entry["expected"], sent.shape), rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", ATTACKS["cases"], ids=lambda case: case["id"])
def test_fang_begins_at_the_bound_of_its_derivation(case):
    entry = next(entry for entry in case["attacks"] if entry["attack"] == "fang_krum_full_knowledge"
                 and entry["params"]["bound"].startswith("sqrt") and "mean" in entry["params"]["direction"])  # fmt: skip
    honest, base = np.array(case["honest_rows"]), np.array(case["global_before"])
    found = largest_deviation(honest - base, np.array(entry["signs"]), case["f"], case["f"])
    assert found == pytest.approx(entry["lambda"], rel=1e-12)
    scene = Scene(base, honest, (slice(0, honest.shape[1]),), case["n"], case["f"], 1)
    sent = attack("fang", {"against": "krum"}, "weights", lambda term: None).falsify(honest[: case["f"]], scene, [])
    np.testing.assert_allclose(sent, np.broadcast_to(entry["expected"], sent.shape), rtol=0, atol=1e-10)

    def chosen(deviation):
        lies = np.broadcast_to(base - deviation * np.array(entry["signs"]), (case["f"], len(base)))
        used = apply_rule(
            "krum", updates(np.vstack([lies, honest])), RuleSettings(case["n"], case["f"], paper_exact=True), {}
        ).used
        return bool(used[: case["f"]].any())

    assert chosen(found) == entry["krum_selects_attacker"] and not chosen(2 * found)
    assert not any(chosen(entry["lambda_upper_bound"] * factor) for factor in (1.001, 2, 10))
    trimmed = next(entry for entry in case["attacks"] if entry["attack"].startswith("fang_trimmed"))
    lies = attack("fang", {"against": "trimmed_mean"}, "weights", lambda term: None).falsify(
        honest[:2], scene, testing.generators(2)
    )
    assert (lies >= np.array(trimmed["interval_low"]) - 1e-12).all() and (
        lies <= np.array(trimmed["interval_high"]) + 1e-12
    ).all()
