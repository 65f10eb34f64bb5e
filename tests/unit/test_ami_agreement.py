"""pyst2 and panoramisk read the messages caught at a real Asterisk as we do, where they can read them at all."""

from typing import Any

import pytest
from asterisk.manager import ManagerMsg
from panoramisk.message import Message

from seats.ami.protocol import AmiBanner, AmiEvent, AmiParser, AmiResponse
from tests.recordings.tape import load, names


def ours(name: str) -> list[AmiEvent | AmiResponse]:
    messages = AmiParser().feed(load(name).heard)
    return [message for message in messages if not isinstance(message, AmiBanner)]


def texts(name: str) -> list[str]:
    """The messages as Asterisk sent them, without their blank lines."""
    return load(name).heard.decode().partition("\r\n")[2].split("\r\n\r\n")[:-1]


@pytest.mark.parametrize("name", names("ami"))
def test_panoramisk_reads_the_same_headers_and_values(name: str) -> None:
    """Values of repeated headers too. It loses a last header without value, and every `Output` of a failed command."""
    compared = 0
    for message, text in zip(ours(name), texts(name), strict=True):
        if text.startswith("Response: Error"):
            continue
        theirs: dict[str, Any] = dict(Message.from_line(text).items())
        theirs.pop("content")
        for header, value in theirs.items():
            expected = message.values(header)
            assert expected == (tuple(value) if isinstance(value, list) else (value,)), header
            compared += 1
        assert set(message.fields) == set(theirs)
    assert compared > 0 or name == "ami/refused"


@pytest.mark.parametrize("name", names("ami"))
def test_pyst2_reads_the_same_headers(name: str) -> None:
    """The last of repeated ones. It strips values, and dies on `ChanVariable`: those messages it cannot show us."""
    compared = 0
    for message, text in zip(ours(name), texts(name), strict=True):
        lines = [f"{line}\r\n" for line in text.split("\r\n")]
        if "ChanVariable" in text:
            with pytest.raises(AttributeError, match="has_key"):
                ManagerMsg(lines)
            continue
        assert ManagerMsg(lines).headers == {header: value.strip() for header, value in message.fields.items()}
        compared += 1
    assert compared > 0
