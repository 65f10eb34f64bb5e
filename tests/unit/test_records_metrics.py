"""The shipper's numbers: which calls they count."""

from dataclasses import replace
from datetime import UTC, datetime

from seats.records.interpret import interpret
from seats.records.metrics import Metrics
from seats.records.record import Origin, Outcome
from seats.records.writer import Shipment, Stored
from tests.fakes.cel_stories import Story, events

BEGINS = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def test_a_supervisors_own_phone_is_counted_as_no_call() -> None:
    metrics = Metrics()
    person = interpret(events(Story(1, BEGINS)))
    phone = replace(person, origin=Origin.PLATFORM, outcome=Outcome.FAILED)
    metrics.shipped(Shipment(), Stored((person, phone)), BEGINS)

    def counted(outcome: Outcome) -> float | None:
        return metrics.registry.get_sample_value("hotline_records_calls_total", {"outcome": outcome.value})

    assert (counted(Outcome.ANSWERED), counted(Outcome.FAILED)) == (1, 0)
