"""A config's backend block → the language model it means. Nothing is chosen that was not named.

Which servers and which variables a config may name is `quintant.outside`'s rule, asked when the config arrives and again here,
where it is used; a key is never written anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quintant.errors import EngineError
from quintant.labs.persona.backends.protocol import LanguageModel
from quintant.labs.persona.settings import HOSTS, KEY_PREFIX, KEYS, OLLAMA_URL, OPENAI_URL
from quintant.outside import Outside, Permission

URLS = {"ollama": OLLAMA_URL, "openai": OPENAI_URL}


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


def address(key: str, url: str, *, trusted: bool = False) -> Outside:
    """What a key of the config names. `trusted`: the operator named it by a setting of its own."""
    return Outside(key, "address", url, HOSTS.variable, trusted=trusted)


def backend_address(kind: str, url: str | None) -> Outside:
    """The server that a backend of this kind asks: the config's, else the operator's, else the usual one of this machine."""
    setting = URLS[kind]
    named = setting.read()
    return address("backend.url", url or named or setting.default, trusted=url is None and named is not None)


def variable(name: str) -> Outside:
    """The environment variable that holds a backend's key."""
    return Outside("backend.api_key_env", "variable", name, KEYS.variable, KEY_PREFIX)


def allowed(thing: Outside) -> str:
    """Its name, when it may be looked up; EngineError otherwise."""
    keyed = bool(os.environ.get("QUINTANT_API_KEY", "").strip())
    if problem := Permission(keyed).problem(thing):
        raise EngineError(str(problem))
    return thing.name


def _url(backend: Mapping[str, Any]) -> str:
    return allowed(backend_address(backend["kind"], backend.get("url"))).rstrip("/")


def _key(backend: Mapping[str, Any]) -> str | None:
    name = backend.get("api_key_env")
    if not name:
        return None
    key = os.environ.get(allowed(variable(name)))
    if not key:
        raise EngineError(f"backend.api_key_env: the environment variable {name} is not set where the run is computed")
    return key
