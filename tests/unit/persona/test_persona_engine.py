"""A study day by day: sessions when they are due, events that reach the prompt, and the same end after any interruption."""

import pytest
from scripted_answers import Answers

from quintant.config import parse
from quintant.errors import EngineError
from quintant.lab import Streams
from quintant.labs.persona import LAB
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import PersonaEngine
from quintant.runs.record import pieces


def study(raw, root=1, answers=None, interrupt=False):
    """All steps of a Run and its result; with `interrupt`, the state goes through dump and load after every step."""
    config = parse(PersonaConfig, {"duration_days": 14, **raw})
    engine, said = PersonaEngine(), answers or Answers()
    state, steps, given = engine.init(config, Streams.derive(root, LAB.purposes)), [], ()
    while True:
        step = engine.step(state, given)
        steps.append(step)
        state = engine.load(engine.dump(step.state)) if interrupt else step.state
        if step.done:
            return steps, engine.result(state)
        given = [said(ask) for ask in step.asks]


def rows(steps, table):
    return [row for step in steps if table in step.tables for row in step.tables[table].to_pylist()]


def test_sessions_come_on_day_0_every_interval_and_the_last_day():
    steps, result = study({"duration_days": 16, "personas": ["kara", "alfred"]})
    assert sorted({row["day"] for row in rows(steps, "assessments")}) == [0, 7, 14, 16]
    assert result.metrics["assessments"].value == 4 * 3 * 2
    assert len(rows(steps, "responses")) == 4 * 26 * 2


def test_scores_begin_at_the_personas_baseline():
    steps, _ = study({})
    first = {(row["persona_id"], row["instrument"]): row["score"] for row in rows(steps, "assessments") if row["day"] == 0}
    assert first["persona_kara", "phq9"] == 3 and first["persona_alfred", "pss10"] == 8
    assert all(row["baseline"] == (row["day"] == 0) for row in rows(steps, "assessments"))


def test_items_make_up_their_total_and_reversed_items_show_both_values():
    steps, _ = study({"condition": "TRAUMA"})
    of = {row["assessment_id"]: row["score"] for row in rows(steps, "assessments")}
    sums: dict[str, int] = {}
    for row in rows(steps, "responses"):
        sums[row["assessment_id"]] = sums.get(row["assessment_id"], 0) + row["score"]
        reversed_ = row["instrument"] == "pss10" and row["item"] in (4, 5, 7, 8)
        assert row["raw_score"] == (4 - row["score"] if reversed_ else row["score"])
        assert row["sensitive"] == (row["instrument"] == "phq9" and row["item"] == 9)
    assert sums == of


def test_what_happened_is_in_the_prompt_of_the_next_session_and_moves_it():
    answers = Answers()
    steps, result = study({"condition": "TRAUMA", "personas": ["kara"]}, answers=answers)
    last = [ask.payload for ask in answers.log if ask.kind == "model.session"][-1]
    told = {one["name"]: one["text"] for one in last["segments"]}["events"]
    assert any(row["diary"] in told for row in rows(steps, "events"))
    _, control = study({"condition": "CONTROL", "personas": ["kara"]})
    assert result.metrics["phq9_change"].value >= 5
    assert abs(control.metrics["phq9_change"].value) <= 1


def test_two_arms_share_their_ordinary_past_and_their_baseline():
    def baseline(condition):
        answers = Answers()
        study({"condition": condition}, answers=answers)
        return [ask.payload["segments"] for ask in answers.log if ask.kind == "model.session" and ask.payload["day"] == 0]

    assert baseline("CONTROL") == baseline("TRAUMA")


def test_the_baseline_prompt_has_the_form_of_every_later_one():
    answers = Answers()
    study({"condition": "STRESS"}, answers=answers)
    forms = {tuple(one["name"] for one in ask.payload["segments"]) for ask in answers.log if ask.kind == "model.session"}
    assert forms == {("persona", "state", "memories", "events")}


def test_one_question_a_step_and_none_at_the_end_of_a_day():
    steps, _ = study({})
    assert all(len(step.asks) <= 1 for step in steps)
    nights = [step for step in steps if any(event.kind == "day" for event in step.events)]
    assert len(nights) == 15 and not any(step.asks for step in nights)
    assert [step.progress.values["day"] for step in nights] == list(range(15))


def test_stress_and_neutral_events_are_answered_in_words_routine_is_not():
    steps, result = study({"condition": "NEUTRAL"})
    for row in rows(steps, "events"):
        assert (row["response"] is None) == (row["event_type"] == "minimal")
    counted = sum(result.metrics[f"{kind}_events"].value for kind in ("stress", "neutral", "minimal"))
    assert counted == len(rows(steps, "events")) > 0


def test_without_replies_or_memory_nobody_is_asked_for_them():
    answers = Answers()
    study({"condition": "STRESS", "replies": False, "memory": False}, answers=answers)
    assert {ask.kind for ask in answers.log} == {"model.info", "model.session"}


@pytest.mark.parametrize("raw", [{"condition": "STRESS"}, {"condition": "TRAUMA", "seconds_per_day": 1.0}])
def test_an_interrupted_study_ends_the_same(raw):
    (one, first), (two, second) = study(raw), study(raw, interrupt=True)
    assert dict(pieces(first)) == dict(pieces(second))
    assert [step.events for step in one] == [step.events for step in two]


def test_alerts_are_rows_and_facts_and_counted():
    steps, result = study({"condition": "TRAUMA"})
    alerts = rows(steps, "alerts")
    assert len(alerts) == result.metrics["alerts"].value > 0
    assert [event.payload["persona_id"] for step in steps for event in step.events if event.kind == "drift_alert"] == [
        alert["persona_id"] for alert in alerts
    ]


def test_an_ordinary_life_raises_no_alert():
    assert study({"condition": "CONTROL"})[1].metrics["alerts"].value == 0


def test_a_model_that_only_talks_is_asked_to_report():
    steps, _ = study({}, answers=Answers(["generate"]))
    assert {row["method"] for row in rows(steps, "assessments")} == {"self_report"}
    assert {row["score"] for row in rows(steps, "assessments") if row["instrument"] == "pss10"} == {18}


def test_unreadable_answers_are_not_zero():
    missing = dict.fromkeys([f"phq9.{n}" for n in (1, 2)])
    steps, result = study({"personas": ["kara"]}, answers=Answers(["generate"], missing))
    phq9 = [row for row in rows(steps, "assessments") if row["instrument"] == "phq9"]
    assert all(row["score"] is None and not row["valid"] and row["severity"] is None for row in phq9)
    assert result.metrics["phq9_change"].value is None and result.metrics["phq9_change"].reason
    assert result.metrics["invalid_assessments"].value == len(phq9)


def test_a_session_of_the_baseline_is_no_change_from_it():
    """Two days with seven of baseline: the last session lies in the baseline, so nothing has changed *since*; not by 0."""
    _, short = study({"personas": ["kara"], "duration_days": 2, "assessment_interval_days": 1, "baseline_days": 7})
    assert short.metrics["phq9_change"].value is None
    assert "sessions before day 7 are the baseline" in short.metrics["phq9_change"].reason
    _, longer = study({"personas": ["kara"], "duration_days": 8, "assessment_interval_days": 1, "baseline_days": 7})
    assert longer.metrics["phq9_change"].value is not None


def test_a_model_that_cannot_do_what_is_asked_ends_the_run_in_words():
    with pytest.raises(EngineError, match="the script cannot"):
        study({"scoring": "statement_contrast"}, answers=Answers(["generate"]))


def test_nothing_seen_inside_is_said_with_its_reason():
    steps, _ = study({})
    readings = rows(steps, "readings")
    assert readings and all(
        row["self_reference_score"] is None and row["reason"] == "the script has no layers" for row in readings
    )


def test_every_result_says_what_it_is():
    _, result = study({})
    assert result.documents["notice"]["text"] == "Simulated persona. Not a clinical assessment."
    assert "mood" in result.documents["notice"]["limit"]
    assert set(result.documents["instruments"]) == {"phq9", "gad7", "pss10"}


def test_a_persona_without_a_valid_later_session_is_no_unchanged_one():
    class Mute(Answers):
        def model_session(self, payload):
            told = super().model_session(payload)
            if payload["day"] > 0 and payload["persona"]["id"] == "persona_kara":
                told["answers"] = {id: {**one, "score": None} for id, one in told["answers"].items()}
            return told

    _, result = study({}, answers=Mute(["generate"]))
    assert result.metrics["phq9_change"].n == 2


def test_a_stopped_study_keeps_what_was_measured():
    config, engine, said = parse(PersonaConfig, {"duration_days": 14, "condition": "TRAUMA"}), PersonaEngine(), Answers()
    state, answers = engine.init(config, Streams.derive(1, LAB.purposes)), []
    assert engine.so_far(state) is None
    while state.day < 10:
        step = engine.step(state, answers)
        state, answers = step.state, [said(ask) for ask in step.asks]
    result, amount = engine.so_far(state)
    assert amount == "9 of 14 days"
    _, week = study({"duration_days": 7, "condition": "TRAUMA"})
    for name in ("phq9_change", "gad7_change", "pss10_change", "assessments"):
        kept, wanted = result.metrics[name], week.metrics[name]
        assert (kept.value, kept.low, kept.high, kept.n) == (wanted.value, wanted.low, wanted.high, wanted.n), name
        assert kept.method.endswith("so far: 9 of 14 days")


def test_a_study_stopped_at_its_baseline_says_that_nothing_can_have_changed():
    config, engine, said = parse(PersonaConfig, {"duration_days": 14}), PersonaEngine(), Answers()
    state, answers = engine.init(config, Streams.derive(1, LAB.purposes)), []
    while state.day < 3:
        step = engine.step(state, answers)
        state, answers = step.state, [said(ask) for ask in step.asks]
    result, amount = engine.so_far(state)
    assert amount == "2 of 14 days" and result.metrics["phq9_change"].value is None
    assert "valid session after it" in result.metrics["phq9_change"].reason
