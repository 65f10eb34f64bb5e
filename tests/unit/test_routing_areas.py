"""The province's data file and the tree made of it."""

from pathlib import Path

import pytest

from core.errors import BadInput, MissingComponent
from routing import areas
from routing.tables import province_tree

TEXT = (Path(areas.__file__).parent / "data" / "henan.toml").read_text(encoding="utf-8")
TREE = areas.parse(TEXT)


def test_henan_is_whole() -> None:
    assert TREE.root.name == "河南"
    assert len(TREE.cities) == 18
    assert {county.name for county in TREE.counties} == {"巩义", "项城", "永城", "固始", "邓州", "中牟"}
    assert sum(city.share for city in TREE) == pytest.approx(100)
    assert max(TREE.cities, key=lambda city: city.share).name == "郑州"
    assert min(city.share for city in TREE.cities) == 1.1


def test_every_way_to_an_area() -> None:
    assert TREE.area("luoyang") is TREE.named("洛阳") is TREE.named("洛阳市") is TREE.named("luoyang")
    assert [city.name for city in TREE.cities if city.code == "0371"] == ["郑州", "开封"]
    assert TREE.city_of("gongyi") is TREE.city_of("zhengzhou") is TREE.area("zhengzhou")
    assert TREE.named("北京") is None
    assert "henan" in TREE
    assert "beijing" not in TREE
    with pytest.raises(KeyError):
        TREE.area("beijing")


def test_pairs_are_mutual_and_counties_share_their_citys() -> None:
    for city in TREE.cities:
        assert city.pair is not None
        assert TREE.area(city.pair).pair == city.id
    for county in TREE.counties:
        assert (county.code, county.pair) == (TREE.city_of(county.id).code, TREE.city_of(county.id).pair)


def test_longest_prefix_speaks() -> None:
    code = TREE.codes["0371"]
    assert code.area_of("62112345") == "zhongmu"
    assert code.area_of("62012345") == "zhengzhou"
    assert code.area_of("22112345") == "kaifeng"
    lengths = [len(prefix) for prefix, _ in code.prefixes]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[province]", "[province", "not TOML"),
        ('id = "henan"', 'ident = "henan"', "KeyError"),
        ('parent = "zhengzhou"', 'parent = "beijing"', "no city"),
        ('pair = "kaifeng"', 'pair = "nowhere"', "pair of zhengzhou"),
        ('pair = "kaifeng"', 'pair = "zhengzhou"', "pair of zhengzhou"),
        ('id = "kaifeng"', 'id = "zhengzhou"', "two areas"),
        ('default = "jiaozuo"', 'default = "luoyang"', "menu or default of 0391"),
        ('code = "0379"\n', 'code = "0398"\n', "0398 is shared"),
        ('code = "0378"', 'code = "0371"', "withdrawn code 0371"),
    ],
)
def test_wrong_province_data_is_named(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    with pytest.raises(BadInput, match=complaint):
        areas.parse(TEXT.replace(old, new, 1))


def test_another_province_is_another_file() -> None:
    with pytest.raises(MissingComponent, match=r"known: henan"):
        province_tree("hebei")
    with pytest.raises(MissingComponent):
        province_tree("../henan")
    assert province_tree("henan") == TREE
