"""Acts on calls and seats on a real Asterisk, what is refused, and what is followed."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.db import DatabaseAway
from core.ids import SeatNumber
from seats.supervision.act import CannotAct, NoSuchTarget, Refused
from seats.supervision.entry import Kind
from seats.supervision.floor import LiveFloor
from seats.supervision.registrar import NotUnregistered, Registrar
from seats.supervision.rules import Verb
from tests.asterisk.conftest import Telephony
from tests.fakes.centre import HOME, PHONE, PROVINCE, SECOND, Centre, call, opened, seat, until
from tests.fakes.own_postgres import migrated
from tests.fakes.sipp import Stage
from tests.fakes.supervised import CALLER, OTHER, SEAT, SUPERVISOR

SOURCE = "10.1.1.1"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with migrated() as (dsn, _):
        yield dsn


@pytest.fixture
async def centre(telephony: Telephony, database: str, tmp_path: Path) -> AsyncIterator[Centre]:
    async with opened(telephony, database, tmp_path) as running:
        yield running


async def test_a_supervision_follows_the_call_to_another_queue(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    await cast.register(PROVINCE)
    done = await supervisions.act(centre.wang, Verb.BARGE, call(linkedid, "xinxiang"), reason="", source=SOURCE)
    await cast.answer(PHONE, SUPERVISOR)
    told = ["asked barge", "started barge"]
    await centre.kinds(done.id, told)
    moved = await supervisions.act(
        centre.wang, Verb.MOVE, call(linkedid, "xinxiang"), reason="专家", source=SOURCE, to="henan"
    )
    # Between two seats the supervisor listens: nobody speaks to a caller who waits for a seat.
    told += ["stopped barge", "followed listen", "started listen"]
    await centre.kinds(done.id, told)
    assert cast.legs[CALLER].up
    assert cast.legs[SEAT].over
    await cast.answer(PROVINCE, OTHER)
    told += ["followed barge", "stopped listen", "started barge"]
    rows = await centre.kinds(done.id, told)
    assert [row.seat for row in rows if row.kind is Kind.STARTED] == [HOME, None, PROVINCE]
    assert {row.call for row in rows} == {linkedid}
    await cast.hears({CALLER: {OTHER, SUPERVISOR}, OTHER: {CALLER, SUPERVISOR}, SUPERVISOR: {CALLER, OTHER}})
    await centre.kinds(moved.id, ["asked move", "done move"])
    assert (await centre.rows(moved.id))[0].destination == "henan"
    assert [seen.supervision for seen in await supervisions.of_seat(SeatNumber(PROVINCE), limit=5)] == [done.id]
    await cast.legs[CALLER].hang_up()
    await centre.kinds(done.id, [*told, "stopped barge", "ended barge"])
    await cast.crew.until(lambda: cast.legs[SUPERVISOR].over, 20)
    assert cast.legs[SUPERVISOR].over
    assert (await supervisions.verify()).intact


async def test_a_call_moved_to_a_seat_stays_where_it_is_until_that_seat_answers(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    await cast.register(SECOND)
    await until(lambda: LiveFloor(centre.live).reachable(SeatNumber(SECOND)))
    moved = await supervisions.act(
        centre.wang, Verb.MOVE, call(linkedid, "xinxiang"), reason="", source=SOURCE, to=SECOND
    )
    rings = await cast.crew.until(lambda: cast.rings(SECOND), 20)
    assert rings.peer_user == "03735123456"
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})
    assert rings.header("X-Hotline-Call") == linkedid
    since = time.monotonic()
    await cast.answer(SECOND, OTHER)
    await cast.hears({CALLER: {OTHER}, OTHER: {CALLER}})
    assert cast.legs[SEAT].over
    assert cast.gap(CALLER, since, time.monotonic()) < 1.0
    await centre.kinds(moved.id, ["asked move", "done move"])
    # A seat that got its call this way is one like any other.
    assert LiveFloor(centre.live).call_of(SeatNumber(SECOND)).seat == SECOND  # type: ignore[union-attr]
    await cast.legs[OTHER].hang_up()
    assert await cast.crew.until(lambda: cast.legs[CALLER].over, 20)


async def test_a_supervision_follows_the_call_to_a_seat_it_was_moved_to(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    await cast.register(SECOND)
    await until(lambda: LiveFloor(centre.live).reachable(SeatNumber(SECOND)))
    done = await supervisions.act(centre.wang, Verb.LISTEN, call(linkedid, "xinxiang"), reason="", source=SOURCE)
    await cast.answer(PHONE, SUPERVISOR)
    told = ["asked listen", "started listen"]
    await centre.kinds(done.id, told)
    await supervisions.act(centre.wang, Verb.MOVE, call(linkedid, "xinxiang"), reason="", source=SOURCE, to=SECOND)
    await cast.answer(SECOND, OTHER)
    told += ["stopped listen", "followed listen", "started listen"]
    await centre.kinds(done.id, told)
    await cast.hears({SUPERVISOR: {CALLER, OTHER}, CALLER: {OTHER}})


async def test_a_seat_that_does_not_take_a_moved_call_changes_nothing(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    linkedid = await centre.talking()
    await cast.register(SECOND)
    await until(lambda: LiveFloor(centre.live).reachable(SeatNumber(SECOND)))
    moved = await supervisions.act(
        centre.wang, Verb.MOVE, call(linkedid, "xinxiang"), reason="", source=SOURCE, to=SECOND
    )
    leg = await cast.crew.until(lambda: cast.rings(SECOND), 20)
    await leg.do("decline")
    rows = await centre.kinds(moved.id, ["asked move", "failed move"])
    assert "17" in rows[-1].detail
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})


async def test_hang_up(centre: Centre) -> None:
    linkedid = await centre.talking()
    done = await centre.supervisions.act(
        centre.wang, Verb.HANGUP, call(linkedid, "xinxiang"), reason="骚扰", source=SOURCE
    )
    await centre.kinds(done.id, ["asked hangup", "done hangup"])
    cast = centre.cast
    assert await cast.crew.until(lambda: cast.legs[CALLER].over and cast.legs[SEAT].over, 20)


async def test_pause_unpause_and_log_out(centre: Centre) -> None:
    cast, supervisions, wang = centre.cast, centre.supervisions, centre.wang
    await cast.register(HOME)
    target = seat(HOME, "xinxiang")

    def state() -> tuple[str, str | None]:
        found = centre.live.picture.seats[SeatNumber(HOME)]
        return str(found.state), found.reason

    def queues(paused: bool) -> int:
        said = centre.telephony.console("queue show")
        return sum(("paused" in line) is paused for line in said.split("\n") if f"PJSIP/{HOME}" in line)

    await until(lambda: state() == ("ready", None))
    everywhere = await asyncio.to_thread(queues, False)
    assert everywhere > 1
    done = await supervisions.act(wang, Verb.PAUSE, target, reason="午餐 ${SHELL(id)}\r\nAction: Ping", source=SOURCE)
    await centre.kinds(done.id, ["asked pause", "done pause"])
    await until(lambda: state()[0] == "paused")
    assert state()[1].startswith("午餐 ${SHELL(id)}  Action: Ping")  # type: ignore[union-attr]
    assert await asyncio.to_thread(queues, True) == everywhere
    done = await supervisions.act(wang, Verb.UNPAUSE, target, reason="", source=SOURCE)
    await until(lambda: state() == ("ready", None))
    assert await asyncio.to_thread(queues, False) == everywhere
    done = await supervisions.act(wang, Verb.LOGOUT, target, reason="下班", source=SOURCE)
    await centre.kinds(done.id, ["asked logout", "done logout"])
    await until(lambda: state() == ("logged_out", "logout: 下班"))
    assert HOME not in await asyncio.to_thread(centre.telephony.console, "pjsip show contacts")
    assert await asyncio.to_thread(queues, True) == everywhere
    # Its softphone may register again at once; it still gets no call.
    await cast.register(HOME)
    assert state()[0] == "logged_out"
    await supervisions.act(wang, Verb.UNPAUSE, target, reason="", source=SOURCE)
    await until(lambda: state() == ("ready", None))


async def test_a_registrar_that_says_no_or_nothing_is_told(centre: Centre) -> None:
    sip = centre.telephony.settings.sip
    with pytest.raises(NotUnregistered, match="says 401"):
        await Registrar(sip.host, sip.port, lambda _: "wrong").forget(SeatNumber(HOME))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(NotUnregistered, match="said nothing"):
            await Registrar("127.0.0.1", deaf.getsockname()[1], lambda _: "x").forget(SeatNumber(HOME), 0.2)
    # Nobody is registered there: that is what was asked for.
    await Registrar("0.0.0.0", sip.port, centre.telephony.secrets.seat).forget(SeatNumber(SECOND))  # noqa: S104


async def test_another_city_is_refused_and_the_refusal_kept(centre: Centre) -> None:
    linkedid = await centre.talking()
    cast, supervisions = centre.cast, centre.supervisions
    before = len(await centre.rows())
    for verb in (Verb.LISTEN, Verb.WHISPER, Verb.BARGE, Verb.TAKEOVER, Verb.PAUSE, Verb.LOGOUT):
        with pytest.raises(Refused, match="not of luoyang"):
            await supervisions.act(centre.li, verb, seat(HOME, "xinxiang"), reason="好奇", source=SOURCE)
    for verb in (Verb.HANGUP, Verb.MOVE, Verb.LISTEN):
        with pytest.raises(Refused, match="not of luoyang"):
            await supervisions.act(centre.li, verb, call(linkedid, "xinxiang"), reason="", source=SOURCE, to="洛阳")
        # Also when whoever asked believed the call to be somewhere else.
        with pytest.raises(Refused, match="not of luoyang"):
            await supervisions.act(centre.li, verb, call(linkedid, "luoyang"), reason="", source=SOURCE, to="洛阳")
    rows = (await centre.rows())[before:]
    assert len(rows) == 12
    assert {(row.kind, row.user_name, row.source) for row in rows} == {(Kind.REFUSED, "li", SOURCE)}
    assert rows[0].reason == "好奇"
    assert cast.rings(PHONE) is None
    await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})


async def test_a_city_sends_its_calls_to_itself_or_to_the_province_only(centre: Centre) -> None:
    linkedid = await centre.talking()
    own = call(linkedid, "xinxiang")
    supervisor = centre.user("city_supervisor", "xinxiang")
    for to in ("洛阳", "3790001"):
        with pytest.raises(Refused, match="not of xinxiang"):
            await centre.supervisions.act(supervisor, Verb.MOVE, own, reason="", source=SOURCE, to=to)
    for to in ("nowhere", "9999999", "", "henan&Local/1"):
        with pytest.raises(NoSuchTarget):
            await centre.supervisions.act(supervisor, Verb.MOVE, own, reason="", source=SOURCE, to=to)
    await centre.supervisions.act(supervisor, Verb.MOVE, own, reason="", source=SOURCE, to="henan")


async def test_one_supervisor_cannot_touch_anothers_supervision(centre: Centre) -> None:
    await centre.talking()
    supervisions = centre.supervisions
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    with pytest.raises(CannotAct, match="not answered yet"):
        await supervisions.switch(centre.wang, done.id, Verb.BARGE, source=SOURCE)
    with pytest.raises(CannotAct, match="in a call"):
        await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    await centre.cast.answer(PHONE, SUPERVISOR)
    await centre.kinds(done.id, ["asked listen", "started listen"])
    other = centre.user("province_supervisor", "henan", "zhao")
    with pytest.raises(Refused, match="another supervisor's"):
        await supervisions.switch(other, done.id, Verb.BARGE, source=SOURCE)
    with pytest.raises(Refused, match="another supervisor's"):
        await supervisions.end(other, done.id, source=SOURCE)
    await supervisions.end(centre.wang, done.id, source=SOURCE)
    await centre.kinds(done.id, ["asked listen", "started listen", "stopped listen", "ended listen"])
    with pytest.raises(NoSuchTarget):
        await supervisions.end(centre.wang, done.id, source=SOURCE)


async def test_a_phone_that_is_not_there_or_says_no(centre: Centre) -> None:
    await centre.talking()
    cast, supervisions = centre.cast, centre.supervisions
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    leg = await cast.crew.until(lambda: cast.rings(PHONE), 20)
    await leg.do("decline")
    await centre.kinds(done.id, ["asked listen", "failed listen"])
    await cast.unregister(PHONE)
    await until(lambda: not LiveFloor(centre.live).reachable(SeatNumber(PHONE)))
    with pytest.raises(CannotAct, match="not registered"):
        await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)


async def test_nobody_whispers_to_a_caller_who_waits_and_a_seat_without_a_call_is_no_target(centre: Centre) -> None:
    cast, supervisions = centre.cast, centre.supervisions
    await cast.register(HOME)
    await cast.register(PHONE)
    await until(lambda: LiveFloor(centre.live).reachable(SeatNumber(PHONE)))
    with pytest.raises(NoSuchTarget, match="in no call"):
        await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    caller = await cast.call()
    await cast.crew.until(lambda: caller.up, 20)
    await cast.talk(CALLER)
    linkedid = (await until(lambda: [one for one in centre.live.picture.calls.values() if one.area]))[0].linkedid
    for verb in (Verb.WHISPER, Verb.BARGE):
        with pytest.raises(CannotAct, match="needs a seat"):
            await supervisions.act(centre.wang, verb, call(linkedid, "xinxiang"), reason="", source=SOURCE)
    await supervisions.act(centre.wang, Verb.LISTEN, call(linkedid, "xinxiang"), reason="", source=SOURCE)
    phone = await cast.answer(PHONE, SUPERVISOR)
    assert phone.name_shown == "监听 037****3456"
    await cast.hears({SUPERVISOR: {CALLER}, CALLER: set()})


async def test_a_supervisors_phone_that_sends_no_sound_holds_up_nobody(centre: Centre, stage: Stage) -> None:
    """ChanSpy waits for the listener's sound before it looks at anything else (asterisk/asterisk#2123)."""
    cast, supervisions = centre.cast, centre.supervisions
    await asyncio.to_thread(stage.seat, PHONE, centre.telephony.secrets.seat(PHONE))
    await centre.talking(phone=False)
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    told = ["asked listen", "started listen"]
    await centre.kinds(done.id, told)
    await supervisions.switch(centre.wang, done.id, Verb.BARGE, source=SOURCE)
    told += ["asked barge", "stopped listen", "started barge"]
    await centre.kinds(done.id, told)
    await cast.legs[CALLER].hang_up()
    await until(lambda: not centre.live.picture.calls, 20)
    await centre.kinds(done.id, [*told, "stopped barge", "ended barge"])


async def test_a_cut_link_loses_no_end(centre: Centre) -> None:
    await centre.talking()
    cast, supervisions = centre.cast, centre.supervisions
    done = await supervisions.act(centre.wang, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
    await cast.answer(PHONE, SUPERVISOR)
    told = ["asked listen", "started listen"]
    await centre.kinds(done.id, told)
    for _ in range(3):
        await centre.cut()
    await centre.kinds(done.id, told)
    await centre.again(supervisions.switch, centre.wang, done.id, Verb.WHISPER, source=SOURCE)
    # Asked while the link was away: recorded as asked, and as not done.
    told += ["asked whisper", "unchanged whisper"] * [r.kind for r in await centre.rows(done.id)].count(Kind.UNCHANGED)
    told += ["asked whisper", "stopped listen", "started whisper"]
    await centre.kinds(done.id, told)
    await cast.legs[SUPERVISOR].hang_up()
    await centre.cut()
    rows = await centre.kinds(done.id, [*told, "stopped whisper", "ended whisper"])
    assert rows[-1].kind is Kind.ENDED
    assert (await supervisions.verify()).intact


async def test_while_postgres_is_away_nothing_is_done(centre: Centre, telephony: Telephony, tmp_path: Path) -> None:
    linkedid = await centre.talking()
    cast = centre.cast
    async with opened(telephony, "postgresql://hotline:x@/hotline?host=/nowhere", tmp_path / "away") as without:
        acts = without.supervisions
        for verb, target in ((Verb.LISTEN, seat(HOME, "xinxiang")), (Verb.TAKEOVER, call(linkedid, "xinxiang"))):
            with pytest.raises(DatabaseAway, match="Postgres does not answer"):
                await acts.act(centre.wang, verb, target, reason="", source=SOURCE)
        with pytest.raises(DatabaseAway):
            await acts.act(centre.wang, Verb.HANGUP, call(linkedid, "xinxiang"), reason="", source=SOURCE)
        with pytest.raises(DatabaseAway):
            await acts.act(centre.wang, Verb.PAUSE, seat(HOME, "xinxiang"), reason="", source=SOURCE)
        with pytest.raises(DatabaseAway):
            await acts.act(centre.li, Verb.LISTEN, seat(HOME, "xinxiang"), reason="", source=SOURCE)
        assert cast.rings(PHONE) is None
        assert centre.live.picture.seats[SeatNumber(HOME)].state == "talking"
        await cast.hears({CALLER: {SEAT}, SEAT: {CALLER}})
