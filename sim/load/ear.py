"""One call of a load run by a phone that listens: was the seat's voice heard?"""

import time
from dataclasses import dataclass

from sim.account import Account
from sim.crew import Crew
from sim.heard import Listener, Reference
from sim.load.arrivals import Caller
from sim.load.tally import Tally
from sim.profile import Profile

_JUDGED_AFTER_SECONDS = 3.0
"""A talk shorter than that is too short to be judged."""


@dataclass(frozen=True, slots=True)
class Ear:
    """What such a call needs."""

    profile: Profile
    tally: Tally
    crew: Crew
    reference: Reference
    """The seats' voice."""
    longest: float
    """Seconds no call lasts longer than."""

    async def call(self, caller: Caller) -> None:
        """Dial, listen, note what happened in the tally. Raises `PhoneError`."""
        tally, crew = self.tally, self.crew
        tally.expect(caller.number, caller.area, caller.tries)
        account = Account(caller.number, self.profile.host, self.profile.port)
        phone = await crew.phone(f"listener-{caller.number}", account, self.profile.trunk)
        leg = await phone.dial(self.profile.hotline)
        attempt = tally.note("dials", caller.number, "", time.time())
        ear = Listener(self.reference)

        def heard() -> bool:
            ear.feed(leg.recording.samples())
            return leg.over or ear.seconds() >= 1.0

        await crew.until(lambda: leg.over or "established" in leg.moments, caller.patience)
        if "established" in leg.moments:
            tally.note("answered", caller.number, "200", time.time())
        await crew.until(lambda: heard() or (attempt is not None and attempt.talked is not None), caller.patience)
        if attempt is not None and attempt.talked is not None:
            await crew.until(heard, _JUDGED_AFTER_SECONDS + 2.0)
            talked = time.time() - attempt.talked
            attempt.heard = True if ear.seconds() > 0 else (False if talked >= _JUDGED_AFTER_SECONDS else None)
            await crew.until(lambda: leg.over, self.longest)
        by = "far" if leg.over else "here"
        refused = leg.over and "established" not in leg.moments
        await leg.hang_up()
        if refused:
            word, code = ("refused", str(leg.ending.status)) if leg.ending else ("silent", "")
            tally.note(word, caller.number, code, time.time())
        else:
            tally.note("ended", caller.number, by, time.time())
