"""Which studies cannot be repeated from here: a model at a server may be another one tomorrow, and may draw by itself."""

from __future__ import annotations

from typing import Any


def unsteady(config: Any) -> str | None:
    """The reason, or None where the model's weights are part of the Run's identity."""
    if config.backend.kind in ("ollama", "openai"):
        return f"backend.kind {config.backend.kind}: a server answers, whose model is not part of the run's identity."
    return None
