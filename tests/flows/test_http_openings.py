"""Hours, closures and announcements over the API: by scope, written down first, in the file at once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.journal import Journal
from core.settings import PlatformSettings, Settings
from routing.hours import ALWAYS_OPEN, opening
from routing.hours_file import load
from seats.http.app import app
from seats.http.openings import Rows
from seats.opening.desk import OpeningDesk
from seats.opening.speech import NotSpoken, speech
from tests.fakes.audit_memory import MemoryAudit
from tests.fakes.desk import Desk
from tests.fakes.henan_tree import TREE

OFFICE = "mon-fri 08:30-12:00,13:30-17:30"
Asking = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


class Voice:
    """Says everything but one thing."""

    async def __call__(self, text: str) -> str:
        if text == "说不出来":
            raise NotSpoken("the voice is hoarse")
        return "notices/0123456789abcdef"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def audit(desk: Desk) -> MemoryAudit:
    return MemoryAudit(desk.clock)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "hours.json"


@pytest.fixture
async def ask(desk: Desk, audit: MemoryAudit, file: Path, tmp_path: Path) -> AsyncIterator[Asking]:
    rows = Rows(OpeningDesk(file, audit, Voice(), TREE, desk.clock)).rows()
    served = app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock), more=rows)
    async with TestClient(TestServer(served)) as client:

        async def asking(user: str, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
            headers = {"Authorization": f"Bearer {await desk.token(user)}"}
            method, how = ("POST", {"json": body}) if body else ("GET", {})
            async with client.request(method, f"/api/v1/{path}", headers=headers, **how) as response:
                return response.status, await response.json()

        yield asking


async def test_a_city_supervisor_sets_their_own_city_and_nothing_else(
    ask: Asking, audit: MemoryAudit, file: Path
) -> None:
    status, _ = await ask("li", "areas/zhengzhou/hours", hours=OFFICE, reason="冬季")
    assert status == 200
    row = audit.rows[-1]
    assert (row.verb, row.user_name, row.target_id, row.reason) == ("hours", "li", "zhengzhou", "冬季")
    assert OFFICE in row.detail
    for area in ("kaifeng", "henan", "all"):
        status, said = await ask("li", f"areas/{area}/hours", hours=OFFICE)
        assert (status, said["error"]) == (403, "area")
    assert set(load(file).hours) == {"zhengzhou"}
    assert (await ask("li", "areas/zhengzhou/hours", hours="none"))[0] == 200
    assert not load(file).hours


@pytest.mark.parametrize("user", ["zhang", "ding"])
async def test_who_may_not_is_refused(ask: Asking, file: Path, user: str) -> None:
    assert (await ask(user, "areas/zhengzhou/close", reason="停电"))[0] == 403
    assert load(file) is ALWAYS_OPEN


async def test_a_closure_holds_at_once_and_can_be_taken_back(ask: Asking, desk: Desk, file: Path) -> None:
    assert (await ask("wang", "areas/all/close", reason="停电", to="2026-11-23T00:00:00Z"))[0] == 200
    found = opening("kaifeng", desk.clock.now(), load(file))
    assert (found.open, found.why) == (False, "停电")
    shown = (await ask("zhao", "hours"))[1]["areas"]
    assert [(it["area"], it["open"], it["why"]) for it in shown] == [("kaifeng", False, "停电")]
    assert (await ask("wang", "areas/all/reopen", reason="来电"))[0] == 200
    assert opening("kaifeng", desk.clock.now(), load(file)).open


async def test_an_announcement_is_spoken_before_it_is_set(ask: Asking, audit: MemoryAudit, file: Path) -> None:
    assert (await ask("li", "areas/zhengzhou/announce", text="系统升级,请稍后再拨。"))[0] == 200
    assert load(file).notices["zhengzhou"].sound == "notices/0123456789abcdef"
    assert "系统升级" in audit.rows[-1].detail
    status, said = await ask("li", "areas/zhengzhou/announce", text="说不出来")
    assert (status, said["error"]) == (409, "cannot_act")
    assert load(file).notices["zhengzhou"].text == "系统升级,请稍后再拨。"
    assert (await ask("li", "areas/zhengzhou/hush", reason="好了"))[0] == 200
    assert not load(file).notices


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("areas/zhengzhou/hours", {"hours": "whenever"}),
        ("areas/zhengzhou/close", {"reason": "x", "to": "2020-01-01T00:00:00Z"}),
        ("areas/zhengzhou/reopen", {"reason": "x"}),
        ("areas/zhengzhou/hush", {"reason": "x"}),
        ("areas/zhengzhou/announce", {"text": "长" * 101}),
        ("areas/zhengzhou/announce", {"text": " "}),
        ("areas/zhengzhou/announce", {"text": "好", "until": "2020-01-01T00:00:00Z"}),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_written_down(
    ask: Asking, audit: MemoryAudit, file: Path, path: str, body: dict[str, str]
) -> None:
    assert (await ask("wang", path, **body))[0] == 400
    assert not audit.rows
    assert load(file) is ALWAYS_OPEN


async def test_without_a_row_nothing_is_set(ask: Asking, audit: MemoryAudit, file: Path) -> None:
    audit.away = True
    assert (await ask("wang", "areas/zhengzhou/close", reason="停电"))[0] == 503
    assert load(file) is ALWAYS_OPEN


async def test_the_voice_itself_speaks_as_a_program_of_its_own(tmp_path: Path) -> None:
    settings = replace(Settings(), platform=PlatformSettings(home=tmp_path, cache=tmp_path / "cache"))
    sound = await speech(settings)("系统升级,下午两点恢复。${SHELL(id)}")
    spoken = settings.paths.asterisk / "sounds/zh/hotline" / f"{sound}.alaw"
    assert spoken.stat().st_size > 8000
