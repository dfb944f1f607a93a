"""A Run knows whether it must be executed, and whose result it has where it was not"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("fresh", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("runs", sa.Column("reused_from", sa.String(length=12)))


def downgrade() -> None:
    for name in ("reused_from", "fresh"):
        op.drop_column("runs", name)
