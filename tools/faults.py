"""Faults put in by hand: mistakes that a person would make, each of which a named test must see.

    .venv/bin/python tools/faults.py [PART OF A NAME]

Each fault goes into a copy of `src`, and the tests beside it are run against the copy: they must fail. Exit code 1 when one
fault is not seen, or no longer finds its line. What a machine would think of is `tools/mutants.py`'s.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Fault:
    """`before` stands once in `file` (below src/quintant) and becomes `after`; `tests` are pytest's arguments."""

    says: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "a cancel inside a pause is not heard", "runs/driver.py",
        'while (wish := self.store.wanted()) == "pause":', 'while (wish := self.store.wanted()) in ("pause", "cancel"):',
        ("tests/unit/runs/test_execution.py", "-k", "paused_run_can_be_cancelled"),
    ),
    Fault(
        "a fraction beyond 1 is stored", "runs/driver.py",
        "min(max(float(self._progress.fraction), 0.0), 1.0)", "max(float(self._progress.fraction), 0.0)",
        ("tests/unit/runs/test_execution.py",),
    ),
    Fault(
        "a resumed run tells a step twice", "runs/driver.py",
        "if number > told_until:", "if number >= told_until:",
        ("tests/unit/runs/test_loss.py",),
    ),
    Fault(
        "an I rate is divided by E's number", "labs/spiking/engine/spiking.py",
        "(len(neuron) - e, state.layout.n_i)", "(len(neuron) - e, state.layout.n_e)",
        ("tests/unit/spiking/test_spiking_progress.py",),
    ),
    Fault(
        "the line `n of m runs count` is left out", "runs/statistics.py",
        '{counts}" if unfinished else None', '{counts}" if not states else None',
        ("tests/unit/runs/test_facade.py", "tests/unit/cli/test_report.py"),
    ),
    Fault(
        "any prefix of the key opens", "server/keys.py",
        "hmac.compare_digest(offered.encode(), self.key)", "self.key.startswith(offered.encode())",
        ("tests/unit/server/test_keys.py",),
    ),
    Fault(
        "identical without equal configs", "runs/comparison.py",
        "identical=config and seed and promised", "identical=seed and promised",
        ("tests/unit/runs/test_comparison.py",),
    ),
    Fault(
        "a sweep of exactly 10,000 is refused", "runs/sweep.py",
        "if runs > MOST_RUNS:", "if runs >= MOST_RUNS:",
        ("tests/unit/runs/test_sweep_points.py",),
    ),
    Fault(
        "a place of yesterday is given back to today's quota", "labs/chip/contract/ledger.py",
        'same_day = day(places.pop(token)) == body["day"]', 'same_day = bool(places.pop(token))',
        ("tests/unit/chip_contract/test_chip_ledger.py",),
    ),
    Fault(
        "ties of Krum go by the participant's place", "labs/federated/engine/aggregation/ranking.py",
        "if end - begin > 1:", "if end - begin > len(ranked):",
        ("tests/unit/federated_rules/test_federated_aggregation.py",),
    ),
    Fault(
        "Hedges' g without its small-sample factor", "labs/persona/engine/cohort.py",
        " / pooled * (1 - 3 / (8 * n - 9)))", " / pooled)",
        ("tests/unit/persona/test_persona_cohort.py",),
    ),
)  # fmt: skip


def unseen(fault: Fault) -> str | None:
    """Why the fault was not seen; None when it was."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__", "dist"))
        file = copy / "quintant" / fault.file
        text = file.read_text("utf-8")
        if text.count(fault.before) != 1:
            return f"{fault.file} holds {fault.before!r} {text.count(fault.before)} times, not once"
        file.write_text(text.replace(fault.before, fault.after), "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", *fault.tests]
        run = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(copy)}, capture_output=True, text=True, check=False
        )
        if run.returncode == 1:  # pytest's code for tests that failed; others are faults of the call
            return None
        return f"{' '.join(fault.tests)}: {(run.stdout.strip() or run.stderr.strip()).splitlines()[-1]}"


def main() -> int:
    wanted = " ".join(sys.argv[1:])
    faults = [fault for fault in FAULTS if wanted in fault.says]
    missed = 0
    for fault in faults:
        reason = unseen(fault)
        missed += reason is not None
        print(f"{'seen  ' if reason is None else 'UNSEEN'}  {fault.says}{'' if reason is None else ': ' + reason}", flush=True)
    print(f"{len(faults) - missed} of {len(faults)} seen")
    return 1 if missed or not faults else 0


if __name__ == "__main__":
    sys.exit(main())
