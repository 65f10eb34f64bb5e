"""AMI understood from bytes caught at a real Asterisk, cut anywhere; actions that stay what we meant."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire import BadLine
from seats.ami.protocol import (
    ACTION_LINES,
    LINE_LIMIT,
    MESSAGE_LIMIT,
    AmiBanner,
    AmiBroken,
    AmiEvent,
    AmiMessage,
    AmiParser,
    AmiResponse,
    encode_action,
)
from tests.recordings.tape import load, names

HELLO = b"Asterisk Call Manager/11.0.0\r\n"


def understood(parts: Iterable[bytes], wanted: set[str] | None = None) -> list[AmiMessage]:
    parser = AmiParser(wanted)
    return [message for part in parts for message in parser.feed(part)]


def of_tape(name: str) -> list[AmiMessage]:
    return understood([load(name).heard])


def responses(name: str) -> dict[str, AmiResponse]:
    return {message.action_id or "": message for message in of_tape(name) if isinstance(message, AmiResponse)}


def events(name: str, kind: str) -> list[AmiEvent]:
    return [message for message in of_tape(name) if isinstance(message, AmiEvent) and message.name == kind]


def test_banner_then_login() -> None:
    banner, login, *_ = of_tape("ami/actions")
    assert banner == AmiBanner("11.0.0")
    assert login == AmiResponse(
        "Success", {"Response": "Success", "ActionID": "1", "Message": "Authentication accepted"}
    )
    refused = responses("ami/refused")["1"]
    assert not refused.succeeded
    assert refused.message == "Authentication failed"


def test_command_output_keeps_every_line() -> None:
    answered = responses("ami/actions")
    assert answered["3"].output[0].startswith("Asterisk 22.")
    queue = answered["4"].output
    assert "" in queue
    assert any("坐席 3710001" in line for line in queue)
    assert len(answered["5"].output) > 100
    assert "   Set(CALLERID(name)=王小明 (郑州))" in "\n".join(answered["14"].output).replace("1.", "  ")
    assert answered["6"].output[0].startswith("No such command 'no such thing'")
    assert not answered["6"].succeeded


def test_values_in_chinese_go_there_and_back() -> None:
    assert responses("ami/actions")["12"].fields["Value"] == "河南省税务局"
    (user,) = [event for event in events("ami/queue_call", "UserEvent") if event.fields["UserEvent"] == "河南"]
    assert user.fields["Name"] == "税务局"
    assert user.fields["Empty"] == ""


def test_channel_variables_come_as_pairs() -> None:
    joined = events("ami/queue_call", "QueueCallerJoin")[0]
    assert joined.variables() == {"HOTLINE_AREA": "zhengzhou", "HOTLINE_REASON": "号段 1380371: 郑州"}
    assert joined.fields["CallerIDName"] == "王小明 (郑州)"
    assert joined.values("Queue") == ("zhengzhou",)
    assert joined.values("Nothing") == ()


def test_a_sip_callers_name_with_quotes() -> None:
    names_seen = {event.fields["CallerIDName"] for event in events("ami/sip_calls", "QueueCallerJoin")}
    # Asterisk escapes once more what the SIP header had escaped; the wire hands on what it got.
    assert names_seen == {r"税务局 \\\"河南\\\" 张三"}
    assert len(events("ami/sip_calls", "QueueCallerJoin")) == 3


def test_asterisk_refuses_lines_just_over_our_limit() -> None:
    answered = responses("ami/actions")
    assert answered[str(LINE_LIMIT)].succeeded
    for size in range(LINE_LIMIT + 1, LINE_LIMIT + 5):
        assert answered[str(size)].message == "Failed to parse message: line too long"


@pytest.mark.parametrize("name", names("ami"))
def test_cut_at_every_byte_it_means_the_same(name: str) -> None:
    heard = load(name).heard
    assert understood(heard[i : i + 1] for i in range(len(heard))) == understood([heard])


@pytest.mark.parametrize("name", names("ami"))
def test_cut_as_it_was_read_it_means_the_same(name: str) -> None:
    tape = load(name)
    assert understood(piece.data for piece in tape.pieces if piece.side == "asterisk") == understood([tape.heard])


def test_cut_in_two_at_every_place_it_means_the_same() -> None:
    heard = load("ami/queue_call").heard[:4000]
    expected = understood([heard])
    for place in range(len(heard)):
        assert understood([heard[:place], heard[place:]]) == expected


@given(st.sampled_from(names("ami")), st.integers(0, 60_000), st.data())
def test_cut_at_random_it_means_the_same(name: str, start: int, data: st.DataObject) -> None:
    heard = HELLO + load(name).heard[len(HELLO) :][start : start + 8000].partition(b"\r\n\r\n")[2]
    places = sorted(data.draw(st.lists(st.integers(0, len(heard)), max_size=12)))
    parts = [heard[a:b] for a, b in zip([0, *places], [*places, len(heard)], strict=True)]
    assert understood(parts) == understood([heard])
    assert understood(parts, {"Newchannel"}) == understood([heard], {"Newchannel"})


@pytest.mark.parametrize("name", names("ami"))
def test_the_filter_keeps_exactly_what_is_wanted(name: str) -> None:
    every = of_tape(name)
    for kind in {message.name for message in every if isinstance(message, AmiEvent)}:
        kept = understood([load(name).heard], {kind})
        assert kept == [message for message in every if not isinstance(message, AmiEvent) or message.name == kind]


def test_rows_of_an_open_list_pass_the_filter() -> None:
    parser = AmiParser(set())
    parser.lists_open = 1
    kinds = Counter(message.name for message in parser.feed(load("ami/actions").heard) if isinstance(message, AmiEvent))
    assert kinds["QueueParams"] == 2
    assert kinds["QueueMember"] == 1
    assert kinds["FullyBooted"] == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"\0\0\0\n",
        HELLO + b"Neither: one\r\nnor: other\r\n\r\n",
        HELLO + b"\r\n\r\n",
        HELLO + b"x" * (MESSAGE_LIMIT + 1),
        b"x" * (MESSAGE_LIMIT + 1),
    ],
)
def test_what_is_not_ami_is_refused(garbage: bytes) -> None:
    for size in (len(garbage), 65_536):
        with pytest.raises(AmiBroken):
            understood(garbage[i : i + size] for i in range(0, len(garbage), size))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_do_anything_else_than_refuse(data: bytes) -> None:
    parser = AmiParser()
    parser.feed(HELLO)
    try:
        messages = parser.feed(data + b"\r\n\r\n")
    except AmiBroken:
        return
    assert all(isinstance(message, AmiEvent | AmiResponse) for message in messages)


def test_a_header_without_value_or_of_no_form_is_kept_as_empty() -> None:
    (event,) = understood([HELLO + b"Event: Odd\r\nBare:\r\nNothing at all\r\nName: \xff\xfe\r\n\r\n"])[1:]
    assert event == AmiEvent("Odd", {"Event": "Odd", "Bare": "", "Nothing at all": "", "Name": "\ufffd\ufffd"})


def test_an_action_is_what_asterisk_was_given() -> None:
    said = load("ami/queue_call").said
    assert (
        encode_action(
            "Originate",
            "3",
            {
                "Channel": "Local/call@queued",
                "Application": "Wait",
                "Data": "9",
                "Async": "true",
                "Variable": ["A=first", "B=第二"],
            },
        )
        in said
    )
    assert (
        encode_action("Setvar", "11", {"Variable": "HOTLINE_名", "Value": "河南省税务局"}) in load("ami/actions").said
    )


@pytest.mark.parametrize(
    "bad", ["a\r\nAction: Command", "a\nb", "a\rb", "a\0b", "\ud800", "x" * LINE_LIMIT, "税" * 400]
)
def test_text_that_would_not_stay_one_line_is_refused(bad: str) -> None:
    for name, action_id, fields in (
        (bad, "1", {}),
        ("Ping", bad, {}),
        ("Setvar", "1", {"Value": bad}),
        ("Setvar", "1", {bad: "x"}),
        ("Originate", "1", {"Variable": ["fine", bad]}),
    ):
        with pytest.raises(BadLine):
            encode_action(name, action_id, fields)  # type: ignore[arg-type]


def test_a_header_may_not_pose_as_another() -> None:
    for header in ("Action", "actionid", "Value: x", "A:"):
        with pytest.raises(BadLine):
            encode_action("Setvar", "1", {header: "x"})
    assert encode_action("Originate", "1", {"Variable": ["x=1"] * (ACTION_LINES - 2)})
    with pytest.raises(BadLine):
        encode_action("Originate", "1", {"Variable": ["x=1"] * (ACTION_LINES - 1)})
