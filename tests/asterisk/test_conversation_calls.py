"""A caller asks, asks again, reaches a seat with the story, or is served: synthetic voice, real ears, real Asterisk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.ids import LinkedId
from core.journal import JournalReader
from knowledge.told import FACT as QUESTION
from seats.records.cel import parse
from seats.records.interpret import interpret
from seats.records.record import CallRecord, Outcome
from seats.stories.store import noted
from sim.account import Account
from sim.crew import Crew
from tests.asterisk.conftest import Telephony, until
from tests.asterisk.test_media_calls import WAIT, Service, Talker, crew, decided, service

__all__ = ["crew", "decided", "service"]
SEAT, SEAT_HOST = "3730001", "127.0.0.4"
LINKEDID, TYPE = 14, 0
SHORTEST = "业务招待费能扣除多少"
"""Its answer is over in ten seconds."""


def ended(telephony: Telephony) -> set[str]:
    """Calls that are over."""
    return {row[LINKEDID] for row in telephony.events() if row[TYPE] == "LINKEDID_END"}


def record(telephony: Telephony, before: set[str]) -> CallRecord:
    """The record of the call that has ended since."""
    (linkedid,) = until(lambda: ended(telephony) - before)
    events = parse((telephony.settings.paths.cel / "hotline.csv").read_bytes(), ended=True).events
    return interpret([placed.event for placed in events if placed.event.linkedid == linkedid])


def facts(telephony: Telephony) -> list[Mapping[str, Any]]:
    """What was noted of questions so far."""
    noted = JournalReader(telephony.settings.paths.journal)
    return [fact.fields for fact in noted if fact.kind == QUESTION and fact.fields["question"] == SHORTEST]


async def greeted(crew: Crew, telephony: Telephony, folder: Path) -> Talker:
    """A caller who has heard who answers."""
    caller = await Talker.dials(crew, telephony, folder)
    await caller.hears(0.0)
    return caller


async def says(caller: Talker, crew: Crew, text: str) -> float:
    """Says it, into whatever is being said; when the last word is out."""
    before = len(_said(caller))
    await caller.says(text)
    assert await crew.until(lambda: len(_said(caller)) > before, WAIT)
    return _said(caller)[-1]


def _said(caller: Talker) -> list[float]:
    return [float(event["at"]) for event in caller.leg.events if event["event"] == "said"]


async def asks(caller: Talker, crew: Crew, text: str) -> float:
    """Says it and is answered; when the answer begins."""
    return await caller.hears(await says(caller, crew, text) + 0.2)


async def test_two_questions_then_a_person_who_knows_the_story(
    telephony: Telephony, service: Service, crew: Crew, tmp_path: Path
) -> None:
    sip = telephony.settings.sip
    account = Account(SEAT, sip.host, sip.port, password=telephony.secrets.seat(SEAT))
    seat = await crew.phone("seat", account, SEAT_HOST)
    await seat.register()
    caller = await greeted(crew, telephony, tmp_path)
    await asks(caller, crew, "个体工商户怎么注销")
    await asks(caller, crew, "机票能不能抵扣增值税")
    await says(caller, crew, "转人工")
    # The message itself is seen a moment after the phone has begun to ring.
    rung = await crew.until(lambda: (leg := seat.live) and leg.header("X-Hotline-Call") and leg, WAIT)
    assert rung, "no seat rings for a call"
    assert rung.header("X-Hotline-Topic") == "机票火车票抵扣"
    story = noted(telephony.settings.paths.journal, LinkedId(rung.header("X-Hotline-Call")))
    assert story is not None, "the seat rings and there is no story yet"
    assert [(each.label, each.told) for each in story.questions[:2]] == [("税务注销", True), ("机票火车票抵扣", True)]
    assert story.summary.startswith("新乡；税务注销")
    assert story.summary.endswith("要求人工")
    await caller.leg.hang_up()


async def test_who_hangs_up_after_the_answer_is_served(
    telephony: Telephony, service: Service, crew: Crew, tmp_path: Path
) -> None:
    before = ended(telephony)
    caller = await greeted(crew, telephony, tmp_path)
    answered = await asks(caller, crew, SHORTEST)
    told = await crew.until(lambda: [fact for fact in facts(telephony) if fact["whole"]], 40)
    assert told, f"the answer that began at {answered} is never over"
    await caller.leg.hang_up()
    assert record(telephony, before).outcome is Outcome.SELF_SERVED


async def test_who_says_thanks_is_thanked_and_served(
    telephony: Telephony, service: Service, crew: Crew, tmp_path: Path
) -> None:
    before = ended(telephony)
    caller = await greeted(crew, telephony, tmp_path)
    await asks(caller, crew, SHORTEST)
    await says(caller, crew, "没有了谢谢再见")
    await caller.hears_prompt("talk_thanks", telephony)
    assert await crew.until(lambda: caller.leg.over, WAIT), "never hung up on"
    assert record(telephony, before).outcome is Outcome.SELF_SERVED
