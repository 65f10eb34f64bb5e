"""The room put together: memory, engine, its own link to Asterisk, and what people may do."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.ids import AreaId
from core.journal import Journal
from core.metrics import Metrics
from core.settings import Settings
from routing.areas import AreaTree
from routing.hours import Calendar, works
from routing.hours_file import HoursFile
from seats.ami import AmiClient, AmiLogin
from seats.callbacks.book import Book
from seats.callbacks.dialler import Dialler
from seats.callbacks.engine import Engine
from seats.callbacks.line import Works, policy
from seats.callbacks.service import Followups
from seats.callbacks.states import State
from seats.callbacks.store import CallbackStore
from seats.callbacks.tail import Tail
from seats.callbacks.truth import Truth
from seats.live.model import Pictured
from seats.records.access import Rows
from seats.records.recording import RecordingFiles


def working_days(hours: HoursFile) -> Works:
    """Whether an area answers on a day, by the hours that hold now; asked again only when those change."""
    known: dict[tuple[AreaId, date], bool] = {}
    of: list[Calendar] = []

    def answer(area: AreaId, day: date) -> bool:
        calendar = hours.calendar()
        if of != [calendar]:
            of[:] = [calendar]
            known.clear()
        if (area, day) not in known:
            known[area, day] = works(area, day, calendar)
        return known[area, day]

    return answer


class CallbackRoom:
    """`followups` is what others call; `start` and `close` belong to the process."""

    def __init__(
        self, settings: Settings, *, live: Pictured, tree: AreaTree, clock: Clock, journal: Journal,
        database: AsyncEngine, rows: Rows, commander: AmiLogin,
    ) -> None:  # fmt: skip
        """Raises `BadInput` for times of calling that are none."""
        paths, own = settings.paths, settings.callbacks
        store = CallbackStore(database)
        self._commander = AmiClient(commander)
        self.tail = Tail(paths.journal, paths.callbacks, Book())
        self.engine = Engine(
            self.tail, journal, live, Dialler(self._commander), Truth(Path(paths.cel), store), store, policy(own),
            working_days(HoursFile(paths.hours)), tree, clock,
            calls_out=bool(settings.sip.trunk_out), lost_after=own.lost_after,
        )  # fmt: skip
        self.followups = Followups(self.tail, store, rows, RecordingFiles(paths.messages), journal, clock)

    async def start(self) -> None:
        """Begin; returns at once."""
        await self._commander.start()
        self.engine.start()

    async def close(self) -> None:
        """Stop; calls under way go on at Asterisk."""
        await self.engine.close()
        await self._commander.close()


def figures(room: CallbackRoom, metrics: Metrics) -> Callable[[], None]:
    """Adds the gauges; call the answer before they are printed."""
    open_now = metrics.gauge("callbacks_open", "People who are owed a call")
    late = metrics.gauge("callbacks_overdue", "Callbacks open for longer than callbacks.overdue_minutes: an alarm")
    talking = metrics.gauge("callbacks_talking", "Callbacks in which people talk now")

    def setting() -> None:
        found = room.tail.book.open()
        open_now.set(len(found))
        late.set(room.engine.overdue)
        talking.set(sum(one.state is State.TALKING for one in found))

    return setting
