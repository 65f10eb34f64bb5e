"""How a call ends: what each outcome means, as a table that is read from the top. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from seats.records.record import EndedBy, Outcome


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a call that is over, as far as its outcome depends on it."""

    interrupted: bool
    """Asterisk died with the call open."""
    joined: bool
    """The caller was bridged with somebody."""
    queued: bool
    """A queue was entered."""
    ended_by: EndedBy
    said: frozenset[str]
    """Names of the events the dialplan raised."""


DEFINITIONS: tuple[tuple[Outcome, Callable[[Ending], bool]], ...] = (
    (Outcome.INTERRUPTED, lambda ending: ending.interrupted),
    (Outcome.ANSWERED, lambda ending: ending.joined),
    (Outcome.CALLBACK_BOOKED, lambda ending: "CALLBACK_BOOKED" in ending.said),
    (Outcome.MESSAGE_LEFT, lambda ending: "MESSAGE_LEFT" in ending.said),
    (Outcome.SELF_SERVED, lambda ending: "SELF_SERVED" in ending.said),
    (Outcome.NOT_REACHED, lambda ending: "NOT_REACHED" in ending.said),
    (Outcome.TOLD_AND_ENDED, lambda ending: "TOLD" in ending.said),
    (Outcome.FAILED, lambda ending: ending.ended_by is not EndedBy.CALLER),
    (Outcome.ABANDONED_IN_QUEUE, lambda ending: ending.queued),
    (Outcome.ABANDONED_IN_MENU, lambda ending: True),
)
"""The first that holds is the call's outcome; the last one always holds, so that every call has exactly one."""


def outcome_of(ending: Ending) -> Outcome:
    """The single way the call ended."""
    return next(outcome for outcome, holds in DEFINITIONS if holds(ending))
