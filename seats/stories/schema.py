"""Tables of conversations and of the questions asked in them."""

from sqlalchemy import Boolean, Column, DateTime, Float, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

conversations = Table(
    "conversations",
    metadata,
    Column("linkedid", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True, comment="when the voice's part ended"),
    Column("ended", Text, nullable=False, comment="human, served, message, callback or gone"),
    Column("resolved", Boolean, nullable=False, comment="left with an answer heard"),
    Column("human", Boolean, nullable=False, comment="went to a person"),
    Column("topic", Text, nullable=False),
    Column("area", Text, nullable=False, comment="Chinese name, empty where not known"),
    Column("misses", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("questions", JSONB, nullable=False),
    Column("transcript", JSONB, nullable=False, comment="numbers masked"),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Text, primary_key=True, comment="of the fact"),
    Column("linkedid", Text, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("question", Text, nullable=False, comment="numbers masked"),
    Column("action", Text, nullable=False, comment="answer, confirm, human, unsure or picked"),
    Column("entry", Text),
    Column("scope", Text),
    Column("version", Integer),
    Column("score", Float, nullable=False),
    Column("told", Boolean, nullable=False, comment="the answer was begun"),
    Column("whole", Boolean, nullable=False, comment="and heard to its end"),
    Column("again", Boolean, nullable=False, comment="asked before in this call"),
    Index(None, "entry", "at"),
)
