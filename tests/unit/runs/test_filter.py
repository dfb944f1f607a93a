"""Filter expressions: writing and parsing agree, faults have their place, and the Store finds what plain Python finds."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quintant import registry
from quintant.lab import Headline, Metric
from quintant.runs.filter import EVERYTHING, Vocabulary, bound, parse, written
from quintant.runs.filter.binding import KeyFacts
from quintant.runs.filter.expression import And, Compare, Field, Has, Not, Number, Or, Text, Word
from quintant.runs.filter.meaning import Facts, holds
from quintant.runs.filter.unit import converted
from quintant.runs.rows import Query, RowPage, read_sorts
from quintant.runs.run import Run, new_id
from quintant.runs.store import Basis, Store, database
from quintant.runs.store.index import leaves
from quintant.runs.store.models import run_tags, runs
from quintant.runs.sweep import Sweep

# --- writing and parsing ---

names = st.sampled_from(["k_paths", "blocking", "a b", 'q"u\\o', "and", "lab", "2nd", "x:y", "über", "populations.0.n"])
words = st.one_of(names, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8))
numbers = st.builds(
    Number,
    st.one_of(st.integers(-(10**6), 10**6).map(float), st.floats(allow_nan=False, allow_infinity=False, width=64)),
    st.sampled_from(["", "%", "ms", "Erlang", "1/4096 per step"]),
)
fields = st.one_of(st.builds(Field, st.just("named"), words), st.builds(Field, st.sampled_from(["config", "metric"]), words))
many = st.sampled_from(["=", "!="])
compares = st.one_of(
    st.builds(Compare, fields, many, st.lists(st.one_of(numbers, words.map(Word)), min_size=1, max_size=3).map(tuple)),
    st.builds(
        Compare, fields, st.sampled_from(["<", "<=", ">", ">=", "~"]), st.one_of(numbers, words.map(Word)).map(lambda v: (v,))
    ),
    st.builds(
        Compare,
        st.sampled_from(["lab", "state", "tag", "sweep", "id", "created"]).map(Field),
        many,
        st.lists(words.map(Word), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Compare, st.just(Field("took")), st.sampled_from(["<", ">="]), numbers.map(lambda v: (v,))),
)
atoms = st.one_of(compares, st.builds(Has, st.builds(Field, st.sampled_from(["config", "metric"]), words)), words.map(Text))


def flat(kind, parts):
    """As the parser has it: no conjunction directly within a conjunction."""
    inner = tuple(p for part in parts for p in (part.parts if isinstance(part, kind) else (part,)))
    return inner[0] if len(inner) == 1 else kind(inner)


expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: flat(And, parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: flat(Or, parts)),
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(expressions)
def test_what_is_written_is_read_again(expression):
    read = parse(written(expression))
    assert read.faults == () and read.expression == expression


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(st.sampled_from("ab1 ()\"'<>=!:~,andortn%"), max_size=40))
def test_any_text_reads_or_has_faults_inside_it(text):
    read = parse(text)
    assert all(0 <= fault.at <= len(text) and fault.at + fault.length <= len(text) for fault in read.faults)
    assert all(token.at >= 0 and token.at + token.length <= len(text) for token in read.tokens)
    again = parse(written(read.expression))
    assert again.expression == read.expression and again.faults == ()


@pytest.mark.parametrize(
    ("text", "reads", "faults"),
    [
        ("", "", []),
        ("lab:optical and load_erlang>200 and blocking<1%", "lab:optical and load_erlang>200 and blocking<1%", []),
        ("a b or c", "a and b or c", []),
        ("NOT (a OR b)", "not (a or b)", []),
        ("blocking < 1 %", "blocking<1%", []),
        ("tag:'fig 3',b", 'tag:"fig 3",b', []),
        ("created>=2026-11-22T10:00", 'created>="2026-11-22T10:00"', []),
        ("not tag:scratch and x<", "not tag:scratch", [(20, 2, "A value is missing after the operator.")]),
        ("a or (b", "a or b", [(5, 1, "This ( is never closed.")]),
        ("a) b", "a and b", [(1, 1, "There is no ( for this ).")]),
        ("x<1,2", "", [(3, 1, "Several values stand after : = or != only; got <.")]),
        ('"open', "", [(0, 5, "This quote is never closed.")]),
        ("and a", "a", [(0, 3, "Something to filter by is missing before 'and'.")]),
        ("a and", "a", [(4, 0, "Something to filter by is missing after 'and'.")]),
        ("a or b<", "", [(5, 2, "A value is missing after the operator.")]),
    ],
)
def test_texts_and_their_faults(text, reads, faults):
    read = parse(text)
    assert (written(read.expression), [(f.at, f.length, f.message) for f in read.faults]) == (reads, faults)


def test_an_expression_has_bounds():
    assert "4000 characters" in parse("a " * 3000).faults[0].message
    assert "100 parts" in parse("a " * 200).faults[0].message
    assert "50 deep" in parse("(" * 60 + "a" + ")" * 60).faults[0].message


def test_quantities():
    assert converted(1, "%", "1") == 0.01 and converted(2, "s", "ms") == 2000 and converted(5, "min", "s") == 300
    assert converted(0.2, "THz", "GHz") == pytest.approx(200) and converted(3, "erlang", "Erlang") == 3
    assert converted(3, "ms", "Hz") is None and converted(3, "ms", "1") is None and converted(3, "slots", "slots") == 3


VOCABULARY = Vocabulary(
    labs=["optical", "spiking"],
    states=["completed", "failed"],
    keys={
        "k_paths": KeyFacts({"optical": ""}, frozenset({"number"})),
        "tau_gaba_ms": KeyFacts({"spiking": "ms"}, frozenset({"number"})),
        "routing": KeyFacts({"optical": ""}, frozenset({"text"})),
    },
    metrics={"blocking": frozenset({"1"})},
)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("blokking<1%", "'blokking' is neither a key nor a metric.", "blocking"),
        ("tau_gaba>3", "'tau_gaba' is neither a key nor a metric.", "tau_gaba_ms"),
        ("status:failed", "'status' is neither a key nor a metric.", "state"),
        ("config:blocking<1", "'blocking' is not a key of any lab.", None),
        ("metric:blockin<1", "'blockin' is not a metric of any run.", "metric:blocking"),
        ("lab:opticl", "'opticl' is not a lab; there are optical, spiking.", "optical"),
        ("state:failed,complet", "'complet' is not a state; there are completed, failed.", "failed,completed"),
        ("k_paths>abc", "k_paths is a number; got 'abc'.", None),
        ("k_paths=3ms", "k_paths has no unit; got ms.", "3"),
        ("tau_gaba_ms<3Hz", "tau_gaba_ms is measured in ms; got Hz.", "3"),
        ("routing>a", "routing is a word; > compares numbers.", None),
        ("created<soon", "'soon' is not a time; write 2026-11-22, 2026-11-22T10:00, today or yesterday (UTC).", None),
        ("blocking=none", "What is missing is not compared: it is in no answer.", None),
    ],
)
def test_names_and_units_are_looked_up(text, message, hint):
    expression, [fault] = bound(parse(f"k_paths=1 and {text}").expression, VOCABULARY)
    assert (fault.message, fault.hint) == (message, hint)
    assert written(expression) == "config:k_paths=1"
    if hint is not None:
        mended = f"k_paths=1 and {text}"
        mended = mended[: fault.at] + hint + mended[fault.at + fault.length :]
        assert bound(parse(mended).expression, VOCABULARY)[1] == ()


# --- the Store finds what plain Python finds ---

NOW = 1_800_000_000.0
BASE = {"k": 5, "word": "so", "t_ms": 20.0, "on": True, "deep": {"x": 1, "names": ["a", "b"]}, "gone": None}
LABS = {"toy": "", "rig": "ms"}
UNITS = {"loss": ("1", "1"), "peak": ("Hz", "kHz")}


@dataclass(frozen=True)
class Stored:
    store: Store
    vocabulary: Vocabulary
    facts: dict[int, Facts]
    folds: dict[int, int]


def filled(store: Store) -> Stored:
    """Some two hundred Runs in sweeps and alone, of two labs whose units differ, with values missing here and there."""
    draw = random.Random(7)
    facts: dict[int, Facts] = {}
    number = 0
    bases = {lab: Basis.from_config(lab, {**BASE, "k": 5 if lab == "toy" else 7}) for lab in LABS}
    for _ in range(60):
        lab = draw.choice(list(LABS))
        config = {
            **BASE,
            "k": draw.choice([1, 5, 7, 100]),
            "word": draw.choice(["so", "Sö", "other", None]),
            "t_ms": draw.choice([20.0, 0.5, 4000.0, None]),
            "deep": {"x": draw.choice([1, "one"]), "names": draw.choice([["a", "b"], ["c"], []])},
            "on": draw.choice([True, False]),
        }
        if draw.random() < 0.2:
            del config["on"]
        seeds, points = draw.choice([(1, 1), (1, 1), (3, 1), (2, 3)])
        sweep = None
        if seeds * points > 1:
            sweep = Sweep(new_id(), lab, "s", "local", NOW, 1, seeds, {"k": list(range(points))}, {})
        made = []
        for point in range(points):
            for replicate in range(seeds):
                whole = {**config, "k": point} if points > 1 else config
                made.append(
                    Run(
                        id=new_id(),
                        lab=lab,
                        lab_version="1",
                        name=draw.choice(["load study", "Äpfel", "a_b%c", "ÄPFEL x"]),
                        owner="local",
                        config=whole,
                        config_hash="0" * 64,
                        root_seed=40 + replicate,
                        streams={},
                        sweep_id=sweep.id if sweep else None,
                        point={"k": point} if points > 1 else {},
                        replicate=replicate,
                        created_at=NOW - draw.choice([5, 3600, 90000, 2e6]),
                        contract=draw.choice([None, None, "fusion"]),
                    )
                )
        store.create(made, sweep=sweep, basis=bases[lab])
        for run in made:
            number += 1
            fate = draw.choice(["completed", "completed", "failed", "queued"])
            metrics: dict[str, Metric] = {}
            if fate != "queued":
                attempt = store.claim(run.id, "w", "h", 9).attempt
                store.move(run.id, "begin", attempt=attempt)
            if fate == "completed":
                if draw.random() < 0.8:
                    metrics["loss"] = Metric(draw.choice([0.001, 0.01, 0.5, None]), UNITS["loss"][lab == "rig"])
                if draw.random() < 0.8:
                    metrics["peak"] = Metric(draw.choice([30.0, 40.0, 0.04]), UNITS["peak"][lab == "rig"])
                store.move(run.id, "finish", attempt=attempt, metrics=metrics, record={})
            elif fate == "failed":
                store.move(run.id, "fail", attempt=attempt, reason="so")
            with database.writing(store.engine) as connection:
                started = run.created_at + 1 if fate != "queued" else None
                ended = run.created_at + 1 + draw.choice([0.5, 120]) if fate != "queued" else None
                mine = runs.update().where(runs.c.id == run.id)
                connection.execute(mine.values(started_at=started, ended_at=ended))
                tags = frozenset(tag for tag in ("scratch", "fig 3") if draw.random() < 0.3)
                for tag in tags:
                    connection.execute(run_tags.insert().values(run=number, tag=tag))
            keys = {key: ("true" if leaf else "false") if isinstance(leaf, bool) else leaf for key, leaf in leaves(run.config)}
            facts[number] = Facts(
                id=run.id,
                lab=lab,
                name=run.name,
                state=fate,
                contract=run.contract,
                sweep=run.sweep_id,
                seed=run.root_seed,
                replicate=run.replicate,
                created=run.created_at,
                started=started,
                ended=ended,
                tags=tags,
                keys={key: float(leaf) if isinstance(leaf, (int, float)) else leaf for key, leaf in keys.items()},
                metrics={name: (metric.value, metric.unit) for name, metric in metrics.items()},
            )
    vocabulary = store.vocabulary({})
    units = {key: {"toy": "", "rig": ""} for key in vocabulary.keys} | {"t_ms": {"toy": "ms", "rig": "s"}}
    vocabulary = replace(vocabulary, keys={key: KeyFacts(units[key], facts_.kinds) for key, facts_ in vocabulary.keys.items()})
    with database.reading(store.engine) as connection:
        folds = {row.number: row.fold for row in connection.execute(runs.select())}
    return Stored(store, vocabulary, facts, folds)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('filter') / 'store.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
    store = Store(url, now=lambda: NOW)
    yield filled(store)
    store.close()


values = st.one_of(
    st.builds(
        Number,
        st.sampled_from([0.5, 1.0, 5.0, 7.0, 20.0, 30.0, 40.0, 4000.0, 0.01]),
        st.sampled_from(["", "", "%", "s", "ms", "Hz", "kHz"]),
    ),
    st.sampled_from(["so", "Sö", "a", "one", "true", "false", "c"]).map(Word),
)
known = st.one_of(
    st.builds(
        Compare,
        st.builds(Field, st.just("config"), st.sampled_from(["k", "word", "t_ms", "on", "deep.x", "deep.names.0", "gone"])),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]),
        values.map(lambda v: (v,)),
    ),
    st.builds(
        Compare,
        st.builds(Field, st.just("config"), st.sampled_from(["k", "word", "deep.x"])),
        many,
        st.lists(values, min_size=2, max_size=3).map(tuple),
    ),
    st.builds(
        Compare,
        st.builds(Field, st.just("metric"), st.sampled_from(["loss", "peak"])),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        values.map(lambda v: (v,)),
    ),
    st.builds(
        Has, st.sampled_from([Field("config", "on"), Field("config", "word"), Field("metric", "loss"), Field("metric", "peak")])
    ),
    st.builds(Compare, st.just(Field("lab")), many, st.sampled_from([(Word("toy"),), (Word("toy"), Word("rig"))])),
    st.builds(
        Compare, st.just(Field("state")), many, st.sampled_from([(Word("failed"),), (Word("queued"), Word("completed"))])
    ),
    st.builds(
        Compare,
        st.just(Field("contract")),
        many,
        st.sampled_from([(Word("native"),), (Word("fusion"),), (Word("native"), Word("fusion"))]),
    ),
    st.builds(Compare, st.just(Field("tag")), many, st.sampled_from([(Word("scratch"),), (Word("fig 3"), Word("scratch"))])),
    st.builds(
        Compare,
        st.just(Field("name")),
        st.sampled_from(["=", "!=", "~"]),
        st.sampled_from([(Word("äpfel"),), (Word("Äpfel"),), (Word("_b%"),), (Word("LOAD"),)]),
    ),
    st.builds(
        Compare,
        st.sampled_from([Field("seed"), Field("replicate")]),
        st.sampled_from(["=", "!=", "<", ">="]),
        st.sampled_from([(Number(1.0),), (Number(41.0),)]),
    ),
    st.builds(
        Compare,
        st.sampled_from([Field("took"), Field("age")]),
        st.sampled_from(["<", ">", "="]),
        st.sampled_from([(Number(1.0, "min"),), (Number(2.0, "d"),), (Number(5.0),)]),
    ),
    st.builds(
        Compare,
        st.sampled_from([Field("created"), Field("started"), Field("ended")]),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.sampled_from([(Word("today"),), (Word("2027-01-14"),), (Word("2027-01-15T07:59"),)]),
    ),
    st.sampled_from(["load", "STUDY", "Ä", "b%"]).map(Text),
)
meant = st.recursive(
    known,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: flat(And, parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: flat(Or, parts)),
    ),
    max_leaves=6,
)


LAB = replace(registry.labs()["optical"], headline=Headline("loss", "loss", scale="log"), shares=())


def pages(stored: Stored, query: Query) -> list[RowPage]:
    found = []
    while True:
        found.append(stored.store.rows(query, (), lambda: stored.vocabulary, lambda name: LAB))
        if found[-1].next is None:
            return found
        query = replace(query, cursor=found[-1].next)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(expression=meant, fold=st.sampled_from(["none", "point", "sweep"]))
def test_the_store_finds_what_plain_python_finds(stored, expression, fold):
    expression, _ = bound(expression, stored.vocabulary)
    matches = [n for n, facts in stored.facts.items() if holds(expression, facts, stored.vocabulary, NOW)]
    ids = {stored.facts[n].id for n in matches}
    [page] = pages(stored, Query(fold=fold, expression=expression, limit=500))
    assert page.runs == len(matches)
    if fold == "none":
        assert {row.key for row in page.rows} == ids and page.total == len(ids)
    elif fold == "point":
        groups = {stored.folds[n] for n in matches}
        assert page.total == len(page.rows) == len(groups)
        assert {row.lead for row in page.rows} == {stored.facts[g].id for g in groups}
    else:
        assert {row.key for row in page.rows} == {stored.facts[n].sweep or stored.facts[n].id for n in matches}


SORTS = [
    "-created_at",
    "created_at",
    "name",
    "-lab",
    "state",
    "-headline",
    "took_s",
    "-started_at",
    "ended_at",
    "-seeds",
    "metric:loss",
    "-metric:peak",
    "config:k",
    "-config:k",
    "config:word",
    "-config:t_ms",
    "-metric:loss,config:k",
    "config:k,-metric:peak,name",
    "state,-created_at",
    "config:deep.x",
]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("fold", ["none", "point", "sweep"])
@pytest.mark.parametrize("text", ["", "state:completed", "metric:peak<35Hz"])
def test_pages_hold_every_row_once_and_in_order(stored, sort, fold, text):
    """Small pages, put together, are the one page of all; values rise or fall, and the missing ones come last."""
    expression, faults = bound(parse(text).expression, stored.vocabulary)
    assert faults == ()
    query = Query(fold=fold, expression=expression, sort=read_sorts(sort), limit=500)
    [whole] = pages(stored, query)
    parts = pages(stored, replace(query, limit=23))
    keys = [row.key for row in whole.rows]
    assert [row.key for page in parts for row in page.rows] == keys and len(set(keys)) == len(keys)
    assert parts[0].total == whole.total == len(keys)
    if fold == "none" and sort.lstrip("-") in ("metric:peak", "metric:loss"):
        name = sort.partition(":")[2]
        by_id = {facts.id: facts for facts in stored.facts.values()}
        values = [by_id[key].metrics.get(name, (None,))[0] for key in keys]
        there = [value for value in values if value is not None]
        assert values == sorted(there, reverse=sort.startswith("-")) + [None] * (len(values) - len(there))


def test_hiding_a_run_from_the_answer_changes_no_mean(stored):
    """A filter chooses rows; their numbers are over all their Runs."""
    expression, _ = bound(parse("seed=40").expression, stored.vocabulary)
    some = {row.key: row for page in pages(stored, Query(fold="point", expression=expression)) for row in page.rows}
    every = {row.key: row for page in pages(stored, Query(fold="point", expression=EVERYTHING)) for row in page.rows}
    assert some and all(every[key].headline == row.headline and every[key].runs == row.runs for key, row in some.items())
    assert any(row.runs > 1 for row in some.values())
