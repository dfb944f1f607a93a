"""`quintant` beside a running server: the same verbs go through its API."""

from __future__ import annotations

import hashlib
import json
import signal
import time

import pytest
from quintant_command import SLOW, Answer, Command, serving

from quintant.cli import call as quintant_call


@pytest.fixture(scope="module")
def quintant(tmp_path_factory) -> Command:
    return Command(tmp_path_factory.mktemp("server"), {})


@pytest.fixture(scope="module")
def url(quintant) -> str:
    with serving(quintant) as address:
        yield address


@pytest.fixture
def here(quintant, url, monkeypatch, capsys):
    """The command line in this process, with the server's data folder."""
    for name, value in quintant.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, code: int = 0) -> Answer:
        capsys.readouterr()
        found = quintant_call(arguments)
        told = capsys.readouterr()
        assert found == code, told.err
        return Answer(found, told.out, told.err)

    return call


def test_the_server_of_the_data_folder_executes(here, url):
    told = here("run", "toy", "--seeds", "3").out
    assert "  heads       51.4 %  [48.8, 54.0]   95 % CI, n = 3" in told.splitlines()
    assert "published   50 ± 10 %   within ✓" in told
    assert f"view        {url}/" in told


def test_json_has_the_grammar_of_the_server_stream(here, url):
    import urllib.request

    *events, summary = here("run", "toy", "--json").lines
    [run_id] = summary["payload"]["runs"]
    with urllib.request.urlopen(f"{url}/api/v2/runs/{run_id}/events", timeout=10) as answer:
        assert json.load(answer)["events"] == events
    asked = urllib.request.Request(f"{url}/api/v2/runs/{run_id}/events", headers={"Accept": "text/event-stream"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        data = [line[len("data: ") :] for line in answer.read().decode().splitlines() if line.startswith("data: ")]
    assert [json.loads(one) for one in data[:-1]] == events


def test_refusals_are_the_same_words_as_without_a_server(here):
    assert here("run", "toy", "--set", "biass=2", code=2).err == (
        "error: biass is not a parameter of toy. Did you mean bias?\n       See: quintant explain toy bias\n"
    )
    assert here("run", "toy", "--sweep", "bias=0.5,2", code=2).err.startswith("error: bias: must be at most 1; got 2.")
    assert here("run", "tooy", code=2).err == "error: Lab not found: tooy. Did you mean 'toy'?\n"
    assert here("show", "zzzz", code=2).err == "error: Run or sweep not found: zzzz. quintant list shows what there is.\n"


def test_a_sweep_with_a_dotted_or_plain_axis_runs_as_one(here):
    lines = here("run", "toy", "--sweep", "bias=0.2:0.8:0.3", "--seeds", "3", "--set", "steps=2").out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("n = 3")] == ["0.2", "0.5", "0.8"]


def test_a_detached_run_goes_on_and_is_controlled_from_anywhere(here):
    started = here("run", "toy", *SLOW, "--detach", "--json").json["payload"]
    [run_id] = started["runs"]
    state = ""
    end = time.monotonic() + 20
    while state != "running" and time.monotonic() < end:
        state = here("show", run_id, "--json").json["state"]
    assert here("pause", run_id).out.startswith(run_id)
    while state != "paused" and time.monotonic() < end:
        state = here("show", run_id, "--json").json["state"]
    assert state == "paused"
    here("resume", run_id)
    assert here("stop", run_id[:8]).out == f"{run_id}  ■ cancelled\n"
    assert "cancelled" in here("stop", run_id, code=2).err
    assert here("rm", run_id, "--yes").out == f"deleted {run_id}\n"


def test_an_interrupted_command_cancels_what_it_started_on_the_server(quintant, url, here):
    process = quintant.start("run", "toy", "--seeds", "2", *SLOW, "--json")
    assert process.stdout is not None
    while (event := json.loads(process.stdout.readline()))["kind"] != "tossed":
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told == "interrupted: 2 runs cancelled, 0 had ended\n"
    assert here("show", event["run"], "--json").json["state"] == "cancelled"


def test_verify_compare_like_and_export_through_the_server(here, tmp_path):
    [run_id] = here("run", "toy", "--json").lines[-1]["payload"]["runs"]
    assert here("verify", run_id).out.startswith("identical   config ✓   result sha256:")
    changed = here("run", "toy", "--like", run_id, "--set", "bias=0.1", "--json").lines[-1]["payload"]["runs"][0]
    assert here("compare", run_id, changed, "--json").json["differs"] == {"bias": [0.5, 0.1]}
    here("export", run_id, "--tables", "csv,parquet", "--to", str(tmp_path))
    manifest = json.loads((tmp_path / run_id / "manifest.json").read_text())
    assert {"config.json", "record.json", "result.json", "tables/steps.csv", "tables/steps.parquet"} <= {
        one["path"] for one in manifest["files"]
    }
    for one in manifest["files"]:
        assert hashlib.sha256((tmp_path / run_id / one["path"]).read_bytes()).hexdigest() == one["sha256"]


def test_a_server_elsewhere_is_reached_by_its_address(quintant, url, tmp_path):
    far = Command(tmp_path, {"QUINTANT_URL": url})
    assert "toy" in far("labs").out
    assert far("run", "toy", "--json").lines[-1]["payload"]["view"].startswith(url)
    assert not (tmp_path / "quintant.db").exists(), "nothing is stored beside the server"


def test_a_dead_server_is_not_waited_for(tmp_path):
    """server.json of a server that was killed is not believed."""
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "pid": 1, "pid_born": 1.0}))
    quintant = Command(tmp_path, {})
    assert quintant("run", "toy", "--json").lines[-1]["payload"]["states"] == {"completed": 1}
