"""What a door decides for every kind of caller, and how it says so to the dialplan."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agi_scripts import steps
from agi_scripts import variables as v
from agi_scripts.steps import Bearings, Step
from core.errors import BadInput
from core.ids import AreaId
from routing.reception import OPEN, Reception
from tests.fakes.henan import henan_tables

BEARINGS = Bearings(henan_tables(), "0371", "12366", "service", lambda number: None)
LANDLINE = {v.FROM: "<sip:03735123456@carrier>", v.TRUSTED: "1", v.DIALLED: "12366"}
SHARED = {v.FROM: "<sip:03912123456@carrier>", v.TRUSTED: "1", v.DIALLED: "12366"}
WITHHELD = {v.FROM: "<sip:anonymous@anonymous.invalid>", v.TRUSTED: "1", v.DIALLED: "12366"}


def remembering(area: str) -> Bearings:
    return replace(BEARINGS, remembered=lambda number: AreaId(area))


def routed(step: Step) -> dict[str, object]:
    found: dict[str, object] = json.loads(step.variables[v.ROUTED])
    return found


def answered(heard: Mapping[str, str], question: str, keys: str, tries: int = 1) -> dict[str, str]:
    return {**heard, v.QUESTION: question, v.KEYS: keys, v.TRIES: str(tries)}


def test_a_known_number_goes_to_its_areas_queue() -> None:
    step = steps.incoming(LANDLINE, BEARINGS)
    assert step.variables[v.QUEUE] == "xinxiang"
    assert step.variables[v.AREA] == "新乡"
    assert step.variables[v.SHOWN_NUMBER] == step.variables[v.SHOWN_NAME] == "03735123456"
    assert routed(step)["reason"] == "area-code"
    assert step.decided["decided_by"] == "service"


def test_a_caller_nobody_can_place_is_asked_after_the_welcome() -> None:
    step = steps.incoming(WITHHELD, BEARINGS)
    assert step.variables == {
        v.QUESTION: "region/1",
        v.TRIES: "1",
        v.SAY: "hotline/welcome&hotline/ask_region",
        v.KEY_COUNT: "4",
        v.NEXT: "ask",
    }
    assert not step.decided


def test_a_shared_code_is_asked_once_and_remembered() -> None:
    first = steps.incoming(SHARED, BEARINGS)
    assert first.variables[v.SAY] == "hotline/welcome&hotline/ask_shared_0391"
    second = steps.keyed(answered(SHARED, first.variables[v.QUESTION], "2"), BEARINGS)
    assert second.variables[v.QUEUE] == "jiyuan"
    assert second.keyed == ("03912123456", "jiyuan")
    assert (second.decided["reason"], second.decided["asked_because"], second.decided["tries"]) == (
        "keyed",
        "shared",
        1,
    )
    again = steps.incoming(SHARED, remembering("jiyuan"))
    assert (again.variables[v.QUEUE], routed(again)["reason"]) == ("jiyuan", "remembered")


def test_a_remembered_area_that_is_gone_is_asked_again() -> None:
    assert steps.incoming(SHARED, remembering("atlantis")).variables[v.NEXT] == "ask"


def test_an_answer_nobody_understands_is_asked_again_with_sorry() -> None:
    step = steps.keyed(answered(WITHHELD, "region/1", "77"), BEARINGS)
    assert step.variables[v.SAY] == "hotline/not_understood&hotline/ask_region"
    assert (step.variables[v.QUESTION], step.variables[v.TRIES]) == ("region/2", "2")


def test_a_shared_code_keyed_leads_to_its_question_without_sorry() -> None:
    step = steps.keyed(answered(WITHHELD, "region/1", "0371"), BEARINGS)
    assert step.variables[v.SAY] == "hotline/ask_shared_0371"
    assert step.variables[v.KEY_COUNT] == "1"


@pytest.mark.parametrize(("question", "keys", "human"), [("region/3", "", False), ("region/1", "0", True)])
def test_three_silences_or_key_0_lead_to_the_province(question: str, keys: str, human: bool) -> None:
    step = steps.keyed(answered(WITHHELD, question, keys, 3), BEARINGS)
    assert step.variables[v.QUEUE] == "henan"
    assert step.decided["wanted_human"] is human
    assert step.keyed is None


def test_an_answer_of_a_caller_without_number_is_not_remembered() -> None:
    step = steps.keyed(answered(WITHHELD, "region/1", "0379"), BEARINGS)
    assert (step.variables[v.QUEUE], step.keyed) == ("luoyang", None)


@pytest.mark.parametrize("question", ["", "region", "region/9", "shared/0371", "x" * 5000, "region/1\n"])
def test_a_question_nobody_asked_is_refused(question: str) -> None:
    with pytest.raises(BadInput):
        steps.keyed(answered(WITHHELD, question, "1"), BEARINGS)


def test_privacy_hides_the_number_from_the_seat_and_not_from_routing() -> None:
    heard = {**WITHHELD, v.ASSERTED: "<sip:03735123456@carrier>", v.PRIVACY: "id"}
    step = steps.incoming(heard, BEARINGS)
    assert (step.variables[v.SHOWN_NUMBER], step.variables[v.SHOWN_NAME]) == ("anonymous", "保密")
    assert step.variables[v.QUEUE] == "xinxiang"
    assert step.decided["private"] is True


def test_a_stranger_asserts_nothing() -> None:
    heard = {**LANDLINE, v.TRUSTED: "", v.ASSERTED: "<sip:03791234567@carrier>"}
    assert steps.incoming(heard, BEARINGS).variables[v.QUEUE] == "xinxiang"


@given(st.dictionaries(st.sampled_from(v.HEARD), st.text(max_size=2000)))
@settings(max_examples=200, deadline=None)
def test_whatever_is_heard_a_step_is_taken_that_asterisk_can_hold(heard: dict[str, str]) -> None:
    step = steps.incoming(heard, BEARINGS)
    assert list(step.variables)[-1] == v.NEXT
    for value in step.variables.values():
        assert len(value.encode()) < 1000
        assert not set("\r\n\0") & set(value)
    if step.variables[v.NEXT] == "queue":
        assert step.variables[v.QUEUE] in henan_tables().tree
        assert "queue" in routed(step)
        assert set(step.variables[v.SHOWN_NUMBER]) <= set("0123456789+anonymous")


@given(st.text(max_size=30), st.sampled_from(["region/1", "region/3", "shared/0391/2", "shared/0371/3"]))
@settings(max_examples=200, deadline=None)
def test_whatever_is_keyed_is_an_answer(keys: str, question: str) -> None:
    step = steps.keyed(answered(WITHHELD, question, keys), BEARINGS)
    assert step.variables[v.NEXT] in {"queue", "ask"}


def test_a_long_decision_is_cut_by_whole_fields() -> None:
    decided = dict(steps.incoming(LANDLINE, BEARINGS).decided)
    cut = json.loads(steps._event({**decided, "alternatives": ["x" * 40] * 30}))
    assert cut["data_version"] == decided["data_version"]
    assert "alternatives" not in cut


def chosen(heard: Mapping[str, str], keys: str, question: str = "region/1", bearings: Bearings = BEARINGS) -> Step:
    return steps.keyed({**answered(heard, question, keys), v.CHOSEN: "yes"}, bearings)


def test_another_city_by_key_wins_over_the_number_and_is_not_remembered() -> None:
    step = chosen(LANDLINE, "0379")
    assert step.variables[v.QUEUE] == "luoyang"
    assert routed(step)["reason"] == "chosen"
    assert step.decided["normalized"] == "03735123456"
    assert step.decided["alternatives"] == ["xinxiang"]
    assert step.keyed is None


def test_who_asked_for_another_city_and_named_none_goes_where_they_belong() -> None:
    assert chosen(LANDLINE, "", "region/3").variables[v.QUEUE] == "xinxiang"
    assert chosen(SHARED, "", "region/3").variables[v.QUEUE] == "henan"
    assert chosen(SHARED, "", "region/3", remembering("jiyuan")).variables[v.QUEUE] == "jiyuan"
    assert chosen(LANDLINE, "0").variables[v.QUEUE] == "henan"
    assert chosen(LANDLINE, "99").variables[v.QUESTION] == "region/2"


def test_who_asked_for_a_city_is_not_sent_to_the_voice_again() -> None:
    voice = replace(BEARINGS, voice=frozenset({"all"}))
    assert steps.incoming(LANDLINE, voice).variables[v.VOICE] == "yes"
    assert steps.incoming(LANDLINE, replace(BEARINGS, voice=frozenset({"luoyang"}))).variables[v.VOICE] == ""
    assert chosen(LANDLINE, "0379", bearings=voice).variables[v.VOICE] == ""


def test_a_caller_nobody_can_place_is_asked_by_the_voice_where_there_is_one() -> None:
    for voice, spoken in (({"all"}, True), ({"henan"}, True), ({"luoyang"}, False)):
        step = steps.incoming({}, replace(BEARINGS, voice=frozenset(voice)))
        assert (step.variables.get(v.VOICE) == "yes") is spoken
        assert step.variables[v.NEXT] == ("queue" if spoken else "ask")
        assert step.variables.get(v.QUEUE) == ("henan" if spoken else None)


def test_how_an_area_meets_its_callers_is_told_and_kept() -> None:
    met = Reception("holiday", ("closed_holiday", "day_1", "hour_08", "open_again"), True, ("notices/0",))
    shut = replace(BEARINGS, reception=lambda area: met if area == "xinxiang" else OPEN)
    step = steps.incoming(LANDLINE, shut)
    assert step.variables[v.CLOSED] == routed(step)["closed"] == step.decided["closed"] == "holiday"
    assert step.variables[v.CLOSED_SAYS].startswith("hotline/closed_holiday&hotline/day_1&")
    assert (step.variables[v.PROVINCE_OPEN], step.variables[v.NOTICE]) == ("yes", "hotline/notices/0")
    elsewhere = chosen(LANDLINE, "0379", bearings=shut)
    assert (elsewhere.variables[v.CLOSED], elsewhere.decided["closed"]) == ("", None)


@given(keys=st.text(max_size=12), attempt=st.integers(1, 3))
def test_no_keys_break_the_choice_of_another_city(keys: str, attempt: int) -> None:
    step = chosen(LANDLINE, keys, f"region/{attempt}")
    assert step.variables[v.NEXT] in {"ask", "queue"}
