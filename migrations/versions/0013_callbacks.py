"""Callbacks that keep their place, appointments, messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPEN = "state IN ('asked', 'due', 'dialling_seat', 'dialling_caller', 'talking', 'returned')"


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="whom to call, normalised"),
        sa.Column("area", sa.Text(), nullable=False, comment="queue whose seats call"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "joined_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="since when the place in the line counts",
        ),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "slot", sa.DateTime(timezone=True), nullable=True, comment="of an appointment: the half-hour it is for"
        ),
        sa.Column("call", sa.Text(), nullable=True, comment="linkedid of the call it comes from"),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False, comment="times the person was called and not reached"),
        sa.Column("placed", sa.Integer(), nullable=False, comment="times it stood in the line"),
        sa.Column("channel", sa.Text(), nullable=False, comment="linkedid of the last call made for it"),
        sa.Column("seat", sa.Text(), nullable=True),
        sa.Column("returned_call", sa.Text(), nullable=True, comment="call in which the person is on the line again"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied", postgresql.ARRAY(sa.Text()), nullable=False, comment="ids of the facts it is made of"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        schema="seats",
    )
    for columns in (["number"], ["call"], ["state"], ["area", "asked_at"]):
        op.create_index(op.f(f"ix_callbacks_{'_'.join(columns)}"), "callbacks", columns, unique=False, schema="seats")
    op.create_index(
        "uq_callbacks_open_number",
        "callbacks",
        ["number", sa.text("(slot IS NOT NULL)")],
        unique=True,
        schema="seats",
        postgresql_where=sa.text(_OPEN),
    )
    op.create_table(
        "messages",
        sa.Column(
            "id", sa.Text(), nullable=False, comment="generated; names the file, see seats/callbacks/messages.py"
        ),
        sa.Column("call", sa.Text(), nullable=False, comment="linkedid"),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="as shown to seats; empty when withheld"),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("assigned", sa.Text(), server_default="", nullable=False, comment="a seat's number or an area"),
        sa.Column("callback", sa.Text(), server_default="", nullable=False, comment="the callback made of it"),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'assigned', 'calling', 'closed', 'empty')", name=op.f("ck_messages_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        schema="seats",
    )
    for columns in (["call"], ["state"], ["area", "left_at"]):
        op.create_index(op.f(f"ix_messages_{'_'.join(columns)}"), "messages", columns, unique=False, schema="seats")


def downgrade() -> None:
    op.drop_table("messages", schema="seats")
    op.drop_table("callbacks", schema="seats")
