"""A call outside working hours has its one outcome, and the reason it found its area closed, in Postgres."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.db import connect
from seats.records.writer import PlacedEvent, Shipment, store
from tests.fakes.cel_stories import Story, events

ROUTED = {"queue": "luoyang", "area_id": "luoyang", "kind": "CITY", "reason": "segment", "closed": "holiday"}


@pytest.mark.parametrize(
    ("said", "end", "outcome"),
    [
        (("CLOSED", "TOLD"), "platform", "told_and_ended"),
        (("CLOSED", "MESSAGE_LEFT"), "caller", "message_left"),
        (("CLOSED", "CALLBACK_BOOKED"), "platform", "callback_booked"),
        (("CLOSED",), "caller", "abandoned_in_menu"),
    ],
)
async def test_a_closed_area_is_kept_with_the_call(dsn: str, said: tuple[str, ...], end: str, outcome: str) -> None:
    story = Story(1, datetime(2026, 10, 1, 2, 0, tzinfo=UTC), wait=None, talk=None, end=end, said=said)  # type: ignore[arg-type]
    routed = json.dumps({"extra": json.dumps(ROUTED)})
    told = [replace(event, extra=routed) if event.type == "ROUTED" else event for event in events(story)]
    connection = await connect(dsn, application="test")
    await store(connection, Shipment(tuple(PlacedEvent("f", place, event) for place, event in enumerate(told))))
    row = await connection.fetchrow(
        "SELECT outcome, closed, reason FROM seats.calls JOIN routing.routing_decisions USING (linkedid)"
    )
    assert tuple(row) == (outcome, "holiday", "segment")
    await connection.close()
