"""Knowledge: entries in force, their versions, phrasings, publishings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publishings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "content_hash",
            sa.Text(),
            nullable=False,
            comment="of the files; the index kept under it answered from then on",
        ),
        sa.Column(
            "certificate",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="target, coverage, n, curve; null: confirm only",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishings")),
        schema="knowledge",
    )
    op.create_table(
        "entry_versions",
        sa.Column("id", sa.Text(), nullable=False, comment="topic"),
        sa.Column("scope", sa.Text(), nullable=False, comment="country or area id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what a caller may have been told, as first published",
        ),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["knowledge.publishings.id"],
            name=op.f("fk_entry_versions_published_by_publishings"),
        ),
        sa.PrimaryKeyConstraint("id", "scope", "version", name=op.f("pk_entry_versions")),
        schema="knowledge",
    )
    op.create_table(
        "phrasings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_published_by", sa.BigInteger(), nullable=False),
        sa.Column("last_published_by", sa.BigInteger(), nullable=True, comment="what took it away; null while in use"),
        sa.ForeignKeyConstraint(
            ["first_published_by"],
            ["knowledge.publishings.id"],
            name=op.f("fk_phrasings_first_published_by_publishings"),
        ),
        sa.ForeignKeyConstraint(
            ["last_published_by"],
            ["knowledge.publishings.id"],
            name=op.f("fk_phrasings_last_published_by_publishings"),
        ),
        sa.PrimaryKeyConstraint("id", "scope", "text", name=op.f("pk_phrasings")),
        schema="knowledge",
    )
    op.create_index(
        op.f("ix_phrasings_last_published_by"), "phrasings", ["last_published_by"], unique=False, schema="knowledge"
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the one spoken now"),
        sa.Column("topic_group", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("basis", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("exact", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("related", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id", "scope", "version"],
            ["knowledge.entry_versions.id", "knowledge.entry_versions.scope", "knowledge.entry_versions.version"],
            name=op.f("fk_entries_id_scope_version_entry_versions"),
        ),
        sa.PrimaryKeyConstraint("id", "scope", name=op.f("pk_entries")),
        schema="knowledge",
    )


def downgrade() -> None:
    op.drop_table("entries", schema="knowledge")
    op.drop_table("phrasings", schema="knowledge")
    op.drop_table("entry_versions", schema="knowledge")
    op.drop_table("publishings", schema="knowledge")
