"""Redacted texts of those decisions whose catalogue lets them be kept."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_texts"
down_revision = "2026_11_22_editions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("contact_key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_texts"),
    )
    op.create_index("ix_texts_contact_key", "texts", ["contact_key"])
    op.create_index("ix_texts_expires_at", "texts", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_texts_expires_at", table_name="texts")
    op.drop_index("ix_texts_contact_key", table_name="texts")
    op.drop_table("texts")
