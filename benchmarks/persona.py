"""The persona lab's embedded language model: what a session, a reply and a month cost, beside the plain way of transformers.

python benchmarks/persona.py [--repetitions 5] [--threads 1]

CPU time of this process, medians over repetitions in which all take turns, so that a noisy machine slows all alike.

    session        26 items (52 sentences) after a diary of six entries; the persona comes from the prefix cache, the sentences
                   are scored as one tree
    looked into    the same with attention and residuals at the answer
    no cache       the same without the prefix cache
    batched        the plain way: the 52 sentences as one padded batch behind copies of the diary's keys and values
    one by one     plainer still: the whole prompt again for each sentence (timed on 4 sentences, times 13)
    personas × 3   the diaries of three personas read as one padded batch, against one after the other
    reply          40 tokens; ours, and transformers' `generate`

The numbers of log-probabilities are the same all ways (tests/verification/persona).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quintant.labs.persona import prompts, study
from quintant.labs.persona.statements import pairs

WANTED_CPU_S = 3.5
COHORT = ("kara", "marcus", "alfred")
SENTENCES = [side for pair in pairs().values() for side in (pair.present, pair.opposite)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repetitions", type=int, default=5)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--cache", type=Path, default=Path("~/.quintant/cache").expanduser())
    said = options.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    from quintant.labs.persona.backends import gguf_weights
    from quintant.labs.persona.backends.transformers_model import TransformersModel

    torch.set_num_threads(said.threads)
    loading = time.process_time()
    model = TransformersModel(gguf_weights.unpacked(said.cache))
    loading = time.process_time() - loading
    with torch.inference_mode():
        found = measured(model, said.repetitions)
    print(f"{model.name}, {said.threads} thread(s), {said.repetitions} repetitions; loading {loading:.1f} CPU s")
    for name, (middle, low, high) in found.items():
        print(f"{name:<34} {middle:7.3f} CPU s   ({low:.3f} … {high:.3f})")
    session, reply = found["session, looked into"][0], found["reply of 40 tokens, ours"][0]
    print(f"wanted: session ≤ {WANTED_CPU_S} CPU s: {'reached' if found['session'][0] <= WANTED_CPU_S else 'MISSED'}")
    baseline = 4 * session + 6 * found["diary read and looked into"][0]
    month = 3 * baseline + 15 * session + 36 * reply
    print(f"30 days, 3 personas, weekly, .4 replies per persona-day: about {month:.0f} CPU s of the model process")


def measured(model: Any, repetitions: int) -> dict[str, tuple[float, float, float]]:
    wish = {"attention": True, "residual": True, "name": "Kara"}
    model.score(prompt(0), SENTENCES[:2], wish)
    tasks: dict[str, Callable[[int], Any]] = {
        "session": lambda n: model.score(prompt(n), SENTENCES),
        "session, looked into": lambda n: model.score(prompt(n), SENTENCES, wish),
        "session, no cache": lambda n: (model.prefixes._kept.clear(), model.score(prompt(n), SENTENCES)),
        "diary read and looked into": lambda n: model.score(prompt(n), SENTENCES[:1], wish),
        "batched": lambda n: batched(model, prompt(n)),
        "one by one": lambda n: one_by_one(model, prompt(n)),
        "personas × 3, one after another": lambda n: [forward(model, [ids]) for ids in three(model, n)],
        "personas × 3, one padded batch": lambda n: forward(model, three(model, n)),
        "reply of 40 tokens, ours": lambda n: reply(model, n),
        "reply of 40 tokens, transformers": lambda n: generated(model, n),
    }
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(repetitions):
        for name, task in tasks.items():
            began = time.process_time()
            task(number)
            factor = 13 if name == "one by one" else 1
            spent[name].append((time.process_time() - began) * factor)
    return {name: (statistics.median(some), min(some), max(some)) for name, some in spent.items()}


def prompt(draw: int, persona: str = "kara") -> Any:
    return prompts.assessment(study.diary(persona, study.drawn("trauma", draw)))


def batched(model: Any, before: Any) -> None:
    """Copies of the diary's keys and values for a padded batch of sentences."""
    import torch
    from transformers import DynamicCache

    layers, _, _ = model.read(model.tokens(before))
    ids = [model.encode(one) for one in SENTENCES]
    longest = max(map(len, ids))
    batch = torch.tensor([one + [0] * (longest - len(one)) for one in ids])
    cache = DynamicCache(ddp_cache_data=[(k.expand(len(ids), -1, -1, -1), v.expand(len(ids), -1, -1, -1)) for k, v in layers])
    hidden = model.model.base_model(input_ids=batch, past_key_values=cache, use_cache=True).last_hidden_state
    torch.log_softmax(model.model.lm_head(hidden), -1)


def one_by_one(model: Any, before: Any) -> None:
    import torch

    head = [token for part in model.tokens(before) for token in part]
    for sentence in SENTENCES[:4]:
        ids = model.encode(sentence)
        torch.log_softmax(model.model(torch.tensor([head + ids]), logits_to_keep=len(ids) + 1).logits, -1)


def three(model: Any, draw: int) -> list[list[int]]:
    return [[token for part in model.tokens(prompt(draw, name)) for token in part] for name in COHORT]


def forward(model: Any, several: list[list[int]]) -> None:
    import torch

    longest = max(map(len, several))
    padded = torch.tensor([[0] * (longest - len(one)) + one for one in several])
    mask = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in several])
    model.model.base_model(input_ids=padded, attention_mask=mask if len(several) > 1 else None)


def reply(model: Any, draw: int) -> None:
    """A reply that does not end before 40 tokens: its steps alone, without the choice of a token."""
    from quintant.labs.persona.backends.decoding import Decoder

    layers, _, _ = model.read(model.tokens(prompt(draw)))
    decoder = Decoder(model.model, layers, 40)
    for token in range(100, 140):
        model.model.lm_head(decoder.step(token))


def generated(model: Any, draw: int) -> None:
    import torch

    ids = torch.tensor([[token for part in model.tokens(prompt(draw)) for token in part]])
    model.model.generate(ids, max_new_tokens=40, min_new_tokens=40, do_sample=False, pad_token_id=0, attention_mask=ids * 0 + 1)


if __name__ == "__main__":
    main()
