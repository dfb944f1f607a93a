from quintant.runs.lifecycle import FINAL, LIVE, TRANSITIONS, State, diagram


def test_final_is_final():
    assert not [move.verb for move in TRANSITIONS.values() if move.sources & FINAL]


def test_every_state_but_the_first_can_be_reached_and_every_live_one_can_end():
    reached = {State.QUEUED}
    while more := {m.target for m in TRANSITIONS.values() if m.sources & reached} - reached:
        reached |= more
    assert reached == set(State)
    assert all(state in TRANSITIONS["cancel"].sources for state in LIVE | {State.QUEUED})
    assert TRANSITIONS["lose"].sources == LIVE


def test_the_diagram_draws_every_row():
    drawn = diagram()
    for verb, move in TRANSITIONS.items():
        for source in move.sources:
            assert f"{source} --> {move.target}: {verb}" in drawn
