"""The conversation, from the caller's side, in virtual time: what they hear, how it ends, what is noted."""

from dataclasses import dataclass, replace

import pytest

from core.ids import AreaId, LinkedId
from ivr.session.conversation import LONGEST, TURNS, converse
from ivr.session.ending import (
    Abandoned,
    Arrival,
    CallbackBooked,
    Ending,
    Handover,
    MessageLeft,
    Result,
    SelfServed,
)
from ivr.session.ports import Keys, Silence, SpeechLost, Utterance
from ivr.session.saying import halves
from knowledge.told import FACT
from routing.reception import OPEN, Reception
from tests.fakes.scripted_answers import LOST, PASSENGER, QUOTA, Notes, ScriptedAnswers, entry, scripted_house
from tests.fakes.scripted_caller import HANGS_UP, Barge, ScriptedCaller, Spoken, Turn

ZHENGZHOU, LUOYANG = AreaId("zhengzhou"), AreaId("luoyang")
CALL = LinkedId("1700000000.1")


@dataclass(frozen=True)
class Told:
    result: Result
    caller: ScriptedCaller
    notes: Notes
    answers: ScriptedAnswers

    @property
    def ending(self) -> Ending:
        return self.result.ending

    @property
    def said(self) -> list[Spoken]:
        return self.caller.said

    @property
    def keys(self) -> list[str]:
        """Prompts heard, in order."""
        return [key for spoken in self.said for key in spoken.keys]

    @property
    def text(self) -> str:
        return "\n".join(spoken.text for spoken in self.said)


async def talk(
    *turns: Turn,
    area: AreaId | None = ZHENGZHOU,
    closed: bool = False,
    notice: str = "",
    hangs_up_after: float = 1e9,
) -> Told:
    caller = ScriptedCaller(*turns, hangs_up_after=hangs_up_after)
    house, answers, notes = scripted_house(caller.clock)
    result = await converse(caller, Arrival(CALL, area, closed, notice), house)
    return Told(result, caller, notes, answers)


# The plain way.


async def test_a_question_is_answered_and_goodbye_ends_it_served() -> None:
    told = await talk("机票能不能抵扣", "没有了谢谢")
    assert told.ending == SelfServed()
    assert entry(PASSENGER).answer in told.text
    assert told.keys[:3] == ["talk_hello", "talk_ask", "talk_more_questions"]
    assert told.keys[-1] == "talk_thanks"


async def test_the_welcome_takes_at_most_six_seconds_and_the_notice_stands_in_it() -> None:
    told = await talk()
    assert told.said[0].seconds <= 6.2  # reckoned; the voice itself is measured in test_session_words
    assert "请直接说出您的问题" in told.said[0].text
    assert "按0转人工" in told.said[0].text
    noticed = await talk(notice="hotline/notice-zhengzhou")
    assert noticed.said[0].text.index("12366") < noticed.said[0].text.index("<hotline/notice-zhengzhou>")


async def test_hanging_up_after_the_whole_answer_is_served_before_it_is_abandoned() -> None:
    assert (await talk("机票能不能抵扣", HANGS_UP)).ending == SelfServed()
    assert (await talk(HANGS_UP)).ending == Abandoned()
    cut = await talk("机票能不能抵扣", hangs_up_after=12.0)
    assert cut.ending == Abandoned()
    assert cut.notes.of(FACT)[0]["told"] is True
    assert cut.notes.of(FACT)[0]["whole"] is False


async def test_related_questions_are_offered_and_taken_by_word_and_key() -> None:
    related = entry(PASSENGER).related
    assert related
    first = entry(related[0])
    for way in ("第一个", Keys("3")):
        told = await talk("机票能不能抵扣", way, "没有了")
        assert first.label in told.text
        assert first.answer in told.text
        assert told.notes.of(FACT)[1]["action"] == "picked"
    assert len(related) < 2 or "，或者" in (await talk("机票能不能抵扣")).text


async def test_another_question_after_the_first() -> None:
    told = await talk("机票能不能抵扣", "还有一个问题", "发票丢了怎么办", "再见")
    assert entry(LOST).answer in told.text
    assert [fact["entry"] for fact in told.notes.of(FACT)] == [PASSENGER, LOST]


async def test_the_answer_again_by_word_and_key() -> None:
    for way in ("再说一遍", "没听清楚", Keys("1"), Keys("9")):
        told = await talk("机票能不能抵扣", way, "没有了")
        assert told.text.count(entry(PASSENGER).answer) == 2
        assert [fact["again"] for fact in told.notes.of(FACT)] == [False, True]


async def test_who_hangs_up_into_goodbye_is_served_all_the_same() -> None:
    told = await talk("机票能不能抵扣", Barge("没有了谢谢", 1.0), hangs_up_after=12.2)
    assert told.keys[-1] == "talk_thanks"
    assert told.ending == SelfServed()


# A person, at every step.

HUMAN_WAYS: tuple[Keys | str, ...] = ("转人工", "我要找个人说", "别跟我说这些了,叫你们的人来", Keys("0"))
STEPS: dict[str, tuple[Turn, ...]] = {
    "welcome": (),
    "after an answer": ("机票能不能抵扣",),
    "choosing": ("开票额度的事",),
    "after a miss": ("啊吧啊吧啦啦",),
    "after silence": (Silence(),),
    "in the menu": (Keys("1"),),
    "in a topic": (Keys("1"), Keys("2")),
    "asked where": ("换个城市",),
    "invited": ("机票能不能抵扣", "有"),
    "slower": ("慢一点",),
    "without speech": (SpeechLost("killed"),),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("way", HUMAN_WAYS, ids=str)
async def test_a_person_at_every_step_in_any_wording(step: str, way: Turn) -> None:
    told = await talk(*STEPS[step], way)
    assert isinstance(told.ending, Handover)
    assert told.ending.why == "asked"


@pytest.mark.parametrize("way", HUMAN_WAYS, ids=str)
async def test_a_person_is_had_in_the_midst_of_an_answer(way: Keys | str) -> None:
    told = await talk("机票能不能抵扣", Barge(way, 2.0))
    assert isinstance(told.ending, Handover)
    assert told.ending.topic == entry(PASSENGER).label


@pytest.mark.parametrize(
    ("turn", "why"), [(Silence(), "silent"), ("呜哩哇啦呜哩", "unclear"), (Utterance(""), "unclear")]
)
async def test_two_misses_or_silences_fetch_a_person(turn: Turn, why: str) -> None:
    told = await talk(turn, turn)
    assert told.ending == Handover("" if why == "silent" or turn == Utterance("") else "呜哩哇啦呜哩", why)
    assert told.said[-1].pace < 1
    after = await talk("机票能不能抵扣", Silence(), Silence())
    assert isinstance(after.ending, Handover)


# Asking back.


@pytest.mark.parametrize("way", ["第一个", "前面那个", Keys("1"), "开票额度的事"])
async def test_one_of_two_choices(way: Turn) -> None:
    told = await talk("开票额度的事", way, "没有了")
    assert f"您是想问{entry(QUOTA).label}，还是" in told.text
    assert entry(QUOTA).answer in told.text
    assert told.ending == SelfServed()
    assert told.notes.of(FACT)[-1]["told"] is True


@pytest.mark.parametrize("way", ["是", "是的", "对", "嗯", "中", Keys("1"), "第一个"])
async def test_yes_to_one_choice(way: Turn) -> None:
    told = await talk("抵扣的事", way)
    assert f"您是想问{entry(PASSENGER).label}吗？" in told.text
    assert entry(PASSENGER).answer in told.text


@pytest.mark.parametrize("way", ["不是", "都不是", Keys("2")])
async def test_no_asks_for_other_words_and_what_was_refused_is_not_offered_again(way: Turn) -> None:
    told = await talk("抵扣的事", way, "抵扣的事")
    assert "talk_rephrase" in told.keys
    assert entry(PASSENGER).answer not in told.text
    assert isinstance(told.ending, Handover)


async def test_neither_of_two_by_key_three_then_another_question() -> None:
    told = await talk("开票额度的事", Keys("3"), "机票能不能抵扣", "没有了")
    assert entry(PASSENGER).answer in told.text
    assert told.ending == SelfServed()


async def test_yes_to_two_choices_says_nothing() -> None:
    told = await talk("开票额度的事", "是的", "第二个")
    assert "talk_choose_two" in told.keys
    assert halves(entry("invoice.quota_what").answer)[0] in told.text


async def test_what_hardly_was_speech_is_asked_back_before_it_is_answered() -> None:
    told = await talk(Utterance("机票能不能抵扣", 0.9, 0.7), "是")
    assert f"您是想问{entry(PASSENGER).label}吗？" in told.text
    assert entry(PASSENGER).answer in told.text


# Older callers.


@pytest.mark.parametrize("way", ["慢一点", "你说得太快了", "听不清楚,我耳朵不好", Keys("*")])
async def test_slower_on_request(way: Turn) -> None:
    told = await talk("机票能不能抵扣", way)
    paces = [spoken.pace for spoken in told.said]
    assert paces[0] == 1.0
    assert paces[-1] < 1.0
    assert "talk_slower" in told.keys


async def test_in_the_slow_mode_long_answers_come_in_two_parts() -> None:
    told = await talk("慢一点", "机票能不能抵扣", "继续", "没有了")
    answer = entry(PASSENGER).answer
    assert answer not in told.text
    spoken = [one.text for one in told.said if one.text and one.text in answer]
    assert "".join(spoken) == answer
    assert "talk_rest" in told.keys
    assert "talk_more_keys" in told.keys


# Where the caller belongs.


@pytest.mark.parametrize(
    ("said", "area"),
    [
        ("我是洛阳的", "luoyang"),
        ("我在巩义", "gongyi"),
        ("帮我转到济源", "jiyuan"),
        ("我们公司在固始县", "gushi"),
        ("我是罗阳的", "luoyang"),
    ],
)
async def test_any_area_by_name(said: str, area: str) -> None:
    told = await talk(said, "转人工")
    assert (told.result.area, told.result.moved) == (area, True)
    assert isinstance(told.ending, Handover)


async def test_an_area_with_a_question_and_an_area_with_a_wish() -> None:
    told = await talk("我是洛阳的,机票能不能抵扣", "没有了")
    assert told.result.area == LUOYANG
    assert ("机票能不能抵扣", ("luoyang", "henan", "country")) in told.answers.asked
    assert entry(PASSENGER).answer in told.text
    wished = await talk("转洛阳的人工")
    assert (wished.result.area, wished.ending) == (LUOYANG, Handover("", "asked"))


async def test_a_city_in_a_question_is_its_scope_and_moves_nobody() -> None:
    told = await talk("洛阳的社保有什么政策规定呢", "转人工", area=ZHENGZHOU)
    assert told.answers.asked[-2][1][0] == "luoyang"
    assert (told.result.area, told.result.moved) == (ZHENGZHOU, False)


async def test_who_belongs_nowhere_is_asked_only_before_a_person_is_fetched() -> None:
    served = await talk("机票能不能抵扣", "没有了", area=None)
    assert "talk_which_area" not in served.keys
    told = await talk("转人工", "洛阳", area=None)
    assert told.keys[-1] == "talk_which_area"
    assert (told.result.area, told.ending) == (LUOYANG, Handover("", "asked"))
    keyed = await talk("转人工", Keys("0379"), area=None)
    assert keyed.result.area == LUOYANG
    shared = await talk("转人工", Keys("0371"), Keys("2"), area=None)
    assert shared.result.area == "kaifeng"
    assert "ask_shared_0371" in shared.keys


@pytest.mark.parametrize("ways", [("转人工",), (Keys("0"),), (Silence(), Silence()), ("听不懂啦啦啦", "不知道呀呀")])
async def test_who_does_not_say_where_goes_to_the_province(ways: tuple[Turn, ...]) -> None:
    told = await talk("转人工", *ways, area=None)
    assert (told.result.area, told.result.moved) == (None, False)
    assert isinstance(told.ending, Handover)


# Keys do all that speech does.


async def test_a_topic_by_keys_alone() -> None:
    told = await talk(Keys("1"), Keys("2"), Keys("1"), Keys("#"))
    assert told.ending == SelfServed()
    assert entry("invoice.issue_digital").answer in told.text


async def test_speech_lost_leads_to_the_menu_and_keys_serve() -> None:
    told = await talk(SpeechLost("killed"), Keys("5"), Keys("3"), Keys("2"), Keys("1"), Keys("1"), Keys("#"))
    assert told.keys.index("talk_keys_only") < told.keys.index("talk_menu_end")
    assert entry("soc.resident_med_how").answer in told.text
    assert told.ending == SelfServed()
    silent = await talk(SpeechLost("frozen"), Silence(), Silence())
    assert isinstance(silent.ending, Handover)


async def test_another_area_by_keys() -> None:
    told = await talk(Keys("3"), Keys("0379"), Keys("0"))
    assert told.result.area == LUOYANG


# Barging in.


async def test_a_cough_or_a_nod_starts_the_answer_again_and_does_not_stop_it_twice() -> None:
    for noise in (Utterance(""), "嗯嗯", "好的"):
        told = await talk("机票能不能抵扣", Barge(noise, 2.0), Barge("哦", 2.0), "没有了")
        assert told.text.count(entry(PASSENGER).answer) == 2
        assert told.ending == SelfServed()
        assert told.notes.of(FACT)[0]["told"] is True


async def test_a_question_into_the_answer_is_answered() -> None:
    told = await talk("机票能不能抵扣", Barge("发票丢了怎么办", 2.0), "没有了")
    assert entry(LOST).answer in told.text
    assert [fact["whole"] for fact in told.notes.of(FACT)] == [False, True]


async def test_a_question_into_the_welcome_is_answered() -> None:
    told = await talk(Barge("机票能不能抵扣", 1.0), "没有了")
    assert told.ending == SelfServed()
    assert told.said[0].seconds == 1.0


async def test_who_speaks_into_goodbye_is_listened_to() -> None:
    told = await talk("机票能不能抵扣", "没有了", Barge("发票丢了怎么办", 0.5), "没有了")
    assert entry(LOST).answer in told.text


# Outside working hours.


async def test_off_hours_it_answers_and_tells_of_the_message() -> None:
    told = await talk("机票能不能抵扣", "留言", closed=True)
    assert "talk_closed_more" in told.keys
    assert told.ending == MessageLeft(entry(PASSENGER).label)


@pytest.mark.parametrize(
    ("way", "ending"),
    [
        (Keys("1"), MessageLeft()),
        ("留言", MessageLeft()),
        ("好的", MessageLeft()),
        (Keys("2"), CallbackBooked()),
        ("让他们给我回电话", CallbackBooked()),
        ("不用了", Abandoned()),
        (Silence(), Handover("", "silent")),
        (Keys("0"), Handover("", "asked")),
    ],
)
async def test_who_wants_a_person_off_hours_is_offered_the_message(way: Turn, ending: Ending) -> None:
    told = await talk("转人工", way, closed=True)
    assert "talk_closed" in told.keys
    assert told.ending == ending


@pytest.mark.parametrize(("said", "told_closed"), [("我是洛阳的", True), ("我是开封的", False)])
async def test_another_city_has_hours_of_its_own(said: str, told_closed: bool) -> None:
    caller = ScriptedCaller(said, "转人工", Keys("1"))
    house, _, _ = scripted_house(caller.clock)
    house = replace(house, met=lambda area: Reception("off_hours") if area == "luoyang" else OPEN)
    result = await converse(caller, Arrival(CALL, ZHENGZHOU, closed=not told_closed), house)
    assert isinstance(result.ending, MessageLeft if told_closed else Handover)


async def test_off_hours_a_question_still_goes_on() -> None:
    told = await talk("转人工", "机票能不能抵扣", "没有了", closed=True)
    assert entry(PASSENGER).answer in told.text


# It always ends, whatever they say.

HOSTILE: tuple[Turn, ...] = (
    "嗯", "再说一遍", "慢一点", "是", "第二个", "换个城市", "我是洛阳的", "机票能不能抵扣", "开票额度的事", "有",
    "税" * 5000, "那就" * 12, "好的" * 12, "一" * 24, "\x00\ud800${SHELL(id)}<b>'; DROP TABLE calls;--\r\n", "‮abc",
    Utterance(""), Keys("7"), Keys("*"), Keys("#"), Keys("9"), Keys("1"), Keys("3"), Silence(), SpeechLost("again"),
)  # fmt: skip


@pytest.mark.parametrize("turn", HOSTILE, ids=lambda turn: repr(turn)[:24])
@pytest.mark.parametrize("first", [(), ("机票能不能抵扣",), ("开票额度的事",), ("转人工",)], ids=len)
@pytest.mark.parametrize("closed", [False, True])
async def test_saying_the_same_for_ever_ends(turn: Turn, first: tuple[Turn, ...], closed: bool) -> None:
    told = await talk(*first, *[turn] * (TURNS + 5), area=None, closed=closed)
    assert not isinstance(told.ending, Abandoned) or told.keys[-1] == "talk_thanks"
    assert told.caller.clock.monotonic() <= LONGEST + 120
    assert len(repr(told.result.story)) < 100_000


@pytest.mark.parametrize("after", range(1, 120, 3))
async def test_hanging_up_at_any_time_is_clean_and_leaves_a_story(after: int) -> None:
    told = await talk(
        "机票能不能抵扣", "慢一点", "开票额度的事", "第二个", "换个城市", "洛阳", "再见", hangs_up_after=float(after)
    )
    assert isinstance(told.ending, Abandoned | SelfServed)
    assert len(told.notes.of("story")) == 1
    assert told.caller.clock.monotonic() <= after


# What is noted.


async def test_the_story_tells_the_seat_what_was_asked_and_answered() -> None:
    told = await talk("机票能不能抵扣", "啦啦啦咕噜咕噜", "转人工")
    story = told.notes.of("story")[0]
    assert story == told.result.story
    assert story["summary"] == "郑州；机票火车票抵扣（已答）、啦啦啦咕噜咕噜（没听懂）；要求人工"
    assert [line["action"] for line in story["questions"]] == ["answer", "unsure", "human"]
    assert story["area"] == "郑州"
    assert (story["ended"], story["human"], story["resolved"]) == ("human", True, False)
    assert {"who": "caller", "text": "机票能不能抵扣"} in story["transcript"]
    assert isinstance(told.ending, Handover)
    assert len(told.ending.topic) <= 12


async def test_numbers_a_caller_speaks_are_hidden_wherever_words_are_kept() -> None:
    told = await talk("我的身份证是四一零一零五一九八零零一零一一二三四", "我电话13812345678", Keys("0"))
    kept = repr(told.notes) + repr(told.result)
    assert "13812345678" not in kept
    assert "一九八零" not in kept
    assert "位号码" in kept


async def test_each_question_is_a_fact_with_version_and_score() -> None:
    told = await talk("机票能不能抵扣", "没有了")
    (fact,) = told.notes.of(FACT)
    assert (fact["entry"], fact["version"], fact["score"]) == (PASSENGER, entry(PASSENGER).version, 0.9)
    assert (fact["action"], fact["told"], fact["whole"], fact["again"]) == ("answer", True, True, False)


async def test_a_conversation_that_never_ends_is_handed_to_a_person() -> None:
    turns = ["机票能不能抵扣", "发票丢了怎么办"] * TURNS
    assert (await talk(*turns)).ending == Handover(entry(PASSENGER).label, "long")
