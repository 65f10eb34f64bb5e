"""A recording over HTTP: written down first, given only inside the user's scope."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.db import DatabaseAway
from core.ids import LinkedId
from core.journal import Journal
from seats.http.app import app
from seats.http.sounds import StoredSounds
from seats.records.record import CallRecord, Recording, RecordingState
from seats.records.recording import RecordingFiles
from seats.supervision.entry import Entry, Kind, Row
from tests.fakes.becomes import becomes
from tests.fakes.desk import NOW, Desk, record

Client = TestClient[web.Request, web.Application]
KEPT, LOST = "0b8f7a4e-1111-4222-8333-444455556666", "0b8f7a4e-1111-4222-8333-444455557777"


@dataclass
class Rows:
    entries: list[Entry] = field(default_factory=list)
    away: bool = False

    async def append(self, entry: Entry) -> Row:
        if self.away:
            raise DatabaseAway("Postgres does not answer")
        self.entries.append(entry)
        return Row(Kind.DONE, "recording")


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def desk(rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    files = RecordingFiles(tmp_path / "recordings")
    files.path(KEPT).parent.mkdir(parents=True)
    files.path(KEPT).write_bytes(b"\xd5" * 800)

    async def stored(linkedid: LinkedId) -> CallRecord | None:
        own = tuple(Recording(each, NOW, NOW, 100, RecordingState.STORED) for each in (KEPT, LOST))
        return replace(record(linkedid, "zhengzhou", "3710001"), recordings=own) if linkedid == "9.1" else None

    desk = Desk()
    monkeypatch.setattr(desk.archive, "record", stored)
    desk.services = replace(desk.services, sounds=StoredSounds(files, rows))
    return desk


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[Client]:
    journal = Journal(tmp_path / "journal", desk.clock)
    async with TestClient(TestServer(app(desk.services, clock=desk.clock, journal=journal))) as c:
        yield c


async def _hear(desk: Desk, client: Client, user: str, recording: str = KEPT, **query: Any) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {await desk.token(user)}"}
    path = f"/api/v1/calls/9.1/recordings/{recording}"
    async with client.get(path, headers=headers, params={"reason": "申诉", **query}) as response:
        return response.status, await response.read()


@pytest.mark.parametrize("user", ["li", "wang", "zhang"])
async def test_whoever_may_hear_it_is_written_down(user: str, desk: Desk, client: Client, rows: Rows) -> None:
    status, sound = await _hear(desk, client, user)
    assert status == 200
    assert sound[:4] == b"RIFF"
    assert sound.endswith(b"\xd5" * 800)
    entry = rows.entries[0]
    assert (entry.user_name, entry.call, entry.reason, entry.source) == (user, "9.1", "申诉", "127.0.0.1")
    assert KEPT in entry.detail


async def test_another_city_hears_nothing_and_that_is_written_down_too(desk: Desk, client: Client, rows: Rows) -> None:
    assert (await _hear(desk, client, "zhao"))[0] == 403
    await becomes(lambda: [each.user for each in desk.supervision.refusals] == ["zhao"])
    assert not rows.entries


async def test_what_cannot_be_written_down_is_not_given(desk: Desk, client: Client, rows: Rows) -> None:
    rows.away = True
    status, said = await _hear(desk, client, "li")
    assert status == 503
    assert b"RIFF" not in said


@pytest.mark.parametrize(
    ("recording", "status"),
    [(LOST, 404), ("0b8f7a4e-1111-4222-8333-444455558888", 404), ("..%2f..%2fsecrets", 400), ("x" * 36, 400)],
)
async def test_what_is_not_this_call_s_is_not_given(
    recording: str, status: int, desk: Desk, client: Client, rows: Rows
) -> None:
    assert (await _hear(desk, client, "wang", recording))[0] == status
    assert not rows.entries


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "\u202e"])
async def test_a_reason_is_needed(reason: str, desk: Desk, client: Client, rows: Rows) -> None:
    assert (await _hear(desk, client, "wang", reason=reason))[0] == 400
    assert not rows.entries
