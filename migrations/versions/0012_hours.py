"""Ratings, and why a call found its area closed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "routing_decisions",
        sa.Column(
            "closed", sa.Text(), comment="why the area was closed, a word of routing.hours.Reason; null: it was open"
        ),
        schema="routing",
    )
    op.create_table(
        "ratings",
        sa.Column("linkedid", sa.Text(), nullable=False, comment="the call"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), comment="null: asked, and nothing keyed"),
        sa.Column("score", sa.SmallInteger(), comment="1 (worst) to 5 (best)"),
        sa.Column(
            "seat", sa.Text(), nullable=False, server_default="", comment="the last seat who talked with the caller"
        ),
        sa.Column("area", sa.Text(), nullable=False, server_default="", comment="queue the caller was in"),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_ratings_score")),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_ratings")),
        schema="seats",
    )
    op.create_index(op.f("ix_ratings_seat_asked_at"), "ratings", ["seat", "asked_at"], schema="seats")


def downgrade() -> None:
    op.drop_table("ratings", schema="seats")
    op.drop_column("routing_decisions", "closed", schema="routing")
