"""The oracle's rows, and more of the same kinds."""

import csv
from pathlib import Path

import pytest

from routing.lookup import Decision, Kind, decide
from tests.fakes.henan import henan_tables

ROWS = list(csv.DictReader((Path(__file__).parent / "routing_oracle.csv").open(encoding="utf-8", newline="")))


def written(decision: Decision) -> str:
    """The decision in the oracle's words; `shared` is left out, as the oracle does."""
    if decision.kind is Kind.UNKNOWN:
        return f"UNKNOWN:{decision.reason}"
    if decision.kind is Kind.OUT:
        return f"OUT:{'landline' if decision.reason == 'landline' else decision.area}"
    county = f"/{decision.county}" if decision.county else ""
    return f"CITY:{decision.area}{county}{':low' if decision.confidence == 'low' else ''}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['raw']}-{row['rule']}")
def test_oracle(row: dict[str, str]) -> None:
    decision = decide(row["raw"], row["trunk_area"], henan_tables())
    assert (written(decision), decision.normalized) == (row["decision"], row["normalized"])
    assert decision.raw == row["raw"]


def test_oracle_is_whole() -> None:
    assert len(ROWS) >= 60
    assert {row["kind"] for row in ROWS} >= {"intl", "iot", "land", "malformed", "mobile", "service", "withheld"}


MORE = [
    # raw, trunk, normalised, decision
    # every city's code, both lengths
    ("03703112345", "0371", "03703112345", "CITY:商丘"),
    ("037961234567", "0371", "037961234567", "CITY:洛阳"),
    ("03743312345", "0371", "03743312345", "CITY:许昌"),
    ("03934412345", "0371", "03934412345", "CITY:濮阳"),
    ("03962812345", "0371", "03962812345", "CITY:驻马店"),
    ("03982812345", "0371", "03982812345", "CITY:三门峡"),
    ("037762912345", "0371", "037762912345", "CITY:南阳/邓州"),
    ("037764212345", "0371", "037764212345", "CITY:南阳"),
    ("037162112345", "0371", "037162112345", "CITY:郑州/中牟"),
    ("037164212345", "0371", "037164212345", "CITY:郑州/巩义"),
    ("037164512345", "0371", "037164512345", "CITY:郑州/巩义"),
    ("03916612345", "0371", "03916612345", "CITY:济源"),
    ("03913912345", "0371", "03913912345", "CITY:焦作"),
    ("03906612345", "0371", "03906612345", "CITY:济源:low"),
    ("03975912345", "0371", "03975912345", "CITY:信阳:low"),
    ("3783912345", "0371", "03783912345", "CITY:开封:low"),
    ("+863783912345", "0371", "03783912345", "CITY:开封:low"),
    # wrong lengths behind a code that is plain to see
    ("03715501234", "0371", "03715501234", "CITY:郑州:low"),
    ("0373123456", "0371", "0373123456", "CITY:新乡:low"),
    ("0371229123456", "0371", "0371229123456", "CITY:开封:low"),
    ("0371-55012345-801", "0371", "037155012345801", "CITY:郑州:low"),
    ("037355", "0371", "037355", "UNKNOWN:malformed"),
    ("0371", "0371", "0371", "UNKNOWN:malformed"),
    ("0371110", "0371", "0371110", "CITY:郑州:low"),
    ("037112366", "0371", "037112366", "CITY:郑州:low"),
    ("039112345", "0371", "039112345", "CITY:焦作:low"),
    # local digits: only where they fit the trunk
    ("3012345", "0373", "03733012345", "CITY:新乡"),
    ("3012345", "373", "03733012345", "CITY:新乡"),
    ("6612345", "0391", "03916612345", "CITY:济源"),
    ("22912345", "0371", "037122912345", "CITY:开封"),
    ("62112345", "0371", "037162112345", "CITY:郑州/中牟"),
    ("86012345", "0379", "037986012345", "CITY:洛阳"),
    ("8601234", "0373", "03738601234", "CITY:新乡"),
    ("5501234", "0371", "5501234", "UNKNOWN:malformed"),
    ("15012345", "0371", "15012345", "UNKNOWN:malformed"),
    ("55012345", "", "55012345", "UNKNOWN:malformed"),
    ("55012345", "0999", "55012345", "UNKNOWN:malformed"),
    # international notations
    ("+86 (0)371 5501 2345", "0371", "037155012345", "CITY:郑州"),
    ("008637155012345", "0371", "037155012345", "CITY:郑州"),
    ("00860371 55012345", "0371", "037155012345", "CITY:郑州"),
    ("+037155012345", "0371", "037155012345", "CITY:郑州"),
    ("868613803710000", "0371", "13803710000", "CITY:郑州"),
    ("++8613803710000", "0371", "13803710000", "CITY:郑州"),
    ("+86013803710000", "0371", "13803710000", "CITY:郑州"),
    ("008613803710000", "0371", "13803710000", "CITY:郑州"),
    ("861065551234", "0371", "01065551234", "OUT:landline"),
    ("+862155551234", "0371", "02155551234", "OUT:landline"),
    ("+8637112345", "0371", "037112345", "CITY:郑州:low"),
    ("+8655012345", "0371", "+8655012345", "UNKNOWN:malformed"),
    ("+8695588", "0371", "95588", "UNKNOWN:service-number"),
    ("+861380371000", "0371", "+861380371000", "UNKNOWN:malformed"),
    ("+37155012345", "0371", "+37155012345", "UNKNOWN:overseas"),
    ("+442071234567", "0371", "+442071234567", "UNKNOWN:overseas"),
    ("+12", "0371", "+12", "UNKNOWN:malformed"),
    ("00112345678901234567", "0371", "00112345678901234567", "UNKNOWN:malformed"),
    ("+861064803710000", "0371", "1064803710000", "UNKNOWN:iot"),
    # area codes without 0, other provinces, merged codes
    ("3733012345", "0371", "03733012345", "CITY:新乡"),
    ("373301234567", "0371", "373301234567", "UNKNOWN:malformed"),
    ("31165551234", "0371", "031165551234", "OUT:landline"),
    ("1065551234", "0371", "01065551234", "OUT:landline"),
    ("04135712345", "0371", "04135712345", "OUT:landline"),
    ("01012345", "0371", "01012345", "OUT:landline"),
    ("03815512345", "0371", "03815512345", "UNKNOWN:unknown-area-code"),
    # mobiles
    ("086013803710000", "0371", "086013803710000", "UNKNOWN:malformed"),
    ("138-0371-0000", "0371", "13803710000", "CITY:郑州"),
    ("037113803710000", "0371", "13803710000", "CITY:郑州"),
    ("037101065551234", "0371", "01065551234", "OUT:landline"),
    ("15503901234", "0371", "15503901234", "CITY:济源"),
    ("17042011234", "0371", "17042011234", "CITY:郑州"),
    ("16800001234", "0371", "16800001234", "UNKNOWN:unknown-segment"),
    ("+8613490371234", "0371", "13490371234", "UNKNOWN:satellite"),
    ("017403711234", "0371", "17403711234", "UNKNOWN:satellite"),
    ("12803710000", "0371", "12803710000", "UNKNOWN:malformed"),
    # IP-dial prefixes: only in front of a whole number
    ("17951013803710000", "0371", "13803710000", "CITY:郑州"),
    ("17951037155012345", "0371", "037155012345", "CITY:郑州"),
    ("179518613803710000", "0371", "13803710000", "CITY:郑州"),
    ("17951008613803710000", "0371", "13803710000", "CITY:郑州"),
    ("1795100441234567890", "0371", "+441234567890", "UNKNOWN:overseas"),
    ("1790937155012345", "0371", "037155012345", "CITY:郑州"),
    ("12583113803710000", "0371", "13803710000", "CITY:郑州"),
    ("193037155012345", "0371", "037155012345", "CITY:郑州"),
    ("1258313803710000", "0371", "13803710000", "CITY:郑州"),
    ("19713803710000", "0371", "13803710000", "CITY:郑州"),
    ("1796913803710000", "0371", "13803710000", "CITY:郑州"),
    ("1795155012345", "0371", "1795155012345", "UNKNOWN:malformed"),
    ("17951380371000", "0371", "17951380371000", "UNKNOWN:malformed"),
    ("17951", "0371", "17951", "UNKNOWN:service-number"),
    # service and machine numbers
    ("4001234567", "0371", "4001234567", "UNKNOWN:service-number"),
    ("8008101234", "0371", "8008101234", "UNKNOWN:service-number"),
    ("10086", "0371", "10086", "UNKNOWN:service-number"),
    ("118114", "0371", "118114", "UNKNOWN:service-number"),
    ("1234567", "0373", "1234567", "UNKNOWN:malformed"),
    ("12345678901", "0371", "12345678901", "UNKNOWN:malformed"),
    ("99999999", "0371", "99999999", "UNKNOWN:malformed"),
    ("110", "0371", "110", "UNKNOWN:service-number"),
    ("095588", "0371", "95588", "UNKNOWN:service-number"),
    ("9611123", "0373", "9611123", "UNKNOWN:service-number"),
    ("106575123456789", "0371", "106575123456789", "UNKNOWN:service-number"),
    ("1480371000000", "0371", "1480371000000", "UNKNOWN:iot"),
    ("1064803710", "0371", "01064803710", "OUT:landline"),
    # withheld, in whatever words
    ("Restricted", "0371", "", "UNKNOWN:withheld"),
    ("<unknown>", "0371", "", "UNKNOWN:withheld"),
    ("sip:anonymous@anonymous.invalid", "0371", "", "UNKNOWN:withheld"),
    ('"Anonymous" <sip:anonymous@anonymous.invalid>', "0371", "", "UNKNOWN:withheld"),
    ("anonymous.invalid", "0371", "", "UNKNOWN:withheld"),
    ("sip:anonymous.invalid", "0371", "", "UNKNOWN:withheld"),
    ("sip:10.0.0.1", "0371", "", "UNKNOWN:withheld"),
    ("sip:@10.0.0.1", "0371", "", "UNKNOWN:withheld"),
    ("   ", "0371", "", "UNKNOWN:withheld"),
    ("---", "0371", "", "UNKNOWN:withheld"),
    ("+", "0371", "+", "UNKNOWN:malformed"),
    ("000-000", "0371", "", "UNKNOWN:withheld"),
    ("匿名", "0371", "", "UNKNOWN:withheld"),
    # URIs
    ("<sip:13803710000@10.0.0.1:5060;transport=udp>;tag=abc", "0371", "13803710000", "CITY:郑州"),
    ('"张三" <sip:13803710000@10.0.0.1>', "0371", "13803710000", "CITY:郑州"),
    ("sips:037155012345;npdi@host;user=phone", "0371", "037155012345", "CITY:郑州"),
    ("sip:%2B8613803710000@host", "0371", "13803710000", "CITY:郑州"),
    ("sip:13803710000:secret@host", "0371", "13803710000", "CITY:郑州"),
    ("sip:55012345@10.0.0.1", "0371", "037155012345", "CITY:郑州"),
    ("SIP:+8637155012345", "0371", "037155012345", "CITY:郑州"),
    ("tel:55012345;phone-context=+86371", "0373", "037155012345", "CITY:郑州"),
    ("tel:3012345;phone-context=ims.example", "0373", "03733012345", "CITY:新乡"),
    ("13803710000@ims.ha.chinamobile.com", "0371", "13803710000", "CITY:郑州"),
    # written for people
    ("１３８０３７１００００", "0371", "13803710000", "CITY:郑州"),
    ("＋８６－３７１－５５０１２３４５", "0371", "037155012345", "CITY:郑州"),
    ("\u202a+8613803710000\u202c", "0371", "13803710000", "CITY:郑州"),
    ("037155012345转801", "0371", "037155012345", "CITY:郑州"),
    ("037155012345 ext. 12", "0371", "037155012345", "CITY:郑州"),
    (" 13803710000\r\n", "0371", "13803710000", "CITY:郑州"),
    # hostile
    ("1380371\x000000", "0371", "1380371�0000", "UNKNOWN:malformed"),
    ("١٣٨٠٣٧١٠٠٠٠", "0371", "١٣٨٠٣٧١٠٠٠٠", "UNKNOWN:malformed"),
    ("13803710000';DROP TABLE calls;--", "0371", "13803710000';DROP TABLE calls;--", "UNKNOWN:malformed"),
    ("${SHELL(id)}", "0371", "${SHELL(id)}", "UNKNOWN:malformed"),
    ("500&PJSIP/1", "0371", "500&PJSIP/1", "UNKNOWN:malformed"),
]


@pytest.mark.parametrize(("raw", "trunk", "normalized", "decision"), MORE)
def test_more_of_the_kinds(raw: str, trunk: str, normalized: str, decision: str) -> None:
    found = decide(raw, trunk, henan_tables())
    assert (written(found), found.normalized) == (decision, normalized)
