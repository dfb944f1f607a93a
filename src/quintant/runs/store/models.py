"""The tables of the Store, as SQLAlchemy Core metadata. Migrations in `migrations/` bring a database to this shape."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
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

EXPIRING = text("expires_at IS NOT NULL")
HIDDEN = text("hidden_until IS NOT NULL")
PROGRESS = text("kind = 'progress'")
LISTED = (
    "lead", "lab", "state", "hidden_until", "basis", "headline", "created_at", "started_at", "ended_at", "contract", "name",
    "owner", "sweep_id", "root_seed", "replicate", "id", "fold", "family", "head",
)  # fmt: skip

runs = Table(
    "runs",
    metadata,
    Column("id", String(12), primary_key=True),
    # Where it stands in lists: its number counts Runs as they are created; a fold is named by the number of its first Run,
    # a family (a sweep, or one Run) as well. The first of a fold that is there is its lead, that of a family its head.
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("fold", BigInteger, nullable=False, server_default="0"),
    Column("lead", SmallInteger, nullable=False, server_default="1"),
    Column("family", BigInteger, nullable=False, server_default="0"),
    Column("head", SmallInteger, nullable=False, server_default="1"),
    Column("basis", BigInteger, nullable=False, server_default="0"),
    Column("hidden_until", Float),
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
    Column("birth", String(80)),
    Column("lease_until", Float),
    # what it is
    Column("config", JSON, nullable=False),
    Column("config_hash", String(64), nullable=False),
    Column("outside", JSON, nullable=False, server_default="[]"),
    Column("retries", Integer, nullable=False, server_default="2"),
    Column("fresh", Boolean, nullable=False, server_default=true()),
    Column("reused_from", String(12)),
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
    Index("ix_runs_lab", "lab", "number", "hidden_until", "state", "owner", "contract"),
    Index("ix_runs_contract", "contract", "number", "hidden_until", "state", "owner", "lab"),
    Index("ix_runs_created", "created_at", "id"),
    Index("ix_runs_config", "config_hash"),
    Index("ix_runs_sweep", "sweep_id", "number"),
    # What lists are made from. A row of `runs` is some kilobytes long, most of it JSON: a list that reads 100,000 of them
    # takes seconds. These hold all that lists filter and sort by, so that the rows themselves are read only where shown.
    Index("ix_runs_list", "number", *LISTED),
    Index("ix_runs_fold", "fold", "number", *(name for name in LISTED if name != "fold")),
    Index("ix_runs_family", "family", "number", *(name for name in LISTED if name != "family")),
    Index("ix_runs_expires", "expires_at", sqlite_where=EXPIRING, postgresql_where=EXPIRING),
    Index("ix_runs_hidden", "hidden_until", sqlite_where=HIDDEN, postgresql_where=HIDDEN),
    Index("ix_runs_lead", "lead", "number", "fold", "lab", "hidden_until"),
    Index("ix_runs_head", "head", "number", "family", "lab", "hidden_until"),
)

basis_keys = Table(
    "basis_key",
    metadata,
    Column("basis", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("lab", String(64), nullable=False),
    Column("number", Float(53)),
    Column("text", String(255)),
    sqlite_with_rowid=False,
)
"""The values that the Runs of one `basis` (a lab's defaults at a time) have where `run_key` says nothing else."""

run_keys = Table(
    "run_key",
    metadata,
    Column("fold", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(255), primary_key=True),
    Column("number", Float(53)),
    Column("text", String(255)),
    Index("ix_run_key_number", "key", "number", "fold"),
    Index("ix_run_key_text", "key", "text", "fold"),
    sqlite_with_rowid=False,
)
"""Config keys in which the Runs of a fold differ from their basis; both values NULL: the key is not there."""

run_metrics = Table(
    "run_metric",
    metadata,
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(255), primary_key=True),
    Column("fold", BigInteger, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("value", Float(53)),
    Column("low", Float(53)),
    Column("high", Float(53)),
    Column("effective", Float(53)),
    Index("ix_run_metric_value", "name", "value", "run"),
    Index("ix_run_metric_fold", "name", "fold", "value"),
    sqlite_with_rowid=False,
)
"""The metrics of completed Runs, by the Run's number."""

run_annotations = Table(
    "run_annotation",
    metadata,
    Column("run_id", String(12), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("by", String(255), nullable=False),
    Column("body", JSON, nullable=False),
)
"""Who changed a Run's name, tags or note, and when; the newest version is what holds."""

metric_kinds = Table(
    "metric_kind",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("lab", String(64), primary_key=True),
    Column("unit", String(64), primary_key=True),
)
"""The metrics that Runs of each lab have had: what can be filtered and sorted by."""

run_tags = Table(
    "run_tag",
    metadata,
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("tag", String(64), primary_key=True),
    Index("ix_run_tag", "tag", "run"),
    sqlite_with_rowid=False,
)

feed = Table(
    "feed",
    metadata,
    Column("cursor", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("run_id", String(12), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", JSON, nullable=False),
    Index("ix_feed_at", "at"),
    sqlite_autoincrement=True,
)
"""What happened to Runs, in one order: created, state, annotated, deleted, restored. Kept for a day."""

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
    # Sparklines read the course of many Runs at once, which an index of its own spares them the other events for.
    Index("ix_events_progress", "run_id", "seq", sqlite_where=PROGRESS, postgresql_where=PROGRESS),
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
