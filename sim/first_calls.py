"""The platform's first calls: real SIP and RTP from a carrier's trunk to registered seats, judged on what was heard.

    python -m sim first-calls PROFILE.json

The profile says where the platform is, which seats to register and which calls to place (see `sim.first_plan.Plan`);
the answer is one JSON document with a verdict and its reasons for each call. The calls overlap, so that three take
little longer than one.
"""

import asyncio
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from sim.account import Account
from sim.crew import Crew
from sim.errors import BadScenario, PhoneError
from sim.first_plan import CallPlan, CallResult, Plan, SeatPlan, plan_of
from sim.handset import LegView
from sim.heard import Listener, Reference
from sim.sound import Samples, read_audio
from sim.voice import VARIANTS, Voice, speak

_ANSWER_AFTER_SECONDS = 0.3
_STAGGER_SECONDS = 0.25
_END_SECONDS = 5.0


async def first_calls(plan: Plan, folder: Path | None = None) -> list[CallResult]:
    """Place the calls of `plan`; recordings go to `folder`. Raises `PhoneError` when a seat cannot register."""
    with tempfile.TemporaryDirectory(prefix="sim-") as spare:
        place = folder or Path(spare)
        async with Crew(place, (plan.call_header, plan.area_header)) as crew:
            floor = _Floor(plan, crew, place)
            await floor.open()
            return list(await asyncio.gather(*(floor.place(index) for index in range(len(plan.calls)))))


class _Floor:
    """The registered seats and the calls among them."""

    def __init__(self, plan: Plan, crew: Crew, folder: Path) -> None:
        self._plan = plan
        self._crew = crew
        self._folder = folder
        self._speech: dict[str, Samples] = {}
        self._waiting: list[LegView] = []
        """Legs at seats that no call has claimed yet."""
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Make the speech, the phones and the registrations."""
        plan = self._plan
        words = {f"seat-{seat.number}": seat.says or _seat_words(seat) for seat in plan.seats}
        words |= {f"call-{call.key}": call.says or _caller_words(call, index) for index, call in enumerate(plan.calls)}
        for index, (name, text) in enumerate(words.items()):
            voice = Voice(VARIANTS[index % len(VARIANTS)], 160 + index % 5 * 8, 35 + index % 4 * 10)
            self._speech[name] = await asyncio.to_thread(speak, text, voice)
            self._speech[name].astype("<i2").tofile(self._folder / f"{name}.said.pcm")
        phones = [
            await self._crew.phone(f"seat-{seat.number}", self._account(seat), plan.seat_address) for seat in plan.seats
        ]
        for phone in phones:
            phone.on_call = self._ring
        await asyncio.gather(*(phone.register() for phone in phones))

    async def place(self, index: int) -> CallResult:
        """Place one call, see who answers, listen both ways, hang up."""
        call = self._plan.calls[index]
        await asyncio.sleep(index * _STAGGER_SECONDS)
        result = CallResult(call.key, call.number)
        try:
            await self._place(call, result)
        except PhoneError as error:
            result.problems.append(str(error))
        result.ok = not result.problems
        return result

    async def _place(self, call: CallPlan, result: CallResult) -> None:
        plan = self._plan
        if call.number:
            account = Account(call.number, plan.host, plan.port, call.name)
        else:
            account = Account("anonymous", plan.host, plan.port, "Anonymous", domain="anonymous.invalid")
        phone = await self._crew.phone(f"call-{call.key}", account, plan.trunk_address)
        headers = dict(call.headers) if call.number else {"Privacy": "id", **call.headers}
        caller = await phone.dial(plan.hotline, headers)
        pressing = asyncio.create_task(self._press(call, caller)) if call.press else None
        try:
            await self._follow(call, caller, result)
        finally:
            if pressing is not None:
                pressing.cancel()
            await caller.hang_up()

    async def _follow(self, call: CallPlan, caller: LegView, result: CallResult) -> None:
        seat: LegView | None = await self._crew.until(
            lambda: caller.over or self._claimable(call), self._plan.within
        ) and self._claim(call)
        if "established" in caller.moments:
            await self._say(caller, f"call-{call.key}")
            result.connected_seconds = round(caller.moments["established"] - caller.began, 3)
        if seat is None:
            became = f"ended: {caller.end or 'no cause given'}" if caller.over else "still waiting"
            rung = ", ".join(f"{leg.phone} ({leg.end or 'ringing'})" for leg in self._waiting if self._fits(call, leg))
            result.problems.append(
                f"no seat answered within {self._plan.within:g} s; the caller is {became}; rung: {rung or 'no seat'}"
            )
            result.caller_end = caller.end
            return
        self._note_seat(call, caller, seat, result)
        await self._listen(call, caller, seat, result)
        await caller.hang_up()
        await self._crew.until(lambda: caller.over and seat.over, _END_SECONDS)
        result.caller_end, result.seat_end = caller.end, seat.end
        if not seat.over:
            result.problems.append(f"the seat's leg was still up {_END_SECONDS:g} s after the caller hung up")
            await seat.hang_up()

    def _note_seat(self, call: CallPlan, caller: LegView, seat: LegView, result: CallResult) -> None:
        number = seat.phone.removeprefix("seat-")
        result.seat = number
        result.area = next(plan.area for plan in self._plan.seats if plan.number == number)
        result.number_shown, result.name_shown = seat.peer_user, seat.name_shown
        result.call_id = seat.headers.get(self._plan.call_header, "")
        result.area_shown = seat.headers.get(self._plan.area_header, "")
        result.setup_seconds = round(seat.moments["established"] - caller.began, 3)
        if call.seats and number not in call.seats:
            result.problems.append(f"seat {number} answered; expected one of {', '.join(call.seats)}")
        wanted = call.shows or call.number
        if wanted and seat.peer_user != wanted:
            result.problems.append(f"seat {number} was shown {seat.peer_user!r} instead of {wanted}")

    async def _listen(self, call: CallPlan, caller: LegView, seat: LegView, result: CallResult) -> None:
        need = self._plan.hear_seconds
        ears = {
            "caller": (Listener(self._reference(seat.phone)), caller),
            "seat": (Listener(self._reference(f"call-{call.key}")), seat),
        }

        def enough() -> bool:
            for listener, leg in ears.values():
                listener.feed(leg.recording.samples())
            return all(listener.seconds() >= need for listener, _ in ears.values()) or caller.over

        # Two windows make the first verdict: what is to be heard, and two seconds more.
        await self._crew.until(enough, need + 6.0)
        for side, (listener, leg) in ears.items():
            found = {"seconds": round(listener.seconds(), 2), "z": round(listener.best(), 1)}
            setattr(result, f"{side}_heard", found)
            if found["seconds"] < need:
                other = "seat" if side == "caller" else "caller"
                result.problems.append(
                    f"the {side} heard {found['seconds']:g} s of the {other} (best z {found['z']:g}), "
                    f"{need:g} s wanted; {leg.recording.seconds():.1f} s of audio came in"
                )

    async def _press(self, call: CallPlan, caller: LegView) -> None:
        """Press the keys when the question is heard, else when its time has come."""
        await self._crew.until(lambda: "established" in caller.moments or caller.over, self._plan.within)
        if call.press_on_hearing:
            question = Listener(Reference("question", await asyncio.to_thread(read_audio, Path(call.press_on_hearing))))

            def asked() -> bool:
                question.feed(caller.recording.samples())
                return question.seconds() > 0

            await self._crew.until(asked, call.press_after)
        else:
            await asyncio.sleep(call.press_after)
        await caller.do("keys", keys=call.press, gap_ms=80)

    def _ring(self, leg: LegView) -> None:
        self._waiting.append(leg)
        task = asyncio.create_task(self._answer(leg))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, leg: LegView) -> None:
        await asyncio.sleep(_ANSWER_AFTER_SECONDS)
        if leg.over:
            return
        await leg.do("answer")
        await self._crew.until(lambda: leg.up or leg.over, 5.0)
        if leg.up:
            await self._say(leg, leg.phone)

    def _claimable(self, call: CallPlan) -> LegView | None:
        """The answered leg at a seat that is this call."""
        return next((leg for leg in self._waiting if leg.up and self._fits(call, leg)), None)

    def _fits(self, call: CallPlan, leg: LegView) -> bool:
        """By the number shown; a withheld caller's leg is the one that shows nobody else's."""
        if call.number:
            return leg.peer_user in {call.number, call.shows}
        return leg.peer_user not in {
            number for other in self._plan.calls for number in (other.number, other.shows) if number
        }

    def _claim(self, call: CallPlan) -> LegView | None:
        leg = self._claimable(call)
        if leg is not None:
            self._waiting.remove(leg)
        return leg

    async def _say(self, leg: LegView, speech: str) -> None:
        await leg.do("say", speech=speech, pcm=str((self._folder / f"{speech}.said.pcm").absolute()), loop=True)

    def _reference(self, speech: str) -> Reference:
        return Reference(speech, self._speech[speech])

    def _account(self, seat: SeatPlan) -> Account:
        return Account(seat.number, self._plan.host, self._plan.port, password=seat.password)


def _seat_words(seat: SeatPlan) -> str:
    digits = ",".join(seat.number[-4:])
    return f"您好,{seat.area}座席为您服务,工号{digits},请问有什么可以帮助您?"


_QUESTIONS = (
    "你好,我想问一下个人所得税汇算清缴怎么办理,需要准备哪些材料?",
    "请问小规模纳税人的增值税发票到哪里去申请,要等几天?",
    "我在外地打工,想了解社保费怎么缴,能不能在手机上办?",
    "公司要搬家了,税务登记的地址变更手续怎么走?",
)


def _caller_words(call: CallPlan, index: int) -> str:
    return f"{_QUESTIONS[index % len(_QUESTIONS)]}{'我是' + call.name if call.name else ''}"


def run(profile: Path, folder: Path | None = None) -> tuple[bool, str]:
    """(did every call hold, the JSON answer)."""
    try:
        plan = plan_of(json.loads(profile.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadScenario(f"cannot read {profile}: {error}") from error
    began = time.monotonic()
    results = asyncio.run(first_calls(plan, folder))
    ok = all(result.ok for result in results)
    answer = {"ok": ok, "seconds": round(time.monotonic() - began, 2), "calls": [asdict(result) for result in results]}
    return ok, json.dumps(answer, ensure_ascii=False, indent=1)
