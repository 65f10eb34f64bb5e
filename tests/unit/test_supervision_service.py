"""Acts against fakes: the row first, always; and whatever order, number or lateness Asterisk tells things with."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import SystemClock
from core.db import DatabaseAway
from core.errors import BadInput
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.accounts.user import User, member
from seats.supervision.act import CannotAct, NoSuchTarget, Refusal, Refused
from seats.supervision.entry import Entry, Kind
from seats.supervision.facts import Facts
from seats.supervision.floor import CallNow
from seats.supervision.presence import Presence
from seats.supervision.recovery import Recovery
from seats.supervision.registrar import NotUnregistered
from seats.supervision.rules import COMMANDS, JOINS, READS, Target, TargetKind, Verb
from seats.supervision.service import Supervisions
from seats.supervision.switchboard import AsteriskFailed, Place
from tests.fakes.audit_memory import MemoryAudit
from tests.fakes.henan_tree import TREE

ZHENGZHOU = AreaId("zhengzhou")
SEAT, PHONE = SeatNumber("3710001"), SeatNumber("3710002")
CALL = CallNow(
    LinkedId("1.0"), "13803710000", ZHENGZHOU, UniqueId("1.0"), SEAT, UniqueId("1.1"), frozenset({ZHENGZHOU})
)  # fmt: skip
ON_SEAT = Target(TargetKind.SEAT, SEAT, frozenset({ZHENGZHOU}))
ON_CALL = Target(TargetKind.CALL, "1.0", frozenset({ZHENGZHOU}))
LI = member(TREE, "li", "city_supervisor", "zhengzhou", PHONE)


@dataclass
class Floor:
    """One call, everybody at their desk."""

    now: CallNow | None = CALL
    fresh: bool = True

    def call(self, linkedid: LinkedId) -> CallNow | None:
        return self.now if self.now and self.now.linkedid == linkedid else None

    def call_of(self, seat: SeatNumber) -> CallNow | None:
        return self.now if self.now and self.now.seat == seat else None

    def call_with(self, channel: UniqueId) -> CallNow | None:
        return self.now if self.now and channel in {self.now.caller, self.now.seat_channel} else None

    def area_of(self, seat: SeatNumber) -> AreaId | None:
        return {"371": ZHENGZHOU, "379": AreaId("luoyang")}.get(seat[:3])

    def reachable(self, seat: SeatNumber) -> bool:
        return True


@dataclass
class Board:
    """Takes down what reaches Asterisk, and how many rows there were by then."""

    audit: MemoryAudit
    done: list[tuple[str, int]] = field(default_factory=list)
    fails: bool = False
    rings: Callable[[str], None] = lambda _: None
    places: dict[str, Place] = field(default_factory=dict)

    def _do(self, what: str) -> None:
        self.done.append((what, len(self.audit.rows)))
        if self.fails:
            raise AsteriskFailed("Asterisk says: no")

    async def ring(self, phone: str, own: str, verb: Verb, on: str, shown: object) -> None:
        self._do(f"ring {phone} {verb} {on}")
        self.rings(own)

    async def send(self, own: str, verb: Verb, on: str) -> None:
        self._do(f"send {verb} {on}")

    async def move(self, caller: str, queue: str) -> None:
        self._do(f"move {caller} {queue}")

    async def hang_up(self, channel: str) -> None:
        self._do(f"hang up {channel}")

    async def pause(self, seat: str, paused: bool, reason: str) -> None:
        self._do(f"pause {seat} {paused} {reason}")

    async def where(self, own: str) -> Place | None:
        return self.places.get(own)

    async def forget(self, seat: str) -> None:
        self.done.append((f"forget {seat}", len(self.audit.rows)))
        if self.fails:
            raise NotUnregistered("no answer")


class Room:
    """The room on fakes."""

    def __init__(self, told_after: timedelta = timedelta(0)) -> None:
        clock = SystemClock()
        self.audit = MemoryAudit(clock)
        self.floor = Floor()
        self.board = Board(self.audit)
        self.facts = Facts(self.audit)
        fakes: Any = self.board
        self.presence = Presence(self.audit, self.facts, self.floor, fakes, clock)
        self.recovery = Recovery(self.audit, self.facts, self.floor, fakes, self.presence, clock)
        self.acts = Supervisions(
            self.audit,
            self.facts,
            self.floor,
            fakes,
            fakes,
            self.presence,
            self.recovery,
            TREE,
            clock,
            told_after=told_after,
        )
        self.board.rings = lambda own: self.tell("Newchannel", own)

    def tell(self, name: str, channel: str, **more: str) -> None:
        key = "SpyerUniqueid" if name.startswith("ChanSpy") else "Uniqueid"
        self.presence.hear(name, {key: channel, "Timestamp": "1795319671.5", **more})

    async def told(self) -> list[str]:
        await self.facts.written()
        return [f"{row.kind} {row.verb}" for row in self.audit.rows]

    async def act(self, verb: Verb, target: Target = ON_SEAT, user: User = LI, to: str = "") -> str:
        return (await self.acts.act(user, verb, target, reason="r", source="s", to=to)).id

    async def on(self, verb: Verb = Verb.LISTEN) -> str:
        """A supervision whose ear is in the call."""
        id = await self.act(verb)
        self.tell("ChanSpyStart", id)
        return id


@pytest.fixture
async def room() -> Any:
    made = Room()
    made.facts.start()
    yield made
    await made.facts.close()


ACTS: list[tuple[Verb, Target, str]] = [
    *((verb, ON_SEAT, "") for verb in sorted(JOINS)),
    *((verb, ON_CALL, "") for verb in sorted(JOINS)),
    *((verb, ON_SEAT, "") for verb in (Verb.PAUSE, Verb.UNPAUSE, Verb.LOGOUT)),
    (Verb.HANGUP, ON_CALL, ""),
    (Verb.MOVE, ON_CALL, "henan"),
    (Verb.MOVE, ON_CALL, "3710009"),
]


@pytest.mark.parametrize(("verb", "target", "to"), ACTS)
async def test_the_row_is_there_before_anything_is_done(room: Room, verb: Verb, target: Target, to: str) -> None:
    id = await room.act(verb, target, to=to)
    first = room.audit.rows[0]
    assert (first.kind, first.verb, first.supervision, first.reason) == (Kind.ASKED, verb, id, "r")
    assert room.board.done
    assert all(rows == 1 for _, rows in room.board.done)


@pytest.mark.parametrize(("verb", "target", "to"), ACTS)
async def test_what_cannot_be_recorded_is_not_done(room: Room, verb: Verb, target: Target, to: str) -> None:
    room.audit.away = True
    with pytest.raises(DatabaseAway):
        await room.act(verb, target, to=to)
    assert room.board.done == []
    # It may have been committed all the same: it is looked for.
    assert room.recovery.wanted.is_set()
    # Nor is anybody kept from asking again.
    room.audit.away = False
    await room.act(verb, target, to=to)


@pytest.mark.parametrize(("verb", "target", "to"), ACTS)
async def test_what_asterisk_does_not_do_is_told_and_closed(room: Room, verb: Verb, target: Target, to: str) -> None:
    room.board.fails = True
    with pytest.raises(CannotAct):
        await room.act(verb, target, to=to)
    assert await room.told() == [f"asked {verb}", f"failed {verb}"]
    room.board.fails = False
    await room.act(verb, target, to=to)


@pytest.mark.parametrize(("verb", "target", "to"), ACTS)
async def test_another_city_is_refused_before_anything_is_looked_at(
    room: Room, verb: Verb, target: Target, to: str
) -> None:
    other = member(TREE, "sun", "city_supervisor", "luoyang", "3790002")
    room.floor.now = None
    with pytest.raises(Refused, match="not of luoyang"):
        await room.act(verb, target, other, to)
    assert await room.told() == [f"refused {verb}"]
    assert room.board.done == []
    room.audit.away = True
    with pytest.raises(DatabaseAway):
        await room.act(verb, target, other, to)


async def test_every_command_has_its_step_and_nothing_else_is_an_act(room: Room) -> None:
    own = room.acts.learned
    assert own == {verb for verb, _, _ in ACTS}
    assert own <= COMMANDS
    for verb in READS:
        with pytest.raises(BadInput):
            await room.act(verb)
    with pytest.raises(BadInput):
        await room.acts.switch(LI, "sv-0", Verb.HANGUP, source="s")


async def test_the_call_is_looked_at_again_where_it_is_now(room: Room) -> None:
    room.floor.now = replace(CALL, areas=frozenset({AreaId("luoyang")}))
    with pytest.raises(Refused):
        await room.act(Verb.HANGUP, ON_CALL)
    room.floor.now = replace(CALL, areas=frozenset({ZHENGZHOU, None}))
    with pytest.raises(Refused):
        await room.act(Verb.LISTEN, ON_CALL)
    assert room.board.done == []


async def test_a_stale_picture_is_acted_upon_by_nobody(room: Room) -> None:
    room.floor.fresh = False
    for verb, target in ((Verb.LISTEN, ON_SEAT), (Verb.HANGUP, ON_CALL)):
        with pytest.raises(CannotAct, match="link to Asterisk is down"):
            await room.act(verb, target)
    # A seat is a seat, whatever the picture.
    await room.act(Verb.PAUSE)


async def test_gone_is_gone(room: Room) -> None:
    room.floor.now = None
    for verb, target in ((Verb.LISTEN, ON_SEAT), (Verb.LISTEN, ON_CALL), (Verb.HANGUP, ON_CALL)):
        with pytest.raises(NoSuchTarget):
            await room.act(verb, target)
    with pytest.raises(NoSuchTarget):
        await room.acts.switch(LI, "sv-000000000000", Verb.BARGE, source="s")
    with pytest.raises(NoSuchTarget):
        await room.acts.end(LI, "sv-000000000000", source="s")
    assert room.acts.target_of("sv-000000000000") is None


async def test_one_supervision_a_person(room: Room) -> None:
    await room.on()
    with pytest.raises(CannotAct, match="in a call"):
        await room.act(Verb.LISTEN)
    with pytest.raises(CannotAct, match="still runs"):
        await room.act(Verb.LISTEN, user=replace(LI, phone=SeatNumber("3710003")))


async def test_ten_requests_at_once_ring_once(room: Room) -> None:
    done = await asyncio.gather(*(room.act(Verb.LISTEN) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in done) == 1
    assert sum(isinstance(one, CannotAct) for one in done) == 9
    assert len([what for what, _ in room.board.done if what.startswith("ring")]) == 1


async def test_a_phone_asterisk_says_nothing_of(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seats.supervision.service._RINGS_WITHIN", 0.01)
    room.board.rings = lambda _: None
    with pytest.raises(CannotAct, match="could not be rung"):
        await room.act(Verb.LISTEN)
    assert await room.told() == ["asked listen", "failed listen"]


def _events(id: str) -> list[tuple[str, str]]:
    return [("Newchannel", id), ("ChanSpyStart", id), ("ChanSpyStop", id), ("Hangup", id)]


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_events_told_again_and_again_make_the_same_rows(room: Room, times: int) -> None:
    id = await room.act(Verb.LISTEN)
    for name, channel in _events(id):
        for _ in range(times):
            room.tell(name, channel)
    assert await room.told() == ["asked listen", "started listen", "stopped listen", "ended listen"]


async def test_whatever_order_events_come_in_the_supervision_ends_once_and_the_chain_holds(room: Room) -> None:
    for order in itertools.permutations(range(3)):
        id = await room.act(Verb.LISTEN)
        events = [*(_events(id)[1:][place] for place in order), ("Hangup", id)]
        for name, channel in events:
            room.tell(name, channel)
        await room.facts.written()
        own = [row for row in room.audit.rows if row.supervision == id]
        assert [row.kind in {Kind.ENDED, Kind.FAILED} for row in own].count(True) == 1
        assert own[-1].kind in {Kind.ENDED, Kind.FAILED}
    assert (await room.audit.verify()).intact


async def test_facts_wait_for_postgres_in_order_and_are_not_lost(room: Room) -> None:
    id = await room.act(Verb.LISTEN)
    room.audit.away = True
    for name, channel in _events(id):
        room.tell(name, channel)
    assert room.facts.waiting == 3
    room.audit.away = False
    assert await room.told() == ["asked listen", "started listen", "stopped listen", "ended listen"]
    assert {row.happened_at for row in room.audit.rows[1:]} == {datetime.fromtimestamp(1795319671.5, UTC)}


async def test_switch_writes_first_and_says_of_a_failure_that_nothing_changed(room: Room) -> None:
    id = await room.on()
    await room.facts.written()
    room.board.fails = True
    with pytest.raises(CannotAct):
        await room.acts.switch(LI, id, Verb.BARGE, source="s")
    assert (await room.told())[-2:] == ["asked barge", "unchanged barge"]
    room.board.fails = False
    await room.acts.switch(LI, id, Verb.WHISPER, source="s")
    assert room.board.done[-1] == ("send whisper 1.1", len(room.audit.rows))
    room.audit.away = True
    with pytest.raises(DatabaseAway):
        await room.acts.switch(LI, id, Verb.BARGE, source="s")
    assert room.board.done[-1][0] == "send whisper 1.1"


async def test_leaving_is_possible_while_nothing_can_be_recorded(room: Room) -> None:
    id = await room.on()
    await room.facts.written()
    room.audit.away = True
    await room.acts.end(LI, id, source="s")
    assert room.board.done[-1][0] == f"hang up {id}"


async def test_following_is_refused_into_another_city(room: Room) -> None:
    id = await room.on(Verb.BARGE)
    running = room.presence.get(id)
    assert running is not None
    await room.facts.written()
    there = frozenset({ZHENGZHOU, AreaId("luoyang")})
    room.floor.now = replace(CALL, seat=SeatNumber("3790001"), seat_channel=UniqueId("1.2"), areas=there)
    await room.presence.follow(running)
    assert room.board.done[-1][0] == f"hang up {id}"
    assert room.audit.rows[-1].kind is Kind.REFUSED
    assert room.audit.rows[-1].seat == "3790001"


async def test_nobody_is_sent_after_a_call_while_that_cannot_be_recorded(room: Room) -> None:
    id = await room.on(Verb.BARGE)
    running = room.presence.get(id)
    assert running is not None
    await room.facts.written()
    room.floor.now = replace(CALL, seat=SeatNumber("3710009"), seat_channel=UniqueId("1.2"))
    room.audit.away = True
    with pytest.raises(DatabaseAway):
        await room.presence.follow(running)
    assert room.board.done[-1][0].startswith("ring")
    room.audit.away = False
    await room.presence.follow(running)
    assert room.board.done[-1] == ("send barge 1.2", len(room.audit.rows))
    assert room.audit.rows[-1].kind is Kind.FOLLOWED


async def test_two_calls_that_became_one_are_followed_under_the_others_name(room: Room) -> None:
    id = await room.on()
    running = room.presence.get(id)
    assert running is not None
    await room.facts.written()
    room.floor.now = replace(CALL, linkedid=LinkedId("0.9"), seat=SeatNumber("3710009"), seat_channel=UniqueId("0.9"))
    await room.presence.follow(running)
    assert (running.call, room.board.done[-1][0]) == ("0.9", "send listen 0.9")
    assert room.audit.rows[-1].call == "0.9"


async def test_refusals_of_the_api_are_rows_too(room: Room) -> None:
    await room.acts.refused(Refusal(None, "see", "no_token: none given", "10.0.0.9 GET /api/v1/picture", times=7))
    row = room.audit.rows[0]
    assert (row.kind, row.user_name, row.times, row.detail) == (Kind.REFUSED, None, 7, "no_token: none given")


def _asked(room: Room, ids: Iterable[str]) -> Any:
    async def ask() -> None:
        for id in ids:
            entry = room.audit.rows[0]
            fields = {name: getattr(entry, name) for name in type(entry).__mro__[1].__dataclass_fields__}
            await room.audit.append(type(entry).__mro__[1](**{**fields, "supervision": id}))

    return ask()


async def test_after_a_start_what_is_open_is_closed_and_what_is_not_ours_left_alone(room: Room) -> None:
    await room.acts.refused(Refusal("li", "listen", "x", "s"))
    first = room.audit.rows[0]
    room.audit.rows[0] = replace(first, kind=Kind.ASKED)
    await _asked(room, ["act-000000000001", "recording-17"])
    room.recovery.busy.add("act-000000000002")
    await _asked(room, ["act-000000000002"])
    await room.recovery.resume()
    await room.facts.written()
    closed = {row.supervision for row in room.audit.rows if row.kind is Kind.FAILED}
    assert closed == {"act-000000000001"}
    room.floor.fresh = False
    with pytest.raises(AsteriskFailed):
        await room.recovery.resume()


async def test_after_a_cut_what_ended_meanwhile_is_closed_with_its_true_end(room: Room) -> None:
    id = await room.on()
    end = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    room.audit.ends[UniqueId(id)] = end
    await room.recovery.resume()
    assert await room.told() == ["asked listen", "started listen", "stopped listen", "ended listen"]
    assert [row.happened_at for row in room.audit.rows[-2:]] == [end, end]
    assert room.presence.get(id) is None


async def test_after_a_cut_what_still_runs_goes_on(room: Room) -> None:
    id = await room.act(Verb.LISTEN)
    room.board.places[id] = Place(PHONE, True, "supervise-listen", "1.1,quE", False)
    await room.recovery.resume()
    assert await room.told() == ["asked listen", "started listen"]
    await room.recovery.resume()
    assert await room.told() == ["asked listen", "started listen"]


@pytest.mark.parametrize("hidden", [0, 1, 9])
@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_what_a_seat_is_not_told_yet_takes_no_place_in_its_list(hidden: int, limit: int) -> None:
    room = Room(timedelta(minutes=30))
    seat, now = SeatNumber("3710001"), SystemClock().now()
    for at in range(3 + hidden):
        long_ago = now - timedelta(hours=9 - at)
        told = Entry(Kind.ASKED, "listen", f"sv-{at}", "li", seat=seat)
        await room.audit.append(told)
        await room.audit.append(replace(told, kind=Kind.STARTED, happened_at=long_ago))
        if at < 3:
            await room.audit.append(replace(told, kind=Kind.ENDED, happened_at=long_ago))
    seen = await room.acts.of_seat(seat, limit=limit)
    assert [each.supervision for each in seen] == ["sv-2", "sv-1", "sv-0"][:limit]
