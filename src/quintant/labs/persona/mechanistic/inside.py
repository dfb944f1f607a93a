"""Attention and residual stream at the answer position, on the keys and values that scoring has already computed.

The position is the last token of the probe "I feel" after the diary's last line. Attention is pooled: for each layer the mean
over heads of the share that goes to each named part of the prompt; the first token, where heads park what they do not use
(attention sink: Xiao et al. 2023, arXiv 2309.17453), is counted on its own, so that the shares of a layer sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from quintant.labs.persona.backends.protocol import Part
from quintant.labs.persona.mechanistic.directions import Directions, sentences
from quintant.labs.persona.mechanistic.residual import packed
from quintant.labs.persona.prompts import PROBE, SELF_WORDS

if TYPE_CHECKING:
    from quintant.labs.persona.backends.prefix import Layers
    from quintant.labs.persona.backends.transformers_model import TransformersModel

SINK = "sink"


def look(
    model: TransformersModel, prompt: Sequence[Part], parts: Sequence[tuple[int, ...]], layers: Layers, wish: Mapping[str, Any]
) -> dict[str, Any]:
    """What is seen at the probe after `prompt`. `wish`: {"attention": bool, "residual": bool, "name": the persona's}.

    segments, attention [layers][segments]; sink_share; self_lift: attention per self token over that per token, sink left out.
    residual: base64 of float32 [layers + 1, width], the embedding first; position, salience: along the distress directions.
    """
    from quintant.labs.persona.backends.cache import cache_of

    probe = model.encode(PROBE)
    seen: dict[str, Any] = {}
    model.model.set_attn_implementation("eager")
    try:
        output = model.forward(probe, cache_of(layers), output_attentions=True, output_hidden_states=True)
    finally:
        model.model.set_attn_implementation("sdpa")
    if wish.get("attention"):
        shares = torch.stack([layer[0, :, -1] for layer in output.attentions]).double().mean(dim=1).numpy()
        names = [part.name for part, ids in zip(prompt, parts, strict=True) for _ in ids]
        names += [prompt[-1].name] * (shares.shape[1] - len(names))
        ids = [token for part_tokens in parts for token in part_tokens] + probe
        seen |= _pooled(shares, names) | {"self_lift": _self_lift(shares, model, ids, str(wish.get("name", "")))}
    if wish.get("residual"):
        residual = torch.stack([layer[0, -1] for layer in output.hidden_states]).float().numpy()
        directions = directions_of(model)
        position = directions.position(residual)
        seen |= {
            **packed(residual),
            "position": [round(float(component), 6) for component in position],
            "salience": directions.salience(position),
            "validity": directions.validity(),
        }
    return seen


def directions_of(model: TransformersModel) -> Directions:
    """The model's distress directions, made on first need (16 short passes)."""
    if model.directions is None:
        residuals = []
        for kind in sentences():
            rows = []
            for sentence in kind:
                hidden = model.model.base_model(
                    input_ids=torch.tensor([model.encode(sentence + "\n") + model.encode(PROBE)]), output_hidden_states=True
                ).hidden_states
                rows.append(torch.stack([layer[0, -1] for layer in hidden]).double().numpy())
            residuals.append(np.stack(rows))
        model.directions = Directions.between(*residuals)
    return model.directions


def _pooled(shares: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """shares [layers, tokens] → by segment, in the order of the prompt, the sink first."""
    segments = [SINK, *dict.fromkeys(names)]
    columns = [shares[:, :1].sum(axis=1)]
    columns += [shares[:, [i for i, label in enumerate(names) if label == name and i > 0]].sum(axis=1) for name in segments[1:]]
    pooled = np.stack(columns, axis=1)
    return {
        "segments": segments,
        "attention": [[round(float(share), 6) for share in row] for row in pooled],
        "sink_share": round(float(pooled[:, 0].mean()), 6),
    }


def _self_lift(shares: np.ndarray, model: TransformersModel, ids: Sequence[int], name: str) -> float | None:
    """Mean over layers; 1 means that self tokens draw as much as any other. None when the prompt has no such token."""
    words = [model.tokenizer.decode([token]).strip() for token in ids]
    own = {*SELF_WORDS, name} - {""}
    at = [index for index, word in enumerate(words) if index > 0 and word in own]
    if not at:
        return None
    rest = shares[:, 1:].sum(axis=1)
    lift = shares[:, at].sum(axis=1) / np.where(rest > 0, rest, np.inf) / (len(at) / (len(ids) - 1))
    return round(float(lift.mean()), 6)
