"""Ledger: how many jobs an account has submitted today, and how long they have computed. One document per account.

A job takes its place before its Run is stored and is entered after; both are one transaction each on the account's document, so
that however many clients submit at once, exactly as many jobs are accepted as the tier allows. A place whose Run was refused is
given back at once. If the server dies in between, the place is settled later: it is looked up whether its Run came into being.

What a job has computed is added when it has ended, once: the Run leaves `open` in the same transaction. Microseconds and
nano-pounds are whole numbers, so the sums are exact.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from quintant.errors import Conflict, NotFound
from quintant.json_value import JsonObject
from quintant.labs.chip.contract.accounts import Account
from quintant.labs.chip.contract.clock import day, month, next_day
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.refusal import QuotaReached
from quintant.labs.chip.tiers import TIERS
from quintant.wire.facade import Run, Runs
from quintant.wire.times import iso

ABANDONED_S = 60.0
"""A place this old whose job was not entered was left by a server that died in between."""
SETTLED_EVERY = 64
"""Whenever so many more jobs are open, those that have ended are added up."""
PAGE = 100
NOTHING = {"compute_us": 0, "cost_ngbp": 0}


@dataclass(frozen=True)
class Usage:
    """What an account has used, by the UTC calendar; jobs of the day they were submitted on, time of when they ended."""

    jobs_today: int
    compute_us_today: int
    compute_us_this_month: int
    cost_ngbp_this_month: int


@dataclass(frozen=True)
class Place:
    """A job's place in the day's quota. `crowd`: jobs of the account that are under way."""

    token: str
    crowd: int


class Ledger:
    """`now`: the clock, so that tests can turn it."""

    def __init__(self, runs: Runs, now: Callable[[], float] = time.time) -> None:
        self._runs = runs
        self._ledgers = runs.documents(LAB, "ledgers")
        self.now = now

    @contextmanager
    def place(self, account: Account) -> Iterator[Place]:
        """Take a place in the day's quota for the block; given back when the block raises, whatever it raises."""
        place = self._take(account)
        try:
            yield place
        except BaseException:
            self._give_back(account, place.token)
            raise

    def enter(self, account: Account, place: Place, run: Run) -> None:
        """The place has become a job."""

        def change(body: JsonObject) -> JsonObject:
            if place.token not in body["places"]:  # somebody else has entered it
                return body
            places = {token: at for token, at in body["places"].items() if token != place.token}
            return {**body, "places": places, "open": [*body["open"], run.id]}

        self._ledgers.change(account.id, change)

    def usage(self, account: Account) -> Usage:
        """Everything up to now, to the job."""
        self.settle(account)
        body = self._today(self._ledgers.get(account.id) or _empty())
        so_far = body["months"].get(month(self.now()), NOTHING)
        return Usage(body["jobs"], body["compute_us"], so_far["compute_us"], so_far["cost_ngbp"])

    def settle(self, account: Account) -> None:
        """Add up the jobs that have ended, and see to places that nobody came back to."""
        body = self._ledgers.get(account.id) or _empty()
        left = {token: at for token, at in body["places"].items() if self.now() - at > ABANDONED_S}
        for token, at in left.items():
            self._resolve(account, token, at)
        if left:
            body = self._ledgers.get(account.id) or _empty()
        for run_id in body["open"]:
            try:
                run = self._runs.get(run_id)
            except NotFound:  # deleted by the operator before it was added up
                self._close(account, run_id, None)
                continue
            if run.state.final:
                self._close(account, run_id, run)

    # --- inside ---

    def _take(self, account: Account) -> Place:
        now, token, most = self.now(), secrets.token_hex(8), account.tier.jobs_per_day
        body = self._ledgers.get(account.id)
        if body is None:
            body = _empty()
            with suppress(Conflict):  # a job of the same moment was faster
                self._ledgers.put(account.id, body)
        crowded = body["open"] and len(body["open"]) % SETTLED_EVERY == 0
        if crowded or any(now - at > ABANDONED_S for at in body["places"].values()):
            self.settle(account)

        def change(body: JsonObject) -> JsonObject:
            body = self._today(body)
            if most is not None and body["jobs"] >= most:
                raise QuotaReached(_reached(account, most, now), next_day(now) - now)
            return {**body, "jobs": body["jobs"] + 1, "places": {**body["places"], token: now}}

        body = self._ledgers.change(account.id, change)
        return Place(token, len(body["open"]) + len(body["places"]))

    def _give_back(self, account: Account, token: str) -> None:
        def change(body: JsonObject) -> JsonObject:
            if token not in body["places"]:
                return body
            places = dict(body["places"])
            same_day = day(places.pop(token)) == body["day"]
            return {**body, "places": places, "jobs": body["jobs"] - same_day}

        self._ledgers.change(account.id, change)

    def _resolve(self, account: Account, token: str, at: float) -> None:
        """A place that a server left behind: a job if its Run is there, else given back."""
        run = self._run_of(account, token, at)
        if run is None:
            self._give_back(account, token)
        else:
            self.enter(account, Place(token, 0), run)

    def _run_of(self, account: Account, token: str, at: float) -> Run | None:
        offset, total = 0, 1
        while offset < total:
            page = self._runs.list(lab=LAB, contract=LAB, owner=account.id, limit=PAGE, offset=offset)
            for run in page.items:
                if (run.request or {}).get("place") == token:
                    return run
                if run.created_at < at - ABANDONED_S:
                    return None
            offset, total = offset + PAGE, page.total
        return None

    def _close(self, account: Account, run_id: str, run: Run | None) -> None:
        def change(body: JsonObject) -> JsonObject:
            if run_id not in body["open"]:  # somebody else was faster
                return body
            body = self._today({**body, "open": [open_id for open_id in body["open"] if open_id != run_id]})
            if run is None:
                return body
            us, ended = compute_us(run), run.ended_at or self.now()
            before = body["months"].get(month(ended), NOTHING)
            after = {"compute_us": before["compute_us"] + us, "cost_ngbp": before["cost_ngbp"] + cost_ngbp(run)}
            today = us if day(ended) == body["day"] else 0
            return {**body, "months": {**body["months"], month(ended): after}, "compute_us": body["compute_us"] + today}

        self._ledgers.change(account.id, change)

    def _today(self, body: JsonObject) -> JsonObject:
        """The document as it is today: a new day begins with no jobs. Another clock's tomorrow is left alone."""
        today = day(self.now())
        return body if body["day"] >= today else {**body, "day": today, "jobs": 0, "compute_us": 0}


def compute_us(run: Run) -> int:
    """What the engine worked on a Run that has ended, in microseconds: building the network and stepping it."""
    took = run.record.get("timings") or {}
    number: int = round(1e6 * took.get("init_s", 0.0)) + round(1e6 * took.get("steps_s", 0.0))
    return number


def cost_ngbp(run: Run) -> int:
    """What it costs, in nano-pounds, at the rate of the tier that it was submitted under."""
    return compute_us(run) * TIERS[(run.request or {})["tier"]].rate


def _empty() -> JsonObject:
    return {"day": "", "jobs": 0, "compute_us": 0, "places": {}, "open": [], "months": {}}


def _reached(account: Account, most: int, now: float) -> str:
    return (
        f"Daily job limit reached: {most} of {most} jobs of tier {account.tier.name} are used; the next day begins at "
        f"{iso(next_day(now), 3)}. The operator of this server can grant a higher tier."
    )
