"""Series side by side over HTTP: points of a sweep over common seeds, Runs, and what cannot be compared."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from figure_parts import check_parts
from quintant.difference import Difference
from quintant.server.native.compare import difference_text

V2 = "/api/v2"


@pytest.fixture(scope="module")
def studies(client: TestClient, runs) -> list[str]:
    """Two sweeps over the same points and seeds, whose tosses are more in the second, and a Run of its own."""
    made = []
    for name, tosses in (("few", 20), ("many", 400)):
        body = {"lab": "toy", "sweep": {"bias": [0.2, 0.5, 0.8]}, "seeds": 4, "name": name}
        made.append(client.post(f"{V2}/runs", json={**body, "config": {"tosses_per_step": tosses, "steps": 3}}).json())
    alone = client.post(f"{V2}/runs", json={"lab": "toy", "name": "alone", "config": {"steps": 3}}).json()
    for run in [*made[0]["runs"], *made[1]["runs"], *alone["runs"]]:
        runs.wait(run["id"], 60)
    return [made[0]["sweep"]["id"], made[1]["sweep"]["id"], alone["runs"][0]["id"]]


def compare(client: TestClient, *keys: str, **more) -> dict:
    answer = client.post(f"{V2}/compare", json={"series": list(keys), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_sweeps_meet_point_by_point_over_common_seeds(client: TestClient, studies: list[str]) -> None:
    few, many, _ = studies
    found = compare(client, few, many)
    assert (found["lab"], found["comparable"], found["baseline"]) == ("toy", True, few)
    assert found["axis"]["key"] == "bias" and found["axis"]["values"] == [0.2, 0.5, 0.8]
    assert [one["label"] for one in found["series"]] == ["few", "many"]
    assert [(one["points"], one["runs"], one["seeds"]) for one in found["series"]] == [(3, 12, [42, 43, 44, 45])] * 2
    [key] = found["differs"]
    assert (key["key"], key["values"]) == ("tosses_per_step", {few: 20, many: 400})
    assert key["words"] == "tosses_per_step 20 → 400" and found["same"] + 1 + 1 == found["keys"]
    hero = found["metrics"][0]
    assert hero["hero"] and len(hero["points"]) == 3
    for point in hero["points"]:
        difference = point["differences"][many]
        means = {one: point["series"][one]["mean"] for one in (few, many)}
        assert difference["paired"] and difference["n"] == 4
        assert difference["mean"] == pytest.approx(means[many] - means[few])
        assert difference["relative"] == pytest.approx(means[many] / means[few] - 1)
        assert difference["low"] < difference["mean"] < difference["high"]
        assert difference["method"] == "95 % paired t, n = 4 common seeds"
    other = compare(client, few, many, baseline=many)["metrics"][0]["points"][0]["differences"][few]
    assert other["mean"] == pytest.approx(-hero["points"][0]["differences"][many]["mean"])
    assert len(found["coordinates"]["rows"]) == 6
    assert [axis["name"] for axis in found["coordinates"]["axes"]][:2] == ["config:bias", "config:tosses_per_step"]


def test_points_and_runs_can_be_compared_as_well(client: TestClient, studies: list[str]) -> None:
    rows = client.get(f"{V2}/runs", params={"fold": "point", "of": studies[0]}).json()["rows"]
    found = compare(client, *(row["key"] for row in rows))
    assert {one["kind"] for one in found["series"]} == {"point"} and found["axis"] is None
    assert [one["key"] for one in found["differs"]] == ["bias"]
    assert len({one["label"] for one in found["series"]}) == 3, "equal names are told apart by what differs"
    [point] = found["metrics"][0]["points"]
    assert point["point"] == {} and len(point["differences"]) == 2
    with_run = compare(client, studies[0], studies[2])
    assert [one["kind"] for one in with_run["series"]] == ["sweep", "run"]
    there = [point for point in with_run["metrics"][0]["points"] if point["differences"]]
    assert [point["at"] for point in there] == [0.5], "a run stands at the point its config says"
    assert there[0]["differences"][studies[2]]["method"] == "n = 1 pair, no interval"


@pytest.mark.parametrize("name", ["overlay", "difference"])
def test_its_figures_are_figures(client: TestClient, studies: list[str], name: str) -> None:
    few, many, alone = studies
    links = {one["name"]: one["links"] for one in compare(client, few, many, alone)["figures"]}
    spec = client.get(links[name]["json"]).json()
    check_parts(spec)
    point = client.get(f"{V2}/runs", params={"fold": "point", "of": few}).json()["rows"]
    strip = compare(client, *(row["key"] for row in point))["figures"]
    check_parts(client.get({one["name"]: one["links"] for one in strip}[name]["json"]).json())
    answer = client.get(f"{links[name]['svg']}&theme=dark&width_mm=84")
    assert answer.status_code == 200, answer.text
    assert answer.status_code == 200 and answer.content.startswith(b"<svg")
    again = client.get(f"{links[name]['svg']}&theme=dark&width_mm=84", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    rows = client.get(links[name]["csv"]).text.splitlines()
    assert len(rows) == 1 + (7 if name == "overlay" else 4)
    other = client.get(f"{links[name]['json']}&metric=nix")
    assert other.status_code == 409 and "nix" in other.json()["detail"]


def test_what_is_refused(client: TestClient, studies: list[str]) -> None:
    few = studies[0]
    for keys in ([few], [few, few], [few, *(f"{n:012x}" for n in range(9))]):
        assert client.post(f"{V2}/compare", json={"series": keys}).status_code == 422
    assert client.post(f"{V2}/compare", json={"series": [few, studies[1]], "baseline": studies[2]}).status_code == 422
    assert client.post(f"{V2}/compare", json={"series": [few, "0" * 12]}).status_code == 404
    assert client.get(f"{V2}/compare/figures/nix.svg", params={"series": f"{few},{studies[1]}"}).status_code == 404


def test_across_labs_only_what_every_run_has(client: TestClient, studies: list[str], runs) -> None:
    other_id = client.post(f"{V2}/runs", json={"lab": "optical", "preset": None, "config": {"requests": 100}}).json()["runs"][
        0
    ]["id"]
    runs.cancel(other_id)
    found = compare(client, studies[0], other_id)
    assert not found["comparable"] and "2 labs" in found["reason"]
    assert (found["lab"], found["metrics"], found["figures"]) == (None, [], [])
    assert [one["key"] for one in found["always"]] == [studies[0], other_id] and found["always"][0]["took_s"] > 0


def test_differences_in_words() -> None:
    def words(*bounds: float | None, mean: float = 1.0) -> str:
        return difference_text(Difference(mean, mean - 0.5, mean + 0.5, *bounds, 5, True, "m"), "1")

    assert words(0.2, 0.1, 0.3).replace("\u00a0", " ") == "20 % more [10, 30]"
    assert words(-0.184, -0.197, -0.17, mean=-1.0).replace("\u00a0", " ") == "18 % less [17, 19.7]"
    assert difference_text(Difference(0.1, -1, 1, 0.014, -0.003, 0.032, 5, True, "m"), "1").startswith("not told apart: 1.4")
    assert difference_text(Difference(0.5, 0.4, 0.6, None, None, None, 5, True, "m"), "s") == "+0.5 s [0.4, 0.6]"
    assert difference_text(Difference(1, None, None, 0.5, None, None, 1, True, "n = 1 pair, no interval"), "1").endswith(
        "no interval"
    )
