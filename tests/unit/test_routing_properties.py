"""What holds for every number, not only for the rows somebody thought of."""

import phone
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.books import FIRST_SEGMENT
from routing.lookup import REASONS, Decision, Kind, answered, decide, fact
from routing.numbers import LONGEST_RAW
from tests.fakes.henan import henan_tables

TABLES = henan_tables()
ISSUED = [
    segment
    for at, entry in enumerate(TABLES.segments)
    if entry and not (segment := str(FIRST_SEGMENT + at)).startswith(("1349", "1740"))
]
CODES = sorted(code for code, known in TABLES.tree.codes.items() if not known.withdrawn)
TRUNKS = st.sampled_from([*CODES, "371", "0378", "010", "", "x"])

mobiles = st.builds(lambda segment, last: f"{segment}{last:04}", st.sampled_from(ISSUED), st.integers(0, 9999))
numberish = st.text(st.sampled_from("0123456789+-() 86371;:@.sip<>tel\"'#*x\x00\u202e３転"), max_size=40)


@st.composite
def landlines(draw: st.DrawFn) -> tuple[str, str]:
    """(code with its 0, local digits) of a landline of the province that fits."""
    code = draw(st.sampled_from(CODES))
    length = TABLES.tree.codes[code].digits[0]
    rest = draw(st.integers(0, 10 ** (length - 1) - 1))
    return code, f"{draw(st.integers(2, 8))}{rest:0{length - 1}}"


def place(decision: Decision) -> tuple[object, ...]:
    return decision.kind, decision.area, decision.area_id, decision.county, decision.confidence, decision.normalized


def check_whole(decision: Decision, raw: str) -> None:
    """Every decision can be stored, printed and explained."""
    assert decision.raw == raw
    assert decision.reason in REASONS
    assert decision.normalized.isprintable()
    assert len(decision.normalized) <= LONGEST_RAW
    if decision.kind is Kind.CITY:
        area = TABLES.tree.area(str(decision.area_id))
        assert decision.area == TABLES.tree.city_of(area.id).name
        assert decision.county == (area.name if area.kind == "county" else None)
        assert decision.confidence is not None
        assert decision.area_id not in decision.alternatives
    elif decision.kind is Kind.OUT:
        assert decision.area
        assert decision.area_id is None
    else:
        assert (decision.area, decision.area_id, decision.confidence) == (None, None, None)
    assert all(value is None or isinstance(value, list) or value.isprintable() for value in fact(decision).values())


@given(
    raw=st.one_of(st.text(max_size=80), numberish, st.binary().map(lambda data: data.decode("latin-1"))), trunk=TRUNKS
)
@settings(max_examples=400)
def test_no_input_raises(raw: str, trunk: str) -> None:
    check_whole(decide(raw, trunk, TABLES), raw)


def test_huge_input_is_refused_quickly() -> None:
    for raw in (
        "1" * 10_000,
        "\x00" * 10_000,
        "\u202e" * 10_000,
        "sip:" * 2_500,
        "<" * 10_000,
        " " * 10_000,
        "ﷺ" * 1_000,
    ):
        decision = decide(raw, "0371", TABLES)
        check_whole(decision, raw)
        assert decision.kind is Kind.UNKNOWN


MOBILE_FORMS = [
    *(
        "{}",
        "0{}",
        "86{}",
        "+86{}",
        "0086{}",
        "+86 {}",
        "860{}",
        "17951{}",
        "12593{}",
        "17909{}",
        "10193{}",
        "179510{}",
    ),
    *(
        "1795186{}",
        "179510086{}",
        "tel:+86{}",
        "tel:+86{};rn=+8613440;npdi",
        "sip:{}@h",
        "sip:+86{}@h;user=phone",
        "<sip:{}@h>",
    ),
    *('"a, b" <sip:{}@h>', " {} ", "\u200e{}\u200e", "{}\r\n"),
]


@given(number=mobiles, form=st.sampled_from(MOBILE_FORMS), trunk=st.sampled_from(CODES))
def test_every_form_of_a_mobile_is_the_mobile(number: str, form: str, trunk: str) -> None:
    plain = decide(number, trunk, TABLES)
    assert plain.kind in (Kind.CITY, Kind.OUT)
    assert place(decide(form.format(number), trunk, TABLES)) == place(plain)


LANDLINE_FORMS = [
    *("0{c}{n}", "{c}{n}", "86{c}{n}", "+86{c}{n}", "0086{c}{n}", "860{c}{n}", "+860{c}{n}", "00860{c}{n}", "0{c}-{n}"),
    *(
        "(0{c}) {n}",
        "179510{c}{n}",
        "12593{c}{n}",
        "tel:+86-{c}-{n}",
        "sip:+86{c}{n}@h;user=phone",
        "tel:{n};phone-context=+86{c}",
    ),
]


@given(landline=landlines(), form=st.sampled_from(LANDLINE_FORMS), trunk=st.sampled_from(CODES))
def test_every_form_of_a_landline_is_the_landline(landline: tuple[str, str], form: str, trunk: str) -> None:
    code, local = landline
    plain = decide(code + local, trunk, TABLES)
    assert plain.kind is Kind.CITY
    assert plain.normalized == code + local
    assert place(decide(form.format(c=code[1:], n=local), trunk, TABLES)) == place(plain)


@given(landline=landlines())
def test_local_digits_are_the_trunks_own(landline: tuple[str, str]) -> None:
    code, local = landline
    assert place(decide(local, code, TABLES)) == place(decide(code + local, code, TABLES))
    other = next(trunk for trunk in CODES if TABLES.tree.codes[trunk].digits != TABLES.tree.codes[code].digits)
    assert decide(local, other, TABLES).kind is Kind.UNKNOWN


@given(raw=st.one_of(numberish, mobiles, landlines().map("".join)), trunk=TRUNKS)
def test_a_normalised_number_stays_what_it_is(raw: str, trunk: str) -> None:
    first = decide(raw, trunk, TABLES)
    if first.kind is not Kind.UNKNOWN:
        again = decide(first.normalized, trunk, TABLES)
        assert (again.kind, again.area, again.normalized) == (first.kind, first.area, first.normalized)


def test_segments_agree_with_their_source() -> None:
    rival = phone.Phone()
    towns = {"潢川": "信阳"}
    for segment in ISSUED[::37]:
        theirs = rival.find(segment)
        origin = TABLES.origin(segment)
        assert origin is not None
        if not origin.sure:
            assert origin.place == towns.get(theirs["city"], theirs["city"])
            assert (origin.area is not None) == (theirs["province"] == "河南")


def test_an_answer_keeps_what_was_known_before() -> None:
    asked = decide("13903910001", "0371", TABLES)
    assert (asked.confidence, asked.alternatives) == ("shared", ("jiyuan",))
    now = answered(asked, asked.alternatives[0], "keyed", TABLES)
    assert (now.area, now.confidence, now.reason, now.alternatives) == ("济源", "high", "keyed", ("jiaozuo",))
    assert (now.raw, now.normalized) == (asked.raw, asked.normalized)
