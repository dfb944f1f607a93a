"""The ledger: exact over days, months, tiers, crashes and doublings, on SQLite; tests/contract has the crowds."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from quintant.errors import ConfigError, NotFound
from quintant.labs.chip.contract.accounts import Accounts
from quintant.labs.chip.contract.ledger import ABANDONED_S, Ledger, Usage, compute_us
from quintant.labs.chip.contract.refusal import QuotaReached
from quintant.labs.chip.tiers import FREE, TIERS
from quintant.runs import open_runs
from quintant.runs.lifecycle import State


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@dataclass
class Clock:
    now: float = at("2026-02-27T23:00:00")

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Ended:
    """A Run that has ended, as the ledger reads one."""

    id: str
    ended_at: float
    record: dict[str, Any]
    request: dict[str, Any]
    state: State = State.COMPLETED


@dataclass
class Bench:
    """A ledger on a real store, with a clock to turn and Runs that end when told."""

    runs: Any
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.runs, self.clock)
        self.accounts = Accounts(self.runs, self.clock)
        self.account = self.accounts.signup("me@lab.example", FREE)[0]

    def job(self) -> str:
        """A job of the account, as the route submits one."""
        with self.ledger.place(self.account) as place:
            request = {"tier": self.account.tier.name, "place": place.token}
            run = self.runs.submit("toy", {}, owner=self.account.id, contract="chip", request=request)
        self.ledger.enter(self.account, place, run)
        return run.id

    def used(self) -> Usage:
        return self.ledger.usage(self.account)


@pytest.fixture
def bench(settings):
    with open_runs(settings, execute=False) as runs:
        yield Bench(runs)


@pytest.fixture
def ends(bench, monkeypatch):
    """A function that ends a Run after so many microseconds of work, now."""
    ended: dict[str, Ended] = {}
    get = bench.runs.get
    monkeypatch.setattr(bench.runs, "get", lambda run_id: ended.get(run_id) or get(run_id))

    def end(run_id: str, us: int, tier: str = "free", state: State = State.COMPLETED) -> None:
        timings = {"init_s": us / 4e6, "steps_s": us * 3 / 4e6, "result_s": 9.0}
        ended[run_id] = Ended(run_id, bench.clock.now, {"timings": timings}, {"tier": tier}, state)

    return end


def test_the_day_begins_anew_at_midnight_utc(bench):
    for _ in range(10):
        bench.job()
    with pytest.raises(QuotaReached, match=r"10 of 10 jobs .* begins at 2026-02-28T00:00:00.000Z") as caught:
        bench.job()
    assert caught.value.again_in_s == 3600
    bench.clock.now += 3600
    assert bench.used().jobs_today == 0
    bench.job()
    assert bench.used().jobs_today == 1


def test_a_refused_run_gives_its_place_back(bench):
    for _ in range(9):
        bench.job()
    for refusal in (ConfigError, KeyboardInterrupt):
        with pytest.raises(refusal), bench.ledger.place(bench.account):
            raise refusal(()) if refusal is ConfigError else refusal
    assert bench.used().jobs_today == 9
    bench.job()


@pytest.mark.parametrize("later_s", [2.0, 3600.0], ids=["at once", "as one that was left behind"])
def test_a_place_that_is_given_back_after_midnight_is_not_taken_from_the_new_day(bench, later_s):
    bench.clock.now = at("2026-02-28T00:00:00") - 1.0
    with pytest.raises(ValueError), bench.ledger.place(bench.account):
        bench.clock.now += later_s
        bench.job()
        raise ValueError
    assert bench.used().jobs_today == 1


def test_the_compute_of_a_month_is_the_sum_of_the_jobs_that_ended_in_it(bench, ends):
    first, second, third = bench.job(), bench.job(), bench.job()
    ends(first, 50_000, "researcher")
    assert bench.used() == Usage(3, 50_000, 50_000, 250_000), "0.05 s at the researcher's rate: £0.00025, as published"
    assert bench.used() == Usage(3, 50_000, 50_000, 250_000), "once"
    bench.clock.now = at("2026-02-28T12:00:00")
    ends(second, 8, "startup", State.FAILED)
    assert bench.used() == Usage(0, 8, 50_008, 250_032), "a failed job worked as well"
    bench.clock.now = at("2026-03-01T00:00:00")
    ends(third, 300_000_000, "researcher")
    assert bench.used() == Usage(0, 300_000_000, 300_000_000, 1_500_000_000), "300 s: £1.50, as published"


def test_a_job_that_ended_yesterday_counts_for_the_month_and_not_for_today(bench, ends):
    job = bench.job()
    ends(job, 7)
    bench.clock.now += 3600
    assert bench.used() == Usage(0, 0, 7, 0)


def test_two_that_add_up_at_once_add_up_once(bench, ends):
    jobs = [bench.job() for _ in range(8)]
    for job in jobs:
        ends(job, 1000, "researcher")
    start = threading.Barrier(6)

    def settle() -> None:
        start.wait()
        bench.ledger.settle(bench.account)

    threads = [threading.Thread(target=settle) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.used() == Usage(8, 8000, 8000, 40_000)


def test_a_server_that_dies_between_place_and_run_costs_no_quota(bench):
    bench.ledger._take(bench.account)
    assert bench.used().jobs_today == 1, "it may still be at work"
    bench.clock.now += ABANDONED_S + 1
    assert bench.used().jobs_today == 0


def test_a_server_that_dies_between_run_and_entry_loses_no_job(bench, ends):
    place = bench.ledger._take(bench.account)
    run = bench.runs.submit("toy", {}, owner=bench.account.id, contract="chip", request={"tier": "free", "place": place.token})
    for _ in range(3):
        bench.job()
    ends(run.id, 5)
    bench.clock.now += ABANDONED_S + 1
    ledger = bench.runs.documents("chip", "ledgers").get(bench.account.id)
    assert list(ledger["places"]) == [place.token] and run.id not in ledger["open"]
    lab = bench.runs.list
    bench.runs.list = lambda **how: lab(**{**how, "lab": "toy"})  # its Runs are the toy lab's here
    assert bench.used() == Usage(4, 5, 5, 0)
    bench.ledger.enter(bench.account, place, run)
    assert bench.used() == Usage(4, 5, 5, 0), "entered late, it is not entered twice"


def test_a_run_that_the_operator_deleted_is_let_go(bench):
    job = bench.job()
    bench.runs.cancel(job)
    bench.runs.delete(job)
    assert bench.used() == Usage(1, 0, 0, 0)
    assert bench.runs.documents("chip", "ledgers").get(bench.account.id)["open"] == []


def test_many_ended_jobs_are_added_up_by_the_way(bench, ends):
    bench.accounts.grant("me@lab.example", "enterprise")
    bench.account = bench.accounts.find("me@lab.example")
    for _ in range(64):
        ends(bench.job(), 1)
    bench.job()
    assert len(bench.runs.documents("chip", "ledgers").get(bench.account.id)["open"]) == 1


def test_tiers_are_those_of_the_published_page():
    assert {name: (tier.gbp_per_second, *tier.limits.values()) for name, tier in TIERS.items()} == {
        "free": (0, 1024, 1000, 10, 30),
        "researcher": (0.005, 32_768, 100_000, 100, 300),
        "startup": (0.004, 131_072, 1_000_000, 500, 1800),
        "enterprise": (0.003, 131_072, 10_000_000, None, 3600),
    }


def test_an_unknown_account_is_not_found(bench):
    with pytest.raises(NotFound, match=r"Account not found: you@lab\.example"):
        bench.accounts.grant("You@lab.example", "free")
    with pytest.raises(ConfigError, match="tier: must be one of"):
        bench.accounts.grant("me@lab.example", "gold")


@pytest.mark.parametrize(
    ("record", "us"),
    [
        ({}, 0),
        ({"timings": {}}, 0),
        ({"timings": {"init_s": 0.25}}, 250_000),
        ({"timings": {"steps_s": 1.5}}, 1_500_000),
        ({"timings": {"init_s": 0.25, "steps_s": 1.5, "result_s": 9.0}}, 1_750_000),
    ],
)
def test_a_run_costs_the_time_of_its_work_as_far_as_it_came(record, us):
    assert compute_us(Ended("r", 0.0, record, {})) == us


def test_a_place_counts_the_jobs_under_way_itself_among_them(bench):
    bench.job()
    with bench.ledger.place(bench.account) as first, bench.ledger.place(bench.account) as second:
        assert (first.crowd, second.crowd) == (2, 3)
