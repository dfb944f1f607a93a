"""Runs that expire are found without looking through all; lists of a lab or a contract are read from an index alone"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    expiring = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_runs_expires", "runs", ["expires_at"], sqlite_where=expiring, postgresql_where=expiring)
    op.drop_index("ix_runs_lab_created", "runs")
    op.drop_index("ix_runs_contract", "runs")
    op.create_index("ix_runs_lab", "runs", ["lab", "number", "hidden_until", "state", "owner", "contract"])
    op.create_index("ix_runs_contract", "runs", ["contract", "number", "hidden_until", "state", "owner", "lab"])


def downgrade() -> None:
    op.drop_index("ix_runs_contract", "runs")
    op.drop_index("ix_runs_lab", "runs")
    op.create_index("ix_runs_contract", "runs", ["contract", "created_at"])
    op.create_index("ix_runs_lab_created", "runs", ["lab", "created_at"])
    op.drop_index("ix_runs_expires", "runs")
