"""The exchange in memory behind a manager's port: its events and lists as bytes, for `AmiManager`."""

from collections.abc import Iterable, Mapping

from seats.ami import AmiEvent
from tests.fakes.ami_manager import AmiManager
from tests.fakes.exchange import Exchange, Phone

NOW = 1795316700.0
"""Before the time `AmiManager` answers a ping with."""


class WireExchange:
    """What `AmiManager.answers` asks."""

    def __init__(self, exchange: Exchange, manager: AmiManager) -> None:
        self.exchange = exchange
        self.refusing = 0
        """So many lists are still refused: an Asterisk that has not loaded everything."""
        self._manager = manager
        self._said = len(exchange.told)

    def __contains__(self, action: object) -> bool:
        if action not in ("status", "queuestatus", "devicestatelist"):
            return False
        self.refusing -= 1
        return self.refusing < 0

    def __getitem__(self, action: str) -> tuple[str, bytes]:
        rows = dict(zip(("status", "queuestatus", "devicestatelist"), self.exchange.rows(), strict=True))[action]
        head = b"Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n"
        end = b"Event: Done\r\nActionID: x\r\nEventList: Complete\r\n\r\n"
        return "x", head + b"".join(_bytes(row, {"ActionID": "x"}) for row in rows) + end

    def say(self) -> None:
        """What happened since the last time, to everybody who listens."""
        news, self._said = self.exchange.told[self._said :], len(self.exchange.told)
        self._manager.say(b"".join(_bytes(event, {}) for event in news))


def small(homes: Mapping[str, str]) -> Exchange:
    """An exchange with these seats (number -> queue), all registered."""
    made = Exchange({number: Phone(number, (area,)) for number, area in homes.items()}, now=NOW)
    for number in homes:
        made.register(number)
    return made


def _bytes(event: AmiEvent, more: Mapping[str, str]) -> bytes:
    repeated = event.repeated or {}
    pairs: Iterable[tuple[str, str]] = [
        *(pair for pair in event.fields.items() if pair[0] not in repeated),
        *more.items(),
        *((name, value) for name, values in repeated.items() for value in values),
    ]
    return "".join(f"{name}: {value}\r\n" for name, value in pairs).encode() + b"\r\n"
