"""Ends a seat's registration, as its own softphone would: one SIP REGISTER with `Contact: *` (RFC 3261, 10.2.2).

Asterisk's manager has no action for it. The registrar then tells everybody itself that the seat cannot be rung.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Final

from core.errors import HotlineError
from core.ids import SeatNumber

DEADLINE: Final = 4.0
_RESEND: Final = 0.5
_HOME: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
_STATUS = re.compile(r"SIP/2\.0 (\d{3})")
_PART = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class NotUnregistered(HotlineError):
    """The registrar did not say yes in time."""


class Registrar:
    """Speaks to our own Asterisk's SIP port as each seat, with that seat's password."""

    def __init__(self, host: str, port: int, password: Callable[[SeatNumber], str]) -> None:
        # Bound everywhere means reachable at home.
        self._host = _HOME.get(host, host)
        self._port = port
        self._password = password

    async def forget(self, seat: SeatNumber, deadline: float = DEADLINE) -> None:
        """Remove every contact of the seat; one that has none is no error. Raises `NotUnregistered`."""
        loop = asyncio.get_running_loop()
        try:
            transport, protocol = await loop.create_datagram_endpoint(_Mailbox, remote_addr=(self._host, self._port))
        except OSError as error:
            raise NotUnregistered(f"no way to the SIP port: {error}") from error
        try:
            async with asyncio.timeout(deadline):
                await self._talk(transport, protocol, seat)
        except TimeoutError:
            raise NotUnregistered(f"Asterisk's registrar said nothing within {deadline:g} s") from None
        finally:
            transport.close()

    async def _talk(self, transport: asyncio.DatagramTransport, mailbox: "_Mailbox", seat: SeatNumber) -> None:
        host, port = transport.get_extra_info("sockname")[:2]
        domain = f"[{self._host}]" if ":" in self._host else self._host
        call_id = secrets.token_hex(12)
        authorization = ""
        for sequence in (1, 2):
            text = _register(
                domain, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", seat, call_id, sequence, authorization
            )
            answer = await _ask(transport, mailbox, text, f"CSeq: {sequence} REGISTER")
            status = _STATUS.match(answer)
            code = status[1] if status else "no status"
            if code == "200":
                return
            if code not in {"401", "407"} or sequence == 2:
                raise NotUnregistered(f"Asterisk's registrar says {code}")
            authorization = _authorization(answer, seat, self._password(seat), f"sip:{domain}")


class _Mailbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[str] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.got.put_nowait(data.decode("utf-8", "replace"))


async def _ask(transport: asyncio.DatagramTransport, mailbox: _Mailbox, text: str, sequence: str) -> str:
    """The final answer; UDP may lose either way, so it is sent again until it comes."""
    while True:
        transport.sendto(text.encode())
        try:
            async with asyncio.timeout(_RESEND):
                while True:
                    answer = await mailbox.got.get()
                    if sequence in answer and not answer.startswith("SIP/2.0 1"):
                        return answer
        except TimeoutError:
            continue


def _register(domain: str, own: str, seat: SeatNumber, call_id: str, sequence: int, authorization: str) -> str:
    lines = [
        f"REGISTER sip:{domain} SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 5",
        f"From: <sip:{seat}@{domain}>;tag={secrets.token_hex(6)}",
        f"To: <sip:{seat}@{domain}>",
        f"Call-ID: {call_id}",
        f"CSeq: {sequence} REGISTER",
        "Contact: *",
        "Expires: 0",
        *([authorization] if authorization else []),
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _authorization(answer: str, user: str, password: str, uri: str) -> str:
    """The header that answers a digest challenge (RFC 2617 with qop=auth, MD5: what Asterisk's registrar asks for)."""
    header = next((line for line in answer.split("\r\n") if line.lower().startswith("www-authenticate:")), "")
    parts = {name.lower(): quoted or plain for name, quoted, plain in _PART.findall(header)}
    realm, nonce = parts.get("realm", ""), parts.get("nonce", "")
    once = secrets.token_hex(8)
    first = _md5(f"{user}:{realm}:{password}")
    second = _md5(f"REGISTER:{uri}")
    response = _md5(f"{first}:{nonce}:00000001:{once}:auth:{second}")
    opaque = f', opaque="{parts["opaque"]}"' if "opaque" in parts else ""
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{once}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
