"""The one table of routes. What is not in it does not exist; what is in it says who may use it."""

from typing import Final

from seats.http import answers, moving, sharing, sounds, targets
from seats.http.questions import (
    AuditAnswer,
    AuditQuery,
    CallAnswer,
    Done,
    FiguresAnswer,
    FiguresQuery,
    HistoryQuery,
    HomeMode,
    LatestQuery,
    LoggedIn,
    LogIn,
    Me,
    Move,
    PictureAnswer,
    RecordsAnswer,
    SoundQuery,
    Supervise,
    SupervisionsAnswer,
    SwitchMode,
    Why,
)
from seats.http.route import V1, Access, Ask, RawAnswer, Route
from seats.sharing.view import SeatCard
from seats.stories.story import Story
from seats.supervision.act import ActResult
from seats.supervision.chain import Proof
from seats.supervision.rules import Verb


def _mode(ask: Ask) -> Verb:
    return Verb(ask.body.mode)


API: Final = (
    Route("POST", f"{V1}/login", Access.PUBLIC, answers.log_in, "Log in: a token for one shift.", LoggedIn, body=LogIn),
    Route("POST", f"{V1}/logout", Verb.OWN, answers.log_out, "End this session.", Done),
    Route("GET", f"{V1}/me", Verb.OWN, answers.me, "Whose token this is.", Me),
    Route("GET", f"{V1}/picture", Verb.SEE, answers.picture, "The live picture, once.", PictureAnswer),
    Route(
        "GET",
        f"{V1}/calls/{{linkedid}}",
        Verb.SEE,
        answers.call,
        "One call, up or stored.",
        CallAnswer,
        target=targets.call_ever,
    ),
    Route(
        "GET",
        f"{V1}/calls/{{linkedid}}/story",
        Verb.STORY,
        answers.story,
        "What the caller told the voice before a seat took over; a seat's own user reads that of its own call.",
        Story,
        target=targets.call_or_own,
    ),
    Route(
        "GET",
        f"{V1}/calls/{{linkedid}}/recordings/{{recording}}",
        Verb.RECORDING,
        RawAnswer(sounds.answer),
        "A recording as a WAV file; who and why is written down first.",
        bytes,
        query=SoundQuery,
        target=targets.call_ever,
        content=sounds.CONTENT,
    ),
    Route(
        "GET",
        f"{V1}/history",
        Verb.HISTORY,
        answers.history,
        "Call records.",
        RecordsAnswer,
        query=HistoryQuery,
        target=targets.queried_area,
        noted=True,
    ),
    Route("GET", f"{V1}/audit", Verb.AUDIT, answers.audit, "Supervision rows.", AuditAnswer, query=AuditQuery),
    Route("GET", f"{V1}/audit/verify", Verb.AUDIT, answers.verify, "Prove the chain of supervision rows.", Proof),
    Route(
        "GET",
        f"{V1}/figures",
        Verb.FIGURES,
        answers.figures,
        "Figures over stored calls.",
        FiguresAnswer,
        query=FiguresQuery,
        target=targets.queried_area,
    ),
    Route(
        "POST",
        f"{V1}/supervise",
        Verb.LISTEN,
        answers.supervise,
        "Join a call with the user's own phone.",
        ActResult,
        body=Supervise,
        verb_of=_mode,
        target=targets.seat_or_call,
    ),
    Route(
        "POST",
        f"{V1}/supervise/{{id}}/mode",
        Verb.LISTEN,
        answers.switch,
        "Switch between listening, whispering, barging and taking over.",
        ActResult,
        body=SwitchMode,
        verb_of=_mode,
        target=targets.supervision,
    ),
    Route(
        "DELETE",
        f"{V1}/supervise/{{id}}",
        Verb.LISTEN,
        answers.end,
        "Leave the call.",
        ActResult,
        target=targets.supervision,
        always=True,
    ),
    Route(
        "POST",
        f"{V1}/calls/{{linkedid}}/hangup",
        Verb.HANGUP,
        answers.acting(Verb.HANGUP),
        "End a call.",
        ActResult,
        body=Why,
        target=targets.call_now,
    ),
    Route(
        "POST",
        f"{V1}/calls/{{linkedid}}/move",
        Verb.MOVE,
        answers.move,
        "Send a caller to another seat or queue.",
        ActResult,
        body=Move,
        target=targets.call_now,
    ),
    *(
        Route(
            "POST",
            f"{V1}/seats/{{seat}}/{verb}",
            verb,
            answers.acting(verb),
            about,
            ActResult,
            body=Why,
            target=targets.seat,
        )
        for verb, about in (
            (Verb.UNPAUSE, "Let a seat get calls again."),
            (Verb.LOGOUT, "Take a seat out of every queue and end its registration."),
        )
    ),
    *(
        Route(
            "POST",
            f"{V1}/seats/{{seat}}/{verb}",
            verb,
            answers.acting(verb),
            about,
            ActResult,
            body=Why,
            target=targets.seat_or_own,
        )
        for verb, about in (
            (Verb.LOG_IN, "Begin to work at a seat; a seat's own user may, for their own."),
            (Verb.LOG_OUT, "Stop working at a seat; a call goes on. Its own user may."),
            (Verb.PAUSE, "Let a seat get no more calls; its own user gives a reason of the list."),
            (Verb.READY, "Let a seat get calls again, or end its writing up. Its own user may."),
            (Verb.WRAP_UP, "More time to write up, once. Its own user may."),
        )
    ),
    Route(
        "POST",
        f"{V1}/areas/{{area}}/home",
        Verb.HOME,
        answers.home,
        "An area's seats work from home, as a drill or in earnest, or from their desks again.",
        ActResult,
        body=HomeMode,
        target=targets.area,
    ),
    Route(
        "GET",
        f"{V1}/seats/{{seat}}/card",
        Verb.CARD,
        sharing.card,
        "Whose caller a seat has, and that area's policy card; a seat's own user may read their own.",
        SeatCard,
        target=targets.seat_or_own,
    ),
    Route(
        "GET",
        f"{V1}/seats/{{seat}}/supervisions",
        Verb.SUPERVISED,
        answers.supervisions,
        "Who supervised a seat, and when; the one thing a seat's own user may read.",
        SupervisionsAnswer,
        query=LatestQuery,
        target=targets.seat_or_own,
    ),
    *moving.ROUTES,
)
