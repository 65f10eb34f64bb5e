"""Numbers that name a person are hidden, however they are spoken; amounts, dates and rates are not."""

import re
import time
from pathlib import Path

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


def lines(name: str) -> list[str]:
    return (Path(__file__).parent / "numbers" / name).read_text(encoding="utf-8").splitlines()


def test_numbers_in_hard_shapes_are_hidden() -> None:
    """With pauses and asides in between, letters, groups, corrections, homophones, days of birth, plates, codes."""
    digits = re.compile("[0-9０-９零〇一二三四五六七八九幺壹叁捌]")
    left = {text: re.sub("〔.*?位号码〕", "", mask(text)) for text in lines("hidden.txt")}
    # Two digits may stay: a group spoken as 「一百三十八」 begins so.
    assert {text: rest for text, rest in left.items() if rest == text or len(digits.findall(rest)) > 2} == {}


def test_dates_amounts_and_years_in_hard_shapes_stay() -> None:
    assert {text: mask(text) for text in lines("kept.txt") if mask(text) != text} == {}


def test_a_group_alone_is_part_of_a_number() -> None:
    assert mask("零零幺三八") == "〔5位号码〕"
    assert mask("嗯 八八六六九") == "嗯 〔5位号码〕"
    assert mask("12366") == "12366"
    assert mask("10000") == "10000"
    assert mask("二零二六") == "二零二六"


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
    mask("12345税" * 20_000)
    mask("豫A1 410105" * 10_000)
    assert time.process_time() - begun < 2
