"""What has happened and is to be announced to other systems."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_announcements"
down_revision = "2026_11_22_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "announcements",
        sa.Column("position", position, autoincrement=True, nullable=False),
        sa.Column("announcement_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_announcements"),
        sa.UniqueConstraint("announcement_id", name="uq_announcements_announcement_id"),
    )
    op.create_index("ix_announcements_decision_id", "announcements", ["decision_id"])


def downgrade() -> None:
    op.drop_index("ix_announcements_decision_id", table_name="announcements")
    op.drop_table("announcements")
