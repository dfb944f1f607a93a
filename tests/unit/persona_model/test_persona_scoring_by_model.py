"""Log-probabilities on a tiny random Llama: the tree, the prefix cache and the decoder give what the plain way gives."""

import pytest

from quintant.labs.persona.backends.protocol import Part
from quintant.labs.persona.backends.token_tree import TokenTree
from quintant.labs.persona.scoring import contrast
from quintant.labs.persona.statements import pairs, wordings

torch = pytest.importorskip("torch")

PROMPT = [Part("persona", "I am happy ."), Part("events", " My days are good . I sleep well ."), Part("question", " \n")]


@pytest.fixture(scope="module")
def model(tiny):
    from quintant.labs.persona.backends.transformers_model import TransformersModel

    return TransformersModel(tiny)


def sentences():
    return [side for pair in pairs().values() for side in (pair.present, pair.opposite)]


def plain(model, prompt, continuation):
    """The sum of log-probabilities by one pass over everything, without cache, tree or mask."""
    before = [token for part in prompt for token in model.encode(part.text)]
    after = model.encode(continuation)
    logprobs = torch.log_softmax(model.model(torch.tensor([before + after])).logits[0].float(), -1)
    return sum(float(logprobs[len(before) + place - 1, token]) for place, token in enumerate(after))


def test_a_tree_holds_each_common_beginning_once():
    tree = TokenTree.from_sequences([[1, 2, 3], [1, 2, 4], [5]])
    assert tree.tokens == (1, 2, 3, 4, 5)
    assert tree.depths == (0, 1, 2, 2, 0)
    assert tree.paths == ((0, 1, 2), (0, 1, 3), (4,))
    sees = tree.mask(2)[0, 0] == 0
    assert sees[3].tolist() == [True, True, True, True, False, True, False]
    assert sees[4].tolist() == [True, True, False, False, False, False, True]


def test_scoring_by_tree_is_scoring_one_by_one(model):
    assert model.by_tree
    reading = model.score(PROMPT, sentences())
    with torch.inference_mode():
        wanted = [plain(model, PROMPT, one) for one in sentences()]
    assert reading.logprobs == pytest.approx(wanted, abs=2e-4)
    assert reading.tokens == tuple(len(model.encode(one)) for one in sentences())


def test_the_cache_changes_no_bit(model):
    model.prefixes._kept.clear()
    first = model.score(PROMPT, sentences())
    again = model.score(PROMPT, sentences())
    assert (first.cached_tokens, again.cached_tokens) == (0, len(model.encode(PROMPT[0].text)))
    assert first.logprobs == again.logprobs
    other = model.score([PROMPT[0], Part("events", " I feel sad and hopeless ."), PROMPT[2]], sentences())
    assert other.cached_tokens == again.cached_tokens
    assert other.logprobs != first.logprobs


def test_the_cache_makes_room():
    from quintant.labs.persona.backends.prefix import PrefixCache

    kept = PrefixCache(most_tokens=5)
    for first in range(4):
        kept.keep((first, 0), [])
    assert [kept.find((first, 0)) is not None for first in range(4)] == [False, False, True, True]


def test_the_decoder_is_the_model(model):
    from quintant.labs.persona.backends import decoding
    from quintant.labs.persona.backends.cache import cache_of

    assert decoding.fits(model.model)
    with torch.inference_mode():
        layers, _, _ = model.read(model.tokens(PROMPT))
        decoder, cache = decoding.Decoder(model.model, layers, 4), cache_of(layers)
        for token in (5, 9, 3):
            wanted = model.forward([token], cache).last_hidden_state[0, -1]
            assert torch.allclose(decoder.step(token), wanted, atol=1e-5)


def test_a_reply_is_a_seeded_draw(model):
    said = [model.generate(PROMPT, 12, seed, 1.0).text for seed in (1, 1, 2, 3)]
    assert said[0] == said[1]
    assert len({*said}) > 1
    assert model.generate(PROMPT, 5, 1, 0.0).tokens <= 5


def test_a_prompt_beyond_the_context_is_refused(model):
    from quintant.errors import EngineError

    with pytest.raises(EngineError, match=r"the prompt has \d+ tokens; the language model takes 512"):
        model.score([Part("persona", "I am happy . " * 200)], ["I eat well."])


def test_the_contrast_is_a_mean_per_token():
    from quintant.labs.persona.backends.protocol import Reading

    items = [{"id": "phq9.1", "present": "a b", "opposite": "a b c d"}]
    found = contrast.contrasts(items, Reading((-4.0, -4.0), (2, 4), 10, 0, 0.0))
    assert found["phq9.1"]["c"] == -1.0
    assert contrast.continuations(items) == ["a b", "a b c d"]


def test_every_item_has_two_pairs_of_statements():
    assert [len(one) for one in wordings().values()] == [2] * 26
    ids = [f"phq9.{n}" for n in range(1, 10)] + [f"gad7.{n}" for n in range(1, 8)] + [f"pss10.{n}" for n in range(1, 11)]
    assert list(pairs()) == ids
    texts = [text for several in wordings().values() for pair in several for text in (pair.present, pair.opposite)]
    assert len({*texts}) == len(texts)
    assert all(text.endswith(".") and text[0].isupper() for text in texts)
