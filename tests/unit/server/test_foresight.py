"""Before a run: how many, how long, which exist, the command that does the same; what a config alone shows."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from figure_parts import check_parts
from quintant import registry
from quintant.config import parse
from quintant.figure.draw import draw_preview
from quintant.lab import load

V2 = "/api/v2"
LABS = [lab for lab in registry.labs().values() if registry.missing(lab) is None and lab.previews]


def estimate(client: TestClient, **body) -> dict:
    answer = client.post(f"{V2}/labs/toy/estimate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_estimate_says_how_many_how_long_and_which_exist(client: TestClient, runs) -> None:
    first = estimate(client, preset="fair", config={"tosses_per_step": 77})
    assert (first["runs"], first["points"], first["seeds"], first["exist"]) == (1, 1, 1, 0)
    made = client.post(f"{V2}/runs", json={"lab": "toy", "config": {"tosses_per_step": 77}, "seeds": 3}).json()
    for run in made["runs"]:
        runs.wait(run["id"], 60)
    sweep = {"bias": {"start": 0.25, "stop": 0.75, "step": 0.25}}
    told = estimate(client, preset="fair", config={"tosses_per_step": 77}, sweep=sweep, seeds=5, name="a study")
    assert (told["runs"], told["points"], told["seeds"], told["exist"]) == (15, 3, 5, 3), "of bias 0.5, seeds 42 to 44"
    assert 0 < told["seconds"]["low"] < told["seconds"]["high"] and told["from_runs"] >= 3
    assert "earlier runs here, 2 at once" in told["says"] and told["problems"] == []
    assert told["command"] == (
        "quintant run toy --preset fair --set tosses_per_step=77 --sweep bias=0.25:0.75:0.25 --seeds 5 --name 'a study'"
    )
    like = estimate(client, from_run=made["runs"][0]["id"], seeds=3)
    assert (like["exist"], like["command"]) == (3, "quintant run toy --preset fair --set tosses_per_step=77 --seeds 3")


def test_what_cannot_start_is_told_and_not_refused(client: TestClient) -> None:
    told = estimate(client, config={"bias": 7})
    assert [problem["path"] for problem in told["problems"]] == ["bias"] and told["exist"] is None
    assert [p["path"] for p in estimate(client, sweep={"bias": [0.1, 0.1]})["problems"]] == ["sweep.bias"]
    assert estimate(client, seeds=20_000)["problems"][0]["path"] == "seeds"
    assert client.post(f"{V2}/labs/toy/estimate", json={"preset": "nix"}).status_code == 422
    assert client.post(f"{V2}/labs/nix/estimate", json={}).status_code == 404


def test_a_run_tells_where_it_comes_from_and_the_command_that_repeats_it(client: TestClient, runs) -> None:
    body = {"lab": "toy", "preset": "loaded", "config": {"steps": 4}, "seeds": 1}
    made = client.post(f"{V2}/runs", json=body).json()["runs"][0]
    detail = client.get(f"{V2}/runs/{made['id']}").json()
    assert (detail["preset"], detail["differs"], detail["key"]) == ("loaded", {"steps": 4}, made["id"])
    assert detail["command"] == "quintant run toy --preset loaded --set steps=4 --seeds 1 --root-seed 42"
    sweep = client.post(f"{V2}/runs", json={"lab": "toy", "sweep": {"bias": [0.1, 0.3]}, "seeds": 2, "name": "s"}).json()
    told = client.get(f"{V2}/sweeps/{sweep['sweep']['id']}").json()
    assert told["command"] == "quintant run toy --preset fair --sweep bias=0.1,0.3 --seeds 2 --root-seed 42 --name s"
    assert (told["runs"], told["points"], sum(told["states"].values())) == (4, 2, 4)
    assert client.get(f"{V2}/runs/{sweep['runs'][3]['id']}").json()["key"].startswith(told["id"] + ".")


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_preset_shows_its_previews(client: TestClient, lab) -> None:
    """In both themes, as a drawing whose data and words are those of every figure; or says why it shows nothing."""
    for preview in lab.previews:
        drawn = 0
        for name in [lab.default_preset, *[name for name in lab.presets if name != lab.default_preset]][:6]:
            body = {"preview": preview.name, "preset": name}
            answer = client.post(f"{V2}/labs/{lab.name}/preview", json=body)
            if answer.status_code == 409:
                assert name != lab.default_preset and "cannot be drawn" in answer.json()["detail"]
                continue
            assert answer.status_code == 200, answer.text
            told = answer.json()
            drawn += 1
            assert told["kind"] == "vega" and "not run yet · root seed 42" in told["words"]["provenance"]
            assert told["words"]["runs"] == [] and told["words"]["finding"]
        assert drawn
        config = parse(lab.config, lab.presets[lab.default_preset].config)
        chosen = {key: one.default for key, one in (load(preview.choices)(config) if preview.choices else {}).items()}
        light, dark = (draw_preview(preview, config, 42, chosen, theme) for theme in ("light", "dark"))
        check_parts(light)
        assert light["config"] != dark["config"]


@pytest.mark.skipif("optical" not in registry.labs(), reason="the optical lab is not installed")
def test_what_may_be_chosen_in_a_preview_is_told_and_checked(client: TestClient) -> None:
    ask = {"preset": "deeprmsa-nsfnet", "config": {"k_paths": 3}, "chosen": {"source": "2", "target": "10"}, "as": "vega-lite"}
    told = client.post(f"{V2}/labs/optical/preview", json=ask).json()
    assert told["words"]["finding"].startswith("From 2 to 10 the 3 candidates take")
    assert told["chosen"] == {"source": "2", "target": "10"} and "14" in told["choices"]["target"]["values"]
    paths = {row["path"] for rows in told["spec"]["datasets"].values() for row in rows if "path" in row}
    assert len(paths) == 3 and all(path.startswith("2 – ") and path.endswith(" – 10") for path in paths)
    for chosen, path in (({"source": "99"}, "chosen.source"), ({"node": "1"}, "chosen.node")):
        wrong = client.post(f"{V2}/labs/optical/preview", json={**ask, "chosen": chosen})
        assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (422, path)
    assert client.post(f"{V2}/labs/optical/preview", json={**ask, "preview": "maps"}).status_code == 404
    assert client.post(f"{V2}/labs/toy/preview", json={}).status_code == 409
    assert client.post(f"{V2}/labs/optical/preview", json={**ask, "config": {"k_paths": 0}}).status_code == 422
