"""What each route does, once it is known who asks and that they may."""

from core.ids import LinkedId, SeatNumber
from seats.accounts.session import Session
from seats.http import questions
from seats.http.questions import (
    AuditAnswer,
    CallAnswer,
    Done,
    FiguresAnswer,
    LoggedIn,
    Me,
    PictureAnswer,
    RecordsAnswer,
    SupervisionsAnswer,
    person,
)
from seats.http.route import Answer, Ask, NotThere
from seats.http.targets import area_of
from seats.stories.story import Story
from seats.supervision.act import ActResult
from seats.supervision.chain import Proof
from seats.supervision.rules import Verb


async def log_in(ask: Ask) -> LoggedIn:
    token, session = await ask.services.accounts.log_in(ask.body.user, ask.body.password, ask.address)
    return LoggedIn(token, session.expires_at, person(session.user))


async def log_out(ask: Ask) -> Done:
    await ask.services.accounts.log_out(ask.token)
    return Done()


async def me(ask: Ask) -> Me:
    return questions.me(_session(ask))


async def picture(ask: Ask) -> PictureAnswer:
    live = ask.services.live
    view = live.view(live.picture, ask.user.scope)
    return PictureAnswer(
        calls=list(view.calls.values()),
        seats=list(view.seats.values()),
        areas=list(view.areas.values()),
        stale_since=view.stale_since,
        newest_event=view.newest_event,
        version=view.version,
        differences=view.differences,
        alerts=view.alerts,
    )


async def call(ask: Ask) -> CallAnswer:
    linkedid = LinkedId(ask.path["linkedid"])
    now = ask.services.live.picture.calls.get(linkedid)
    if now is not None:
        return CallAnswer(now, None, ask.services.sharing.rings(linkedid))
    return CallAnswer(None, await ask.services.history.record(linkedid))


async def story(ask: Ask) -> Story:
    found = await ask.services.stories.story(LinkedId(ask.path["linkedid"]))
    if found is None:
        raise NotThere("this caller told the voice nothing")
    return found


async def history(ask: Ask) -> RecordsAnswer:
    query = ask.query
    area = area_of(ask, query.area)
    records = await ask.services.history.history(
        ask.user.scope,
        area=area.id if area else None,
        since=query.since,
        until=query.until,
        number=query.number,
        outcome=query.outcome,
        origin=query.origin,
        limit=query.limit,
    )
    return RecordsAnswer(records)


async def audit(ask: Ask) -> AuditAnswer:
    rows = await ask.services.supervision.audit(ask.user, since=ask.query.since, limit=ask.query.limit)
    return AuditAnswer(rows)


async def verify(ask: Ask) -> Proof:
    return await ask.services.supervision.verify()


async def figures(ask: Ask) -> FiguresAnswer:
    query = ask.query
    area = area_of(ask, query.area)
    rows = await ask.services.figures.figures(
        ask.user.scope, since=query.from_, until=query.to, by=query.by, area=area.id if area else None
    )
    return FiguresAnswer(rows)


async def supervisions(ask: Ask) -> SupervisionsAnswer:
    rows = await ask.services.supervision.of_seat(SeatNumber(ask.path["seat"]), limit=ask.query.limit)
    return SupervisionsAnswer(rows)


async def supervise(ask: Ask) -> ActResult:
    return await ask.services.supervision.act(
        ask.user, Verb(ask.body.mode), ask.target, reason=ask.body.reason, source=ask.address
    )


async def switch(ask: Ask) -> ActResult:
    return await ask.services.supervision.switch(ask.user, ask.path["id"], Verb(ask.body.mode), source=ask.address)


async def end(ask: Ask) -> ActResult:
    return await ask.services.supervision.end(ask.user, ask.path["id"], source=ask.address)


async def move(ask: Ask) -> ActResult:
    return await ask.services.supervision.act(
        ask.user, Verb.MOVE, ask.target, reason=ask.body.reason, source=ask.address, to=ask.body.to
    )


async def home(ask: Ask) -> ActResult:
    return await ask.services.supervision.act(
        ask.user, Verb.HOME, ask.target, reason=ask.body.reason, source=ask.address, to=str(ask.body.home)
    )


def acting(verb: Verb) -> Answer:
    """The function of a route that does `verb` to its target."""

    async def act(ask: Ask) -> ActResult:
        return await ask.services.supervision.act(
            ask.user, verb, ask.target, reason=ask.body.reason, source=ask.address
        )

    return act


def _session(ask: Ask) -> Session:
    if ask.session is None:
        raise RuntimeError("a route without a verb has no session")
    return ask.session
