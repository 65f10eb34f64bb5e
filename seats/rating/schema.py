"""Table of ratings."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, SmallInteger, Table, Text

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

ratings = Table(
    "ratings",
    metadata,
    Column("linkedid", Text, primary_key=True, comment="the call"),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("rated_at", DateTime(timezone=True), comment="null: asked, and nothing keyed"),
    Column("score", SmallInteger, comment="1 (worst) to 5 (best)"),
    Column("seat", Text, nullable=False, server_default="", comment="the last seat who talked with the caller"),
    Column("area", Text, nullable=False, server_default="", comment="queue the caller was in"),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    Index(None, "seat", "asked_at"),
)
