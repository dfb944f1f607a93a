"""One stream of all Runs: what happens to every one, in one order, from a cursor; how far they are, at most once a second."""

from __future__ import annotations

from itertools import pairwise

V2 = "/api/v2"


def until(stream, wanted) -> list:
    """The messages up to the first that is wanted."""
    messages = []
    for message in stream:
        messages.append(message)
        if wanted(message):
            return messages
    raise AssertionError("the stream of all runs ended")


def facts(messages) -> list[tuple]:
    return [
        (message.data["kind"], message.data["run"], message.data["payload"].get("to"))
        for message in messages
        if message.event == "message" and message.id is not None
    ]


def test_every_run_is_told_from_now_on_and_again_from_a_cursor(served, streaming) -> None:
    with streaming(f"{V2}/events?scope=all") as stream:
        hello = next(iter(stream))
        assert hello.event == "hello" and hello.id is None
        first, second = served.create(steps=3), served.create(steps=3)
        ended: set[str] = set()

        def both(message) -> bool:
            if message.event == "message" and message.data["payload"].get("to") == "completed":
                ended.add(message.data["run"])
            return len(ended) == 2

        messages = until(stream, both)
    told = facts(messages)
    for run_id in (first, second):
        mine = [(kind, to) for kind, run, to in told if run == run_id]
        assert mine == [("created", None), ("state", "starting"), ("state", "running"), ("state", "completed")]
    ids = [int(message.id) for message in messages if message.id is not None]
    assert all(later > earlier for earlier, later in pairwise(ids)) and ids[0] > hello.data["cursor"]
    with streaming(f"{V2}/events?scope=all&after={hello.data['cursor']}") as stream:
        again = until(stream, lambda message: message.id is not None and int(message.id) == ids[-1])
    assert facts(again) == told
    with streaming(f"{V2}/events?scope=all", **{"Last-Event-ID": str(ids[-2])}) as stream:
        [last] = [message for message in until(stream, lambda message: message.id is not None) if message.id is not None]
    assert int(last.id) == ids[-1]


def test_progress_comes_at_most_once_a_second_and_run(served, streaming) -> None:
    with streaming(f"{V2}/events?scope=all") as stream:
        run_id = served.create(steps=400, work=400_000)
        messages = until(stream, lambda m: m.event == "message" and m.data["payload"].get("to") == "completed")
    progress = [m for m in messages if m.event == "message" and m.data["kind"] == "progress" and m.data["run"] == run_id]
    took_s = 10 + len(messages)  # far more than it takes: the bound below is what is promised
    assert 1 <= len(progress) <= took_s and all(message.id is None for message in progress)
    fractions = [message.data["payload"]["fraction"] for message in progress]
    assert fractions == sorted(fractions) and all(0 <= fraction <= 1 for fraction in fractions)


def test_what_people_do_is_told(served, streaming) -> None:
    run_id = served.create(steps=1)
    while served.get(run_id)["state"] != "completed":
        pass
    with streaming(f"{V2}/events?scope=all") as stream:
        served.client.patch(f"{V2}/runs/{run_id}", json={"tags": ["x"]})
        served.client.post(f"{V2}/runs/bulk", json={"action": "delete", "ids": [run_id]})
        served.client.post(f"{V2}/runs/bulk", json={"action": "undo", "ids": [run_id]})
        served.client.delete(f"{V2}/runs/{run_id}")
        seen: list[str] = []

        def over(message) -> bool:
            if message.event == "message" and message.id is not None:
                seen.append(message.data["kind"])
            return seen == ["annotated", "deleted", "restored", "deleted"]

        messages = until(stream, over)
    hidden = next(m for m in messages if m.event == "message" and m.data["kind"] == "deleted")
    assert hidden.data["payload"]["undo_until"].endswith("Z") and hidden.data["payload"]["key"] == run_id


def test_a_cursor_that_is_not_there_is_gone(served) -> None:
    answer = served.client.get(f"{V2}/events?scope=all&after=999999999")
    assert answer.status_code == 410 and "List the runs again" in answer.json()["detail"]
    assert served.client.get(f"{V2}/events?scope=all&after=a:1").status_code == 422
    assert served.client.get(f"{V2}/events?scope=all&runs=a").status_code == 422
