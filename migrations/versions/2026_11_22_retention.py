"""Old decisions are found by the time they were made."""

from alembic import op

revision = "2026_11_22_retention"
down_revision = "2026_11_22_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])


def downgrade() -> None:
    op.drop_index("ix_decisions_decided_at", table_name="decisions")
