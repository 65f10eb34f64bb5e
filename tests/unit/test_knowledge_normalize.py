"""Questions brought to one form, and the sounds of characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import syllables
from knowledge.features import CONCEPT, SYLLABLE, Featurizer, kinds
from knowledge.normalize import LONGEST, normalize
from knowledge.spoken import first_sentence, seconds, spoken_length


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("請問一下，三百六十天的專票還能抵扣嗎？", "360天的专票还能抵扣吗"),
        ("一般纳税人一次性扣除五百万以下", "一般纳税人一次性扣除500万以下"),
        ("百分之十五，千分之五，万分之零点五", "15%5‰0.5‱"),
        ("三个点", "3%"),
        ("一万二", "12000"),
        ("三百五", "350"),
        ("十五号", "15号"),
        ("二零二六年", "2026年"),
        ("万一罚款呢", "万一罚款呢"),
        ("千万别罚", "千万别罚"),
        ("ＡＰＰ 怎么登录", "app怎么登录"),
        ("你好，嗯，那个啥，专票", "专票"),
        ("机票 [unk] 能 抵", "机票能抵"),
        ("俺想问一下那个不是社保是个税起征点", "个税起征点"),
        ("我想问车船税，不对，我想问契税多少", "契税多少"),
        ("那个发票啊，不不不，我说错了，社保在哪交", "社保在哪交"),
        ("申报表填得不对咋改", "申报表填得不对怎么改"),
        ("小规模是不是按一个点", "小规模是不是按1%"),
        ("恁那儿中午上班不", "你那儿中午上班不"),
        ("让值班老师来接", "让值班老师来接"),
        ("我想问一下个税怎么退,谢谢您啊", "个税怎么退"),
        ("好的谢谢", "好的谢谢"),
        ("", ""),
        ("\x00\u202e\n\t🙂", ""),
    ],
)
def test_one_form(said: str, form: str) -> None:
    assert normalize(said) == form


@given(st.text(max_size=400))
def test_any_text_is_read_and_once_is_enough_for_length(text: str) -> None:
    assert len(normalize(text)) <= 4 * LONGEST


def test_homophones_share_their_syllables_and_concepts() -> None:
    featurizer = Featurizer.of(syllables.build(), {"专票": ("专票", "专用发票"), "抵扣": ("抵扣",)})
    right, wrong = featurizer.features("专票抵扣"), featurizer.features("砖票抵口")
    for kind in (SYLLABLE, CONCEPT):
        assert set(right[kinds(right) == kind]) == set(wrong[kinds(wrong) == kind])
    assert set(right) != set(wrong)


@pytest.mark.parametrize(
    ("text", "length"), [("两千元", 3), ("2000元", 3), ("30%", 5), ("5%", 4), ("APP,好", 4), ("。，", 0)]
)
def test_length_as_said(text: str, length: int) -> None:
    assert spoken_length(text) == length


def test_pauses_take_time() -> None:
    assert seconds("好。") > seconds("好")
    assert first_sentence("先说这个。再说那个。") == "先说这个"
