"""What callers said to the voice: one row a conversation, one a question."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when the voice's part ended"),
        sa.Column("ended", sa.Text(), nullable=False, comment="human, served, message, callback or gone"),
        sa.Column("resolved", sa.Boolean(), nullable=False, comment="left with an answer heard"),
        sa.Column("human", sa.Boolean(), nullable=False, comment="went to a person"),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False, comment="Chinese name, empty where not known"),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("transcript", postgresql.JSONB(), nullable=False, comment="numbers masked"),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_conversations")),
        schema="seats",
    )
    op.create_index(op.f("ix_conversations_at"), "conversations", ["at"], unique=False, schema="seats")
    op.create_table(
        "questions",
        sa.Column("id", sa.Text(), nullable=False, comment="of the fact"),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False, comment="numbers masked"),
        sa.Column("action", sa.Text(), nullable=False, comment="answer, confirm, human, unsure or picked"),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False, comment="the answer was begun"),
        sa.Column("whole", sa.Boolean(), nullable=False, comment="and heard to its end"),
        sa.Column("again", sa.Boolean(), nullable=False, comment="asked before in this call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        schema="seats",
    )
    for columns in (["linkedid"], ["at"], ["entry", "at"]):
        op.create_index(op.f(f"ix_questions_{'_'.join(columns)}"), "questions", columns, unique=False, schema="seats")


def downgrade() -> None:
    op.drop_table("questions", schema="seats")
    op.drop_table("conversations", schema="seats")
