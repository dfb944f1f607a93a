"""Comparison: whether two Runs of the same config and seed gave the same result, and if not, what differs first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from quintant.lab import Result
from quintant.runs import record
from quintant.runs.run import Run


@dataclass(frozen=True)
class Comparison:
    """`identical`: everything agrees that the lab promises on these two platforms. `differences`: the first one first.

    On one platform tag the promise covers every bit; across platforms it covers counts, names and flags (`exact`). The
    stored files must still be those that were recorded: what is shown of a Run is read from them.
    """

    run: str
    against: str
    identical: bool
    config: bool
    seed: bool
    exact: bool
    result: bool
    same_platform: bool
    same_code: bool
    platforms: tuple[str, str]
    exact_hashes: tuple[str, str]
    result_hashes: tuple[str, str]
    differences: tuple[str, ...]


def compare(first: Run, second: Run, first_result: Result, second_result: Result, *, anywhere: bool) -> Comparison:
    """`anywhere`: the lab promises the same floating-point bits on every platform, not only on one tag."""
    platforms = (first.record.get("platform", ""), second.record.get("platform", ""))
    config, seed = first.config_hash == second.config_hash, first.root_seed == second.root_seed
    exact = first.exact_hash == second.exact_hash
    whole = first.result_hash == second.result_hash
    promised = exact if platforms[0] != platforms[1] and not anywhere else whole
    differences = [] if config else ["config: the two runs were given different configs"]
    differences += [] if seed else [f"root seed: {first.root_seed} and {second.root_seed}"]
    intact = [record.result_hash(result) == run.result_hash for run, result in ((first, first_result), (second, second_result))]
    differences += [
        f"stored result of run {run.id}: its files are not what was recorded when it completed"
        for run, unchanged in zip((first, second), intact, strict=True)
        if not unchanged
    ]
    if not whole or not all(intact):
        differences += _differences(first_result, second_result)
    return Comparison(
        run=first.id,
        against=second.id,
        identical=config and seed and promised and all(intact),
        config=config,
        seed=seed,
        exact=exact,
        result=whole,
        same_platform=platforms[0] == platforms[1],
        platforms=platforms,
        same_code=first.record.get("code_sha256") == second.record.get("code_sha256"),
        exact_hashes=(first.exact_hash or "", second.exact_hash or ""),
        result_hashes=(first.result_hash or "", second.result_hash or ""),
        differences=tuple(differences),
    )


def _differences(first: Result, second: Result) -> list[str]:
    differences = []
    mine, other = dict(record.pieces(first)), dict(record.pieces(second))
    for name in sorted(mine.keys() | other.keys()):
        if mine.get(name) == other.get(name):
            continue
        if name not in mine or name not in other:
            differences.append(f"{name}: only in {'the second' if name not in mine else 'the first'}")
        else:
            differences.append(f"{name}: {_where(name, first, second)}")
    return differences


def _where(name: str, first: Result, second: Result) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "metric":
        return f"{first.metrics[rest].value!r} and {second.metrics[rest].value!r}"
    if kind == "document":
        return "the documents differ"
    table, _, column = rest.partition(".")
    left, other = first.tables[table].column(column).to_pylist(), second.tables[table].column(column).to_pylist()
    pairs = enumerate(zip_longest(left, other))
    row, (a, b) = next(((row, pair) for row, pair in pairs if pair[0] != pair[1]), (0, (left[:1], other[:1])))
    return f"row {row}: {a!r} and {b!r}"


def as_json(comparison: Comparison) -> Mapping[str, object]:
    return dict(vars(comparison))
