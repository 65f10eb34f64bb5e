"""Who a phone is on the SIP system under test."""

from dataclasses import dataclass

from sim.errors import PhoneError

_FORBIDDEN = set('"\\<>\r\n\0')
CODECS = ("pcma", "pcmu")
"""Codecs a phone may offer: the two every telephone network has."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who a phone is. With a password it registers as `user`; without, it just dials (a trunk, an open door)."""

    user: str
    """Number or account name; `anonymous` withholds it."""
    host: str
    port: int
    name: str = ""
    """Display name, Chinese welcome."""
    domain: str = ""
    """Domain of the From address; the SIP system's own host when empty."""
    password: str = ""
    codecs: tuple[str, ...] = ("pcma",)
    register_seconds: int = 600

    def line(self) -> str:
        """The address line the stack's account parser reads. It holds the password: never log it."""
        for part in (self.user, self.name, self.domain, self.host, self.password):
            if _FORBIDDEN & set(part):
                raise PhoneError(f"{part!r} cannot be part of a phone's account: no quotes, brackets or line ends")
        unknown = [codec for codec in self.codecs if codec not in CODECS]
        if unknown:
            raise PhoneError(f"unknown codec {unknown[0]!r}; known: {', '.join(CODECS)}")
        shown = f'"{self.name}" ' if self.name else ""
        parts = [
            f"{shown}<sip:{self.user}@{self.domain or f'{self.host}:{self.port}'};transport=udp>",
            f"regint={self.register_seconds if self.password else 0}",
            "answermode=manual",
            "audio_codecs=" + ",".join(self.codecs),
            "dtmfmode=rtpevent",
            f'outbound="sip:{self.host}:{self.port}"',
        ]
        if self.password:
            parts.insert(1, f'auth_pass="{self.password}"')
        return ";".join(parts)
