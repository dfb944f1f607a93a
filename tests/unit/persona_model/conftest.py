"""A real but tiny language model with random weights, so that everything about weights is tested without the shipped one."""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A folder of transformers weights: two layers of a Llama whose words are those of the lab's statements."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from quintant.labs.persona.statements import wordings

    text = " ".join(f"{pair.present} {pair.opposite}" for pairs in wordings().values() for pair in pairs)
    words = sorted({*text.replace(".", " .").split(), "\n", "feel", "Kara", "dog", "night", "day", "Yesterday", "me", "my"})
    vocabulary = {word: index for index, word in enumerate(["<unk>", "<s>", "</s>", *words])}
    one = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    one.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Punctuation()])
    folder = tmp_path_factory.mktemp("tiny-llama")
    PreTrainedTokenizerFast(tokenizer_object=one, bos_token="<s>", eos_token="</s>", unk_token="<unk>").save_pretrained(folder)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
        initializer_range=0.4,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def process_settings():
    """One thread, and a model process that leaves soon after its last client."""
    from quintant.labs.persona.backends import channel

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUINTANT_PERSONA_THREADS", "1")
        patch.setenv("QUINTANT_PERSONA_IDLE_S", "1")
        yield
        channel.close()


@pytest.fixture(scope="module")
def short_folder():
    """A folder whose path is short enough for a socket of its own."""
    with tempfile.TemporaryDirectory(prefix="qp") as name:
        yield Path(name)
