"""The application: the table of routes behind the gate, the screens, the record of refusals."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from aiohttp import web

from core.clock import Clock
from core.journal import Journal
from core.metrics import Metrics
from seats.http import openapi, routes
from seats.http.gate import Gate
from seats.http.json_in import BODY_LIMIT
from seats.http.questions import LiveDelta, LiveSnapshot
from seats.http.refusals import Refusals
from seats.http.route import V1, Access, Ask, RawAnswer, Route
from seats.http.screens import Screens
from seats.http.services import Services
from seats.http.socket import Sockets

TABLE: Final = web.AppKey[tuple[Route, ...]]("table", tuple)
"""Every row there is."""
SCREENS: Final = web.AppKey("screens", Screens)
REFUSALS: Final = web.AppKey("refusals", Refusals)

IDLE: Final = 75.0
"""Seconds a connection may be silent, or take to send a request's head: `web.AppRunner(keepalive_timeout=IDLE)`."""


def app(services: Services, *, clock: Clock, journal: Journal, more: tuple[Route, ...] = ()) -> web.Application:
    """The API over `services`. `more`: rows of other rooms (health, metrics)."""
    refusals = Refusals(services.supervision, journal, clock)
    screens = Screens(services.live, clock)
    sockets = Sockets(screens, refusals)
    table = (*routes.API, _live(sockets), *more)
    table = (*table, _description(table))
    application = web.Application(client_max_size=BODY_LIMIT)
    Gate(services, table, refusals, journal).install(application)
    application[TABLE], application[SCREENS], application[REFUSALS] = table, screens, refusals

    async def running(_: web.Application) -> AsyncIterator[None]:
        await refusals.start()
        await screens.start()
        yield
        await screens.close()
        await refusals.close()

    async def good_bye(_: web.Application) -> None:
        await sockets.close()

    application.cleanup_ctx.append(running)
    application.on_shutdown.append(good_bye)
    return application


def figures(application: web.Application, metrics: Metrics) -> Callable[[], None]:
    """Our figures in `metrics`; the function that sets them."""
    screens, refusals = application[SCREENS], application[REFUSALS]
    open_now = metrics.gauge("screens_open", "Screens that watch the live picture")
    refused = metrics.gauge("http_refusals", "Requests refused since the process began: token, role, area, attempts")

    def set_them() -> None:
        open_now.set(screens.count)
        refused.set(sum(refusals.counts.values()))

    return set_them


def _live(sockets: Sockets) -> Route:
    return Route(
        "GET",
        f"{V1}/live",
        Access.FIRST_MESSAGE,
        RawAnswer(sockets.answer),
        "The live picture as a WebSocket: a snapshot, then what changes. Token in the header or the first message.",
        LiveSnapshot | LiveDelta,
        status=101,
    )


def _description(table: tuple[Route, ...]) -> Route:
    document: dict[str, Any] = {}

    async def answer(_: Ask) -> dict[str, Any]:
        return document

    route = Route("GET", openapi.PATH, Access.PUBLIC, answer, "This description.", dict[str, Any])
    document.update(openapi.describe((*table, route)))
    return route
