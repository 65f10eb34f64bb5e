"""Moves of calls: what was asked and moved, and which calls of Asterisk belong to another's record."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, and what each leg handled."""
    op.add_column(
        "calls",
        sa.Column(
            "waited_again_ms",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="alone after being answered: seat lost, or moved and not taken yet",
        ),
        schema="seats",
    )
    op.alter_column(
        "calls",
        "wait_ms",
        existing_type=sa.BigInteger(),
        existing_nullable=True,
        comment="queue entered to first answered, or to the end",
        schema="seats",
    )
    op.add_column(
        "legs",
        sa.Column(
            "caller_ms",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="of talk_ms, joined with the caller",
        ),
        schema="seats",
    )
    op.create_table(
        "moves",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=True, comment="who moved it"),
        sa.Column("kind", sa.Text(), nullable=False, comment="meant for: seat, area, province, group"),
        sa.Column("target", sa.Text(), nullable=False, comment="seat number, area id, group id"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True, comment="seat number"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="of a consultation or an adviser"),
        sa.ForeignKeyConstraint(
            ["linkedid"], ["seats.calls.linkedid"], name=op.f("fk_moves_linkedid_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("linkedid", "position", name=op.f("pk_moves")),
        schema="seats",
    )
    op.create_index(op.f("ix_moves_at"), "moves", ["at"], schema="seats")
    op.create_table(
        "made_for",
        sa.Column(
            "linkedid", sa.Text(), nullable=False, comment="a consultation, an expert who was asked, a phone of ours"
        ),
        sa.Column("call", sa.Text(), nullable=False, comment="the call it was made for: both are one record"),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_made_for")),
        schema="seats",
    )


def downgrade() -> None:
    """As before."""
    op.drop_table("made_for", schema="seats")
    op.drop_index(op.f("ix_moves_at"), table_name="moves", schema="seats")
    op.drop_table("moves", schema="seats")
    op.drop_column("legs", "caller_ms", schema="seats")
    op.alter_column(
        "calls",
        "wait_ms",
        existing_type=sa.BigInteger(),
        existing_nullable=True,
        comment="queue entered to answered, or to the end",
        schema="seats",
    )
    op.drop_column("calls", "waited_again_ms", schema="seats")
