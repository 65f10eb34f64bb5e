"""Logs: one JSON object a line on standard error, with the call's linkedid.

Private data (numbers, speech, digits) goes into the named fields of `MASKED`, never into the message text; those fields
are masked here, once, for every room.
"""

import contextvars
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

call: contextvars.ContextVar[str | None] = contextvars.ContextVar("call", default=None)
"""linkedid of the call this task works for."""

MASKED = frozenset({"number", "digits", "speech", "caller_name"})
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def mask(value: str) -> str:
    """`13803710000` -> `138****0000`; anything of seven characters or fewer keeps only its last two."""
    if len(value) > 7:
        return f"{value[:3]}{'*' * (len(value) - 7)}{value[-4:]}"
    return "*" * max(len(value) - 2, 0) + value[-2:]


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `at, level, room, text, call`, and whatever `extra` carries."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": record.name,
            "text": record.getMessage(),
        }
        if linkedid := getattr(record, "call", None) or call.get():
            line["call"] = linkedid
        for key, value in vars(record).items():
            if key not in _PLAIN and key != "call":
                line[key] = mask(str(value)) if key in MASKED else value
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start(level: str) -> None:
    """Send this process's logs to standard error as JSON lines. `level` is a name of `logging`, any case."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
