"""What seats did when, who works when, how long each writes up, and which areas work from home."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_states",
        sa.Column("id", sa.Text(), nullable=False, comment="of the fact"),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False, comment="the seat's own, empty when no roster knew it"),
        sa.Column("from_state", sa.Text(), nullable=True, comment="empty the first time the seat was seen"),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=True, comment="of seats.roster.states; empty when nobody can say"),
        sa.Column("reason", sa.Text(), nullable=False, comment="of a pause"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="by Asterisk's clock"),
        sa.Column("by", sa.Text(), nullable=False, comment="seat, phone, platform, shift, or a user's name"),
        sa.Column("call", sa.Text(), nullable=True, comment="linkedid"),
        sa.Column("mode", sa.Text(), nullable=False, comment="home or drill while the area worked from home"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_states")),
        schema="seats",
    )
    op.create_index(op.f("ix_seat_states_seat_at"), "seat_states", ["seat", "at"], unique=False, schema="seats")
    op.create_table(
        "wrap_up_limits",
        sa.Column("of", sa.Text(), nullable=False, comment="a seat's number or an area's id"),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("seconds BETWEEN 0 AND 3600", name=op.f("ck_wrap_up_limits_seconds")),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_wrap_up_limits")),
        schema="seats",
    )
    op.create_table(
        "shifts",
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False, comment="1 Monday to 7 Sunday"),
        sa.Column("starts", sa.SmallInteger(), autoincrement=False, nullable=False, comment="minute of China's day"),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("lunch_from", sa.SmallInteger(), nullable=True),
        sa.Column("lunch_to", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seat", "weekday", "starts", name=op.f("pk_shifts")),
        schema="seats",
    )
    op.create_table(
        "home_modes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("on_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_by", sa.Text(), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_modes")),
        schema="seats",
    )
    op.create_index(
        "uq_home_modes_on",
        "home_modes",
        ["area"],
        unique=True,
        schema="seats",
        postgresql_where=sa.text("off_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("home_modes", "shifts", "wrap_up_limits", "seat_states"):
        op.drop_table(table, schema="seats")
