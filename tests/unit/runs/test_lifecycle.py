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


def test_the_diagram_whole():
    first, *moves = diagram().split("\n")
    arrows = [f"{source} --> {move.target}: {verb}" for verb, move in TRANSITIONS.items() for source in move.sources]
    ends = [f"{state} --> [*]" for state in FINAL]
    assert first == "stateDiagram-v2"
    assert sorted(moves) == sorted(f"    {arrow}" for arrow in ["[*] --> queued", *arrows, *ends])


def test_every_transition_by_its_verb():
    """The table, once more, by hand: a row that changes is a decision, not a slip."""
    held = {"starting", "running", "paused"}
    assert {verb: (set(map(str, move.sources)), str(move.target)) for verb, move in TRANSITIONS.items()} == {
        "claim": ({"queued"}, "starting"), "begin": ({"starting"}, "running"),
        "pause": ({"running"}, "paused"), "resume": ({"paused"}, "running"),
        "finish": ({"running"}, "completed"), "fail": (held, "failed"), "lose": (held, "failed"),
        "requeue": (held, "queued"), "cancel": ({"queued", *held}, "cancelled"),
        "reuse": ({"queued"}, "completed"),
    }  # fmt: skip
    assert all(move.verb == verb and move.says for verb, move in TRANSITIONS.items())
