"""Today's calls as Postgres has them: what the figures begin with. Never on an event's path."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import answering, engine
from core.ids import AreaId, UniqueId
from seats.live.today import Offered
from seats.records.schema import calls


async def offered_since(dsn: str, since: datetime) -> Sequence[Offered]:
    """Callers who reached a queue since then, by stored records. Raises `DatabaseAway`."""
    wanted = select(calls.c.linkedid, calls.c.area, calls.c.queue, calls.c.queued_at, calls.c.answered_at).where(
        calls.c.started_at >= since, calls.c.queued_at.is_not(None), calls.c.origin == "trunk"
    )
    database = engine(dsn, application="hotline-live")
    try:
        async with answering(), database.connect() as connection:
            rows = (await connection.execute(wanted)).all()
    finally:
        await database.dispose()
    return [
        Offered(
            uniqueid=UniqueId(row.linkedid),
            area=AreaId(row.area) if row.area else None,
            queue=AreaId(row.queue),
            joined=row.queued_at.timestamp(),
            answered=row.answered_at.timestamp() if row.answered_at else None,
        )
        for row in rows
        if row.queue
    ]
