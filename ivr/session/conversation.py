"""The conversation with one caller: say, listen, decide, until somebody else takes over or the caller has gone.

What is decided lies in `talk`; here are the turns, their end, and what is noted of them.
"""

from typing import Final

from ivr.session import story
from ivr.session.ending import Arrival, Ending, Handover, Result
from ivr.session.house import House
from ivr.session.ports import Caller, CallerGone, Part, Prompt, SoundFile, Text
from ivr.session.saying import Saying
from ivr.session.story import Transcript
from ivr.session.talk import Talk
from knowledge.told import FACT

TURNS: Final = 40
"""What is said and heard back; then a person helps better."""
LONGEST: Final = 900.0
"""Seconds of a conversation, looked at between turns; each turn has its own end."""


async def converse(caller: Caller, arrival: Arrival, house: House) -> Result:
    """Talk with `caller` to the end. Never raises what the caller does: hanging up anywhere is an ending too."""
    talk, transcript = Talk(arrival, house), Transcript()
    begun = house.clock.monotonic()
    saying = talk.opening()
    ending: Ending | None = None
    try:
        for _ in range(TURNS):
            if house.clock.monotonic() - begun > LONGEST:
                break
            if await _said(caller, saying, talk, transcript, house) and saying.then is not None:
                ending = saying.then
                break
            _note_questions(talk, house)
            heard = await caller.hear(talk.patience(saying), saying.keys)
            transcript.caller(heard)
            following = talk.reply(heard)
            if not isinstance(following, Saying):
                ending = following
                break
            saying = following
    except CallerGone:
        ending = talk.gone() if saying.then is None or isinstance(saying.then, Handover) else saying.then
    return _ended(ending or Handover(talk.topic, "long"), talk, transcript, arrival, house)


async def _said(caller: Caller, saying: Saying, talk: Talk, transcript: Transcript, house: House) -> bool:
    """Say it, its answer first; whether it was heard whole. What was begun counts as told, hung up on or not."""
    transcript.hotline("".join(_text(part, house) for part in (*saying.answer, *saying.parts)))
    if saying.answer:
        answered = False
        try:
            answered = (await caller.say(*saying.answer, pace=talk.pace, interruptible=saying.interruptible)).whole
        finally:
            talk.answered(saying, answered)
            _note_questions(talk, house)
        if not answered:
            return talk.said(saying, whole=False)
    said = await caller.say(*saying.parts, pace=talk.pace, interruptible=saying.interruptible)
    return talk.said(saying, said.whole)


def _note_questions(talk: Talk, house: House) -> None:
    """Facts of the questions whose fate is known: those told, and those another one followed."""
    for place, question in enumerate(talk.questions):
        if not question.noted and (question.told or place < len(talk.questions) - 1):
            question.noted = True
            house.note(FACT, talk.call, question.fact())


def _ended(ending: Ending, talk: Talk, transcript: Transcript, arrival: Arrival, house: House) -> Result:
    for question in talk.questions:
        if not question.noted:
            question.noted = True
            house.note(FACT, arrival.call, question.fact())
    fields = story.told(ending, talk.where.name, talk.questions, transcript, talk.misses)
    house.note(story.FACT, arrival.call, fields)
    return Result(ending, talk.where.area, talk.where.moved, fields)


def _text(part: Part, house: House) -> str:
    match part:
        case Prompt(key):
            return house.prompts.get(key, key)
        case Text(text):
            return text
        case SoundFile():
            return "（通知）"
