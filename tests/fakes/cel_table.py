"""Calls as tables of CEL events.

A line of a table: seconds since the call began, event, channel, and words: `app=Queue(luoyang)`, `bridge=b1`,
`cause=17`, `by=seat1` (hang-up source), `json={…}`. Channels: `caller`, `seat1` … (seat 3710001 …), `local`.
"""

import json
import re
from datetime import UTC, datetime, timedelta

from core.ids import LinkedId, UniqueId
from seats.records.cel import CelEvent

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CALL = LinkedId("1795316598.0")
DIALPLAN = frozenset(
    {"ROUTED", "ASKED", "TOLD", "AFTER_SEAT", "MOVED", "MOVE_ENDED", "CONSULT", "CONSULT_ENDED", "JOINING"}
    | {"HAND_RAISED", "HAND_ENDED"}
)


def channel_of(name: str) -> str:
    if name.startswith("seat"):
        return f"PJSIP/371000{name[4:]}-0000001{name[4:]}"
    return {"caller": "PJSIP/trunk-00000000", "local": "Local/3710001@from-seat-0000;1"}.get(name, name)


def cel(table: str) -> list[CelEvent]:
    """The events of a table."""
    events = []
    for row in filter(str.strip, table.splitlines()):
        at, kind, name, *words = row.split(maxsplit=3)
        said = dict(re.findall(r"(\w+)=((?:\{.*\})|\S+)", words[0] if words else ""))
        app, data = re.match(r"(\w*)\(?([^)]*)", said.get("app", "")).groups()  # type: ignore[union-attr]
        details: dict[str, object] = {}
        if kind == "HANGUP":
            details = {"hangupcause": int(said.get("cause", 16)), "hangupsource": channel_of(said.get("by", ""))}
        elif "bridge" in said:
            details = {"bridge_id": said["bridge"]}
        elif kind in DIALPLAN:
            details = {"extra": said.get("json", "{}")}
        events.append(
            CelEvent(
                type=kind,
                at=START + timedelta(seconds=float(at)),
                caller_name="",
                caller_number=said.get("number", "13803710000") if name == "caller" else "",
                ani="",
                rdnis="",
                dnid="",
                exten="12366" if name == "caller" else "s",
                context="from-trunk",
                channel=channel_of(name),
                app=app,
                app_data=data,
                account="",
                uniqueid=UniqueId(CALL if name == "caller" else f"1795316598.{name}"),
                linkedid=CALL,
                peer="",
                user_type=kind if kind in DIALPLAN else "",
                extra=json.dumps(details, ensure_ascii=False) if details else "",
            )
        )
    return events
