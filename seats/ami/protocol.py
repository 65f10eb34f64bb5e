"""AMI without I/O: bytes in -> messages out, actions -> bytes.

Source: Asterisk 22 `manager.c`; checked on `tests/recordings/ami`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import HotlineError
from core.wire import BadLine, one_line

LINE_LIMIT: Final = 1022
"""Bytes of one action line without its line end; Asterisk refuses the action of a longer one."""
ACTION_LINES: Final = 128
"""Lines Asterisk keeps of one action; it drops what follows."""
MESSAGE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one message (a long command output). More means that we lost the thread."""
_END: Final = b"\r\n\r\n"


class AmiBroken(HotlineError):
    """The other end does not speak AMI."""


@dataclass(frozen=True, slots=True)
class AmiBanner:
    """The one line before the first message."""

    version: str
    """Of the manager protocol, e.g. `11.0.0`; not Asterisk's own."""


@dataclass(frozen=True, slots=True)
class AmiEvent:
    """Something happened."""

    name: str
    fields: Mapping[str, str]
    """Every header as Asterisk spells it, `Event` included; of a repeated one the last value."""
    repeated: Mapping[str, tuple[str, ...]] | None = None
    """All values of the headers that come more than once (`ChanVariable`), in order."""

    def values(self, header: str) -> tuple[str, ...]:
        """Every value of `header`, in order."""
        return _values(self.fields, self.repeated, header)

    def variables(self, header: str = "ChanVariable") -> dict[str, str]:
        """The `name=value` pairs of a repeated header."""
        return dict(_pair(value) for value in self.values(header))


@dataclass(frozen=True, slots=True)
class AmiResponse:
    """The answer to one action."""

    status: str
    """`Success`, `Error`, `Goodbye` …"""
    fields: Mapping[str, str]
    repeated: Mapping[str, tuple[str, ...]] | None = None

    @property
    def action_id(self) -> str | None:
        return self.fields.get("ActionID")

    @property
    def succeeded(self) -> bool:
        return self.status != "Error"

    @property
    def message(self) -> str:
        return self.fields.get("Message", "")

    @property
    def output(self) -> tuple[str, ...]:
        """The lines a `Command` printed."""
        return self.values("Output")

    def values(self, header: str) -> tuple[str, ...]:
        """Every value of `header`, in order."""
        return _values(self.fields, self.repeated, header)


AmiMessage = AmiBanner | AmiEvent | AmiResponse


class AmiParser:
    """Turns what Asterisk sends into messages.

    `wanted` names the events worth reading (None: all); others are stepped over undecoded, unless they carry
    an `ActionID` while `lists_open` is above zero: then they may be rows of a list somebody asked for.
    """

    __slots__ = ("_buffer", "_greeted", "_scanned", "_wanted", "lists_open")

    def __init__(self, wanted: Collection[str] | None = None) -> None:
        self._wanted = None if wanted is None else frozenset(name.encode() for name in wanted)
        self._buffer = bytearray()
        self._scanned = 0
        self._greeted = False
        self.lists_open = 0

    def feed(self, data: bytes) -> list[AmiMessage]:
        """The messages that `data` completes. Raises `AmiBroken`, after which the connection is of no use."""
        messages: list[AmiMessage] = []
        buffer = self._buffer
        if buffer:
            buffer += data
            if buffer.find(_END if self._greeted else b"\n", self._scanned) < 0:
                self._scanned = max(len(buffer) - 3, 0)
                self._limit(len(buffer))
                return messages
            data = bytes(buffer)
            buffer.clear()
        start = self._greet(data, messages) if not self._greeted else 0
        if self._greeted:
            find = data.find
            wanted = self._wanted
            while (end := find(_END, start)) >= 0:
                if (
                    wanted is None
                    or not data.startswith(b"Event: ", start)
                    or data[start + 7 : find(b"\r\n", start)] in wanted
                    or (self.lists_open and find(b"\r\nActionID: ", start, end) >= 0)
                ):
                    messages.append(_message(data[start:end]))
                start = end + 4
        if start < len(data):
            buffer += data[start:] if start else data
            self._limit(len(buffer))
        self._scanned = max(len(buffer) - 3, 0)
        return messages

    def _greet(self, data: bytes, messages: list[AmiMessage]) -> int:
        end = data.find(b"\n")
        if end < 0:
            return 0
        name, slash, version = data[:end].rstrip(b"\r").partition(b"/")
        if not slash or name != b"Asterisk Call Manager":
            raise AmiBroken("the first line is not Asterisk's greeting")
        self._greeted = True
        messages.append(AmiBanner(version.decode("utf-8", "replace")))
        return end + 1

    def _limit(self, length: int) -> None:
        if length > MESSAGE_LIMIT:
            raise AmiBroken(f"a message of more than {MESSAGE_LIMIT} bytes")


def encode_action(name: str, action_id: str, fields: Mapping[str, str | Sequence[str]]) -> bytes:
    """One action with its blank line. A sequence gives its header once per value (`Variable`). Raises `BadLine`."""
    lines = [one_line(f"Action: {name}", LINE_LIMIT), one_line(f"ActionID: {action_id}", LINE_LIMIT)]
    for header, value in fields.items():
        if ":" in header or header.lower() in {"action", "actionid"}:
            raise BadLine("a header may not hold a colon, nor be the action's own")
        lines += [one_line(f"{header}: {item}", LINE_LIMIT) for item in ([value] if isinstance(value, str) else value)]
    if len(lines) > ACTION_LINES:
        raise BadLine(f"an action of {len(lines)} lines is longer than {ACTION_LINES}")
    return b"\r\n".join(lines) + _END


def _message(data: bytes) -> AmiEvent | AmiResponse:
    lines = data.decode("utf-8", "replace").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    try:
        fields = dict(pairs)
    except ValueError:
        # A header without a value ends "Name:" or holds nothing at all.
        pairs = [pair if len(pair) == 2 else [pair[0].rstrip(":"), ""] for pair in pairs if pair != [""]]
        fields = dict(pairs)
    repeated = _repeated(pairs) if len(fields) != len(pairs) else None
    if (name := fields.get("Event")) is not None:
        return AmiEvent(name, fields, repeated)
    if (status := fields.get("Response")) is not None:
        return AmiResponse(status, fields, repeated)
    raise AmiBroken("a message that is neither event nor response")


def _repeated(pairs: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    once: set[str] = set()
    names = {header for header, _ in pairs if header in once or once.add(header)}  # type: ignore[func-returns-value]
    return {name: tuple([value for header, value in pairs if header == name]) for name in names}


def _values(fields: Mapping[str, str], repeated: Mapping[str, tuple[str, ...]] | None, header: str) -> tuple[str, ...]:
    if repeated is not None and header in repeated:
        return repeated[header]
    value = fields.get(header)
    return () if value is None else (value,)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
