"""The warm-up leaves nothing in the Store but compiled statements; Workers find them, and no pandas."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import text

from quintant.runs.artifact import Artifact
from quintant.runs.lifecycle import State
from quintant.runs.run import Run, new_id
from quintant.runs.store import NewEvent, Store, database
from quintant.runs.warm_up import warm_up


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    opened = Store(url)
    yield opened
    opened.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_nothing_is_left_and_nobody_is_told(store):
    with database.reading(store.engine) as connection:
        before = connection.execute(text("PRAGMA data_version")).scalar()
        warm_up(Store(store.url), "toy")
        assert connection.execute(text("PRAGMA data_version")).scalar() == before
    assert store.count() == 0 and store.held() == []


def test_the_store_works_as_before_after_it(store):
    warm_up(store, "toy")
    assert store.count() == 0 and store.held() == []
    run = Run(
        id=new_id(), lab="toy", lab_version="1", name="n", owner="local", config={}, config_hash="", root_seed=1, streams={},
        created_at=1.0,
    )  # fmt: skip
    store.create([run])
    attempt = store.claim(run.id, "w", "host", 5).attempt
    known = len(store.engine._compiled_cache)
    store.occupy(run.id, attempt, 1, "1", 5.0)
    store.move(run.id, "begin", attempt=attempt)
    store.append(run.id, attempt, [NewEvent("a", {})], fraction=0.5, values={"x": 1})
    assert store.wanted(run.id, attempt) == "run"
    files = [Artifact(run.id, path, 1, "0", "text/plain", 1.0) for path in ("b", "a")]
    ended = store.move(
        run.id, "finish", attempt=attempt, artifacts=files, fraction=1.0, record={"a": 1}, exact_hash="1", result_hash="2",
        headline=None, headline_low=None, headline_high=None,
    )  # fmt: skip
    assert ended.state is State.COMPLETED and [file.path for file in store.artifacts(run.id)] == ["a", "b"]
    assert [event.kind for event in store.events(run.id)][-3:] == ["artifact", "artifact", "state"]
    assert len(store.engine._compiled_cache) == known + 1, "only `artifacts` is new: no Worker asks for them"
    store.delete(run.id)


def test_a_failing_warm_up_is_taken_back_too(store, monkeypatch):
    monkeypatch.setattr(Store, "occupy", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        warm_up(store, "toy")
    assert store.count() == 0
    with database.writing(store.engine):
        pass


def test_a_warm_zygote_holds_no_pandas_and_arrow_still_knows_it():
    pytest.importorskip("pandas")
    code = (
        "import sys; from quintant.runs.zygote import _warm; _warm('toy'); assert 'pandas' not in sys.modules\n"
        "import pandas as pd, pyarrow as pa\n"
        "assert pa.Table.from_pandas(pd.DataFrame({'a': [1]})).to_pydict() == {'a': [1]}\n"
        "assert pa.array(pd.Series([1.0, None])).null_count == 1\n"
        "assert pa.table({'a': [1]}).to_pandas()['a'].tolist() == [1]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
