"""A Run knows what its config names beyond itself and how often it may be tried again; Workers are told apart by their birth"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("outside", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("runs", sa.Column("retries", sa.Integer(), nullable=False, server_default="2"))
    op.add_column("runs", sa.Column("birth", sa.String(length=80)))
    op.drop_column("runs", "pid_born")


def downgrade() -> None:
    op.add_column("runs", sa.Column("pid_born", sa.Float()))
    for name in ("birth", "retries", "outside"):
        op.drop_column("runs", name)
