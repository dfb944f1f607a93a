"""Settings: the knobs of the server. Each is an environment variable QUINTANT_…; `quintant settings` lists them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from quintant.errors import ConfigError, Problem
from quintant.outside import Permission

PREFIX = "QUINTANT_"
SHORTEST_KEY = 16
"""Characters of a server key at least: 16 of base 64 are 96 bits, beyond guessing over a network."""


class Settings(BaseModel):
    """What is given here wins over the environment, that over the defaults. The environment is read in any case of letters
    (by ourselves: the library for it costs a command more than the rest of this module and pydantic together). What is empty
    or blank is not set: `QUINTANT_API_KEY= quintant serve` has no key, not an empty one."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    def __init__(self, **values: Any) -> None:
        environment = {name.upper(): value for name, value in os.environ.items()}
        fields = type(self).model_fields
        named = {name: environment[f"{PREFIX}{name.upper()}"] for name in fields if f"{PREFIX}{name.upper()}" in environment}
        super().__init__(**{**_set(named), **_set(values)})

    SECRET: ClassVar[frozenset[str]] = frozenset({"api_key", "store_url", "url"})
    """Settings whose value is, or may hold, a secret: an error does not repeat it."""

    data_dir: Path = Field(Path("~/.quintant"), description="Where runs, artifacts and the embedded database live.")
    cache_dir: Path = Field(
        Path("~/.quintant/cache"), description="Where compiled kernels are kept; shared by all data folders of a user."
    )
    shelf_bytes: int = Field(
        2**30,
        ge=0,
        description="Most that drawn numbers kept for later runs may take in the data folder; 0 keeps none and reads none.",
    )
    store_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the store; empty means SQLite in the data folder. PostgreSQL: postgresql+psycopg://…",
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Beyond loopback an API key is required.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    url: str | None = Field(None, description="Server that the command line and the SDK talk to; empty finds the local one.")
    labs: str | None = Field(None, description="Comma-separated labs to offer; empty means all that are installed.")
    api_key: SecretStr | None = Field(
        None, description="Key that the native API asks for (Authorization: Bearer …); never logged."
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=1024, description="Runs executed at the same time."
    )
    sync_workers: int = Field(1, ge=1, le=64, description="Slots kept for short requests, which also use idle workers.")
    executor: Literal["local"] = Field("local", description="What executes runs: local worker processes.")
    root_seed: int = Field(42, ge=0, lt=2**63, description="Root seed of a run that names none.")
    folders: str = Field(
        "",
        description="Folders below which configs may name files of this machine, separated as in PATH. Always open: datasets "
        "and models in the cache folder, uploads in the data folder.",
    )
    rate_limits: Literal["on", "off"] = Field("on", description="Rate limits of the contracts that have them.")
    cors_origins: str = Field(
        "",
        description="Comma-separated origins that browsers may call from, besides the contracts' development origins.",
    )
    allowed_hosts: str = Field("", description="Comma-separated Host names accepted besides the address listened on.")
    max_body_bytes: int = Field(16 * 2**20, ge=1024, description="Largest request body accepted.")
    heartbeat_s: float = Field(15.0, gt=0, description="Seconds between heartbeats of an idle stream.")
    lease_s: float = Field(10.0, ge=1, description="Seconds after which a silent worker of another machine counts as lost.")
    grace_s: float = Field(
        0.5, ge=0, description="Seconds a cancelled run has to stop by itself before its process tree is killed."
    )
    idle_s: float = Field(
        30.0,
        ge=0,
        description="Seconds without a run after which a lab's warm process is let go; the last one used stays if it is small.",
    )
    terminal: Literal["off", "on", "origin"] = Field(
        "off",
        description="Shell for the pages of this machine, by the federated contract's WebSocket; on loopback only. on: with a "
        "one-time token; origin: also without one, to pages that QUINTANT_CORS_ORIGINS names.",
    )
    terminal_sessions: int = Field(2, ge=1, le=16, description="Shells open at the same time.")
    terminal_idle_s: float = Field(
        900.0, gt=0, le=86400, description="Seconds without a key stroke after which a shell is ended."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Level of the server's own log.")

    @field_validator("api_key")
    @classmethod
    def _strong(cls, key: SecretStr | None) -> SecretStr | None:
        """A key that a header can carry as it is, and that nobody guesses."""
        if key is None:
            return None
        text = key.get_secret_value()
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("must be printable ASCII characters without blanks, which a header can carry")
        if len(text) < SHORTEST_KEY:
            raise ValueError(f"must have at least {SHORTEST_KEY} characters; it has {len(text)}")
        return key

    @property
    def folder(self) -> Path:
        return self.data_dir.expanduser().resolve()

    def made_folder(self) -> Path:
        """The data folder, made if it is not there, for its owner alone: results, keys and the database lie in it.
        ConfigError when it cannot be."""
        try:
            (self.folder / "runs").mkdir(parents=True, exist_ok=True)
            if (facts := self.folder.stat()).st_mode & 0o077 and facts.st_uid == os.getuid():
                self.folder.chmod(0o700)
        except OSError as error:
            text = f"{self.folder} cannot be a data folder: {error.strerror}."
            hint = "Take another with --data-dir (QUINTANT_DATA_DIR)."
            raise ConfigError(Problem("data_dir", text, str(self.folder), None, hint)) from None
        return self.folder

    @property
    def permission(self) -> Permission:
        """What configs that arrive over HTTP may name on this machine."""
        named = (Path(text).expanduser() for text in self.folders.split(os.pathsep) if text.strip())
        ours = (self.cache / "datasets", self.cache / "models", self.folder / "uploads")
        return Permission(self.api_key is not None, tuple(folder.resolve() for folder in (*ours, *named)))

    @property
    def database_url(self) -> str:
        return self.store_url or f"sqlite:///{self.folder / 'quintant.db'}"

    @property
    def cache(self) -> Path:
        return self.cache_dir.expanduser().resolve()


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not is_blank(value)}


def is_blank(value: object) -> bool:
    """Whether `value` is what people mean by "not set": None, or a text of nothing but white space."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return text is None or (isinstance(text, str) and not text.strip())
