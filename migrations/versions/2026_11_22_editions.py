"""Editions: catalogues and bundles that are published together."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_editions"
down_revision = "2026_11_22_announcements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "editions",
        sa.Column("edition_id", number, autoincrement=True, nullable=False),
        sa.Column("catalogue_version", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("bundle_source", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("restores", number, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", name="pk_editions"),
    )


def downgrade() -> None:
    op.drop_table("editions")
