"""The seats of a load run, registered at the address where SIPp answers for them."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from sim.errors import PhoneError
from sim.load import sippxml
from sim.load.plan import LoadPlan
from sim.load.sipp import Sipp
from sim.profile import Profile

_REGISTER_SECONDS = 3600
_AGAIN_SECONDS = 45.0
"""Registrations are renewed that often: a registrar may grant far less than it was asked for, ours 120 s."""
_PATIENCE = "10s"
_TOLD = 3
"""Seats whose refusal is told one by one."""


class Registrar:
    """Registers every seat the plan uses, and takes the registrations away again."""

    def __init__(self, plan: LoadPlan, profile: Profile, seats: Sipp, tell: Callable[[str], None]) -> None:
        self._used = plan.seats.use or tuple(profile.seats)
        self._profile = profile
        self._seats = seats
        self._tell = tell
        self.registered = False
        """There is something to take away."""

    async def register(self, seconds: int = _REGISTER_SECONDS) -> None:
        """Register them; 0 seconds takes the registrations away. Raises `PhoneError` that names who was refused."""
        if not self._used:
            return
        profile, seats, name = self._profile, self._seats, f"register-{seconds}"
        rows = [f"{n};[authentication username={n} password={profile.password(n)}]\n" for n in self._used]
        xml = sippxml.registration(f"{seats.address}:{seats.port}", seconds)
        await asyncio.to_thread(_write, seats.folder / name, xml, "SEQUENTIAL\n" + "".join(rows))
        sender = Sipp(name, seats.folder, profile.desk, seats.group, profile.sipp)
        target = f"{profile.host}:{profile.port}"
        await sender.start(
            name, "-inf", f"{name}.csv", "-m", str(len(rows)), "-r", "40", "-timeout", _PATIENCE, target=target
        )
        if sender.process is not None:
            await sender.process.wait()
        answers = {words[1]: words[2] for line in sender.lines() if len(words := line.split(";")) > 2}
        wrong = [(seat, answers.get(seat, "")) for seat in self._used if answers.get(seat) != "200"]
        self.registered = bool(answers) and bool(seconds)
        if wrong and seconds:
            raise PhoneError(_refusal(wrong, len(self._used), target))

    async def stay(self) -> None:
        """Renew them until cancelled."""
        while True:
            await asyncio.sleep(_AGAIN_SECONDS)
            try:
                await self.register()
            except PhoneError as error:
                self._tell(str(error))


def _write(stem: Path, xml: str, rows: str) -> None:
    """What SIPp reads; what it logged last time is taken away."""
    stem.with_suffix(".xml").write_text(xml, encoding="utf-8")
    stem.with_suffix(".csv").write_text(rows, encoding="utf-8")
    stem.with_suffix(".log").unlink(missing_ok=True)


def _refusal(wrong: list[tuple[str, str]], of: int, target: str) -> str:
    """Who could not register and why."""
    told = "; ".join(f"seat {seat}: {_reason(code, target)}" for seat, code in wrong[:_TOLD])
    more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
    return f"{len(wrong)} of {of} seats could not register: {told}{more}"


def _reason(code: str, target: str) -> str:
    if not code:
        return f"no reply from {target}"
    known = {status.value: status.phrase for status in HTTPStatus}
    words = f"{code} {known.get(int(code), '')}".rstrip() if code.isdigit() else code
    hint = " (is the profile's password the right one?)" if code in ("401", "403", "407") else ""
    return f"{words}{hint}"
