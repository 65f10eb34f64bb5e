"""Stands where a room is not wired in: says so, and does nothing."""

from typing import Any, NoReturn

from core.errors import HotlineError


class NotWired(HotlineError):
    """This copy of the service runs without that room."""


class Absent:
    """No supervision, records or figures. What should be recorded is said to be impossible, so it goes to the log."""

    def target_of(self, id: str) -> None:
        return None

    async def act(self, *_: Any, **__: Any) -> NoReturn:
        raise NotWired("this service runs without that room")

    switch = end = refused = audit = verify = of_seat = record = history = figures = act
