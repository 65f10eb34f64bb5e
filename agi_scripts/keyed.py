"""Door `keyed`: the caller has answered a question."""

from agi_scripts import steps, variables
from agi_scripts.callback import tell
from agi_scripts.switchboard import Switchboard
from ivr.fastagi.call import AgiCall


async def keyed(call: AgiCall, switchboard: Switchboard) -> None:
    """Reads `variables.HEARD` and `variables.ANSWERED`, sets the variables of one step."""
    heard = await switchboard.hear(call, (*variables.HEARD, *variables.ANSWERED))
    await tell(call, switchboard, steps.keyed(heard, switchboard.bearings))
