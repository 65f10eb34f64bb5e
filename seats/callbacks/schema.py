"""Tables of callbacks (appointments among them) and of messages."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

_OPEN = "state IN ('asked', 'due', 'dialling_seat', 'dialling_caller', 'talking', 'returned')"

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, index=True, comment="whom to call, normalised"),
    Column("area", Text, nullable=False, comment="queue whose seats call"),
    Column("why", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("joined_at", DateTime(timezone=True), nullable=False, comment="since when the place in the line counts"),
    Column("not_before", DateTime(timezone=True)),
    Column("slot", DateTime(timezone=True), comment="of an appointment: the half-hour it is for"),
    Column("call", Text, index=True, comment="linkedid of the call it comes from"),
    Column("story", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("changed_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, comment="times the person was called and not reached"),
    Column("placed", Integer, nullable=False, comment="times it stood in the line"),
    Column("channel", Text, nullable=False, comment="linkedid of the last call made for it"),
    Column("seat", Text),
    Column("returned_call", Text, comment="call in which the person is on the line again"),
    Column("result", Text, nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("applied", ARRAY(Text), nullable=False, comment="ids of the facts it is made of"),
    Index("uq_callbacks_open_number", "number", text("(slot IS NOT NULL)"), unique=True, postgresql_where=text(_OPEN)),
    Index(None, "area", "asked_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True, comment="generated; names the file, see seats/callbacks/messages.py"),
    Column("call", Text, nullable=False, index=True, comment="linkedid"),
    Column("area", Text, nullable=False),
    Column("number", Text, nullable=False, comment="as shown to seats; empty when withheld"),
    Column("left_at", DateTime(timezone=True), nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True, server_default="new"),
    Column("assigned", Text, nullable=False, server_default="", comment="a seat's number or an area"),
    Column("callback", Text, nullable=False, server_default="", comment="the callback made of it"),
    Column("result", Text, nullable=False, server_default=""),
    Column("closed_by", Text, nullable=False, server_default=""),
    Column("closed_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('new', 'assigned', 'calling', 'closed', 'empty')", name="state"),
    Index(None, "area", "left_at"),
)
