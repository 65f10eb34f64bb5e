"""The live board at 80×24 and wide, behind it the API itself: what is seen, what is painted, what the keys do."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input, Static

from core.ids import LinkedId
from core.journal import Journal
from seats.cli.board.app import Board
from seats.cli.board.asks import AskAct, Sheet
from seats.cli.board.bar import Bar
from seats.cli.board.grid import Grid
from seats.cli.client import Client
from seats.cli.columns import Sight
from seats.cli.places import Places
from seats.cli.words import Lang, Words
from seats.http.app import app
from seats.live.model import SeatState
from tests.fakes.becomes import becomes
from tests.fakes.busy_desk import Peak
from tests.fakes.desk import HOSTILE, NOW, Desk, area, call, seat
from tests.fakes.henan_tree import TREE

SIZES = [(80, 24), (160, 45)]
Look = Callable[..., AbstractAsyncContextManager[tuple[Board, Pilot[str]]]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seats.http.screens.LOOK", 0.001)
    monkeypatch.setattr("seats.http.screens.INTERVAL", 0.002)
    monkeypatch.setattr("seats.cli.board.watching.FASTEST", 0.0)
    monkeypatch.setattr("seats.cli.feed.PAUSES", (0.01,))


@pytest.fixture
async def look(desk: Desk, tmp_path: Path) -> AsyncIterator[Look]:
    server = TestServer(app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock)))

    @asynccontextmanager
    async def looking(
        user: str = "wang", size: tuple[int, int] = (80, 24), lang: Lang = "zh"
    ) -> AsyncIterator[tuple[Board, Pilot[str]]]:
        async with Client(str(server.make_url("")), await desk.token(user)) as client:
            person = await client.me()
            client.skew = 0.0  # both clocks are the turned one
            words = Words(lang)
            board = Board(client, person, Sight(words, Places(TREE, words)), desk.clock)
            async with board.run_test(size=size) as pilot:
                await becomes(lambda: bool(board.picture.areas))
                await pilot.pause()
                yield board, pilot

    async with server:
        yield looking


def lines(grid: Grid) -> list[str]:
    """What a table shows, line by line."""
    return [grid.render_line(y).text for y in range(grid.size.height)]


def seen(board: Board) -> str:
    """Everything on the screen."""
    bars = [bar.text for bar in board.screen_stack[0].query(Bar)]
    shown = [line for grid in board.grids.values() if grid.display for line in lines(grid)]
    return "\n".join((*bars, *shown))


def said(board: Board) -> str:
    return board.screen_stack[0].query_one("#said", Bar).text


async def press(pilot: Pilot[str], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def give_reason(board: Board, pilot: Pilot[str], reason: str, to: str = "") -> None:
    """Answer the window that asks."""
    await becomes(lambda: isinstance(board.screen, AskAct))
    await pilot.pause()
    if to:
        board.screen.query_one("#to", Input).value = to
    board.screen.query_one("#reason", Input).value = reason
    board.screen.query_one("#reason", Input).focus()
    await press(pilot, "enter")


@pytest.mark.parametrize("size", SIZES)
async def test_areas_calls_and_seats_are_seen(look: Look, size: tuple[int, int]) -> None:
    async with look(size=size) as (board, pilot):
        assert "郑州" in seen(board)
        await press(pilot, "2")
        assert "13803710000" in seen(board)
        assert "手机号段" in seen(board)
        await press(pilot, "3")
        assert "3710001" in seen(board)
        assert "河南" in seen(board)
        assert "wang" in board.query_one("#headline", Bar).text


async def test_a_wide_screen_shows_all_three_at_once(look: Look) -> None:
    async with look(size=SIZES[1]) as (board, pilot):
        assert all(grid.display for grid in board.grids.values())
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert [name for name, grid in board.grids.items() if grid.display] == ["areas"]
        await press(pilot, "tab")
        assert [name for name, grid in board.grids.items() if grid.display] == ["calls"]
        assert board.grids["calls"].has_focus


@pytest.mark.parametrize("size", [*SIZES, (40, 10), (20, 6)])
async def test_no_line_is_wider_than_its_table(look: Look, size: tuple[int, int]) -> None:
    async with look(size=size) as (board, pilot):
        for key in "123":
            await press(pilot, key)
            grid = board.grids[board.shown]
            for y in range(grid.size.height):
                assert grid.render_line(y).cell_length == grid.size.width


async def test_english_on_demand(look: Look) -> None:
    async with look(lang="en") as (board, pilot):
        assert "Zhengzhou" in seen(board)
        await press(pilot, "2")
        assert "talking" in seen(board)


async def test_what_happens_is_seen(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        desk.live.put(call("3.1", "zhengzhou", number="13900000009"), gone=["1.1"])
        await becomes(lambda: "13900000009" in seen(board) and "13803710000" not in seen(board))
        await press(pilot, "3")
        desk.live.put(replace(seat("3710002", "zhengzhou", SeatState.PAUSED), reason="午餐"))
        await becomes(lambda: "午餐" in seen(board))
        await press(pilot, "1")
        desk.live.put(area("luoyang", waiting=7))
        await becomes(lambda: any("洛阳" in line and " 7 " in line for line in lines(board.grids["areas"])))


async def test_timers_go_on_without_the_platform(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        desk.clock.turn(42)
        board.tick()
        assert "0:42" in seen(board)
        await press(pilot, "1")
        assert any("开封" in line and "0:42" in line for line in lines(board.grids["areas"]))


async def test_only_cells_that_changed_are_painted(look: Look, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    peak = Peak(now=NOW)
    desk.live.picture = peak.live.picture
    async with look(size=SIZES[1]) as (board, pilot):
        await becomes(lambda: len(board.picture.seats) == 1000 and len(board.picture.calls) == 300)
        await press(pilot, "3")
        painted: list[Region] = []
        grid = board.grids["seats"]
        plain = grid.refresh

        def refresh(*regions: Region, **how: Any) -> Any:
            painted.extend(regions or [grid.size.region])
            return plain(*regions, **how)

        monkeypatch.setattr(grid, "refresh", refresh)
        number, before = grid.rows[3]
        state = SeatState.PAUSED if before.state != "paused" else SeatState.READY
        desk.live.put(replace(desk.live.picture.seats[number], state=state))  # type: ignore[index]
        await becomes(lambda: board.picture.seats[number].state == state and bool(painted))
        assert [region.height for region in painted] == [1]
        assert painted[0].width < 12
        painted.clear()
        board.tick()
        assert not painted
        desk.clock.turn(1)
        board.tick()
        # One timer a line one sees, of the thousand there are.
        assert 0 < len(painted) < grid.size.height
        assert all(region.width < 12 for region in painted)


async def test_a_burst_is_folded_before_it_is_painted(look: Look, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with look() as (board, _):
        monkeypatch.setattr("seats.cli.board.watching.FASTEST", 0.05)
        arranged: list[int] = []
        monkeypatch.setattr(board.grids["calls"], "put", lambda entries: arranged.append(len(list(entries))))
        for place in range(50):
            desk.live.put(call(f"8.{place}", "zhengzhou"))
            await becomes(lambda place=place: f"8.{place}" in board.picture.calls)  # type: ignore[misc]
        desk.clock.turn(1)
        await becomes(lambda: bool(arranged) and arranged[-1] == 52)
        assert len(arranged) < 50


@pytest.mark.parametrize("size", SIZES)
async def test_into_a_city_and_out_again(look: Look, size: tuple[int, int]) -> None:
    async with look(size=size) as (board, pilot):
        board.grids["areas"].select("kaifeng")
        await press(pilot, "enter")
        assert board.shown == "calls"
        assert [key for key, _ in board.grids["calls"].rows] == ["2.1"]
        assert [key for key, _ in board.grids["seats"].rows] == ["3712001", "3712002"]
        assert "开封 ×" in board.query_one("#place", Bar).text
        await press(pilot, "escape")
        assert board.shown == "areas"
        assert board.grids["areas"].chosen == "kaifeng"
        assert len(board.grids["calls"].rows) == 2


async def test_one_call_in_full_and_an_act_from_there(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        board.grids["calls"].select("1.1")
        await press(pilot, "enter")
        assert isinstance(board.screen, Sheet)
        text = str(board.screen.query_one("#text", Static).content)
        assert "1.1" in text
        assert "手机号段" in text
        desk.live.put(gone=["1.1"])
        await becomes(lambda: "1.1" not in board.picture.calls)
        board.screen.show()
        assert "它已不在" in str(board.screen.query_one("#text", Static).content)
        await press(pilot, "escape")
        board.grids["calls"].select("2.1")
        await press(pilot, "enter", "h")
        await give_reason(board, pilot, "骚扰")
        await becomes(lambda: len(desk.supervision.acts) == 1)
        assert desk.supervision.acts[0][1:4] == ("hangup", "2.1", "骚扰")


async def test_sorting_and_its_reverse(look: Look, desk: Desk) -> None:
    desk.live.put(area("luoyang", waiting=9), area("xinxiang", waiting=3))
    async with look() as (board, pilot):
        grid = board.grids["areas"]
        assert [key for key, _ in grid.rows] == ["zhengzhou", "kaifeng", "luoyang", "xinxiang"]
        await press(pilot, "s")
        assert grid.sorted_by == "waiting"
        assert [key for key, _ in grid.rows][:3] == ["luoyang", "xinxiang", "kaifeng"]
        assert "等待▼" in lines(grid)[0]
        await press(pilot, "r")
        assert [key for key, _ in grid.rows][-1] == "luoyang"
        await press(pilot, "S")
        assert grid.sorted_by == "area"


async def test_every_column_can_be_sorted_by(look: Look, desk: Desk) -> None:
    peak = Peak(seats=40, calls=20, now=NOW)
    desk.live.picture = peak.live.picture
    async with look(size=SIZES[1]) as (board, _):
        for grid in board.grids.values():
            for _ in grid.columns:
                grid.sort_next()
                assert len(grid.rows) == len({key for key, _ in grid.rows}) > 0


async def test_filtering_as_one_types(look: Look) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2", "slash", *"0371")
        assert len(board.grids["calls"].rows) == 2
        await press(pilot, "2")
        assert [key for key, _ in board.grids["calls"].rows] == ["2.1"]
        await press(pilot, "2", "enter")
        assert "筛选 037122" in board.query_one("#place", Bar).text
        await press(pilot, "escape")
        assert len(board.grids["calls"].rows) == 2
        await press(pilot, "slash", *"zzz", "escape")
        assert len(board.grids["calls"].rows) == 2


async def test_the_cursor_stays_on_its_row(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        grid = board.grids["calls"]
        grid.select("1.1")
        for place in range(30):
            desk.live.put(call(f"5.{place}", "zhengzhou"))
        await becomes(lambda: len(grid.rows) == 32)
        assert grid.chosen == "1.1"
        desk.live.put(gone=["1.1"])
        await becomes(lambda: "1.1" not in board.picture.calls)
        assert grid.chosen is not None
        await press(pilot, "home", "k")
        assert grid.chosen == grid.rows[0][0]
        await press(pilot, "end", "j")
        assert grid.chosen == grid.rows[-1][0]
        assert any(grid.rows[-1][1].number in line for line in lines(grid))
        await press(pilot, "pageup", "pagedown", "g")
        assert grid.scroll_offset.y == 0


KEYS = [("l", "listen"), ("w", "whisper"), ("b", "barge"), ("t", "takeover"), ("h", "hangup"), ("m", "move"),
        ("p", "pause"), ("u", "unpause"), ("o", "logout")]  # fmt: skip


@pytest.mark.parametrize(("key", "verb"), KEYS, ids=[verb for _, verb in KEYS])
async def test_every_act_has_a_key_and_asks_why(look: Look, desk: Desk, key: str, verb: str) -> None:
    size = SIZES[ord(key) % 2]
    desk.live.put(replace(seat("3710001", "zhengzhou", SeatState.TALKING), call=LinkedId("1.1")))
    async with look("li", size=size) as (board, pilot):
        await press(pilot, "3")
        board.grids["seats"].select("3710001")
        await press(pilot, key)
        await give_reason(board, pilot, "质检", to="3710002" if verb == "move" else "")
        await becomes(lambda: bool(desk.supervision.acts))
        target = "1.1" if verb in {"hangup", "move"} else "3710001"
        user, done, whom, reason, _, to = desk.supervision.acts[0]
        assert (user, done, whom, reason) == ("li", verb, target, "质检")
        assert to == ("3710002" if verb == "move" else "")
        await becomes(
            lambda: (
                ("已执行" if verb not in {"listen", "whisper", "barge", "takeover"} else "3710001 将振铃")
                in said(board)
            )
        )


async def test_moving_asks_where_to_first(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2", "m")
        await becomes(lambda: isinstance(board.screen, AskAct))
        await press(pilot, "enter", *"kaifeng", "tab", "shift+tab", "enter", *"why", "enter")
        await becomes(lambda: bool(desk.supervision.acts))
        assert desk.supervision.acts[0][3] == "why"
        assert desk.supervision.acts[0][5] == "kaifeng"


async def test_escape_does_nothing(look: Look, desk: Desk) -> None:
    async with look("li") as (board, pilot):
        await press(pilot, "2", "h")
        await becomes(lambda: isinstance(board.screen, AskAct))
        await press(pilot, "escape")
        assert not isinstance(board.screen, AskAct)
        assert not desk.supervision.acts


async def test_modes_are_switched_without_asking_again(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        board.grids["calls"].select("1.1")
        await press(pilot, "l")
        await give_reason(board, pilot, "质检")
        await becomes(lambda: "正在监听" in said(board))
        await press(pilot, "w")
        await becomes(lambda: "正在耳语" in said(board))
        assert [act[1] for act in desk.supervision.acts] == ["listen", "whisper"]
        await press(pilot, "e")
        await becomes(lambda: "正在耳语" not in said(board))
        assert "s1" not in desk.supervision.running
        await press(pilot, "e")
        await becomes(lambda: "没有正在进行的督导" in said(board))


async def test_hanging_up_ones_own_phone_ends_what_runs(look: Look, desk: Desk) -> None:
    own = seat("3710001", "zhengzhou")
    async with look("li") as (board, pilot):
        await press(pilot, "2", "l")
        await give_reason(board, pilot, "")
        await becomes(lambda: "正在监听" in said(board))
        desk.live.put(replace(own, state=SeatState.TALKING, reason="supervision"))
        await becomes(lambda: board.supervisor.running is not None and board.supervisor.running.joined)
        desk.live.put(own)
        await becomes(lambda: board.supervisor.running is None)
        await becomes(lambda: "正在监听" not in said(board))


async def test_a_supervision_that_has_ended_is_begun_anew(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        board.grids["calls"].select("1.1")
        await press(pilot, "l")
        await give_reason(board, pilot, "")
        await becomes(lambda: "正在监听" in said(board))
        desk.supervision.running.clear()
        await press(pilot, "b")
        await becomes(lambda: "正在强插" in said(board))
        assert [act[1] for act in desk.supervision.acts] == ["listen", "barge"]


async def test_an_auditor_is_told_and_asked_nothing(look: Look, desk: Desk) -> None:
    async with look("zhang") as (board, pilot):
        assert "监听" not in board.query_one("#keys", Bar).text
        await press(pilot, "2", "h")
        assert "您的角色不能挂断" in said(board)
        assert "138****0000" in seen(board)
        assert not desk.supervision.acts


async def test_an_act_needs_something_to_act_on(look: Look) -> None:
    async with look() as (board, pilot):
        await press(pilot, "p")
        assert "先选一个座席" in said(board)
        await press(pilot, "3")
        board.grids["seats"].select("3712001")
        await press(pilot, "h")
        assert "先选一个通话" in said(board)


async def test_a_refusal_is_said_in_chinese(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2", "h")
        desk.supervision.away = True
        await give_reason(board, pilot, "")
        await becomes(lambda: "数据库没有应答" in said(board))


async def test_old_data_says_since_when_and_stands_still(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "2")
        desk.live.put(stale_since=NOW + timedelta(seconds=5))
        await becomes(lambda: "数据自 09:00:05 起未更新" in said(board))
        desk.clock.turn(60)
        board.tick()
        timers = "".join(lines(board.grids["calls"]))
        assert "0:05" in timers
        assert "1:00" not in timers
        assert board.grids["calls"].has_class("old")
        desk.live.put(stale_since=None)
        await becomes(lambda: "未更新" not in said(board))
        assert not board.grids["calls"].has_class("old")


async def test_a_cut_link_is_said_and_mended(look: Look, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with look() as (board, _):
        monkeypatch.setattr("seats.cli.feed.PAUSES", (0.2,))
        await board.client.session.connector.close()  # type: ignore[union-attr]
        await becomes(lambda: board.cut is not None)
        assert "起未更新" in said(board)


async def test_a_user_whose_role_was_changed_sees_the_new_one(
    look: Look, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seats.http.socket.CHECK", 0.005)
    async with look("li") as (board, _):
        assert "监听" in board.query_one("#keys", Bar).text
        user, digest = desk.store.users["li"]
        desk.store.users["li"] = (replace(user, role="auditor", area="henan"), digest)
        await desk.accounts.recheck()
        await becomes(lambda: "监听" not in board.query_one("#keys", Bar).text)
        await becomes(lambda: "kaifeng" in board.picture.areas)


async def test_the_end_of_the_session_ends_the_board(look: Look, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seats.http.socket.CHECK", 0.005)
    async with look("li") as (board, _):
        await board.client.log_out()
        await becomes(lambda: board.return_code == 2)
        assert "log in" in str(board.return_value)


async def test_hostile_texts_are_inert(look: Look, desk: Desk) -> None:
    desk.live.put(
        call("1.1", "zhengzhou", "3710001", name=HOSTILE, number="[red]x[/red]"),
        replace(seat("3710001", "zhengzhou"), name=HOSTILE, reason="[bold]\x1b[2J", call=LinkedId("1.1")),
    )
    async with look(size=SIZES[1]) as (board, pilot):
        # As if the platform had let them through.
        board.picture.calls["1.1"] = replace(board.picture.calls["1.1"], name=HOSTILE)
        board.arrange()
        shown = seen(board)
        assert not {"\x1b", "\u202e", "\x00", "\r", "\t"} & set(shown)
        assert "[red]x[/red]" in shown
        assert "\\x1b" in shown
        await press(pilot, "2", "h")
        await becomes(lambda: isinstance(board.screen, AskAct))
        await pilot.pause()
        titles = " ".join(str(each.content) for each in board.screen.query(Static))
        assert not {"\x1b", "\u202e", "\x00", "\r"} & set(titles)
        svg = board.export_screenshot()
        assert "<script>" not in svg


async def test_help_and_differences(look: Look, desk: Desk) -> None:
    async with look() as (board, pilot):
        await press(pilot, "question_mark")
        assert "接管" in str(board.screen.query_one("#text", Static).content)
        await press(pilot, "escape", "x")
        assert isinstance(board.screen, Sheet)
        await press(pilot, "q")
        assert not isinstance(board.screen, Sheet)
        await press(pilot, "q")
        assert board.return_code == 0
