"""What a run rests on: parsed as BibTeX and as YAML by others, and true of its config."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pybtex.database import parse_string
from starlette.testclient import TestClient

from quintant import __version__, citation, registry
from quintant.cli import call
from quintant.lab import load
from quintant.runs import Runs, open_runs
from quintant.runs.citing import cite
from quintant.server import create_app
from quintant.settings import Settings

LABS = [lab for lab in registry.labs().values() if registry.missing(lab) is None]
OURS = [lab for lab in LABS if lab.name != "toy"]
TYPES = {"article", "book", "conference-paper", "data", "generic", "report", "software", "thesis"}
"""Of CFF 1.2.0's `definitions.reference.type`, those that are written."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Iterator[Runs]:
    with open_runs(Settings(data_dir=tmp_path_factory.mktemp("data")), execute=False) as opened:
        yield opened


def check_cff(text: str) -> dict:
    yaml = pytest.importorskip("yaml")
    whole = yaml.safe_load(text)
    assert whole["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= set(whole)
    assert (whole["type"], whole["title"], whole["version"], whole["license"]) == (
        "software",
        "Quintant",
        __version__,
        "Apache-2.0",
    )
    for one in whole["references"]:
        assert one["type"] in TYPES and one["title"] and one["authors"]
        assert all(set(person) in ({"name"}, {"family-names", "given-names"}) for person in one["authors"])
        assert isinstance(one.get("year", 1), int) and re.fullmatch(r"10\.\d{4,9}/\S+", one.get("doi", "10.1234/x"))
        words = [one["title"], one.get("journal", ""), *(name for person in one["authors"] for name in person.values())]
        assert not re.search(r"[\\{}]", " ".join(words)), one
    return whole


def check_bibtex(text: str) -> set[str]:
    """The keys, by an independent parser."""
    ours = {entry.key for entry in citation.entries(text)}
    assert citation.bibtex(citation.entries(text)) == text
    parsed = parse_string(text, "bibtex").entries
    assert set(parsed) == ours
    assert all(entry.fields.get("title") for entry in parsed.values())
    return ours


@pytest.mark.parametrize("lab", OURS, ids=lambda lab: lab.name)
def test_every_preset_can_be_cited(runs, lab) -> None:
    for preset in lab.presets.values():
        run = runs.submit(lab.name, preset.config, name=f"{preset.name} 100 % {{_#}}")
        found = cite(runs, run.id)
        keys = check_bibtex(found.written("bibtex"))
        whole = check_cff(found.written("cff"))
        assert {"quintant", f"quintant-{run.id}"} < keys and len(keys) > 2, "and the lab's own"
        assert len(whole["references"]) == len(keys) - 1
        assert run.config_hash in found.written("bibtex") and run.config_hash in found.written("cff")


@pytest.mark.parametrize(
    ("lab", "config", "has", "lacks"),
    [
        ("spiking", {"neuron_model": "hh"}, "hodgkin1952quantitative", "izhikevich2003simple"),
        ("spiking", {"neuron_model": "izhikevich"}, "izhikevich2003simple", "hodgkin1952quantitative"),
        ("federated", {"aggregation_strategy_keyword": "median"}, "yin2018byzantine", "pillutla2022robust"),
        ("federated", {"dataset_keyword": "mnist_5k"}, "lecun1998gradient", "alpaydin1998optical"),
        ("persona", {"backend": {"kind": "ollama", "model": "llama3"}}, "languagemodel", "smollm2"),
        ("persona", {}, "smollm2", "languagemodel"),
    ],
)
def test_a_citation_names_the_model_and_the_data_of_the_config(lab: str, config: dict, has: str, lacks: str) -> None:
    if lab not in {one.name for one in LABS}:
        pytest.skip(f"{lab} is not installed")
    from quintant.config import parse

    found = registry.labs()[lab]
    assert found.citations is not None
    texts = load(found.citations)(parse(found.config, config))
    keys = {entry.key for text in texts for entry in citation.entries(text)}
    assert has in keys and lacks not in keys


def test_a_sweep_cites_what_any_of_its_runs_rests_on(runs) -> None:
    sweep, _ = runs.sweep("spiking", {}, axes={"neuron_model": ["lif", "hh", "adex"]}, seeds=2)
    keys = check_bibtex(cite(runs, sweep.id).written("bibtex"))
    assert {"hodgkin1952quantitative", "brette2005adaptive", f"quintant-{sweep.id}"} < keys


def test_by_the_api_and_the_command_line(runs, capsys, tmp_path, monkeypatch) -> None:
    run = runs.submit("optical", {"requests": 1000}, name="cited")
    texts = {format: cite(runs, run.id).written(format) for format in citation.FORMATS}
    with TestClient(create_app(runs, runs.settings), base_url="http://127.0.0.1:8000") as client:
        bib, cff = (client.get(f"/api/v2/runs/{run.id}/citation.{suffix}") for suffix in ("bib", "cff"))
        assert (bib.text, cff.text) == (texts["bibtex"], texts["cff"])
        assert client.get("/api/v2/runs/ffffffffffff/citation.bib").status_code == 404
        assert client.get(f"/api/v2/runs/{run.id}/citation.ris").status_code == 422
    monkeypatch.setenv("QUINTANT_DATA_DIR", str(runs.settings.data_dir))
    assert call(["cite", run.id[:8]]) == 0
    assert capsys.readouterr().out == f"% references.bib\n{texts['bibtex']}\n# CITATION.cff\n{texts['cff']}"
    assert call(["cite", run.id, "--as", "cff"]) == 0 and capsys.readouterr().out == texts["cff"]
    assert call(["cite", run.id, "--to", str(tmp_path)]) == 0
    assert (tmp_path / "CITATION.cff").read_text() == texts["cff"]
    assert call(["cite", "ffffffffffff"]) == 2


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Ag{\"u}era y Arcas", "Agüera y Arcas"), (r"Lind{\'e}n", "Lindén"), (r"{\v{S}}t{\o}r\ss{} \c{c}", "Štørß ç"),
        (r"{DeepRMSA}: a -- b", "DeepRMSA: a – b"), ("M{\\'\\i}ra", "Míra"),
    ],
)  # fmt: skip
def test_tex_becomes_letters(tex: str, text: str) -> None:
    assert citation.plain(tex) == text


@pytest.mark.parametrize("text", ["@article{a, title = {x}", "@article{a, title}", "@article{a, title = {x}} rest"])
def test_what_is_no_bibtex_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        citation.entries(text)
