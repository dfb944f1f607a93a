"""What a run of persona rests on: the questionnaires, and the language model that spoke."""

from __future__ import annotations

from collections.abc import Iterator

from quintant.labs.persona.config import PersonaConfig


def citations(config: PersonaConfig) -> Iterator[str]:
    from quintant.labs.persona import INSTRUMENTS, SMOLLM2

    backend = config.backend
    if backend.kind == "embedded":
        yield SMOLLM2
    else:
        name = "".join(letter for letter in str(backend.model or "unnamed") if letter not in "{}\\")
        note = f"The language model, as the run named it ({backend.kind})"
        yield f"@misc{{languagemodel,\n  title = {{{name}}}, note = {{{note}}},\n}}"
    yield INSTRUMENTS
