"""The live picture's own figures for /metrics."""

from collections.abc import Callable
from typing import Final

from core.metrics import Metrics
from seats.live.live import Live

KINDS: Final = ("stuck_channel", "missing_channel", "channel", "seat", "phantom_seat", "missing_seat")


def figures(live: Live, metrics: Metrics) -> Callable[[], None]:
    """Adds the gauges; call the answer before they are printed."""
    stale = metrics.gauge("live_stale", "1 while the live picture is not to be trusted")
    events = metrics.gauge("live_events", "Events folded into the live picture")
    resyncs = metrics.gauge("live_resyncs", "Times the live picture was drawn anew from Asterisk")
    took = metrics.gauge("live_resync_seconds", "Seconds the last drawing anew took")
    compared = metrics.gauge("live_comparisons", "Times the live picture was compared with Asterisk")
    found = {
        kind: metrics.gauge(
            f"live_differences_{kind}", f"Differences from Asterisk of the kind {kind}, mended or shown"
        )
        for kind in KINDS
    }

    def setting() -> None:
        stale.set(live.picture.stale_since is not None)
        events.set(live.tally["events"])
        resyncs.set(live.tally["resyncs"])
        took.set(float("nan") if live.resync_seconds is None else live.resync_seconds)
        compared.set(live.tally["compared"])
        for kind, gauge in found.items():
            gauge.set(live.tally[f"found {kind}"])

    return setting
