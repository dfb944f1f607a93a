"""`retry` and `resume` of a sweep: what did not complete is executed anew in its place, what did never is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from quintant.errors import Conflict
from quintant.runs.lifecycle import State
from quintant.runs.rows import Query
from quintant.runs.run import new_id


def places(runs, sweep):
    return [(dict(run.point), run.replicate, run.root_seed, run.config_hash) for run in runs.runs_of(sweep.id)]


def rows(runs, sweep):
    return [(row.key, row.kind, row.runs) for row in runs.rows(Query(fold="point", sweep_id=sweep.id)).rows]


def test_what_failed_is_run_again_in_its_place_and_what_completed_is_not(runs, tmp_path):
    spare = tmp_path / "spare"
    config = {"steps": 2, "spare": str(spare)}
    sweep, made = runs.sweep("toy", config, axes={"misbehave": ["no", "raise"], "tosses_per_step": [5, 6]}, seeds=2)
    ended = [runs.wait(run.id, 60) for run in made]
    assert Counter(run.state for run in ended) == {State.COMPLETED: 4, State.FAILED: 4}
    before, listed = places(runs, sweep), rows(runs, sweep)
    spare.write_text("")
    answers = runs.again("retry", sweep.id)
    assert [answer.done for answer in answers] == [run.state is State.FAILED for run in ended]
    assert answers[-1].reason == f"in the place of {ended[-1].id}, which failed"
    assert answers[0].reason == f"Run {ended[0].id} is completed; only what failed is retried."
    again = [runs.wait(answer.run, 60) for answer in answers if answer.done]
    assert {run.state for run in again} == {State.COMPLETED}
    now = runs.runs_of(sweep.id)
    assert [run.id for run in now] == [answer.run for answer in answers], "in the sweep's order"
    assert places(runs, sweep) == before and rows(runs, sweep) == listed
    assert {point.headline.n for point in runs.summary(sweep.id)} == {2}
    assert len(runs.store.metrics([run.id for run in now])) == 8
    for old, new in zip(ended[4:], again, strict=True):
        left = runs.get(old.id)
        assert (left.sweep_id, left.state, left.reason) == (None, State.FAILED, old.reason)
        assert runs.annotation(old.id).note == f"Run again as {new.id}."
        assert [event.kind for event in runs.events(old.id)][-1] == "state", "its log ends as it ended"
    assert not any(answer.done for answer in runs.again("retry", sweep.id)), "nothing is left to retry"
    assert runs.list(limit=100).total == 12 == len({run.id for run in runs.list(limit=100).items})


def test_an_interrupted_sweep_is_resumed_and_a_second_hand_finds_nothing(idle):
    sweep, made = idle.sweep("toy", {"steps": 1}, axes={"bias": [0.2, 0.8]}, seeds=2)
    idle.annotate(made[1].id, tags=["keep"])
    idle.control("cancel", sweep.id)
    before = places(idle, sweep)
    answers = idle.again("resume", sweep.id)
    assert all(answer.done and answer.state is State.QUEUED for answer in answers)
    assert places(idle, sweep) == before and {run.state for run in idle.runs_of(sweep.id)} == {State.QUEUED}
    assert [idle.annotation(made[1].id).tags, idle.annotation(answers[1].run).tags] == [("keep",), ()]
    assert all("cancelled" in (idle.get(run.id).reason or "cancelled") for run in made)
    with pytest.raises(Conflict, match="was deleted or run again meanwhile"):
        idle.store.replace([(made[0].id, replace(idle.get(answers[0].run), id=new_id()))])
    assert len(idle.runs_of(sweep.id)) == 4
