"""Mutations: do the tests see a fault put in by a machine? By mutmut, in the copy that it makes below `mutants/`.

    .venv/bin/python tools/mutants.py full      every mutant of the modules of FULL
    .venv/bin/python tools/mutants.py sample    300 of the rest of the platform, drawn with a fixed seed
    .venv/bin/python tools/mutants.py told      what is known so far: a row for each module, and the survivors

What was judged is kept in `mutants/`: a second call judges what is left, and what changed. Only the fast tests that
pyproject.toml names judge: a mutant that another test would see counts as survived here, and one that none of them reaches as
not judged. What is computed when a module is imported is never judged: mutmut puts its fault in afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parents[1]
COPY = ROOT / "mutants"
FULL = (
    "quintant.statistics", "quintant.runs.statistics", "quintant.runs.lifecycle", "quintant.runs.comparison",
    "quintant.runs.sweep", "quintant.runs.axis", "quintant.server.keys", "quintant.server.guard",
    "quintant.labs.chip.contract.ledger",
)  # fmt: skip
"""Statistics, lifecycle, verify, sweep, the server's key, the guard and quota: what a result or a secret hangs on."""
SAMPLE, SEED = 300, 10
VERDICTS = {0: "survived", 5: "not judged", 33: "not judged", 34: "skipped", None: "not judged"}
"""By mutmut's exit code of a mutant's tests; with any other it was caught."""


def mutants() -> Iterator[tuple[str, str, str]]:
    """(module, name, verdict) of every mutant that mutmut made."""
    for meta in sorted((COPY / "src").rglob("*.py.meta")):
        module = ".".join(meta.relative_to(COPY / "src").with_suffix("").with_suffix("").parts)
        for name, code in orjson.loads(meta.read_bytes())["exit_code_by_key"].items():
            yield module, name, VERDICTS.get(code, "caught")


def judge(names: Sequence[str], children: int) -> int:
    """Workers are processes of their own: they import the copy too, by PYTHONPATH."""
    environment = {**os.environ, "PYTHONPATH": str(COPY / "src")}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children), *names]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def sample() -> list[str]:
    """The same 300 as long as the code is the same: of all mutants outside FULL, by a generator of a fixed seed."""
    names = sorted(name for module, name, _ in mutants() if module not in FULL)
    return random.Random(SEED).sample(names, min(SAMPLE, len(names)))


def tell(chosen: set[str] | None = None) -> None:
    counts: dict[str, Counter[str]] = {}
    survivors = []
    for module, name, verdict in mutants():
        if verdict == "not judged" or (chosen is not None and name not in chosen):
            continue
        part = module if module in FULL else "the sample of the rest"
        counts.setdefault(part, Counter())[verdict] += 1
        if verdict == "survived":
            survivors.append(name)
    for part, verdicts in counts.items():
        total = verdicts.total()
        print(f"{part:42} {verdicts['caught']:5} of {total:5} caught, {100 * verdicts['caught'] / total:5.1f} %")
    print(*survivors, sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("full", "sample", "told"))
    parser.add_argument("--children", type=int, default=2, help="mutants judged at once")
    arguments = parser.parse_args()
    if arguments.what == "told":
        tell()
        return 0
    names = [f"{module}.*" for module in FULL]
    if arguments.what == "sample":
        if not any(module not in FULL for module, _, _ in mutants()):
            judge(["quintant.statistics.*"], arguments.children)  # mutmut makes all mutants before it judges any
        names = sample()
    code = judge(names, arguments.children)
    tell(set(names) if arguments.what == "sample" else None)
    return code


if __name__ == "__main__":
    sys.exit(main())
