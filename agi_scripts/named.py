"""Door `named`: the caller has told the voice where they belong."""

from agi_scripts import steps, variables
from agi_scripts.switchboard import Switchboard
from ivr.fastagi.call import AgiCall


async def named(call: AgiCall, switchboard: Switchboard) -> None:
    """Reads `variables.HEARD` and `variables.NAMED`, sets nothing."""
    heard = await switchboard.hear(call, (*variables.HEARD, variables.NAMED))
    await switchboard.tell(call, steps.named(heard, switchboard.bearings))
