"""One SIP stack of this process (baresip), bound to one local address.

baresip allows one running stack a process, hands out at most 1,023 handles in its life, and is happiest below 40 legs:
the parent runs worker processes (`sim.crew`) and takes a new one when one is used up.
"""

import asyncio
import contextlib
import ctypes
import logging
import time
from collections.abc import Callable
from typing import Any

import baresip._native as native
from baresip._native import lib
from baresip.call import Call, CallState
from baresip.config import Config
from baresip.events import StackEvent
from baresip.runtime import Runtime

from sim.errors import PhoneError

_SOCKADDR_BYTES = 128
_UDP = 0
EXPOSED_HEADERS = ("From", "P-Asserted-Identity", "Reason", "Diversion", "Alert-Info", "Call-Info")
"""Headers every phone can read on what it receives; a profile adds up to ten of its own (the stack's limit is 16)."""


class Stack:
    """The running SIP stack. Events of a call that come before anybody listens are kept and replayed."""

    def __init__(self, address: str, headers: tuple[str, ...] = ()) -> None:
        self.address = address
        self._headers = tuple(dict.fromkeys(EXPOSED_HEADERS + headers))
        self.runtime = _BoundRuntime(command_timeout=20)
        self._listeners: dict[int, Callable[[StackEvent], None]] = {}
        self._early: dict[int, list[StackEvent]] = {}

    async def open(self, rtp_first: int, rtp_last: int, port: int = 0) -> None:
        """Start it; SIP on that port, 0: any. Raises `PhoneError` when the address is not ours to bind."""
        # Interface discovery knows 127.0.0.1 alone of the loopback net: another loopback address is bound afterwards.
        loopback = self.address.startswith("127.")
        interface = "127.0.0.1" if loopback else self.address
        first_port = port if interface == self.address else 0
        config = Config(
            net_interface=interface,
            max_concurrent_calls=None,
            expose_headers=self._headers,
            extra_config_text=f"sip_listen {interface}:{first_port}\nrtp_ports {rtp_first}-{rtp_last}\nrtcp_mux no\n",
        )
        try:
            await self.runtime.start(config)
            if loopback and self.address != interface:
                await self.runtime.on_sip_thread(lambda: _rebind(self.address, port))
        except Exception as error:
            raise PhoneError(f"cannot bind a phone to {self.address}: {error}") from error
        self.runtime.subscribe(self._route)

    async def trace(self, tell: Callable[[str, float], None]) -> None:
        """Tell every SIP message sent or received, as the stack's trace writes it, and its moment (monotonic
        seconds)."""
        logger = logging.getLogger("baresip.native.sip")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(_TraceTap(asyncio.get_running_loop(), tell))
        await self.runtime.set_sip_trace(True)

    async def close(self) -> None:
        """Stop it; every call of it ends."""
        await self.runtime.close()

    def listen(self, call: Call, listener: Callable[[StackEvent], None]) -> None:
        """Deliver the events of `call` to `listener`, those already past first.

        The stack may report an establishment before `dial()` returns; baresip-python then loses it, so it is put back
        into the `Call` too.
        """
        self._listeners[call.handle] = listener
        early = self._early.pop(call.handle, [])
        if call.state is CallState.OUTGOING:
            for event in early:
                call._on_stack_event(event)
        for event in early:
            listener(event)

    def forget(self, call: Call) -> None:
        """No more events of `call`."""
        self._listeners.pop(call.handle, None)

    def _route(self, event: StackEvent) -> None:
        if not event.call:
            return
        listener = self._listeners.get(event.call)
        if listener is not None:
            listener(event)
        else:
            self._early.setdefault(event.call, []).append(event)


class _TraceTap(logging.Handler):
    """The stack's log lines come on a thread of their own; they are told on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[str, float], None]) -> None:
        super().__init__()
        self._loop = loop
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody asks any more
            self._loop.call_soon_threadsafe(self._tell, record.getMessage(), time.monotonic())


class _BoundRuntime(Runtime):
    """A runtime that can run a function on the thread of the SIP stack, where alone its sockets may be changed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._errand: Callable[[], None] | None = None
        self._errand_error: Exception | None = None

    async def on_sip_thread(self, errand: Callable[[], None]) -> None:
        """Run `errand` there and wait for it; its exception is raised here."""
        self._errand = errand
        # Any command will do: its completion is reported on the SIP thread, and that report carries the errand.
        await self.cmd(lib.BP_CMD_PING)
        if self._errand_error is not None:
            raise self._errand_error

    def _on_native_event(self, ev: int, handle: int, payload: Any) -> None:
        if self._errand is not None:
            errand, self._errand = self._errand, None
            try:
                errand()
            except Exception as error:
                self._errand_error = error
        super()._on_native_event(ev, handle, payload)


def _rebind(address: str, port: int) -> None:
    """Replace the stack's SIP sockets by one UDP socket on `address`, port 0 chosen by the system; media follow it."""
    library = ctypes.CDLL(native.__file__)
    library.uag_sip.restype = ctypes.c_void_p
    sip = ctypes.c_void_p(library.uag_sip())
    local = (ctypes.c_uint8 * _SOCKADDR_BYTES)()
    if library.sa_set_str(local, address.encode(), port):
        raise PhoneError(f"{address!r} is not an address")
    library.sip_transp_flush(sip)
    failed = library.sip_transp_add(sip, _UDP, local)
    if failed:
        raise PhoneError(f"no UDP socket on {address}:{port} (error {failed}): is the port taken?")
