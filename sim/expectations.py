"""Everything that can be expected, as a table; named by its own key. Lint, schema and README read it."""

from sim.terms import Expectation, Field

_WITHIN = ("within", Field("duration", "how long it may take"))
_WHO = ("who", Field("actor", "whose leg is judged", required=True))
_SINCE = ("since", Field("text", "from that mark on"))
_SHOWN = (
    ("shows_number", Field("party", "the number on the display: a number, an actor's, or `withheld`")),
    ("shows_name", Field("text", "the name on the seat's display")),
)
EXPECTATIONS = {
    "lands_on": Expectation(
        "a seat answers the call: an actor, a seat number, a list, or `nobody`",
        (
            ("call_of", Field("actor", "the caller", required=True)),
            ("lands_on", Field("parties", "", required=True)),
            *_SHOWN,
            ("area", Field("text", "the area named in the header at the seat")),
            _WITHIN,
        ),
        15.0,
    ),
    "rings": Expectation(
        "somebody rings", (_WHO, ("rings", Field("yes_no", "", required=True)), *_SHOWN, _WITHIN, _SINCE)
    ),
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
            ("for", Field("duration", "for so long", required=True)),
            _SINCE,
        ),
    ),
    "hears_anything": Expectation(
        "somebody hears sound of any kind, for so long",
        (_WHO, ("hears_anything", Field("duration", "", required=True)), _WITHIN, _SINCE),
    ),
    "hears_nothing": Expectation(
        "silence for so long, up to now: whoever spoke has come to an end",
        (_WHO, ("hears_nothing", Field("duration", "", required=True)), _WITHIN),
        10.0,
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
            ("ends_with", Field("ending", "", required=True)),
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
    "audit_of": Expectation(
        "the platform wrote down what a supervisor did, or was refused (rows of the audit, through the API)",
        (
            ("audit_of", Field("actor", "the supervisor", required=True)),
            ("verb", Field("text", "listen, whisper, barge, takeover, hangup, move, pause …")),
            ("target", Field("text", "an actor, or the id of a seat, call or area")),
            ("result", Field("texts", "kinds of row there must be: asked, started, stopped, ended, done, failed …")),
            ("refused", Field("text", "it was refused: `yes`, or the code (role, area …)")),
            ("reason", Field("text", "the reason that was given")),
            ("chain", Field("text", "the chain of all rows proves whole", choices=("ok",))),
            _WITHIN,
        ),
        10.0,
    ),
    "picture_of": Expectation(
        "the live picture says so of a seat or a caller's call (state, reason, area …)",
        (("picture_of", Field("actor", "a seat or a caller", required=True)), _WITHIN),
        open=True,
    ),
    "reply_within": Expectation(
        "from the end of what an actor said last to the first sound of the reply, measured on the recording",
        (_WHO, ("reply_within", Field("duration", "", required=True)), _WITHIN),
        15.0,
    ),
    "practice_of": Expectation(
        "how the story of a caller went, once it is told: turns, reminders, ended_by, answered_after …",
        (("practice_of", Field("actor", "the caller with a story", required=True)), _WITHIN),
        60.0,
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
ROWS = {
    "order_of": "a work order (工单)",
    "message_of": "a message left (留言)",
    "callback_of": "a callback (回拨)",
    "appointment_of": "an appointment (预约)",
    "rating_of": "a rating (评价)",
    "story_of": "the story of a call, as the seat is told it",
    "card_of": "what the seat's screen shows of its caller",
    "figures_of": "figures since the scenario began, one row of them",
}
"""What the platform keeps or shows of an actor, read at the paths that the profile names under `rows`."""
EXPECTATIONS |= {
    name: Expectation(
        f"{about}, with these values, through the API",
        ((name, Field("actor", "whose", required=True)), ("count", Field("integer", "so many rows")), _WITHIN),
        10.0,
        open=True,
    )
    for name, about in ROWS.items()
}
