"""One call, one seat, one stored record, in full, as lines of text. Pure; texts are inert."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.cells import cell_len

from core.console import inert
from seats.cli.columns import Sight, reason_words, why
from seats.cli.picture import Call, Picture, Seat, time_of
from seats.cli.words import day_time, span


def call_sheet(call: Call, picture: Picture, sight: Sight) -> str:
    """A call that is up."""
    words = sight.words
    waited = span(sight.now - call.waiting_since) if call.waiting_since is not None else "-"
    lines = [
        (words("linkedid"), call.linkedid),
        (words("number"), f"{call.number or '-'}  {call.name if call.name != call.number else ''}".rstrip()),
        (words("area"), f"{sight.places.name(call.home)}  ({why(call, sight)})"),
        (words("state"), f"{words(call.state)}  {span(sight.now - call.since)}"),
        (words("queue"), sight.places.name(call.queue)),
        (words("wait"), waited),
        (words("total"), span(sight.now - call.started)),
        (words("seat"), _seat_line(picture.seats.get(call.seat or ""), call.seat, sight)),
    ]
    if call.transcript:
        lines.append((words("transcript"), call.transcript))
    text = _aligned(lines)
    if call.legs:
        legs = (
            f"  {inert(leg.channel)}  {inert(leg.seat or '')}  "
            f"{words('held') if leg.held else words('up') if leg.up else words('ringing')}"
            for leg in call.legs
        )
        text += f"\n{words('legs')}\n" + "\n".join(legs)
    return text


def seat_sheet(seat: Seat, picture: Picture, sight: Sight) -> str:
    """A seat, and the call it is in."""
    words = sight.words
    text = _aligned(
        [
            (words("seat"), f"{seat.number}  {seat.name}"),
            (words("area"), sight.places.name(seat.area)),
            (words("state"), f"{words(seat.state)}  {span(sight.now - seat.since)}"),
            (words("reason"), words(seat.reason) if seat.reason else "-"),
        ]
    )
    call = picture.calls.get(seat.call or "")
    return text + ("\n\n" + call_sheet(call, picture, sight) if call is not None else "")


def record_sheet(record: Mapping[str, Any], sight: Sight) -> str:
    """A call that is over, as stored."""
    words = sight.words
    decision = record.get("decision") or {}
    lines = [
        (words("linkedid"), str(record.get("linkedid"))),
        (words("number"), str(record.get("caller") or "-")),
        (words("area"), f"{sight.places.name(record.get('area'))}  ({reason_words(decision.get('reason'), words)})"),
        (words("outcome"), words(str(record.get("outcome")))),
        (words("started"), day_time(time_of(record.get("started_at")))),
        (words("wait"), _milliseconds(record.get("wait_ms"))),
        (words("talked"), _milliseconds(record.get("talk_ms"))),
        (words("seat"), str(record.get("answered_by") or "-")),
        (words("ended_by"), words(str(record.get("ended_by")))),
    ]
    heard = [each for each in record.get("recordings") or () if isinstance(each, Mapping)]
    lines += [(words("recording"), f"{each.get('id')}  {each.get('state')}") for each in heard]
    text = _aligned(lines)
    legs = record.get("legs") or ()
    if legs:
        text += f"\n{words('legs')}\n" + "\n".join(
            f"  {inert(str(leg.get('channel')))}  {inert(str(leg.get('seat') or ''))}  "
            f"{inert(words(str(leg.get('result'))))}  {_milliseconds(leg.get('talk_ms'))}"
            for leg in legs
            if isinstance(leg, Mapping)
        )
    moves = [move for move in record.get("moves") or () if isinstance(move, Mapping)]
    if moves:
        text += f"\n{words('moves')}\n" + "\n".join(map(_move, moves))
    return text


def _move(move: Mapping[str, Any]) -> str:
    how, giver, target, result, taker = (
        inert(str(move.get(name) or "-")) for name in ("how", "seat", "target", "result", "taken_by")
    )
    return f"  {day_time(time_of(move.get('at')))}  {how}  {giver} → {target}  {result}  {taker}"


def story_sheet(story: Mapping[str, Any], sight: Sight) -> str:
    """What the caller told the voice; empty when nothing."""
    if not story.get("summary"):
        return ""
    words = sight.words
    lines = [words("story"), f"  {inert(str(story['summary']))}"]
    told = [line for line in story.get("transcript") or () if isinstance(line, Mapping)]
    who = {name: words(f"said_by_{name}") for name in ("caller", "hotline")}
    lines += [f"  {who.get(str(line.get('who')), '?')}  {inert(str(line.get('text') or ''))}" for line in told]
    return "\n".join(lines)


def rings_sheet(rings: Iterable[Any], sight: Sight) -> str:
    """Seats that queues rang for a call, and why those; empty when none was."""
    lines = [
        f"  {day_time(time_of(ring.get('at')))}  {inert(str(ring.get('seat')))}  "
        f"{inert(sight.places.name(ring.get('area')))}  {inert(str(ring.get('why')))}"
        for ring in rings
        if isinstance(ring, Mapping)
    ]
    return "\n".join([sight.words("rings"), *lines]) if lines else ""


def difference_sheet(differences: Iterable[Mapping[str, Any]], sight: Sight) -> str:
    """Where the platform's picture and Asterisk did not agree."""
    lines = [
        f"{day_time(time_of(each.get('at')))}  {inert(str(each.get('kind')))}  {inert(str(each.get('id')))}  "
        f"{inert(str(each.get('ours')))} → {inert(str(each.get('theirs')))}{'  ✓' if each.get('mended') else ''}"
        for each in differences
    ]
    return "\n".join(lines) or sight.words("nothing")


def _seat_line(seat: Seat | None, number: str | None, sight: Sight) -> str:
    if seat is None:
        return number or "-"
    return f"{seat.number}  {seat.name}  {sight.places.name(seat.area)}"


def _aligned(lines: Iterable[tuple[str, str]]) -> str:
    lines = list(lines)
    width = max(cell_len(label) for label, _ in lines) + 2
    return "\n".join(f"{label}{' ' * (width - cell_len(label))}{inert(value)}" for label, value in lines)


def _milliseconds(value: Any) -> str:
    return span(value / 1000) if isinstance(value, int) else "-"
