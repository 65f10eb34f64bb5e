"""Users and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False, comment="what one logs in by; never given to somebody else"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False, comment="id of the province or of a city"),
        sa.Column(
            "phone", sa.Text(), nullable=True, comment="number of the seat whose softphone rings when this user listens"
        ),
        sa.Column("password", sa.Text(), nullable=False, comment="argon2id, encoded with its salt and costs"),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("password_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('province_supervisor', 'city_supervisor', 'auditor')", name=op.f("ck_users_role")),
        sa.CheckConstraint("password LIKE '$argon2id$%'", name=op.f("ck_users_argon2id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
        schema="seats",
    )
    op.create_table(
        "tokens",
        sa.Column(
            "digest",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the token, hexadecimal; the token itself is nowhere",
        ),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False, comment="where the log-in came from"),
        sa.ForeignKeyConstraint(
            ["user_name"], ["seats.users.name"], name=op.f("fk_tokens_user_name_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tokens")),
        schema="seats",
    )
    op.create_index(op.f("ix_tokens_user_name"), "tokens", ["user_name"], unique=False, schema="seats")
    op.create_index(op.f("ix_tokens_expires_at"), "tokens", ["expires_at"], unique=False, schema="seats")


def downgrade() -> None:
    op.drop_index(op.f("ix_tokens_expires_at"), table_name="tokens", schema="seats")
    op.drop_index(op.f("ix_tokens_user_name"), table_name="tokens", schema="seats")
    op.drop_table("tokens", schema="seats")
    op.drop_table("users", schema="seats")
