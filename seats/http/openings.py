"""Rows of the table for hours, closures and announcements of areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from core.ids import AreaId
from routing.hours import ALL, Notice, opening
from routing.hours_edit import TEXT_LIMIT
from routing.week import written
from seats.http.questions import Why
from seats.http.route import V1, Answer, Ask, NotThere, Route
from seats.http.shapes import Reason, Text
from seats.opening.desk import OpeningDesk
from seats.supervision.act import ActResult
from seats.supervision.rules import Target, TargetKind, Verb


@dataclass(frozen=True, slots=True)
class SetHours:
    """`hours` as `hotline hours set` takes them; `none`: those of the city, or of the province."""

    hours: Annotated[str, Text(400)]
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Close:
    """From now, and until reopened, unless times are given."""

    reason: Reason
    from_: datetime | None = None
    to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Announce:
    """Spoken to every caller of the area first."""

    text: Annotated[str, Text(TEXT_LIMIT)]
    until: datetime | None = None
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class AreaHours:
    """What holds for an area now."""

    area: AreaId
    name: str
    open: bool
    reason: str
    """A word of `routing.hours.Reason`."""
    why: str
    next_change: datetime | None
    peak: bool
    hours: str
    announced: Sequence[str]
    """What its callers hear first."""


@dataclass(frozen=True, slots=True)
class HoursAnswer:
    """Areas of the user's scope."""

    areas: Sequence[AreaHours]


class Rows:
    """The rows' functions over one desk."""

    def __init__(self, desk: OpeningDesk) -> None:
        self._desk = desk

    def rows(self) -> tuple[Route, ...]:
        """For the table."""
        return (
            Route(
                "GET", f"{V1}/hours", Verb.SEE, self._show, "Which areas are open, why, and until when.", HoursAnswer
            ),
            _do("hours", self._set, "Give an area hours.", SetHours),
            _do("close", self._close, "Shut an area for a while.", Close),
            _do("reopen", self._reopen, "Take an area's closures back.", Why),
            _do("announce", self._announce, "Say something to every caller of an area first.", Announce),
            _do("hush", self._hush, "Take an area's announcement back.", Why),
        )

    async def _show(self, ask: Ask) -> HoursAnswer:
        now, calendar = self._desk.now, self._desk.calendar()
        shown = []
        for area in ask.services.tree:
            if ask.user.scope.covers(area.id):
                found = opening(area.id, now, calendar)
                notices: tuple[Notice, ...] = calendar.notices_for(area.id, now)
                shown.append(
                    AreaHours(
                        area.id, area.name, found.open, str(found.reason), found.why, found.next_change, found.peak,
                        written(calendar.week(area.id)), [notice.text for notice in notices],
                    )
                )  # fmt: skip
        return HoursAnswer(shown)

    async def _set(self, ask: Ask) -> ActResult:
        body = ask.body
        return await self._desk.set_hours(ask.user, ask.target.id, body.hours, reason=body.reason, source=ask.address)

    async def _close(self, ask: Ask) -> ActResult:
        body = ask.body
        return await self._desk.close(
            ask.user, ask.target.id, body.from_, body.to, reason=body.reason, source=ask.address
        )

    async def _reopen(self, ask: Ask) -> ActResult:
        return await self._desk.reopen(ask.user, ask.target.id, reason=ask.body.reason, source=ask.address)

    async def _announce(self, ask: Ask) -> ActResult:
        body = ask.body
        return await self._desk.announce(
            ask.user, ask.target.id, body.text, body.until, reason=body.reason, source=ask.address
        )

    async def _hush(self, ask: Ask) -> ActResult:
        return await self._desk.hush(ask.user, ask.target.id, reason=ask.body.reason, source=ask.address)


async def _area(ask: Ask) -> Target:
    """The area of the path; `all` belongs to the province. Raises `NotThere`."""
    name, tree = ask.path["area"], ask.services.tree
    if name == ALL:
        return Target(TargetKind.AREA, ALL, frozenset({tree.root.id}))
    if name not in tree:
        raise NotThere("no such area")
    return Target(TargetKind.AREA, name, frozenset({tree.area(name).id}))


def _do(word: str, answer: Answer, about: str, body: type) -> Route:
    path = f"{V1}/areas/{{area}}/{word}"
    return Route("POST", path, Verb.HOURS, answer, about, ActResult, body=body, target=_area)
