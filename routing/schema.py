"""Postgres tables of this room: why each call went where it went, and what callers answered.

No CHECK constraints on words: a record from a half-failed call must be stored, whatever its words.
"""

from sqlalchemy import Boolean, Column, DateTime, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import metadata as schema_metadata

metadata = schema_metadata("routing")

routing_decisions = Table(
    "routing_decisions",
    metadata,
    Column("linkedid", Text, primary_key=True, comment="the call"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column(
        "raw", Text, comment="caller number as delivered, unprintable characters escaped; null if only Asterisk saw it"
    ),
    Column("normalized", Text, nullable=False, server_default=""),
    Column("trunk_area", Text, comment="area code of the trunk, which gives local digits their meaning"),
    Column("kind", Text, nullable=False, comment="CITY, OUT or UNKNOWN"),
    Column("area", Text, comment="Chinese name of the city, or of the place outside the province"),
    Column("area_id", Text, comment="area decided for"),
    Column("county", Text, comment="Chinese name of the county unit, where one is known"),
    Column("queue", Text, nullable=False, comment="queue the call was sent to"),
    Column("confidence", Text, comment="high, shared, low; null where nothing was known"),
    Column("reason", Text, nullable=False, comment="rule that decided, a word of routing.lookup.REASONS"),
    Column("asked_because", Text, comment="reason or confidence that made us ask the caller; null if not asked"),
    Column("tries", SmallInteger, nullable=False, server_default="0", comment="how often the caller was asked"),
    Column("alternatives", JSONB, nullable=False, server_default="[]", comment="area ids possible besides area_id"),
    Column("data_version", Text, comment="source and date of the tables"),
    Column("decided_by", Text, nullable=False, comment="service, script (stand-alone) or default (neither answered)"),
    Column("private", Boolean, nullable=False, server_default="false", comment="number hidden from seats on request"),
    Column("closed", Text, comment="why the area was closed, a word of routing.hours.Reason; null: it was open"),
)
Index(None, routing_decisions.c.decided_at)
Index(None, routing_decisions.c.normalized)
Index(None, routing_decisions.c.area_id, routing_decisions.c.decided_at)

remembered_areas = Table(
    "remembered_areas",
    metadata,
    Column("number", Text, primary_key=True, comment="normalised caller number"),
    Column("area_id", Text, nullable=False),
    Column("remembered_at", DateTime(timezone=True), nullable=False),
    Column("linkedid", Text, comment="call in which the caller said so"),
)
