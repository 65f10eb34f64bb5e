"""The language of scenario files, as tables: fields of actors, verbs, faults. Lint, schema and README read them."""

from sim.terms import Field, Verb

CALLER = {
    "number": Field(
        "number", "calling number; `withheld`; each x is a digit drawn anew in every playing", required=True
    ),
    "name": Field("text", "display name sent along"),
    "says": Field("text", "what the caller says, over and over, once answered: a text to be spoken, or a sound file"),
    "story": Field(
        "text", "tells a story of `sim practice --list` (or a file), turn by turn, once somebody spoke to it"
    ),
    "patience": Field("duration", "hangs up by itself after this long without having reached a seat"),
    "codec": Field("text", "voice codec", choices=("pcma", "pcmu")),
    "headers": Field("headers", "SIP headers added to the INVITE"),
    "from": Field("text", "local address to call from; the profile's trunk address when left out"),
    "receives": Field("yes_no", "can be called (callback); it rings until a step says `answers`"),
    "answer_after": Field("duration", "receives calls, and answers them after this long"),
    "declines": Field("yes_no", "receives calls, and declines them"),
}
SEAT = {
    "seat": Field("number", "seat number, whose password the profile knows", required=True),
    "answer_after": Field("duration", "answers a call after this long; without it the seat lets calls ring"),
    "declines": Field("yes_no", "declines every call"),
    "says": Field(
        "text", "what the seat says, over and over, once it has answered; a sentence of its own when left out"
    ),
    "wrap_up": Field("duration", "declines calls for this long after each call"),
    "user": Field("text", "account at the platform's API; the profile's account of that seat when left out"),
    "registers": Field("yes_no", "register at the start (yes when left out)"),
    "codec": Field("text", "voice codec", choices=("pcma", "pcmu")),
}
SUPERVISOR = {
    "user": Field("text", "account at the platform's API, whose password the profile knows", required=True),
    "phone": Field("number", "number of the softphone that rings; the profile's when left out"),
    "answer_after": Field("duration", "answers after this long (300ms when left out)"),
    "declines": Field("yes_no", "declines every call"),
    "says": Field("text", "what the supervisor says, over and over; a sentence of its own when left out"),
    "registers": Field("yes_no", "register the softphone at the start (yes when left out)"),
    "codec": Field("text", "voice codec", choices=("pcma", "pcmu")),
}
SCENARIO = {
    "scenario": Field("text", "what is being proved, in one line", required=True),
    "tags": Field("texts", "words to choose scenarios by"),
    "rows": Field("texts", "rows of the mission it proves"),
    "about": Field("text", "more, for the reader"),
    "alone": Field("yes_no", "never run at the same time as another scenario"),
    "callers": Field("anything", "name: what the caller is"),
    "seats": Field("anything", "name: what the seat is"),
    "supervisors": Field("anything", "name: what the supervisor is"),
    "needs": Field("texts", "what the system under test must offer; else the scenario is not played"),
    "steps": Field("anything", "what happens, in order", required=True),
}

_ALL, _DESK, _SEAT, _SUPERVISOR = ("caller", "seat", "supervisor"), ("seat", "supervisor"), ("seat",), ("supervisor",)
_AIM = Field("party", "an actor or a number; the call it is in already when left out")
_PARTY = Field("party", "", required=True)
_WHOM = Field("text", "an actor, a seat, an area or a group", required=True)
_AIM_NAMED = Field("party", "an actor or a number", required=True)
_REFUSED = (("refused", Field("text", "the platform must refuse: `yes`, or the code of the refusal (role, area …)")),)
_WHY = (("reason", Field("text", "the reason given, for the audit row")), *_REFUSED)
_HEADERS = (("headers", Field("headers", "SIP headers added to the INVITE")),)
VERBS = {
    "dials": Verb(("dials", "calls", "拨打"), _ALL, "dials a number or an actor's", _PARTY, _HEADERS),
    "hangs_up": Verb(("hangs up", "挂断", "挂机"), _ALL, "ends the call"),
    "presses": Verb(("presses", "按"), _ALL, "presses telephone keys", Field("keys", "", required=True)),
    "says": Verb(("says", "说"), _ALL, "says a text or a sound file, once", Field("text", "", required=True)),
    "falls_silent": Verb(("falls silent", "沉默"), _ALL, "says nothing any more"),
    "holds": Verb(("holds", "保持"), _ALL, "puts the other side on hold"),
    "resumes": Verb(("resumes", "恢复"), _ALL, "takes it off hold"),
    "answers": Verb(("answers", "接听"), _ALL, "answers the ringing call"),
    "declines": Verb(("declines", "拒接"), _ALL, "declines the ringing call"),
    "registers": Verb(("registers", "登录", "注册"), _DESK, "registers its phone"),
    "unregisters": Verb(("unregisters", "退出", "注销"), _DESK, "takes the registration away"),
    "loses_line": Verb(("loses the line", "掉线"), _ALL, "its phone dies: no word, no sound, no answer any more"),
    "transfers": Verb(
        ("transfers to", "transfers", "转接"),
        _SEAT,
        "transfers the call to a seat or number",
        _PARTY,
        (("how", Field("text", "attended asks the other seat first", choices=("blind", "attended"))),),
    ),
    "consults": Verb(("consults", "咨询"), _SEAT, "holds the call and calls a seat or number", _PARTY),
    "completes_transfer": Verb(
        ("completes transfer", "completes the transfer", "完成转接"),
        _SEAT,
        "connects the held call with the consulted one",
    ),
    # What follows is asked at the platform's API.
    "brings_in": Verb(
        ("brings in", "三方"), _SEAT, "brings somebody into the talk: all three hear each other", _WHOM, _WHY
    ),
    "raises_hand": Verb(
        ("raises hand", "举手"),
        _SEAT,
        "asks a group of experts into the call (none named: the province's support)",
        Field("text", "the group"),
        (("heard_by", Field("text", "who hears the expert", choices=("seat", "both"))), *_WHY),
    ),
    "listens_to": Verb(
        ("listens to", "监听"), _SUPERVISOR, "listens; again on the same call: switches to it", _AIM, _WHY
    ),
    "whispers_to": Verb(("whispers to", "耳语"), _SUPERVISOR, "speaks to the seat alone", _AIM, _WHY),
    "barges_into": Verb(("barges into", "强插"), _SUPERVISOR, "speaks with both", _AIM, _WHY),
    "takes_over": Verb(("takes over", "接管"), _SUPERVISOR, "takes the caller from the seat", _AIM, _WHY),
    "stops": Verb(("stops supervising", "stops", "停止"), _SUPERVISOR, "leaves the call", options=_REFUSED),
    "ends_call_of": Verb(("ends the call of", "强拆"), _SUPERVISOR, "ends somebody's call", _AIM_NAMED, _WHY),
    "moves": Verb(
        ("moves", "移动"),
        _SUPERVISOR,
        "sends a caller to a seat or an area's queue: `moves 王女士 to 洛阳`",
        _AIM_NAMED,
        (("to", Field("text", "an actor, a seat number or an area", required=True)), *_WHY),
    ),
    "pauses": Verb(("pauses", "置忙"), _SUPERVISOR, "lets a seat get no more calls", _AIM_NAMED, _WHY),
    "readies": Verb(("readies", "置闲"), _SUPERVISOR, "lets a seat get calls again", _AIM_NAMED, _WHY),
    "logs_out": Verb(("logs out", "签出"), _SUPERVISOR, "takes a seat out of every queue", _AIM_NAMED, _WHY),
    "asks_api": Verb(
        ("asks", "请求"),
        ("seat", "supervisor"),
        "any request to the API: `asks POST /seats/{seat}/hold`; {seat} {call} {number} are filled in",
        Field("text", "method and path", required=True),
        (
            ("of", Field("actor", "whose {seat}, {call}, {number}; the asker's own when left out")),
            ("body", Field("anything", "keys and values sent as JSON")),
            *_REFUSED,
        ),
    ),
}

FAULTS = {
    "stop": "ask a named process to end",
    "kill": "kill it (-9)",
    "freeze": "freeze it",
    "thaw": "thaw it",
    "start": "run its start command",
    "run": "run a named command of the profile",
    "fill": "fill a named disk",
    "empty": "take away what filled it",
}
