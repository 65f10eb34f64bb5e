"""The language of scenario files, as tables: fields of actors, verbs, expectations. Lint, schema and README read
them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping."""

    kind: str
    """A key of `sim.words.KINDS`."""
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What an actor can do."""

    words: tuple[str, ...]
    """How a sentence says it, English and Chinese."""
    actors: tuple[str, ...]
    about: str
    argument: Field | None = None
    options: tuple[tuple[str, Field], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What can be expected; named by its own key."""

    about: str
    fields: tuple[tuple[str, Field], ...]
    within: float = 5.0
    """Seconds it is given when the file names none."""
    open: bool = False
    """Other keys are allowed too (columns of a record)."""


CALLER = {
    "number": Field(
        "number", "calling number; `withheld`; each x is a digit drawn anew in every playing", required=True
    ),
    "name": Field("text", "display name sent along"),
    "says": Field("text", "what the caller says, over and over, once answered: a text to be spoken, or a sound file"),
    "patience": Field("duration", "hangs up by itself after this long without having reached a seat"),
    "codec": Field("text", "voice codec", choices=("pcma", "pcmu")),
    "headers": Field("headers", "SIP headers added to the INVITE"),
    "from": Field("text", "local address to call from; the profile's trunk address when left out"),
}
SEAT = {
    "seat": Field("number", "seat number, whose password the profile knows", required=True),
    "answer_after": Field("duration", "answers a call after this long; without it the seat lets calls ring"),
    "declines": Field("yes_no", "declines every call"),
    "says": Field(
        "text", "what the seat says, over and over, once it has answered; a sentence of its own when left out"
    ),
    "wrap_up": Field("duration", "declines calls for this long after each call"),
    "registers": Field("yes_no", "register at the start (yes when left out)"),
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
    "steps": Field("anything", "what happens, in order", required=True),
}

_BOTH, _SEAT = ("caller", "seat"), ("seat",)
_HEADERS = (("headers", Field("headers", "SIP headers added to the INVITE")),)
VERBS = {
    "dials": Verb(("dials", "calls", "拨打"), _BOTH, "dials a number", Field("number", "", required=True), _HEADERS),
    "hangs_up": Verb(("hangs up", "挂断", "挂机"), _BOTH, "ends the call"),
    "presses": Verb(("presses", "按"), _BOTH, "presses telephone keys", Field("keys", "", required=True)),
    "says": Verb(("says", "说"), _BOTH, "says a text or a sound file, once", Field("text", "", required=True)),
    "falls_silent": Verb(("falls silent", "沉默"), _BOTH, "says nothing any more"),
    "holds": Verb(("holds", "保持"), _BOTH, "puts the other side on hold"),
    "resumes": Verb(("resumes", "恢复"), _BOTH, "takes it off hold"),
    "answers": Verb(("answers", "接听"), _SEAT, "answers the ringing call"),
    "declines": Verb(("declines", "拒接"), _SEAT, "declines the ringing call"),
    "registers": Verb(("registers", "登录", "注册"), _SEAT, "registers its phone"),
    "unregisters": Verb(("unregisters", "退出", "注销"), _SEAT, "takes the registration away"),
    "transfers": Verb(
        ("transfers to", "transfers", "转接"),
        _SEAT,
        "transfers the call to a seat or number",
        Field("text", "", required=True),
        (("how", Field("text", "attended asks the other seat first", choices=("blind", "attended"))),),
    ),
    "consults": Verb(
        ("consults", "咨询"), _SEAT, "holds the call and calls a seat or number", Field("text", "", required=True)
    ),
    "completes_transfer": Verb(
        ("completes transfer", "completes the transfer", "完成转接"),
        _SEAT,
        "connects the held call with the consulted one",
    ),
}

_WITHIN = ("within", Field("duration", "how long it may take"))
_WHO = ("who", Field("actor", "whose leg is judged", required=True))
_SINCE = ("since", Field("text", "from that mark on"))
_SHOWN = (
    ("shows_number", Field("number", "the number on the seat's display")),
    ("shows_name", Field("text", "the name on the seat's display")),
)
EXPECTATIONS = {
    "lands_on": Expectation(
        "a seat answers the call: an actor, a seat number, a list, or `nobody`",
        (
            ("call_of", Field("actor", "the caller", required=True)),
            ("lands_on", Field("texts", "", required=True)),
            *_SHOWN,
            ("area", Field("text", "the area named in the header at the seat")),
            _WITHIN,
        ),
        15.0,
    ),
    "rings": Expectation("a seat rings", (_WHO, ("rings", Field("yes_no", "", required=True)), *_SHOWN, _WITHIN)),
    "does_not_ring": Expectation(
        "a seat does not ring for so long", (_WHO, ("does_not_ring", Field("duration", "", required=True)))
    ),
    "answered": Expectation(
        "the call is answered (by whoever)", (_WHO, ("answered", Field("yes_no", "", required=True)), _WITHIN)
    ),
    "hears": Expectation(
        "somebody hears an actor, a prompt (`prompt:welcome`) or a sound file",
        (
            _WHO,
            ("hears", Field("text", "", required=True)),
            ("for", Field("duration", "for at least so long")),
            _WITHIN,
            _SINCE,
        ),
    ),
    "does_not_hear": Expectation(
        "somebody does not hear that, for so long",
        (
            _WHO,
            ("does_not_hear", Field("text", "", required=True)),
            ("for", Field("duration", "", required=True)),
            _SINCE,
        ),
    ),
    "hears_anything": Expectation(
        "somebody hears sound of any kind, for so long",
        (_WHO, ("hears_anything", Field("duration", "", required=True)), _WITHIN, _SINCE),
    ),
    "hears_text": Expectation(
        "somebody hears these words, whoever says them (the profile's recogniser)",
        (_WHO, ("hears_text", Field("text", "", required=True)), _WITHIN, _SINCE),
        10.0,
    ),
    "prompt_stops": Expectation(
        "what was being heard stops within the time after a mark (barge-in)",
        (
            _WHO,
            ("prompt_stops", Field("text", "", required=True)),
            ("within", Field("duration", "", required=True)),
            ("since", Field("text", "the mark", required=True)),
        ),
    ),
    "gets_keys": Expectation("telephone keys arrive", (_WHO, ("gets_keys", Field("keys", "", required=True)), _WITHIN)),
    "header": Expectation(
        "a SIP header of the INVITE that rang this seat",
        (
            _WHO,
            ("header", Field("text", "its name", required=True)),
            ("is", Field("text", "its whole value")),
            ("contains", Field("text", "a part of its value")),
            _WITHIN,
        ),
    ),
    "ends_with": Expectation(
        "the leg ends so: a SIP status (486), `normal`, `cancelled`, or `any`",
        (
            _WHO,
            ("ends_with", Field("text", "", required=True)),
            ("cause", Field("integer", "Q.850 cause")),
            ("by", Field("text", "who ended it", choices=("here", "far"))),
            _WITHIN,
        ),
    ),
    "stays_up": Expectation(
        "the leg is up and stays so for so long", (_WHO, ("stays_up", Field("duration", "", required=True)))
    ),
    "enters_queue": Expectation(
        "the call waits in that queue, by the AMI witness",
        (
            ("call_of", Field("actor", "the caller", required=True)),
            ("enters_queue", Field("text", "", required=True)),
            _WITHIN,
        ),
    ),
    "record_of": Expectation(
        "the stored record of the call has these values",
        (("record_of", Field("actor", "the caller", required=True)), _WITHIN),
        10.0,
        open=True,
    ),
    "silence_gap": Expectation(
        "nothing comes in for at most so long since a mark (transfer, hold)",
        (_WHO, ("silence_gap", Field("duration", "", required=True)), ("since", Field("text", "", required=True))),
    ),
    "mouth_to_ear": Expectation(
        "the delay from mouth to ear is at most so long",
        (
            _WHO,
            ("of", Field("actor", "who speaks", required=True)),
            ("mouth_to_ear", Field("duration", "", required=True)),
            _WITHIN,
        ),
    ),
    "quality": Expectation(
        "voice quality of a leg that is over",
        (
            _WHO,
            ("quality", Field("decimal", "least MOS estimate", required=True)),
            ("loss", Field("share", "most loss")),
            _WITHIN,
        ),
    ),
    "channels_left": Expectation(
        "so many channels are left, by the AMI witness",
        (("channels_left", Field("integer", "", required=True)), _WITHIN),
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
