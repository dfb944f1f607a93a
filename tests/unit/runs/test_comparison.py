"""`verify`'s verdict, whole, over every combination of what may agree between two runs."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pyarrow as pa
import pytest

from quintant.lab import Metric, Result
from quintant.runs import record
from quintant.runs.comparison import as_json, compare

PLATFORM, OTHER = "linux-x86_64", "darwin-arm64"


def result(rate: float = 8.25, count: int = 3, name: str = "rate") -> Result:
    table = pa.table({"step": [1, 2, 3], "power": [0.5, 0.25, rate]})
    return Result({name: Metric(rate), "count": Metric(count)}, {"course": table}, {"note": {"a": 1}})


def run(id: str, given: Result, platform: str = PLATFORM, code: str = "c", config: str = "k", seed: int = 7):
    return SimpleNamespace(
        id=id, config_hash=config, root_seed=seed, record={"platform": platform, "code_sha256": code},
        exact_hash=record.exact_hash(given), result_hash=record.result_hash(given),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("config", "seed", "platform", "anywhere", "difference", "code"),
    list(itertools.product(*[(True, False)] * 4, ("none", "float", "count"), (True, False))),
)
def test_identical_is_what_the_lab_promised_and_no_more(config, seed, platform, anywhere, difference, code):
    first, second = result(), {"none": result(), "float": result(rate=8.5), "count": result(count=4)}[difference]
    a = run("a", first)
    b = run(
        "b", second, PLATFORM if platform else OTHER, "c" if code else "d", "k" if config else "l", 7 if seed else 8
    )  # fmt: skip
    verdict = compare(a, b, first, second, anywhere=anywhere)
    counts_agree, bits_agree = difference != "count", difference == "none"
    kept = bits_agree if platform or anywhere else counts_agree
    told = {
        "none": [],
        "float": ["metric rate: 8.25 and 8.5", "table course.power: row 2: 8.25 and 8.5"],
        "count": ["metric count: 3 and 4"],
    }[difference]
    assert as_json(verdict) == {
        "run": "a", "against": "b", "identical": config and seed and kept,
        "config": config, "seed": seed, "exact": counts_agree, "result": bits_agree,
        "same_platform": platform, "platforms": (PLATFORM, PLATFORM if platform else OTHER), "same_code": code,
        "exact_hashes": (a.exact_hash, b.exact_hash), "result_hashes": (a.result_hash, b.result_hash),
        "differences": (
            *(() if config else ("config: the two runs were given different configs",)),
            *(() if seed else ("root seed: 7 and 8",)),
            *told,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("changed", [("a",), ("b",), ("a", "b")])
def test_a_stored_result_that_is_not_the_recorded_one_is_never_identical_and_is_named(changed):
    stored = {id: result(rate=9.0 if id in changed else 8.25) for id in "ab"}
    verdict = compare(run("a", result()), run("b", result()), stored["a"], stored["b"], anywhere=True)
    assert not verdict.identical and verdict.result and verdict.exact
    assert verdict.differences[: len(changed)] == tuple(
        f"stored result of run {id}: its files are not what was recorded when it completed" for id in changed
    )
    assert ("metric rate" in " ".join(verdict.differences)) is (len(changed) == 1), "both changed alike: nothing differs"


def test_parts_that_only_one_has_are_told_of_the_right_one():
    first, second = result(name="rate"), result(name="speed")
    verdict = compare(run("a", first), run("b", second), first, second, anywhere=False)
    assert verdict.differences == ("metric rate: only in the first", "metric speed: only in the second")


def test_documents_tables_of_other_lengths_and_types_differ_in_words():
    first, second = result(), result()
    tables = {"course": second.tables["course"].slice(0, 2)}
    second = Result(second.metrics, tables, {"note": {"a": 2}})
    verdict = compare(run("a", first), run("b", second), first, second, anywhere=False)
    assert verdict.differences == (
        "document note: the documents differ",
        "table course.power: row 2: 8.25 and None",
        "table course.step: row 2: 3 and None",
    )
    typed = Result(
        first.metrics, {"course": first.tables["course"].cast(pa.schema([("step", pa.int32()), ("power", pa.float64())]))},
        first.documents,
    )  # fmt: skip
    verdict = compare(run("a", first), run("b", typed), first, typed, anywhere=False)
    assert verdict.differences == ("table course.step: row 0: [1] and [1]",), "equal numbers of another type"


def test_runs_whose_record_names_no_platform_and_no_hash_are_compared_too():
    bare = SimpleNamespace(id="a", config_hash="k", root_seed=7, record={}, exact_hash=None, result_hash=None)
    verdict = compare(bare, bare, result(), result(), anywhere=False)
    assert (verdict.platforms, verdict.exact_hashes, verdict.result_hashes) == (("", ""), ("", ""), ("", ""))
    assert verdict.same_platform and verdict.same_code and not verdict.identical
