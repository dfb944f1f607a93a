"""A store with many completed Runs, made in seconds: what lists, filters and pages are measured and tested with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert

from quintant.lab import Metric
from quintant.runs.run import new_id
from quintant.runs.store import Basis, Store, database
from quintant.runs.store.index import metric_rows, stored
from quintant.runs.store.models import basis_keys, metric_kinds, run_keys, run_metrics, runs, sweeps

CHUNK = 2_000
STATES = ("completed", "failed", "cancelled")


def fill(
    store: Store, count: int, lab: str, config: dict[str, Any], swept: str, metric: str, *, seed: int = 1, alone: bool = False
) -> None:
    """At least `count` Runs of a lab in sweeps of 1 to 10 points of the key `swept` with 1 to 10 seeds each, nine of ten
    completed, with eight metrics; `alone`: no sweeps, every Run stands for itself."""
    draw = random.Random(seed)
    basis = Basis.from_config(lab, config)
    names = [metric, *(f"measure_{index}" for index in range(7))]
    with database.writing(store.engine) as connection:
        common = [{"basis": basis.number, "lab": lab, "key": key, **stored(leaf)} for key, leaf in basis.leaves.items()]
        connection.execute(insert(basis_keys), common)
        connection.execute(insert(metric_kinds), [{"name": name, "lab": lab, "unit": "1"} for name in names])
        families = _made(draw, count, lab, config, swept, basis, names, alone)
        while chunk := list(islice(families, CHUNK)):
            for table, kind in ((sweeps, "sweep"), (runs, "run"), (run_keys, "keys"), (run_metrics, "metrics")):
                rows = [row for made in chunk for row in made.get(kind, ())]
                if rows:
                    connection.execute(insert(table), rows)


def _made(
    draw: random.Random, count: int, lab: str, config: dict[str, Any], swept: str, basis: Basis, names: list[str], alone: bool
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    number, at = 0, 1.7e9
    while number < count:
        points, seeds = (1, 1) if alone else (draw.choice([1, 1, 5, 6, 10]), draw.choice([1, 1, 3, 10]))
        at += 1000 * draw.random()
        in_sweep = points * seeds > 1
        sweep_id, family = (new_id() if in_sweep else None), number + 1
        values = [round(100 + 400 * draw.random()) + index for index in range(points)]
        study = f"{lab} study {draw.randrange(500)}"
        made: dict[str, list[dict[str, Any]]] = {"run": [], "keys": [], "metrics": [], "sweep": []}
        if sweep_id is not None:
            axes = {swept: values}
            made["sweep"].append({
                "id": sweep_id, "lab": lab, "name": study, "owner": "local", "created_at": at, "root_seed": 42, "seeds": seeds,
                "axes": axes, "request": {},
            })  # fmt: skip
        for value in values:
            whole, fold = {**config, swept: value}, number + 1
            own = basis.traits(whole).own
            made["keys"] += [{"fold": fold, "key": key, **stored(leaf)} for key, leaf in own.items()]
            for replicate in range(seeds):
                number, at = number + 1, at + 1e-3
                state = draw.choices(STATES, (92, 6, 2))[0]
                size = 10 ** draw.uniform(-4, 0)
                made["run"].append({
                    "id": new_id(), "number": number, "fold": fold, "family": family, "lead": int(number == fold),
                    "head": int(number == family), "basis": basis.number, "lab": lab, "lab_version": "1", "name": study,
                    "owner": "local", "lane": "batch", "state": state, "config": whole, "config_hash": f"{fold:064x}",
                    "root_seed": 42 + replicate, "streams": {}, "sweep_id": sweep_id, "replicate": replicate,
                    "point": {swept: value} if in_sweep else {}, "created_at": at, "started_at": at + 1,
                    "ended_at": at + 3 + size,
                    "fraction": 1.0, "values": dict.fromkeys(names[:1], size), "record": {"kept": "x" * 1500},
                    "warnings": [], "reason": None if state == "completed" else "It was so.",
                    "headline": size if state == "completed" else None, "headline_low": None, "headline_high": None,
                })  # fmt: skip
                if state == "completed":
                    measured = {
                        name: Metric(size * (1 + index), "1", size * 0.9, size * 1.1) for index, name in enumerate(names)
                    }
                    made["metrics"] += metric_rows(number, fold, measured)
        yield made
