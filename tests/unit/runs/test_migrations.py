"""Migrations: they bring any older database to the shape of the models, and fill what lists are made from."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

from quintant.lab import Metric
from quintant.runs import result
from quintant.runs.run import Run, new_id
from quintant.runs.store import Basis, Store, database
from quintant.runs.store.models import basis_keys, metadata, metric_kinds, run_keys, run_metrics, runs
from quintant.runs.sweep import Sweep

BACKENDS = ["sqlite", "postgresql"]


@pytest.fixture(params=BACKENDS)
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    found = request.getfixturevalue("postgres")
    store = Store(found, migrate=False)
    with store.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    store.close()
    return found


def migrated_to(store: Store, revision: str, runs_folder: Path | None = None) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with database.writing(store.engine) as connection:
        config.attributes |= {"connection": connection, "runs_folder": runs_folder}
        way = command.upgrade if revision == "head" else command.downgrade
        with MigrationContext.configure(connection).begin_transaction():
            way(config, revision)


def test_the_migrations_lead_to_the_models(url):
    store = Store(url)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def stored(tmp_path: Path, store: Store) -> list[str]:
    """A sweep of two points with two seeds, three completed, and a Run of its own; as the newest version stores them."""
    basis = Basis.from_config("toy", {"bias": 0.5, "steps": 3, "where": {"x": 1, "names": ["a", "b"]}, "word": "so"})
    sweep = Sweep(new_id(), "toy", "s", "local", 10.0, 1, 2, {"bias": [0.1, 0.2]}, {})
    made = [
        Run(
            id=new_id(), lab="toy", lab_version="1", name="r", owner="local", config_hash="0" * 64, root_seed=seed, streams={},
            config={"bias": bias, "steps": 3, "where": {"x": None, "names": ["a"]}, "word": "so", "on": True},
            sweep_id=sweep.id, point={"bias": bias}, replicate=seed, created_at=10.0 + 2 * bias + seed * 1e-3,
        ) for bias in (0.1, 0.2) for seed in (0, 1)
    ]  # fmt: skip
    store.create(made, sweep=sweep, basis=basis)
    alone = Run(
        id=new_id(), lab="toy", lab_version="1", name="r", owner="local", config_hash="1" * 64, root_seed=1, streams={},
        config=dict(basis.leaves and {"bias": 0.5, "steps": 3, "where": {"x": 1, "names": ["a", "b"]}, "word": "so"}),
        created_at=11.0,
    )  # fmt: skip
    store.create([alone], basis=basis)
    for run, value in zip(made[:3], (1.0, 2.0, 3.0), strict=True):
        attempt = store.claim(run.id, "w", "h", 9).attempt
        store.move(run.id, "begin", attempt=attempt)
        metrics = {"ones": Metric(value, "1"), "none": Metric(None, "Hz", reason="no peak")}
        store.move(run.id, "finish", attempt=attempt, metrics=metrics, record={})
        (tmp_path / run.id).mkdir()
        written = {"metrics": {name: vars(metric) for name, metric in metrics.items()}, "tables": [], "documents": []}
        (tmp_path / run.id / "result.json").write_bytes(result.to_json(written))
    return [run.id for run in [*made, alone]]


def meaning(store: Store, ids: list[str]) -> list[dict]:
    """What each Run is found by, whatever its basis: place, keys, metrics."""
    told = []
    with database.reading(store.engine) as connection:
        for run_id in ids:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one()
            keys = {}
            for table, rule in ((basis_keys, basis_keys.c.basis == row.basis), (run_keys, run_keys.c.fold == row.fold)):
                keys |= {key.key: (key.number, key.text) for key in connection.execute(select(table).where(rule))}
            metrics = connection.execute(select(run_metrics).where(run_metrics.c.run == row.number))
            told.append({
                "place": (row.number, row.fold, row.lead, row.family, row.head),
                "keys": {key: value for key, value in keys.items() if value != (None, None)},
                "metrics": sorted((m.name, m.value, m.unit, m.fold) for m in metrics),
            })  # fmt: skip
        kinds = sorted(tuple(kind) for kind in connection.execute(select(metric_kinds)))
    return [*told, {"kinds": kinds}]


def test_what_lists_are_made_from_is_filled_for_older_stores(url, tmp_path):
    """A store is brought back to the shape before lists and up again: every Run is found by what it was found by."""
    store = Store(url)
    ids = stored(tmp_path, store)
    before = meaning(store, ids)
    events = {run_id: len(store.events(run_id)) for run_id in ids}
    assert [run["place"] for run in before[:-1]] == [
        (1, 1, 1, 1, 1), (2, 1, 0, 1, 0), (3, 3, 1, 1, 0), (4, 3, 0, 1, 0), (5, 5, 1, 5, 1),
    ]  # fmt: skip
    assert before[0]["keys"] == {
        "bias": (0.1, None), "steps": (3.0, None), "word": (None, "so"), "where.names.0": (None, "a"), "on": (None, "true"),
    }  # fmt: skip
    assert before[0]["metrics"] == [("none", None, "Hz", 1), ("ones", 1.0, "1", 1)]
    migrated_to(store, "0002")
    migrated_to(store, "head", tmp_path)
    assert meaning(store, ids) == before
    assert {run_id: len(store.events(run_id)) for run_id in ids} == events
    store.close()
