"""What stands behind the API, in memory: a small picture of two cities, a supervision that writes down all it is told,
records, figures, and accounts with a user of every role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from core.clock import Clock, TurnedClock
from core.db import DatabaseAway
from core.ids import AreaId, LinkedId, SeatNumber
from seats.accounts.accounts import Accounts
from seats.accounts.scope import AreaScope
from seats.accounts.store import UserRow
from seats.accounts.user import User
from seats.http.services import Services
from seats.live.model import CallState, LiveArea, LiveCall, LiveSeat, Picture, SeatState
from seats.records.figures.figure import Figures
from seats.records.record import CallRecord, EndedBy, Origin, Outcome
from seats.stories.story import Story, story_of
from seats.supervision.act import ActResult, NoSuchTarget, Refusal, Refused
from seats.supervision.chain import Proof
from seats.supervision.entry import Kind, Row
from seats.supervision.rules import Target, TargetKind, Verb, may
from seats.supervision.seat_view import SeatSupervision
from tests.fakes.account_store import MemoryStore, cheap_passwords
from tests.fakes.henan_tree import TREE

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORDS = cheap_passwords()
DIGEST = PASSWORDS.digest(PASSWORD)
USERS = (
    UserRow("wang", "province_supervisor", "henan", "3719001"),
    UserRow("li", "city_supervisor", "zhengzhou", "3710001"),
    UserRow("zhao", "city_supervisor", "kaifeng", "3712001"),
    UserRow("zhang", "auditor", "henan", None),
    UserRow("ding", "seat", "zhengzhou", "3710001"),
)
HOSTILE = "<script>\x1b[2J\u202e' OR 1=1;\x00--${SHELL(id)}\r\nAction: Originate"


def call(linkedid: str, area: str, seat: str | None = None, number: str = "13803710000", name: str = "王") -> LiveCall:
    """A call of `area`, talking when it has a seat, else waiting."""
    return LiveCall(
        linkedid=LinkedId(linkedid),
        number=number,
        name=name,
        area=AreaId(area),
        reason="segment",
        state=CallState.TALKING if seat else CallState.WAITING,
        since=NOW,
        queue=None if seat else AreaId(area),
        waiting_since=None if seat else NOW,
        seat=SeatNumber(seat) if seat else None,
        started=NOW,
        channels=(),
        areas=(AreaId(area),),
    )


def seat(number: str, area: str, state: SeatState = SeatState.READY) -> LiveSeat:
    return LiveSeat(SeatNumber(number), AreaId(area), f"{area} {number}", state, None, NOW, None)


def area(name: str, waiting: int = 0) -> LiveArea:
    return LiveArea(AreaId(name), waiting, 0, 0, 0, 0, None, None, 0, 0, 0, 0, 0)


def picture() -> Picture:
    """郑州 and 开封: a call and two seats each."""
    calls = (call("1.1", "zhengzhou", "3710001"), call("2.1", "kaifeng", number="037122223333"))
    seats = (
        seat("3710001", "zhengzhou", SeatState.TALKING),
        seat("3710002", "zhengzhou"),
        seat("3712001", "kaifeng"),
        seat("3712002", "kaifeng"),
    )
    areas = (area("zhengzhou"), area("kaifeng", 1))
    return Picture(
        MappingProxyType({each.linkedid: each for each in calls}),
        MappingProxyType({each.number: each for each in seats}),
        MappingProxyType({each.area: each for each in areas}),
        None,
        NOW,
        1,
    )


class Still:
    """A live picture that changes when told to."""

    def __init__(self, first: Picture | None = None) -> None:
        self.picture = first or picture()

    def view(self, whole: Picture, scope: AreaScope) -> Picture:
        return replace(
            whole,
            calls={key: each for key, each in whole.calls.items() if scope.covers_any(each.areas or (None,))},
            seats={key: each for key, each in whole.seats.items() if scope.covers(each.area)},
            areas={key: each for key, each in whole.areas.items() if scope.covers(key)},
        )

    def put(self, *entries: LiveCall | LiveSeat | LiveArea, gone: Sequence[str] = (), **head: Any) -> None:
        """Change the picture: entries added or replaced, calls gone, `stale_since=…`."""
        calls = {key: each for key, each in self.picture.calls.items() if key not in gone}
        seats, areas = dict(self.picture.seats), dict(self.picture.areas)
        for entry in entries:
            if isinstance(entry, LiveCall):
                calls[entry.linkedid] = entry
            elif isinstance(entry, LiveSeat):
                seats[entry.number] = entry
            else:
                areas[entry.area] = entry
        version = self.picture.version + 1
        self.picture = replace(self.picture, calls=calls, seats=seats, areas=areas, version=version, **head)


@dataclass
class Notebook:
    """Supervision that does nothing but write down."""

    clock: Clock
    acts: list[tuple[str, Verb, str, str, str, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    running: dict[str, Target] = field(default_factory=dict)
    away: bool = False

    async def act(self, user: User, verb: Verb, target: Target, *, reason: str, source: str, to: str = "") -> ActResult:
        self._here()
        verdict = may(user, verb, target)
        if not verdict.allowed:
            self.refusals.append(Refusal(user.name, verb, verdict.why, source, target))
            raise Refused(verdict.why)
        self.acts.append((user.name, verb, target.id, reason, source, to))
        name = f"s{len(self.acts)}"
        self.running[name] = target
        return ActResult(name, verb, target.id, self.clock.now())

    async def switch(self, user: User, id: str, verb: Verb, *, source: str) -> ActResult:
        return await self.act(user, verb, self._running(id), reason="", source=source)

    async def end(self, user: User, id: str, *, source: str) -> ActResult:
        target = self._running(id)
        self._here()
        del self.running[id]
        return ActResult(id, "end", target.id, self.clock.now())

    def target_of(self, id: str) -> Target | None:
        return self.running.get(id)

    async def refused(self, refusal: Refusal) -> None:
        self._here()
        self.refusals.append(refusal)

    async def audit(self, user: User, *, since: datetime | None, limit: int) -> Sequence[Row]:
        self._here()
        rows = [
            Row(Kind.ASKED, verb, f"s{seq}", who, target_id=target, reason=reason, seq=seq, at=NOW)
            for seq, (who, verb, target, reason, _, _) in enumerate(self.acts, 1)
        ]
        return rows[::-1][:limit]

    async def verify(self) -> Proof:
        self._here()
        return Proof(len(self.acts), True, "0" * 64)

    async def of_seat(self, seat: SeatNumber, *, limit: int) -> Sequence[SeatSupervision]:
        self._here()
        return [
            SeatSupervision(f"s{seq}", user, (verb,), None, reason, NOW, None)
            for seq, (user, verb, target, reason, _, _) in enumerate(self.acts, 1)
            if target == seat
        ]

    def _here(self) -> None:
        if self.away:
            raise DatabaseAway("Postgres does not answer")

    def _running(self, id: str) -> Target:
        if id not in self.running:
            raise NoSuchTarget("no such supervision is running")
        return self.running[id]


@dataclass
class Archive:
    """Records and figures; remembers what it was asked."""

    asked: list[Mapping[str, Any]] = field(default_factory=list)
    away: bool = False

    async def record(self, linkedid: LinkedId) -> CallRecord | None:
        self._here()
        seat_of = {"1.1": ("zhengzhou", "3710001"), "9.1": ("zhengzhou", "3710001"), "9.2": ("kaifeng", None)}
        return record(linkedid, *seat_of[linkedid]) if linkedid in seat_of else None

    async def history(self, scope: AreaScope, **asked: Any) -> Sequence[CallRecord]:
        self._here()
        self.asked.append({"scope": scope, **asked})
        both = (record("9.1", "zhengzhou", "3710001"), record("9.2", "kaifeng", None))
        return [each for each in both if scope.covers(AreaId(each.area or ""))]

    async def figures(self, scope: AreaScope, **asked: Any) -> Sequence[Figures]:
        self._here()
        self.asked.append({"scope": scope, **asked})
        nothing = {each.name: 0 for each in fields(Figures)}
        return [Figures(**{**nothing, "whole": True, "area": AreaId("zhengzhou"), "begins_at": NOW, "offered": 10})]

    async def wave(self, user: User, record: CallRecord, recording: str, *, reason: str, source: str) -> bytes:
        self._here()
        self.asked.append({"heard": recording, "user": user.name, "reason": reason, "source": source})
        return b"RIFF"

    async def story(self, linkedid: LinkedId) -> Story | None:
        self._here()
        told = {"summary": "郑州；残保金（已答）；要求人工", "questions": [{"question": "残保金", "told": True}]}
        told |= {"transcript": [{"who": "caller", "text": "残保金怎么交"}, {"who": "hotline", "text": "\x1b[2J按人数"}]}
        return story_of(linkedid, NOW, told) if linkedid in ("1.1", "9.1") else None

    def _here(self) -> None:
        if self.away:
            raise DatabaseAway("Postgres does not answer")


def record(linkedid: str, of_area: str, answered_by: str | None) -> CallRecord:
    return CallRecord(
        linkedid=LinkedId(linkedid),
        origin=Origin.TRUNK,
        caller="13803710000",
        dialled="12366",
        area=of_area,
        queue=of_area,
        answered_by=answered_by,
        started_at=NOW - timedelta(hours=1),
        queued_at=None,
        answered_at=None,
        ended_at=NOW,
        set_up_ms=10,
        wait_ms=20,
        talk_ms=30,
        outcome=Outcome.ANSWERED if answered_by else Outcome.ABANDONED_IN_QUEUE,
        ended_by=EndedBy.CALLER,
        cause=16,
        interrupted_at=None,
        legs=(),
        decision={"raw": "13803710000", "normalized": "13803710000", "rule": "segment"},
        decided_at=None,
    )


@dataclass
class Desk:
    """Everything behind the API."""

    clock: TurnedClock = field(default_factory=lambda: TurnedClock(NOW))
    live: Still = field(default_factory=Still)
    archive: Archive = field(default_factory=Archive)
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.supervision = Notebook(self.clock)
        self.store.users = {user.name: (user, DIGEST) for user in USERS}
        self.accounts = Accounts(self.store, TREE, self.clock, PASSWORDS)
        self.services = Services(
            TREE,
            self.live,
            self.supervision,
            self.archive,
            self.archive,
            self.accounts,
            self.archive,
            stories=self.archive,
        )

    async def token(self, name: str) -> str:
        return (await self.accounts.log_in(name, PASSWORD, "127.0.0.1"))[0]

    def go_away(self) -> None:
        """Postgres is away."""
        self.store.away = self.archive.away = self.supervision.away = True


__all__ = ["HOSTILE", "Desk", "TargetKind", "area", "call", "picture", "record", "seat"]
