"""What the doors rely on: strict submission, sweeps, statistics over replicates, verification, artifacts."""

from __future__ import annotations

import time

import pytest

from quintant.errors import ConfigError, Conflict, Forbidden, NotFound
from quintant.runs import State
from quintant.runs.receipt import Receipt, Received


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"config": {"biass": 1}}, "biass"),
        ({"config": {"bias": 2}}, "bias"),
        ({"config": {}, "root_seed": -1}, "root_seed"),
        ({"config": {}, "root_seed": 2**63}, "root_seed"),
        ({"config": {}, "name": "  "}, "name"),
        ({"config": {}, "name": "x" * 256}, "name"),
        ({"config": {}, "name": "a\x00b"}, "name"),
        ({"config": {}, "name": "a\r\nb"}, "name"),
        ({"config": {}, "name": "\x1b[31mred"}, "name"),
        ({"config": {}, "lane": "fast"}, "lane"),
        ({"config": {"misbehave": "die", "misbehave_at": 9}}, "misbehave_at"),
    ],
)
def test_bad_input_creates_nothing(idle, arguments, path):
    with pytest.raises(ConfigError) as caught:
        idle.submit("toy", **arguments)
    assert caught.value.problems[0].path == path
    assert idle.list().total == 0


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"axes": {"bias": [0.1, 7]}}, "bias"),
        ({"axes": {"bias": []}}, "sweep.bias"),
        ({"axes": {"misbehave_at": [1, 2]}}, "sweep.misbehave_at"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": 10_001}, "seeds"),
    ],
)
def test_one_bad_point_stops_the_whole_sweep(idle, arguments, path):
    with pytest.raises(ConfigError) as caught:
        idle.sweep("toy", {}, **arguments)
    assert caught.value.problems[0].path == path
    assert (idle.list().total, idle.sweeps().total) == (0, 0)


def test_replicates_that_would_be_copies_are_refused(idle):
    with pytest.raises(ConfigError, match="seeds: must be 1, because every replicate would be the same: nothing is left"):
        idle.sweep("toy", {}, axes={"bias": [0.5, 1.0]}, seeds=2)
    assert idle.list().total == 0
    assert idle.sweep("toy", {"bias": 1.0}, seeds=1)[0].seeds == 1


def test_a_sweep_is_ordered_and_its_seeds_are_paired(idle):
    sweep, runs = idle.sweep("toy", {}, axes={"bias": [0.2, 0.8], "steps": [1, 2]}, seeds=3, root_seed=10)
    assert [(r.point["bias"], r.point["steps"], r.root_seed) for r in runs] == [
        (b, s, seed) for b in (0.2, 0.8) for s in (1, 2) for seed in (10, 11, 12)
    ]
    assert [run.id for run in idle.runs_of(sweep.id)] == [run.id for run in runs]
    assert idle.list(sweep_id=sweep.id).total == 12
    assert runs[0].config["bias"] == 0.2


def test_replicates_fold_into_a_mean_with_its_interval(runs):
    sweep, made = runs.sweep("toy", {"steps": 1}, axes={"bias": [0.3, 0.6]}, seeds=5)
    for run in made:
        runs.wait(run.id, 60)
    first, second = runs.summary(sweep.id)
    for summary, bias in ((first, 0.3), (second, 0.6)):
        assert summary.headline.n == 5
        assert summary.missing is None
        assert summary.headline.low < summary.headline.mean < summary.headline.high
        assert abs(summary.headline.mean - bias) < 0.1
    expected = sum(runs.get(i).headline for i in first.runs) / 5
    assert first.headline.mean == pytest.approx(expected, rel=1e-12)


def test_what_is_missing_in_a_mean_is_said(idle):
    sweep, made = idle.sweep("toy", {}, seeds=3)
    idle.cancel(made[0].id)
    (summary,) = idle.summary(sweep.id)
    assert summary.headline.mean is None
    assert summary.missing == "0 of 3 runs count; 1 cancelled, 2 queued"


def test_hiding_a_run_by_deleting_another_never_changes_its_mean(runs):
    sweep, made = runs.sweep("toy", {}, seeds=4)
    for run in made:
        runs.wait(run.id, 60)
    before = runs.summary(sweep.id)[0].headline
    other = runs.wait(runs.submit("toy", {}).id, 30)
    runs.delete(other.id)
    assert runs.summary(sweep.id)[0].headline == before


def test_a_receipt_is_stored_with_what_it_is_for_or_nothing_is(idle):
    receipt = Receipt("k", "body")
    sweep, made = idle.sweep("toy", {}, seeds=2, receipt=receipt)
    kept = idle.documents("native", "idempotency").get("k")
    assert kept == {"body": "body", "sweep": sweep.id, "runs": [run.id for run in made]}
    for again in (lambda: idle.submit("toy", {}, receipt=receipt), lambda: idle.sweep("toy", {}, seeds=3, receipt=receipt)):
        with pytest.raises(Received):
            again()
    assert idle.list().total == 2
    with pytest.raises(ConfigError):
        idle.submit("toy", {"bias": 7}, receipt=Receipt("other", "body"))
    assert idle.documents("native", "idempotency").get("other") is None


def test_verify_re_executes_and_says_what_differs_first(runs):
    run = runs.wait(runs.submit("toy", {}, root_seed=3).id, 30)
    again = runs.wait(runs.verify(run.id).id, 30)
    same = runs.compare(run.id, again.id)
    assert (same.identical, same.exact, same.result, same.differences) == (True, True, True, ())
    other = runs.wait(runs.submit("toy", {}, root_seed=4).id, 30)
    differs = runs.compare(run.id, other.id)
    assert not differs.identical
    assert differs.differences[0] == "root seed: 3 and 4"
    assert any(text.startswith("table steps.heads: row 0:") for text in differs.differences)


def test_a_run_whose_files_are_gone_is_not_called_unfinished(runs):
    run = runs.wait(runs.submit("toy", {}).id, 30)
    (runs.folder(run.id) / "result.json").unlink()
    with pytest.raises(Conflict, match="are not in its folder any more; there is nothing to compare"):
        runs.compare(run.id, run.id)


def test_only_completed_runs_are_verified_and_compared(runs):
    run = runs.wait(runs.submit("toy", {"misbehave": "raise"}).id, 30)
    with pytest.raises(Conflict, match="failed"):
        runs.verify(run.id)
    with pytest.raises(Conflict, match="failed"):
        runs.compare(run.id, run.id)


def test_ids_are_found_by_a_unique_prefix(idle):
    run = idle.submit("toy", {})
    assert idle.find(run.id[:5]).id == run.id
    sweep, _ = idle.sweep("toy", {}, seeds=2)
    assert idle.find(sweep.id[:7]) == sweep
    for wrong in ("", "zz", "%"):
        with pytest.raises(NotFound):
            idle.find(wrong)


def test_artifact_paths_never_leave_the_folder(runs):
    run = runs.wait(runs.submit("toy", {}).id, 30)
    folder = runs.folder(run.id)
    (folder / "escape").symlink_to("/etc")
    for path in ("../x", "/etc/passwd", "escape/passwd", "tables/../../x", "a\\..\\b", "no\x00pe", "../../nothing/there"):
        with pytest.raises(Forbidden):
            runs.open_artifact(run.id, path)
    assert runs.open_artifact(run.id, "coin.txt").read_text() == "completed\n"
    with pytest.raises(NotFound):
        runs.open_artifact(run.id, "missing.txt")


def test_deleting_is_separate_from_cancelling_and_final(runs):
    run = runs.wait(runs.submit("toy", {}).id, 30)
    folder = runs.folder(run.id)
    with pytest.raises(Conflict):
        runs.cancel(run.id)
    assert folder.is_dir()
    runs.delete(run.id)
    assert not folder.exists()
    with pytest.raises(NotFound):
        runs.get(run.id)


def test_warnings_of_a_config_are_kept_logged_and_told(runs):
    run = runs.wait(runs.submit("toy", {"bias": 1.0}).id, 30)
    assert run.warnings[0]["message"] == "1 leaves nothing to chance."
    assert [e.payload["path"] for e in runs.events(run.id, kinds=["warning"])] == ["bias"]
    assert "WARNING bias: 1 leaves nothing to chance." in runs.log(run.id).data.decode()


def test_asks_are_answered_and_logged(runs):
    run = runs.wait(runs.submit("toy", {"asks": True, "steps": 3}).id, 30)
    assert run.state is State.COMPLETED
    told = [(e.kind, e.payload["id"]) for e in runs.events(run.id, kinds=["ask", "answer"])]
    assert told == [("ask", "ask-1"), ("answer", "ask-1"), ("ask", "ask-2"), ("answer", "ask-2")]


def test_an_outcome_is_readable_while_the_run_goes_on(runs):
    run = runs.submit("toy", {"steps": 500, "work": 300_000})
    while runs.get(run.id).fraction < 0.02:
        pass
    outcome = runs.outcome(run.id)
    assert outcome.state == "running"
    assert outcome.tables["steps"].num_rows > 0
    assert outcome.metrics == {}
    runs.cancel(run.id)


def test_an_outcome_is_whole_when_the_run_ends_while_it_is_read(runs, monkeypatch):
    """The parts are cleared away between the look at the state and the reading of them."""
    run = runs.wait(runs.submit("toy", {"steps": 3}).id, 30)
    whole = runs.result(run.id)
    results = iter([None, whole])
    monkeypatch.setattr(runs, "result", lambda run_id, **_: next(results))
    assert runs.outcome(run.id).tables["steps"].num_rows == 3
    parts = runs.folder(run.id) / ".parts" / "steps"
    while parts.exists():  # the Worker clears them away after it has said that the Run ended
        time.sleep(0.01)
    parts.mkdir(parents=True)
    (parts / "000000000.tmp").touch()
    monkeypatch.setattr(runs, "result", lambda run_id, **_: None)
    assert runs.outcome(run.id).tables == {}
    assert {event.kind for event in runs.outcome(run.id, kinds=["tossed"]).events} == {"tossed"}


def test_unknown_labs_are_named_with_a_suggestion(idle):
    with pytest.raises(NotFound, match="Did you mean 'toy'"):
        idle.submit("toi", {})


def test_the_state_alone_and_some_tables_alone_can_be_had(runs):
    run = runs.wait(runs.submit("toy", {"steps": 2}).id, 30)
    assert runs.state(run.id) is State.COMPLETED
    assert set(runs.result(run.id, tables=("steps",)).tables) == {"steps"}
    assert runs.result(run.id, tables=("no such",)).tables == {}
    with pytest.raises(NotFound):
        runs.state("000000000000")


def test_a_sweep_reaches_into_a_default_that_its_config_leaves_out(idle):
    _, made = idle.sweep("optical", {}, axes={"demand.high_gbps": [200, 300]})
    default = idle.submit("optical", {}).config["demand"]
    assert [run.config["demand"] for run in made] == [{**default, "high_gbps": high} for high in (200, 300)]
    assert "demand" not in idle.get_sweep(made[0].sweep_id).request["config"], "the request stays as it was given"
