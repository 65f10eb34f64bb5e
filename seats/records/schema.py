"""Tables of the call records: Asterisk's events as they came, and what they mean."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from core.db import metadata as metadata_of

metadata = metadata_of("seats")

cel_events = Table(
    "cel_events",
    metadata,
    Column("row", BigInteger, Identity(always=True), primary_key=True, comment="the order Asterisk wrote them in"),
    Column("segment", Text, nullable=False, comment="the file, see core.shipping_places"),
    Column("place", BigInteger, nullable=False, comment="byte of the file where the event begins"),
    Column("type", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("caller_name", Text, nullable=False),
    Column("caller_number", Text, nullable=False),
    Column("ani", Text, nullable=False),
    Column("rdnis", Text, nullable=False),
    Column("dnid", Text, nullable=False),
    Column("exten", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("app_data", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("uniqueid", Text, nullable=False),
    Column("linkedid", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("user_type", Text, nullable=False),
    Column("extra", Text, nullable=False),
    UniqueConstraint("segment", "place"),
    Index(None, "linkedid"),
    Index(None, "at", postgresql_using="brin"),
)

open_calls = Table(
    "open_calls",
    metadata,
    Column("linkedid", Text, primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("trouble", Text, comment="why the call's events could not be told as a record"),
)

calls = Table(
    "calls",
    metadata,
    Column("linkedid", Text, primary_key=True),
    Column("origin", Text, nullable=False, comment="trunk, seat or platform: who made the call"),
    Column("caller", Text, nullable=False, index=True, comment="number as received; empty when withheld"),
    Column("dialled", Text, nullable=False),
    Column("area", Text),
    Column("queue", Text, comment="the queue that answered, else the last one waited in"),
    Column("answered_by", Text, comment="seat number"),
    Column("started_at", DateTime(timezone=True), nullable=False, index=True),
    Column("queued_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("set_up_ms", BigInteger, comment="start of the call to the first ring at a seat"),
    Column("wait_ms", BigInteger, comment="queue entered to first answered, or to the end"),
    Column("talk_ms", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False, index=True),
    Column("ended_by", Text, nullable=False),
    Column("cause", Integer, comment="Q.850 cause of the caller's hang-up"),
    Column("interrupted_at", DateTime(timezone=True), comment="Asterisk died with the call open"),
    Column(
        "waited_again_ms",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="alone after being answered: seat lost, or moved and not taken yet",
    ),
    CheckConstraint("set_up_ms >= 0 AND wait_ms >= 0 AND talk_ms >= 0", name="durations"),
    CheckConstraint("ended_at >= started_at", name="order"),
    Index(None, "area", "started_at"),
)

legs = Table(
    "legs",
    metadata,
    Column("linkedid", Text, ForeignKey(calls.c.linkedid, ondelete="CASCADE"), primary_key=True),
    Column("uniqueid", Text, primary_key=True),
    Column("position", Integer, nullable=False, comment="0 is the first channel of the call"),
    Column("role", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("seat", Text, index=True),
    Column("queue", Text, comment="the queue the caller waited in when this leg began"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("ring_ms", BigInteger, nullable=False),
    Column("talk_ms", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
    Column("cause", Integer),
    Column("caller_ms", BigInteger, nullable=False, server_default="0", comment="of talk_ms, joined with the caller"),
    CheckConstraint("ring_ms >= 0 AND talk_ms >= 0", name="durations"),
)

moves = Table(
    "moves",
    metadata,
    Column("linkedid", Text, ForeignKey(calls.c.linkedid, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("how", Text, nullable=False),
    Column("seat", Text, comment="who moved it"),
    Column("kind", Text, nullable=False, comment="meant for: seat, area, province, group"),
    Column("target", Text, nullable=False, comment="seat number, area id, group id"),
    Column("result", Text, nullable=False),
    Column("taken_by", Text, comment="seat number"),
    Column("taken_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True), comment="of a consultation or an adviser"),
)

made_for = Table(
    "made_for",
    metadata,
    Column("linkedid", Text, primary_key=True, comment="a consultation, an expert who was asked, a phone of ours"),
    Column("call", Text, nullable=False, comment="the call it was made for: both are one record"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", Text, primary_key=True, comment="generated; names the file, see seats/records/recording.py"),
    Column("linkedid", Text, ForeignKey(calls.c.linkedid), nullable=False, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="the caller had been told"),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("expected_ms", BigInteger, nullable=False, comment="the caller's talking after the beginning"),
    Column("state", Text, nullable=False, server_default="pending", index=True),
    Column("bytes", BigInteger, comment="of the file, when it was measured"),
    Column("duration_ms", BigInteger),
    Column("measured_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True), comment="its time was up"),
    CheckConstraint("state IN ('pending', 'stored', 'short', 'empty', 'missing', 'removed')", name="state"),
    CheckConstraint("expected_ms >= 0 AND bytes >= 0 AND duration_ms >= 0", name="sizes"),
    CheckConstraint("ended_at >= started_at", name="order"),
)
