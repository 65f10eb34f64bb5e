"""The shipper's own numbers. It serves no port: it writes a file, which the seats process adds to `/metrics`."""

from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, write_to_textfile

from core.paths import Paths
from seats.records.record import Origin, Outcome, RecordingState
from seats.records.writer import Shipment, Stored


def file_of(paths: Paths) -> Path:
    """Where the numbers are, in Prometheus' text format; no file before the shipper's first start."""
    return paths.home / "metrics" / "records.prom"


class Metrics:
    """Counts and gauges of one shipper process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("hotline_records_events", "CEL events committed", registry=self.registry)
        self._facts = Counter("hotline_records_facts", "Journal facts committed", registry=self.registry)
        self._unreadable = Counter("hotline_records_unreadable_lines", "Lines set aside", registry=self.registry)
        self._calls = Counter(
            "hotline_records_calls", "Records of people's calls told", ["outcome"], registry=self.registry
        )
        self._untold = Counter("hotline_records_untold_calls", "Calls without a record", registry=self.registry)
        self._backlog = Gauge("hotline_records_backlog_bytes", "Written, not yet committed", registry=self.registry)
        self.recordings = Counter(
            "hotline_records_recordings", "Recordings measured", ["state"], registry=self.registry
        )
        self._lag = Histogram(
            "hotline_records_lag_seconds",
            "Event written to event committed",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600),
            registry=self.registry,
        )
        self.postgres_up = Gauge("hotline_records_postgres_up", "1 while shipping", registry=self.registry)
        for outcome in Outcome:
            self._calls.labels(outcome.value)
        for state in RecordingState:
            self.recordings.labels(state.value)

    def shipped(self, shipment: Shipment, stored: Stored, now: datetime) -> None:
        """Count one committed step."""
        self._events.inc(len(shipment.events))
        self._facts.inc(len(shipment.facts))
        self._unreadable.inc(len(shipment.unreadable))
        self._untold.inc(len(stored.untold))
        for record in stored.closed:
            # A supervisor's phone that was rung is nobody's call, least of all a failed one.
            if record.origin is not Origin.PLATFORM:
                self._calls.labels(record.outcome.value).inc()
        if shipment.events:
            oldest = min(placed.event.at for placed in shipment.events)
            self._lag.observe(max((now - oldest).total_seconds(), 0))

    def away(self, backlog: int) -> None:
        """Postgres does not answer; `backlog` bytes wait."""
        self.postgres_up.set(0)
        self._backlog.set(backlog)

    def idle(self, backlog: int) -> None:
        """`backlog` bytes wait at a moment when Postgres answers."""
        self._backlog.set(backlog)

    def write(self, file: Path) -> None:
        """Replace `file` by the numbers of now."""
        file.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(file), self.registry)
