"""What the drift check looks at: our schemas, without alembic's own table."""

from collections.abc import MutableMapping

from core.db import SCHEMAS


def same_schema(name: str | None, kind: str, parents: MutableMapping[str, str | None]) -> bool:
    """Whether alembic compares this object."""
    if kind == "schema":
        return name in SCHEMAS
    return not (kind == "table" and name == "alembic_version")
