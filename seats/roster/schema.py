"""Table of the seats."""

from sqlalchemy import Boolean, Column, DateTime, Table, Text, func, true

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
