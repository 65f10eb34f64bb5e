"""Tables of users and tokens."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Table, Text, func, true

from core.db import metadata as schema_metadata

metadata = schema_metadata("seats")

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True, comment="what one logs in by; never given to somebody else"),
    Column("role", Text, nullable=False),
    Column("area", Text, nullable=False, comment="id of the province or of a city; of a seat, its own area"),
    Column(
        "phone", Text, comment="number of the seat whose softphone rings when this user listens; of a seat, its number"
    ),
    Column("password", Text, nullable=False, comment="argon2id, encoded with its salt and costs"),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("password_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("role IN ('province_supervisor', 'city_supervisor', 'auditor', 'seat')", name="role"),
    CheckConstraint("role <> 'seat' OR phone IS NOT NULL", name="seat_has_number"),
    CheckConstraint("password LIKE '$argon2id$%'", name="argon2id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the token, hexadecimal; the token itself is nowhere"),
    Column("user_name", Text, ForeignKey(users.c.name, ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("revoked_at", DateTime(timezone=True)),
    Column("address", Text, nullable=False, comment="where the log-in came from"),
)
