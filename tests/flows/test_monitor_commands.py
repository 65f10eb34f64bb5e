"""Subcommands against the API itself: what they print, what they do, how they fail."""

import asyncio
import io
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.journal import Journal
from seats.cli.arguments import parser
from seats.cli.client import Denied
from seats.cli.desk import desk_of
from seats.cli.main import _look_around, main
from seats.http.app import app
from seats.live.model import SeatState
from tests.fakes.desk import HOSTILE, NOW, PASSWORD, Desk, call, seat


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


RECORDING = "00000000-0000-4000-8000-000000000000"
Run = Callable[..., Awaitable[Ran]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def server(desk: Desk, tmp_path: Path) -> AsyncIterator[str]:
    hotline = TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path / "journal", desk.clock)))
    async with hotline:
        yield str(hotline.make_url("")).rstrip("/")


@pytest.fixture
def run(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    async def running(*argv: str, typed: str = f"{PASSWORD}\n") -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        code = await asyncio.to_thread(main, argv)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return running


@pytest.fixture
def log_in(run: Run, server: str) -> Callable[[str], Awaitable[Ran]]:
    async def logging_in(name: str, password: str = PASSWORD) -> Ran:
        return await run("login", "--server", server, "--user", name, "--password-stdin", typed=f"{password}\n")

    return logging_in


LogIn = Callable[..., Awaitable[Ran]]


async def test_a_log_in_is_kept_for_its_user_alone(run: Run, log_in: LogIn, tmp_path: Path) -> None:
    said = await log_in("li")
    assert said.code == 0
    kept = tmp_path / "call-monitor" / "session.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    token = next(iter(json.loads(kept.read_text())["servers"].values()))["token"]
    assert token not in said.out + said.err
    assert PASSWORD not in kept.read_text()
    who = await run("whoami", "--json")
    assert who.json["name"] == "li"
    assert who.json["phone"] == "3710001"
    assert token not in who.out
    assert "市级督导" in (await run("whoami")).out
    assert "city supervisor" in (await run("whoami", "--lang", "en")).out


async def test_a_wrong_password_is_one_line(log_in: LogIn, tmp_path: Path) -> None:
    said = await log_in("li", "wrong horse battery")
    assert said.code == 2
    assert said.err.startswith("call-monitor: ")
    assert said.err.count("\n") == 1
    assert not (tmp_path / "call-monitor").exists()


@pytest.mark.parametrize("command", [["calls"], ["watch"], ["listen", "3710001"], ["whoami"], ["signout"]])
async def test_who_has_not_logged_in_is_told_how(run: Run, server: str, command: list[str]) -> None:
    said = await run(*command, "--server", server)
    assert said.code == 2
    assert "call-monitor login" in said.err
    assert not said.out


async def test_signing_out_ends_the_session(run: Run, log_in: LogIn, server: str, desk: Desk, tmp_path: Path) -> None:
    await log_in("li")
    kept = (tmp_path / "call-monitor" / "session.json").read_text()
    assert (await run("logout")).code == 0
    assert (await run("calls", "--server", server)).code == 2
    (tmp_path / "call-monitor" / "session.json").write_text(kept)
    said = await run("calls")
    assert said.code == 2
    assert "log in" in said.err


async def test_a_city_supervisor_lists_that_city(run: Run, log_in: LogIn) -> None:
    await log_in("li")
    calls = (await run("calls", "--json")).json["calls"]
    assert [each["linkedid"] for each in calls] == ["1.1"]
    seats = (await run("seats", "--json")).json["seats"]
    assert {each["number"] for each in seats} == {"3710001", "3710002"}
    shown = (await run("calls")).out
    assert "13803710000" in shown
    assert "郑州" in shown
    assert "037122223333" not in shown
    assert "Zhengzhou" in (await run("queues", "--lang", "en")).out


async def test_lists_are_cut_by_area_and_state(run: Run, log_in: LogIn, desk: Desk) -> None:
    desk.live.put(replace(seat("3712002", "kaifeng", SeatState.PAUSED), reason="午餐"))
    await log_in("wang")
    waiting = (await run("calls", "--state", "waiting", "--json")).json["calls"]
    assert [each["linkedid"] for each in waiting] == ["2.1"]
    paused = (await run("seats", "--area", "开封", "--state", "paused", "--json")).json["seats"]
    assert [each["number"] for each in paused] == ["3712002"]
    assert "午餐" in (await run("seats", "--state", "小休")).out
    said = await run("calls", "--area", "北京")
    assert said.code == 2
    assert "no area" in said.err
    queues = (await run("queues", "--area", "kaifeng", "--json")).json["areas"]
    assert [each["area"] for each in queues] == ["kaifeng"]


async def test_old_data_says_so(run: Run, log_in: LogIn, desk: Desk) -> None:
    desk.live.put(stale_since=NOW)
    await log_in("wang")
    assert "数据自 09:00:00 起未更新" in (await run("calls")).out
    assert (await run("calls", "--json")).json["stale_since"] == "2026-11-22T01:00:00Z"


async def test_one_call_up_or_stored(run: Run, log_in: LogIn) -> None:
    await log_in("wang")
    assert "手机号段" in (await run("show", "1.1")).out
    assert (await run("show", "1.1", "--json")).json["call"]["number"] == "13803710000"
    assert "已接通" in (await run("show", "9.1")).out
    assert "郑州；残保金（已答）；要求人工" in (await run("show", "1.1")).out
    assert "来电人:  残保金怎么交" in (await run("show", "9.1")).out
    assert (await run("show", "1.1", "--json")).json["story"]["summary"].endswith("要求人工")
    assert "来电人说" not in (await run("show", "9.2")).out
    said = await run("show", "5.5")
    assert said.code == 1
    assert "no such call" in said.err


async def test_history_asks_what_was_asked(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("wang")
    said = await run("history", "--area", "郑州", "--since", "2026-11-22", "--number", "13803710000",
                     "--outcome", "abandoned_in_queue", "--limit", "7", "--origin", "trunk")  # fmt: skip
    assert said.code == 0
    assert "排队中放弃" in said.out
    asked = dict(desk.archive.asked[-1])
    assert asked["area"] == "zhengzhou"
    assert asked["since"].isoformat() == "2026-11-21T16:00:00+00:00"
    assert (asked["number"], asked["outcome"], asked["limit"]) == ("13803710000", "abandoned_in_queue", 7)
    assert asked["origin"] == "trunk"
    assert (await run("history", "--json")).json["records"]
    assert desk.archive.asked[-1]["origin"] is None


async def test_a_recording_is_fetched_once_and_noted(run: Run, log_in: LogIn, desk: Desk, tmp_path: Path) -> None:
    await log_in("wang")
    file = tmp_path / "call.wav"
    said = await run("recording", "9.1", "--id", RECORDING, "--reason", "投诉", "--out", str(file), "--json")
    assert said.code == 0
    assert file.read_bytes().startswith(b"RIFF")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    heard = desk.archive.asked[-1]
    assert (heard["heard"], heard["user"], heard["reason"]) == (RECORDING, "wang", "投诉")
    again = await run("recording", "9.1", "--id", RECORDING, "--reason", "投诉", "--out", str(file))
    assert again.code == 2
    assert "already" in again.err
    assert desk.archive.asked[-1] is heard
    none = await run("recording", "9.1", "--reason", "x", "--out", str(tmp_path / "other.wav"))
    assert none.code == 2
    assert "0 recordings" in none.err
    assert (
        await run("recording", "5.5", "--id", RECORDING, "--reason", "投诉", "--out", str(tmp_path / "other.wav"))
    ).code == 1
    assert not (tmp_path / "other.wav").exists()


ACTS: list[tuple[list[str], tuple[str, str, str]]] = [
    (["listen", "3710001"], ("listen", "3710001", "")),
    (["whisper", "1.1"], ("whisper", "1.1", "")),
    (["barge", "3710001"], ("barge", "3710001", "")),
    (["takeover", "1.1"], ("takeover", "1.1", "")),
    (["hangup", "1.1"], ("hangup", "1.1", "")),
    (["move", "1.1", "郑州"], ("move", "1.1", "郑州")),
    (["pause", "3710002"], ("pause", "3710002", "")),
    (["unpause", "3710002"], ("unpause", "3710002", "")),
    (["logout", "3710002"], ("logout", "3710002", "")),
]


@pytest.mark.parametrize(("typed", "done"), ACTS, ids=[typed[0] for typed, _ in ACTS])
async def test_an_act_is_done_with_its_reason(
    run: Run, log_in: LogIn, desk: Desk, typed: list[str], done: tuple[str, str, str]
) -> None:
    await log_in("li")
    said = await run(*typed, "--reason", "质检", "--json")
    assert said.code == 0
    assert said.json["target"] == done[1]
    user, verb, target, reason, _, to = desk.supervision.acts[-1]
    assert (user, verb, target, reason, to) == ("li", done[0], done[1], "质检", done[2])


@pytest.mark.parametrize("typed", [typed for typed, _ in ACTS], ids=[typed[0] for typed, _ in ACTS])
async def test_another_citys_supervisor_does_nothing(run: Run, log_in: LogIn, desk: Desk, typed: list[str]) -> None:
    await log_in("zhao")
    said = await run(*typed)
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert not desk.supervision.acts


async def test_an_auditor_reads_and_never_commands(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("zhang")
    assert "138****0000" in (await run("calls")).out
    assert (await run("audit", "verify")).code == 0
    said = await run("hangup", "1.1")
    assert said.code == 1
    assert "auditor" in said.err
    assert not desk.supervision.acts


async def test_a_supervision_is_switched_and_left(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("wang")
    began = (await run("listen", "3710001", "--json")).json["id"]
    assert (await run("switch", began, "whisper")).code == 0
    assert desk.supervision.acts[-1][1] == "whisper"
    assert (await run("leave", began)).code == 0
    assert (await run("leave", began)).code == 1
    assert "3719001" in (await run("listen", "3710001")).out


async def test_audit_rows_and_their_proof(run: Run, log_in: LogIn, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await log_in("wang")
    await run("hangup", "1.1", "--reason", "骚扰")
    assert "挂断" in (await run("audit")).out
    assert (await run("audit", "--json", "--limit", "1")).json["rows"]
    assert (await run("supervisions", "3710001", "--json")).code == 0
    assert "链未断" in (await run("audit", "verify")).out
    intact = desk.supervision.verify

    async def tampered() -> Any:
        return replace(await intact(), intact=False)

    monkeypatch.setattr(desk.supervision, "verify", tampered)
    said = await run("audit", "verify")
    assert said.code == 1
    assert "改动" in said.out
    assert (await run("audit", "verify", "--json")).json["intact"] is False


async def test_a_seat_lists_who_supervised_it_and_nothing_else(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("li")
    await run("listen", "3710001", "--reason", "质检")
    await run("listen", "3710002", "--reason", "培训")
    await log_in("ding")
    shown = (await run("supervisions")).out
    for word in ("督导编号", "li", "监听", "质检", "11-22 09:00:00"):
        assert word in shown
    assert "培训" not in shown
    assert [row["reason"] for row in (await run("supervisions", "--json")).json["rows"]] == ["质检"]
    assert "座席" in (await run("whoami")).out
    for command in (["supervisions", "3710002"], ["calls"], ["history"], ["audit"], ["listen", "3710001"], ["watch"]):
        said = await run(*command)
        assert said.code != 0
        assert not said.out
    await log_in("zhang")
    said = await run("supervisions")
    assert said.code == 2
    assert "SEAT" in said.err


async def test_a_seat_has_no_board_and_is_told_what_it_has(log_in: LogIn) -> None:
    await log_in("ding")
    with pytest.raises(Denied, match="call-monitor supervisions"):
        await _look_around(desk_of(parser().parse_args([])))


async def test_a_hostile_name_is_inert(run: Run, log_in: LogIn, desk: Desk) -> None:
    desk.live.put(
        call("1.1", "zhengzhou", "3710001", name=HOSTILE), replace(seat("3710001", "zhengzhou"), name=HOSTILE)
    )
    await log_in("wang")
    for command in (["calls"], ["seats"], ["show", "1.1"], ["watch", "--count", "1"], ["calls", "--json"]):
        said = (await run(*command)).out
        assert not {"\x1b", "\u202e", "\x00", "\r"} & set(said)


async def test_watch_tells_changes_as_lines(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("wang")
    watching = asyncio.create_task(run("watch", "--count", "3"))
    while not watching.done():
        desk.live.put(call("7.7", "zhengzhou", number="13800000007"))
        await asyncio.sleep(0)
    assert (await watching).out.count("\n") == 3
    first = json.loads((await run("watch", "--json", "--count", "1", "--area", "开封")).out)
    assert first["kind"] == "snapshot"
    assert [each["linkedid"] for each in first["picture"]["calls"]] == ["2.1"]


async def test_postgres_away_is_said(run: Run, log_in: LogIn, desk: Desk) -> None:
    await log_in("wang")
    desk.go_away()
    said = await run("history")
    assert said.code == 1
    assert "Postgres" in said.err
    assert (await run("calls")).code == 0


async def test_nobody_there_is_one_line(run: Run, log_in: LogIn, unused_tcp_port: int) -> None:
    await log_in("wang")
    said = await run("login", "--server", f"http://127.0.0.1:{unused_tcp_port}", "--user", "li", "--password-stdin")
    assert said.code == 1
    assert "connection refused" in said.err
    assert said.err.count("\n") == 1


async def test_another_server_is_not_taken_for_ours(run: Run, log_in: LogIn) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:1/")

    for answer in (page, away):
        other = web.Application()
        other.router.add_route("*", "/{any:.*}", answer)
        async with TestServer(other) as there:
            url = str(there.make_url("")).rstrip("/")
            said = await run("login", "--server", url, "--user", "li", "--password-stdin")
            assert said.code == 1
            assert "is --server right" in said.err
