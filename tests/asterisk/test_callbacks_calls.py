"""Messages, callbacks, appointments by real calls on a whole copy: what is heard at both ends, what is stored."""

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import psutil
import pytest

from core.clock import CHINA, SystemClock
from core.settings import CallbacksSettings, RecordingSettings, SeatsSettings, Settings, SipSettings
from ivr.speech.sound import alaw
from ops.instance import Instance
from ops.programs import DOORS, POSTGRES, SEATS, own_environment
from routing.hours import Closure, Notice
from routing.hours_edit import announce, close
from routing.hours_file import change
from seats.records.recording import RecordingFiles
from sim.account import Account
from sim.crew import Crew
from sim.handset import Handset, LegView
from sim.heard import Listener, Reference
from sim.voice import VARIANTS, Voice, speak
from tests.fakes.ports import free_udp_port
from tests.fakes.supervised import CALLER, OTHER, SEAT, Cast

CARRIER = "127.0.0.5"
SEAT_NUMBER = "3730001"
NUMBER = "03735123456"
LONG = 40.0
_SHORT = b"\xd5" * 4000


@pytest.fixture(scope="module")
def copy() -> Iterator[Instance]:
    port = free_udp_port(CARRIER)
    settings = Settings(
        sip=SipSettings(trunk_out=f"{CARRIER}:{port}"),
        callbacks=CallbacksSettings(begins="00:00", ends="24:00", again_after=2, tries=2, lost_after=2),
        recording=RecordingSettings(areas=("xinxiang",)),
        seats=SeatsSettings(no_answers=0),  # a seat that lets it ring is rung again, however slow the machine
    )
    with (
        tempfile.TemporaryDirectory(prefix="hl-") as folder,
        Instance.fresh(Path(folder) / "var", settings) as running,
    ):
        # What is said is tried elsewhere; here nobody waits for it.
        for prompt in (running.settings.paths.asterisk / "sounds/zh/hotline").glob("*.alaw"):
            prompt.unlink()
            prompt.write_bytes(_SHORT)
        yield running


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Crew]:
    async with Crew(tmp_path, ("X-Hotline-Call", "X-Hotline-Callback", "X-Hotline-Area")) as running:
        yield running


class People:
    """Whoever is in one test, and the tables."""

    def __init__(self, copy: Instance, crew: Crew, folder: Path) -> None:
        self.copy = copy
        self.crew = crew
        self.cast = Cast(copy, crew, folder)  # type: ignore[arg-type]
        self.seat = SEAT_NUMBER

    async def at_home(self, number: str) -> Handset:
        """The phone of somebody outside, where the carrier finds it."""
        host, _, port = self.copy.settings.sip.trunk_out.partition(":")
        sip = self.copy.settings.sip
        return await self.crew.phone(f"home-{number}", Account(number, sip.host, sip.port), host, int(port))

    async def rows(self, question: str, *given: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.copy.dsn, timeout=5)
        try:
            return list(await connection.fetch(question, *given, timeout=5))
        finally:
            connection.terminate()

    async def until(self, question: str, *given: str) -> asyncpg.Record:
        """The first row of `question`, once there is one."""
        async with asyncio.timeout(LONG):
            while not (found := await self.rows(question, *given)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return found[0]

    async def state(self, number: str, state: str) -> asyncpg.Record:
        """The callback of that number, once it is in that state."""
        return await self.until("SELECT * FROM seats.callbacks WHERE number = $1 AND state = $2", number, state)

    async def waits(self, number: str) -> LegView:
        """A caller who waits while the seat rings."""
        caller = await self.cast.call(number)
        await self.sees(caller, "established")
        assert await self.crew.until(lambda: self.cast.rings(self.seat), LONG)
        return caller

    async def books(self, caller: LegView) -> None:
        """Key 1 while waiting, and 1 once more when the number is read out."""
        await caller.do("keys", keys="1", gap_ms=250)
        await self.crew.until(lambda: False, 1.0)
        await self.heard_again(caller)
        await caller.do("keys", keys="1", gap_ms=250)
        await self.sees(caller, "closed")

    async def heard_again(self, leg: LegView) -> None:
        """New words of ours are heard: a key pressed now is an answer to them."""
        since = time.monotonic()
        assert await self.crew.until(lambda: leg.recording.samples(since).size > 4000, LONG)

    async def rung_back(self) -> LegView:
        """The seat's phone rings for a callback, and for nobody who just hung up."""

        def ringing() -> LegView | None:
            leg = self.cast.rings(self.seat)
            return leg if leg is not None and leg.header("X-Hotline-Callback") else None

        leg: LegView | None = await self.crew.until(ringing, LONG)
        assert leg is not None, [(each.header("X-Hotline-Call"), each.end) for each in self.cast.phone(self.seat).legs]
        return leg

    async def seat_answers(self) -> LegView:
        """… and is answered."""
        leg = await self.rung_back()
        await leg.do("answer")
        assert await self.crew.until(lambda: leg.up, LONG)
        self.cast.legs[SEAT] = leg
        await self.cast.talk(SEAT)
        return leg

    async def answers(self, home: Handset, role: str = OTHER) -> LegView:
        """The person whom the platform calls answers and talks."""
        assert await self.crew.until(lambda: home.live, LONG)
        leg = home.live
        assert leg is not None
        assert leg.peer_user == "12366"
        await leg.do("answer")
        # Who hangs up before Asterisk has heard of the answer hangs up a call it does not have.
        assert await self.crew.until(lambda: leg.up, LONG)
        self.cast.legs[role] = leg
        await self.cast.talk(role)
        return leg

    def shut(self, area: str) -> None:
        """That area answers nobody for ten minutes."""
        now = SystemClock().now()
        shutting = close(Closure(area, now, now + timedelta(minutes=10)), now)
        change(self.copy.settings.paths.hours, shutting)

    def freeze(self, name: str, sign: signal.Signals) -> None:
        """Stop a program of the copy and all it started, or let it go on."""
        root = psutil.Process(self.copy.child(name).pid)
        for each in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(sign)

    async def sees(self, leg: LegView, what: str, seconds: float = LONG) -> None:
        assert await self.crew.until(lambda: what in leg.moments, seconds), (what, leg.moments, leg.end)


@pytest.fixture
async def people(copy: Instance, crew: Crew, tmp_path: Path) -> People:
    return People(copy, crew, tmp_path)


async def test_a_place_is_kept_a_call_declined_is_made_again_and_both_ends_hear_each_other(people: People) -> None:
    cast, crew = people.cast, people.crew
    await cast.register(SEAT_NUMBER)
    home = await people.at_home(NUMBER)
    await people.books(await people.waits(NUMBER))
    seat = await people.seat_answers()
    row = await people.until("SELECT * FROM seats.callbacks WHERE number = $1", NUMBER)
    assert (row["area"], row["why"]) == ("xinxiang", "waiting")
    assert seat.name_shown.endswith(f"回拨 {NUMBER}")
    assert seat.header("X-Hotline-Callback") == f"waiting {row['id']}"
    assert await crew.until(lambda: home.live, LONG)
    assert home.live is not None
    await home.live.do("decline")
    await people.sees(seat, "closed")
    row = await people.state(NUMBER, "due")
    assert (row["tries"], row["result"]) == (1, "busy")
    await people.seat_answers()
    person = await people.answers(home)
    await cast.hears({SEAT: {OTHER}, OTHER: {SEAT}}, 15)
    await person.hang_up()
    row = await people.state(NUMBER, "done")
    assert (row["seat"], row["tries"], row["placed"], row["result"]) == (SEAT_NUMBER, 1, 2, "talked")
    first = await people.until("SELECT * FROM seats.calls WHERE linkedid = $1", row["call"])
    assert first["outcome"] == "callback_booked"
    calls = await people.rows("SELECT * FROM seats.calls WHERE origin = 'callback' ORDER BY started_at")
    assert [(call["outcome"], call["answered_by"]) for call in calls] == [
        ("not_reached", None),
        ("answered", SEAT_NUMBER),
    ]
    assert all((call["caller"], call["queue"], call["area"]) == (NUMBER, "xinxiang", "xinxiang") for call in calls)
    assert calls[1]["ended_by"] == "caller"
    assert 0 < calls[1]["talk_ms"] < 60_000
    told = "SELECT role FROM seats.legs WHERE linkedid = $1 AND role <> 'other' ORDER BY role"
    assert [leg["role"] for leg in await people.rows(told, calls[1]["linkedid"])] == ["caller", "seat"]
    measured = "SELECT * FROM seats.recordings WHERE linkedid = $1 AND state <> 'pending'"
    kept = await people.until(measured, calls[1]["linkedid"])
    assert kept["state"] == "stored"
    assert kept["expected_ms"] == calls[1]["talk_ms"]


async def test_the_person_called_rates_and_is_taken_by_the_next_seat_when_a_phone_dies(people: People) -> None:
    cast, crew = people.cast, people.crew
    number, people.seat = "03752345671", "3750001"
    await cast.register(people.seat, alone=True)
    home = await people.at_home(number)
    await people.books(await people.waits(number))
    await people.seat_answers()
    person = await people.answers(home)
    await people.state(number, "talking")
    await cast.register("3750002")
    await cast.phone(people.seat).die()
    assert await crew.until(lambda: cast.rings("3750002"), LONG)
    await cast.answer("3750002", SEAT)
    await cast.talk(SEAT)
    await cast.hears({SEAT: {OTHER}, OTHER: {SEAT}}, 15)
    await cast.legs[SEAT].hang_up()
    await people.until("SELECT 1 FROM seats.cel_events WHERE type = 'RATING_ASKED'")
    await person.do("keys", keys="5", gap_ms=250)
    await people.sees(person, "closed")
    row = await people.state(number, "done")
    rated = await people.until("SELECT * FROM seats.ratings WHERE linkedid = $1 AND score > 0", row["channel"])
    assert (rated["score"], rated["seat"], rated["area"]) == (5, "3750002", "pingdingshan")
    call = await people.until("SELECT * FROM seats.calls WHERE linkedid = $1", row["channel"])
    assert (call["outcome"], call["ended_by"], call["answered_by"]) == ("answered", "seat", "3750001")
    told = "SELECT seat, caller_ms FROM seats.legs WHERE linkedid = $1 AND role = 'seat' ORDER BY started_at"
    talked = await people.rows(told, row["channel"])
    assert [leg["seat"] for leg in talked] == ["3750001", "3750002"]
    assert (
        abs(sum(leg["caller_ms"] for leg in talked) - call["talk_ms"]) < 2000
    )  # and a moment to see why the first ended


async def test_who_rings_again_has_the_place_back_and_is_not_called(people: People) -> None:
    cast, crew = people.cast, people.crew
    await cast.register(SEAT_NUMBER)
    home = await people.at_home(NUMBER)
    await people.books(await people.waits(NUMBER))
    await people.rung_back()
    caller = await cast.call(NUMBER)
    await people.sees(caller, "established")
    own = await people.state(NUMBER, "returned")

    def rings_for_the_call() -> LegView | None:
        leg = cast.rings(SEAT_NUMBER)
        return leg if leg is not None and leg.header("X-Hotline-Call") == own["returned_call"] else None

    assert await crew.until(rings_for_the_call, LONG)
    await cast.answer(SEAT_NUMBER, SEAT)
    await people.sees(caller, "audio")
    await caller.hang_up()
    await people.state(NUMBER, "taken_back")
    assert not home.legs


async def test_a_kept_place_goes_before_those_who_came_later(people: People) -> None:
    cast, crew = people.cast, people.crew
    people.seat = "3740001"  # an area of its own: who still waits at the end is owed a call
    await cast.register(people.seat)
    talking = await people.waits("03742345671")
    seat = await cast.answer(people.seat, SEAT)
    first = await cast.call("03742345672")
    await people.sees(first, "established")
    await crew.until(lambda: False, 1.5)
    later = await cast.call("03742345673")
    await people.sees(later, "established")
    await people.books(first)
    row = await people.until("SELECT id FROM seats.callbacks WHERE number = $1 AND placed > 0", "03742345672")
    await talking.hang_up()
    await people.sees(seat, "closed")
    leg = await people.rung_back()
    assert leg.header("X-Hotline-Callback") == f"waiting {row['id']}"
    assert not later.over


async def test_the_service_killed_and_postgres_frozen_call_once_and_forget_nobody(people: People) -> None:
    cast = people.cast
    await cast.register(SEAT_NUMBER)
    number = "03735123499"
    home = await people.at_home(number)
    caller = await people.waits(number)
    people.freeze(POSTGRES, signal.SIGSTOP)
    try:
        await people.books(caller)
        await people.rung_back()
        people.freeze(SEATS, signal.SIGKILL)
        await people.seat_answers()
        person = await people.answers(home)
        people.freeze(DOORS, signal.SIGKILL)
        await person.hang_up()
        await people.sees(cast.legs[SEAT], "closed")
    finally:
        people.freeze(POSTGRES, signal.SIGCONT)
    row = await people.state(number, "done")
    assert (row["placed"], row["tries"], row["seat"]) == (1, 0, SEAT_NUMBER)
    assert len(home.legs) == 1


async def test_an_announcement_reaches_who_waits_once_and_their_place_stays_theirs(people: People) -> None:
    cast, settings = people.cast, people.copy.settings
    people.seat = "3940001"  # in an area of its own
    await cast.register(people.seat)
    caller = await people.waits("03942345671")
    words = speak("今天办税系统正在升级，下午两点恢复办理，请稍后再来电咨询。", Voice(VARIANTS[0], 170, 45))
    folder = settings.paths.asterisk / "sounds/zh/hotline/notices"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0123456789abcdef.alaw").write_bytes(alaw(words.astype("<i2")))
    now = SystemClock().now()
    change(settings.paths.hours, announce(Notice("zhoukou", "升级", "notices/0123456789abcdef", None, "t", now), now))
    heard, since = Listener(Reference("notice", words)), time.monotonic()

    def seconds() -> float:
        heard.feed(caller.recording.samples())
        return heard.seconds(caller.recording.first_sample(since))

    assert await people.crew.until(lambda: seconds() >= 2, LONG)
    seat = await cast.answer(people.seat, SEAT)
    await cast.hears({CALLER: {SEAT}}, 15)
    await caller.hang_up()
    own = seat.header("X-Hotline-Call")
    assert (await people.until("SELECT outcome FROM seats.calls WHERE linkedid = $1", own))["outcome"] == "answered"
    ours = "SELECT outcome FROM seats.calls WHERE origin = 'platform' AND linkedid LIKE 'nt-%'"
    assert (await people.until(ours))["outcome"] == "told_and_ended"
    assert len(await people.rows(ours)) == 1


async def test_who_waited_and_hung_up_is_owed_a_call_once(people: People) -> None:
    cast = people.cast
    people.seat = "3770001"  # in an area where nobody of another test is owed a call
    await cast.register(people.seat)
    number = "037761234567"
    home = await people.at_home(number)
    for _ in range(2):
        caller = await people.waits(number)
        await people.crew.until(lambda: False, 2.5)
        await caller.hang_up()
    await people.seat_answers()
    person = await people.answers(home)
    await person.hang_up()
    row = await people.state(number, "done")
    assert row["why"] == "abandoned"
    assert len(await people.rows("SELECT 1 FROM seats.callbacks WHERE number = $1", number)) == 1


async def test_a_message_needs_none_of_our_programs(people: People) -> None:
    cast = people.cast
    people.shut("hebi")
    caller = await cast.call("03923123456")
    await people.sees(caller, "established")
    await people.heard_again(caller)
    names = (SEATS, DOORS, POSTGRES)
    for name in names:
        people.freeze(name, signal.SIGSTOP)
    try:
        await caller.do("keys", keys="1", gap_ms=250)
        await people.crew.until(lambda: False, 1.5)
        await cast.talk(CALLER)
        await people.crew.until(lambda: False, 3)
        await caller.do("keys", keys="#", gap_ms=250)
        await people.sees(caller, "closed")
    finally:
        for name in names:
            people.freeze(name, signal.SIGCONT)
    row = await people.until("SELECT * FROM seats.messages")
    assert (row["area"], row["number"], row["state"]) == ("hebi", "03923123456", "new")
    file = RecordingFiles(people.copy.settings.paths.messages).path(row["id"])
    assert 2 < file.stat().st_size / 8000 < 12
    told = await people.until("SELECT outcome FROM seats.calls WHERE linkedid = $1", row["call"])
    assert told["outcome"] == "message_left"


async def test_an_hour_is_chosen_by_keys(people: People) -> None:
    people.shut("anyang")
    caller = await people.cast.call("03723123456")
    await people.sees(caller, "established")
    for keys in ("2", "3", "1430", "1"):
        await people.heard_again(caller)
        await caller.do("keys", keys=keys, gap_ms=250)
        await people.crew.until(lambda: False, 1.0)
    await people.sees(caller, "closed")
    row = await people.until("SELECT * FROM seats.callbacks WHERE slot IS NOT NULL")
    assert (row["area"], row["why"], row["state"]) == ("anyang", "appointment", "asked")
    local = row["slot"].astimezone(CHINA)
    assert (local.hour, local.minute) == (14, 30)


async def test_events_and_records_tell_of_the_same_calls(copy: Instance) -> None:
    command = (sys.executable, "-m", "ops", "records", "check")
    done = await asyncio.create_subprocess_exec(
        *command, env=own_environment(copy.settings), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await done.communicate()
    assert done.returncode == 0, said.decode()
