"""Calls counted from a CEL file by the csv module alone: what figures and records are held against.

It knows nothing of our interpreter, tables or SQL; only of the file's eighteen columns and of China's time.
"""

import csv
import io
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TYPE, AT, CHANNEL, APP, UNIQUEID, LINKEDID, EXTRA = 0, 1, 9, 11, 13, 14, 17
HALF_HOUR, DAY, CHINA = 1800, 86400, 8 * 3600


@dataclass(slots=True)
class Call:
    """What the rows of one linkedid say."""

    began: float
    origin: str
    area: str = ""
    queued: float | None = None
    answered: float | None = None
    seat: str = ""
    left: float | None = None
    """When the caller was joined with nobody any more."""
    ended: float = 0
    by_caller: bool = False
    said: set[str] = field(default_factory=set)

    @property
    def abandoned_after(self) -> float | None:
        if self.answered is not None or not self.by_caller or self.said & ENDINGS:
            return None
        return self.ended - (self.began if self.queued is None else self.queued)


ENDINGS = {"TOLD", "SELF_SERVED", "MESSAGE_LEFT", "CALLBACK_BOOKED"}


def calls_in(file: bytes) -> dict[str, Call]:
    """Every call of the file by its linkedid, those that are over."""
    found: dict[str, Call] = {}
    over: set[str] = set()
    for row in csv.reader(io.StringIO(file.decode())):
        call = found.setdefault(row[LINKEDID], Call(float(row[AT]), row[CHANNEL].split("/")[1].split("-")[0]))
        extra = json.loads(row[EXTRA]) if row[EXTRA] else {}
        own = row[UNIQUEID] == row[LINKEDID]
        at = float(row[AT])
        call.ended = at
        match row[TYPE]:
            case "ROUTED":
                said = json.loads(extra["extra"])
                call.area = said.get("area_id") or said["queue"]
            case "APP_START" if call.queued is None:
                call.queued = at
            case "BRIDGE_ENTER" if own:
                call.answered = at
            case "BRIDGE_ENTER":
                call.seat = row[CHANNEL].split("/")[1].split("-")[0]
            case "BRIDGE_EXIT" if own:
                call.left = at
            case "HANGUP" if own:
                call.by_caller = extra["hangupsource"] == row[CHANNEL]
            case "LINKEDID_END":
                over.add(row[LINKEDID])
            case name:
                call.said.add(name)
    return {name: found[name] for name in over}


Counts = dict[str, Any]


def figures(calls: Iterable[Call], area_of_seat: Mapping[str, str], by: str) -> dict[tuple[str | None, int], Counts]:
    """Figures by (area or None, beginning of the bucket in epoch seconds or 0)."""
    groups: dict[tuple[str | None, int], list[tuple[bool, Call]]] = defaultdict(list)
    for call in calls:
        if call.origin.isdigit():  # a seat's own phone
            continue
        size = HALF_HOUR if "half-hour" in by else DAY if "day" in by else 0
        begins = math.floor((call.began + CHINA) / size) * size - CHINA if size else 0
        helper = area_of_seat.get(call.seat, "") if call.answered is not None else ""
        for area, own in ((call.area, True), (helper, False)):
            if own or (helper and helper != call.area):
                groups[(area if "area" in by else None), begins].append((own, call))
    return {key: _counts(group, area_of_seat) for key, group in groups.items()}


def _counts(group: list[tuple[bool, Call]], area_of_seat: Mapping[str, str]) -> Counts:
    own = [call for mine, call in group if mine]
    answered = [call for call in own if call.answered is not None]
    waits = [_ms(call.answered - call.queued) for call in answered if call.answered and call.queued]
    talks = [_ms(call.left - call.answered) for call in answered if call.left and call.answered]
    gone = [call.abandoned_after for call in own if call.abandoned_after is not None]
    short = sum(seconds <= 5 for seconds in gone)
    wanted = sum("SELF_SERVED" not in call.said or call.answered is not None for call in own)
    quick = sum(wait <= 15_000 for wait in waits)
    return {
        "offered": len(own),
        "wanted": wanted,
        "queued": sum(call.queued is not None for call in own),
        "answered": len(answered),
        "answered_by_own": sum(area_of_seat.get(call.seat) == call.area for call in answered),
        "answered_by_others": sum(area_of_seat.get(call.seat) != call.area for call in answered),
        "answered_for_others": len(group) - len(own),
        "answered_in_15": quick,
        "abandoned": len(gone),
        "short_abandoned": short,
        "connect_rate": _rate(len(answered), wanted),
        "connect_rate_net": _rate(len(answered), wanted - short),
        "service_level": _rate(quick, wanted),
        "abandon_rate_net": _rate(len(gone) - short, wanted - short),
        "wait_mean_ms": statistics.fmean(waits) if waits else None,
        "wait_p95_ms": _percentile(waits, 0.95),
        "talk_p50_ms": _percentile(talks, 0.5),
        "talk_mean_ms": statistics.fmean(talks) if talks else None,
    }


def _percentile(values: list[int], share: float) -> float | None:
    """Between the two nearest, as far along as `share` says."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
