"""Supervision on a real Asterisk: rows before acts, and who hears whom at every ear."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.ids import SeatNumber
from seats.supervision.entry import Kind
from seats.supervision.rules import Verb
from tests.asterisk.conftest import Telephony
from tests.fakes.centre import HOME, PHONE, Centre, opened, seat
from tests.fakes.own_postgres import migrated
from tests.fakes.supervised import CALLER, SEAT, SUPERVISOR


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path) as running:
        yield running


async def test_listen_whisper_barge_and_take_over_at_every_ear(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="抽查", source="10.1.1.1")
    asked = (await centre.rows(done.id))[0]
    assert (asked.kind, asked.user_name, asked.reason, asked.source) == (Kind.ASKED, "wang", "抽查", "10.1.1.1")
    assert (asked.call, asked.seat, asked.target_id) == (linkedid, HOME, HOME)
    phone = await cast.answer(PHONE, SUPERVISOR)
    assert phone.name_shown == f"监听 {HOME}"
    assert (phone.header("X-Hotline-Call"), phone.header("X-Hotline-Area")) == (linkedid, "新乡")
    listening = {CALLER: {SEAT}, SEAT: {CALLER}, SUPERVISOR: {CALLER, SEAT}}
    await cast.hears(listening)
    told = ["asked listen", "started listen"]
    await centre.kinds(done.id, told)
    for mode, ears in (
        (Verb.WHISPER, {**listening, SEAT: {CALLER, SUPERVISOR}}),
        (Verb.BARGE, {CALLER: {SEAT, SUPERVISOR}, SEAT: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, SEAT}}),
        (Verb.LISTEN, listening),
    ):
        before = told[-1].partition(" ")[2]
        await supervisions.switch(centre.wang, done.id, mode, source="10.1.1.1")
        told += [f"asked {mode}", f"stopped {before}", f"started {mode}"]
        await centre.kinds(done.id, told)
        await cast.hears(ears)
    since = time.monotonic()
    await supervisions.switch(centre.wang, done.id, Verb.TAKEOVER, source="10.1.1.1")
    await cast.crew.until(lambda: cast.legs[SEAT].over, 20)
    assert cast.legs[SEAT].over
    await cast.hears({CALLER: {SUPERVISOR}, SUPERVISOR: {CALLER}})
    assert cast.gap(CALLER, since, since + 3) < 0.5
    assert cast.legs[CALLER].up
    await cast.legs[SUPERVISOR].hang_up()
    rows = await centre.kinds(
        done.id, [*told, "asked takeover", "stopped listen", "started takeover", "ended takeover"]
    )
    assert await cast.crew.until(lambda: cast.legs[CALLER].over, 20)
    for row in rows:
        # An act's own row is there before Asterisk did it; a fact's true time is Asterisk's.
        assert (row.happened_at is None) == (row.kind is Kind.ASKED)
    for started in (row for row in rows if row.kind is Kind.STARTED):
        asked = [row for row in rows if (row.kind, row.verb) == (Kind.ASKED, started.verb) and row.seq < started.seq]
        assert asked[-1].at < started.happened_at  # type: ignore[operator]
    proof = await supervisions.verify()
    assert proof.intact
    seen = await supervisions.of_seat(SeatNumber(HOME), limit=5)
    assert (seen[0].user, seen[0].modes) == ("wang", ("listen", "whisper", "barge", "takeover"))
    assert seen[0].ended is not None
