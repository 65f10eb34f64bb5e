"""INSERT statements for asyncpg, made from our own table definitions."""

from collections.abc import Sequence

from sqlalchemy import Table


def insert(table: Table, names: Sequence[str], *, update: bool = False) -> str:
    """INSERT with numbered parameters; a row already there is updated or left alone. Names come from our own tables."""
    keys = [column.name for column in table.primary_key.columns]
    parameters = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    changes = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in names if name not in keys)
    conflict = f"({', '.join(keys)}) DO UPDATE SET {changes}" if update else "DO NOTHING"
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.fullname} ({columns}) VALUES ({parameters}) ON CONFLICT {conflict}"  # noqa: S608
