"""Subcommands that only look."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from core.console import EXIT_CHECK_FAILED, EXIT_DONE, inert, out, print_json, print_table
from core.errors import BadInput
from seats.cli import sheets
from seats.cli.columns import AREAS, CALLS, SEATS, Column, Sight
from seats.cli.desk import Desk
from seats.cli.picture import Picture, call_of, time_of
from seats.cli.words import clock_time, day_time, detail_of, span


async def queues(desk: Desk) -> int:
    """Areas."""
    picture, document, sight = await _seen(desk)
    rows = [row for row in picture.areas.values() if _inside(desk, row.area)]
    rows.sort(key=lambda row: desk.places.order(row.area))
    return _show(desk, document, "areas", "area", {row.area: row for row in rows}, AREAS, sight)


async def calls(desk: Desk) -> int:
    """Calls that are up: who waits longest first."""
    picture, document, sight = await _seen(desk)
    rows = [
        call
        for call in picture.calls.values()
        if (_inside(desk, call.home) or any(_inside(desk, area) for area in call.areas)) and _in_state(desk, call)
    ]
    rows.sort(key=lambda call: CALLS[0].sort(call, sight))
    columns = (_LINKEDID, *CALLS)
    return _show(desk, document, "calls", "linkedid", {call.linkedid: call for call in rows}, columns, sight)


async def seats(desk: Desk) -> int:
    """Seats, by area."""
    picture, document, sight = await _seen(desk)
    rows = [seat for seat in picture.seats.values() if _inside(desk, seat.area) and _in_state(desk, seat)]
    rows.sort(key=lambda seat: SEATS[1].sort(seat, sight))
    return _show(desk, document, "seats", "number", {seat.number: seat for seat in rows}, SEATS, sight)


async def show(desk: Desk) -> int:
    """One call."""
    async with desk.client() as client:
        answer = await client.call(desk.asked.call)
        answer["story"] = await client.story(desk.asked.call)
        sight = desk.sight(client)
    if desk.json:
        print_json(answer)
        return EXIT_DONE
    if answer.get("call"):
        _print(sheets.call_sheet(call_of(answer["call"]), Picture(), sight))
    elif answer.get("record"):
        _print(sheets.record_sheet(answer["record"], sight))
    if rung := sheets.rings_sheet(answer.get("rings") or (answer.get("record") or {}).get("rings") or (), sight):
        _print("", rung)
    if told := sheets.story_sheet(answer["story"], sight):
        _print("", told)
    return EXIT_DONE


async def history(desk: Desk) -> int:
    """Stored calls."""
    asked = desk.asked
    async with desk.client() as client:
        answer = await client.history(
            area=asked.area,
            since=asked.since,
            until=asked.until,
            number=asked.number,
            outcome=asked.outcome,
            origin=asked.origin,
            limit=asked.limit,
        )
    if desk.json:
        print_json(answer)
        return EXIT_DONE
    words = desk.words
    titles = ("linkedid", "started", "origin", "number", "area", "outcome", "seat", "wait", "talked")
    rows = [
        (
            record.get("linkedid"),
            day_time(time_of(record.get("started_at"))),
            words(f"from_{record.get('origin')}"),
            record.get("caller") or "-",
            desk.places.name(record.get("area")),
            words(str(record.get("outcome"))),
            record.get("answered_by") or "-",
            _span(record.get("wait_ms")),
            _span(record.get("talk_ms")),
        )
        for record in answer.get("records", ())
    ]
    print_table("", [words(title) for title in titles], rows)
    return EXIT_DONE


async def audit(desk: Desk) -> int:
    """Audit rows; or the proof that they are whole."""
    if desk.asked.action == "verify":
        return await _verify(desk)
    async with desk.client() as client:
        answer = await client.audit(since=desk.asked.since, limit=desk.asked.limit)
    return _rows(desk, answer)


async def supervisions(desk: Desk) -> int:
    """Who supervised a seat: the one named, or the user's own."""
    async with desk.client() as client:
        seat = desk.asked.seat or (await client.me()).phone
        if not seat:
            raise BadInput("you have no seat of your own: call-monitor supervisions SEAT")
        answer = await client.supervisions(seat, desk.asked.limit)
    if desk.json:
        print_json(answer)
        return EXIT_DONE
    words = desk.words
    rows = [
        (
            row.get("supervision", ""),
            row.get("user") or "-",
            " ".join(words(str(mode)) for mode in row.get("modes") or ()),
            row.get("call") or "",
            day_time(time_of(row.get("started"))),
            day_time(time_of(row.get("ended"))),
            row.get("reason") or "",
        )
        for row in answer.get("rows", ())
    ]
    titles = ("supervision_id", "user", "verb", "linkedid", "started", "until", "reason")
    print_table("", [words(title) for title in titles], rows)
    return EXIT_DONE


async def _verify(desk: Desk) -> int:
    async with desk.client() as client:
        proof = await client.verify()
    intact = proof.get("intact") is True
    if desk.json:
        print_json(proof)
    else:
        _print(desk.words("intact" if intact else "broken", rows=proof.get("rows", "?")))
        for fault in proof.get("faults") or ():
            _print(
                "  " + " ".join(str(value) for value in fault.values()) if isinstance(fault, Mapping) else str(fault)
            )
        if proof.get("last"):
            _print(f"  {proof['last']}")
    return EXIT_DONE if intact else EXIT_CHECK_FAILED


def _rows(desk: Desk, answer: Mapping[str, Any]) -> int:
    if desk.json:
        print_json(answer)
        return EXIT_DONE
    words = desk.words
    titles = ("seq", "at", "user", "verb", "kind", "target", "seat", "reason", "detail")
    rows = [
        (
            row.get("seq", ""),
            day_time(time_of(row.get("happened_at") or row.get("at"))),
            row.get("user_name") or "-",
            words(str(row.get("verb", ""))),
            words(_KINDS.get(str(row.get("kind", "")), str(row.get("kind", "")))),
            f"{row.get('target_id') or ''}{' → ' + row['destination'] if row.get('destination') else ''}",
            row.get("seat") or "",
            row.get("reason") or "",
            detail_of(str(row.get("detail") or ""), words),
        )
        for row in answer.get("rows", ())
    ]
    print_table("", [words(title) for title in titles], rows)
    return EXIT_DONE


async def _seen(desk: Desk) -> tuple[Picture, dict[str, Any], Sight]:
    async with desk.client() as client:
        document = await client.picture()
        sight = desk.sight(client)
    picture = Picture()
    picture.replace(document)
    sight.waits, sight.calls = picture.waits(), picture.calls
    if picture.stale_since is not None:
        sight.now = picture.stale_since.timestamp()
    return picture, document, sight


def _show(
    desk: Desk,
    document: Mapping[str, Any],
    kind: str,
    key: str,
    rows: Mapping[str, Any],
    columns: Sequence[Column[Any]],
    sight: Sight,
) -> int:
    stale = document.get("stale_since")
    if desk.json:
        by_key = {str(entry.get(key)): entry for entry in document.get(kind, ())}
        print_json({kind: [by_key[name] for name in rows], "stale_since": stale})
        return EXIT_DONE
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
    # A column that has room to be left out is left out when it says nothing.
    shown = [
        column
        for column in columns
        if not column.needs
        or (column.needs <= width and (not rows or any(column.text(row, sight) for row in rows.values())))
    ]
    cells = [tuple(column.text(row, sight) for column in shown) for row in rows.values()]
    if stale and (since := time_of(stale)) is not None:
        _print(desk.words("stale", since=clock_time(since)))
    print_table("", [desk.words(column.title) for column in shown], cells)
    return EXIT_DONE


def _inside(desk: Desk, area: str | None) -> bool:
    wanted = desk.asked.area
    return wanted is None or (area is not None and area in desk.places.inside(desk.places.called(wanted)))


def _in_state(desk: Desk, entry: Any) -> bool:
    wanted = getattr(desk.asked, "state", None)
    return wanted is None or wanted in {entry.state, desk.words(entry.state)}


def _span(value: Any) -> str:
    return span(value / 1000) if isinstance(value, int) else "-"


def _print(*lines: str) -> None:
    for line in lines:
        for part in line.split("\n"):
            out.print(inert(part), markup=False)


_KINDS = {"started": "started_"}
_LINKEDID: Column[Any] = Column("linkedid", 18, lambda call, _: inert(call.linkedid), lambda call, _: call.linkedid)
