"""The HTTP side: `/healthz` for whoever watches that we live, `/metrics` for Prometheus."""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from core.clock import SystemClock
from core.metrics import CONTENT_TYPE, Metrics
from seats.watch import Watch

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


class Figures:
    """The gauges, set from the picture whenever somebody asks."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._link = self.metrics.gauge("ami_link_up", "1 when logged in at Asterisk's manager")
        self._age = self.metrics.gauge("ami_event_age_seconds", "Seconds since the last event from Asterisk")
        self._calls = self.metrics.gauge("calls_up", "Calls with at least one channel")
        self._seats = self.metrics.gauge("seats_registered", "Seats whose softphone can be rung")
        self._lost = self.metrics.gauge("ami_link_losses", "Times the link to Asterisk's manager was lost")

    def exposition(self, watch: Watch) -> bytes:
        """The text of `/metrics` now."""
        now = health(watch)
        self._link.set(now.asterisk)
        self._age.set(float("nan") if now.event_age is None else now.event_age)
        self._calls.set(now.calls_up)
        self._seats.set(now.seats_registered)
        self._lost.set(watch.losses)
        return self.metrics.exposition()


WATCH: Final = web.AppKey("watch", Watch)
FIGURES: Final = web.AppKey("figures", Figures)
MORE: Final = web.AppKey[Path | None]("more", Path)


def health(watch: Watch) -> Health:
    """How we are: well exactly when the picture is kept up."""
    return Health(
        ok=watch.connected,
        asterisk=watch.connected,
        event_age=watch.event_age,
        calls_up=watch.picture.calls_up,
        seats_registered=len(watch.picture.registered),
    )


def application(watch: Watch, more_figures: Path | None = None) -> web.Application:
    """The routes. `more_figures`: a file another process of ours keeps, in Prometheus' text format."""
    app = web.Application()
    app[MORE] = more_figures
    app[WATCH] = watch
    app[FIGURES] = Figures()
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/metrics", _metrics)
    return app


async def _healthz(request: web.Request) -> web.Response:
    now = health(request.app[WATCH])
    text = json.dumps(asdict(now))
    return web.Response(text=text, status=200 if now.ok else 503, content_type="application/json")


async def _metrics(request: web.Request) -> web.Response:
    body = request.app[FIGURES].exposition(request.app[WATCH])
    if file := request.app[MORE]:
        body += await asyncio.to_thread(_fresh, file)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def _fresh(file: Path) -> bytes:
    """What the file holds; nothing when its process has stopped keeping it, so that no dead figure is shown."""
    try:
        return file.read_bytes() if SystemClock().now().timestamp() - file.stat().st_mtime < _STALE_SECONDS else b""
    except OSError:
        return b""
