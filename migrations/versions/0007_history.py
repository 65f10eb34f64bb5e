"""Indexes that history, figures and the check ask by."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_calls_caller"), "calls", ["caller"], unique=False, schema="seats")
    op.create_index(op.f("ix_calls_area_started_at"), "calls", ["area", "started_at"], unique=False, schema="seats")
    op.create_index(
        op.f("ix_cel_events_at"), "cel_events", ["at"], unique=False, schema="seats", postgresql_using="brin"
    )
    op.create_index(
        op.f("ix_routing_decisions_normalized"), "routing_decisions", ["normalized"], unique=False, schema="routing"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_routing_decisions_normalized"), table_name="routing_decisions", schema="routing")
    op.drop_index(op.f("ix_cel_events_at"), table_name="cel_events", schema="seats", postgresql_using="brin")
    op.drop_index(op.f("ix_calls_area_started_at"), table_name="calls", schema="seats")
    op.drop_index(op.f("ix_calls_caller"), table_name="calls", schema="seats")
