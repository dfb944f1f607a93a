"""Sweeps that get more Runs, through every door: the API, the SDK and the command line."""

from __future__ import annotations

import orjson
import pytest

from quintant.cli import call
from quintant.cli.door.local import LocalDoor
from quintant.errors import ConfigError
from quintant.runs import open_runs
from quintant.runs.request import Request, start

API = "/api/v2"
CHEAP = {"steps": 1, "tosses_per_step": 50}


def test_the_sdk_waits_until_no_seeds_are_added(sdk):
    sweep = sdk.run("toy", preset=None, config=CHEAP, sweep={"bias": [0.3, 0.5]}, until="heads_share+-20%", max_seeds=60)
    assert sweep.wait(120).converged
    assert [len(sweep.runs), {run.state for run in sweep.runs}] == [50, {"completed"}]
    first, second = sweep.verdicts()
    assert [first.runs, second.runs] == [25, 25] and first.verdict.reason == "precise after 25 seeds"
    assert [(look.n, look.met) for look in first.verdict.looks] == [(20, True), (25, True)]
    assert [run.info.point["bias"] for run in sweep.runs] == [0.3] * 25 + [0.5] * 25, "point by point"
    assert "until" in sdk.api.progress(sweep.id)["command"]
    added = sweep.extend(sweep={"bias": [0.7]})
    assert len(added) == 20 and len(sweep.wait(120).runs) == 75
    again = sdk.run(from_run=sweep, root_seed=5)
    assert again.info.until == sweep.info.until
    again.cancel()
    with pytest.raises(ConfigError, match="until: must name a metric of toy"):
        sweep.extend(until="nonsense+-1")


def test_the_api_says_how_far_each_point_is(client, sdk):
    body = {"lab": "toy", "preset": None, "config": CHEAP, "seeds": 2}
    sweep = client.post(f"{API}/runs", json=body).json()["sweep"]
    assert sweep["until"] is None
    sdk.sweep(sweep["id"]).wait(60)
    detail = client.get(f"{API}/sweeps/{sweep['id']}").json()
    assert (detail["growing"], detail["converged"], detail["seeds"]) == (False, None, 2)
    made = client.post(f"{API}/sweeps/{sweep['id']}/runs", json={"seeds": 4})
    assert made.status_code == 201 and made.headers["Location"] == f"{API}/sweeps/{sweep['id']}"
    assert [run["replicate"] for run in made.json()["runs"]] == [2, 3] and made.json()["sweep"]["seeds"] == 4
    asked = {"until": ["heads_share+-0.001"], "max_seeds": 20}
    assert client.post(f"{API}/sweeps/{sweep['id']}/runs", json=asked).status_code == 201
    sdk.sweep(sweep["id"]).wait(60)
    detail = client.get(f"{API}/sweeps/{sweep['id']}").json()
    assert (detail["growing"], detail["converged"], detail["runs"]) == (False, False, 20)
    assert detail["until"] == {"targets": ["heads_share+-0.001"], "max_seeds": 20, "begin": 20}
    [point] = client.get(f"{API}/sweeps/{sweep['id']}/summary").json()["points"]
    assert point["until"]["converged"] is False and point["until"]["looks"][0]["n"] == 20
    for wrong, path in (({"seeds": 4}, "seeds"), ({"sweep": {"bias": [0.1]}}, "sweep.bias"), ({"until": ["x"]}, "until"),
                        ({"seeds": "4"}, "seeds"), ({"more": 1}, "more")):  # fmt: skip
        told = client.post(f"{API}/sweeps/{sweep['id']}/runs", json=wrong)
        assert (told.status_code, told.json()["problems"][0]["path"]) == (422, path)
    assert client.post(f"{API}/sweeps/000000000000/runs", json={"seeds": 4}).status_code == 404


def command(folder, capsys, *words: str) -> tuple[int, str, str]:
    code = call([*words, "--data-dir", str(folder)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_line_adds_seeds_and_says_how_it_ended(tmp_path, capsys):
    words = ("--preset", "none", "--set", "steps=1", "--set", "tosses_per_step=50", "--no-figure")
    code, out, _ = command(tmp_path, capsys, "run", "toy", *words, "--until", "heads_share+-20%")
    assert code == 0 and "20 to 200 seeds until heads_share+-20%" in out
    assert "until    precise after 25 seeds" in out
    sweep = out.split("sweep ")[1].split()[0]
    code, out, _ = command(tmp_path, capsys, "extend", sweep, "--until", "heads_share+-0.1%", "--max-seeds", "30", "--json")
    last = orjson.loads(out.strip().splitlines()[-1])["payload"]
    assert code == 0 and last["converged"] is False and len(last["runs"]) == 30, "not precise enough is no failure"
    assert last["until"][0]["reason"].startswith("not converged after 30 seeds: heads_share is known to ±")
    assert "not converged after 30 seeds" in command(tmp_path, capsys, "show", sweep)[1]
    assert orjson.loads(command(tmp_path, capsys, "show", sweep, "--json")[1])["verdicts"][0]["converged"] is False
    code, out, _ = command(tmp_path, capsys, "extend", sweep, "--seeds", "31", "--no-figure")
    assert code == 0 and "1 run added" in out
    code, _, err = command(tmp_path, capsys, "extend", sweep, "--sweep", "bias=0.1")
    assert code == 2 and "is not swept by" in err
    code, _, err = command(tmp_path, capsys, "run", "toy", "--until", "heads_share>5")
    assert code == 2 and "METRIC+-NUMBER" in err


def test_doors_beside_a_server_and_through_it_tell_the_same(settings, runs, sdk):
    sweep, _ = start(Request("toy", CHEAP, preset=None, until=("heads_share+-20%",)), runs)
    sdk.sweep(sweep.id).wait(60)
    with LocalDoor(settings, execute=False) as door:
        assert door.verdicts(sweep.id) == sdk.sweep(sweep.id).verdicts() == runs.verdicts(sweep.id)
        assert not door.grows(sweep.id)
    with open_runs(settings, execute=False) as beside:
        assert beside.converged(sweep.id)
