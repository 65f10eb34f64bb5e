"""`watch`: every change of the live picture as a line, for scripts and for terminals without a screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.console import EXIT_DONE, inert, out, print_json
from seats.cli.alerts import newest
from seats.cli.columns import Sight, why
from seats.cli.desk import Desk
from seats.cli.feed import Cut, Feed, Told
from seats.cli.picture import Call, Picture, Seat
from seats.cli.words import clock_time, span


async def watch(desk: Desk) -> int:
    """Until Ctrl-C, or `--count` changes."""
    left = desk.asked.count
    wanted = desk.places.called(desk.asked.area) if desk.asked.area else None
    here = desk.places.inside(wanted) if wanted else None
    picture = Picture()
    async with desk.client() as client:
        await client.me()
        sight = desk.sight(client)
        async for message in Feed(client, desk.clock).messages():
            sight.now = desk.clock.now().timestamp() + client.skew
            for line in _lines(message, picture, sight, here, desk.json):
                if desk.json:
                    print_json(line)
                else:
                    out.print(inert(str(line)), markup=False)
                if left is not None:
                    left -= 1
                    if left <= 0:
                        return EXIT_DONE
    return EXIT_DONE


def _lines(
    message: Told | Cut, picture: Picture, sight: Sight, here: frozenset[str] | None, as_json: bool
) -> Iterator[Any]:
    """What to print of one message, which goes into the picture."""
    words = sight.words
    if isinstance(message, Cut):
        if as_json:
            yield {"kind": "cut", "since": message.since.isoformat(), "why": message.why}
        else:
            yield f"{words('stale', since=clock_time(message.since))}  {words('no_link', why=message.why)}"
        return
    calls, seats, stale = dict(picture.calls), dict(picture.seats), picture.stale_since
    alerts = picture.alerts if message.message.get("kind") == "delta" else None
    picture.take(message.message)
    if as_json:
        told = message.message
        alerted = alerts is not None and picture.alerts[:1] != alerts[:1]
        if alerted or told["kind"] == "snapshot" or any(told.get(kind) for kind in ("calls", "seats", "areas")):
            yield _cut_to(told, picture, calls, here) if here is not None else told
        return
    if picture.stale_since is not None and picture.stale_since != stale:
        yield words("stale", since=clock_time(picture.stale_since))
    if alerts is not None and picture.alerts[:1] != alerts[:1] and (line := newest(picture, sight.words, here)):
        yield line
    for call in picture.calls.values():
        if call != calls.get(call.linkedid) and _of(call, here):
            yield _call_line(call, sight)
    for linkedid, call in calls.items():
        if linkedid not in picture.calls and _of(call, here):
            yield f"{linkedid}  {words('ended')}  {call.number or '-'}  {span(sight.now - call.started)}"
    for seat in picture.seats.values():
        before = seats.get(seat.number)
        if before is not None and seat.state != before.state and (here is None or seat.area in here):
            yield _seat_line(seat, sight)


def _call_line(call: Call, sight: Sight) -> str:
    parts = (
        call.linkedid,
        sight.words(call.state),
        call.number or "-",
        call.name,
        f"{sight.places.name(call.home)} ({why(call, sight)})",
        call.seat or "",
        span(sight.now - call.started),
    )
    return "  ".join(part for part in parts if part)


def _seat_line(seat: Seat, sight: Sight) -> str:
    words = sight.words
    reason = f" {words(seat.reason)}" if seat.reason else ""
    return f"{words('seat')} {seat.number}  {seat.name}  {words(seat.state)}{reason}"


def _of(call: Call, here: frozenset[str] | None) -> bool:
    return here is None or call.home in here or any(area in here for area in call.areas)


def _cut_to(
    told: Mapping[str, Any], picture: Picture, before: Mapping[str, Call], here: frozenset[str]
) -> dict[str, Any]:
    """The message with the entries of some areas only."""
    if told["kind"] == "snapshot":
        whole = told.get("picture", {})
        return {
            "kind": "snapshot",
            "picture": {
                **whole,
                "calls": [each for each in whole.get("calls", ()) if _of(picture.calls[each["linkedid"]], here)],
                "seats": [each for each in whole.get("seats", ()) if each.get("area") in here],
                "areas": [each for each in whole.get("areas", ()) if each.get("area") in here],
            },
        }
    known = {**before, **picture.calls}
    return {
        **told,
        "calls": {key: each for key, each in told.get("calls", {}).items() if key in known and _of(known[key], here)},
        "seats": {
            key: each
            for key, each in told.get("seats", {}).items()
            if key in picture.seats and picture.seats[key].area in here
        },
        "areas": {key: each for key, each in told.get("areas", {}).items() if key in here},
    }
