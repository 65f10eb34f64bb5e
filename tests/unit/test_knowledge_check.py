"""The lint sees each thing an editor can get wrong, and nothing wrong with what is there."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from knowledge import files
from knowledge.check import PHRASINGS, check, far_apart
from knowledge.entry import Entry, Library, Review

TODAY = date(2026, 11, 22)
SCOPES = frozenset({"henan", "zhengzhou"})
LIBRARY = files.load()
SOUND = LIBRARY.entries[0]


def errors(entry: Entry, *others: Entry) -> list[str]:
    entries = (entry, *others, *(one for one in LIBRARY.entries if one.id in entry.related))
    found = check(Library(entries), TODAY, SCOPES)
    return [finding.text for finding in found if finding.entry == entry.key and finding.level == "error"]


def test_what_is_there_is_sound() -> None:
    found = check(LIBRARY, TODAY, SCOPES)
    assert [finding for finding in found if finding.level == "error"] == []
    assert len({entry.id for entry in LIBRARY.entries}) >= 150


def test_what_rests_on_changing_rules_needs_review() -> None:
    by_id = {entry.id: entry for entry in LIBRARY.entries}
    for name in ("vat.rates", "vat.small_scale_threshold", "pref.six_two", "other.disabled_fund", "svc.hall_hours"):
        assert by_id[name].review is Review.NEEDED
    ending = [entry for entry in LIBRARY.entries if entry.valid_until == date(2027, 12, 31)]
    assert ending
    assert all(entry.review is Review.NEEDED for entry in ending)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "长" * 61 + "。"}, "first sentence"),
        ({"answer": "。".join(["很长的一句话说个没完没了"] * 12)}, "s to say"),
        ({"answer": "请看http://a.b"}, "cannot be said"),
        ({"answer": "用Chrome打开"}, "letter by letter"),
        ({"label": "Edge打不开"}, "letter by letter"),
        ({"label": "一二三四五六七八九十一二三"}, "label"),
        ({"basis": ()}, "no legal basis"),
        ({"basis": (" ",)}, "no legal basis"),
        ({"scope": "beijing"}, "scope"),
        ({"valid_until": date(2000, 1, 1)}, "ends before"),
        ({"version": 0}, "version"),
        ({"review": Review.NEEDED, "answer": "就是这样,没有例外。"}, "review is needed"),
        ({"related": ("no.such",)}, "no such entry"),
        ({"related": (SOUND.id,)}, "no such entry"),
        ({"phrasings": SOUND.phrasings[: PHRASINGS - 1]}, "phrasings, 12 at least"),
        ({"phrasings": tuple(f"请问{n}怎么开电子发票呢" for n in range(20))}, "far apart"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], says: str) -> None:
    assert any(says in text for text in errors(dataclasses.replace(SOUND, **change))), says


def test_the_same_question_in_two_entries_is_named() -> None:
    other = dataclasses.replace(SOUND, id="invoice.other")
    found = check(Library((SOUND, other)), TODAY, SCOPES)
    same = [finding for finding in found if f"asks the same as {SOUND.id}" in finding.text]
    assert {finding.entry for finding in same} == {other.key}
    assert len(same) == len({SOUND.question, *SOUND.phrasings})


def test_an_entry_past_its_day_is_a_warning() -> None:
    past = dataclasses.replace(SOUND, valid_until=date(2026, 1, 1))
    found = check(Library((past,)), TODAY, SCOPES)
    assert any("not spoken" in finding.text and finding.level == "warning" for finding in found)


def test_a_year_that_is_over_is_a_warning() -> None:
    entry = next(one for one in LIBRARY.entries if "2026年度" in one.answer)
    assert not [f for f in check(Library((entry,)), TODAY, SCOPES) if "which is over" in f.text]
    found = [f for f in check(Library((entry,)), date(2027, 1, 1), SCOPES) if f.level == "warning"]
    assert [f.text for f in found] == ["speaks of 2026, which is over: still so?"]


def test_a_changed_prefix_does_not_make_a_phrasing() -> None:
    assert far_apart([f"{prefix}怎么开具数电发票" for prefix in ("请问", "我想问", "麻烦问下", "老师", "你好")]) == 1
    assert far_apart(["票丢了咋办", "电子税务局登不上"]) == 2
