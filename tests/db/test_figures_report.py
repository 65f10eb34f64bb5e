"""`hotline report` in every form, over stored calls."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.console import EXIT_BAD_INPUT, run
from core.db import connect
from core.ids import AreaId, SeatNumber
from seats.records.cel import parse
from seats.records.figures import cli
from seats.records.figures.figure import WORDS
from seats.records.writer import PlacedEvent, Shipment, store
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.cel_stories import Story, file_of

MORNING = datetime(2026, 11, 22, 1, 10, tzinfo=UTC)
"""09:10 in China."""


@pytest.fixture
async def shipped(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three calls of 洛阳 (one given up after 2 s), one of 郑州 answered late by 洛阳."""
    await roster.seed(dsn, [Seat(SeatNumber("3790001"), AreaId("luoyang"), "一号")])
    stories = [
        Story(1, MORNING, wait=3.0, talk=60.0),
        Story(2, MORNING + timedelta(minutes=31), wait=5.0, talk=30.0),
        Story(3, MORNING + timedelta(minutes=32), wait=2.0, talk=None),
        Story(4, MORNING + timedelta(minutes=40), area="zhengzhou", wait=16.0, talk=90.0),
    ]
    connection = await connect(dsn, application="test")
    events = tuple(PlacedEvent("f", it.place, it.event) for it in parse(file_of(stories), ended=True).events)
    await store(connection, Shipment(events=events))
    await connection.close()
    monkeypatch.setenv("HOTLINE_DB_DSN", dsn)
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path))
    return dsn


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(cli.main, ["--from", "2026-11-22", "--to", "2026-11-22", *words]) == 0
    return capsys.readouterr().out


def test_a_table_shows_the_standards_figures(shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {line.split()[0]: line.split()[1:] for line in said(capsys).splitlines() if "%" in line or "100.0" in line}
    assert rows["洛阳"][:9] == ["3", "2", "66.7%", "100.0%", "66.7%", "100.0%", "33.3%", "0.0%", "1"]
    assert rows["郑州"][:5] == ["1", "1", "100.0%", "100.0%", "0.0%"]
    assert rows["合计"][:3] == ["4", "3", "75.0%"]


def test_csv_is_for_spreadsheets(shipped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(csv.DictReader(io.StringIO(said(capsys, "--format", "csv", "--by", "area,half-hour"))))
    assert [(row["时段"], row["地区"], row["呼入量"]) for row in found] == [
        ("11-22 09:00", "洛阳", "1"),
        ("11-22 09:30", "洛阳", "2"),
        ("11-22 09:30", "郑州", "1"),
        ("合计", "", "4"),
    ]
    assert found[0]["平均等待时长(秒)"] == "3.000"
    assert found[-1]["接通率"] == "0.75"
    assert len(found[0]) == 2 + len(WORDS)
    file = tmp_path / "report.csv"
    said(capsys, "--format", "csv", "-o", str(file))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_json_is_for_programs(shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, "--json", "--by", "half-hour", "--area", "洛阳"))
    assert (document["version"], document["from"], document["to"]) == (
        1,
        "2026-11-21T16:00:00Z",
        "2026-11-22T16:00:00Z",
    )
    assert [(row["begins_at"], row["offered"]) for row in document["rows"]] == [
        ("2026-11-22T01:00:00Z", 1),
        ("2026-11-22T01:30:00Z", 2),
    ]
    assert document["whole"]["answered_for_others"] == 1
    assert document["whole"]["short_abandoned"] == 1


def test_html_is_one_file_with_plots_and_needs_nothing_else(shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "--format", "html", "--by", "area,half-hour")
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 4
    for plot in plots:
        ElementTree.fromstring(plot)  # noqa: S314 - our own
    assert "<script" not in page
    outside = set(re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?([^"'#\s>)]+)""", page))
    assert not [address for address in outside if not address.startswith("http://www.w3.org/")]
    assert "洛阳" in plots[0]
    for word in WORDS.values():
        assert word.chinese in page
    assert page.count('class="below"') > 0


def test_english_too(shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "connect rate" in said(capsys, "--format", "csv", "--lang", "en")
    assert 'lang="en"' in said(capsys, "--format", "html", "--lang", "en")


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "yesterday"],
        ["--from", "2026-11-22T10:00", "--to", "2026-11-22T09:00"],
        ["--by", "seat"],
        ["--area", "北京"],
        ["--format", "csv", "-o", "/no/such/folder/report.csv"],
    ],
)
def test_what_cannot_be_meant_is_one_line(shipped: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.main, words) == EXIT_BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1
