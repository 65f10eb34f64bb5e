"""The policy card: what is particular about an area, nearest first, and files that say what is wrong with them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.errors import BadInput
from knowledge import files
from knowledge.cards import LocalFact, card, read
from knowledge.entry import Review
from tests.fakes.henan_tree import TREE

DAY = date(2026, 11, 22)
FACT = """[[fact]]
area = "luoyang"
topic = "办税服务厅"
text = "测试路 1 号"
source = "测试"
review = "needed"
"""


def test_every_shipped_fact_is_of_an_area_and_holds() -> None:
    facts = read(known=lambda name: name in TREE)
    assert {fact.area for fact in facts} >= {"henan", "zhengzhou", "kaifeng"}
    assert all(fact.holds_on(DAY) for fact in facts)


def test_a_city_has_its_own_facts_then_the_provinces() -> None:
    facts = [LocalFact(area, area, "x", "y", Review.DONE) for area in ("henan", "luoyang", "kaifeng")]
    found = card(("luoyang", "henan"), (), facts, DAY)
    assert [fact.area for fact in found.facts] == ["luoyang", "henan"]


def test_a_citys_wording_comes_before_the_provinces_and_what_holds_everywhere_is_left_out() -> None:
    country = next(entry for entry in files.load().entries if entry.scope == "country" and not entry.retired)
    province, city = replace(country, scope="henan"), replace(country, scope="luoyang", review=Review.NEEDED)
    over = replace(country, id="x.over", scope="luoyang", valid_until=date(2026, 11, 21))
    found = card(("luoyang", "henan"), (country, province, city, over), (), DAY)
    assert [(entry.id, entry.scope, entry.confirmed) for entry in found.entries] == [(country.id, "luoyang", False)]


def test_a_fact_that_is_over_or_to_come_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"{FACT}valid_from = 2026-11-23\n{FACT}valid_until = 2026-11-21\n", "utf-8")
    facts = read(tmp_path)
    assert len(facts) == 2
    assert not card(("luoyang",), (), facts, DAY).facts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[fact]", "not TOML"),
        ("[[hall]]\nname = 'x'", "only"),
        (FACT.replace("luoyang", "beijing"), "beijing is no area"),
        (FACT + "phone = '1'", "unknown 'phone'"),
        (FACT.replace('text = "测试路 1 号"', ""), "text is missing"),
        (FACT.replace("办税服务厅", "办" * 13), "longer than 12"),
        (FACT.replace("needed", "soon"), "done or needed"),
        (FACT + "valid_from = 'today'", "valid_from is a day"),
    ],
)
def test_a_wrong_file_says_which_fact(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.toml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=says):
        read(tmp_path, known=lambda name: name in TREE)
