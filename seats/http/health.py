"""`/healthz` for whoever watches that we live, `/metrics` for Prometheus. Told on the machine itself only."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from core.clock import SystemClock
from core.metrics import CONTENT_TYPE, Metrics
from seats.http.route import Access, Ask, RawAnswer, Route
from seats.live.live import Live

_STALE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` answers."""

    ok: bool
    asterisk: bool
    """Whether we are logged in at Asterisk's manager."""
    event_age: float | None
    """Seconds since Asterisk last told us something; null before the first event."""
    calls_up: int
    seats_registered: int


class Vitals:
    """How this process is. Rooms add figures of their own to `metrics`, and a function to `before` that sets them."""

    def __init__(self, live: Live, more_figures: Path | None = None) -> None:
        self.metrics = Metrics()
        self.before: list[Callable[[], None]] = [self._set]
        """Called before the figures are printed."""
        self._live = live
        self._more = more_figures
        self._link = self.metrics.gauge("ami_link_up", "1 when logged in at Asterisk's manager")
        self._age = self.metrics.gauge("ami_event_age_seconds", "Seconds since the last event from Asterisk")
        self._calls = self.metrics.gauge("calls_up", "Calls with at least one channel")
        self._seats = self.metrics.gauge("seats_registered", "Seats whose softphone can be rung")
        self._lost = self.metrics.gauge("ami_link_losses", "Times the link to Asterisk's manager was lost")

    def health(self) -> Health:
        """How we are: well exactly when the picture is kept up."""
        live = self._live
        return Health(
            ok=live.connected,
            asterisk=live.connected,
            event_age=live.event_age,
            calls_up=live.calls_up,
            seats_registered=live.registered,
        )

    def exposition(self) -> bytes:
        """The text of our own figures now."""
        for setting in self.before:
            setting()
        return self.metrics.exposition()

    def routes(self) -> tuple[Route, ...]:
        """Rows for the table."""
        return (
            Route("GET", "/healthz", Access.LOOPBACK, RawAnswer(self._healthz), "Whether we live.", Health),
            Route("GET", "/metrics", Access.LOOPBACK, RawAnswer(self._metrics), "Figures for Prometheus.", str),
        )

    async def _healthz(self, _request: web.Request, _ask: Ask) -> web.Response:
        now = self.health()
        text = json.dumps(asdict(now))
        return web.Response(text=text, status=200 if now.ok else 503, content_type="application/json")

    async def _metrics(self, _request: web.Request, _ask: Ask) -> web.Response:
        body = self.exposition()
        if self._more:
            body += await asyncio.to_thread(_fresh, self._more)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    def _set(self) -> None:
        now = self.health()
        self._link.set(now.asterisk)
        self._age.set(float("nan") if now.event_age is None else now.event_age)
        self._calls.set(now.calls_up)
        self._seats.set(now.seats_registered)
        self._lost.set(self._live.losses)


def _fresh(file: Path) -> bytes:
    """What the file holds; nothing when its process has stopped keeping it, so that no dead figure is shown."""
    try:
        return file.read_bytes() if SystemClock().now().timestamp() - file.stat().st_mtime < _STALE_SECONDS else b""
    except OSError:
        return b""
