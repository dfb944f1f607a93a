"""Lists: Runs are numbered and folded, their keys and metrics are indexed, people annotate them, one feed tells of all"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from quintant.config import canonical
from quintant.runs import result
from quintant.runs.store.index import Basis, metric_rows, stored

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTED = (
    "lead", "lab", "state", "hidden_until", "basis", "headline", "created_at", "started_at", "ended_at", "contract", "name",
    "owner", "sweep_id", "root_seed", "replicate", "id",
)  # fmt: skip
CHUNK = 500

runs = sa.table(
    "runs",
    sa.column("id", sa.String),
    sa.column("lab", sa.String),
    sa.column("state", sa.String),
    sa.column("sweep_id", sa.String),
    sa.column("point", sa.JSON),
    sa.column("config", sa.JSON),
    sa.column("created_at", sa.Float),
    sa.column("number", sa.BigInteger),
    sa.column("fold", sa.BigInteger),
    sa.column("lead", sa.SmallInteger),
    sa.column("basis", sa.BigInteger),
)


def upgrade() -> None:
    for column in (
        sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("fold", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("lead", sa.SmallInteger(), nullable=False, server_default="1"),
        sa.Column("basis", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("hidden_until", sa.Float(), nullable=True),
    ):
        op.add_column("runs", column)  # SQLite adds these in place; a batch would copy the table and take the events with it
    basis_keys = op.create_table(
        "basis_key",
        sa.Column("basis", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lab", sa.String(64), nullable=False),
        sa.Column("number", sa.Float(53)),
        sa.Column("text", sa.String(255)),
        sa.PrimaryKeyConstraint("basis", "key", name=op.f("pk_basis_key")),
    )
    run_keys = op.create_table(
        "run_key",
        sa.Column("fold", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("number", sa.Float(53)),
        sa.Column("text", sa.String(255)),
        sa.PrimaryKeyConstraint("fold", "key", name=op.f("pk_run_key")),
    )
    run_metrics = op.create_table(
        "run_metric",
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("fold", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("value", sa.Float(53)),
        sa.Column("low", sa.Float(53)),
        sa.Column("high", sa.Float(53)),
        sa.Column("effective", sa.Float(53)),
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_run_metric")),
    )
    metric_kinds = op.create_table(
        "metric_kind",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("lab", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", "lab", "unit", name=op.f("pk_metric_kind")),
    )
    op.create_table(
        "run_annotation",
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_annotation_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "version", name=op.f("pk_run_annotation")),
    )
    op.create_table(
        "run_tag",
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("run", "tag", name=op.f("pk_run_tag")),
    )
    op.create_table(
        "feed",
        sa.Column("cursor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("cursor", name=op.f("pk_feed")),
        sqlite_autoincrement=True,
    )
    _fill(op.get_bind(), basis_keys, run_keys, run_metrics, metric_kinds)
    op.drop_index("ix_runs_sweep", "runs")
    op.create_index("ix_runs_sweep", "runs", ["sweep_id", "number"])
    op.create_index("ix_runs_contract", "runs", ["contract", "created_at"])
    op.create_index("ix_runs_created", "runs", ["created_at", "id"])
    op.create_index("ix_runs_config", "runs", ["config_hash"])
    op.create_index("ix_runs_list", "runs", ["number", *LISTED])
    op.create_index("ix_runs_fold", "runs", ["fold", "number", *LISTED])
    op.create_index("ix_runs_lead", "runs", ["lead", "number", "lab", "hidden_until"])
    op.create_index("ix_run_key_number", "run_key", ["key", "number", "fold"])
    op.create_index("ix_run_key_text", "run_key", ["key", "text", "fold"])
    op.create_index("ix_run_metric_value", "run_metric", ["name", "value", "run"])
    op.create_index("ix_run_metric_fold", "run_metric", ["name", "fold", "value"])
    op.create_index("ix_run_tag", "run_tag", ["tag", "run"])
    op.create_index("ix_feed_at", "feed", ["at"])
    progress = sa.text("kind = 'progress'")
    op.create_index("ix_events_progress", "events", ["run_id", "seq"], sqlite_where=progress, postgresql_where=progress)


def _fill(connection: Any, basis_keys: Any, run_keys: Any, run_metrics: Any, metric_kinds: Any) -> None:
    """Number, fold and index the Runs that are there: in the order of their creation, the first of each lab as its basis."""
    folder = context.config.attributes.get("runs_folder")
    ids = connection.execute(sa.select(runs.c.id).order_by(runs.c.created_at, runs.c.id)).scalars().all()
    folds: dict[tuple[str, bytes], int] = {}
    bases: dict[str, Basis] = {}
    kinds: set[tuple[str, str, str]] = set()
    for begin in range(0, len(ids), CHUNK):
        chunk = ids[begin : begin + CHUNK]
        rows = {row.id: row for row in connection.execute(sa.select(runs).where(runs.c.id.in_(chunk)))}
        keys: list[dict[str, Any]] = []
        metrics: list[dict[str, Any]] = []
        for number, run_id in enumerate(chunk, begin + 1):
            row = rows[run_id]
            same = (row.sweep_id or run_id, canonical(row.point) if row.sweep_id else b"")
            lead = same not in folds
            fold = folds.setdefault(same, number)
            if row.lab not in bases:
                basis = bases[row.lab] = Basis.from_config(row.lab, row.config)
                common = [
                    {"basis": basis.number, "lab": row.lab, "key": key, **stored(leaf)} for key, leaf in basis.leaves.items()
                ]
                if common:
                    connection.execute(sa.insert(basis_keys), common)
            basis = bases[row.lab]
            if lead:
                keys += [{"fold": fold, "key": key, **stored(leaf)} for key, leaf in basis.traits(row.config).own.items()]
            if folder is not None and row.state == "completed":
                measured_rows = metric_rows(number, fold, result.read_metrics((Path(folder) / run_id).joinpath) or {})
                kinds |= {(metric["name"], row.lab, metric["unit"]) for metric in measured_rows}
                metrics += measured_rows
            place = {"number": number, "fold": fold, "lead": int(lead), "basis": basis.number}
            connection.execute(sa.update(runs).where(runs.c.id == run_id).values(place))
        for table, new in ((run_keys, keys), (run_metrics, metrics)):
            if new:
                connection.execute(sa.insert(table), new)
    if kinds:
        connection.execute(
            sa.insert(metric_kinds), [{"name": name, "lab": lab, "unit": unit} for name, lab, unit in sorted(kinds)]
        )


def downgrade() -> None:
    op.drop_index("ix_events_progress", "events")
    for name in ("lead", "fold", "list", "config", "created", "contract", "sweep"):
        op.drop_index(f"ix_runs_{name}", "runs")
    op.create_index("ix_runs_sweep", "runs", ["sweep_id"])
    for table in ("feed", "run_tag", "run_annotation", "metric_kind", "run_metric", "run_key", "basis_key"):
        op.drop_table(table)
    for column in ("hidden_until", "basis", "lead", "fold", "number"):
        op.drop_column("runs", column)
