"""What the contract makes of Runs: words, rows, moments, files and the arithmetic of its own example."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from quintant.errors import NotFound
from quintant.lab import Event, Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.contract import data, export, simulation, words
from quintant.labs.persona.contract.limits import Limits, TooMany
from quintant.labs.persona.contract.records import MOST_ROWS, Records, wire_id
from quintant.labs.persona.contract.route import DIALECT, Invalid
from quintant.labs.persona.results import ASSESSMENTS, EVENTS, RESPONSES, SCHEMAS


def run(state: str = "running", want: str = "run", **more):
    given = {
        "id": "0123456789ab", "lab": "persona", "contract": "persona", "state": state, "want": want, "last_seq": 1,
        "config": {"duration_days": 30, "personas": ["kara"]}, "values": {}, "created_at": 0.0, "started_at": None,
        "ended_at": None, "reason": None,
    }  # fmt: skip
    return SimpleNamespace(**(given | more))


@pytest.mark.parametrize(
    ("state", "want", "word"),
    [
        ("queued", "run", "running"),
        ("starting", "run", "running"),
        ("running", "run", "running"),
        ("running", "pause", "paused"),
        ("paused", "pause", "paused"),
        ("paused", "run", "running"),
        ("completed", "run", "completed"),
        ("completed", "pause", "completed"),
        ("failed", "run", "error"),
        ("cancelled", "cancel", "stopped"),
    ],
)
def test_the_word_of_a_state(state, want, word):
    assert words.status(run(state, want)) == word
    assert words.is_final(run(state, want)) == (word in ("completed", "error", "stopped"))


def test_an_id_that_is_none():
    assert words.run_id(words.simulation_id(run())) == "0123456789ab"
    with pytest.raises(NotFound):
        words.run_id("0123456789ab")


def test_half_way_is_half_way():
    told = simulation.status_of(run(values={"day": 15, "days": 30, "events": 45, "assessments": 135}))
    assert (told["current_day"], told["total_days"], told["progress_percentage"]) == (15, 30, 50.0)
    assert (told["events_processed"], told["assessments_completed"], told["is_running"]) == (45, 135, True)
    assert told["estimated_completion"] is not None
    assert simulation.status_of(run())["estimated_completion"] is None


def spread(mean: float, deviation: float, n: int = 9) -> np.ndarray:
    """n numbers of exactly that mean and sample deviation."""
    raw = np.linspace(-1, 1, n)
    return mean + deviation * (raw - raw.mean()) / raw.std(ddof=1)


def test_the_contracts_own_example_has_its_own_significant_changes():
    """phq9 3.2 ± 1.8 → 4.8 ± 2.1, gad7 2.1 ± 1.5 → 3.2 ± 1.9, pss10 15.3 ± 4.2 → 18.7 ± 5.1: phq9 and pss10."""
    told = {"phq9": (3.2, 1.8, 4.8, 2.1), "gad7": (2.1, 1.5, 3.2, 1.9), "pss10": (15.3, 4.2, 18.7, 5.1)}
    before, after = (
        {id: dict(enumerate(spread(*two))) for id, two in part.items()}
        for part in ({id: one[:2] for id, one in told.items()}, {id: one[2:] for id, one in told.items()})
    )
    outcome = SimpleNamespace(config=PersonaConfig(), root_seed=1, documents={}, tables={})
    details = simulation._details(SimpleNamespace(outcome=outcome), before, after)
    assert [id for id, one in details.items() if one["significant"]] == ["phq9", "pss10"]
    assert [round(one["glass_delta"], 3) for one in details.values()] == [0.889, 0.733, 0.810]


# --- rows ---

TOLD = 1_700_000_000.0
EVENT = {"event_id": "event_1", "persona_id": "persona_kara", "day": 2, "event_type": "stress", "intensity": 0.5, "title": "t"}
SESSION = {"assessment_id": "assess_1", "persona_id": "persona_kara", "day": 2, "instrument": "phq9", "score": 4, "valid": True}


def table(schema: pa.Schema, *given: dict) -> pa.Table:
    return pa.Table.from_pylist([{name: one.get(name) for name in schema.names} for one in given], schema=schema)


class Facade:
    """A facade of one live Run whose tables may be ahead of its log."""

    def __init__(self) -> None:
        self.run, self.reads, self.events = run(), 0, []
        self.tables = {
            "events": table(EVENTS, EVENT, {**EVENT, "event_id": "event_2"}),
            "assessments": table(ASSESSMENTS, SESSION),
            "responses": table(RESPONSES, {**SESSION, "item": 1, "question": "q", "sensitive": False}),
        }

    def list(self, **_):
        return SimpleNamespace(items=[self.run], total=1)

    def get(self, id):
        if id != self.run.id:
            raise NotFound("Run", id)
        return self.run

    def outcome(self, id, *, kinds=None):
        self.reads += 1
        assert set(kinds) == {"assessment", "life_event"}
        return Outcome(
            run_id=id, name="n", state="running", config=PersonaConfig(), root_seed=1, metrics={}, tables=self.tables,
            documents={}, point={}, request=None, events=self.events, created_at="", started_at=None, ended_at=None,
        )  # fmt: skip


def test_a_row_whose_event_is_not_in_the_log_yet_is_not_shown():
    facade = Facade()
    facade.events = [Event("life_event", EVENT, TOLD)]
    (found,) = Records(facade).all()
    assert [(row.at, row.body["timestamp"]) for row in found.rows["events"]] == [(TOLD, "2023-11-14T22:13:20Z")]
    assert found.rows["assessments"] == ()


def test_a_run_is_read_again_when_its_log_has_grown_and_not_otherwise():
    facade = Facade()
    records = Records(facade)
    records.all()
    facade.run = run(want="pause")
    assert words.status(records.some("sim_0123456789ab")[0].run) == "paused"
    assert facade.reads == 1
    facade.run = run(last_seq=2)
    records.all()
    assert facade.reads == 2


def test_of_very_many_rows_the_newest_are_kept(monkeypatch):
    facade = Facade()
    facade.events = [Event("life_event", {**EVENT, "event_id": f"event_{n}"}, TOLD) for n in (1, 2)]
    records = Records(facade)
    monkeypatch.setattr("quintant.labs.persona.contract.records.MOST_ROWS", 5)
    for number in range(4):
        records.simulation(run(id=f"{number:012d}", created_at=float(number)))
    assert list(records._kept) == ["000000000002", "000000000003"]
    assert MOST_ROWS > 10_000


@pytest.mark.parametrize("other", [{"lab": "toy"}, {"contract": None}])
def test_a_run_of_another_door_is_none_of_these(other):
    facade = Facade()
    facade.run = run(**other)
    assert Records(facade).some("sim_0123456789ab") == []
    assert Records(facade).some("sim_ffffffffffff") == []


def test_ids_of_the_wire_differ_between_runs():
    assert wire_id("a", "event_1") != wire_id("b", "event_1")
    assert wire_id("a", "event_1").startswith("event_")
    assert set(SCHEMAS) >= {"events", "assessments", "responses"}


# --- moments ---


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2024-01-01", 1704067200, 1704153600),
        ("2024-01-01T12:00:00Z", 1704110400, 1704110401),
        ("2024-01-01T12:00:00", 1704110400, 1704110401),
        ("2024-01-01T14:00:00+02:00", 1704110400, 1704110401),
        ("2024-01-01T14:00:00 02:00", 1704110400, 1704110401),
        ("2024-01-01 12:00:00", 1704110400, 1704110401),
        ("2024-01-01T12:00:00.5Z", 1704110400.5, 1704110400.5),
    ],
)
def test_a_moment_as_the_first_and_the_last(text, first, after):
    assert data._moment(text, "start_date") == first
    assert data._moment(text, "end_date", ending=True) == after


@pytest.mark.parametrize(
    "text", ["", "today", "2024-02-30", "2024-01-01T25:00:00Z", "1704110400", "9999-12-31T23:59:59-23:59", "☃"]
)
def test_what_is_no_moment(text):
    with pytest.raises(Invalid):
        data._moment(text, "start_date")
        data._moment(text, "end_date", ending=True)
        raise AssertionError(text)


# --- files ---


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    made = export._csv({"events": [{"id": "event_1", "title": text, "intensity": -0.5}]})
    (row,) = csv.DictReader(io.StringIO(made.decode(), newline=""))
    assert (row["title"], row["intensity"]) == ("'" + text, "-0.5")


def test_a_text_with_quotes_commas_and_lines_survives():
    text = 'He said "no", and\r\nleft; ☃'
    (row,) = csv.DictReader(io.StringIO(export._csv({"events": [{"title": text}]}).decode(), newline=""))
    assert row["title"] == text


# --- limits ---


def test_limits_count_per_address_and_tell_how_many_are_left():
    limits = Limits(on=True)
    left = [int(limits.request("a")["X-RateLimit-Remaining"]) for _ in range(100)]
    assert left == list(range(99, -1, -1))
    with pytest.raises(TooMany) as caught:
        limits.request("a")
    answer = DIALECT.refusal(caught.value)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (429, "0")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    limits.request("b")


def test_limits_that_are_off_count_nothing():
    limits = Limits(on=False)
    assert [limits.request("a") for _ in range(200)] == [{}] * 200
    assert all(limits.open_socket("a") for _ in range(50))


def test_a_closed_socket_is_free():
    limits = Limits(on=True)
    assert [limits.open_socket("a") for _ in range(11)] == [True] * 10 + [False]
    limits.close_socket("a")
    assert limits.open_socket("a") and not limits.open_socket("a")
