"""The audit in Postgres: only ever appended to, by one writer at a time, and every way of cheating shows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from core.clock import SystemClock, TurnedClock
from core.db import DatabaseAway, engine
from core.ids import AreaId, LinkedId, SeatNumber, UniqueId
from seats.accounts.scope import EVERYWHERE, AreaScope
from seats.supervision.chain import key_of
from seats.supervision.digests import Digests, file_in
from seats.supervision.entry import Entry, Kind
from seats.supervision.store import Audit, PostgresAudit
from tests.fakes.audit_memory import MemoryAudit

KEY = key_of("only for tests")
ASKED = Entry(
    Kind.ASKED,
    "listen",
    supervision="sv-1",
    user_name="li",
    role="city_supervisor",
    target_kind="seat",
    target_id="3710001",
    call=LinkedId("1795316792.1"),
    seat=SeatNumber("3710001"),
    areas=("", "zhengzhou"),
    reason="新人第一天",
    source="10.0.0.1",
)


@pytest.fixture
async def audit(dsn: str, tmp_path: Path) -> AsyncIterator[PostgresAudit]:
    database = engine(dsn, application="test")
    yield PostgresAudit(database, KEY, Digests(file_in(tmp_path)), SystemClock())
    await database.dispose()


@pytest.fixture(params=["memory", "postgres"])
async def either(request: pytest.FixtureRequest, dsn: str, tmp_path: Path) -> AsyncIterator[Audit]:
    clock = TurnedClock(datetime(2026, 11, 22, 1, 0, tzinfo=UTC))
    if request.param == "memory":
        yield MemoryAudit(clock)
        return
    database = engine(dsn, application="test")
    yield PostgresAudit(database, KEY, Digests(file_in(tmp_path)), clock)
    await database.dispose()


async def test_rows_come_back_as_they_were_written(either: Audit) -> None:
    happened = datetime(2026, 11, 22, 0, 59, 59, 123456, tzinfo=UTC)
    first = await either.append(ASKED)
    second = await either.append(Entry(Kind.STARTED, "listen", supervision="sv-1", happened_at=happened))
    assert (first.seq, second.seq, second.previous) == (1, 2, first.digest)
    assert list(await either.newest(EVERYWHERE, since=None, limit=10)) == [second, first]
    proof = await either.verify()
    assert (proof.intact, proof.rows, proof.last) == (True, 2, second.digest)


async def test_text_nobody_can_carry_is_made_plain(either: Audit) -> None:
    row = await either.append(replace(ASKED, reason="a\0b\x1b[31m\u202ec\ud800d\r\n" + "x" * 900, user_name="li\0"))
    assert "\0" not in row.reason
    assert row.reason.isprintable()
    assert row.reason.startswith("a b [31m c d")
    assert (await either.newest(EVERYWHERE, since=None, limit=1))[0] == row
    assert (await either.verify()).intact


async def test_a_scope_shows_the_rows_that_touch_it(either: Audit) -> None:
    mine = await either.append(ASKED)
    await either.append(replace(ASKED, areas=("luoyang",)))
    await either.append(replace(ASKED, areas=()))
    zhengzhou = AreaScope(frozenset({AreaId("zhengzhou"), AreaId("gongyi")}))
    assert list(await either.newest(zhengzhou, since=None, limit=10)) == [mine]
    own = await either.append(replace(ASKED, areas=("luoyang",), user_name="zhao"))
    assert list(await either.newest(zhengzhou, since=None, limit=10, user="zhao")) == [own, mine]
    assert len(await either.newest(EVERYWHERE, since=None, limit=2)) == 2
    assert list(await either.newest(EVERYWHERE, since=datetime(2100, 1, 1, tzinfo=UTC), limit=9)) == []


async def test_open_is_what_nothing_has_closed(either: Audit) -> None:
    await either.append(ASKED)
    await either.append(replace(ASKED, kind=Kind.STARTED))
    for number, closing in enumerate((Kind.DONE, Kind.FAILED, Kind.ENDED), start=2):
        await either.append(replace(ASKED, supervision=f"sv-{number}"))
        await either.append(replace(ASKED, supervision=f"sv-{number}", kind=closing))
    await either.append(replace(ASKED, kind=Kind.REFUSED, supervision=""))
    assert [row.seq for row in await either.open()] == [1, 2]


async def test_a_seat_sees_every_row_of_what_reached_it(either: Audit) -> None:
    seat = SeatNumber("3710001")
    other = SeatNumber("3710002")
    await either.append(ASKED)
    await either.append(replace(ASKED, kind=Kind.STARTED))
    await either.append(replace(ASKED, kind=Kind.ENDED, seat=None))
    await either.append(replace(ASKED, kind=Kind.STARTED, supervision="sv-2", seat=other))
    await either.append(replace(ASKED, kind=Kind.ASKED, supervision="sv-3"))
    assert [row.seq for row in await either.of_seat(seat, limit=10)] == [1, 2, 3]
    assert [row.seq for row in await either.of_seat(other, limit=10)] == [4]


async def test_when_a_channel_ended_is_read_from_asterisks_own_events(audit: PostgresAudit, dsn: str) -> None:
    ended = datetime(2026, 11, 22, 1, 2, 3, 400000, tzinfo=UTC)
    assert await audit.end_of(UniqueId("sv-1")) is None
    blank = "caller_name caller_number ani rdnis dnid exten context channel app app_data account peer user_type extra"
    columns = blank.split()
    connection = await asyncpg.connect(dsn)
    for place, (kind, at) in enumerate((("CHAN_START", ended - timedelta(minutes=1)), ("CHAN_END", ended))):
        await connection.execute(
            f"INSERT INTO seats.cel_events (segment, place, type, at, uniqueid, linkedid, {', '.join(columns)}) "  # noqa: S608
            f"VALUES ('s', $1, $2, $3, 'sv-1', 'sv-1', {', '.join(repr('') for _ in columns)})",
            place, kind, at,
        )  # fmt: skip
    await connection.close()
    assert await audit.end_of(UniqueId("sv-1")) == ended
    assert await audit.end_of(UniqueId("sv-2")) is None


async def test_many_writers_at_once_make_one_chain(dsn: str, tmp_path: Path) -> None:
    databases = [engine(dsn, application="test") for _ in range(3)]
    audits = [PostgresAudit(each, KEY, Digests(file_in(tmp_path)), SystemClock()) for each in databases]
    rows = await asyncio.gather(*(audits[n % 3].append(replace(ASKED, supervision=f"sv-{n}")) for n in range(30)))
    assert sorted(row.seq for row in rows) == list(range(1, 31))
    proof = await audits[0].verify()
    assert (proof.intact, proof.rows) == (True, 30)
    for each in databases:
        await each.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seats.supervision_audit SET reason = 'x'",
        "DELETE FROM seats.supervision_audit",
        "DELETE FROM seats.supervision_audit WHERE seq = 2",
        "TRUNCATE seats.supervision_audit",
        "TRUNCATE seats.supervision_audit CASCADE",
        "SET session_replication_role = replica; UPDATE seats.supervision_audit SET reason = 'x'",
        "INSERT INTO seats.supervision_audit SELECT * FROM seats.supervision_audit "
        "ON CONFLICT (seq) DO UPDATE SET reason = 'x'",
        "MERGE INTO seats.supervision_audit a USING (VALUES (1)) v(seq) ON a.seq = v.seq WHEN MATCHED THEN DELETE",
    ],
)
async def test_postgres_itself_refuses_any_change(audit: PostgresAudit, dsn: str, statement: str) -> None:
    for _ in range(3):
        await audit.append(ASKED)
    connection = await asyncpg.connect(dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only ever appended to"):
        await connection.execute(statement)
    await connection.close()
    proof = await audit.verify()
    assert (proof.intact, proof.rows) == (True, 3)


Cheat = Callable[[asyncpg.Connection], Awaitable[object]]
_OFF = "ALTER TABLE seats.supervision_audit DISABLE TRIGGER ALL;"
_EMPTY = "DELETE FROM seats.supervision_audit"
_DULL = "UPDATE seats.supervision_audit SET reason = '' WHERE seq = 2"


@pytest.mark.parametrize(
    ("cheat", "seq", "what"),
    [
        ("UPDATE seats.supervision_audit SET reason = 'dull' WHERE seq = 3", 3, "changed after it was written"),
        ("UPDATE seats.supervision_audit SET at = at - interval '1 hour' WHERE seq = 3", 3, "changed after"),
        ("UPDATE seats.supervision_audit SET user_name = NULL WHERE seq = 1", 1, "changed after"),
        ("DELETE FROM seats.supervision_audit WHERE seq = 3", 4, "1 rows before it are gone"),
        ("DELETE FROM seats.supervision_audit WHERE seq < 3", 3, "2 rows before it are gone"),
        ("DELETE FROM seats.supervision_audit WHERE seq > 3", 4, "gone from the end"),
        ("DELETE FROM seats.supervision_audit", 1, "gone from the end"),
        (
            "UPDATE seats.supervision_audit SET seq = 10 + seq WHERE seq IN (2, 3); "
            "UPDATE seats.supervision_audit SET seq = 3 WHERE seq = 12; "
            "UPDATE seats.supervision_audit SET seq = 2 WHERE seq = 13",
            2,
            "does not follow",
        ),
        (
            "INSERT INTO seats.supervision_audit SELECT 6, at, kind, supervision, user_name, role, verb, target_kind, "
            "target_id, call, seat, areas, 'forged', source, destination, detail, happened_at, times, "
            "(SELECT digest FROM seats.supervision_audit WHERE seq = 5), digest FROM seats.supervision_audit "
            "WHERE seq = 5",
            6,
            "changed after",
        ),
    ],
)
async def test_who_gets_past_the_triggers_is_seen(
    audit: PostgresAudit, dsn: str, cheat: str, seq: int, what: str
) -> None:
    for number in range(5):
        await audit.append(replace(ASKED, supervision=f"sv-{number}"))
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"{_OFF} {cheat}")
    await connection.close()
    proof = await audit.verify()
    assert not proof.intact
    assert proof.faults[0].seq == seq
    assert any(what in fault.what for fault in proof.faults)


async def test_a_chain_made_anew_without_the_key_does_not_hold(audit: PostgresAudit, dsn: str, tmp_path: Path) -> None:
    await audit.append(ASKED)
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"{_OFF} {_EMPTY}")
    await connection.close()
    database = engine(dsn, application="test")
    forger = PostgresAudit(database, key_of("a guess"), Digests(tmp_path / "elsewhere"), SystemClock())
    await forger.append(replace(ASKED, reason="nothing to see"))
    assert (await forger.verify()).intact
    assert [fault.what for fault in (await audit.verify()).faults] == ["it was changed after it was written"]
    await database.dispose()


async def test_the_chain_goes_on_behind_a_cheat_and_still_shows_it(audit: PostgresAudit, dsn: str) -> None:
    for _ in range(3):
        await audit.append(ASKED)
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"{_OFF} {_DULL}")
    await connection.close()
    await audit.append(ASKED)
    proof = await audit.verify()
    assert (proof.rows, [(fault.seq, fault.what) for fault in proof.faults]) == (
        4,
        [(2, "it was changed after it was written")],
    )


async def test_the_file_of_digests_is_the_owners_alone_and_a_torn_line_is_no_lie(
    audit: PostgresAudit, tmp_path: Path
) -> None:
    await audit.append(ASKED)
    file = file_in(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open("a") as stream:
        stream.write("2 abc")
    assert (await audit.verify()).intact


async def test_a_file_of_digests_that_cannot_be_written_stops_no_row(dsn: str, tmp_path: Path) -> None:
    database = engine(dsn, application="test")
    audit = PostgresAudit(database, KEY, Digests(tmp_path / "no" / "such" / "folder"), SystemClock())
    assert (await audit.append(ASKED)).seq == 1
    await database.dispose()


async def test_an_absent_postgres_is_called_so(tmp_path: Path) -> None:
    database = engine("postgresql://hotline:x@/hotline?host=/nowhere", application="test")
    audit = PostgresAudit(database, KEY, Digests(file_in(tmp_path)), SystemClock())
    with pytest.raises(DatabaseAway):
        await audit.append(ASKED)
    assert Digests(file_in(tmp_path)).read() == {}
    await database.dispose()
