"""Numbers that name a person are hidden, however they are spoken; amounts, dates and rates are not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import files
from knowledge.mask import mask


@pytest.mark.parametrize(
    "said",
    [
        "我手机号是13803710000",
        "我手机号是 138-0371-0000 对",
        "号码一三八零三七一零零零零",
        "幺三八,零三七幺,四个零",
        "身份证41010519800101123X",
        "身份证四幺零幺零五 幺九八零 零幺零幺 一二三叉",
        "税号91410100MA3X12345K",
        "卡号6222 0217 0200 1234 567",
        "六二二二,呃,零二幺七,然后零二零零一二三四五六七",
        "固定电话0371 65551234",
        "打６５５５１２３４找我",
    ],
)
def test_a_spoken_number_is_hidden(said: str) -> None:
    hidden = mask(said)
    assert "位号码〕" in hidden
    left = hidden.replace("位号码", "").split("〔")[0] + hidden.rpartition("〕")[2]
    assert sum(c in "0123456789零一二三四五六七八九幺０１２３４５６７８９" for c in left) == 0


@pytest.mark.parametrize(
    "said",
    [
        "月销售额不超过10万元,按季30万元",
        "2026年1月1日到2027年12月31日",
        "二零二六年三月一号到六月三十号",
        "12366人工几点上班",
        "百分之十三、百分之九、百分之六",
        "两个孩子一个月四千",
        "360天的专票",
        "六税两费",
    ],
)
def test_what_is_no_such_number_stays(said: str) -> None:
    assert mask(said) == said


def test_nothing_we_or_callers_say_is_hidden() -> None:
    for entry in files.load().entries:
        for text in (entry.answer, entry.question, *entry.phrasings):
            assert mask(text) == text


@given(st.text(alphabet="一二三四五六七八九零幺0123456789 ,-个aX", min_size=1, max_size=60))
def test_masking_twice_hides_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_hostile_line_takes_no_time() -> None:
    begun = time.process_time()
    mask("1 " * 20_000 + "," * 50_000 + "一个" * 20_000)
    assert time.process_time() - begun < 2
