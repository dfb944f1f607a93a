"""The Store's promises, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from quintant.errors import ConfigError, Conflict, NotFound
from quintant.runs import control
from quintant.runs.artifact import Artifact
from quintant.runs.lifecycle import State
from quintant.runs.receipt import Receipt, Received
from quintant.runs.run import Run, new_id
from quintant.runs.store import Fenced, NewEvent, Store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    opened = Store(url)
    yield opened
    opened.close()


def fresh(**changes) -> Run:
    run = Run(
        id=new_id(), lab="toy", lab_version="1", name="a run", owner="local", config={"bias": 0.5}, config_hash="0" * 64,
        root_seed=2**63 - 1, streams={"tosses": 2**64 - 1}, created_at=1.0,
    )  # fmt: skip
    return replace(run, **changes)


def created(store: Store, **changes) -> str:
    run = fresh(**changes)
    store.create([run])
    return run.id


def test_a_run_comes_back_as_it_was_stored(store):
    run = fresh(request={"name": "ä"}, warnings=({"path": "p", "message": "m", "hint": None},))
    store.create([run])
    assert store.get(run.id) == replace(run, last_seq=2)


def test_unknown_and_foreign_runs_are_not_found(store):
    run_id = created(store, owner="ada")
    assert store.get(run_id, "ada").owner == "ada"
    with pytest.raises(NotFound, match="Run not found"):
        store.get(run_id, "bob")
    with pytest.raises(NotFound):
        store.get("000000000000")


def test_twenty_claims_at_once_give_one_attempt(store):
    run_id = created(store)
    granted, gate = [], threading.Barrier(20)

    def claim(n: int) -> None:
        gate.wait()
        if (found := store.claim(run_id, f"w{n}", "host", 5)) is not None:
            granted.append(found)

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claim.attempt for claim in granted] == [1]


def test_a_superseded_attempt_can_change_nothing(store):
    run_id = created(store)
    old = store.claim(run_id, "w1", "host", 5)
    store.move(run_id, "requeue", attempt=old.attempt)
    new = store.claim(run_id, "w2", "host", 5)
    for attempt in (
        lambda: store.append(run_id, old.attempt, [NewEvent("x", {})]),
        lambda: store.move(run_id, "begin", attempt=old.attempt),
        lambda: store.renew(run_id, old.attempt, 5),
        lambda: store.wanted(run_id, old.attempt),
        lambda: store.move(run_id, "fail", attempt=old.attempt, artifacts=[Artifact(run_id, "a", 1, "0", "t", 0.0)]),
    ):
        with pytest.raises(Fenced):
            attempt()
    assert store.move(run_id, "begin", attempt=new.attempt).state is State.RUNNING
    assert store.artifacts(run_id) == []


def test_an_end_is_final(store):
    run_id = created(store)
    claim = store.claim(run_id, "w", "host", 5)
    store.move(run_id, "fail", attempt=claim.attempt, reason="no")
    with pytest.raises(Fenced):
        store.append(run_id, claim.attempt, [NewEvent("late", {})])
    with pytest.raises(Conflict, match="failed"):
        store.move(run_id, "cancel")
    assert store.want([run_id], "pause", control.MAY["pause"]) == set()
    assert store.get(run_id).want == "run"
    assert store.claim(run_id, "w2", "host", 5) is None
    assert store.get(run_id).reason == "no"


def test_events_of_many_writers_have_no_gap_and_no_double(store):
    run_id = created(store)
    claim = store.claim(run_id, "w", "host", 60)

    def write(n: int) -> None:
        for i in range(25):
            store.append(run_id, claim.attempt, [NewEvent("n", {"w": n, "i": i}), NewEvent("n", {"w": n, "i": i + 0.5})])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = store.events(run_id, limit=10_000)
    assert [event.seq for event in events] == list(range(1, 2 + 1 + 200))
    assert store.get(run_id).last_seq == len(events)
    for n in range(4):
        mine = [event.payload["i"] for event in events if event.kind == "n" and event.payload["w"] == n]
        assert mine == sorted(mine)


def test_events_are_read_from_a_cursor(store):
    run_id = created(store)
    claim = store.claim(run_id, "w", "host", 60)
    store.append(run_id, claim.attempt, [NewEvent("k", {"n": n}) for n in range(10)])
    assert [event.payload["n"] for event in store.events(run_id, after=2, limit=3)] == [0, 1, 2]
    assert [event.seq for event in store.events(run_id, kinds=["state"])] == [2]
    assert store.events(run_id, after=12) == []


def test_only_an_ended_run_can_be_deleted(store):
    run_id = created(store)
    with pytest.raises(Conflict, match="Cancel it first"):
        store.delete(run_id)
    store.move(run_id, "cancel")
    store.delete(run_id)
    with pytest.raises(NotFound):
        store.get(run_id)
    assert store.events(run_id) == []


def test_lists_filter_sort_and_count(store):
    names = ["q", "p", "r"]  # no hexadecimal digits: text is also looked for at the begin of ids
    owner = new_id()
    for n, name in enumerate(names):
        created(store, name=name, owner=owner, created_at=float(n), contract="x" if n else None)
    assert [run.name for run in store.page(owner=owner).items] == ["r", "p", "q"]
    assert [run.name for run in store.page(owner=owner, sort="name", limit=2).items] == ["p", "q"]
    assert store.page(owner=owner, limit=1, offset=5).total == 3
    assert [run.name for run in store.page(owner=owner, contract=None).items] == ["q"]
    assert store.page(owner=owner, states=[State.RUNNING]).total == 0
    assert [run.name for run in store.page(owner=owner, text="P").items] == ["p"]
    assert store.page(owner=owner, text="%").total == 0


def test_documents_are_unique_and_changed_in_one_transaction(store):
    kind = new_id()
    store.put_document("toy", kind, "k", {"n": 0}, new=True)
    with pytest.raises(Conflict):
        store.put_document("toy", kind, "k", {"n": 1}, new=True)

    def add() -> None:
        for _ in range(20):
            store.change_document("toy", kind, "k", lambda body: {"n": body["n"] + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.document("toy", kind, "k") == {"n": 80}
    store.delete_document("toy", kind, "k")
    assert store.documents("toy", kind) == {}
    with pytest.raises(NotFound):
        store.change_document("toy", kind, "k", dict)


def test_of_requests_with_one_key_at_once_one_creates(store):
    key, runs = new_id(), [fresh() for _ in range(8)]

    def create(run):
        try:
            store.create([run], receipt=Receipt(key, "body"))
        except Received:
            return None
        return run.id

    with ThreadPoolExecutor(8) as pool:
        made = [id for id in pool.map(create, runs) if id]
    assert len(made) == 1 and store.document("native", "idempotency", key)["runs"] == made
    for run in runs:
        if run.id not in made:
            with pytest.raises(NotFound):
                store.get(run.id)


def test_only_ended_runs_expire_and_kept_ones_do_not(store):
    live, ended, kept = (created(store, expires_at=1.0) for _ in range(3))
    for run_id in (ended, kept):
        store.move(run_id, "cancel")
    store.keep(kept)
    assert {live, ended, kept} & set(store.expired()) == {ended}


def test_the_migrations_make_what_the_models_say(store):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from quintant.runs.store.models import metadata

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_memory_databases_are_refused():
    with pytest.raises(ConfigError, match="in-memory"):
        Store("sqlite://")


def test_a_text_with_nul_names_nothing(store):
    for ask in (store.get, store.sweep, lambda text: store.page(text=text) and store.get(text)):
        with pytest.raises((NotFound, ConfigError)):
            ask("a\x00b")
