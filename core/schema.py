"""Tables of the shipping itself: how far each file has been read, the facts, and lines nobody could read."""

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from core.db import metadata as metadata_of

metadata = metadata_of("core")

shipping_places = Table(
    "shipping_places",
    metadata,
    Column("source", Text, primary_key=True, comment="cel or journal"),
    Column("segment", Text, primary_key=True, comment="journal: file name; cel: digest of the file's first line"),
    Column("place", BigInteger, nullable=False, comment="bytes shipped; committed together with their rows"),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("call", Text, comment="linkedid"),
    Column("fields", JSONB, nullable=False),
    Index(None, "call"),
    Index(None, "kind", "at"),
)

unreadable_lines = Table(
    "unreadable_lines",
    metadata,
    Column("source", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("line", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
