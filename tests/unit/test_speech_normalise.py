"""Written text is read out as a person would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.normalise import spoken
from ivr.speech.numerals import LARGEST, quantity

READINGS = [
    # telephone numbers and codes
    ("欢迎致电12366热线", "欢迎致电幺二三六六热线"),
    ("拨打110或12345", "拨打幺幺零或幺二三四五"),
    ("或者打110报警", "或者打幺幺零报警"),
    ("用360浏览器", "用三六零浏览器"),
    ("手机13803710000。", "手机幺三八，零三七幺，零零零零。"),
    ("座机0371-65331234", "座机零三七幺，六五三三，幺二三四"),
    ("电话400-123-4567", "电话四零零，幺二三，四五六七"),
    ("例如0371，按#键结束", "例如零三七幺，按井号键结束"),
    ("按0转人工，按2返回，按*重听", "按零转人工，按二返回，按星号重听"),
    ("信用代码91410100MA44", "信用代码九幺四幺，零幺零零，M A四四"),
    ("单号20261122000123", "单号二零二六，幺幺二二，零零零幺，二三"),
    # dates and times
    ("2026年1月15日前", "二零二六年一月十五日前"),
    ("3月1日-6月30日", "三月一日到六月三十日"),
    ("2024年—2027年", "二零二四年到二零二七年"),
    ("截至2026-02-02", "截至二零二六年二月二日"),
    ("2023—2027年", "二零二三到二零二七年"),
    ("26年3月", "二六年三月"),
    ("8:30-12:00", "八点半到十二点"),
    ("14:00～17:30", "十四点到十七点半"),
    ("9:05", "九点零五分"),
    ("2:00", "两点"),
    # shares
    ("税率13%、9%", "税率百分之十三、百分之九"),
    ("3%-45%", "百分之三到百分之四十五"),
    ("3～5%", "百分之三到百分之五"),
    ("0.5‰", "千分之零点五"),
    ("13%、9%、6%三档", "百分之十三、百分之九、百分之六，三档"),
    ("税率20%30%", "税率百分之二十，百分之三十"),
    ("100%", "百分之一百"),
    ("1/3", "三分之一"),
    ("1:1", "一比一"),
    # amounts
    ("不超过10万元", "不超过十万元"),
    ("12366元", "一万两千三百六十六元"),
    ("1,234.56元", "一千二百三十四元五角六分"),
    ("12.50元", "十二元五角"),
    ("0.5元", "五角"),
    ("0.05元", "五分"),
    ("1.05元", "一元零五分"),
    ("2.20元", "两元两角"),
    ("2元", "两元"),
    ("0元", "零元"),
    ("¥100", "一百元"),
    ("¥3.5万", "三点五万元"),
    ("3000-5000元", "三千到五千元"),
    ("1.5亿", "一点五亿"),
    # counts
    ("2个工作日", "两个工作日"),
    ("2月2日第2步", "二月二日第二步"),
    ("超过360天", "超过三百六十天"),
    ("3-5个工作日", "三到五个工作日"),
    ("90㎡以下", "九十平方米以下"),
    ("2024年第11号", "二零二四年第十一号"),
    ("财会〔2020〕6号", "财会，二零二零年，六号"),
    # letters and addresses
    ("个人所得税APP", "个人所得税A P P"),
    ("下载PDF/OFD", "下载P D F、O F D"),
    ("https://www.chinatax.gov.cn/。", "C H I N A T A X点G O V点C N。"),
    ("a_1@qq.com", "A下划线幺艾特Q Q点C O M"),
    # signs
    ("您好!!“测试”(试用)……完", "您好！测试，试用，完"),
    ("一行\n两行", "一行。两行"),
    ("１２３６６和５％", "幺二三六六和百分之五"),
]


@pytest.mark.parametrize(("written", "said"), READINGS, ids=[written for written, _ in READINGS])
def test_reading(written: str, said: str) -> None:
    assert spoken(written) == said


@given(st.text(alphabet="0123456789.,:-/%元年月日号第个万 ¥#*()税请按aZ~@", max_size=40))
def test_whatever_comes_no_digit_or_sign_is_left_and_reading_again_changes_nothing(written: str) -> None:
    said = spoken(written)
    assert not set(said) & set("0123456789%¥#*@()/~-,.:")
    assert spoken(said) == said


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (110, "一百一十"),
        (2000, "两千"),
        (10050, "一万零五十"),
        (100_000, "十万"),
        (22_002, "二万两千零二"),
        (1_000_001, "一百万零一"),
        (100_000_005, "一亿零五"),
        (1_2345_6789, "一亿两千三百四十五万六千七百八十九"),
        (-7, "负七"),
    ],
)
def test_quantity(number: int, words: str) -> None:
    assert quantity(number) == words


def test_a_number_too_large_is_refused_as_a_quantity_and_read_digit_by_digit() -> None:
    with pytest.raises(ValueError, match="too large"):
        quantity(LARGEST + 1)
    assert spoken("1" * 20 + "元") == "幺" * 20 + "元"


_VALUES = {c: v for v, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def _value(words: str) -> int:
    """What a listener understands: the reverse of `quantity`, written another way."""
    for unit, worth in (("万亿", 10**12), ("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10)):
        if unit in words:
            left, right = words.split(unit, 1)
            return (_value(left) if left else 1) * worth + (_value(right) if right else 0)
    digits = words.lstrip("零")
    assert len(digits) <= 1, words
    return _VALUES[digits] if digits else 0


@given(st.integers(min_value=0, max_value=LARGEST))
def test_a_quantity_is_understood_as_the_number_it_was(number: int) -> None:
    assert _value(quantity(number)) == number
