"""What runs when little is said: the command line (alone and by a server), the SDK and the API start the same, for every lab
and every preset. Nothing is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from starlette.testclient import TestClient

from quintant import registry
from quintant.cli.door import Door, Request
from quintant.cli.door.local import LocalDoor
from quintant.cli.door.remote import RemoteDoor
from quintant.cli.run import _request
from quintant.client import Client
from quintant.config import config_hash, parse
from quintant.errors import ConfigError, QuintantError
from quintant.lab import DEFAULT_PRESET, NO_PRESET, Lab, Preset
from quintant.runs import Run, Runs, open_runs
from quintant.runs.request import resolve
from quintant.server import create_app
from quintant.settings import Settings

URL, ROOT = "http://127.0.0.1:8000", 1234
LABS = {lab.name: lab for lab in registry.labs().values() if registry.missing(lab) is None}
Words = dict[str, Any]
Start = Callable[[str, Words], Sequence[Run]]
SAID: tuple[Words, ...] = (
    {}, {"preset": None}, {"preset": NO_PRESET}, {"preset": DEFAULT_PRESET}, {"seeds": 2}, {"seeds": [9, 4]}, {"root_seed": 7},
    {"preset": None, "seeds": 2},
)  # fmt: skip
CASES = [(lab, words) for lab in LABS for words in (*SAID, *({"preset": name} for name in LABS[lab].presets))]


@pytest.fixture(scope="module")
def idle(tmp_path_factory) -> Iterator[Runs]:
    with open_runs(Settings(data_dir=tmp_path_factory.mktemp("doors"), root_seed=ROOT), execute=False) as runs:
        yield runs


@pytest.fixture(scope="module")
def doors(idle) -> Iterator[dict[str, Start]]:
    with TestClient(create_app(idle, idle.settings), base_url=URL) as http:
        client, remote, local = Client(URL), RemoteDoor(URL, None, None), LocalDoor(idle.settings, execute=False)
        for api in (client.api, remote._api):
            api.close()
            api.transport._client = http  # type: ignore[assignment]

        def command(door: Door) -> Start:
            def start(lab: str, words: Words) -> Sequence[Run]:
                preset = words["preset"] or NO_PRESET if "preset" in words else None
                seeds = words.get("seeds")
                text = ",".join(map(str, seeds)) if isinstance(seeds, list) else None if seeds is None else str(seeds)
                root_seed = words.get("root_seed")
                asked, _ = _request(door, door.lab(lab), preset, [], [], text, root_seed, None, None, None, None)
                return door.start(asked)[1]

            return start

        yield {
            "cli": command(local),
            "cli by a server": command(remote),
            "sdk": lambda lab, words: [handle.info for handle in client.run(lab, **words).runs],
            "api": lambda lab, words: client.api.create({"lab": lab, **words})[1],
        }
        local.close()


def outcome(start: Start, lab: str, words: Words) -> Any:
    try:
        made = start(lab, words)
    except ConfigError as error:
        return [(problem.path, problem.message) for problem in error.problems]
    except QuintantError as error:
        return str(error)
    return [(run.config_hash, run.root_seed, run.replicate, dict(run.point), run.sweep_id is None) for run in made]


@pytest.mark.parametrize(("lab", "words"), CASES, ids=[f"{lab}-{words}" for lab, words in CASES])
def test_every_door_starts_the_same(doors, idle, lab: str, words: Words) -> None:
    outcomes = {name: outcome(start, lab, words) for name, start in doors.items()}
    assert all(each == outcomes["api"] for each in outcomes.values()), outcomes
    presets = LABS[lab].presets
    name = words.get("preset", DEFAULT_PRESET)
    preset = presets.get(LABS[lab].default_preset if name == DEFAULT_PRESET else str(name))
    try:
        whole = parse(LABS[lab].config, preset.config if preset is not None else {})
    except ConfigError:  # the bare defaults of some labs are no config; all doors said so
        assert preset is None and all(isinstance(path, str) for path, _ in outcomes["api"])
        return
    seeds = words.get("seeds", preset.seeds if preset is not None else 1)
    root = words.get("root_seed", ROOT)
    roots = seeds if isinstance(seeds, list) else list(range(root, root + seeds))
    whole_hash = config_hash(whole, idle._identity(idle._outside(LABS[lab], whole)))
    assert [(row[0], row[1]) for row in outcomes["api"]] == [(whole_hash, seed) for seed in roots]


@pytest.mark.parametrize("name", LABS)
def test_a_base_of_ones_own_is_read_alike(doors, idle, name: str) -> None:
    """A run's or a sweep's config, root seed and seeds: through the facade, which the command line calls, and the API."""
    lab = LABS[name]
    single = idle.submit(name, lab.presets[lab.default_preset].config, root_seed=5)
    several, _ = idle.sweep(name, lab.presets[lab.default_preset].config, seeds=[3, 8]) if _seeded(lab) else (None, ())
    for which, seeds, root in [(single.id, 1, 5)] + ([(several.id, [3, 8], None)] if several is not None else []):
        found = resolve(Request(None, from_run=which), idle)
        assert (found.lab.name, found.seeds, found.root_seed, found.preset) == (name, seeds, root, None)
        assert found.base.config == single.config
    start = doors["api"]
    [again] = start(name, {"from_run": single.id})
    assert (again.config_hash, again.root_seed) == (single.config_hash, 5)
    if several is not None:
        assert [run.root_seed for run in start(name, {"from_run": several.id})] == [3, 8]
    with pytest.raises(ConfigError, match="one base is enough"):
        start(name, {"from_run": single.id, "preset": lab.default_preset})


def _seeded(lab: Lab) -> bool:
    return lab.seedless(parse(lab.config, lab.presets[lab.default_preset].config)) is None


@pytest.mark.parametrize("word", [DEFAULT_PRESET, NO_PRESET])
def test_no_preset_has_the_name_of_a_word(word: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        Preset(word, "", "", {})


def test_a_request_travels_whole() -> None:
    plain = Request("toy", {"bias": 0.2}, {"steps": [1, 2]}, seeds=(1, 2), name="n").wire
    assert plain == {
        "lab": "toy", "config": {"bias": 0.2}, "sweep": {"steps": [1, 2]}, "seeds": [1, 2], "name": "n", "retries": 2,
    }  # fmt: skip
    assert Request("toy", preset=None).wire["preset"] is None and Request("toy", preset="loaded").wire["preset"] == "loaded"
