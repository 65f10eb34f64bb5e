"""A test's kind is the folder it lies in. Hypothesis asks the same every time, and gives a slow machine its time."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

_TESTS = Path(__file__).parent
_KINDS = {"unit", "flows", "db", "asterisk"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(_TESTS).parts[0]
        if kind not in _KINDS:
            raise pytest.UsageError(f"{item.path} lies in no kind's folder: one of {sorted(_KINDS)}")
        item.add_marker(kind)
