"""The tables of the Store, as SQLAlchemy Core metadata. Migrations in `migrations/` bring a database to this shape."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("lab", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("root_seed", BigInteger, nullable=False),
    Column("seeds", Integer, nullable=False),
    Column("axes", JSON, nullable=False),
    Column("request", JSON, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("lab", String(64), nullable=False),
    Column("lab_version", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("contract", String(64)),
    Column("lane", String(16), nullable=False),
    # what it is doing, and who does it
    Column("state", String(16), nullable=False),
    Column("want", String(16), nullable=False, server_default="run"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("worker", String(128)),
    Column("host", String(255)),
    Column("pid", Integer),
    Column("pid_born", Float),
    Column("lease_until", Float),
    # what it is
    Column("config", JSON, nullable=False),
    Column("config_hash", String(64), nullable=False),
    Column("request", JSON),
    Column("root_seed", BigInteger, nullable=False),
    Column("streams", JSON, nullable=False),
    Column("sweep_id", String(12), ForeignKey("sweeps.id", ondelete="SET NULL")),
    Column("point", JSON, nullable=False),
    Column("replicate", Integer, nullable=False, server_default="0"),
    Column("verify_of", String(12)),
    Column("idempotency_key", String(255)),
    # what became of it
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("expires_at", Float),
    Column("reason", Text),
    Column("fraction", Float, nullable=False, server_default="0"),
    Column("values", JSON, nullable=False),
    Column("headline", Float),
    Column("headline_low", Float),
    Column("headline_high", Float),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("exact_hash", String(64)),
    Column("result_hash", String(64)),
    Column("record", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    UniqueConstraint("owner", "idempotency_key", name="uq_runs_idempotency"),
    Index("ix_runs_state_created", "state", "created_at"),
    Index("ix_runs_lab_created", "lab", "created_at"),
    Index("ix_runs_sweep", "sweep_id"),
)

events = Table(
    "events",
    metadata,
    Column("run_id", String(12), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("step", Integer),
    Column("attempt", Integer, nullable=False, server_default="0"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("run_id", String(12), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("path", String(1024), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(255), nullable=False),
    Column("at", Float, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("lab", String(64), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("at", Float, nullable=False),
)
