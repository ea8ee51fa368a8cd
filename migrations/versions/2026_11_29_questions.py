"""The question that a contact was asked last, so that its next turn is read as the answer."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_questions"
down_revision = "2026_11_29_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("question", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("contacts", "question")
