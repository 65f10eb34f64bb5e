"""What callers' words mean at each step, and which areas they name; quickly, whatever they say."""

import time

import pytest

from core.ids import AreaId
from ivr.prompts import texts
from ivr.session import topics
from ivr.session.places import Named, Places
from ivr.session.saying import SHORT, halves
from ivr.session.words import KEYS, Step, Wish, wish
from ivr.speech.espeak import EspeakSpeaker
from knowledge import files, syllables
from knowledge.guard import Guard
from knowledge.normalize import normalize
from knowledge.spoken import spoken_length
from routing.areas import Area
from tests.fakes.henan_tree import TREE

LIBRARY = files.load()
PLACES = Places(TREE, syllables.build())


@pytest.mark.parametrize(
    ("step", "wanted", "said"),
    [
        (Step.CONFIRM, Wish.YES, "是|是的|对|对对|没错|就是这个|中|嗯|嗯，是的|可以|好的"),
        (Step.CONFIRM, Wish.NEITHER, "不是|都不是|不对|不是这个|不，不是|哪个都不是|没有"),
        (Step.CONFIRM, Wish.FIRST, "第一个|我要第一个|前面那个|一|第1个"),
        (Step.CONFIRM, Wish.SECOND, "第二个|后面那个|二|选第二个吧"),
        (
            Step.MORE,
            Wish.BYE,
            "没有了|没了，谢谢|不用了|没问题了，再见|知道了谢谢|好的谢谢|谢谢你啊|明白了，挂了吧|就这样吧",
        ),
        (Step.MORE, Wish.OTHER, "有|还有|还有一个问题|我还有个问题|问别的"),
        (Step.MORE, Wish.AGAIN, "再说一遍|请再说一次|能不能重复一遍|没听清|没听清楚|再说一下吧|刚才说的什么"),
        (Step.MORE, Wish.NODDED, "嗯|哦|好的|嗯嗯"),
        (Step.MORE, Wish.REST, "继续|继续说|后面的|往下说"),
        (Step.ASK, Wish.SLOWER, "慢一点|请说慢点|你说得太快了|说慢一点吧|大声一点|我耳朵不好|讲慢些"),
        (Step.ASK, Wish.MESSAGE, "留言|我要留言|我想留个言|给我录个音"),
        (Step.ASK, Wish.CALLBACK, "回电|给我回个电话|让他们给我打回来|让工作人员给我回电话|预约回电"),
        (Step.ASK, Wish.PLACE, "换个城市|我想换个地方|转到别的城市"),
        (Step.CLOSED, Wish.MESSAGE, "好的|留言|要留言|是"),
        (Step.CLOSED, Wish.BYE, "不用了|不要|没事了"),
    ],
)
def test_wishes(step: Step, wanted: Wish, said: str) -> None:
    assert {text: wish(step, text) for text in said.split("|")} == dict.fromkeys(said.split("|"), wanted)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize(
    "said",
    [
        "机票能不能抵扣",
        "有没有免税",
        "好的发票怎么开",
        "退税太慢了怎么办",
        "没有发票能不能报销",
        "再开一次发票行吗",
        "",
    ],
)
def test_questions_are_no_wishes(step: Step, said: str) -> None:
    assert wish(step, said) is None


def test_no_phrasing_of_any_entry_is_a_wish() -> None:
    said = [phrasing for entry in LIBRARY.entries for phrasing in entry.phrasings]
    for step in (Step.ASK, Step.MORE):
        assert [text for text in said if wish(step, text)] == []


def test_no_wish_hides_a_person() -> None:
    guard = Guard(LIBRARY)
    hidden = [
        text for text in LIBRARY.handover if guard.wants_person(normalize(text)) and any(wish(s, text) for s in Step)
    ]
    assert hidden == []


def test_every_step_has_the_keys_that_hold_everywhere() -> None:
    for keys in KEYS.values():
        assert (keys["0"], keys["9"], keys["*"]) == (Wish.HUMAN, Wish.AGAIN, Wish.SLOWER)


@pytest.mark.parametrize(
    "piece", ["那就", "好的", "嗯", "谢谢", "再说一遍", "我想要", "没有了", "是", "我是在转到", "洛阳", "\x00", "的"]
)
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    for length in (12, 24, 60, 4000):
        text = (piece * length)[:length]
        for step in Step:
            wish(step, text)
        PLACES.named(text)
        PLACES.named(text + "洛阳" + text)
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize("area", [area for area in TREE if area.kind != "province"], ids=lambda area: area.id)
def test_every_area_by_name(area: Area) -> None:
    name, found = area.name, area.id
    for text in (f"我是{name}的", f"{name}", f"我在{name}", f"帮我转到{name}人工", f"我们公司在{name}"):
        assert PLACES.named(text) == Named(found, meant=True), text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("我是罗阳的", Named(AreaId("luoyang"), True)),
        ("我是正州的", Named(AreaId("zhengzhou"), True)),
        ("我是洛阳的，租房能抵多少", Named(AreaId("luoyang"), True, "租房能抵多少")),
        ("洛阳的社保怎么交", Named(AreaId("luoyang"), False)),
        ("我不是郑州的我是洛阳的", None),
        ("租房能抵多少", None),
        ("我是北京的", None),
        ("", None),
    ],
)
def test_names_in_what_callers_say(text: str, named: Named | None) -> None:
    if named is not None or "郑州" not in text:
        assert PLACES.named(text) == named
    else:
        assert (found := PLACES.named(text)) is not None
        assert not found.meant or found.area != "zhengzhou"


def test_the_menu_names_entries_there_are() -> None:
    groups = topics.load()
    known = {entry.id for entry in LIBRARY.entries}
    assert 1 <= len(groups) <= 8
    for group in groups:
        assert 1 <= len(group.entries) <= 8
        assert set(group.entries) <= known


def test_halves_are_the_whole() -> None:
    for entry in LIBRARY.entries:
        head, rest = halves(entry.answer)
        assert head + rest == entry.answer
        assert head
        assert not rest or spoken_length(head) <= SHORT


def test_the_voice_says_the_opening_within_six_seconds() -> None:
    speaker = EspeakSpeaker()
    spoken = [speaker.say(texts.load()[key].text, pace=texts.load()[key].pace) for key in ("talk_hello", "talk_ask")]
    assert sum(len(one.samples) / one.rate for one in spoken) <= 6.0
