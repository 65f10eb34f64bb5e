"""Supervision's own figures for /metrics."""

from collections.abc import Callable

from core.metrics import Metrics
from seats.supervision.room import Room


def figures(room: Room, metrics: Metrics) -> Callable[[], None]:
    """Adds the gauges; call the answer before they are printed."""
    running = metrics.gauge("supervisions_running", "Supervisors' phones that are in a call, or being rung")
    waiting = metrics.gauge("supervision_facts_waiting", "Facts not in Postgres yet; for long: Postgres is away")

    def setting() -> None:
        running.set(room.running)
        waiting.set(room.waiting)

    return setting
