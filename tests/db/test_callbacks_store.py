"""Callbacks and messages in a real Postgres: facts to rows, lost callers found once, and who may do what with them."""

import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.clock import TurnedClock
from core.db import connect, engine
from core.ids import LinkedId, UniqueId
from core.journal import Fact, Journal
from core.settings import RetentionSettings
from seats.accounts.scope import EVERYWHERE
from seats.callbacks.book import Book
from seats.callbacks.projection import MESSAGE_EMPTY
from seats.callbacks.request import ASKED, MOVED, Callback, as_json
from seats.callbacks.service import Followups
from seats.callbacks.states import Move
from seats.callbacks.store import CallbackStore
from seats.callbacks.tail import Tail
from seats.http.app import app
from seats.http.followups import Rows
from seats.records.cel import CelEvent
from seats.records.recording import RecordingFiles
from seats.records.retention import prune
from seats.records.writer import PlacedEvent, Shipment, store
from tests.fakes.audit_memory import MemoryAudit
from tests.fakes.desk import Desk

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ID, NUMBER = "cb-0123456789ab", "13803710000"
MESSAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def asked(id: str = ID, number: str = NUMBER, area: str = "zhengzhou", n: int = 0, **more: Any) -> Fact:
    fields = {"id": id, "number": number, "area": area, "why": "waiting", **more}
    return Fact(f"door-{id}-{n}", ASKED, AT, LinkedId("7.1"), fields)


def move(move: Move, n: int, **more: Any) -> Fact:
    return Fact(
        f"seats-{n}", MOVED, AT + timedelta(seconds=n), LinkedId(f"{ID}-1"), {"id": ID, "move": str(move), **more}
    )


STORY = (
    asked(),
    move(Move.PLACED, 1, channel=f"{ID}-1"),
    move(Move.NOT_REACHED, 2, result="busy", seat="3710001", not_before=(AT + timedelta(minutes=9)).isoformat()),
    move(Move.PLACED, 3, channel=f"{ID}-2"),
    move(Move.HUNG_UP, 4, result="talked", seat="3710002"),
)


def left(id: str = MESSAGE, area: str = "zhengzhou") -> CelEvent:
    said = f'{{"extra":"{{\\"id\\":\\"{id}\\",\\"seconds\\":7,\\"queue\\":\\"{area}\\",\\"number\\":\\"{NUMBER}\\"}}"}}'
    words = ("", "", "", "", "", "", "message", "PJSIP/trunk-00000001", "", "", "")
    return CelEvent("MESSAGE_LEFT", AT, *words, UniqueId("7.9"), LinkedId("7.9"), "", "MESSAGE_LEFT", said)


@pytest.fixture
async def shipper(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(dsn, application="test")
    yield connection
    connection.terminate()


@pytest.fixture
async def rows(dsn: str) -> AsyncIterator[CallbackStore]:
    database = engine(dsn, application="test")
    yield CallbackStore(database)
    await database.dispose()


def folded(facts: Any) -> list[Callback]:
    book = Book()
    for fact in facts:
        book.apply(fact)
    return list(book)


@pytest.mark.parametrize("cut", range(1, len(STORY) + 1))
async def test_the_table_says_what_memory_says_however_often_it_is_shipped(
    shipper: asyncpg.Connection, rows: CallbackStore, cut: int
) -> None:
    pieces = [Shipment(facts=STORY[:cut]), *(Shipment(facts=(fact,)) for fact in STORY[:cut])]
    random.Random(cut).shuffle(pieces)
    for piece in [Shipment(facts=STORY[:cut]), *pieces]:
        await store(shipper, piece)
    assert [as_json(one) for one in await rows.load(AT)] == [as_json(one) for one in folded(STORY[:cut])]


async def test_one_open_a_number_holds_in_the_table_too(shipper: asyncpg.Connection, rows: CallbackStore) -> None:
    others = (asked("cb-ffffffffffff"), asked("cb-eeeeeeeeeeee", why="appointment", slot=AT.isoformat()))
    await store(shipper, Shipment(facts=(STORY[0], *others)))
    assert {one.id for one in await rows.load(AT)} == {ID, "cb-eeeeeeeeeeee"}


async def test_a_fact_nobody_can_make_sense_of_holds_up_nothing(
    shipper: asyncpg.Connection, rows: CallbackStore
) -> None:
    bad = (asked("cb-aaaaaaaaaaaa", number="500&PJSIP/1"), asked("cb-bbbbbbbbbbbb", number="13903710001", why="spam"))
    await store(shipper, Shipment(facts=(*bad, Fact("x", MOVED, AT, None, {"id": "cb-cccccccccccc"}), STORY[0])))
    assert [one.id for one in await rows.load(AT)] == [ID]


async def test_a_message_is_a_row_once(shipper: asyncpg.Connection, rows: CallbackStore) -> None:
    for place in (1, 2):
        await store(shipper, Shipment(events=(PlacedEvent("s", place, left()),)))
    await store(shipper, Shipment(events=(PlacedEvent("s", 3, left("../../etc/passwd")),)))
    (message,) = await rows.messages(EVERYWHERE, area=None, open_only=True, limit=9)
    assert (message.id, message.area, message.number, message.seconds, message.state) == (
        MESSAGE, "zhengzhou", NUMBER, 7, "new",
    )  # fmt: skip


async def test_nothing_said_is_a_row_for_its_file_and_shown_to_nobody(
    shipper: asyncpg.Connection, rows: CallbackStore
) -> None:
    await store(
        shipper, Shipment(events=(PlacedEvent("s", 1, replace(left(), type=MESSAGE_EMPTY, user_type=MESSAGE_EMPTY)),))
    )
    assert await rows.messages(EVERYWHERE, area=None, open_only=False, limit=9) == []
    message = await rows.message(MESSAGE)
    assert message is not None
    assert message.state == "empty"


CALL = (
    "INSERT INTO seats.calls (linkedid, origin, caller, dialled, area, queue, started_at, queued_at, answered_at,"
    " ended_at, wait_ms, talk_ms, outcome, ended_by) VALUES ($1, 'trunk', $2, '12366', 'zhengzhou', 'zhengzhou',"
    " $3::timestamptz, $3::timestamptz, $4::timestamptz, $3::timestamptz + make_interval(secs => $5::int),"
    " $5::int * 1000, 0, $6, 'caller')"
)
ROUTED = (
    "INSERT INTO routing.routing_decisions (linkedid, decided_at, normalized, kind, queue, reason, decided_by, tries,"
    " alternatives, private) VALUES ($1, $2, $3, 'CITY', 'zhengzhou', '', 'service', 0, '[]', $4)"
)
_COUNT = itertools.count(1)


async def called(
    shipper: asyncpg.Connection, number: str, waited: int, outcome: str, *, after: int = 0, private: bool = False
) -> None:
    name, at = f"{next(_COUNT)}.0", AT + timedelta(seconds=after)
    answered = at if outcome == "answered" else None
    await shipper.execute(CALL, name, number, at, answered, waited, outcome)
    await shipper.execute(ROUTED, name, at, number, private)


async def test_lost_callers_are_found_and_no_others(shipper: asyncpg.Connection, rows: CallbackStore) -> None:
    gave_up = "abandoned_in_queue"
    await called(shipper, "13800000001", 16, gave_up)
    await called(shipper, "13800000002", 15, gave_up)  # had not waited long enough
    await called(shipper, "13800000003", 60, gave_up)
    await called(shipper, "13800000003", 5, "answered", after=90)  # rang again, and was answered
    await called(shipper, "13800000004", 60, gave_up, private=True)
    await called(shipper, "13800000005", 3, "interrupted")  # Asterisk died
    await called(shipper, NUMBER, 60, gave_up)
    await store(shipper, Shipment(facts=(STORY[0],)))  # is owed a call already
    await called(shipper, "13800000006", 60, "callback_booked")
    found = await rows.lost(AT - timedelta(hours=1), timedelta(seconds=15))
    assert {(lost.number, str(lost.why)) for lost in found} == {
        ("13800000001", "abandoned"),
        ("13800000005", "asterisk_died"),
    }
    assert await rows.answered(["13800000003", "13800000001"], AT) == {"13800000003": AT + timedelta(seconds=90)}


LEG = (
    "INSERT INTO seats.legs (linkedid, uniqueid, position, role, channel, seat, started_at, answered_at, ended_at,"
    " ring_ms, talk_ms, result, cause, caller_ms) VALUES ($1, $2::text, $2::text::int, 'seat', '', '3710001',"
    " $3::timestamptz, $3::timestamptz, $3::timestamptz + make_interval(secs => $4::int), 0, 3000, 'answered', $5,"
    " 3000)"
)


async def test_a_caller_whose_seat_died_and_who_gave_up_is_lost_too(
    shipper: asyncpg.Connection, rows: CallbackStore
) -> None:
    """Each: the calls length, and its seats: when the phone ended, with which cause."""
    stories = {
        "13800000021": (9, [(3, 27)]),
        "13800000022": (9, [(3, 27), (9, 16)]),  # the next seat took it
        "13800000023": (3, [(3, 27)]),  # gone with the phone
        "13800000024": (9, [(9, 16)]),
        "13800000025": (9, [(3, 27)]),  # left a message then
    }
    for number, (length, phones) in stories.items():
        await called(shipper, number, length, "answered")
        name = await shipper.fetchval("SELECT max(linkedid) FROM seats.calls WHERE caller = $1", number)
        for place, (ended, cause) in enumerate(phones):
            await shipper.execute(LEG, name, str(place), AT, ended, cause)
        if number.endswith("5"):
            await store(shipper, Shipment(events=(PlacedEvent("m", 1, replace(left(), linkedid=LinkedId(name))),)))
    found = await rows.lost(AT - timedelta(hours=1), timedelta(seconds=15))
    assert [(lost.number, str(lost.why)) for lost in found] == [("13800000021", "abandoned")]


RATED = (
    "INSERT INTO seats.ratings (linkedid, asked_at, rated_at, score, seat, area)"
    " VALUES ($1, $2, $2, $3, '3710001', 'zhengzhou')"
)


async def test_a_low_rating_of_whoever_was_owed_a_call_is_followed_up_when_that_is_over(
    shipper: asyncpg.Connection, rows: CallbackStore
) -> None:
    since, waited = AT - timedelta(hours=1), timedelta(seconds=15)
    await called(shipper, NUMBER, 5, "answered")
    call = await shipper.fetchval("SELECT max(linkedid) FROM seats.calls WHERE caller = $1", NUMBER)
    await shipper.execute(RATED, call, AT, 2)
    await store(shipper, Shipment(facts=STORY[:1]))
    assert await rows.lost(since, waited) == []
    await store(shipper, Shipment(facts=STORY))
    (owed,) = await rows.lost(since, waited)
    assert (owed.call, owed.number, str(owed.why), owed.story) == (call, NUMBER, "low_rating", "评分 2 分,座席 3710001")
    follow = Fact("f", ASKED, AT, LinkedId(call), {"number": NUMBER, "area": "zhengzhou", "why": "low_rating"})
    done = Fact("g", MOVED, AT, None, {"id": "cb-aaaaaaaaaaaa", "move": "closed"})
    await store(shipper, Shipment(facts=(replace(follow, fields={**follow.fields, "id": "cb-aaaaaaaaaaaa"}), done)))
    assert await rows.lost(since, waited) == []


class House:
    """The API over a desk, with callbacks and messages of 郑州 and 开封."""

    def __init__(self, desk: Desk, client: "TestClient[web.Request, web.Application]", audit: MemoryAudit) -> None:
        self.desk, self.client, self.audit = desk, client, audit

    async def ask(self, user: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {await self.desk.token(user)}"}
        async with self.client.request(method, f"/api/v1{path}", json=body, headers=headers) as response:
            wave = response.content_type == "audio/wav"
            return response.status, await response.read() if wave else await response.json()


@pytest.fixture
async def house(shipper: asyncpg.Connection, rows: CallbackStore, tmp_path: Path) -> AsyncIterator[House]:
    desk = Desk()
    clock: TurnedClock = desk.clock
    facts = (STORY[0], asked("cb-dddddddddddd", "13903710001", "kaifeng"))
    events = (left(), left("1f8fad5b-d9cb-469f-a165-70867728950e", "kaifeng"))
    await store(shipper, Shipment(tuple(PlacedEvent("s", n, each) for n, each in enumerate(events)), facts))
    files = RecordingFiles(tmp_path / "messages")
    files.path(MESSAGE).parent.mkdir(parents=True)
    files.path(MESSAGE).write_bytes(b"\xd5" * 800)
    journal, audit = Journal(tmp_path / "journal", clock), MemoryAudit(clock)
    tail = Tail(tmp_path / "journal", tmp_path / "callbacks.json", Book())
    tail.book.adopt(await rows.load(AT))
    more = Rows(Followups(tail, rows, audit, files, journal, clock)).rows()
    async with TestClient(TestServer(app(desk.services, clock=clock, journal=journal, more=more))) as client:
        yield House(desk, client, audit)
    journal.close()


async def test_each_sees_their_own_areas_and_numbers_only_where_needed(house: House) -> None:
    for user, areas in (("wang", {"zhengzhou", "kaifeng"}), ("li", {"zhengzhou"})):
        status, said = await house.ask(user, "GET", "/callbacks")
        assert (status, {each["area"] for each in said["callbacks"]}) == (200, areas)
        status, said = await house.ask(user, "GET", "/messages")
        assert (status, {each["area"] for each in said["messages"]}) == (200, areas)
        assert {each["number"] for each in said["messages"]} == {NUMBER}
    status, said = await house.ask("zhang", "GET", "/messages")  # an auditor
    assert (status, {each["number"] for each in said["messages"]}) == (200, {"138****0000"})
    assert (await house.ask("ding", "GET", "/callbacks"))[0] == 403  # a seat


PATHS: tuple[tuple[str, str, object], ...] = (
    ("POST", f"/callbacks/{ID}/now", {}),
    ("POST", f"/callbacks/{ID}/cancel", {}),
    ("POST", f"/callbacks/{ID}/close", {"result": "已答复"}),
    ("GET", f"/messages/{MESSAGE}/sound?reason=%E5%9B%9E%E8%AE%BF", None),
    ("POST", f"/messages/{MESSAGE}/assign", {"to": "郑州"}),
    ("POST", f"/messages/{MESSAGE}/callback", {}),
    ("POST", f"/messages/{MESSAGE}/close", {"result": "已办理"}),
)


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
@pytest.mark.parametrize("user", ["zhao", "zhang", "ding"])
async def test_who_may_not_is_refused_and_nothing_is_done(
    house: House, method: str, path: str, body: object, user: str
) -> None:
    status, _ = await house.ask(user, method, path, body)
    assert status == 403
    assert not house.audit.rows
    _, said = await house.ask("wang", "GET", "/callbacks")
    assert {each["state"] for each in said["callbacks"]} == {"asked"}


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
async def test_every_act_is_a_row_first_and_none_without_one(
    house: House, method: str, path: str, body: object
) -> None:
    house.audit.away = True
    assert (await house.ask("li", method, path, body))[0] == 503
    house.audit.away = False
    status, _ = await house.ask("li", method, path, body)
    assert status == 200
    (row,) = house.audit.rows
    assert (row.user_name, row.verb, row.areas) == ("li", "follow_up", ("zhengzhou",))


async def test_another_citys_are_not_to_be_touched(house: House) -> None:
    for path in ("/callbacks/cb-dddddddddddd/cancel", "/messages/1f8fad5b-d9cb-469f-a165-70867728950e/close"):
        assert (await house.ask("li", "POST", path, {}))[0] == 403
    assert (await house.ask("wang", "POST", "/callbacks/cb-999999999999/cancel", {}))[0] == 404


async def test_a_message_from_its_arrival_to_its_end(house: House) -> None:
    status, wave = await house.ask("li", "GET", PATHS[3][1])
    assert (status, wave[:4], len(wave) > 800) == (200, b"RIFF", True)
    assert (await house.ask("li", "POST", f"/messages/{MESSAGE}/assign", {"to": "开封"}))[0] == 403
    assert (await house.ask("li", "POST", f"/messages/{MESSAGE}/assign", {"to": "3710001"}))[0] == 200
    status, done = await house.ask("li", "POST", f"/messages/{MESSAGE}/callback", {})
    assert (status, done["target"]) == (200, ID)  # that number is owed a call already: the same one
    await house.ask("li", "POST", f"/messages/{MESSAGE}/close", {"result": "已办理"})
    _, said = await house.ask("li", "GET", "/messages?state=all")
    (message,) = said["messages"]
    assert {name: message[name] for name in ("state", "assigned", "callback", "result", "closed_by")} == {
        "state": "closed", "assigned": "3710001", "callback": ID, "result": "已办理", "closed_by": "li",
    }  # fmt: skip
    assert (await house.ask("li", "POST", f"/messages/{MESSAGE}/close", {"result": "再办"}))[0] == 409


async def test_a_seat_deals_with_what_is_given_to_it_and_learns_of_nothing_else(house: House) -> None:
    own = ("/seats/3710001/messages", f"/messages/{MESSAGE}")
    assert (await house.ask("ding", "GET", own[0]))[1] == {"messages": []}
    assert (await house.ask("li", "POST", f"{own[1]}/assign", {"to": "3710001"}))[0] == 200
    status, said = await house.ask("ding", "GET", own[0])
    assert (status, [each["id"] for each in said["messages"]]) == (200, [MESSAGE])
    assert (await house.ask("ding", "GET", f"{own[1]}/sound?reason=%E5%9B%9E%E8%AE%BF"))[0] == 200
    for path in ("/seats/3710002/messages", "/messages/1f8fad5b-d9cb-469f-a165-70867728950e/sound?reason=%E5%9B%9E"):
        assert (await house.ask("ding", "GET", path))[0] == 403
    assert (await house.ask("ding", "POST", f"{own[1]}/assign", {"to": "开封"}))[0] == 403
    assert (await house.ask("ding", "POST", "/callbacks/cb-999999999999/cancel", {}))[0] == 403
    assert (await house.ask("ding", "POST", f"{own[1]}/callback", {}))[0] == 200
    assert (await house.ask("ding", "POST", f"{own[1]}/close", {"result": "已答复"}))[0] == 200
    assert (await house.ask("ding", "GET", own[0]))[1] == {"messages": []}
    assert [row.user_name for row in house.audit.rows] == ["li", "ding", "ding", "ding"]


async def test_what_is_closed_is_not_called_any_more(house: House) -> None:
    await house.ask("li", "POST", f"/callbacks/{ID}/close", {"result": "已电话答复"})
    _, said = await house.ask("li", "GET", "/callbacks")
    assert not said["callbacks"]
    _, said = await house.ask("li", "GET", "/callbacks?state=all")
    assert (said["callbacks"][0]["state"], said["callbacks"][0]["closed_by"]) == ("done", "li")
    assert (await house.ask("li", "POST", f"/callbacks/{ID}/now", {}))[0] == 409


async def test_numbers_and_sound_are_kept_no_longer_than_they_are_needed(
    house: House, shipper: asyncpg.Connection, tmp_path: Path
) -> None:
    await house.ask("li", "POST", f"/callbacks/{ID}/cancel", {})
    await store(shipper, Shipment(facts=(move(Move.CANCELLED, 9),)))
    files = RecordingFiles(tmp_path / "recordings")
    after = AT + timedelta(days=400)
    await prune(shipper, files, RetentionSettings(180, 400, 300), after, really=True)
    numbers = "SELECT number FROM seats.callbacks UNION ALL SELECT number FROM seats.messages ORDER BY 1"
    left = [row["number"] for row in await shipper.fetch(numbers)]
    assert left == ["138****", "138****", "138****", "13903710001"]  # the last is owed a call still
    assert RecordingFiles(tmp_path / "messages").size(MESSAGE) is None
