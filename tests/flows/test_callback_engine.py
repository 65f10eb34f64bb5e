"""The rounds of calling back, with an Asterisk that is told what to say: what is under way always comes to an end."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.clock import TurnedClock
from core.journal import Journal
from core.settings import CallbacksSettings
from seats.callbacks.book import Book
from seats.callbacks.engine import Engine
from seats.callbacks.line import policy
from seats.callbacks.request import ASKED, Callback
from seats.callbacks.states import Move, State
from seats.callbacks.tail import Tail
from seats.callbacks.truth import CARRIER, CUT_OFF, Ending
from tests.fakes.henan_tree import TREE

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NUMBER = "13803710000"
SEATED = SimpleNamespace(area="zhengzhou", state="ready")


@dataclass
class Exchange:
    """Asterisk, its files and Postgres."""

    placed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    ending: Ending | None = None
    calls: dict[str, Any] = field(default_factory=dict)
    peopled: bool = True

    @property
    def picture(self) -> Any:
        return SimpleNamespace(stale_since=None, calls=self.calls, seats={"3710001": SEATED})

    async def place(self, callback: Callback, channel: str, _position: int, _area: str) -> None:
        self.placed.append(channel)

    async def there(self, _channel: str) -> bool:
        return False

    async def anybody(self, _queue: str) -> bool:
        return self.peopled

    async def hang_up(self, channel: str) -> None:
        self.ended.append(channel)

    async def of(self, _channel: str) -> Ending | None:
        return self.ending

    async def load(self, _since: datetime) -> list[Callback]:
        return []

    async def answered(self, _numbers: Collection[str], _since: datetime) -> dict[str, datetime]:
        return {}

    async def lost(self, _since: datetime, _waited: timedelta) -> list[Any]:
        return []

    async def outcome(self, _call: str) -> str | None:
        return None

    def talks(self, channel: str) -> None:
        """The person of that call has answered."""
        legs = (
            SimpleNamespace(channel="PJSIP/3710001-00000001", seat="3710001", up=True),
            SimpleNamespace(channel="PJSIP/trunk-out-00000002", seat=None, up=True),
        )
        self.calls[channel] = SimpleNamespace(channels=legs, queue=None, waiting_since=None)


class Room:
    """An engine over its own folder, turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock(NOW)
        self.exchange = exchange = Exchange()
        self.folder = folder / "journal"
        self.journal = Journal(self.folder, self.clock)
        tail = Tail(self.folder, folder / "callbacks.json", Book())
        self.engine = Engine(
            tail, self.journal, exchange, exchange, exchange, exchange,  # type: ignore[arg-type]
            policy(CallbacksSettings()), lambda _area, _day: True, TREE, self.clock, calls_out=True, lost_after=15,
        )  # fmt: skip
        self.journal.append(ASKED, None, {"id": "cb-0123456789ab", "number": NUMBER, "area": "zhengzhou",
                                          "why": "waiting"})  # fmt: skip

    @property
    def one(self) -> Callback:
        (found,) = self.engine.tail.book
        return found

    @property
    def noted(self) -> int:
        return sum(len(file.read_bytes().splitlines()) for file in self.folder.glob("*.jsonl"))

    async def rounds(self, count: int = 1, seconds: float = 2.0) -> State:
        for _ in range(count):
            await self.engine.step()
            self.clock.turn(seconds)
        return self.one.state

    async def talking(self) -> None:
        await self.rounds()
        self.exchange.talks(self.one.channel)
        assert await self.rounds() is State.TALKING
        self.exchange.calls.clear()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_whoever_is_cut_off_in_the_middle_is_called_again_at_once(room: Room) -> None:
    await room.talking()
    room.exchange.ending = Ending(Move.NOT_REACHED, CUT_OFF, None, over=False)
    for _ in range(10):
        if await room.rounds() is not State.TALKING:
            break
    room.exchange.ending = None
    await room.rounds(2)
    assert (room.one.tries, room.one.result) == (1, CUT_OFF)
    assert room.exchange.placed == ["cb-0123456789ab-1", "cb-0123456789ab-2"]


async def test_a_talk_that_left_no_trace_is_over_and_nobody_is_called_twice(room: Room) -> None:
    await room.talking()
    room.exchange.ending = Ending(Move.UNSEATED, "no_seat", None, over=False)
    assert await room.rounds(4) is State.DONE
    assert room.exchange.placed == ["cb-0123456789ab-1"]


async def test_whoever_answers_us_while_they_ring_has_been_reached(room: Room) -> None:
    await room.rounds()
    channel = room.one.channel
    room.exchange.calls[channel] = SimpleNamespace(channels=(), queue=None, waiting_since=None)
    room.engine.move(room.one, Move.RETURNED)
    room.exchange.talks(channel)
    assert await room.rounds() is State.TALKING
    assert room.exchange.ended == []
    room.exchange.calls.clear()
    room.exchange.ending = Ending(Move.HUNG_UP, "talked", None, over=True)
    assert await room.rounds(4) is State.DONE


async def test_what_cannot_happen_is_not_written_again_and_again(room: Room) -> None:
    await room.talking()
    before = room.noted
    for _ in range(5):
        room.engine.move(room.one, Move.PLACED)
    assert (room.noted, room.one.state) == (before, State.TALKING)


async def test_while_nobody_is_at_work_nothing_is_written_and_then_the_call_is_made(room: Room) -> None:
    room.exchange.peopled = False
    room.exchange.ending = Ending(Move.UNSEATED, "joinempty", None, over=True)
    await room.rounds(5)
    before = room.noted
    await room.rounds(200, 60.0)
    assert (room.noted, room.one.state, len(room.exchange.placed)) == (before, State.DUE, 1)
    room.exchange.peopled = True
    await room.rounds()
    assert len(room.exchange.placed) == 2


async def test_while_the_carrier_takes_no_calls_seats_are_not_rung_for_it_all_the_time(room: Room) -> None:
    await room.rounds()
    room.exchange.ending = Ending(Move.UNSEATED, CARRIER, None, over=True)
    await room.rounds(60, 10.0)
    assert (len(room.exchange.placed), room.one.tries, room.one.state) == (1, 0, State.DUE)
    await room.rounds(40, 10.0)
    assert len(room.exchange.placed) == 2
