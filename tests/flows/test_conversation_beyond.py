"""Who is told that nobody is there and what then; who talks on without a pause; in virtual time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.ids import AreaId
from ivr.session.conversation import converse
from ivr.session.ending import Abandoned, Arrival, Ending, Handover, MessageLeft
from ivr.session.ports import Keys, Utterance
from knowledge.told import FACT
from routing.reception import OPEN, Reception
from tests.fakes.scripted_answers import LOST, PASSENGER, entry, scripted_house
from tests.fakes.scripted_caller import Barge, ScriptedCaller, Turn
from tests.flows.test_conversation import CALL, LUOYANG, ZHENGZHOU, Told, talk

CLOSED_CITY = Reception("off_hours", ("closed_off_hours", "day_1", "hour_08", "minute_30", "open_again"))


async def talk_met(met: Callable[[AreaId], Reception], *turns: Turn, area: AreaId | None) -> Told:
    caller = ScriptedCaller(*turns)
    house, answers, notes = scripted_house(caller.clock)
    result = await converse(caller, Arrival(CALL, area, closed=True), replace(house, met=met))
    return Told(result, caller, notes, answers)


async def test_who_is_told_that_nobody_is_there_hears_when_somebody_will_be() -> None:
    told = await talk_met(lambda area: CLOSED_CITY, "转人工", "留言", area=ZHENGZHOU)
    assert told.keys[2:8] == [*CLOSED_CITY.says, "talk_closed"]
    assert told.ending == MessageLeft()


@pytest.mark.parametrize("wish", ["转人工", Keys("0")])
async def test_a_closed_citys_caller_gets_the_province_by_word_or_key_while_it_is_open(wish: Turn) -> None:
    open_province = replace(CLOSED_CITY, province_open=True)
    told = await talk_met(lambda area: open_province, "转人工", wish, area=ZHENGZHOU)
    assert "closed_menu_province" in told.keys
    assert told.ending == Handover(province=True)


@pytest.mark.parametrize(("said", "ending"), [("洛阳", Handover()), ("郑州", MessageLeft())])
async def test_where_nothing_is_known_of_the_caller_their_citys_hours_count_not_the_provinces(
    said: str, ending: Ending
) -> None:
    met = {"luoyang": OPEN}
    told = await talk_met(lambda area: met.get(area, CLOSED_CITY), "机票能不能抵扣", "转人工", said, "留言", area=None)
    assert "talk_closed_more" not in told.keys
    assert "talk_which_area" in told.keys
    assert told.result.area == {"洛阳": "luoyang", "郑州": "zhengzhou"}[said]
    assert isinstance(told.ending, type(ending))


async def test_nobody_is_asked_for_their_city_when_every_city_is_closed() -> None:
    told = await talk_met(lambda area: CLOSED_CITY, "转人工", "留言", area=None)
    assert "talk_which_area" not in told.keys
    assert "talk_closed" in told.keys


# Who talks on without a pause.

RAMBLING = Utterance("我跟你说这个事情呀它是这么回事去年三月份我那个亲戚跟人合伙", cut=True)


async def test_a_monologue_fetches_a_person_kindly_and_at_once() -> None:
    told = await talk(RAMBLING)
    assert told.keys == ["talk_hello", "talk_ask", "talk_long"]
    assert told.ending == Handover(told.result.story["topic"], "long")


async def test_a_monologue_with_an_answer_is_answered_once() -> None:
    told = await talk(Utterance("机票能不能抵扣", cut=True), Utterance("发票丢了怎么办", cut=True))
    assert entry(PASSENGER).answer in told.text
    assert entry(LOST).answer not in told.text
    assert told.keys[-1] == "talk_long"
    assert isinstance(told.ending, Handover)


async def test_a_monologue_off_hours_or_of_an_unknown_area_is_asked_what_others_are() -> None:
    assert (await talk(RAMBLING, "留言", closed=True)).ending == MessageLeft(RAMBLING.text[:12])
    told = await talk(RAMBLING, "洛阳", area=None)
    assert told.said[1].keys == ("talk_long", "talk_which_area")
    assert (told.result.area, told.ending) == (LUOYANG, Handover(RAMBLING.text[:12], "long"))
    wanted = await talk(Utterance("哎呀我说了半天你给我转人工", cut=True), "洛阳", area=None)
    assert wanted.result.area == LUOYANG


async def test_who_hangs_up_while_a_person_is_fetched_has_not_been_handed_over() -> None:
    assert (await talk(RAMBLING, hangs_up_after=9.0)).ending == Abandoned()
    fetched = (await talk("机票能不能抵扣", RAMBLING)).said[-1].at
    assert (await talk("机票能不能抵扣", RAMBLING, hangs_up_after=fetched + 1.0)).ending == Abandoned()


@pytest.mark.parametrize("noise", ["的的", "报", "五五五不"])
async def test_a_noise_taken_for_a_syllable_or_two_neither_ends_the_answer_nor_asks_what_was_meant(noise: str) -> None:
    told = await talk("机票能不能抵扣", Barge(noise), "没有了")
    assert "talk_unclear" not in told.keys
    assert told.text.count(entry(PASSENGER).answer) == 2
    assert [fact["question"] for fact in told.notes.of(FACT)] == ["机票能不能抵扣"]
