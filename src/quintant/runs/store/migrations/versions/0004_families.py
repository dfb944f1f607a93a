"""Lists of whole sweeps: a Run knows its family, and each family its head"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = (
    "lead", "lab", "state", "hidden_until", "basis", "headline", "created_at", "started_at", "ended_at", "contract", "name",
    "owner", "sweep_id", "root_seed", "replicate", "id",
)  # fmt: skip
LISTED = (*BEFORE, "fold", "family", "head")

# SQLite then finds a row of these in one search of its primary key instead of two.
WITHOUT_ROWID: dict[str, tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "basis_key": (
        "basis BIGINT NOT NULL, key VARCHAR(255) NOT NULL, lab VARCHAR(64) NOT NULL, number FLOAT, text VARCHAR(255)",
        ("basis", "key"),
        {},
    ),
    "run_key": (
        "fold BIGINT NOT NULL, key VARCHAR(255) NOT NULL, number FLOAT, text VARCHAR(255)",
        ("fold", "key"),
        {"ix_run_key_number": ("key", "number", "fold"), "ix_run_key_text": ("key", "text", "fold")},
    ),
    "run_metric": (
        "run BIGINT NOT NULL, name VARCHAR(255) NOT NULL, fold BIGINT NOT NULL, unit VARCHAR(64) NOT NULL, value FLOAT, "
        "low FLOAT, high FLOAT, effective FLOAT",
        ("run", "name"),
        {"ix_run_metric_value": ("name", "value", "run"), "ix_run_metric_fold": ("name", "fold", "value")},
    ),
    "run_tag": ("run BIGINT NOT NULL, tag VARCHAR(64) NOT NULL", ("run", "tag"), {"ix_run_tag": ("tag", "run")}),
}  # fmt: skip

runs = sa.table(
    "runs",
    sa.column("sweep_id", sa.String),
    sa.column("number", sa.BigInteger),
    sa.column("family", sa.BigInteger),
    sa.column("head", sa.SmallInteger),
)


def upgrade() -> None:
    op.add_column("runs", sa.Column("family", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("head", sa.SmallInteger(), nullable=False, server_default="1"))
    connection = op.get_bind()
    connection.execute(sa.update(runs).values(family=runs.c.number))
    firsts = sa.select(runs.c.sweep_id, sa.func.min(runs.c.number)).where(runs.c.sweep_id.is_not(None))
    for sweep_id, first in connection.execute(firsts.group_by(runs.c.sweep_id)).all():
        mine = sa.update(runs).where(runs.c.sweep_id == sweep_id)
        connection.execute(mine.values(family=first, head=sa.case((runs.c.number == first, 1), else_=0)))
    for name in ("list", "fold", "lead"):
        op.drop_index(f"ix_runs_{name}", "runs")
    op.create_index("ix_runs_list", "runs", ["number", *LISTED])
    op.create_index("ix_runs_fold", "runs", ["fold", "number", *(name for name in LISTED if name != "fold")])
    op.create_index("ix_runs_family", "runs", ["family", "number", *(name for name in LISTED if name != "family")])
    op.create_index("ix_runs_lead", "runs", ["lead", "number", "fold", "lab", "hidden_until"])
    op.create_index("ix_runs_head", "runs", ["head", "number", "family", "lab", "hidden_until"])
    if connection.dialect.name == "sqlite":
        _recreate(connection, " WITHOUT ROWID")
    hidden = sa.text("hidden_until IS NOT NULL")
    op.create_index("ix_runs_hidden", "runs", ["hidden_until"], sqlite_where=hidden, postgresql_where=hidden)


def _recreate(connection: Any, options: str) -> None:
    for table, (columns, key, indexes) in WITHOUT_ROWID.items():
        for name in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_before")
        named = f"CONSTRAINT pk_{table} PRIMARY KEY ({', '.join(key)})"
        connection.exec_driver_sql(f"CREATE TABLE {table} ({columns}, {named}){options}")
        connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM {table}_before")
        connection.exec_driver_sql(f"DROP TABLE {table}_before")
        for name, parts in indexes.items():
            connection.exec_driver_sql(f"CREATE INDEX {name} ON {table} ({', '.join(parts)})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _recreate(op.get_bind(), "")
    for name in ("hidden", "head", "lead", "family", "fold", "list"):
        op.drop_index(f"ix_runs_{name}", "runs")
    op.create_index("ix_runs_list", "runs", ["number", *BEFORE])
    op.create_index("ix_runs_fold", "runs", ["fold", "number", *BEFORE])
    op.create_index("ix_runs_lead", "runs", ["lead", "number", "lab", "hidden_until"])
    for column in ("head", "family"):
        op.drop_column("runs", column)
