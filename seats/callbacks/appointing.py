"""Choosing a half-hour by keys: day, time, read back, confirmed; and what a caller who has one may do. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from seats.callbacks.dialog import BACK, MOST_TRIES, Asking, Reply, ask_number
from seats.callbacks.request import ASKED, CALLABLE, MOVED, Callback, Why
from seats.callbacks.states import Move
from seats.callbacks.times import DAYS, SLOT, Window, day_of, first_free, keyed_time, spoken, whole


@dataclass(frozen=True, slots=True)
class Agenda:
    """What can be promised."""

    window: Window
    open: Callable[[datetime], bool]
    """Whether the area answers then."""
    capacity: int
    """Appointments it takes for one half-hour."""


def appointment(asking: Asking, agenda: Agenda) -> Reply:
    """One step. Stages: `number:N`, `have:N`, `day:N|number|today`, `time:day|N|number`, `confirm:slot|N|number`.

    Days stand there as dates: at midnight tomorrow becomes another day, and the caller meant the one they heard.
    """
    stage, _, rest = asking.stage.partition(":")
    if stage == "number":
        return _number(asking, agenda, int(rest))
    if stage == "have":
        return _have(asking, agenda, int(rest))
    if stage in _STAGES:
        return _STAGES[stage](asking, agenda, *rest.split("|"))
    if not asking.number:
        return ask_number((), 1)
    return _begin(asking, agenda, asking.number)


def _begin(asking: Asking, agenda: Agenda, number: str) -> Reply:
    known = asking.book.of(number, appointment=True)
    if known is not None and known.slot is not None and number == asking.number:
        return _ask_have(asking, known, 1)
    if known is not None:
        return BACK  # somebody else's line: they may not learn of it, nor change it
    return _first_question(asking, agenda, number)


def _number(asking: Asking, agenda: Agenda, tries: int) -> Reply:
    number = asking.normalise(asking.keys)
    if CALLABLE.fullmatch(number):
        return _begin(asking, agenda, number)
    return BACK if tries >= MOST_TRIES else ask_number(("callback_number_bad",), tries + 1)


def _have(asking: Asking, agenda: Agenda, tries: int) -> Reply:
    known = asking.book.of(asking.number, appointment=True)
    if known is None:
        return _first_question(asking, agenda, asking.number)
    if asking.keys == "1":
        return Reply("booked", ("appointment_kept",), booked={"id": known.id})
    if asking.keys == "2":
        return Reply("told", ("appointment_cancelled",), facts=(_cancelled(known),))
    if asking.keys == "3":
        return _first_question(asking, agenda, asking.number)  # the old one holds until there is a new one
    return BACK if tries >= MOST_TRIES else _ask_have(asking, known, tries + 1)


def _day(asking: Asking, agenda: Agenda, tries: str, number: str, today: str) -> Reply:
    if asking.keys in ("1", "2", "3"):
        return _ask_time((), date.fromisoformat(today) + timedelta(days=int(asking.keys) - 1), number, 1)
    return BACK if int(tries) >= MOST_TRIES else _ask_day(("not_understood",), asking, number, int(tries) + 1)


def _time(asking: Asking, agenda: Agenda, day: str, tries: str, number: str) -> Reply:
    wanted = keyed_time(date.fromisoformat(day), asking.keys)
    if wanted is None:
        again = _ask_time(("appointment_bad",), date.fromisoformat(day), number, int(tries) + 1)
        return BACK if int(tries) >= MOST_TRIES else again
    slot = first_free(wanted, asking.now, agenda.window, lambda at: _free(asking, agenda, at))
    if slot is None:
        return Reply("back", ("appointment_none",))
    if slot == wanted:
        return _ask_confirm(("appointment_is",), asking, slot, number, 1)
    full = agenda.window.holds(wanted) and agenda.open(wanted) and wanted > asking.now
    before = ("appointment_full" if full else "appointment_bad", "appointment_nearest")
    return _ask_confirm(before, asking, slot, number, 1)


def _confirmed(asking: Asking, agenda: Agenda, slot: str, tries: str, number: str) -> Reply:
    at = datetime.fromisoformat(slot)
    if asking.keys == "1":
        known = asking.book.of(number, appointment=True)
        others = known is not None and number != asking.number
        if not _free(asking, agenda, at) or at <= asking.now or others:
            return _ask_day(("appointment_full",), asking, number, 1)
        asked = {
            "id": asking.new_id,
            "number": number,
            "area": asking.area,
            "why": str(Why.APPOINTMENT),
            "slot": at.isoformat(),
            "not_before": at.isoformat(),
            "joined_at": at.isoformat(),
        }
        booked = {"id": asking.new_id, "number": number, "area": asking.area, "slot": at.isoformat()}
        facts = ((ASKED, asked),) if known is None else (_cancelled(known), (ASKED, asked))
        return Reply("booked", ("appointment_booked",), facts=facts, booked=booked)
    if asking.keys == "2":
        return _first_question(asking, agenda, number, at + SLOT)
    if int(tries) >= MOST_TRIES:
        return BACK
    return _ask_confirm(("appointment_is",), asking, at, number, int(tries) + 1)


_STAGES: dict[str, Callable[..., Reply]] = {"day": _day, "time": _time, "confirm": _confirmed}


def _first_question(asking: Asking, agenda: Agenda, number: str, after: datetime | None = None) -> Reply:
    """Which day; before a holiday, when none of the days has a half-hour left, the next one there is."""

    def free(at: datetime) -> bool:
        return _free(asking, agenda, at)

    if first_free(whole(asking.now), asking.now, agenda.window, free, DAYS) is not None:
        return _ask_day((), asking, number, 1)
    slot = first_free(after or whole(asking.now), asking.now, agenda.window, free)
    if slot is None:
        return Reply("back", ("appointment_none",))
    return _ask_confirm(("appointment_nearest",), asking, slot, number, 1)


def _free(asking: Asking, agenda: Agenda, at: datetime) -> bool:
    return agenda.open(at) and asking.book.taken(asking.area, at) < agenda.capacity


def _ask_have(asking: Asking, known: Callback, tries: int) -> Reply:
    said = spoken(known.slot, asking.now) if known.slot is not None else ()
    return Reply("read", ("appointment_have", *said, "appointment_keep"), 1, f"have:{tries}")


def _ask_day(before: tuple[str, ...], asking: Asking, number: str, tries: int) -> Reply:
    today = day_of(0, asking.now).isoformat()
    return Reply("read", (*before, "appointment_day"), 1, f"day:{tries}|{number}|{today}")


def _ask_time(before: tuple[str, ...], day: date, number: str, tries: int) -> Reply:
    return Reply("read", (*before, "appointment_time"), 4, f"time:{day.isoformat()}|{tries}|{number}")


def _ask_confirm(before: tuple[str, ...], asking: Asking, slot: datetime, number: str, tries: int) -> Reply:
    said = (*before, *spoken(slot, asking.now), "appointment_confirm")
    return Reply("read", said, 1, f"confirm:{slot.isoformat()}|{tries}|{number}")


def _cancelled(known: Callback) -> tuple[str, Mapping[str, object]]:
    return MOVED, {"id": known.id, "move": str(Move.CANCELLED), "by": "caller", "base": known.base()}
