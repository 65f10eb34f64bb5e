"""Whose turn it is: which callbacks go into the line now, and where in it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from core.ids import AreaId
from core.settings import CallbacksSettings
from seats.callbacks.request import Callback, Why
from seats.callbacks.states import UNDER_WAY, WAITING, State
from seats.callbacks.times import Window, window

_UNSEATED_FIRST: Final = timedelta(seconds=2)
_UNSEATED_LAST: Final = timedelta(seconds=20)
"""Until a place for which no seat was found is put into the line again: after a restart of Asterisk phones are found
again within seconds, at night nobody comes for hours."""
_LONGEST: Final = timedelta(days=30)
"""However seldom an area answers: then nobody waits for the call any more."""
_WHOLE_DAY: Final = Window(0, 24 * 60)
_AT_ONCE: Final = 40
"""Places of one area in the line at the same time."""
_WAITED: Final = frozenset({Why.WAITING, Why.APPOINTMENT})
"""They were promised a place, or an hour; others were not, and may not fill the line."""


Works = Callable[[AreaId, date], bool]
"""Whether an area answers at any time of a day of China's."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say."""

    window: Window
    tries: int
    again_after: timedelta
    keep: timedelta
    overdue_after: timedelta


def policy(settings: CallbacksSettings) -> Policy:
    """Raises `BadInput` for times that are none."""
    return Policy(
        window(settings.begins, settings.ends),
        max(settings.tries, 1),
        timedelta(seconds=max(settings.again_after, 0)),
        timedelta(hours=max(settings.keep_hours, 1)),
        timedelta(minutes=max(settings.overdue_minutes, 1)),
    )


def begins(callback: Callback) -> datetime:
    """From when on it may be called."""
    return max(callback.not_before or callback.asked_at, callback.slot or callback.asked_at)


def due(callback: Callback, now: datetime, rules: Policy) -> bool:
    """Whether its turn has come: its time, and a time at which people may be called."""
    return callback.state in WAITING and begins(callback) <= now and rules.window.holds(now)


def unseated_again(callback: Callback) -> timedelta:
    """Until it is put into the line again, after no seat was found for it: longer each time."""
    return min(_UNSEATED_FIRST * (1 << min(max(callback.placed - 1, 0), 8)), _UNSEATED_LAST)


def expired(callback: Callback, now: datetime, rules: Policy, works: Works = lambda _area, _day: True) -> bool:
    """Whether nobody can be expected to wait for it any more. Days on which its area answers nobody do not count: who
    rang before a long holiday is called after it."""
    since = _since(callback)
    if not callback.open or now - since <= rules.keep:
        return False
    counted = _WHOLE_DAY.time_in(since, now, lambda day: works(callback.area, day))
    return counted > rules.keep or now - since > _LONGEST


def overdue(callback: Callback, now: datetime, rules: Policy, works: Works = lambda _area, _day: True) -> bool:
    """Whether it has been open for longer than it should, counting calling time of its area's days alone."""
    open_for = rules.window.time_in(_since(callback), now, lambda day: works(callback.area, day))
    return callback.open and open_for > rules.overdue_after


def _since(callback: Callback) -> datetime:
    return max(callback.asked_at, callback.slot or callback.asked_at)


def turns(open_: Iterable[Callback], now: datetime, rules: Policy, seats: Mapping[AreaId, int]) -> Iterator[Callback]:
    """Those that go into the line now, by their places. `seats`: how many of an area could be rung."""
    in_line: Counter[AreaId] = Counter()
    unasked: Counter[AreaId] = Counter()
    ordered = sorted(open_, key=lambda one: (one.joined_at, one.id))
    for one in ordered:
        if one.state in UNDER_WAY:
            in_line[one.area] += 1
            unasked[one.area] += one.why not in _WAITED
    for one in ordered:
        if not due(one, now, rules) or in_line[one.area] >= _AT_ONCE:
            continue
        promised = one.why in _WAITED
        if not promised and unasked[one.area] >= max(seats.get(one.area, 0) // 2, 1):
            continue
        in_line[one.area] += 1
        unasked[one.area] += not promised
        yield one


def position(callback: Callback, waiting: Iterable[Any], standing: Iterable[Callback] = ()) -> int:
    """Where in the queue its place is: behind those of its queue who joined before it. `waiting`: live calls;
    `standing`: other places in the line."""
    ahead = [
        call
        for call in waiting
        if call.queue == callback.area and call.waiting_since is not None and call.waiting_since < callback.joined_at
    ]
    mine = (callback.joined_at, callback.id)
    before = (
        one.state is State.DIALLING_SEAT and one.area == callback.area and (one.joined_at, one.id) < mine
        for one in standing
    )
    return 1 + len(ahead) + sum(before)
