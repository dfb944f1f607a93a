"""Token attacks: words of a field are replaced by words of praise or blame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from quintant.errors import EngineError
from quintant.labs.federated.engine.attacks.attack import Aim, Ints, Poisoned, Samples
from quintant.labs.federated.engine.attacks.vocabulary import REPLACEMENTS, VOCABULARIES

Tokenize = Callable[[str], Sequence[int] | None]
"""A term -> its tokens, None when the tokenizer does not know all of its words."""


@dataclass(frozen=True)
class TokenReplacement:
    """Each occurrence of a term, longest first, becomes one random replacement token with `replacement_prob`.

    terms         token sequences; what follows a replaced one moves left, the end is padded with 0
    replacements  tokens put in their place
    """

    terms: tuple[tuple[int, ...], ...]
    replacements: tuple[int, ...]
    replacement_prob: float = 0.2

    @classmethod
    def of_vocabulary(cls, vocabulary: str, strategy: str, probability: float, tokenize: Tokenize) -> TokenReplacement:
        """The attack on a built-in vocabulary, with what of it this tokenizer knows."""
        terms = _known(VOCABULARIES[vocabulary], tokenize)
        replacements = [tokens[0] for tokens in _known(REPLACEMENTS[strategy], tokenize) if len(tokens) == 1]
        for what, terms_found in ((f"{vocabulary} vocabulary", terms), (f"{strategy} replacements", replacements)):
            if not terms_found:
                raise EngineError(
                    f"token_replacement: no word of the {what} occurs in this data set; "
                    "give target_token_ids and replacement_token_ids, or take another vocabulary"
                )
        return cls(tuple(terms), tuple(replacements), probability)

    @cached_property
    def by_first(self) -> dict[int, list[tuple[int, ...]]]:
        """The terms under their first token, longest first."""
        longest: dict[int, list[tuple[int, ...]]] = {}
        for term in sorted(set(self.terms), key=lambda term: (-len(term), term)):
            longest.setdefault(term[0], []).append(term)
        return longest

    def poison(self, samples: Samples, shared: np.random.Generator, own: np.random.Generator) -> Poisoned:
        tokens = np.asarray(samples.inputs, dtype=np.int64)
        rows = [self.replaced(row, own) for row in tokens]
        inputs = np.stack(rows) if rows else tokens
        return Poisoned(replace(samples, inputs=inputs), (inputs != tokens).any(axis=1))

    def replaced(self, row: Ints, rng: np.random.Generator) -> Ints:
        """One text (length,) after the attack."""
        left: list[int] = row.tolist()
        out: list[int] = []
        at = 0
        while at < len(left):
            term = next((term for term in self.by_first.get(left[at], ()) if tuple(left[at : at + len(term)]) == term), None)
            if term is not None and rng.random() < self.replacement_prob:
                out.append(self.replacements[int(rng.integers(len(self.replacements)))])
            else:
                out.extend(left[at : at + (len(term) if term else 1)])
            at += len(term) if term else 1
        return np.array(out + [0] * (len(left) - len(out)), dtype=np.int64)

    def aim(self, test: Samples, shared: np.random.Generator) -> Aim | None:
        return None


def _known(terms: Sequence[str], tokenize: Tokenize) -> list[tuple[int, ...]]:
    tokens = (tokenize(term) for term in terms)
    return [tuple(ids) for ids in tokens if ids]
