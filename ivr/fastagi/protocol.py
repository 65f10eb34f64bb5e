"""AGI without I/O: bytes in -> messages out, commands -> bytes.

Source: Asterisk 22 `res_agi.c`; checked on `tests/recordings/agi`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from core.errors import HotlineError
from core.wire import BadLine, one_line

LINE_LIMIT: Final = 8190
"""Bytes of one command without its line end. Asterisk takes the line end of a longer one for a second command."""
WORD_LIMIT: Final = 127
"""Words of one command: of its 128 places Asterisk keeps the last for the end mark, and does not count quoted words."""
BUFFER_LIMIT: Final = 65_536
"""Bytes Asterisk may send without ending its message: a request of long arguments, a reply of a long value."""


class AgiBroken(HotlineError):
    """The other end does not speak AGI, or said something that has no meaning at this point."""


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What Asterisk says first: which door, which channel."""

    variables: Mapping[str, str]
    """Names without their `agi_`, in the order sent; arguments are not among them."""
    arguments: tuple[str, ...] = ()
    """`agi_arg_1` …: what stands after the URL in `AGI(agi://…,first,second)`."""

    @property
    def path(self) -> str:
        """`incoming` of `agi://host/incoming?linkedid=…`."""
        return self.variables.get("network_script", "").partition("?")[0].strip("/")

    @property
    def query(self) -> Mapping[str, str]:
        """The URL's `name=value` pairs, percent-decoded; of a repeated name the first."""
        pairs = parse_qs(self.variables.get("network_script", "").partition("?")[2], keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}


class AgiReply(NamedTuple):
    """The answer to one command. A named tuple, because it is made for every command: half the time of a dataclass."""

    code: int
    """200 done · 510 unknown command · 511 not on a dead channel · 520 wrong use."""
    result: str = ""
    """What follows `result=`; a number for most commands."""
    data: str | None = None
    """What stands in parentheses: the value of GET VARIABLE, or a word such as `timeout`."""
    text: str = ""
    """What else is said: `endpos=…` of a 200; of other codes Asterisk's own words, the proper usage included."""


@dataclass(frozen=True, slots=True)
class AgiHangup:
    """The caller hung up; the channel can still be read, but nobody listens."""


AgiMessage = AgiRequest | AgiReply | AgiHangup


class State(IntEnum):
    """Where the conversation stands."""

    REQUEST = 0
    READY = 1
    ASKED = 2
    VALUE = 3
    USAGE = 4


class Move(IntEnum):
    """What can happen: what a line is, or that we sent a command."""

    VARIABLE = 0
    BLANK = 1
    COMMAND = 2
    PROGRESS = 3
    REPLY = 4
    VALUE_OPENS = 5
    VALUE_GOES_ON = 6
    USAGE_OPENS = 7
    USAGE_GOES_ON = 8
    HANGUP = 9


TRANSITIONS: Final[Mapping[tuple[State, Move], State]] = MappingProxyType(
    {
        (State.REQUEST, Move.VARIABLE): State.REQUEST,
        (State.REQUEST, Move.BLANK): State.READY,
        (State.READY, Move.COMMAND): State.ASKED,
        (State.READY, Move.HANGUP): State.READY,
        (State.ASKED, Move.PROGRESS): State.ASKED,
        (State.ASKED, Move.HANGUP): State.ASKED,
        (State.ASKED, Move.REPLY): State.READY,
        (State.ASKED, Move.VALUE_OPENS): State.VALUE,
        (State.ASKED, Move.USAGE_OPENS): State.USAGE,
        (State.VALUE, Move.VALUE_GOES_ON): State.VALUE,
        (State.VALUE, Move.REPLY): State.READY,
        (State.USAGE, Move.USAGE_GOES_ON): State.USAGE,
        (State.USAGE, Move.REPLY): State.READY,
    }
)
_value_reply: Callable[[tuple[int, str, str, str]], AgiReply] = partial(tuple.__new__, AgiReply)
"""`AgiReply` without its Python-level constructor, which would cost as much as the rest of reading a reply."""
_READY: Final = State.READY
_ASKED: Final = State.ASKED
_AFTER_COMMAND: Final = TRANSITIONS[State.READY, Move.COMMAND]
_AFTER_REPLY: Final = TRANSITIONS[State.ASKED, Move.REPLY]
"""The two moves of every command, looked up once: this is the hot path."""
_LAST_VARIABLE: Final = "threadid"
"""Asterisk sends arguments after this one, so a line break smuggled into a caller's name can add no argument."""


def step(state: State, move: Move) -> State:
    """The state after `move`. Raises `AgiBroken`, naming both, when the move has no meaning there."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise AgiBroken(f"{move.name} while {state.name}") from None


class AgiConversation:
    """Our end of one AGI connection."""

    __slots__ = ("_arguments", "_buffer", "_pending", "_scanned", "_variables", "state")

    def __init__(self) -> None:
        self.state = State.REQUEST
        self._buffer = bytearray()
        self._scanned = 0
        self._variables: dict[str, str] = {}
        self._arguments: list[str] = []
        self._pending: list[str] = []

    def ask(self) -> None:
        """We send a command. Raises `AgiBroken` before the request is read and while a reply is due."""
        self.state = _AFTER_COMMAND if self.state is _READY else step(self.state, Move.COMMAND)

    def feed(self, data: bytes) -> list[AgiMessage]:
        """The messages that `data` completes. Raises `AgiBroken`, after which the connection is of no use."""
        buffer = self._buffer
        if self.state is _ASKED and not buffer:
            # Nearly every reply is one line in one read, and of one of these forms: a shorter way to what `_line` does.
            if data.startswith(b"200 result=1 (") and data.endswith(b")\n") and data.count(b"\n") == 1:
                self.state = _AFTER_REPLY
                return [_value_reply((200, "1", str(data[14:-2], "utf-8", "replace"), ""))]
            if (reply := _PLAIN_REPLIES.get(data)) is not None:
                self.state = _AFTER_REPLY
                return [reply]
        buffer += data
        messages: list[AgiMessage] = []
        start = 0
        while (end := buffer.find(b"\n", max(start, self._scanned))) >= 0:
            self._line(bytes(buffer[start:end]), messages)
            start = end + 1
            self._scanned = start
        del buffer[:start]
        self._scanned = len(buffer)
        if len(buffer) > BUFFER_LIMIT:
            raise AgiBroken(f"a line of more than {BUFFER_LIMIT} bytes")
        return messages

    def _move(self, move: Move) -> None:
        self.state = step(self.state, move)

    def _line(self, line: bytes, messages: list[AgiMessage]) -> None:
        state = self.state
        text = line.decode("utf-8", "replace")
        if state is State.ASKED or state is State.READY:
            self._reply_line(text, messages)
        elif state is State.REQUEST:
            self._request_line(text, messages)
        elif state is State.VALUE:
            self._value_line(text, messages)
        else:
            self._usage_line(text, messages)

    def _request_line(self, text: str, messages: list[AgiMessage]) -> None:
        if not text:
            self._move(Move.BLANK)
            if "network_script" not in self._variables:
                raise AgiBroken("a request that names no door")
            messages.append(AgiRequest(MappingProxyType(self._variables), tuple(self._arguments)))
            return
        self._move(Move.VARIABLE)
        name, colon, value = text.partition(": ")
        if not colon:
            # Asterisk ends an empty value with the space, but be ready for a bare "agi_x:".
            name, colon, value = text.partition(":")
        if not colon or not name.startswith("agi_"):
            raise AgiBroken("a request line that is no agi_ variable")
        if len(self._variables) + len(self._arguments) >= 2 * WORD_LIMIT:
            raise AgiBroken("a request of too many lines")
        name = name[4:]
        if name == f"arg_{len(self._arguments) + 1}" and _LAST_VARIABLE in self._variables:
            self._arguments.append(value)
        elif self._arguments or name in self._variables or name.startswith("arg_"):
            raise AgiBroken("a request line out of its place")
        else:
            self._variables[name] = value

    def _reply_line(self, text: str, messages: list[AgiMessage]) -> None:
        if text.startswith("200 "):
            head, bracket, value = text[4:].partition(" (")
            if bracket and ")" not in value:
                self._move(Move.VALUE_OPENS)
                self._keep(text)
                return
            self._move(Move.REPLY)
            messages.append(_done(head, value if bracket else None))
        elif text.startswith("HANGUP"):
            self._move(Move.HANGUP)
            messages.append(AgiHangup())
        elif text.startswith("100 "):
            self._move(Move.PROGRESS)
        elif text[:3].isdecimal() and text[3:4] == "-":
            self._move(Move.USAGE_OPENS)
            self._keep(text)
        elif text[:3].isdecimal() and text[3:4] == " ":
            self._move(Move.REPLY)
            messages.append(AgiReply(int(text[:3]), text=text[4:]))
        else:
            raise AgiBroken(f"a line that is no reply while {self.state.name}")

    def _value_line(self, text: str, messages: list[AgiMessage]) -> None:
        self._keep(text)
        if ")" not in text:
            self._move(Move.VALUE_GOES_ON)
            return
        self._move(Move.REPLY)
        head, _, value = "\n".join(self._pending)[4:].partition(" (")
        self._pending.clear()
        messages.append(_done(head, value))

    def _usage_line(self, text: str, messages: list[AgiMessage]) -> None:
        self._keep(text)
        code = self._pending[0][:3]
        if not text.startswith(f"{code} "):
            self._move(Move.USAGE_GOES_ON)
            return
        self._move(Move.REPLY)
        messages.append(
            AgiReply(
                int(code),
                text="\n".join(
                    line.removeprefix(code)[1:] if line.startswith(code) else line for line in self._pending
                ),
            )
        )
        self._pending.clear()

    def _keep(self, text: str) -> None:
        self._pending.append(text)
        if sum(map(len, self._pending)) > BUFFER_LIMIT:
            raise AgiBroken(f"a reply of more than {BUFFER_LIMIT} characters")


_PLAIN_REPLIES: Final = {b"200 result=%d\n" % result: AgiReply(200, str(result)) for result in (0, 1)}


def encode_command(*words: str) -> bytes:
    """One command line with its line end, each word quoted where Asterisk needs it. Raises `BadLine`."""
    if len(words) > WORD_LIMIT:
        raise BadLine(f"a command of {len(words)} words is longer than {WORD_LIMIT}")
    return one_line(" ".join([_quoted(word) for word in words]), LINE_LIMIT) + b"\n"


def _quoted(word: str) -> str:
    if word.isalnum():
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _done(head: str, value: str | None) -> AgiReply:
    """`head` is `result=…` and what may follow before a bracket; `value` what follows the opening bracket."""
    result, _, text = head.removeprefix("result=").partition(" ")
    if value is None:
        return AgiReply(200, result, None, text)
    end = value.rindex(")")
    return AgiReply(200, result, value[:end], value[end + 2 :])
