"""Door `incoming`: a call has arrived. Where does it belong, or must the caller be asked?"""

from agi_scripts import steps, variables
from agi_scripts.callback import tell
from agi_scripts.switchboard import Switchboard
from ivr.fastagi.call import AgiCall


async def incoming(call: AgiCall, switchboard: Switchboard) -> None:
    """Reads `variables.HEARD`, sets the variables of one step."""
    heard = await switchboard.hear(call, variables.HEARD)
    await tell(call, switchboard, steps.incoming(heard, switchboard.bearings))
