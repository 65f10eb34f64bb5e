"""The file of hours: whole or not at all, read when it changed, and never the reason a caller is dropped."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from routing.hours import ALWAYS_OPEN, Closure, Notice, opening
from routing.hours_edit import announce, checked_text, close, grounded, in_turn, set_hours, set_peak
from routing.hours_file import HoursFile, HoursUnwritable, as_json, change, load, parse
from routing.reception import reception
from routing.tables import province_tree

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TREE = province_tree("henan")
EDITS = (
    grounded(TREE, NOW),
    set_hours("all", "mon-fri 08:30-12:00,13:30-17:30; lunch cover; peak 08:00-20:00"),
    set_hours("henan", "always"),
    close(Closure("kaifeng", NOW, None, "停电", "cli"), NOW),
    announce(Notice("luoyang", "系统升级", "notices/0", None, "cli", NOW), NOW),
    set_peak("2026-12", datetime(2026, 12, 18, tzinfo=UTC).date()),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written = change(tmp_path / "home" / "hours.json", in_turn(EDITS))
    assert load(tmp_path / "home" / "hours.json") == written
    assert written.parents["zhongmu"] == "zhengzhou"
    assert written.days.years[-1] >= 2026


def test_a_change_is_seen_by_the_next_look_and_a_broken_file_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "hours.json"
    file = HoursFile(path)
    assert file.calendar() is ALWAYS_OPEN
    change(path, in_turn(EDITS))
    assert not opening("kaifeng", NOW, file.calendar()).open
    assert file.calendar() is file.calendar()
    with caplog.at_level(logging.ERROR):
        path.write_text('{"version": 1, "hours": {', encoding="utf-8")
        assert file.calendar() is ALWAYS_OPEN
        assert file.calendar() is ALWAYS_OPEN
    assert len(caplog.records) == 1
    path.unlink()
    assert file.calendar() is ALWAYS_OPEN


def test_nobody_writes_over_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "hours.json"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="mend it"):
        change(path, in_turn(EDITS))
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_disk_that_takes_nothing_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HoursUnwritable, match="nothing has changed"):
        change(tmp_path / "file" / "hours.json", in_turn(EDITS))


def test_writers_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "hours.json"
    cities = [city.id for city in TREE.cities]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda area: change(path, set_hours(area, "mon 08:00-09:00")), cities))
    assert set(load(path).hours) == set(cities)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
GOOD = as_json(in_turn(EDITS)(ALWAYS_OPEN))


@given(st.sampled_from(sorted(GOOD)), trees, st.booleans())
def test_whatever_stands_in_the_file_a_call_is_decided(key: str, value: object, gone: bool) -> None:
    broken = {name: it for name, it in GOOD.items() if not (gone and name == key)}
    if not gone:
        broken[key] = value
    text = json.dumps(broken)
    try:
        calendar = parse(json.loads(text))
    except (BadInput, KeyError, TypeError, ValueError, AttributeError):
        return
    for area in ("henan", "kaifeng", "zhongmu", "nowhere"):
        reception(TREE.root.id if area == "nowhere" else TREE.area(area).id, TREE.root.id, NOW, calendar)


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_times_nobody_means_are_refused(year: int) -> None:
    far = NOW.replace(year=year)
    with pytest.raises(BadInput):
        close(Closure("kaifeng", far, None), NOW)
    with pytest.raises(BadInput):
        announce(replace(Notice("kaifeng", "a", "b"), until=far), NOW)


@pytest.mark.parametrize("text", ["", " \n", "长" * 101, "a\x1b[2Jb", "a\u202eb"])
def test_an_announcement_is_a_short_plain_text(text: str) -> None:
    with pytest.raises(BadInput):
        checked_text(text)
    assert checked_text(" 系统\n升级 ") == "系统 升级"
