"""The HTTP side: `/healthz` for whoever watches that we live, `/metrics` for Prometheus."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from aiohttp import web

from core.metrics import CONTENT_TYPE, Metrics
from seats.watch import Watch


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


def health(watch: Watch) -> Health:
    """How we are: well exactly when the picture is kept up."""
    return Health(
        ok=watch.connected,
        asterisk=watch.connected,
        event_age=watch.event_age,
        calls_up=watch.picture.calls_up,
        seats_registered=len(watch.picture.registered),
    )


def application(watch: Watch) -> web.Application:
    """The routes."""
    app = web.Application()
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
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})
