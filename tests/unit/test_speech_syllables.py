"""Spoken text becomes the syllables a tax office in Henan says."""

import pytest

from ivr.speech.syllables import clauses


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("转人工", "zhuan3 ren2 gong1"),
        ("不是", "bu2 shi4"),
        ("不能", "bu4 neng2"),
        ("一个", "yi2 ge4"),
        ("一千", "yi4 qian1"),
        ("第一次", "di4 yi1 ci4"),
        ("十一月", "shi2 yi1 yue4"),
        ("统一代码", "tong3 yi1 dai4 ma3"),
        ("纳税调增", "na4 shui4 tiao2 zeng1"),
        ("济源市漯河市浚县", "ji3 yuan2 shi4 luo4 he2 shi4 xun4 xian4"),
        ("会计登记为一般纳税人", "kuai4 ji4 deng1 ji4 wei2 yi4 ban1 na4 shui4 ren2"),
        ("发票红冲", "fa1 piao4 hong2 chong1"),
        ("一会儿", "yi2 hui4 er5"),
        ("略", "lve4"),
        ("A P P", "ei1 pi4 pi4"),
    ],
)
def test_syllables(text: str, syllables: str) -> None:
    assert [" ".join(clause.syllables) for clause in clauses(text)] == [syllables]


def test_clauses_keep_their_marks_and_empty_ones_vanish() -> None:
    assert [(clause.syllables, clause.mark) for clause in clauses("，您好，，请按一。好吗？再见")] == [
        (("nin2", "hao3"), "，"),
        (("qing3", "an4", "yi1"), "。"),
        (("hao3", "ma5"), "？"),
        (("zai4", "jian4"), ""),
    ]


def test_what_nobody_can_say_is_passed_over() -> None:
    assert list(clauses("☎…🙂")) == []
