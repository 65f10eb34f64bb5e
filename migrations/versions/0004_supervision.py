"""The audit of supervision, which Postgres itself lets nobody change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION seats.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seats.supervision_audit is only ever appended to: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
_TRIGGERS = (
    "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON seats.supervision_audit "
    "FOR EACH ROW EXECUTE FUNCTION seats.refuse_audit_change()",
    "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON seats.supervision_audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION seats.refuse_audit_change()",
    # ALWAYS: also in sessions that call themselves replicas.
    "ALTER TABLE seats.supervision_audit ENABLE ALWAYS TRIGGER refuse_change",
    "ALTER TABLE seats.supervision_audit ENABLE ALWAYS TRIGGER refuse_truncate",
)


def upgrade() -> None:
    op.create_table(
        "supervision_audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, 3 … without a gap"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when the row was written"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "supervision", sa.Text(), nullable=False, comment="one supervision or single act; empty for a refusal"
        ),
        sa.Column("user_name", sa.Text(), nullable=True, comment="empty: nobody known"),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=True, comment="linkedid"),
        sa.Column("seat", sa.Text(), nullable=True, comment="number of the seat touched"),
        sa.Column(
            "areas",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="of the target; an empty word is one not decided yet",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="the user's own words"),
        sa.Column("source", sa.Text(), nullable=False, comment="where the request came from"),
        sa.Column("destination", sa.Text(), nullable=False, comment="where a moved call goes"),
        sa.Column("detail", sa.Text(), nullable=False, comment="why refused, why failed, what ended it"),
        sa.Column(
            "happened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it truly happened, by Asterisk's clock",
        ),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False, comment="digest of the row before"),
        sa.Column("digest", sa.Text(), nullable=False, comment="HMAC-SHA-256 of this row; the key is not in Postgres"),
        sa.CheckConstraint(
            "kind IN ('asked', 'refused', 'done', 'failed', 'unchanged', 'followed', 'started', 'stopped', 'ended')",
            name=op.f("ck_supervision_audit_kind"),
        ),
        sa.CheckConstraint("seq > 0 AND times > 0", name=op.f("ck_supervision_audit_numbers")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_supervision_audit")),
        schema="seats",
    )
    for name, columns in (("supervision", ["supervision"]), ("seat_seq", ["seat", "seq"]), ("at", ["at"])):
        index = op.f(f"ix_supervision_audit_{name}")
        op.create_index(index, "supervision_audit", columns, unique=False, schema="seats")
    op.execute(_REFUSE)
    for statement in _TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("supervision_audit", schema="seats")
    op.execute("DROP FUNCTION seats.refuse_audit_change()")
