"""Settings: the knobs of the server. Each is an environment variable QUINTANT_…; `quintant settings` lists them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from quintant.errors import ConfigError, Problem


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="QUINTANT_", frozen=True, extra="ignore")

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
    terminal: Literal["off", "on"] = Field(
        "off", description="Shell for the pages of this machine, by the federated contract's WebSocket; on loopback only."
    )
    terminal_sessions: int = Field(2, ge=1, le=16, description="Shells open at the same time.")
    terminal_idle_s: float = Field(
        900.0, gt=0, le=86400, description="Seconds without a key stroke after which a shell is ended."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Level of the server's own log.")

    @property
    def folder(self) -> Path:
        return self.data_dir.expanduser().resolve()

    def made_folder(self) -> Path:
        """The data folder, made if it is not there. ConfigError when it cannot be."""
        try:
            (self.folder / "runs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = f"{self.folder} cannot be a data folder: {error.strerror}."
            hint = "Take another with --data-dir (QUINTANT_DATA_DIR)."
            raise ConfigError(Problem("data_dir", text, str(self.folder), None, hint)) from None
        return self.folder

    @property
    def database_url(self) -> str:
        return self.store_url or f"sqlite:///{self.folder / 'quintant.db'}"

    @property
    def cache(self) -> Path:
        return self.cache_dir.expanduser().resolve()
