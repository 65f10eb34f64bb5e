"""Doors `callback` and `appointment`: what a caller who does not want to wait is asked next; and who rings again."""

from dataclasses import replace
from typing import Any

from agi_scripts import variables as v
from agi_scripts.bookings import READ
from agi_scripts.steps import PROMPTS, Step
from agi_scripts.switchboard import Switchboard
from core.journal import JournalUnwritable
from ivr.fastagi.call import AgiCall
from seats.callbacks.appointing import appointment as appointment_step
from seats.callbacks.dialog import Asking, Reply
from seats.callbacks.dialog import callback as callback_step
from seats.callbacks.request import MOVED

_LONGEST_SAY = 900
"""Characters of one variable; Asterisk reads a line of 8,190 bytes, but an application's arguments are shorter."""
PRIORITY = "QUEUE_PRIO"
"""Asterisk's own variable: a caller of a higher one goes before all of a lower one."""
FIRST = "2"
"""Of whoever takes their place back."""


async def callback(call: AgiCall, switchboard: Switchboard) -> None:
    """One step of booking a callback."""
    if (asking := await _asking(call, switchboard)) is not None:
        await _tell(call, switchboard, callback_step(asking))


async def appointment(call: AgiCall, switchboard: Switchboard) -> None:
    """One step of booking an appointment."""
    asking = await _asking(call, switchboard)
    if asking is not None and switchboard.bookings is not None:
        await _tell(call, switchboard, appointment_step(asking, switchboard.bookings.agenda(asking.area)))


async def tell(call: AgiCall, switchboard: Switchboard, step: Step) -> None:
    """A step of arriving; a caller whose place was kept is not called back meanwhile, and goes first where it is."""
    back = _returned(step, switchboard)
    if back is not None and _kept_in(back["base"]["area"], step, switchboard):
        step = replace(step, variables={PRIORITY: FIRST, **step.variables})
    await switchboard.tell(call, step)
    if back is not None:
        switchboard.note(call, MOVED, back)


def _returned(step: Step, switchboard: Switchboard) -> dict[str, Any] | None:
    number = step.decided.get("normalized")
    if switchboard.bookings is None or not isinstance(number, str):
        return None
    return switchboard.bookings.returned(number)


def _kept_in(area: str, step: Step, switchboard: Switchboard) -> bool:
    """Whether a place of `area` counts where `step` leads: nobody goes before those who wait for another city."""
    return area in (step.variables.get(v.QUEUE), switchboard.bearings.tables.tree.root.id)


async def _asking(call: AgiCall, switchboard: Switchboard) -> Asking | None:
    """None while nobody can be called back."""
    bookings = switchboard.bookings
    if bookings is None or not bookings.active:
        return None
    said = await switchboard.hear(call, READ)
    wait = await call.get_variable(f"GLOBAL(HOTLINE_WAIT_{said[v.QUEUE]})") if said[v.QUEUE].isalpha() else ""
    return bookings.asking(said, switchboard.bearings, wait or "")


async def _tell(call: AgiCall, switchboard: Switchboard, reply: Reply) -> None:
    """A promise is on disk before the caller hears it; one that cannot be written is not made."""
    try:
        for kind, fields in reply.facts:
            switchboard.journal.append(kind, call.linkedid, fields)
    except JournalUnwritable:
        reply = Reply("back")
    say = "&".join(f"{PROMPTS}{key}" for key in reply.say)
    values = {
        v.STAGE: reply.stage,
        v.SAY: say if len(say) <= _LONGEST_SAY else f"{PROMPTS}{reply.say[-1]}",
        v.KEY_COUNT: str(reply.keys),
        v.BOOKED: _event(reply),
        v.NEXT: reply.next,
    }
    for name, value in values.items():
        await call.set_variable(name, value)


def _event(reply: Reply) -> str:
    inside = ",".join(f'"{name}":"{value}"' for name, value in reply.booked.items())
    return f"{{{inside}}}"
