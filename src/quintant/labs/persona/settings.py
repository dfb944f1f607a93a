"""What the operator decides for the persona lab, by environment variables of the process that computes."""

from __future__ import annotations

from quintant.lab import Setting

KEY_PREFIX = "QUINTANT_PERSONA_KEY_"
HOSTS = Setting(
    "QUINTANT_PERSONA_HOSTS",
    "Host names, commas between, that configs may contact; this machine's own need an entry where the server has a key.",
)
KEYS = Setting(
    "QUINTANT_PERSONA_KEYS",
    f"Environment variables, commas between, that a config's api_key_env may name besides those that begin with {KEY_PREFIX}.",
)
LIBRARY = Setting("QUINTANT_PERSONA_LIBRARY", "Folder with personas, events and instruments of your own; looked into first.")
THREADS = Setting("QUINTANT_PERSONA_THREADS", "Threads of the model process.", default="cores − 1, at least 1")
IDLE_S = Setting("QUINTANT_PERSONA_IDLE_S", "Seconds that the model process outlives its last client.", default="120")
OLLAMA_URL = Setting("OLLAMA_URL", "Ollama server where a config names none.", default="http://localhost:11434")
OPENAI_URL = Setting(
    "OPENAI_BASE_URL", "Server of OpenAI's shape where a config names none.", default="http://localhost:8080/v1"
)
REDIS_URL = Setting("REDIS_URL", "Redis server that runs of the contract tell each persona's state.")
REDIS_PASSWORD = Setting("REDIS_PASSWORD", "Password of the Redis server that a config names.", secret=True)
QDRANT_URL = Setting("QDRANT_URL", "Qdrant server of runs of the contract.", default="embedded")
QDRANT_API_KEY = Setting("QDRANT_API_KEY", "Key of the Qdrant server that a config names.", secret=True)
SETTINGS = (
    HOSTS, KEYS, LIBRARY, THREADS, IDLE_S, OLLAMA_URL, OPENAI_URL, REDIS_URL, REDIS_PASSWORD, QDRANT_URL, QDRANT_API_KEY,
)  # fmt: skip
