"""Callers to be called back because what they heard was wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("call", sa.Text(), nullable=False, comment="linkedid of the call that heard the earlier version"),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("corrected_version", sa.Integer(), nullable=False),
        sa.Column("heard_version", sa.Integer(), nullable=False, comment="the latest the call heard"),
        sa.Column("marked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("call", "id", "scope", "corrected_version", name=op.f("pk_corrections")),
        schema="knowledge",
    )
    op.create_index(
        op.f("ix_corrections_called_back_at"), "corrections", ["called_back_at"], unique=False, schema="knowledge"
    )


def downgrade() -> None:
    op.drop_table("corrections", schema="knowledge")
