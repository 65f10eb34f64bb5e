"""The answer to an expectation."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.stage import Stage


@dataclass(frozen=True, slots=True)
class Finding:
    """Did it hold, and what did happen."""

    ok: bool
    detail: str


Look = Callable[[Stage, Mapping[str, Any]], Awaitable[Finding]]
"""Looks until the expectation holds or its time is up; the mapping holds the fields of `sim.grammar`."""
