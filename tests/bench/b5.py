"""B5: what choosing a seat costs a call, from ten seats to ten thousand: our sharing, and Asterisk's own queue."""

import asyncio
import contextlib
import gc
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from core.clock import TurnedClock
from core.console import print_table
from core.ids import AreaId, SeatNumber
from core.journal import Journal
from core.settings import Settings
from ops.runtime import asterisk as runtime
from routing import tables
from seats.ami import AmiClient, AmiError, AmiEvent, AmiLogin
from seats.ami.link import Fields
from seats.ami.protocol import AmiResponse
from seats.live.board import Board
from seats.live.compare import mending
from seats.live.live import Live
from seats.live.translate import Changes, changes_of
from seats.roster.seat import Seat
from seats.sharing.lending import Lending
from seats.sharing.plan import default
from tests.fakes.exchange import START, Exchange, Phone

TITLE = "seat chosen, CPU µs a call, 10 → 10,000 seats: ours and app_queue (aim: ours grows ≤ 1.3×)"
SIZES = (10, 100, 1_000, 10_000)
CALLS, ROUNDS = 200, 5
AIM = 1.3
_TREE = tables.province_tree("henan")
_AREAS = [area.id for area in _TREE.cities[:5]]
_OURS, _THEIRS = "ours, above the picture", "app_queue, a whole call"


def main() -> int:
    """Every size in every round; 0 if ours grows no more than the aim."""
    figures: dict[tuple[str, int], list[float]] = {(who, size): [] for who in (_OURS, _THEIRS) for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            figures[_OURS, size].append(asyncio.run(_ours(size)))
            figures[_THEIRS, size].append(asyncio.run(_theirs(size)))
    middle = {key: statistics.median(values) for key, values in figures.items()}
    growth = {who: middle[who, SIZES[-1]] / middle[who, SIZES[0]] for who in (_OURS, _THEIRS)}
    rows = [(who, *(f"{middle[who, size]:.0f}" for size in SIZES), f"{growth[who]:.2f}×") for who in (_OURS, _THEIRS)]
    print_table(TITLE, ("CPU µs a call", *(f"{size:,} seats" for size in SIZES), "growth"), rows)
    return 0 if growth[_OURS] <= AIM else 1


class _Nobody:
    """A commander that does it at once."""

    connected = True

    async def action(self, name: str, fields: Fields | None = None, *, deadline: float | None = None) -> AmiResponse:
        return AmiResponse("Success", {})


class _Picture:
    """As much of `Live` as sharing looks at."""

    connected = True

    def __init__(self, board: Board) -> None:
        self.board, self.ledger = board, board.ledger
        self.watchers: list[object] = []
        self.tally = {"resyncs": 1}

    @property
    def picture(self) -> Any:
        now = datetime.fromtimestamp(START, UTC) + timedelta(seconds=1)
        self.board.settle(now, stale_since=None, newest_event=now)
        return self.board.picture


async def _ours(size: int) -> float:
    """One city's callers, more than it has seats for every fourth time: its neighbours help."""
    homes = {f"37{number:05}": _AREAS[number % len(_AREAS)] for number in range(size)}
    on = Exchange({number: Phone(number, (area, *(a for a in _AREAS if a != area))) for number, area in homes.items()})
    board = Board(_TREE, datetime.fromtimestamp(START, UTC))
    board.enrol(Seat(SeatNumber(number), AreaId(area), area) for number, area in homes.items())
    for number in homes:
        on.register(number)
    truth = on.truth()
    board.apply(mending(board.ledger, truth))
    clock = TurnedClock(datetime.fromtimestamp(START, UTC))
    with tempfile.TemporaryDirectory() as folder:
        live = cast(Live, _Picture(board))
        lending = Lending(live, _Nobody(), default(_TREE), clock, Journal(Path(folder), clock))
        lending.redrawn(truth)
        gc.collect()
        # The collector's walk over ten thousand seats is none of a call's.
        gc.freeze()
        spent = 0.0
        for number in range(CALLS):
            for changes in _call(on, on.free[number % len(on.free)]):
                board.apply(changes)
                began = time.process_time()
                lending.changed(changes)
                spent += time.process_time() - began
                clock.turn(0.001)
            spent += await _looked()
    gc.unfreeze()
    return spent / CALLS * 1e6


def _call(on: Exchange, seat: str) -> Iterator[Changes]:
    told = len(on.told)
    party = on.arrive("13800000000")
    area = on.phones[seat].queues[0]
    on.decide(party, area, "segment")
    on.join(party, area)
    on.ring(party, seat)
    on.answer(party)
    on.hang_up(party)
    for event in on.told[told:]:
        yield _changes(event)


def _changes(event: AmiEvent) -> Changes:
    return changes_of(event.name, event.fields, 0.0)


async def _looked() -> float:
    """CPU of what `changed` left for the loop's next turn."""
    began = time.process_time()
    await asyncio.sleep(0)
    return time.process_time() - began


_CONF = {
    "extensions.conf": (
        "[callers]\nexten => in,1,Answer(,i)\n same => n,Queue(q,,,,10)\n same => n,Hangup()\n"
        "[desk]\nexten => ok,1,Answer(,i)\n same => n,Wait(0.05)\n same => n,Hangup()\n"
        "[nowhere]\nexten => none,1,Hangup()\n"
    ),
    "modules.conf": (
        "[modules]\nautoload=no\n"
        + "".join(f"load={name}.so\n" for name in ("res_timing_timerfd", "pbx_config", "app_queue", "bridge_simple"))
    ),
    "cdr.conf": "[general]\nenable=no\n",
    "logger.conf": "[general]\n[logfiles]\n",
    "features.conf": "[general]\n",
    "musiconhold.conf": "[general]\n",
}
_TICKS = os.sysconf("SC_CLK_TCK")


async def _theirs(size: int) -> float:
    """CPU of an Asterisk a call through one queue of so many members, all paused but one."""
    found = runtime.obtained(Settings().paths.cache, lambda _text: None)
    with tempfile.TemporaryDirectory(prefix="hl-b5-") as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folder = Path(name)
        _write(folder, found, size, port)
        nothing = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *found.command, "-C", str(folder / "asterisk.conf"), "-f", stdin=nothing, stdout=nothing, stderr=nothing
        )
        ended = asyncio.Queue[str]()

        async def heard(event: AmiEvent) -> None:
            if event.name == "AgentComplete":
                ended.put_nowait(event.name)

        client = AmiClient(AmiLogin("127.0.0.1", port, "bench", "bench"), wanted=("AgentComplete",), on_event=heard)
        try:
            await client.start()
            await client.wait_connected(60)
            await _one(client, ended)
            before, calls = _cpu(process.pid), max(5, min(50, 50_000 // size))
            for _ in range(calls):
                await _one(client, ended)
            return (_cpu(process.pid) - before) / calls * 1e6
        finally:
            await client.close()
            process.terminate()
            await process.wait()


async def _one(client: AmiClient, ended: "asyncio.Queue[str]") -> None:
    call: Fields = {"Channel": "Local/in@callers/n", "Application": "Wait", "Data": "9", "Async": "true"}
    async with asyncio.timeout(120):
        while True:
            # Before everything is loaded a call comes to nothing, or is refused.
            with contextlib.suppress(TimeoutError, AmiError):
                await client.action("Originate", call)
                await asyncio.wait_for(ended.get(), 5)
                return
            await asyncio.sleep(0.5)


def _cpu(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def _write(folder: Path, found: Any, size: int, port: int) -> None:
    for name in ("lib", "spool", "run", "log"):
        (folder / name).mkdir()
    members = "".join(f"member => Local/{number}@nowhere,0,n{number},,no,0,yes\n" for number in range(size - 1))
    files = {
        **_CONF,
        "queues.conf": (
            f"[general]\nautofill=yes\n[q]\nstrategy=rrmemory\ntimeout=5\n{members}member => Local/ok@desk/n\n"
        ),
        "manager.conf": (
            f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={port}\n"
            "[bench]\nsecret=bench\nread=agent\nwrite=originate\n"
        ),
        "asterisk.conf": (
            f"[directories]\nastetcdir => {folder}\nastmoddir => {found.modules}\nastvarlibdir => {folder}/lib\n"
            f"astdbdir => {folder}/lib\nastkeydir => {folder}/lib\nastdatadir => {found.share}\n"
            f"astagidir => {folder}/lib\nastspooldir => {folder}/spool\nastrundir => {folder}/run\n"
            f"astlogdir => {folder}/log\n"
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
