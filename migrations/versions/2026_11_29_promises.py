"""Promises of a callback or an e-mail, with a sealed contact detail until they end."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_promises"
down_revision = "2026_11_22_texts"
branch_labels = None
depends_on = None

INDICES = {
    "ix_promises_contact_key": ["contact_key"],
    "ix_promises_decision_id": ["decision_id"],
    "ix_promises_detail_until": ["detail_until"],
    "ix_promises_due_at_promise_id": ["due_at", "promise_id"],
    "ix_promises_expires_at": ["expires_at"],
    "ix_promises_state_due_at": ["state", "due_at"],
}


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("promise_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("contact_key", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=True),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("wrapped_key", sa.Text(), nullable=True),
        sa.Column("detail_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("promise_id", name="pk_promises"),
    )
    for name, columns in INDICES.items():
        op.create_index(name, "promises", columns)


def downgrade() -> None:
    for name in INDICES:
        op.drop_index(name, table_name="promises")
    op.drop_table("promises")
