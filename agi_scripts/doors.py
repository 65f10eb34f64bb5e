"""Which function serves which `agi://` address."""

from collections.abc import Awaitable, Callable, Mapping

from agi_scripts.callback import appointment, callback
from agi_scripts.incoming import incoming
from agi_scripts.keyed import keyed
from agi_scripts.named import named
from agi_scripts.switchboard import Switchboard
from ivr.fastagi.call import AgiCall
from ivr.fastagi.server import Door

ROUTES: Mapping[str, Callable[[AgiCall, Switchboard], Awaitable[None]]] = {
    "incoming": incoming,
    "keyed": keyed,
    "named": named,
    "callback": callback,
    "appointment": appointment,
}


def doors(switchboard: Switchboard) -> dict[str, Door]:
    """Every door, with this process's switchboard."""
    return {route: _bound(door, switchboard) for route, door in ROUTES.items()}


def _bound(door: Callable[[AgiCall, Switchboard], Awaitable[None]], switchboard: Switchboard) -> Door:
    async def serve(call: AgiCall) -> None:
        await door(call, switchboard)

    return serve
