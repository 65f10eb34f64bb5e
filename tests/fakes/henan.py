"""Henan's real routing tables, built once a test run."""

import functools
import tempfile
from pathlib import Path

from routing import tables as stored
from routing.books import RoutingTables


@functools.cache
def henan_tables() -> RoutingTables:
    with tempfile.TemporaryDirectory() as folder:
        return stored.build("henan", Path(folder))
