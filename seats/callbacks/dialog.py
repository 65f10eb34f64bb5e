"""What a caller who wants to be called back is asked, told and promised, one step at a time. Pure.

A step's facts are noted before the caller hears of them; all that is known between two steps stands in `stage`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from core.ids import AreaId
from seats.callbacks.book import Book
from seats.callbacks.request import ASKED, CALLABLE, MOVED, Callback, Why
from seats.callbacks.states import Move

Next = Literal["read", "booked", "told", "back"]
WAITS: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
"""Minutes there is a prompt for."""
MOST_TRIES: Final = 3
NUMBER_KEYS: Final = 16


@dataclass(frozen=True, slots=True)
class Asking:
    """What a step is made from."""

    stage: str
    """Where the step before left the dialog; empty at first."""
    keys: str
    """What was keyed since; digits, `*`; empty after silence."""
    number: str
    """The caller's normalised number, empty when it is withheld or none to call."""
    area: AreaId
    now: datetime
    joined_at: datetime
    """Since when they wait."""
    wait: int | None
    """Estimated wait in minutes, when known."""
    book: Book
    normalise: Callable[[str], str]
    """Keyed digits -> a number the platform may call, else empty."""
    new_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the dialplan does next."""

    next: Next
    say: tuple[str, ...] = ()
    """Prompt keys."""
    keys: int = 0
    """How many to read."""
    stage: str = ""
    facts: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """(kind, fields) to be noted before anything is said."""
    booked: Mapping[str, str] = field(default_factory=dict)
    """For the call's own event."""


BACK: Final = Reply("back")


def callback(asking: Asking) -> Reply:
    """One step of booking a callback that keeps the place."""
    stage, _, rest = asking.stage.partition(":")
    if stage == "number":
        return _number(asking, int(rest or 1))
    if stage == "confirm":
        number, _, tries = rest.partition(":")
        return _confirmed(asking, number, int(tries or 1))
    if not asking.number:
        return ask_number(("callback_offer", *waiting(asking.wait)), 1)
    known = asking.book.of(asking.number)
    if known is not None:
        return already(known)
    return _ask_confirm(("callback_offer", *waiting(asking.wait), "callback_to"), asking.number, 1)


def already(known: Callback) -> Reply:
    """One a number has already: its place is kept on."""
    fact = (MOVED, {"id": known.id, "move": str(Move.LEFT), "base": known.base()})
    return Reply("booked", ("callback_already",), facts=(fact,), booked={"id": known.id})


def _number(asking: Asking, tries: int) -> Reply:
    number = asking.normalise(asking.keys)
    if CALLABLE.fullmatch(number):
        return _ask_confirm(("callback_to_keyed",), number, 1)
    if tries >= MOST_TRIES or asking.keys == "0":
        return BACK
    return ask_number(("callback_number_bad",), tries + 1)


def _confirmed(asking: Asking, number: str, tries: int) -> Reply:
    if asking.keys == "1" and CALLABLE.fullmatch(number):
        known = asking.book.of(number)
        if known is not None:
            return already(known)
        asked = {
            "id": asking.new_id,
            "number": number,
            "area": asking.area,
            "why": str(Why.WAITING),
            "joined_at": min(asking.joined_at, asking.now).isoformat(),
        }
        booked = {"id": asking.new_id, "number": number, "area": asking.area}
        return Reply("booked", ("callback_booked",), facts=((ASKED, asked),), booked=booked)
    if asking.keys == "2":
        return ask_number((), 1)
    if asking.keys == "0" or tries >= MOST_TRIES:
        return BACK
    return _ask_confirm(("callback_to_keyed",), number, tries + 1)


def _ask_confirm(before: tuple[str, ...], number: str, tries: int) -> Reply:
    return Reply("read", (*before, *digits(number), "callback_confirm"), 1, f"confirm:{number}:{tries}")


def ask_number(before: tuple[str, ...], tries: int) -> Reply:
    """Ask for another number."""
    return Reply("read", (*before, "callback_number"), NUMBER_KEYS, f"number:{tries}")


def digits(number: str) -> tuple[str, ...]:
    """Prompt keys that read a number out."""
    return tuple(f"digit_{digit}" for digit in number)


def waiting(minutes: int | None) -> tuple[str, ...]:
    """Prompt keys that say how long it may take, rounded up; nothing when nobody knows."""
    if minutes is None or minutes < 0:
        return ()
    return (f"wait_{next((each for each in WAITS if each >= minutes), 'longer')}",)
