"""Seats that queues rang, and why those."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_rings",
        sa.Column("id", sa.Text(), nullable=False, comment="of the fact"),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False, comment="the area whose caller it was"),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True, comment="the seat's own"),
        sa.Column(
            "rule",
            sa.Text(),
            nullable=False,
            comment="home, parent, pair, province; nobody: in the queue's own order",
        ),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("candidates", JSONB(), nullable=False, comment="areas considered, in the order of asking"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_rings")),
        schema="seats",
    )
    op.create_index(op.f("ix_seat_rings_linkedid"), "seat_rings", ["linkedid"], unique=False, schema="seats")
    op.create_index(op.f("ix_seat_rings_at"), "seat_rings", ["at"], unique=False, schema="seats")


def downgrade() -> None:
    op.drop_index(op.f("ix_seat_rings_at"), table_name="seat_rings", schema="seats")
    op.drop_index(op.f("ix_seat_rings_linkedid"), table_name="seat_rings", schema="seats")
    op.drop_table("seat_rings", schema="seats")
