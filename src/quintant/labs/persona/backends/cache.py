"""Keys and values of a prompt that was read, as transformers' cache and as ours."""

from __future__ import annotations

from typing import Any

from transformers import DynamicCache

from quintant.labs.persona.backends.prefix import Layers


def cache_of(layers: Layers) -> DynamicCache:
    """A cache that begins with these keys and values; growing it leaves them as they are."""
    return DynamicCache(ddp_cache_data=layers)


def layers_of(cache: DynamicCache) -> Layers:
    kept: Any = cache.layers
    return [(layer.keys, layer.values) for layer in kept]
