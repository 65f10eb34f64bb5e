"""How often a log-in may fail: for a name at an address, for a name, for an address; and how often a token may be
unknown. Pure."""

import ipaddress
import math
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final

WINDOW: Final = 300.0
"""Seconds a failed attempt counts."""
LIMITS: Final = {"pair": 5, "address": 30, "name": 50, "token": 60}
"""Failures within the window. A stranger elsewhere cannot lock a user out with a handful of guesses."""
KEYS: Final = 10_000
"""Names, addresses and pairs remembered; the longest unused are forgotten first."""


_Key = tuple[tuple[str, ...], int]
"""What is counted, and its limit."""


class Attempts:
    """Counts attempts from their begin, so that many at once are counted too; a success is not held against anybody."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def wait(self, name: str, address: str, now: float) -> int:
        """Seconds until another attempt is allowed; 0 is now. `now` is monotonic."""
        return self._wait(_keys(name, address), now)

    def wait_for_token(self, address: str, now: float) -> int:
        """Seconds until another token unknown here may be looked up for this address; 0 is now."""
        return self._wait((_token_key(address),), now)

    def bad_token(self, address: str, now: float) -> None:
        """A token was looked up and was not good."""
        self._count((_token_key(address),), now)

    def _wait(self, keys: Iterable[_Key], now: float) -> int:
        longest = 0.0
        for key, limit in keys:
            times = self._times.get(key)
            if times is None:
                continue
            _forget(times, now)
            if len(times) >= limit:
                longest = max(longest, times[-limit] + WINDOW - now)
        return math.ceil(longest)

    def begin(self, name: str, address: str, now: float) -> None:
        """An attempt begins; it counts as failed until it succeeds."""
        self._count(_keys(name, address), now)

    def _count(self, keys: Iterable[_Key], now: float) -> None:
        for key, _ in keys:
            self._times.setdefault(key, deque()).append(now)
            self._times.move_to_end(key)
        while len(self._times) > KEYS:
            self._times.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """The last attempt of this name at this address was good, and so is the pair."""
        self.withdraw(name, address)
        self._times.pop(("pair", name, network_of(address)), None)

    def withdraw(self, name: str, address: str) -> None:
        """The last attempt came to nothing through no fault of whoever made it: it does not count."""
        for key, _ in _keys(name, address):
            if times := self._times.get(key):
                times.pop()


def network_of(address: str) -> str:
    """What one household or machine cannot change at will: an IPv4 address, the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _token_key(address: str) -> _Key:
    return ("token", network_of(address)), LIMITS["token"]


def _keys(name: str, address: str) -> tuple[_Key, ...]:
    network = network_of(address)
    return (
        (("pair", name, network), LIMITS["pair"]),
        (("name", name), LIMITS["name"]),
        (("address", network), LIMITS["address"]),
    )


def _forget(times: deque[float], now: float) -> None:
    while times and times[0] <= now - WINDOW:
        times.popleft()
