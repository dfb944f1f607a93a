"""Independent random draws for each purpose, persona and day: nothing drawn for one shifts what another gets."""

from __future__ import annotations

import hashlib

import numpy as np


def draws(stream_seed: int, persona_id: str, day: int) -> np.random.Generator:
    """The generator of one purpose (its stream's seed) for one persona on one day. The same whenever it is asked for."""
    digest = hashlib.sha256(persona_id.encode()).digest()
    seed_words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([stream_seed, day, *seed_words])))
