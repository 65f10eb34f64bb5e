"""Every figure has a word, a unit, a line in the README, and a place in the SQL that defines it."""

import re
from dataclasses import fields
from pathlib import Path

from seats.records.figures import figure
from seats.records.figures.figure import VERSION, WORDS, Figures
from seats.records.figures.report import IN_SHORT, moment_of, plain, shown

HERE = Path(figure.__file__).parent
KEYS = {"whole", "area", "begins_at"}


def test_every_figure_is_named_shown_and_defined_once() -> None:
    names = [field.name for field in fields(Figures) if field.name not in KEYS]
    assert names == list(WORDS)
    sql = (HERE / f"calls_v{VERSION}.sql").read_text(encoding="utf-8")
    _, _, last = sql.rpartition("SELECT")
    chosen = re.findall(r"(\w+)(?=,|\n(?:FROM|    \w))", last.split("FROM")[0])
    assert set(names) | KEYS <= {*chosen, *re.findall(r"AS (\w+)", last)}
    assert set(IN_SHORT) <= set(names)


def test_the_readme_says_what_each_means() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for name, word in WORDS.items():
        assert f"`{name}`" in readme or (name.endswith("_net") and "`…_net`" in readme), name
        if not name.endswith("_net") and not re.search(r"_p\d\d_", name):
            assert word.chinese in readme, name


def test_words_are_told_apart() -> None:
    assert (
        len({word.chinese for word in WORDS.values()}) == len({word.english for word in WORDS.values()}) == len(WORDS)
    )


def test_values_as_people_and_spreadsheets_read_them() -> None:
    assert shown("connect_rate", 0.95166) == "95.2%"
    assert shown("wait_mean_ms", 12_345) == "12.3"
    assert shown("offered", 7) == "7"
    assert shown("connect_rate", None) == "-"
    assert plain("wait_mean_ms", 12_345) == "12.345"
    assert plain("connect_rate", None) == ""


def test_a_day_is_chinas_and_as_an_end_it_is_included() -> None:
    assert moment_of("2026-11-22").isoformat() == "2026-11-21T16:00:00+00:00"
    assert moment_of("2026-11-22", end=True).isoformat() == "2026-11-22T16:00:00+00:00"
    assert moment_of("2026-11-22T08:30", end=True).isoformat() == "2026-11-22T00:30:00+00:00"
    assert moment_of("2026-11-22T08:30Z").isoformat() == "2026-11-22T08:30:00+00:00"
