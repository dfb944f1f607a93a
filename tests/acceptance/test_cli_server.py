"""`quintant` beside a running server: the same verbs go through its API."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import time

import pytest
from quintant_command import SLOW, Answer, Command, serving

from line import Line
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


@pytest.mark.parametrize(
    "verb", [("labs",), ("labs", "--json"), ("explain", "toy"), ("explain", "toy", "bias"), ("explain", "toy", "--json")]
)
def test_what_labs_say_is_the_same_through_a_server_and_without_one(here, tmp_path, verb):
    """The schema of a lab is fetched when it is asked for: the connection must still be open then."""
    answered = here(*verb)
    assert answered.out and answered.out == here(*verb, "--data-dir", str(tmp_path)).out


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


def test_a_detached_sweep_is_watched_to_its_result_and_whoever_stops_looking_stops_nothing(quintant, url, here):
    told = here("run", "toy", "--seeds", "3", "--detach").out
    sweep_id = told.splitlines()[0].split()[2].rstrip(",")
    assert f"  watch  quintant watch {sweep_id}" in told.splitlines()
    watched = here("watch", sweep_id[:8]).out.splitlines()
    assert watched[0].startswith("toy · fair · 3 seeds")
    assert ["heads", "51.4 %  [48.8, 54.0]   95 % CI, n = 3"] in [line.split(maxsplit=1) for line in watched]
    *events, summary = here("watch", sweep_id, "--json").lines
    assert summary["payload"]["states"] == {"completed": 3} and events[0]["seq"] == 1
    run_id = here("run", "toy", *SLOW, "--detach", "--json").json["payload"]["runs"][0]
    process = quintant.start("watch", run_id, "--json")
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["kind"] != "tossed":
        pass
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == f"run {run_id} goes on; quintant watch {run_id} looks again, quintant stop {run_id} ends it\n"
    assert here("show", run_id, "--json").json["state"] == "running"
    here("stop", run_id)


def test_an_exported_config_runs_again_bit_for_bit(here, tmp_path):
    [run_id] = here("run", "toy", "--set", "bias=0.7", "--set", "steps=3", "--json").lines[-1]["payload"]["runs"]
    here("export", run_id, "--to", str(tmp_path), "--figures", "none", "--tables", "none")
    file = tmp_path / run_id / "config.json"
    again = here("run", "toy", "--config", str(file), "--json").lines[-1]["payload"]["runs"]
    before, after = (here("show", one, "--json").json for one in (run_id, again[0]))
    assert (after["config_hash"], after["result_hash"]) == (before["config_hash"], before["result_hash"])
    assert after["warnings"] == before["warnings"] and after["name"] == "config"
    changed = here("run", "toy", "--config", str(file), "--set", "steps=4", "--json").lines[-1]["payload"]["runs"]
    assert here("show", changed[0], "--json").json["config"] == {**before["config"], "steps": 4}
    refused = here("run", "toy", "--config", str(file), "--preset", "fair", code=2).err
    assert refused == "error: --config and --preset exclude each other: each is a whole config to start from.\n"


def test_the_limit_of_a_list_counts_its_rows(here):
    sweep_id = here("run", "toy", "--sweep", "bias=0.1:0.4:0.1", "--seeds", "3", "--set", "steps=1", "--json").lines[-1][
        "payload"
    ]["sweep"]
    told = here("list", "--where", f"sweep:{sweep_id}", "--limit", "2").out.splitlines()
    assert len(told) == 4 and told[-1].startswith("2 of 4 rows"), "heads, two points of three runs each, the rest counted"
    assert len({re.search(r" bias=(0\.\d) ", line).group(1) for line in told[1:3]}) == 2


def test_an_interrupted_command_cancels_what_it_started_on_the_server(quintant, url, here):
    process = quintant.start("run", "toy", "--seeds", "2", *SLOW, "--json")
    assert process.stdout is not None
    while (event := json.loads(process.stdout.readline()))["kind"] != "tossed":
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told == "stopping …\ninterrupted: 2 runs cancelled, 0 had ended\n"
    assert here("show", event["run"], "--json").json["state"] == "cancelled"


def test_ctrl_c_on_a_sweep_says_so_at_once_and_leaves_nothing_running(quintant, url, here):
    """With 60 Runs, most of them queued: one request, and afterwards the server has no live Run and no Worker at one."""
    process = quintant.start("run", "toy", "--seeds", "60", *SLOW, "--json")
    assert process.stdout is not None and process.stderr is not None
    while (event := json.loads(process.stdout.readline()))["kind"] != "tossed":
        pass
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert process.stderr.readline() == "stopping …\n"
    at_once_s = time.monotonic() - begun
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and told == "interrupted: 60 runs cancelled, 0 had ended\n"
    assert at_once_s < 5, "before anything else, on a machine under load"
    sweep_id = here("show", event["run"], "--json").json["sweep_id"]
    rows = here("list", "--each", "--where", f"sweep:{sweep_id}", "--limit", "100", "--json").json["runs"]
    assert [row["state"] for row in rows] == ["cancelled"] * 60
    waiting = here("list", "--each", "--state", "queued,starting,running", "--json").json["runs"]
    assert waiting == []


def test_ctrl_c_while_the_sweep_is_being_created_leaves_nothing_running_either(quintant, url, here):
    """The server makes the Runs whether or not somebody waits for the answer: so the command waits for it, and stops them."""
    line = Line(int(url.rpartition(":")[2]), awaited=b"POST /api/v2/runs")
    try:
        process = quintant.start("run", "toy", "--seeds", "3000", "--name", "too many", *SLOW, "--json", "--url", line.url)
        assert line.passed.wait(60), "it never asked for the Runs"
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=120)
    finally:
        line.close()
    assert (process.returncode, told) == (130, "stopping …\ninterrupted: 3000 runs cancelled, 0 had ended\n"), out
    assert here("list", "--state", "queued,starting,running", "--json").json["runs"] == []


def test_a_sweep_is_paused_resumed_stopped_and_removed_by_its_id(here):
    started = here("run", "toy", "--seeds", "3", *SLOW, "--detach", "--json").json["payload"]
    sweep_id, ids = started["sweep"], started["runs"]
    states = set()

    def until(*wanted: str) -> None:
        end = time.monotonic() + 30
        while True:
            found = [here("show", run_id, "--json").json["state"] for run_id in ids]
            states.update(found)
            if set(found) <= set(wanted) or time.monotonic() > end:
                assert set(found) <= set(wanted)
                return

    last = here("pause", sweep_id).out.splitlines()
    assert last[-1] == f"sweep {sweep_id}: pause asked of 3 of 3 runs"
    assert [line.split()[0] for line in last[:-1]] == ids
    until("paused", "queued")  # two slots: what is paused keeps its own
    assert here("resume", sweep_id[:8]).out.splitlines()[-1] == f"sweep {sweep_id}: resume asked of 3 of 3 runs"
    assert "running" in states or here("show", ids[0], "--json").json["state"] in ("paused", "running")
    assert "stop" in here("rm", sweep_id, "--yes", code=2).err
    told = here("stop", sweep_id).out.splitlines()
    assert told == [*(f"{run_id}  ■ cancelled" for run_id in ids), f"sweep {sweep_id}: stop asked of 3 of 3 runs"]
    assert here("stop", sweep_id).out == f"sweep {sweep_id}: stop asked of 0 of 3 runs; left out: 3 cancelled\n"
    assert here("rm", sweep_id, "--yes").out.splitlines() == [f"deleted {run_id}" for run_id in ids]
    assert "not found" in here("show", sweep_id, code=2).err


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
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "pid": 1, "birth": "another-boot.1"}))
    quintant = Command(tmp_path, {})
    assert quintant("run", "toy", "--json").lines[-1]["payload"]["states"] == {"completed": 1}
