"""Table of the audit: appended to, never changed. Triggers of the migration refuse UPDATE, DELETE and TRUNCATE."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

supervision_audit = Table(
    "supervision_audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without a gap"),
    Column("at", DateTime(timezone=True), nullable=False, comment="when the row was written"),
    Column("kind", Text, nullable=False),
    Column("supervision", Text, nullable=False, comment="one supervision or single act; empty for a refusal"),
    Column("user_name", Text, comment="empty: nobody known"),
    Column("role", Text),
    Column("verb", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("call", Text, comment="linkedid"),
    Column("seat", Text, comment="number of the seat touched"),
    Column("areas", ARRAY(Text), nullable=False, comment="of the target; an empty word is one not decided yet"),
    Column("reason", Text, nullable=False, comment="the user's own words"),
    Column("source", Text, nullable=False, comment="where the request came from"),
    Column("destination", Text, nullable=False, comment="where a moved call goes"),
    Column("detail", Text, nullable=False, comment="why refused, why failed, what ended it"),
    Column("happened_at", DateTime(timezone=True), comment="when it truly happened, by Asterisk's clock"),
    Column("times", Integer, nullable=False),
    Column("previous", Text, nullable=False, comment="digest of the row before"),
    Column("digest", Text, nullable=False, comment="HMAC-SHA-256 of this row; the key is not in Postgres"),
    CheckConstraint(
        "kind IN ('asked', 'refused', 'done', 'failed', 'unchanged', 'followed', 'started', 'stopped', 'ended')",
        name="kind",
    ),
    CheckConstraint("seq > 0 AND times > 0", name="numbers"),
    Index(None, "supervision"),
    Index(None, "seat", "seq"),
    Index(None, "at"),
)
