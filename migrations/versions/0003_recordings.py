"""Recordings of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False, comment="generated; names the file, see seats/records/recording.py"),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="the caller had been told"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_ms", sa.BigInteger(), nullable=False, comment="the caller's talking after the beginning"),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True, comment="of the file, when it was measured"),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True, comment="its time was up"),
        sa.CheckConstraint(
            "state IN ('pending', 'stored', 'short', 'empty', 'missing', 'removed')", name=op.f("ck_recordings_state")
        ),
        sa.CheckConstraint("expected_ms >= 0 AND bytes >= 0 AND duration_ms >= 0", name=op.f("ck_recordings_sizes")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_recordings_order")),
        sa.ForeignKeyConstraint(["linkedid"], ["seats.calls.linkedid"], name=op.f("fk_recordings_linkedid_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        schema="seats",
    )
    op.create_index(op.f("ix_recordings_linkedid"), "recordings", ["linkedid"], unique=False, schema="seats")
    op.create_index(op.f("ix_recordings_state"), "recordings", ["state"], unique=False, schema="seats")


def downgrade() -> None:
    op.drop_index(op.f("ix_recordings_state"), table_name="recordings", schema="seats")
    op.drop_index(op.f("ix_recordings_linkedid"), table_name="recordings", schema="seats")
    op.drop_table("recordings", schema="seats")
