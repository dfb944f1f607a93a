"""A config's backend block → the language model it means. Nothing is chosen that was not named.

A server beyond this machine must be allowed by QUINTANT_PERSONA_HOSTS (host names, commas between); a key is read from the
environment variable that the config names, and is never written anywhere.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quintant.errors import EngineError
from quintant.labs.persona.backends.protocol import LanguageModel

HOSTS = "QUINTANT_PERSONA_HOSTS"
URL_VARIABLES = {"ollama": "OLLAMA_URL", "openai": "OPENAI_BASE_URL"}
DEFAULT_URLS = {"ollama": "http://localhost:11434", "openai": "http://localhost:8080/v1"}


def chosen(backend: Mapping[str, Any], cache: Path) -> LanguageModel:
    """The language model of a backend block {kind, model, url, api_key_env, timeout_s}."""
    kind, model = backend["kind"], backend.get("model")
    if kind == "embedded":
        from quintant.labs.persona.backends.embedded import LocalModel

        return LocalModel(cache)
    if kind == "folder":
        from quintant.labs.persona.backends.embedded import LocalModel

        if not model:
            raise EngineError("backend.model: is required for kind folder: the path of a folder of transformers weights")
        return LocalModel(cache, Path(model).expanduser())
    if kind == "scripted":
        from quintant.labs.persona.testing.scripted import ScriptedModel

        return ScriptedModel(model or "")
    if kind == "ollama":
        from quintant.labs.persona.backends.ollama import OllamaModel

        return OllamaModel(_url(backend), model, float(backend.get("timeout_s") or 30.0))
    if kind == "openai":
        from quintant.labs.persona.backends.openai import OpenAIModel

        return OpenAIModel(_url(backend), model, _key(backend), float(backend.get("timeout_s") or 30.0))
    raise EngineError(f"backend.kind: must be one of embedded, folder, ollama, openai, scripted; got {kind!r}")


def allowed(url: str, what: str) -> str:
    """`url` when its host may be contacted; EngineError otherwise."""
    host = urlsplit(url).hostname or ""
    named = {one.strip().lower() for one in os.environ.get(HOSTS, "").split(",")} - {""}
    if not _loopback(host) and host.lower() not in named:
        raise EngineError(
            f"{what}: {host!r} is not this machine, and only what the environment variable {HOSTS} names may be contacted. "
            f"Set {HOSTS}={host}"
        )
    return url.rstrip("/")


def _url(backend: Mapping[str, Any]) -> str:
    kind = backend["kind"]
    return allowed(backend.get("url") or os.environ.get(URL_VARIABLES[kind]) or DEFAULT_URLS[kind], "backend.url")


def _key(backend: Mapping[str, Any]) -> str | None:
    name = backend.get("api_key_env")
    if not name:
        return None
    key = os.environ.get(name)
    if not key:
        raise EngineError(f"backend.api_key_env: the environment variable {name} is not set where the run is computed")
    return key


def _loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
