"""The contenders of B7: `python -m tests.bench.screens_server WAY SCREENS TURNS RATE` serves one run.

It says where and with which tokens on standard output, waits until every screen is there, then lets calls end and
begin: each *turn* ends the oldest of 300 calls and begins one whose name is the moment (nanoseconds, monotonic) it was
due. Last it says what it spent. `ours` is the API as it is; `naive` writes every change for every screen.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from aiohttp import web

from core.clock import SystemClock
from core.ids import AreaId, SeatNumber
from core.journal import Journal
from routing.areas import AreaTree
from seats.accounts.accounts import Accounts
from seats.accounts.scope import AreaScope, scope_of
from seats.accounts.store import UserRow
from seats.http import Services, app, json_out
from seats.live.board import Board
from seats.live.model import Picture
from seats.live.translate import changes_of
from seats.live.view import view
from seats.roster.seat import Seat
from tests.fakes.account_store import MemoryStore, cheap_passwords
from tests.fakes.desk import Archive, Notebook
from tests.fakes.henan_tree import TREE

CALLS = 300
SEATS = 1000
PASSWORD = "correct horse battery"
PER_USER = 25


class Day:
    """A picture of national size for one province, and calls that come and go."""

    def __init__(self, tree: AreaTree) -> None:
        self.tree = tree
        self.areas = [area.id for area in tree.cities]
        self.board = Board(tree, SystemClock().now())
        self.board.enrol(
            Seat(SeatNumber(str(3_710_001 + nth)), self.areas[nth % len(self.areas)], f"{nth}号座席")
            for nth in range(SEATS)
        )
        self.up: deque[str] = deque()
        self.count = 0
        for _ in range(CALLS):
            self._begin("王小明")
        self._settle()

    @property
    def picture(self) -> Picture:
        return self.board.picture

    def view(self, picture: Picture, scope: AreaScope) -> Picture:
        return view(picture, scope)

    def turn(self, due: int) -> tuple[str, str]:
        """One call ends, one begins; their linkedids."""
        gone = self.up.popleft()
        self._event("Hangup", {"Uniqueid": gone, "Linkedid": gone, "Channel": f"PJSIP/trunk-{gone}"})
        begun = self._begin(f"t{due}")
        self._settle()
        return gone, begun

    def _begin(self, name: str) -> str:
        self.count += 1
        linkedid = f"{1_795_000_000 + self.count}.{self.count}"
        area = self.areas[self.count % len(self.areas)]
        fields = {
            "Uniqueid": linkedid,
            "Linkedid": linkedid,
            "Channel": f"PJSIP/trunk-{linkedid}",
            "ChannelState": "6",
            "CallerIDNum": "13803710000",
            "CallerIDName": name,
        }
        self._event("Newchannel", fields)
        decision = json.dumps({"area_id": area, "reason": "segment"})
        self._event("VarSet", {**fields, "Variable": "HOTLINE_ROUTED", "Value": decision})
        self.up.append(linkedid)
        return linkedid

    def _event(self, name: str, fields: dict[str, str]) -> None:
        self.board.apply(changes_of(name, fields, time.time()))

    def _settle(self) -> None:
        now = SystemClock().now()
        self.board.settle(now, stale_since=None, newest_event=now)


async def ours(day: Day, screens: int, run: "Run") -> tuple[web.Application, list[dict[str, Any]]]:
    """The API; users of every area and a few who see all."""
    store, passwords, clock = MemoryStore(), cheap_passwords(), SystemClock()
    digest = passwords.digest(PASSWORD)
    accounts = Accounts(store, TREE, clock, passwords)
    asked = []
    for nth, area in enumerate(_areas(day, screens)[::PER_USER]):
        role = "province_supervisor" if area == day.tree.root.id else "city_supervisor"
        await store.add(UserRow(f"u{nth}", role, area, None), digest)
    users = sorted(store.users.values(), key=lambda user: int(user[0].name[1:]))
    for nth in range(screens):
        user = users[nth // PER_USER][0]
        token, _ = await accounts.log_in(user.name, PASSWORD, "127.0.0.1")
        asked.append({"path": "/api/v1/live", "token": token, "area": user.area})
    archive, folder = Archive(), Path(tempfile.mkdtemp())
    services = Services(TREE, day, Notebook(clock), archive, archive, accounts, archive, stories=archive)
    api = app(services, clock=clock, journal=Journal(folder, clock))
    return api, asked


async def naive(day: Day, screens: int, run: "Run") -> tuple[web.Application, list[dict[str, Any]]]:
    """Every change to every screen it concerns, as soon as it happens, written for each."""
    there: list[tuple[web.WebSocketResponse, AreaScope]] = []

    async def live(request: web.Request) -> web.StreamResponse:
        link = web.WebSocketResponse(compress=False)
        await link.prepare(request)
        scope = scope_of(day.tree, AreaId(request.query["area"]))
        whole = json_out.plain(day.view(day.picture, scope))
        await link.send_str(json.dumps({"kind": "snapshot", "picture": whole}, ensure_ascii=False))
        there.append((link, scope))
        async for _ in link:
            pass
        return link

    async def tell(gone: str, begun: str) -> None:
        call = day.picture.calls[begun]  # type: ignore[index]
        for link, scope in there:
            if scope.covers_any(call.areas):
                changes = {gone: None, begun: json_out.plain(call)}
                row = {each: json_out.plain(day.picture.areas[each]) for each in call.areas}
                await link.send_str(json.dumps({"kind": "delta", "calls": changes, "areas": row}, ensure_ascii=False))

    run.tell = tell
    api = web.Application()
    api.router.add_get("/live", live)
    return api, [{"path": f"/live?area={area}", "token": "", "area": area} for area in _areas(day, screens)]


class Run:
    """What a contender may do at every turn."""

    async def tell(self, gone: str, begun: str) -> None:
        """Nothing: the picture is looked at."""


def _areas(day: Day, screens: int) -> list[str]:
    """Half of the screens show the province, the others a city each, in blocks of one user's."""
    cities = [day.areas[(nth // PER_USER) % len(day.areas)] for nth in range(screens - screens // 2)]
    return [day.tree.root.id] * (screens // 2) + [str(city) for city in cities]


async def main(way: str, screens: int, turns: int, rate: float) -> None:
    day, run = Day(TREE), Run()
    api, asked = await {"ours": ours, "naive": naive}[way](day, screens, run)
    arrived = 0

    async def count(_: web.Request, response: web.StreamResponse) -> None:
        nonlocal arrived
        arrived += response.status == 101

    api.on_response_prepare.append(count)
    runner = web.AppRunner(api, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
    await site.start()
    port = runner.addresses[0][1]
    _say({"port": port, "screens": asked})
    while arrived < screens:  # noqa: ASYNC110 - a count of aiohttp's, before the run
        await asyncio.sleep(0.01)
    await asyncio.sleep(1)
    spent = time.process_time()
    begin = time.monotonic_ns()
    areas = []
    for nth in range(turns):
        due = begin + int(nth / rate * 1e9)
        await asyncio.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
        gone, begun = day.turn(due)
        areas.append(list(day.picture.calls[begun].areas))  # type: ignore[index]
        await run.tell(gone, begun)
    await asyncio.sleep(1)
    _say({"cpu": time.process_time() - spent, "areas": areas})
    await asyncio.to_thread(sys.stdin.read)


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
