"""Postgres: the entries in force, every version there ever was, and what each publishing brought."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.db import metadata as schema_metadata

metadata = schema_metadata("knowledge")

publishings = Table(
    "publishings",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("content_hash", Text, nullable=False, comment="of the files; the index kept under it answered from then on"),
    Column("certificate", JSONB, nullable=True, comment="target, coverage, n, curve; null: confirm only"),
)

entry_versions = Table(
    "entry_versions",
    metadata,
    Column("id", Text, primary_key=True, comment="topic"),
    Column("scope", Text, primary_key=True, comment="country or area id"),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False, comment="what a caller may have been told, as first published"),
    Column("published_by", BigInteger, nullable=False),
    ForeignKeyConstraint(["published_by"], [publishings.c.id]),
)
"""Never changed: which caller heard which version stays answerable."""

entries = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("version", Integer, nullable=False, comment="the one spoken now"),
    Column("topic_group", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("facts", ARRAY(Text), nullable=False),
    Column("basis", ARRAY(Text), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=True),
    Column("review", Text, nullable=False),
    Column("exact", ARRAY(Text), nullable=False),
    Column("related", ARRAY(Text), nullable=False),
    Column("retired", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["id", "scope", "version"], [entry_versions.c.id, entry_versions.c.scope, entry_versions.c.version]
    ),
)

phrasings = Table(
    "phrasings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("text", Text, primary_key=True),
    Column("first_published_by", BigInteger, nullable=False),
    Column("last_published_by", BigInteger, nullable=True, comment="what took it away; null while in use"),
    ForeignKeyConstraint(["first_published_by"], [publishings.c.id]),
    ForeignKeyConstraint(["last_published_by"], [publishings.c.id]),
    Index(None, "last_published_by"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("call", Text, primary_key=True, comment="linkedid of the call that heard the earlier version"),
    Column("id", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("corrected_version", Integer, primary_key=True),
    Column("heard_version", Integer, nullable=False, comment="the latest the call heard"),
    Column("marked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("called_back_at", DateTime(timezone=True), nullable=True),
    Index(None, "called_back_at"),
)
"""Callers to be called back because what they heard was wrong."""
