"""The Python SDK against a real server on a real socket, broken connections included."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from quintant_command import Command, serving

from quintant.client import Client, FigureHandle, RunHandle, SweepHandle
from quintant.errors import Busy, ConfigError, Conflict, NotFound, Unreachable

LONG = {"steps": 400, "work": 1_000_000}


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with serving(Command(tmp_path_factory.mktemp("sdk"), {})) as address:
        yield address


@pytest.fixture(scope="module")
def client(url) -> Iterator[Client]:
    with Client(url) as opened:
        yield opened


def test_series_are_compared(client):
    sweeps = [client.run("toy", config={"steps": steps}, seeds=3, name=f"{steps} steps").wait(30) for steps in (3, 9)]
    answer = client.compare(*(sweep.id for sweep in sweeps))
    assert answer["comparable"] and answer["differs"][0]["words"] == "steps 3 → 9"
    [point] = answer["metrics"][0]["points"]
    assert point["differences"][sweeps[1].id]["paired"] and point["differences"][sweeps[1].id]["n"] == 3


class CuttingProxy:
    """Passes TCP on to the server and cuts every connection after `most_bytes` of answers; can go away for a while."""

    def __init__(self, url: str, most_bytes: int) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._to, self._most = (host, int(port)), most_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts, self.connections, self.away = 0, 0, False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.away:
                client.close()
                continue
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        server = socket.create_connection(self._to)
        threading.Thread(target=self._upward, args=(client, server), daemon=True).start()
        left = self._most
        with contextlib.suppress(OSError), client, server:
            while left > 0 and (piece := server.recv(min(left, 4096))):
                client.sendall(piece)
                left -= len(piece)
            self.cuts += left <= 0
            client.shutdown(socket.SHUT_RDWR)

    def _upward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while (piece := client.recv(4096)) and not self.away:
                server.sendall(piece)
            if self.away:  # connections that were kept open are gone as well
                client.shutdown(socket.SHUT_RDWR)


def test_a_run_from_start_to_result(client):
    run = client.run("toy", preset="loaded", config={"steps": 3}, seeds=1, root_seed=7, name="mine")
    assert isinstance(run, RunHandle)
    assert run.wait(30).state == "completed"
    assert run.info.root_seed == 7 and run.info.config["bias"] == 0.9
    share = run.result()["heads_share"]
    assert share.value == pytest.approx(0.9, abs=0.1) and share.n == 300
    table = run.table("steps")
    assert table.column_names == ["step", "heads"] and table.num_rows == 3
    assert run.table_names() == ["steps"]
    assert run.documents()["coin"]["bias"] == 0.9
    assert "step 1:" in run.log()
    assert run.record()["platform"]
    assert client.get(run.id).info == run.info
    assert run.id in [one.id for one in client.runs(lab="toy", states=["completed"], text="mine")]


def test_several_seeds_or_swept_keys_are_a_sweep(client):
    sweep = client.run("toy", sweep={"bias": [0.2, 0.8]}, seeds=3, config={"steps": 2})
    assert isinstance(sweep, SweepHandle)
    assert len(sweep.runs) == 6
    points = sweep.wait(60).summary()
    assert [dict(point.point) for point in points] == [{"bias": 0.2}, {"bias": 0.8}]
    assert [point.headline.n for point in points] == [3, 3]
    assert [run.info.root_seed for run in sweep.runs] == [42, 43, 44] * 2
    assert client.sweep(sweep.id).summary() == points


def test_axes_seeds_and_ids_are_taken_as_their_users_hold_them(client):
    import numpy as np

    sweep = client.run(
        "toy", config={"steps": np.int64(1)}, sweep={"bias": {"start": 0.2, "stop": 0.4, "step": 0.1}}, seeds=[7, 11]
    )
    assert [run.info.root_seed for run in sweep.runs] == [7, 11] * 3 and sweep.info.root_seeds == [7, 11]
    again = client.run(from_run=sweep.id[:8])
    assert again.info.axes == {"bias": [0.2, 0.3, 0.4]} and again.info.root_seeds == [7, 11]
    tied = client.run("toy", sweep={"bias,tosses_per_step": "0.1,0.2;10,20", "steps": np.arange(1, 3)})
    points = [dict(run.info.point) for run in tied.runs]
    assert points[:2] == [{"bias": 0.1, "tosses_per_step": 10, "steps": 1}, {"bias": 0.1, "tosses_per_step": 10, "steps": 2}]
    assert len(points) == 4 and client.sweep(tied.id).info.layout == tied.info.layout
    assert [len(point.runs) for point in tied.wait(60).summary()] == [1] * 4
    [run, *_] = sweep.runs
    assert client.get(run).id == client.get(run.id[:9]).id == run.id and client.sweep(run.id).id == sweep.id
    assert client.get(sweep.id[:7]).id == sweep.id
    sweep.wait(60)
    assert client.compare(sweep, again.wait(60).id[:9])["comparable"]
    assert run.id in [one.id for one in client.runs(states="completed,failed", limit=500)]
    with pytest.raises(ConfigError, match=r"lab: is no lab: there are .*Did you mean 'toy'"):
        client.runs(lab="tooy")
    with pytest.raises(ConfigError, match="seeds: holds 7 twice"):
        client.run("toy", seeds=[7, 7])


def test_bad_input_is_the_same_error_as_in_process(client):
    with pytest.raises(ConfigError) as refused:
        client.run("toy", config={"biass": 1, "steps": 0})
    assert [problem.path for problem in refused.value.problems] == ["steps", "biass"] or [
        problem.path for problem in refused.value.problems
    ] == ["biass", "steps"]
    assert "Did you mean 'bias'?" in str(refused.value)
    with pytest.raises(ConfigError, match=r"sweep\.misbehave_at: is read only when .*: no point of the sweep reads it\."):
        client.run("toy", sweep={"misbehave_at": [1, 2]})
    with pytest.raises(NotFound, match="Did you mean 'toy'"):
        client.lab("toi")
    with pytest.raises(NotFound):
        client.get("000000000000")
    verdict = client.validate("toy", {"bias": 2})
    assert verdict["valid"] is False and verdict["problems"][0]["path"] == "bias"


def test_events_survive_broken_connections(client, url):
    """Cut after every 2500 bytes, the reading still holds every event once, in order, to the last."""
    run = client.run("toy", config={"steps": 40, "work": 300_000})
    proxy = CuttingProxy(url, 2500)
    with Client(proxy.url) as far:
        told = list(far.get(run.id).events())
    proxy.close()
    assert proxy.cuts >= 3
    assert told == list(client.api.events(run.id))
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert told[-1].payload["to"] == "completed"
    assert list(run.events(after=told[-3].seq)) == told[-2:]


def test_waiting_survives_a_server_that_is_away_and_gives_up_when_told(client, url):
    run = client.run("toy", config={"steps": 40, "work": 400_000})
    proxy = CuttingProxy(url, 10**9)
    with Client(proxy.url, patience_s=20) as far:
        handle = far.get(run.id)
        proxy.away = True
        threading.Timer(1.0, lambda: setattr(proxy, "away", False)).start()
        assert handle.wait(30).state == "completed"
        proxy.away = True
        far.api.patience_s = 0.3
        with pytest.raises(Unreachable):
            list(handle.events())
    proxy.close()


def test_creating_twice_after_a_lost_answer_creates_once(client, url):
    proxy = CuttingProxy(url, 60)  # the head of the answer, never its end
    with Client(proxy.url) as far, pytest.raises(Unreachable):
        far.run("toy", name="created once")
    proxy.close()
    end = time.monotonic() + 5
    while len(found := client.runs(text="created once")) < 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert proxy.connections >= 2
    assert len(found) == 1


def test_control_and_its_conflicts(client):
    run = client.run("toy", config=LONG)
    with pytest.raises(Busy, match="1 of 1 runs have not ended"):
        run.wait(0.3)
    with pytest.raises(Conflict, match="only a completed one has a result"):
        run.result()
    run.cancel()
    assert run.wait(10).state == "cancelled"
    with pytest.raises(Conflict):
        run.pause()
    run.cancel()  # nothing left to do
    run.delete()
    with pytest.raises(NotFound):
        run.refresh()


def test_a_sweep_is_controlled_in_one_request_and_answers_for_each_run(client, monkeypatch):
    sweep = client.run("toy", config=LONG, seeds=4)
    requests = []
    send = client.api.transport.json

    def counted(method, path, **more):
        requests.append((method, path))
        return send(method, path, **more)

    monkeypatch.setattr(client.api.transport, "json", counted)
    assert [answer.done for answer in sweep.pause()] == [True] * 4
    assert [answer.done for answer in sweep.resume()] == [True] * 4
    assert not any(answer.done for answer in sweep.delete())
    sweep.cancel()
    assert [(method, path) for method, path in requests if method != "GET"] == [
        ("POST", f"/sweeps/{sweep.id}/pause"), ("POST", f"/sweeps/{sweep.id}/resume"), ("DELETE", f"/sweeps/{sweep.id}"),
        ("POST", f"/sweeps/{sweep.id}/cancel"),
    ]  # fmt: skip
    assert {run.state for run in sweep.wait(20).runs} == {"cancelled"}
    again = sweep.control("cancel")
    assert [(answer.run, answer.done) for answer in again] == [(run.id, False) for run in sweep.runs]
    assert all("is cancelled" in (answer.reason or "") for answer in again)
    assert all(answer.done for answer in sweep.delete())
    with pytest.raises(NotFound):
        client.sweep(sweep.id)


def test_verify_and_export(client, tmp_path):
    run = client.run("toy").wait(30)
    assert run.verify(30)["identical"] is True
    exported = run.export(tmp_path)
    assert exported.folder == tmp_path / run.id
    assert (exported.folder / "manifest.json").is_file() and exported.skipped == {}
    path = run.download("coin.txt", tmp_path / "coin.txt")
    assert path.read_text() == "completed\n"
    with pytest.raises(NotFound):
        run.figure("nonsense")


def test_nobody_there_is_unreachable():
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(Unreachable, match="No server answers at"):
        nobody.labs()
    with Client("ftp://x") as wrong, pytest.raises(Unreachable):
        wrong.labs()


def test_the_page_about_the_sdk_runs_as_printed(url, tmp_path, monkeypatch, capsys):
    """Every block of docs/sdk.md, one after another, as a reader would paste them."""
    page = (Path(__file__).parents[2] / "docs" / "sdk.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert blocks
    monkeypatch.setenv("QUINTANT_URL", url)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks:
        exec(compile(block, "docs/sdk.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"topology.svg", "blocking.png", "exported"}
    told = capsys.readouterr().out
    assert "k_pths is not a parameter. Did you mean 'k_paths'?" in told
    assert "{'load_erlang': 250}" in told


def test_the_page_about_the_sdk_names_every_method():
    page = (Path(__file__).parents[2] / "docs" / "sdk.md").read_text()
    for kind in (Client, RunHandle, SweepHandle, FigureHandle):
        for name in vars(kind):
            if not name.startswith("_") and name not in {"api", "url", "runs"}:
                assert f"`{name}`" in page, f"{kind.__name__}.{name}"
