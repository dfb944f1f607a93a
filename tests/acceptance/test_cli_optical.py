"""The main job from the terminal: a published set-up, its number, its figure, its files, the same bits again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from quintant_command import Answer, Command

from quintant.cli import call as quintant_call

GRAPHML = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="l" for="edge" attr.name="length" attr.type="double"/>
<graph edgedefault="undirected"><node id="A"/><node id="B"/><node id="C"/>
<edge source="A" target="B"><data key="l">100</data></edge><edge source="B" target="C"><data key="l">200</data></edge>
<edge source="A" target="C"><data key="l">250</data></edge></graph></graphml>"""


@pytest.fixture(scope="module")
def quintant(tmp_path_factory) -> Command:
    return Command(tmp_path_factory.mktemp("optical"), {})


@pytest.fixture
def here(quintant, monkeypatch, capsys):
    for name, value in quintant.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, code: int = 0) -> Answer:
        capsys.readouterr()
        found = quintant_call(arguments)
        told = capsys.readouterr()
        assert found == code, told.err
        return Answer(found, told.out, told.err)

    return call


@pytest.fixture(scope="module")
def done(quintant) -> dict:
    return quintant("run", "optical", "--preset", "deeprmsa-nsfnet", "--seeds", "3", "--json").lines[-1]["payload"]


def test_the_published_blocking_is_reproduced_and_drawn(done):
    [point], [published] = done["points"], done["published"]
    assert point["n"] == 3 and point["low"] < point["value"] < point["high"]
    assert published["within"] is True and published["value"] == pytest.approx(0.0307)
    assert "10.1364/JOCN.559990" in published["source"]
    drawn = Path(done["figure"]).read_text(encoding="utf-8")
    assert drawn.lstrip().startswith("<svg") and done["runs"][0] in drawn


def test_the_same_bits_come_out_again(quintant, done):
    told = quintant("verify", done["sweep"]).out.splitlines()
    assert len(told) == 3
    assert all(line.split()[1] == "identical" and "✗" not in line for line in told)


def test_a_runs_files_and_figures_are_exported(here, done, tmp_path):
    [run_id, *_] = done["runs"]
    here("export", run_id, "--figures", "svg,pdf", "--tables", "parquet", "--to", str(tmp_path))
    manifest = json.loads((tmp_path / run_id / "manifest.json").read_text())
    paths = {one["path"] for one in manifest["files"]}
    assert {"config.json", "logs/sim.log", "figures/topology.svg", "figures/topology.pdf", "tables/links.parquet"} <= paths
    assert manifest["skipped"] == {}
    assert (tmp_path / run_id / "figures/topology.pdf").read_bytes().startswith(b"%PDF")


def test_an_own_network_from_graphml_runs(here, quintant, tmp_path):
    (tmp_path / "net.graphml").write_text(GRAPHML)
    own = here("optical", "topology", "import", str(tmp_path / "net.graphml"))
    (tmp_path / "net.json").write_text(own.out)
    assert sorted(link["length_km"] for link in own.json["links"]) == [100, 200, 250]
    told = quintant(
        "run", "optical", "--seeds", "1", "--set", f"topology=@{tmp_path / 'net.json'}", "--set", "requests=30000",
        "--set", "load_erlang=300", "--no-figure", "--json",
    ).lines[-1]["payload"]  # fmt: skip
    assert told["points"][0]["value"] > 0 and told["published"] == []


def test_a_shipped_network_comes_back_as_an_own_one(here, tmp_path):
    assert "nsfnet" in here("optical", "topology", "list").out
    shown = here("optical", "topology", "show", "nsfnet")
    (tmp_path / "nsfnet.json").write_text(shown.out)
    again = here("optical", "topology", "import", str(tmp_path / "nsfnet.json")).json
    assert (len(again["nodes"]), len(again["links"])) == (14, 22)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "optical", "--set", "k_pths=3"],
         "error: k_pths is not a parameter of optical. Did you mean k_paths?\n       See: quintant explain optical k_paths\n"),
        (["run", "optical", "--set", "topology=nfsnet"], "error: topology: must be one of "),
        (["run", "optical", "--set", "load_erlang=-1"], "error: load_erlang: must be greater than 0"),
        (["run", "optical", "--set", "load_erlang=NaN"], "error: load_erlang: must be a number; got 'NaN'."),
        (["run", "optical", "--set", "k_paths=0"], "error: k_paths: must be at least 1; got 0."),
        (["optical", "topology", "import", "net.gml"], "error: FILE: must end in .graphml, .xml, .json; got 'net.gml'."),
        (["optical", "topologi"], "error: no such command 'topologi'. Did you mean 'topology'?"),
    ],
)  # fmt: skip
def test_bad_input_says_what_is_wrong(here, arguments, words):
    answer = here(*arguments, code=2)
    assert answer.err.startswith(words), answer.err


def test_a_file_of_ones_own_is_a_value(quintant, tmp_path):
    net = tmp_path / "mine.graphml"
    net.write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="l" for="edge" attr.name="length_km" attr.type="double"/><graph edgedefault="undirected">'
        '<node id="a"/><node id="b"/><edge source="a" target="b"><data key="l">100</data></edge></graph></graphml>'
    )
    answer = quintant("run", "optical", "--set", f"topology=@{net}", "--set", "requests=2000", "--seeds", "1", "--json")
    assert "mine.graphml: " in answer.err and "2 nodes, 1 links" in answer.err
    [run_id] = answer.lines[-1]["payload"]["runs"]
    assert len(quintant("show", run_id, "--json").json["config"]["topology"]["nodes"]) == 2
    assert quintant("run", "optical", "--set", f"topology=@{tmp_path / 'none.graphml'}", code=2).code == 2
