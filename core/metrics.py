"""Figures for /metrics: one registry a process, every name begins with `hotline_`."""

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

PREFIX = "hotline"
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Makes a process's figures and prints them. Not global: tests make as many as they like."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(namespace=PREFIX, registry=self.registry)

    def gauge(self, name: str, about: str) -> Gauge:
        """A value that goes up and down, e.g. `calls_up`."""
        return Gauge(name, about, namespace=PREFIX, registry=self.registry)

    def exposition(self) -> bytes:
        """The text Prometheus reads (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)
