"""Table of the seats that queues rang, and why those."""

from sqlalchemy import Column, DateTime, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

seat_rings = Table(
    "seat_rings",
    metadata,
    Column("id", Text, primary_key=True, comment="of the fact"),
    Column("linkedid", Text, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("queue", Text, nullable=False, comment="the area whose caller it was"),
    Column("seat", Text, nullable=False),
    Column("area", Text, comment="the seat's own"),
    Column("rule", Text, nullable=False, comment="home, parent, pair, province; nobody: in the queue's own order"),
    Column("why", Text, nullable=False),
    Column("candidates", JSONB, nullable=False, comment="areas considered, in the order of asking"),
)
