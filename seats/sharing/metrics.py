"""Sharing's own figures for /metrics."""

from collections.abc import Callable

from core.metrics import Metrics
from seats.sharing.lending import Lending


def figures(lending: Lending, metrics: Metrics) -> Callable[[], None]:
    """Adds the gauges; call the answer before they are printed."""
    offered = metrics.gauge("sharing_offered", "Seats that may be rung now for other areas' callers, by queue")
    looks = metrics.gauge("sharing_looks", "Times it was worked out which seats to lend")
    done = {
        what: metrics.gauge(f"sharing_{what}", f"Pauses of seats in queues not their own: {what}")
        for what in lending.pauses.tally
    }

    def setting() -> None:
        offered.set(len(lending.pauses.open))
        looks.set(lending.looks)
        for what, gauge in done.items():
            gauge.set(lending.pauses.tally[what])

    return setting
