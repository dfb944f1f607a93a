"""Sweeps that get more Runs: by hand, and seeds until their points are precise."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from quintant.config import canonical
from quintant.errors import ConfigError, Conflict, NotFound
from quintant.lab import Metric
from quintant.runs import open_runs
from quintant.runs.growth import Growth, verdicts
from quintant.runs.lifecycle import State
from quintant.runs.request import Request, resolve, start
from quintant.runs.rows import Query
from quintant.runs.run import new_id
from quintant.until import LEAST, Until

CHEAP = {"steps": 1, "tosses_per_step": 20}


def places(runs, sweep):
    return [(dict(run.point), run.replicate, run.root_seed) for run in runs.runs_of(sweep.id)]


def counts(runs, sweep):
    """How many Runs each point has, in the order of the points."""
    return list(Counter(canonical(dict(run.point)) for run in runs.runs_of(sweep.id)).values())


def ended(runs, sweep_id, timeout_s=120.0):
    """Wait until nothing is added any more."""
    seen = -1
    for _ in range(int(timeout_s * 20)):
        if not runs.store.grows(sweep_id):
            return
        seen = runs.notifier.wait(seen, 0.05)
    raise AssertionError("the sweep still grows")


# --- by hand ---


def test_replicates_and_values_are_added_in_the_order_of_the_points(idle):
    sweep, made = idle.sweep("toy", CHEAP, axes={"bias": [0.2, 0.8]}, seeds=2, root_seed=7)
    before = [run.id for run in made]
    sweep, added = idle.extend(sweep.id, seeds=3, axes={"bias": [0.5, 0.8]})
    assert places(idle, sweep) == [({"bias": bias}, at, 7 + at) for bias in (0.2, 0.8, 0.5) for at in range(3)]
    assert len(added) == 5 and not {run.id for run in added} & set(before)
    assert (sweep.seeds, sweep.axes, sweep.root_seeds) == (3, {"bias": [0.2, 0.8, 0.5]}, [7, 8, 9])
    assert idle.get_sweep(sweep.id) == sweep
    rows = idle.rows(Query(fold="point", sweep_id=sweep.id)).rows
    assert sorted(row.runs for row in rows) == [3, 3, 3], "they stand in the rows of their points"
    assert [row.runs for row in idle.rows(Query(fold="sweep")).rows] == [9]
    assert {run.config["steps"] for run in idle.runs_of(sweep.id)} == {1}


def test_a_point_that_is_added_has_what_it_would_have_had_at_first(idle):
    """What follows a preset's swept key follows it in later points too."""
    first = start(Request("federated", {"model_type": "mlp"}, {"num_of_rounds": [3, 4]}, seeds=1), idle)[0]
    whole = start(Request("federated", {"model_type": "mlp"}, {"num_of_rounds": [3, 4, 5]}, seeds=1), idle)[0]
    idle.extend(first.id, axes={"num_of_rounds": [5]})
    mine, others = idle.runs_of(first.id), idle.runs_of(whole.id)
    assert [run.config_hash for run in mine] == [run.config_hash for run in others]
    assert [run.warnings for run in mine] == [run.warnings for run in others]


def test_tied_keys_and_named_seeds_are_extended(idle):
    sweep, _ = idle.sweep("toy", {}, axes={"bias,steps": [[0.2, 1], [0.3, 2]]}, seeds=[9, 4])
    sweep, added = idle.extend(sweep.id, seeds=[4, 11], axes={"bias,steps": [[0.4, 3]]})
    assert sweep.root_seeds == [9, 4, 11] and len(added) == 2 + 3
    assert [run.root_seed for run in idle.runs_of(sweep.id)] == [9, 4, 11] * 3
    sweep, added = idle.extend(sweep.id, seeds=4)
    assert sweep.root_seeds == [9, 4, 11, 12] and len(added) == 3


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ({"seeds": 2}, "seeds: adds nothing: sweep .* has these runs already"),
        ({}, "seeds: adds nothing"),
        ({"axes": {"bias": [0.2]}}, "sweep: adds nothing"),
        ({"axes": {"steps": [3]}}, "sweep.steps: is not swept by .*, which sweeps bias"),
        ({"axes": {"bias,steps": [[0.1, 1]]}}, "sweep.bias,steps: is not swept by"),
        ({"axes": {"bias": [7]}}, r"bias: must"),
        ({"seeds": 100_000}, "seeds: must be an integer from 1 to"),
        ({"seeds": [3, 3]}, "holds 3 twice"),
        ({"axes": {"bias": [round(0.2 + i / 10_000, 4) for i in range(1, 6_000)]}}, "would make 12002 runs"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is(idle, extension, message):
    sweep, _ = idle.sweep("toy", CHEAP, axes={"bias": [0.2, 0.8]}, seeds=2)
    before = places(idle, sweep)
    with pytest.raises(ConfigError, match=message):
        idle.extend(sweep.id, **extension)
    assert places(idle, sweep) == before and idle.get_sweep(sweep.id) == sweep
    with pytest.raises(NotFound):
        idle.extend("0" * 12, seeds=3)


def test_two_hands_add_the_same_once(idle):
    sweep, made = idle.sweep("toy", CHEAP, seeds=2)
    wider = replace(sweep, seeds=3)
    new = replace(made[1], id=new_id(), replicate=2)
    idle.store.extend(wider, [new], growing=False)
    with pytest.raises(Conflict, match="extended by somebody else"):
        idle.store.extend(wider, [replace(new, id=new_id())], growing=False)
    with pytest.raises(Conflict, match="was stopped meanwhile"):
        idle.store.extend(wider, [replace(new, id=new_id(), replicate=3)], growing=None)
    assert len(idle.runs_of(sweep.id)) == 3


def test_on_postgresql_too(postgres, settings):
    with open_runs(settings.model_copy(update={"database_url": postgres}), execute=False) as runs:
        sweep, _ = runs.sweep("toy", CHEAP, axes={"bias": [0.2, 0.8]}, seeds=1)
        sweep, added = runs.extend(sweep.id, seeds=2, axes={"bias": [0.5]})
        assert len(added) == 4 and counts(runs, sweep) == [2, 2, 2]
        runs.extend(sweep.id, until=Until.read(["heads_share+-5%"]))
        assert runs.store.growing() == [sweep.id] and counts(runs, sweep) == [LEAST] * 3
        runs.control("cancel", sweep.id)
        assert runs.store.growing() == []


# --- until it is precise ---


def test_points_get_seeds_until_each_is_precise_and_no_more(runs):
    asked = Request("toy", CHEAP, {"bias": [0.5, 0.02]}, preset=None, until=("heads_share+-0.03",), max_seeds=40)
    sweep, made = start(asked, runs)
    assert len(made) == 2 * LEAST and sweep.until is not None
    ended(runs, sweep.id)
    told = {point.point["bias"]: point for point in runs.verdicts(sweep.id)}
    assert told[0.02].verdict.converged and told[0.02].runs == 25, "two looks in a row"
    assert told[0.5].verdict.converged is False and told[0.5].runs == 40, "the most of them"
    assert "heads_share is known to ±" in told[0.5].verdict.reason and not runs.converged(sweep.id)
    whole = runs.runs_of(sweep.id)
    assert {run.state for run in whole} == {State.COMPLETED} and counts(runs, sweep) == [40, 25]
    assert runs.get_sweep(sweep.id).seeds == 40
    for point in runs.summary(sweep.id):
        assert "Student t" in point.metrics["heads_share"].method
        [row] = [row for row in runs.rows(Query(fold="point", sweep_id=sweep.id)).rows if row.point == point.point]
        assert (row.headline.low, row.headline.high) == (point.headline.low, point.headline.high), "one interval everywhere"
    assert resolve(Request(None, from_run=sweep.id), runs).until == sweep.until


def test_what_was_begun_before_goes_on_where_it_was(settings):
    with open_runs(settings, execute=False) as runs:
        sweep, _ = start(Request("toy", CHEAP, preset=None, until=("heads_share+-20%",)), runs)
    with open_runs(settings, execute=True) as runs:
        ended(runs, sweep.id)
        assert counts(runs, sweep) == [25] and runs.converged(sweep.id)


def test_a_stopped_sweep_adds_nothing_and_resumed_it_goes_on(idle):
    growth = Growth(idle, own=True)
    sweep, made = start(Request("toy", CHEAP, preset=None, until=("heads_share+-20%",)), idle)
    idle.control("cancel", sweep.id)
    assert not idle.store.grows(sweep.id) and not idle.grow(sweep.id)
    assert [point.verdict.reason for point in idle.verdicts(sweep.id)] == ["not converged: 20 of 20 runs have no value"]
    idle.again("resume", sweep.id)
    assert idle.store.grows(sweep.id) and idle.grow(sweep.id), "Runs of it wait"
    assert len(idle.runs_of(sweep.id)) == len(made)
    growth.close()


def test_an_interval_is_asked_of_a_sweep_that_is_there(idle):
    sweep, _ = idle.sweep("toy", CHEAP, axes={"bias": [0.2, 0.8]}, seeds=3)
    with pytest.raises(ConfigError, match="max_seeds: must be an integer from 20"):
        idle.extend(sweep.id, until=Until.read(["heads_share+-5%"], 10))
    wider, added = idle.extend(sweep.id, until=Until.read(["heads_share+-5%"], 50))
    assert counts(idle, wider) == [LEAST, LEAST] and len(added) == 2 * (LEAST - 3)
    assert wider.until.most == 50 and idle.store.grows(sweep.id)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"seeds": 5}, "seeds: beside until is how many it begins with: 20 to 200"),
        ({"seeds": [1, 2]}, "seeds: must be a number beside until"),
        ({"axes": {"bias": [i / 100 for i in range(1, 60)]}}, "would make 11800 runs"),
        ({"until": ("heads_share+-5 Hz",)}, "until: must be in the unit of heads_share"),
        ({"until": ("heads_share+-5%", "x")}, r"until.1: must be METRIC\+-NUMBER"),
        ({"until": (), "max_seeds": 30}, "max_seeds: has no effect without until"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(idle, asked, message):
    with pytest.raises(ConfigError, match=message):
        start(Request("toy", CHEAP, **{"preset": None, "until": ("heads_share+-5%",), **asked}), idle)
    assert idle.list().total == 0


def test_a_metric_that_nobody_measures_ends_it_with_the_names(runs):
    sweep, _ = start(Request("toy", CHEAP, preset=None, until=("nonsense+-5%",)), runs)
    ended(runs, sweep.id)
    [point] = runs.verdicts(sweep.id)
    assert point.runs == LEAST and point.verdict.reason.startswith("not converged: no run has a metric nonsense; they have")
    with pytest.raises(ConfigError, match=r"until: must name a metric of toy, such as .*heads_share"):
        start(Request("toy", CHEAP, preset=None, until=("nonsense+-5%",)), runs)
    assert start(Request("toy", CHEAP, preset=None, until=("heads_sh+-50%",)), runs)[0].until.metrics == {"heads_share"}


def test_values_count_in_the_order_of_their_seeds(idle):
    """Not in that in which their Runs ended: short ones would count too often."""
    sweep, made = start(Request("toy", CHEAP, preset=None, until=("heads_share+-20%",)), idle)
    done = [replace(run, state=State.COMPLETED) for run in made]
    metrics = {run.id: {"heads_share": Metric(0.5 + 0.01 * (run.replicate % 7), "1")} for run in done}
    one = verdicts(done, metrics, sweep.until, LEAST, grows=True)
    assert one == verdicts(done[::-1], metrics, sweep.until, LEAST, grows=True)
    assert verdicts([*done[:-1], made[-1]], metrics, sweep.until, LEAST, grows=True)[0].verdict is None, "one has not ended"
