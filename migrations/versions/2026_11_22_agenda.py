"""Contacts with their goals, outcomes of decisions, and events of customer effort."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_agenda"
down_revision = "2026_11_22_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("contact_key", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_key", name="pk_contacts"),
    )
    op.create_index("ix_contacts_expires_at", "contacts", ["expires_at"])
    op.create_table(
        "goals",
        sa.Column("contact_key", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_key", "intent", name="pk_goals"),
    )
    op.create_table(
        "outcomes",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column("transfers", sa.Integer(), nullable=True),
        sa.Column("customer_effort_score", sa.Integer(), nullable=True),
        sa.Column("actual_intent", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_expires_at", "outcomes", ["expires_at"])
    op.create_table(
        "events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("contact_key", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("entry_point", sa.Text(), nullable=True),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_events"),
    )
    op.create_index("ix_events_contact_key", "events", ["contact_key"])
    op.create_index("ix_events_decision_id", "events", ["decision_id"])
    op.create_index("ix_events_expires_at", "events", ["expires_at"])
    op.create_index("ix_decisions_repeat_key", "decisions", ["repeat_key"])
    op.drop_column("decisions", "outcome_token_hash")  # tokens are derived from the decision's id
    op.add_column("decisions", sa.Column("is_advice", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("decisions", "is_advice")
    op.add_column("decisions", sa.Column("outcome_token_hash", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_decisions_repeat_key", table_name="decisions")
    op.drop_index("ix_events_expires_at", table_name="events")
    op.drop_index("ix_events_decision_id", table_name="events")
    op.drop_index("ix_events_contact_key", table_name="events")
    op.drop_table("events")
    op.drop_index("ix_outcomes_expires_at", table_name="outcomes")
    op.drop_table("outcomes")
    op.drop_table("goals")
    op.drop_index("ix_contacts_expires_at", table_name="contacts")
    op.drop_table("contacts")
