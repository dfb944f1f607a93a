"""An identical Run is not executed again: its result is linked, told, counted, and stays when the other one is deleted."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from quintant.runs import Runs, open_runs
from quintant.runs.lifecycle import State
from quintant.runs.request import Request, start
from quintant.runs.run import Run
from quintant.runs.store.models import runs as rows
from quintant.settings import Settings

STEPS = {"steps": 6}


def ended_run(runs: Runs, config=STEPS, **more) -> Run:
    """One Run of the toy lab as the native doors start it, at its end."""
    _, [run] = start(Request("toy", config, preset=None, seeds=1, **more), runs)
    return runs.wait(run.id, 60)


def executed(run: Run) -> bool:
    return run.attempt == 1 and run.reused_from is None


def test_an_identical_run_is_final_at_once_and_whole(runs) -> None:
    first = ended_run(runs)
    _, [second] = start(Request("toy", STEPS, preset=None, seeds=1, name="again"), runs)
    assert executed(first)
    assert (second.state, second.reused_from, second.attempt, second.name) == (State.COMPLETED, first.id, 0, "again")
    assert (second.result_hash, second.exact_hash, second.headline) == (first.result_hash, first.exact_hash, first.headline)
    assert second.record["reused_from"] == first.id and second.record["computed"]["run"] == first.id
    assert second.record["run"] == second.id and second.record["name"] == "again"
    result, again = runs.result(first.id), runs.result(second.id)
    assert again.metrics == result.metrics and again.tables == result.tables and again.documents == result.documents
    told = [
        [(e.kind, e.payload) for e in runs.store.events(run.id) if e.kind in ("tossed", "progress")] for run in (first, second)
    ]
    assert told[0] == told[1] != []
    last = runs.store.events(second.id)[-1]
    assert (last.kind, last.payload["verb"], last.payload["reused_from"]) == ("state", "reuse", first.id)
    assert f"that of run {first.id}" in (runs.folder(second.id) / "run.log").read_text().splitlines()[-1]
    assert (runs.folder(second.id) / "result.json").stat().st_ino == (runs.folder(first.id) / "result.json").stat().st_ino
    assert {item.path for item in runs.artifacts(second.id)} == {item.path for item in runs.artifacts(first.id)}
    assert runs.store.metrics([second.id])[second.id] == runs.store.metrics([first.id])[first.id]


def test_deleting_the_source_leaves_the_reuse_whole_and_reusable(runs) -> None:
    first = ended_run(runs)
    second = ended_run(runs)
    runs.delete(first.id)
    assert runs.result(second.id) is not None
    third = ended_run(runs)
    assert third.reused_from == second.id and third.record["computed"]["run"] == first.id
    again = runs.wait(runs.verify(third.id).id, 60)
    assert executed(again) and runs.compare(third.id, again.id).identical


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"config": {"steps": 7}}, "steps"),
        ({"root_seed": 43}, "root seed"),
    ],
    ids=["config", "root seed"],
)
def test_what_differs_is_executed_and_why_not_names_it(runs, change, part: str) -> None:
    first = ended_run(runs)
    other = ended_run(runs, **{"config": STEPS, **change})
    assert executed(other)
    answer = runs.why_not_reused(other.id)
    assert (answer.nearest, [each.name for each in answer.differs]) == (first.id, [part])
    assert part in answer.reason


@pytest.mark.parametrize(
    ("column", "key", "part"),
    [
        ("record", "code_sha256", "code of the lab"),
        ("record", "platform", "platform"),
        ("lab_version", None, "version of the lab"),
    ],
)
def test_another_code_platform_or_version_is_another_identity(runs, column: str, key, part: str) -> None:
    first = ended_run(runs)
    value = "0" if key is None else {**first.record, key: "another"}
    with runs.store.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == first.id).values({column: value}))
    other = ended_run(runs)
    assert executed(other)
    assert [each.name for each in runs.why_not_reused(other.id).differs] == [part]


def test_fresh_contract_and_verify_are_executed(runs) -> None:
    first = ended_run(runs)
    fresh = ended_run(runs, fresh=True)
    through = runs.wait(runs.submit("toy", STEPS, contract="toy", fresh=False).id, 60)
    verified = runs.wait(runs.verify(first.id).id, 60)
    assert executed(fresh) and executed(through) and executed(verified)
    reasons = [runs.why_not_reused(run.id).reason for run in (fresh, through, verified)]
    assert "--fresh" in reasons[0] and "toy contract" in reasons[1] and f"verifies run {first.id}" in reasons[2]
    runs.delete(first.id)
    runs.delete(fresh.id)
    assert executed(ended_run(runs))  # what came through a contract, or verifies, lends its result to nobody


def test_what_failed_or_was_stopped_lends_nothing(runs) -> None:
    assert ended_run(runs, {"misbehave": "refuse"}).state is State.FAILED
    assert ended_run(runs, {"misbehave": "refuse"}).state is State.FAILED
    _, [long] = start(Request("toy", {"steps": 4000, "work": 200_000}, preset=None, seeds=1), runs)
    while runs.state(long.id) is not State.RUNNING:
        time.sleep(0.02)
    runs.cancel(long.id)
    assert runs.reuse.sources(runs.get(long.id), runs.labs["toy"]) == []


def test_a_changed_source_is_never_reused_and_that_is_told(runs) -> None:
    first = ended_run(runs)
    (runs.folder(first.id) / "result.json").write_text("{}")
    second = ended_run(runs)
    assert executed(second) and second.result_hash == first.result_hash
    assert "not what was recorded" in runs.why_not_reused(second.id).reason
    assert not list(runs.folder(first.id).parent.glob(".*.part"))


def test_requests_at_the_same_time_compute_once(runs) -> None:
    request = Request("toy", {"steps": 300, "work": 60_000}, preset=None, seeds=1)
    with ThreadPoolExecutor(4) as pool:
        made = [run for _, [run] in pool.map(lambda _: start(request, runs), range(4))]
    ended = [runs.wait(run.id, 90) for run in made]
    assert [run.state for run in ended] == [State.COMPLETED] * 4
    assert sum(executed(run) for run in ended) == 1
    assert len({run.result_hash for run in ended}) == 1


def test_while_an_identical_run_computes_the_next_waits_and_says_so(runs) -> None:
    request = Request("toy", {"steps": 4000, "work": 200_000}, preset=None, seeds=1)
    _, [first] = start(request, runs)
    while runs.state(first.id) is not State.RUNNING:
        time.sleep(0.02)
    _, [second] = start(request, runs)
    other = ended_run(runs)  # who waits takes nobody's place
    assert runs.state(second.id) is State.QUEUED and other.state is State.COMPLETED
    assert f"waits for run {first.id}" in runs.why_not_reused(second.id).reason
    runs.cancel(first.id)
    while runs.state(second.id) is State.QUEUED:  # nobody computes it any more: it does
        time.sleep(0.02)
    assert runs.store.get(second.id).attempt == 1


def test_two_processes_on_one_folder_agree_who_computes(settings) -> None:
    """By the statement that claims: whoever else has the folder open is refused while an identical Run computes."""
    with open_runs(settings, execute=False) as first, open_runs(settings, execute=False) as second:
        made = [start(Request("toy", STEPS, preset=None, seeds=1), runs)[1][0] for runs in (first, second)]
        claims = [runs.store.claim(run.id, "w", "here", 60) for runs, run in zip((first, second), made, strict=True)]
        assert [claim is not None for claim in claims] == [True, False]
        assert second.store.queued("batch", 10) == []
        first.store.move(made[0].id, "fail", attempt=1, reason="it was a test")
        assert second.store.queued("batch", 10) == [made[1].id]
        assert second.store.claim(made[1].id, "w1", "here", 60) is not None


def test_of_a_long_sweep_the_first_have_their_results_with_the_answer(runs, monkeypatch) -> None:
    from quintant.runs import facade

    sweep, _ = start(Request("toy", STEPS, preset=None, seeds=4), runs)
    assert sweep is not None
    for run in runs.runs_of(sweep.id):
        runs.wait(run.id, 60)
    assert facade.REUSED_AT_ONCE == 100
    monkeypatch.setattr(facade, "REUSED_AT_ONCE", 2)
    again, made = start(Request("toy", STEPS, preset=None, seeds=4), runs)
    assert again is not None
    assert [run.state for run in made] == [State.COMPLETED] * 2 + [State.QUEUED] * 2
    assert all(runs.wait(run.id, 60).reused_from for run in made)


def test_more_seeds_of_a_sweep_execute_only_what_is_new(runs) -> None:
    sweep, _ = start(Request("toy", STEPS, preset=None, seeds=3), runs)
    assert sweep is not None
    for run in runs.runs_of(sweep.id):
        runs.wait(run.id, 60)
    wider, _ = start(Request(None, from_run=sweep.id, seeds=5), runs)
    assert wider is not None
    ended = [runs.wait(run.id, 60) for run in runs.runs_of(wider.id)]
    assert [executed(run) for run in ended] == [False] * 3 + [True] * 2
    [point] = runs.summary(wider.id)
    assert point.metrics["heads_share"].n == 5


def test_a_lab_that_may_answer_otherwise_is_executed(runs, monkeypatch) -> None:
    from quintant import registry

    ended_run(runs)
    lab = dataclasses.replace(registry.find("toy"), unsteady=lambda config: "another machine answers.")
    monkeypatch.setattr(registry, "find", lambda name, *more: lab)
    run = ended_run(runs)
    assert executed(run)


def test_a_study_that_a_server_answers_is_unsteady() -> None:
    from quintant.config import parse
    from quintant.labs.persona.config import PersonaConfig
    from quintant.labs.persona.unsteady import unsteady

    away = {"model": "qwen", "url": "http://127.0.0.1:8080"}
    backends = [{"kind": "embedded"}, {"kind": "scripted"}, {"kind": "ollama", **away}, {"kind": "openai", **away}]
    reasons = [unsteady(parse(PersonaConfig, {"backend": backend})) for backend in backends]
    assert [reason is None for reason in reasons] == [True, True, False, False]


def test_on_postgresql_too(postgres, tmp_path) -> None:
    settings = Settings(data_dir=tmp_path / "data", workers=2, lease_s=2, grace_s=0.3, database_url=postgres)
    with open_runs(settings, execute=True) as runs:
        first = ended_run(runs)
        _, [second] = start(Request("toy", STEPS, preset=None, seeds=1), runs)
        assert second.reused_from == first.id
        assert runs.result(second.id).metrics == runs.result(first.id).metrics
