"""Every channel variable that dialplan and doors share, named once.

The dialplan is `asterisk_conf/templates/extensions.conf.j2`.
"""

from typing import Final

# What the dialplan tells a door. Whatever a caller sent stands in a variable of its own and is never evaluated.
FROM: Final = "HOTLINE_FROM"
"""SIP header From, whole."""
ASSERTED: Final = "HOTLINE_PAI"
"""SIP header P-Asserted-Identity."""
PRIVACY: Final = "HOTLINE_PRIVACY"
"""SIP header Privacy."""
DIVERSION: Final = "HOTLINE_DIVERSION"
"""SIP header Diversion."""
DIALLED: Final = "HOTLINE_DIALLED"
"""Number the caller dialled: the hotline's, or an area code in front of it. Digits only: it matched a pattern."""
TRUSTED: Final = "HOTLINE_TRUSTED"
"""`1` on calls from the carrier's trunk."""
KEYS: Final = "HOTLINE_KEYS"
"""What the caller keyed after the last question; empty after silence."""

# What a door tells the dialplan. A door sets NEXT last: without it, nothing was decided.
NEXT: Final = "HOTLINE_NEXT"
"""`queue` or `ask`."""
QUEUE: Final = "HOTLINE_QUEUE"
"""Queue to wait in: an area id."""
AREA: Final = "HOTLINE_AREA"
"""Chinese name of the caller's area, for the seat; inherited by the seat's channel."""
ROUTED: Final = "HOTLINE_ROUTED"
"""The decision as one JSON object, stored as a call event."""
SHOWN_NUMBER: Final = "HOTLINE_SHOWN_NUMBER"
"""Number the seat sees, or `anonymous`."""
SHOWN_NAME: Final = "HOTLINE_SHOWN_NAME"
"""Name the seat sees: the number, 保密, or 未知号码."""
SAY: Final = "HOTLINE_SAY"
"""Prompts of a question, joined by `&`."""
KEY_COUNT: Final = "HOTLINE_KEY_COUNT"
"""How many keys to wait for at most."""
CLOSED: Final = "HOTLINE_CLOSED"
"""Why nobody of the area answers now, a word of `routing.hours.Reason`; empty while it is open."""
CLOSED_SAYS: Final = "HOTLINE_CLOSED_SAYS"
"""Sounds that say so, and when the area is open again, joined by `&`."""
PROVINCE_OPEN: Final = "HOTLINE_PROVINCE_OPEN"
"""`yes` while the area is closed and the province centre is not."""
NOTICE: Final = "HOTLINE_NOTICE"
"""Sounds of what the area has to announce, joined by `&`; mostly empty."""
VOICE: Final = "HOTLINE_VOICE"
"""`yes` where callers are first answered by voice."""

# What the voice service's own door (`conversed`, ivr) tells the dialplan.
ENDED: Final = "HOTLINE_ENDED"
"""How the conversation ended: `human, message, callback, appointment, served, gone`; empty: nobody says, so by keys."""

# What a door leaves for the next one; no Python is held while a caller thinks.
QUESTION: Final = "HOTLINE_QUESTION"
"""The question asked (`routing.choice.Question.token`); empty when none was."""
TRIES: Final = "HOTLINE_TRIES"
"""How often the caller has been asked."""

CHOSEN: Final = "HOTLINE_CHOSEN"
"""`yes` when the caller asked for another city than their number's (key *)."""

# The dialplan's own.
ROUNDS: Final = "HOTLINE_ROUNDS"
"""Questions played; a loop that never ends is left at six."""
KEY: Final = "HOTLINE_KEY"
"""The one key of a menu; empty after silence."""
OPENING: Final = "HOTLINE_OPENING"
"""Class of music that begins with the words fit for this wait."""
CALLER: Final = "HOTLINE_CALLER"
"""Name of the caller's channel; inherited by the seat's."""
SEAT_CAUSE: Final = "HOTLINE_SEAT_CAUSE"
"""Shared: Q.850 cause with which the last seat's channel ended, left at the caller's channel by that seat's."""
CAUSE: Final = "HOTLINE_CAUSE"
"""The same, as read after the seat."""
LOOKS: Final = "HOTLINE_LOOKS"
"""How often it was looked for."""

HEARD: Final = (FROM, ASSERTED, PRIVACY, DIVERSION, DIALLED, TRUSTED)
"""What every door reads."""
ANSWERED: Final = (QUESTION, KEYS, TRIES, CHOSEN)
"""What the door `keyed` reads besides."""
