"""Today's calls as Postgres has them: what the figures begin with. Never on an event's path."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import answering, engine
from core.ids import AreaId, UniqueId
from seats.live.today import Offered
from seats.records.record import Origin, Outcome
from seats.records.schema import calls


async def offered_since(dsn: str, since: datetime) -> Sequence[Offered]:
    """Calls of taxpayers that began since then and are over. Raises `DatabaseAway`."""
    columns = (
        calls.c.linkedid, calls.c.area, calls.c.queue, calls.c.started_at, calls.c.queued_at, calls.c.answered_at,
        calls.c.outcome,
    )  # fmt: skip
    wanted = select(*columns).where(calls.c.started_at >= since, calls.c.origin == Origin.TRUNK.value)
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
            queue=AreaId(row.queue) if row.queue else None,
            began=row.started_at.timestamp(),
            joined=row.queued_at.timestamp() if row.queued_at else None,
            answered=row.answered_at.timestamp() if row.answered_at else None,
            self_served=row.outcome == Outcome.SELF_SERVED,
        )
        for row in rows
    ]
