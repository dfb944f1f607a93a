"""The pointer to the current simulation: one start at a time, whatever happens on the way."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from quintant.errors import Conflict, EngineError, NotFound
from quintant.labs.persona.contract import current as module
from quintant.labs.persona.contract.current import KEY, Current, Idle


class Documents:
    """Transactional JSON documents in memory."""

    def __init__(self) -> None:
        self.kept, self.lock = {}, threading.Lock()

    def get(self, key):
        return self.kept.get(key)

    def put(self, key, body, *, unique=True):
        with self.lock:
            if key in self.kept:
                raise Conflict(key)
            self.kept[key] = dict(body)

    def change(self, key, change):
        with self.lock:
            self.kept[key] = change(dict(self.kept[key]))
            return self.kept[key]


class Facade:
    def __init__(self) -> None:
        self.store, self.runs, self.cancelled = Documents(), {}, []

    def documents(self, lab, kind):
        return self.store

    def get(self, id):
        if id not in self.runs:
            raise NotFound("Run", id)
        return self.runs[id]

    def cancel(self, id, **_):
        self.cancelled.append(id)

    def new(self, id, state="running"):
        self.runs[id] = SimpleNamespace(id=id, state=state, want="run")
        return self.runs[id]


def test_one_runs_at_a_time():
    facade = Facade()
    current = Current(facade)
    assert current.run() is None
    current.start(lambda: facade.new("one"))
    assert current.run().id == "one"
    with pytest.raises(Conflict, match="sim_one is running"):
        current.start(lambda: pytest.fail("it was submitted"))
    facade.runs["one"].state = "completed"
    current.start(lambda: facade.new("two"))
    assert current.run().id == "two"


def test_a_start_that_fails_leaves_the_last_one_current_and_the_place_free():
    facade = Facade()
    current = Current(facade)
    current.start(lambda: facade.new("one", "completed"))

    def failing():
        raise EngineError("no model")

    with pytest.raises(EngineError):
        current.start(failing)
    assert facade.store.kept[KEY] == {"run_id": "one"}
    current.start(lambda: facade.new("two"))


def test_a_start_that_was_killed_frees_the_place_after_a_while(monkeypatch):
    facade = Facade()
    facade.store.kept[KEY] = {"run_id": None, "claim": {"token": "dead", "at": 0.0}}
    clock = [module.CLAIM_S - 1]
    monkeypatch.setattr(module.time, "time", lambda: clock[0])
    with pytest.raises(Conflict):
        Current(facade).start(lambda: facade.new("one"))
    clock[0] += 2
    assert Current(facade).start(lambda: facade.new("one")).id == "one"


def test_a_start_slower_than_its_claim_gives_way_to_the_one_that_overtook_it(monkeypatch):
    facade = Facade()
    clock = [0.0]
    monkeypatch.setattr(module.time, "time", lambda: clock[0])

    def slow():
        clock[0] = module.CLAIM_S + 1
        Current(facade).start(lambda: facade.new("quick"))
        return facade.new("slow")

    with pytest.raises(Conflict):
        Current(facade).start(slow)
    assert facade.cancelled == ["slow"]
    assert Current(facade).run().id == "quick"


def test_a_deleted_run_is_no_current_one():
    facade = Facade()
    Current(facade).start(lambda: facade.new("one"))
    del facade.runs["one"]
    assert Current(facade).run() is None
    with pytest.raises(Idle):
        Current(facade).active("stop")
    Current(facade).start(lambda: facade.new("two"))
