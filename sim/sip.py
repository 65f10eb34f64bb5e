"""SIP messages as the phones saw them: enough of each to draw a ladder, to read a header, and to say why a leg
ended."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_TRACE = re.compile(r"^(TX|RX) (\w+) (\S+) -> (\S+)\s")
_Q850 = re.compile(r"Q\.850\s*;\s*cause\s*=\s*(\d+)", re.IGNORECASE)
_COMPACT = {"f": "from", "t": "to", "i": "call-id", "m": "contact", "v": "via", "l": "content-length"}
_FINAL = 300


@dataclass(frozen=True, slots=True)
class SipMessage:
    """One message. `at` is seconds of the monotonic clock."""

    at: float
    sent: bool
    first_line: str
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case; of repeated headers the first."""
    text: str = ""

    @property
    def method(self) -> str:
        """`INVITE`, `BYE` … of the request, or of the request this answers."""
        return self.headers.get("cseq", "").rpartition(" ")[2]

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        parts = self.first_line.split(" ", 2)
        return int(parts[1]) if parts[0].startswith("SIP/") and len(parts) > 1 and parts[1].isdigit() else 0

    @property
    def call_id(self) -> str:
        """Its Call-ID."""
        return self.headers.get("call-id", "")

    @property
    def label(self) -> str:
        """What to write on the arrow: `INVITE`, `200 OK (INVITE)`."""
        if self.status:
            return f"{self.first_line.partition(' ')[2]} ({self.method})"
        return self.first_line.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a leg is over."""

    by: str
    """`here` when our side ended it, `far` when the other side did."""
    status: int
    """SIP status that refused the call; 200 when it had been answered, 487 when it was given up while ringing."""
    cause: int | None
    """Q.850 cause, when one was named."""
    text: str

    def __str__(self) -> str:
        named = f", cause={self.cause}" if self.cause is not None else ""
        who = "by our side" if self.by == "here" else "by the far end"
        return f"{self.status} {self.text}{named}, ended {who}"


def parse_trace(text: str, at: float) -> SipMessage | None:
    """One line of the stack's trace (`TX UDP a -> b`, then the message); `None` when it is none."""
    head, _, message = text.partition("\n")
    found = _TRACE.match(f"{head} ")
    first, _, rest = message.partition("\r\n")
    if found is None or not first:
        return None
    headers: dict[str, str] = {}
    for line in rest.partition("\r\n\r\n")[0].split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_COMPACT.get(key, key), value.strip())
    return SipMessage(at, found.group(1) == "TX", first, headers, message)


def ending(messages: Iterable[SipMessage]) -> Ending | None:
    """Why the leg of these messages (one Call-ID) ended; `None` while it has not."""
    answered = False
    for message in messages:
        cause = _cause(message)
        by = "here" if message.sent else "far"
        if message.status and message.method == "INVITE":
            if message.status >= _FINAL and not answered and message.status not in (401, 407):
                text = message.first_line.split(" ", 2)[-1]
                cancelled = message.status == 487
                # 487 is the answer to a CANCEL: the one who receives it is the one who gave up.
                return Ending(("far" if message.sent else "here") if cancelled else by, message.status, cause, text)
            answered = answered or 200 <= message.status < _FINAL
        elif not message.status and message.method == "CANCEL":
            return Ending(by, 487, cause, "Cancelled while ringing")
        elif not message.status and message.method == "BYE":
            return Ending(by, 200, cause, "Normal end")
    return None


def _cause(message: SipMessage) -> int | None:
    found = _Q850.search(message.headers.get("reason", ""))
    return int(found.group(1)) if found else None
