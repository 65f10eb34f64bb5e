"""The journal keeps every fact it accepted, says so when it cannot, and never stands in a call's way."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import TurnedClock
from core.ids import LinkedId
from core.journal import LINE_LIMIT, Journal, JournalReader, JournalUnwritable, fact_from

CALL = LinkedId("1795316598.0")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 22, 3, 0, tzinfo=UTC))


def test_facts_come_back_as_they_went_in(tmp_path: Path, clock: TurnedClock) -> None:
    journal = Journal(tmp_path, clock)
    named = journal.append(
        "routing_decided", CALL, {"area": "郑州", "tries": 0, "alternatives": ["kaifeng"], "county": None}
    )
    journal.append("asterisk_started", None, {})
    first, second = JournalReader(tmp_path)
    assert (first.id, first.kind, first.at, first.call) == (named, "routing_decided", clock.now(), CALL)
    assert first.fields == {"area": "郑州", "tries": 0, "alternatives": ["kaifeng"], "county": None}
    assert (second.kind, second.call, second.fields) == ("asterisk_started", None, {})
    assert first.id != second.id


def test_one_fact_is_one_line_whatever_it_holds(tmp_path: Path, clock: TurnedClock) -> None:
    Journal(tmp_path, clock).append("said", CALL, {"name": 'a\n"b"\r\0\udcff\u2028', "share": float("nan")})
    (segment,) = tmp_path.iterdir()
    assert segment.read_bytes().count(b"\n") == 1
    (fact,) = JournalReader(tmp_path)
    assert fact.fields == {"name": 'a\n"b"\r��\u2028', "share": None}, "what Postgres cannot hold is replaced"


def test_writers_have_segments_of_their_own_and_no_id_is_used_twice(tmp_path: Path, clock: TurnedClock) -> None:
    journals = [Journal(tmp_path, clock, segment_bytes=300) for _ in range(3)]
    for number in range(30):
        journals[number % 3].append("counted", None, {"number": number})
    reader = JournalReader(tmp_path)
    facts = list(reader)
    assert sorted(fact.fields["number"] for fact in facts) == list(range(30))
    assert len({fact.id for fact in facts}) == 30
    assert len(reader.segments()) > 3, "a segment that has grown is followed by another"


def test_a_torn_last_line_waits_until_it_is_whole(tmp_path: Path, clock: TurnedClock) -> None:
    Journal(tmp_path, clock).append("counted", None, {"number": 1})
    (segment,) = tmp_path.iterdir()
    whole = segment.read_bytes()
    reader = JournalReader(tmp_path)
    for length in range(len(whole)):
        segment.write_bytes(whole[:length])
        batch = reader.read(segment.name, 0)
        assert (batch.facts, batch.unreadable, batch.offset) == ((), (), 0)
    segment.write_bytes(whole + whole[:20])
    batch = reader.read(segment.name, 0)
    assert len(batch.facts) == 1
    assert batch.offset == len(whole)


def test_lines_that_are_no_facts_are_handed_over_not_dropped(tmp_path: Path) -> None:
    good = b'{"id":"a-1","kind":"k","at":"2026-11-22T03:00:00+00:00","call":null,"fields":{}}'
    bad = [b"", b"[]", b"{}", b"\xff", good.replace(b"+00:00", b""), good.replace(b"null", b"7"), b"[" * 100_000]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join([good, *bad, good, b""]))
    batch = JournalReader(tmp_path).read("x.jsonl", 0)
    assert len(batch.facts) == 2
    assert [line.line for line in batch.unreadable] == bad
    assert batch.offset == (tmp_path / "x.jsonl").stat().st_size


def test_bytes_without_any_line_end_do_not_stop_the_reader(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"\0" * (5 * LINE_LIMIT))
    batch = JournalReader(tmp_path).read("x.jsonl", 0)
    assert batch.offset > 0
    assert batch.unreadable


def test_an_unwritable_folder_is_an_error_of_ours_and_mending_it_is_enough(tmp_path: Path, clock: TurnedClock) -> None:
    folder = tmp_path / "journal"
    folder.write_text("a file where the folder should be")
    journal = Journal(folder, clock)
    with pytest.raises(JournalUnwritable, match="free or mend"):
        journal.append("counted", None, {})
    assert not journal.note("counted", None, {}), "a call's path gets an answer, not an error"
    assert (journal.appended, journal.refused) == (0, 2)
    folder.unlink()
    assert journal.note("counted", None, {})
    assert (journal.appended, journal.refused) == (1, 2)


def test_a_disk_that_fills_in_mid_line_tears_only_that_line(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, clock)
    journal.append("counted", None, {"number": 1})
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, data: write(file, data[:20]))
        with pytest.raises(JournalUnwritable, match="No space left"):
            journal.append("counted", None, {"number": 2})
    journal.append("counted", None, {"number": 3})
    assert sorted(fact.fields["number"] for fact in JournalReader(tmp_path)) == [1, 3]


def test_a_fact_beyond_the_limit_is_refused(tmp_path: Path, clock: TurnedClock) -> None:
    journal = Journal(tmp_path, clock)
    with pytest.raises(JournalUnwritable, match="longer than"):
        journal.append("counted", None, {"text": "x" * LINE_LIMIT})
    assert list(JournalReader(tmp_path)) == []


def test_a_segment_goes_when_it_is_shipped_and_its_writer_has_gone(tmp_path: Path, clock: TurnedClock) -> None:
    journal = Journal(tmp_path, clock)
    journal.append("counted", None, {"number": 1})
    reader = JournalReader(tmp_path)
    (segment,) = reader.segments()
    assert not reader.remove_shipped(segment, reader.size(segment)), "its writer may go on writing"
    journal.close()
    assert not reader.remove_shipped(segment, 0), "it is not shipped"
    assert reader.remove_shipped(segment, reader.size(segment))
    assert reader.segments() == []


def test_a_killed_writer_holds_no_segment(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from core.clock import SystemClock; from core.journal import Journal;"
        "Journal(pathlib.Path(sys.argv[1]), SystemClock()).append('counted', None, {}); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=20)
    reader = JournalReader(tmp_path)
    (segment,) = reader.segments()
    assert len(list(reader)) == 1
    assert reader.remove_shipped(segment, reader.size(segment))


def test_a_fact_is_read_from_the_form_it_is_written_in(tmp_path: Path, clock: TurnedClock) -> None:
    Journal(tmp_path, clock).append("counted", CALL, {})
    (segment,) = tmp_path.iterdir()
    line = segment.read_bytes()
    assert set(json.loads(line)) == {"id", "kind", "at", "call", "fields"}
    assert fact_from(line).call == CALL
