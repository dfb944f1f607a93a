"""Following runs in this process: what has not changed is not read again, and nothing is missed."""

from __future__ import annotations

import pytest

from quintant.cli import following
from quintant.cli.door.local import LocalDoor
from quintant.errors import NotFound
from quintant.runs import State
from quintant.runs.store import Store


@pytest.fixture
def door(settings):
    with LocalDoor(settings, execute=True) as door:
        yield door


def test_a_sweep_is_followed_to_its_end_by_what_changes(door, monkeypatch):
    reads: list[int] = []
    read = Store.changed

    def counted(self, *arguments):
        stored, changed = read(self, *arguments)
        reads.append(len(changed))
        return stored, changed

    monkeypatch.setattr(Store, "changed", counted)
    _, runs = door.facade.sweep("toy", {"steps": 3}, axes={"bias": [0.2, 0.8]}, seeds=3)
    *_, last = following.follow(door, runs)
    assert [run.id for run in last.runs] == [run.id for run in runs]
    assert last.runs == door.runs_of(runs[0].sweep_id)
    assert {run.state for run in last.runs} == {State.COMPLETED}
    assert len(reads) < 60 and sum(reads) < 6 * len(reads)


def test_every_event_is_read_once(door):
    run = door.facade.submit("toy", {"steps": 5})
    events = [event for tick in following.follow(door, [run], events=True) for event in tick.events]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events == list(door.facade.events(run.id))


def test_deleted_runs_are_left_out_and_none_left_is_said(door):
    _, runs = door.facade.sweep("toy", {"steps": 1}, seeds=2)
    *_, last = following.follow(door, runs)
    door.delete(runs[0].id)
    assert [run.id for run in door.now(last.runs)] == [runs[1].id]
    door.delete(runs[1].id)
    with pytest.raises(NotFound):
        door.now(last.runs)
