"""What a PersonaConfig names beyond itself: a model's folder, servers, the variable of a key, the operator's library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from quintant.labs.persona.backends.choice import address, backend_address, variable
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.settings import LIBRARY
from quintant.outside import Outside


def outside(config: PersonaConfig, cache: Path) -> Iterator[Outside]:
    backend = config.backend
    if backend.kind == "folder" and backend.model:
        yield Outside("backend.model", "folder", backend.model, place=Path(backend.model).expanduser())
    if backend.kind in ("ollama", "openai"):
        yield backend_address(backend.kind, backend.url)
        if backend.api_key_env:
            yield variable(backend.api_key_env)
    for key in ("memory_url", "mirror_url"):
        if url := getattr(config, key):
            yield address(key, url)
    if library := LIBRARY.read():
        yield Outside("library", "folder", library, place=Path(library).expanduser(), trusted=True, kept=True)
