"""Logs: one JSON object a line, the call named, private fields masked."""

import json
import logging

import pytest

from core import log


def _line(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "routing", "levelno": logging.INFO, "levelname": "INFO", "msg": "decided", **extra}
    )
    text = log.JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert isinstance(line, dict)
    return line


def test_a_line_carries_the_call_of_its_task() -> None:
    token = log.call.set("1700000000.1")
    try:
        assert _line()["call"] == "1700000000.1"
    finally:
        log.call.reset(token)
    assert "call" not in _line()


def test_private_fields_are_masked_and_newlines_stay_inside_the_line() -> None:
    line = _line(number="13803710000", caller_name="张三\nroot", area="zhengzhou")
    assert line["number"] == "138****0000"
    assert "张三" not in str(line["caller_name"])
    assert line["area"] == "zhengzhou"


@pytest.mark.parametrize(
    ("value", "shown"), [("", ""), ("7", "7"), ("12", "12"), ("1234567", "*****67"), ("037155012345", "037*****2345")]
)
def test_mask(value: str, shown: str) -> None:
    assert log.mask(value) == shown
