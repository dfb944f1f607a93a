"""Personas, events, instruments and conditions are data: all of them valid, with their notices, and replaceable."""

import pytest

from quintant.errors import ConfigError, NotFound
from quintant.labs.persona import library
from quintant.labs.persona.settings import LIBRARY
from quintant.labs.persona.statements import wordings


@pytest.mark.parametrize("name", library.persona_names())
def test_every_shipped_persona_is_valid(name):
    persona = library.persona(name)
    assert persona.id == f"persona_{name}"
    assert persona.background and persona.core_memories and persona.values


def test_nine_personas_are_shipped():
    assert len(library.persona_names()) == 9


@pytest.mark.parametrize(
    ("name", "traits", "baselines"),
    [
        ("marcus", (0.7, 0.8, 0.4, 0.6, 0.6), (6, 5, 14)),
        ("kara", (0.8, 0.6, 0.9, 0.8, 0.4), (3, 4, 10)),
        ("alfred", (0.3, 0.9, 0.2, 0.5, 0.3), (2, 3, 8)),
    ],
)
def test_the_three_of_the_original_have_its_numbers(name, traits, baselines):
    persona = library.persona(name)
    assert tuple(persona.traits.model_dump().values()) == traits
    assert tuple(persona.baselines.model_dump().values()) == baselines


@pytest.mark.parametrize(("id", "items", "most"), [("phq9", 9, 27), ("gad7", 7, 21), ("pss10", 10, 40)])
def test_instruments_have_their_published_size(id, items, most):
    instrument = library.instrument(id)
    assert (len(instrument.items), instrument.most) == (items, most)
    assert instrument.licence and instrument.source


def test_every_item_has_statements():
    ids = [one.item_id(n) for one in map(library.instrument, ("phq9", "gad7", "pss10")) for n in range(1, len(one.items) + 1)]
    assert set(ids) == set(wordings())


BANDS = {
    "phq9": "0 minimal, 4 minimal, 5 mild, 9 mild, 10 moderate, 14 moderate, 15 moderately_severe, 19 moderately_severe, "
    "20 severe, 27 severe",
    "gad7": "4 minimal, 5 mild, 10 moderate, 14 moderate, 15 severe, 21 severe",
    "pss10": "0 low, 13 low, 14 moderate, 26 moderate, 27 high, 40 high",
}
EDGES = [(id, int(total), band) for id, text in BANDS.items() for total, band in (edge.split() for edge in text.split(", "))]


@pytest.mark.parametrize(("id", "total", "band"), EDGES)
def test_band_edges(id, total, band):
    assert library.instrument(id).severity(total) == band


def test_reversed_items_of_the_pss():
    assert [n for n, item in enumerate(library.instrument("pss10").items, 1) if item.reversed] == [4, 5, 7, 8]
    assert library.instrument("phq9").sensitive_items == (9,)


def test_an_own_library_comes_first(tmp_path, monkeypatch):
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "kara.yaml").write_text("name: Kara\nage: 50\noccupation: Pilot\n")
    monkeypatch.setenv(LIBRARY.variable, str(tmp_path))
    assert library.persona("kara").occupation == "Pilot"
    assert library.persona("marcus").occupation == "Software Engineer"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("name: Kara\nage: 5\noccupation: x\n", "kara.yaml.age"),
        ("name: [\n", "kara.yaml"),
        ("name: K\nage: 30\noccupation: x\nmood: y\n", "kara.yaml.mood"),
    ],
)
def test_a_faulty_file_is_named(tmp_path, monkeypatch, text, path):
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "kara.yaml").write_text(text)
    monkeypatch.setenv(LIBRARY.variable, str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        library.persona("kara")
    assert path in [problem.path for problem in caught.value.problems]


def test_a_file_cannot_run_code(tmp_path, monkeypatch):
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "kara.yaml").write_text("name: !!python/object/apply:os.getcwd []\n")
    monkeypatch.setenv(LIBRARY.variable, str(tmp_path))
    with pytest.raises(ConfigError):
        library.persona("kara")


def test_an_unknown_persona_names_the_nearest():
    with pytest.raises(NotFound, match="marcus"):
        library.persona("markus")
