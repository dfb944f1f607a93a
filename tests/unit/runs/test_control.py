"""One wish for many Runs: of every state, every action either does its one thing or says why not, and nothing else changes."""

from __future__ import annotations

import itertools

import pytest

from quintant.errors import ConfigError, Conflict, NotFound
from quintant.runs import State
from quintant.runs.control import ACTIONS, MAY, census

WAYS = {
    "queued": (),
    "starting": ("claim",),
    "running": ("claim", "begin"),
    "paused": ("claim", "begin", "pause"),
    "completed": ("claim", "begin", "finish"),
    "failed": ("claim", "begin", "fail"),
    "cancelled": ("cancel",),
}
AFTER = {"cancel": {"queued": "cancelled"}, "pause": {}, "resume": {}, "delete": {}}
"""What is another state at once; the rest a Worker does."""


def bring(runs, run_id: str, state: str) -> None:
    for verb in WAYS[state]:
        if verb == "claim":
            runs.store.claim(run_id, "w", "elsewhere", 60)
        else:
            runs.store.move(run_id, verb)


@pytest.fixture
def study(idle):
    """A sweep with a Run in every state, and another one that nothing may touch."""
    sweep, members = idle.sweep("toy", {"steps": 1}, seeds=len(WAYS))
    bystanders, others = idle.sweep("toy", {"steps": 1}, seeds=len(WAYS))
    for state, run, other in zip(WAYS, members, others, strict=True):
        bring(idle, run.id, state)
        bring(idle, other.id, state)
    return idle, sweep.id, [run.id for run in members], bystanders.id


@pytest.mark.parametrize("action", ACTIONS)
def test_every_run_of_a_sweep_is_answered_in_its_order(study, action):
    runs, sweep_id, ids, bystanders = study
    before = runs.runs_of(bystanders)
    answers = runs.control(action, sweep_id, wait_s=0)
    assert [answer.run for answer in answers] == ids
    for answer, state in zip(answers, WAYS, strict=True):
        assert answer.done == (State(state) in MAY[action])
        assert (answer.reason is None) == answer.done
        assert str(answer.state) == (AFTER[action].get(state, state))
        if not answer.done:
            assert answer.run in answer.reason and f"is {state}" in answer.reason
    assert runs.runs_of(bystanders) == before
    done = {answer.run for answer in answers if answer.done}
    if action == "delete":
        assert {run.id for run in runs.runs_of(sweep_id)} == set(ids) - done
        assert not any(runs.folder(run_id).exists() for run_id in done)
    else:
        word = {"cancel": "cancel", "pause": "pause", "resume": "run"}[action]
        assert [run.want == word for run in runs.runs_of(sweep_id) if run.id in done] == [True] * len(done)
    skipped = [state for state in WAYS if State(state) not in MAY[action]]
    assert census(answers) == ", ".join(f"1 {state}" for state in skipped)


@pytest.mark.parametrize(("action", "state"), list(itertools.product(("cancel", "pause", "resume"), WAYS)))
def test_one_run_a_point_and_a_sweep_are_asked_by_the_same_means(idle, action, state):
    """`Runs.cancel`, `Runs.bulk` with a Run, point or sweep and `Runs.control` agree on what may be asked, and on the words."""
    words = set()
    for way in ("one", "run", "point", "sweep", "control"):
        sweep, [run] = idle.sweep("toy", {"steps": 1}, axes={"bias": [0.5]}, seeds=1)
        bring(idle, run.id, state)
        key = {"run": run.id, "point": idle.row_key(run.id)}.get(way, sweep.id)
        reason = None
        if way == "one":
            try:
                getattr(idle, action)(run.id, **({"wait_s": 0} if action == "cancel" else {}))
            except Conflict as error:
                reason = str(error)
        elif way == "control":
            [answer] = idle.control(action, sweep.id, wait_s=0)
            reason = answer.reason
        else:
            [done] = idle.bulk(action, [key])
            assert done.done == (done.reason is None)
            reason = done.reason
        words.add(None if reason is None else reason.replace(run.id, "ID"))
        assert (reason is None) == (State(state) in MAY[action])
    assert len(words) == 1


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_nothing_takes_a_cancellation_back(idle, action):
    run = idle.submit("toy", {"steps": 1})
    bring(idle, run.id, "paused")
    assert idle.cancel(run.id, wait_s=0).want == "cancel"
    with pytest.raises(Conflict, match="is being cancelled"):
        getattr(idle, action)(run.id)
    assert idle.get(run.id).want == "cancel"


def test_what_was_asked_to_pause_before_it_began_goes_on_when_it_is_asked_to(idle):
    sweep, _ = idle.sweep("toy", {"steps": 1}, seeds=2)
    assert all(answer.done for answer in idle.control("pause", sweep.id))
    assert all(answer.done for answer in idle.control("resume", sweep.id))
    assert {run.want for run in idle.runs_of(sweep.id)} == {"run"}
    assert not any(answer.done for answer in idle.control("resume", sweep.id))


def test_a_sweep_goes_with_its_last_run_and_so_do_its_figures(idle):
    sweep, members = idle.sweep("toy", {"steps": 1}, seeds=2)
    idle.sweep_folder(sweep.id).mkdir(parents=True)
    bring(idle, members[0].id, "cancelled")
    assert [answer.done for answer in idle.control("delete", sweep.id)] == [True, False]
    assert idle.get_sweep(sweep.id).id == sweep.id and idle.sweep_folder(sweep.id).exists()
    bring(idle, members[1].id, "cancelled")
    assert [answer.done for answer in idle.control("delete", sweep.id)] == [True]
    assert not idle.sweep_folder(sweep.id).exists()
    with pytest.raises(NotFound):
        idle.control("cancel", sweep.id)


def test_other_actions_are_refused_with_what_there_is(idle):
    sweep, _ = idle.sweep("toy", {"steps": 1}, seeds=2)
    with pytest.raises(ConfigError, match="cancel, pause, resume, delete"):
        idle.control("undo", sweep.id)


def test_more_runs_than_one_statement_names(idle, monkeypatch):
    from quintant.runs.store import store

    monkeypatch.setattr(store, "MANY", 3)
    sweep, members = idle.sweep("toy", {"steps": 1}, seeds=8)
    bring(idle, members[4].id, "running")
    states = [str(answer.state) for answer in idle.control("cancel", sweep.id, wait_s=0)]
    assert states == ["cancelled"] * 4 + ["running"] + ["cancelled"] * 3


def test_queued_runs_that_are_cancelled_together_leave_what_one_alone_leaves(idle):
    """Row, event log and feed of a Run of a sweep are those of a Run that was cancelled by itself."""
    sweep, members = idle.sweep("toy", {"steps": 1}, seeds=3)
    alone = idle.submit("toy", {"steps": 1})
    idle.store.claim(alone.id, "w", "here", 60)
    idle.store.move(alone.id, "requeue")
    idle.store.claim(members[1].id, "w", "here", 60)
    idle.store.move(members[1].id, "requeue")
    before = idle.feed_cursor()
    idle.store.move(alone.id, "cancel", reason="cancelled on request")
    idle.control("cancel", sweep.id, wait_s=0)
    first, *others = idle.feed(before)
    assert {entry.run_id for entry in others} == {run.id for run in members}
    for entry in others:
        assert entry.kind == first.kind
        assert {**entry.payload, "key": None} == {**first.payload, "key": None}
        assert entry.payload["key"] == idle.row_key(entry.run_id)
    one, same = idle.get(alone.id), idle.get(members[1].id)
    for name in ("state", "reason", "attempt", "last_seq", "worker", "started_at"):
        assert getattr(one, name) == getattr(same, name) or name == "started_at"
    for run in (one, *idle.runs_of(sweep.id)):
        events = idle.events(run.id)
        assert [event.seq for event in events] == list(range(1, run.last_seq + 1))
        assert (events[-1].kind, events[-1].payload) == (idle.events(alone.id)[-1].kind, idle.events(alone.id)[-1].payload)
        assert run.ended_at is not None and run.state is State.CANCELLED
