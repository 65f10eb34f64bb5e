"""Tables of the seats: who they are, what each did when, who works when, and which areas work from home."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
    text,
    true,
)

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

seats = Table(
    "seats",
    metadata,
    Column("number", Text, primary_key=True, comment="area code without its leading 0 plus four digits; SIP user name"),
    Column("area", Text, nullable=False, index=True, comment="id of the area whose desk this is"),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

seat_states = Table(
    "seat_states",
    metadata,
    Column("id", Text, primary_key=True, comment="of the fact"),
    Column("seat", Text, nullable=False),
    Column("area", Text, nullable=False, comment="the seat's own, empty when no roster knew it"),
    Column("from_state", Text, nullable=True, comment="empty the first time the seat was seen"),
    Column("to_state", Text, nullable=False),
    Column("move", Text, nullable=True, comment="of seats.roster.states; empty when nobody can say"),
    Column("reason", Text, nullable=False, comment="of a pause"),
    Column("at", DateTime(timezone=True), nullable=False, comment="by Asterisk's clock"),
    Column("by", Text, nullable=False, comment="seat, phone, platform, shift, or a user's name"),
    Column("call", Text, nullable=True, comment="linkedid"),
    Column("mode", Text, nullable=False, comment="home or drill while the area worked from home"),
    Index(None, "seat", "at"),
)

wrap_up_limits = Table(
    "wrap_up_limits",
    metadata,
    Column("of", Text, primary_key=True, comment="a seat's number or an area's id"),
    Column("seconds", Integer, CheckConstraint("seconds BETWEEN 0 AND 3600", name="seconds"), nullable=False),
)

shifts = Table(
    "shifts",
    metadata,
    Column("seat", Text, primary_key=True),
    Column("weekday", SmallInteger, primary_key=True, comment="1 Monday to 7 Sunday"),
    Column("starts", SmallInteger, primary_key=True, comment="minute of China's day"),
    Column("ends", SmallInteger, nullable=False),
    Column("lunch_from", SmallInteger, nullable=True),
    Column("lunch_to", SmallInteger, nullable=True),
)

home_modes = Table(
    "home_modes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("area", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("on_at", DateTime(timezone=True), nullable=False),
    Column("on_by", Text, nullable=False),
    Column("off_at", DateTime(timezone=True), nullable=True),
    Column("off_by", Text, nullable=True),
    Index("uq_home_modes_on", "area", unique=True, postgresql_where=text("off_at IS NULL")),
)
