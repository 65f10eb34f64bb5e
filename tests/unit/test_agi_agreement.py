"""pyst2 and panoramisk read the replies caught at a real Asterisk as we do, where they can read them at all."""

import io
import signal
from collections.abc import Iterator

import pytest
from asterisk.agi import AGI, AGIAppError, AGIInvalidCommand, AGIUsageError
from panoramisk.utils import parse_agi_result

from ivr.fastagi.protocol import AgiConversation, AgiReply, AgiRequest
from tests.recordings.tape import Tape, load

TAPES = ["agi/incoming", "agi/replies", "agi/long_value", "agi/many_arguments", "agi/dead_from_the_start"]


@pytest.fixture(autouse=True)
def keep_the_signal_handler() -> Iterator[None]:
    """pyst2 takes SIGHUP when an `AGI` is made."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def ours(tape: Tape) -> tuple[AgiRequest, list[AgiReply]]:
    conversation = AgiConversation()
    messages = []
    for turn in tape.turns():
        if turn.side == "us":
            conversation.ask()
        else:
            messages += conversation.feed(turn.data)
    request, *replies = messages
    assert isinstance(request, AgiRequest)
    return request, [reply for reply in replies if isinstance(reply, AgiReply)]


def pyst2(tape: Tape) -> AGI:
    heard = io.TextIOWrapper(io.BytesIO(tape.heard), encoding="utf-8", errors="replace")
    return AGI(stdin=heard, stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.parametrize("name", TAPES)
def test_pyst2_reads_the_same_request(name: str) -> None:
    request, _ = ours(load(name))
    expected = {f"agi_{key}": value.strip() for key, value in request.variables.items()}
    expected |= {f"agi_arg_{place}": value for place, value in enumerate(request.arguments, 1)}
    assert pyst2(load(name)).env == expected


@pytest.mark.parametrize("name", TAPES)
def test_pyst2_reads_the_same_replies(name: str) -> None:
    tape = load(name)
    script = pyst2(tape)
    _, replies = ours(tape)
    assert replies
    for reply in replies:
        if reply.code == 510:
            with pytest.raises(AGIInvalidCommand):
                script.get_result()
        elif reply.code == 520:
            with pytest.raises(AGIUsageError):
                script.get_result()
        elif reply.code == 511:
            # pyst2 knows no 511: whatever it does, it must not take it for success.
            with pytest.raises(Exception, match="511"):
                script.get_result()
        elif reply.result == "-1":
            with pytest.raises(AGIAppError):
                script.get_result()
        else:
            assert script.get_result()["result"] == (reply.result, reply.data or "")


@pytest.mark.parametrize("name", TAPES)
def test_panoramisk_reads_the_same_replies(name: str) -> None:
    tape = load(name)
    _, replies = ours(tape)
    lines = [line for turn in tape.turns()[1:] if turn.side == "asterisk" for line in turn.data.decode().splitlines()]
    lines = [line for line in lines if line[:3].isdecimal() and not line.startswith("520 End")]
    assert len(lines) == len(replies) > 0
    for line, reply in zip(lines, replies, strict=True):
        theirs = parse_agi_result(line.replace("520-", "520 "))
        if reply.code == 200 and reply.result != "-1":
            assert theirs["result"] == (reply.result, reply.data or "")
        else:
            errors = {200: "AGIAppError", 510: "AGIInvalidCommand", 511: "AGIUnknownError", 520: "AGIUsageError"}
            assert theirs["error"] == errors[reply.code]
