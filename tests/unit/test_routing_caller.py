"""Which header is believed, what a seat may see, and when a hint speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.caller import Headers, identify
from routing.lookup import Kind
from tests.fakes.henan import henan_tables

TABLES = henan_tables()
LUOYANG = "sip:+8637961234567@ims.ha.chinamobile.com;user=phone"
ZHENGZHOU = '"Zhang, <San>" <sip:13803710000@10.0.0.1>;tag=1'
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'


def seen(headers: Headers) -> tuple[object, ...]:
    caller = identify(headers, "0371", "12366", TABLES)
    return caller.decision.area, caller.decision.confidence, caller.decision.reason, caller.private, caller.source


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (Headers(caller=ZHENGZHOU), ("郑州", "high", "segment", False, "from")),
        # P-Asserted-Identity: from the trunk only
        (
            Headers(caller=ZHENGZHOU, asserted=f"<{LUOYANG}>", trusted=True),
            ("洛阳", "high", "area-code", False, "asserted"),
        ),
        (Headers(caller=ZHENGZHOU, asserted=f"<{LUOYANG}>"), ("郑州", "high", "segment", False, "from")),
        (Headers(asserted=f"<{LUOYANG}>", trusted=True), ("洛阳", "high", "area-code", False, "asserted")),
        (Headers(asserted=f"<{LUOYANG}>"), (None, None, "withheld", False, "from")),
        (
            Headers(caller=ANONYMOUS, asserted=f"<sip:x@h>, <{LUOYANG}>", trusted=True),
            ("洛阳", "high", "area-code", True, "asserted"),
        ),
        (Headers(caller=ZHENGZHOU, asserted=ANONYMOUS, trusted=True), ("郑州", "high", "segment", False, "from")),
        (Headers(caller=ZHENGZHOU, asserted=",,<>", trusted=True), ("郑州", "high", "segment", False, "from")),
        # Privacy hides, and never changes the way
        (Headers(caller=ZHENGZHOU, privacy="id"), ("郑州", "high", "segment", True, "from")),
        (Headers(caller=ZHENGZHOU, privacy="Header; ID;critical"), ("郑州", "high", "segment", True, "from")),
        (Headers(caller=ZHENGZHOU, privacy="none"), ("郑州", "high", "segment", False, "from")),
        (Headers(caller=ZHENGZHOU, privacy="identity"), ("郑州", "high", "segment", False, "from")),
        # hints: only for callers who are unknown or from another province
        (Headers(caller=ANONYMOUS, dialled="037912366"), ("洛阳", "low", "dialled-code", False, "from")),
        (Headers(caller="13800138000", dialled="037912366"), ("洛阳", "low", "dialled-code", False, "from")),
        (Headers(caller=ZHENGZHOU, dialled="037912366"), ("郑州", "high", "segment", False, "from")),
        (Headers(caller=ANONYMOUS, dialled="12366"), (None, None, "withheld", False, "from")),
        (Headers(caller=ANONYMOUS, dialled="0379"), (None, None, "withheld", False, "from")),
        (Headers(caller=ANONYMOUS, dialled="01012366"), (None, None, "withheld", False, "from")),
        (Headers(caller="13800138000", dialled="01012366"), ("北京", "high", "mobile", False, "from")),
        (
            Headers(caller="", diversion=f"<{LUOYANG}>;reason=no-answer", trusted=True),
            ("洛阳", "low", "diversion", False, "from"),
        ),
        (Headers(caller="", diversion=f"<{LUOYANG}>;reason=no-answer"), (None, None, "withheld", False, "from")),
        (
            Headers(caller="", diversion="<sip:13800138000@h>, <sip:13903780001@h>", trusted=True),
            ("开封", "low", "diversion", False, "from"),
        ),
        (
            Headers(caller="", dialled="037312366", diversion=f"<{LUOYANG}>", trusted=True),
            ("新乡", "low", "dialled-code", False, "from"),
        ),
    ],
)
def test_headers(headers: Headers, expected: tuple[object, ...]) -> None:
    assert seen(headers) == expected


def test_a_hint_of_a_shared_code_names_the_other_city() -> None:
    decision = identify(Headers(dialled="037112366"), "0371", "12366", TABLES).decision
    assert (decision.area, decision.confidence, decision.alternatives) == ("郑州", "low", ("kaifeng",))


headerish = st.one_of(st.text(max_size=60), st.text(st.sampled_from('<>",;:@\\sip+861380371'), max_size=60))


@given(st.builds(Headers, headerish, headerish, headerish, headerish, headerish, st.booleans()))
def test_no_header_raises(headers: Headers) -> None:
    caller = identify(headers, "0371", "12366", TABLES)
    assert caller.decision.kind in Kind
    if not headers.trusted:
        assert caller.source == "from"


def test_huge_headers() -> None:
    for text in ('"' * 10_000, "<" * 10_000, "," * 10_000, "\\" * 10_000, '"\\' * 5_000):
        assert (
            identify(Headers(text, text, text, text, text, True), "0371", "12366", TABLES).decision.kind is Kind.UNKNOWN
        )
