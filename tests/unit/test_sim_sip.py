"""SIP messages out of the stack's trace, and why a leg ended. Messages caught from calls between baresip and Asterisk
22."""

import pytest

from sim.sip import SipMessage, ending, parse_trace

CALL = "5492883ff0359bb9"


def message(sent: bool, first: str, cseq: str, **headers: str) -> SipMessage:
    lines = [first, f"Call-ID: {CALL}", f"CSeq: 1 {cseq}", *(f"{k}: {v}" for k, v in headers.items())]
    text = f"{'TX' if sent else 'RX'} UDP 127.0.0.2:57556 -> 127.0.0.1:38357\n" + "\r\n".join(lines) + "\r\n\r\nv=0"
    parsed = parse_trace(text, 1.0)
    assert parsed is not None
    return parsed


INVITE = message(True, "INVITE sip:12366@127.0.0.1 SIP/2.0", "INVITE", **{"f": '"李" <sip:138@x>;tag=1', "X-A": "1: 2"})
TRYING = message(False, "SIP/2.0 100 Trying", "INVITE")
CHALLENGE = message(False, "SIP/2.0 401 Unauthorized", "INVITE")
NOT_HERE = message(False, "SIP/2.0 488 Not Acceptable Here", "INVITE")
OK = message(False, "SIP/2.0 200 OK", "INVITE")


def test_a_message_is_read() -> None:
    assert (INVITE.method, INVITE.status, INVITE.call_id, INVITE.sent) == ("INVITE", 0, CALL, True)
    assert INVITE.headers["from"] == '"李" <sip:138@x>;tag=1'
    assert INVITE.headers["x-a"] == "1: 2"
    assert (OK.status, OK.label, INVITE.label) == (200, "200 OK (INVITE)", "INVITE")


@pytest.mark.parametrize("text", ["", "hello", "TX UDP a -> b", "TX UDP a -> b\n", "\r\n\r\n"])
def test_what_is_no_message_is_none(text: str) -> None:
    assert parse_trace(text, 0.0) is None


@pytest.mark.parametrize(
    ("messages", "by", "status", "cause"),
    [
        ([message(False, "SIP/2.0 486 Busy Here", "INVITE", Reason="Q.850;cause=17")], "far", 486, 17),
        ([OK, message(False, "BYE sip:a SIP/2.0", "BYE", Reason='Q.850 ;cause=34 ;text="x"')], "far", 200, 34),
        ([OK, message(True, "BYE sip:a SIP/2.0", "BYE")], "here", 200, None),
        ([message(True, "CANCEL sip:a SIP/2.0", "CANCEL")], "here", 487, None),
        ([message(False, "SIP/2.0 487 Request Terminated", "INVITE")], "here", 487, None),
        ([CHALLENGE, message(False, "SIP/2.0 404 Not Found", "INVITE")], "far", 404, None),
        ([OK, NOT_HERE, message(False, "BYE a SIP/2.0", "BYE")], "far", 200, None),
    ],
)  # fmt: skip
def test_why_a_leg_ended(messages: list[SipMessage], by: str, status: int, cause: int | None) -> None:
    found = ending([INVITE, TRYING, *messages])
    assert found is not None
    assert (found.by, found.status, found.cause) == (by, status, cause)


def test_a_leg_that_is_up_has_not_ended() -> None:
    assert ending([INVITE, TRYING, OK]) is None
    assert ending([]) is None
