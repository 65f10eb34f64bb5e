"""AGI understood from bytes caught at a real Asterisk, cut anywhere; commands written as Asterisk reads them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire import BadLine
from ivr.fastagi.protocol import (
    BUFFER_LIMIT,
    LINE_LIMIT,
    TRANSITIONS,
    WORD_LIMIT,
    AgiBroken,
    AgiConversation,
    AgiHangup,
    AgiMessage,
    AgiReply,
    AgiRequest,
    Move,
    State,
    encode_command,
    step,
)
from tests.fakes.asterisk_words import words_as_asterisk_reads
from tests.recordings.tape import Tape, load, names

BROKEN = "broken"
VALUE_LIMIT = 1023
Cut = list[bytes]
HEALTHY = [name for name in names("agi") if name not in {"agi/line_break_in_name", "agi/line_break_in_value"}]


def whole(data: bytes) -> Cut:
    return [data]


def each_byte(data: bytes) -> Cut:
    return [data[i : i + 1] for i in range(len(data))]


def understood(tape: Tape, cut: Callable[[bytes], Cut]) -> list[AgiMessage | str]:
    """The messages of one conversation, Asterisk's turns cut by `cut`; `BROKEN` is last when the protocol refused."""
    conversation = AgiConversation()
    messages: list[AgiMessage | str] = []
    for turn in tape.turns():
        try:
            if turn.side == "us":
                conversation.ask()
            else:
                for part in cut(turn.data):
                    messages += conversation.feed(part)
        except AgiBroken:
            return [*messages, BROKEN]
    return messages


def request_of(name: str) -> AgiRequest:
    request = understood(load(name), whole)[0]
    assert isinstance(request, AgiRequest)
    return request


def replies(name: str) -> list[AgiMessage | str]:
    return understood(load(name), whole)[1:]


def done(result: str, data: str | None = None) -> AgiReply:
    return AgiReply(200, result, data)


def test_the_request_of_a_real_call() -> None:
    request = request_of("agi/incoming")
    assert request.path == "incoming"
    assert request.arguments == ("first", "第二", "")
    assert request.variables["calleridname"] == '税务局 "河南"'
    assert request.variables["callerid"] == "03718888666"
    assert request.variables["accountcode"] == ""
    assert request.query["linkedid"].count(".") == 1


def test_twenty_arguments_some_empty() -> None:
    request = request_of("agi/many_arguments")
    assert request.arguments == ("1", "", "三", *map(str, range(4, 19)), "", "20")


def test_the_replies_of_a_real_call() -> None:
    linkedid = request_of("agi/incoming").query["linkedid"]
    assert replies("agi/incoming") == [
        done("1", "03718888666"),
        done("1", '税务局 "河南"'),
        done("1", linkedid),
        done("0"),
        done("1"),
        done("1"),
        done("1", '号段 "1380371" \\ 郑州'),
        done("1"),
        done("1", ""),
        done("0"),
        done("1"),
    ]


def test_every_form_of_reply() -> None:
    unknown, usage, short_usage, *rest = replies("agi/replies")
    assert unknown == AgiReply(510, text="Invalid or unknown command")
    assert isinstance(usage, AgiReply)
    assert usage.code == 520
    assert usage.text.splitlines()[0] == "Invalid command syntax.  Proper usage follows:"
    assert usage.text.splitlines()[-1] == "End of proper usage."
    assert "variablename" in usage.text
    assert isinstance(short_usage, AgiReply)
    assert short_usage.text.splitlines()[1] == "Sets a variable to the current channel."
    assert rest == [
        done("-2"),
        done("0"),
        done("1"),
        done("1", "(a) (b) endpos=3"),
        done("4"),
        done("0"),
        AgiReply(200, "-1", None, "endpos=0"),
        done("0"),
        done("1", "13803710001"),
        done("0"),
        done("0"),
        done("-1"),
    ]


def test_a_hang_up_in_mid_command_and_the_dead_channel_after_it() -> None:
    dead = AgiReply(511, text="Command Not Permitted on a dead channel or intercept routine")
    assert replies("agi/hangup_mid_command") == [
        done("1", "13803710001"),
        done("-1"),
        AgiHangup(),
        done("1", "13803710001"),
        dead,
        done("1"),
    ]
    assert replies("agi/hangup_before_command") == [AgiHangup(), done("1", "13803710001"), dead]
    assert replies("agi/dead_from_the_start") == [done("1", ""), dead]


def test_a_long_value_and_bytes_that_are_no_utf8() -> None:
    (long,) = replies("agi/long_value")
    assert isinstance(long, AgiReply)
    # GET VARIABLE gives 1,023 bytes and no more.
    assert len((long.data or "").encode()) == VALUE_LIMIT
    assert ("税务局河南省郑州市" + "税务局河南省郑州市十" * 200).startswith(long.data or "-")
    assert replies("agi/bytes_not_utf8") == [done("1", "\ufffd\ufffd\ufffd\ufffd")]


def test_a_line_break_in_a_value_is_kept_and_a_reply_forged_by_one_is_refused() -> None:
    two_lines, after = done("1", "第一行\n第二行"), done("1", "still in step")
    assert replies("agi/line_break_in_value") == [two_lines, after, BROKEN]


def test_an_argument_forged_by_a_line_break_in_a_name_is_refused() -> None:
    assert understood(load("agi/line_break_in_name"), whole) == [BROKEN]


def test_asterisk_answers_twice_to_a_line_longer_than_our_limit() -> None:
    sizes = [len(line) for line in load("agi/long_command").said.split(b"\n") if line.startswith(b"SET")]
    assert sizes == [LINE_LIMIT, LINE_LIMIT + 1, LINE_LIMIT + 2]
    messages = replies("agi/long_command")
    assert messages[:2] == [done("1"), done("1", "x" * VALUE_LIMIT)]
    assert messages[-1] == BROKEN


@pytest.mark.parametrize("name", names("agi"))
def test_cut_at_every_byte_it_means_the_same(name: str) -> None:
    tape = load(name)
    seen = understood(tape, each_byte)
    expected = understood(tape, whole)
    # What is refused is refused either way; a message before the refused line may have been told already.
    assert seen == expected or (seen[-1] == BROKEN == expected[-1] and seen[: len(expected) - 1] == expected[:-1])


@pytest.mark.parametrize("name", [name for name in HEALTHY if name not in {"agi/long_value", "agi/long_command"}])
def test_cut_in_two_at_every_place_it_means_the_same(name: str) -> None:
    tape = load(name)
    expected = understood(tape, whole)
    for place in range(max(len(turn.data) for turn in tape.turns())):
        assert understood(tape, lambda data, place=place: [data[:place], data[place:]]) == expected


@given(st.sampled_from(["agi/incoming", "agi/replies", "agi/hangup_mid_command"]), st.data())
def test_cut_at_random_it_means_the_same(name: str, data: st.DataObject) -> None:
    def cut(turn: bytes) -> Cut:
        places = sorted(data.draw(st.lists(st.integers(0, len(turn)), max_size=4)))
        return [turn[a:b] for a, b in zip([0, *places], [*places, len(turn)], strict=True)]

    tape = load(name)
    assert understood(tape, cut) == understood(tape, whole)


WORD = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(WORD, min_size=1, max_size=6))
def test_asterisk_reads_back_the_words_we_wrote(words: list[str]) -> None:
    assert words_as_asterisk_reads(encode_command(*words)) == [word.encode() for word in words]


def test_our_quoting_is_what_the_real_asterisk_stored() -> None:
    tape = load("agi/incoming")
    recorded = next(line for line in tape.said.split(b"\n") if line.startswith(b"SET VARIABLE HOTLINE_REASON"))
    value = '号段 "1380371" \\ 郑州'
    ours = encode_command("SET", "VARIABLE", "HOTLINE_REASON", value)
    assert words_as_asterisk_reads(ours) == words_as_asterisk_reads(recorded)
    assert done("1", value) in replies("agi/incoming")


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", "\udc80", "x" * LINE_LIMIT, "税" * 3000])
def test_text_that_would_not_stay_one_line_is_refused(bad: str) -> None:
    with pytest.raises(BadLine):
        encode_command("SET", "VARIABLE", "NAME", bad)


def test_the_limits_themselves() -> None:
    head = len('SET VARIABLE NAME ""')
    assert len(encode_command("SET", "VARIABLE", "NAME", "(" * (LINE_LIMIT - head))) == LINE_LIMIT + 1
    assert encode_command(*["x"] * WORD_LIMIT)
    with pytest.raises(BadLine):
        encode_command(*["x"] * (WORD_LIMIT + 1))


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", State)
def test_every_move_in_every_state(state: State, move: Move) -> None:
    if (state, move) in TRANSITIONS:
        assert step(state, move) in State
    else:
        with pytest.raises(AgiBroken, match=f"{move.name} while {state.name}"):
            step(state, move)


def test_one_command_at_a_time() -> None:
    conversation = AgiConversation()
    with pytest.raises(AgiBroken, match="COMMAND while REQUEST"):
        conversation.ask()
    conversation.feed(b"agi_network_script: x\n\n")
    conversation.ask()
    with pytest.raises(AgiBroken, match="COMMAND while ASKED"):
        conversation.ask()
    assert conversation.feed(b"100 result=0 Trying...\n200 result=0\n") == [done("0")]


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\n",
        b"\x16\x03\x01\x02\x00\n",
        b"agi_network: yes\n\n",
        b"agi_network_script: x\nagi_network_script: y\n\n",
        b"agi_network_script: x\nagi_arg_1: early\nagi_threadid: 1\n\n",
        b"agi_network_script: x\nagi_threadid: 1\nagi_arg_2: second\n\n",
        b"agi_network_script: x\nagi_threadid: 1\nagi_arg_1: a\nagi_more: b\n\n",
        b"agi_network_script: x\n\n200 result=0\n",
        b"x" * (BUFFER_LIMIT + 1),
        b"".join(b"agi_%d: x\n" % i for i in range(300)),
    ],
)
def test_what_is_not_agi_is_refused(garbage: bytes) -> None:
    for cut in (whole, each_byte):
        conversation = AgiConversation()
        with pytest.raises(AgiBroken):
            for part in cut(garbage):
                conversation.feed(part)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_do_anything_else_than_refuse(data: bytes) -> None:
    conversation = AgiConversation()
    conversation.feed(b"agi_network_script: x\n\n")
    conversation.ask()
    try:
        messages = conversation.feed(data)
    except AgiBroken:
        return
    assert all(isinstance(message, AgiReply | AgiHangup) for message in messages)


def test_an_endless_value_is_refused() -> None:
    conversation = AgiConversation()
    conversation.feed(b"agi_network_script: x\n\n")
    conversation.ask()
    with pytest.raises(AgiBroken):
        for _ in range(BUFFER_LIMIT):
            conversation.feed(b"200 result=1 (x\n" if conversation.state is State.ASKED else b"goes on\n")
