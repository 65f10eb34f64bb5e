"""The acts of one supervisor, and the supervision that runs. Knows no screen."""

from dataclasses import dataclass

from seats.cli.board.keys import BY_VERB, Deed, On
from seats.cli.client import Act, Client, Denied, Document
from seats.cli.picture import Picture


@dataclass(frozen=True, slots=True)
class Aim:
    """What the cursor is on."""

    call: str | None
    seat: str | None
    prefers_seat: bool
    """A seat was chosen, not a call."""

    def of(self, deed: Deed) -> str | None:
        """What the deed would be done to; None when the choice has nothing of the kind."""
        match deed.on:
            case On.CALL:
                return self.call
            case On.SEAT:
                return self.seat
            case On.EITHER:
                return self.seat if self.prefers_seat else self.call


@dataclass(frozen=True, slots=True)
class Running:
    """A supervision that goes on."""

    id: str
    verb: str
    target: str
    joined: bool = False
    """The user's phone has been seen in it."""


class Supervisor:
    """Does what the keys say, through the API."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.running: Running | None = None

    def switches(self, deed: Deed, target: str) -> bool:
        """Whether the deed only changes the mode of what runs."""
        return deed.rings and self.running is not None and self.running.target == target

    async def story(self, call: str) -> Document:
        """What a caller told the voice. Raises `HotlineError`."""
        return await self._client.story(call)

    async def act(self, verb: str, target: str, *, to: str = "", reason: str = "") -> Act:
        """Do it. Raises `HotlineError`."""
        deed = BY_VERB[verb]
        if deed.rings:
            return await self._join(verb, target, reason)
        if verb == "hangup":
            return await self._client.hang_up(target, reason)
        if verb == "move":
            return await self._client.move(target, to, reason)
        return await self._client.to_seat(target, verb, reason)

    async def leave(self) -> Act | None:
        """End what runs; None when nothing does. Raises `HotlineError`."""
        running, self.running = self.running, None
        if running is None:
            return None
        try:
            return await self._client.leave(running.id)
        except Denied as error:
            if error.code == "not_there":
                return Act(running.id, "leave", running.target)
            self.running = running
            raise

    def look(self, picture: Picture, phone_number: str | None) -> None:
        """Hanging up one's own phone ends the supervision: seen in the picture, where the phone is in it."""
        running, phone = self.running, picture.seats.get(phone_number or "")
        if running is None or phone is None:
            return
        inside = phone.reason == "supervision"
        if inside and not running.joined:
            self.running = Running(running.id, running.verb, running.target, joined=True)
        elif running.joined and not inside and phone.state in {"ready", "offline", "wrap_up", "paused"}:
            self.running = None

    async def _join(self, verb: str, target: str, reason: str) -> Act:
        running = self.running
        if running is not None and running.target == target:
            try:
                act = await self._client.switch(running.id, verb)
                self.running = Running(running.id, verb, target, running.joined)
                return act
            except Denied as error:
                if error.code != "not_there":
                    raise
                self.running = None  # it ended meanwhile: begin another
        act = await self._client.supervise(target, verb, reason)
        self.running = Running(act.id, verb, target)
        return act
