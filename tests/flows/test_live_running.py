"""The running picture over a real socket: what it does while rooms around it are away, what it shows of odd seats."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import CHINA, SystemClock
from core.db import DatabaseAway
from core.ids import AreaId, SeatNumber, UniqueId
from core.metrics import Metrics
from seats.accounts.scope import EVERYWHERE, scope_of
from seats.ami import AmiGone, AmiLogin
from seats.live.live import Live
from seats.live.metrics import figures
from seats.live.model import CallState, SeatState
from seats.live.today import Offered
from seats.roster.seat import Seat
from tests.fakes.ami_manager import SECRET, AmiManager
from tests.fakes.becomes import becomes
from tests.fakes.exchange_wire import WireExchange, small
from tests.fakes.live_story import HOME, SEATS, TREE

ZHENGZHOU = AreaId("zhengzhou")
ONE = SeatNumber("3710001")


class Rooms:
    """Roster and records, here or away."""

    def __init__(self) -> None:
        self.seats: Sequence[Seat] = SEATS
        self.rows: list[Offered] = []
        self.away = False
        self.asked: list[datetime] = []

    async def roster(self) -> Sequence[Seat]:
        self._here()
        return self.seats

    async def offered(self, since: datetime) -> Sequence[Offered]:
        self._here()
        self.asked.append(since)
        return self.rows

    def _here(self) -> None:
        if self.away:
            raise DatabaseAway("away")


@pytest.fixture
async def manager() -> AsyncIterator[AmiManager]:
    made = AmiManager()
    await made.listen()
    yield made
    await made.close()


@pytest.fixture
def wire(manager: AmiManager) -> WireExchange:
    made = WireExchange(small(HOME), manager)
    answers: Any = made
    manager.answers = answers
    return made


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
async def live(manager: AmiManager, wire: WireExchange, rooms: Rooms) -> AsyncIterator[Live]:
    login = AmiLogin("127.0.0.1", manager.port, "watcher", SECRET)
    made = Live(login, TREE, SystemClock(), roster=rooms.roster, offered=rooms.offered, compare_every=3600, retry=0.01)
    yield made
    await made.close()


async def started(live: Live) -> None:
    await live.start()
    await becomes(lambda: live.picture.stale_since is None)
    await becomes(lambda: all(seat.name for seat in live.picture.seats.values()))


async def test_before_the_first_snapshot_nothing_is_to_be_trusted(live: Live) -> None:
    assert live.picture.stale_since is not None
    assert not live.connected
    with pytest.raises(AmiGone):
        await live.compare()


async def test_calls_that_were_up_and_calls_that_come(live: Live, wire: WireExchange) -> None:
    on = wire.exchange
    first = on.arrive("13803710000")
    on.decide(first, "zhengzhou", "segment")
    on.join(first, "zhengzhou")
    on.ring(first, ONE)
    on.answer(first)
    on.hold(first, True)
    await started(live)
    (call,) = live.picture.calls.values()
    assert (call.state, call.area, call.reason, call.seat) == (CallState.HELD, ZHENGZHOU, "segment", ONE)
    second = on.arrive("037122223333")
    wire.say()
    await becomes(lambda: second.caller.linkedid in live.picture.calls)
    on.hang_up(first)
    on.hang_up(second)
    wire.say()
    await becomes(lambda: not live.picture.calls)
    assert live.event_age is not None
    assert live.event_age < 60


async def test_an_asterisk_still_starting_is_asked_again(live: Live, wire: WireExchange) -> None:
    wire.refusing = 2
    await started(live)
    assert wire.refusing < 0


async def test_without_a_roster_a_seat_belongs_to_its_first_queue(live: Live, rooms: Rooms) -> None:
    rooms.away = True
    await live.start()
    await becomes(lambda: bool(live.picture.seats))
    assert {seat.number: seat.area for seat in live.picture.seats.values()} == HOME
    assert [await live.compare() for _ in range(2)] == [0, 0]
    rooms.away = False
    await becomes(lambda: all(seat.name for seat in live.picture.seats.values()))


async def test_figures_begin_with_what_is_stored_however_late(live: Live, rooms: Rooms) -> None:
    rooms.away = True
    now = datetime.now(UTC)
    midnight = datetime.combine(now.astimezone(CHINA).date(), datetime.min.time(), CHINA)
    at = (midnight + (now - midnight) / 2).timestamp()
    rooms.rows = [
        Offered(UniqueId("1.1"), ZHENGZHOU, ZHENGZHOU, at, at, at + 3, self_served=False),
        Offered(UniqueId("1.2"), ZHENGZHOU, ZHENGZHOU, at, at, at + 30, self_served=False),
        Offered(UniqueId("1.3"), None, ZHENGZHOU, at, at, None, self_served=False),
        Offered(UniqueId("1.4"), None, ZHENGZHOU, midnight.timestamp() - 1, at, at, self_served=False),
    ]
    await live.start()
    await becomes(lambda: live.picture.stale_since is None)
    assert live.picture.areas[ZHENGZHOU].offered_today == 0
    rooms.away = False
    await becomes(lambda: live.picture.areas[ZHENGZHOU].offered_today == 3)
    row = live.picture.areas[ZHENGZHOU]
    assert (row.answered_today, row.answered_in_15_today, row.decided_today) == (2, 1, 3)
    assert (row.connect_rate_today, row.in_15_rate_today) == (0.6667, 0.3333)
    assert rooms.asked == [midnight]


async def test_seats_only_one_side_knows_are_shown_until_both_do(live: Live, rooms: Rooms, wire: WireExchange) -> None:
    rooms.seats = [*SEATS[1:], Seat(SeatNumber("3790001"), AreaId("luoyang"), "洛阳1号座席")]
    await live.start()
    await becomes(lambda: SeatNumber("3790001") in live.picture.seats and live.connected)
    await becomes(lambda: live.picture.stale_since is None)
    assert await live.compare() == 0
    assert await live.compare() == 2
    assert {(each.kind, each.id, each.mended) for each in live.picture.differences} == {
        ("phantom_seat", "3710001", False), ("missing_seat", "3790001", False),
    }  # fmt: skip
    phantom, missing = live.picture.seats[ONE], live.picture.seats[SeatNumber("3790001")]
    assert (phantom.area, phantom.state) == (None, SeatState.READY)
    assert missing.state is SeatState.OFFLINE
    await live.compare()
    assert live.tally["found phantom_seat"] == 1
    assert ONE in live.view(live.picture, EVERYWHERE).seats
    assert ONE not in live.view(live.picture, scope_of(TREE, ZHENGZHOU)).seats


async def test_a_hangup_nobody_heard_is_found_and_mended(live: Live, wire: WireExchange) -> None:
    on = wire.exchange
    party = on.arrive("13803710000")
    await started(live)
    on.hang_up(party)
    assert live.calls_up == 1
    assert await live.compare() == 0
    assert live.calls_up == 1
    assert await live.compare() == 1
    assert not live.picture.calls
    assert [(each.kind, each.mended) for each in live.picture.differences] == [("stuck_channel", True)]
    assert [await live.compare() for _ in range(2)] == [0, 0]
    metrics = Metrics()
    setting = figures(live, metrics)
    setting()
    assert b"hotline_live_differences_stuck_channel 1.0" in metrics.exposition()


async def test_a_cut_says_since_when_and_a_new_link_draws_anew(
    live: Live, manager: AmiManager, wire: WireExchange
) -> None:
    before = wire.exchange.arrive("037122223333")
    await started(live)
    assert len(live.picture.calls) == 1
    manager.silent = True
    manager.cut()
    await becomes(lambda: live.picture.stale_since is not None)
    since = live.picture.stale_since
    assert since is not None
    assert abs(datetime.now(UTC) - since) < timedelta(seconds=10)
    assert (live.losses, live.connected) == (1, False)
    wire.exchange.hang_up(before)
    after = wire.exchange.arrive("13803710000")
    manager.silent = False
    manager.cut()
    await becomes(lambda: live.picture.stale_since is None, 10)
    assert set(live.picture.calls) == {after.caller.linkedid}
    assert live.tally["resyncs"] == 2


async def test_a_view_is_drawn_once_for_all_who_share_it(live: Live, wire: WireExchange) -> None:
    await started(live)
    scope = scope_of(TREE, ZHENGZHOU)
    seen = live.view(live.picture, scope)
    assert live.view(live.picture, scope_of(TREE, ZHENGZHOU)) is seen
    wire.exchange.unregister(ONE)
    wire.say()
    offline: Callable[[], bool] = lambda: live.picture.seats[ONE].state is SeatState.OFFLINE  # noqa: E731
    await becomes(offline)
    after = live.view(live.picture, scope)
    assert after is not seen
    assert after.seats[SeatNumber("3710002")] is seen.seats[SeatNumber("3710002")]
