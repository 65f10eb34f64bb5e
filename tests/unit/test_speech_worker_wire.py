"""Frames between the service and its recognition workers, and what Vosk says."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech import vosk_text
from ivr.speech.recogniser import Heard
from ivr.speech.worker_wire import (
    LONGEST,
    Frame,
    Frames,
    Kind,
    WireBroken,
    heard_of,
    heard_payload,
    rate_of,
    rate_payload,
)

frames = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=50))


@given(st.lists(frames, max_size=5), st.integers(1, 20))
def test_frames_come_out_whole_however_the_bytes_are_cut(sent: list[Frame], size: int) -> None:
    data = b"".join(frame.encoded() for frame in sent)
    reader = Frames()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == sent


@pytest.mark.parametrize("head", [struct.pack("<BII", 99, 1, 0), struct.pack("<BII", Kind.HEARD, 1, LONGEST + 1)])
def test_bytes_that_are_no_frame_break_the_wire(head: bytes) -> None:
    with pytest.raises(WireBroken):
        list(Frames().feed(head))


def test_payloads_there_and_back() -> None:
    heard = Heard("我是洛阳的", final=True, confidence=0.5, rejected=0.25)
    assert heard_of(heard_payload(heard)) == heard
    assert rate_of(rate_payload(16_000)) == 16_000


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1]", b"\xff", b'["a", true, "x", 0]'])
def test_a_payload_that_is_no_answer_is_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError):
        heard_of(payload)


def word(text: str, start: float, end: float, conf: float = 1.0) -> dict[str, object]:
    return {"word": text, "start": start, "end": end, "conf": conf}


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ({"text": ""}, Heard("", final=True)),
        ({"text": "增值税 发票"}, Heard("增值税发票", final=True)),
        ({"text": "下载 APP store 吗"}, Heard("下载APP store吗", final=True)),
        (
            {"result": [word("转", 0, 1, 0.8), word("[unk]", 1, 2), word("人工", 2, 4, 0.6)], "text": "转 [unk] 人工"},
            Heard("转人工", final=True, confidence=0.7, rejected=0.25),
        ),
        ({"result": [word("[unk]", 0, 1, 0.9)], "text": "[unk]"}, Heard("", final=True, confidence=0.0, rejected=1.0)),
    ],
)
def test_what_vosk_says_at_the_end(answer: dict[str, object], heard: Heard) -> None:
    assert vosk_text.final(json.dumps(answer)) == heard


def test_what_vosk_says_on_the_way() -> None:
    assert vosk_text.partial('{"partial": "转 人 <unk>"}') == Heard("转人", final=False)
