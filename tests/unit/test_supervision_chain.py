"""The chain: whatever is done to the rows shows, and the same row always gives the same bytes."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import LinkedId, SeatNumber
from seats.supervision.chain import FIRST, Prover, canonical, digest_of, key_of, linked
from seats.supervision.entry import Entry, Kind, Row, cleaned

KEY = key_of("a secret")
NOW = datetime(2026, 11, 22, 4, 0, 0, 1, tzinfo=UTC)
ENTRY = Entry(
    Kind.STARTED,
    "listen",
    supervision="sv-1",
    user_name="王",
    call=LinkedId("1.2"),
    seat=SeatNumber("3710001"),
    areas=("", "zhengzhou"),
    happened_at=NOW,
)


def _rows(count: int = 6) -> list[Row]:
    rows: list[Row] = []
    previous = FIRST
    for number in range(1, count + 1):
        rows.append(linked(KEY, replace(ENTRY, reason=f"{number}"), number, NOW + timedelta(seconds=number), previous))
        previous = rows[-1].digest
    return rows


def _faults(rows: list[Row], noted: dict[int, str] | None = None) -> list[tuple[int, str]]:
    prover = Prover(KEY, noted or {})
    prover.take(rows)
    return [(fault.seq, fault.what) for fault in prover.proof().faults]


def test_an_untouched_chain_holds_in_batches_of_any_size() -> None:
    rows = _rows()
    for size in range(1, 8):
        prover = Prover(KEY, {row.seq: row.digest for row in rows})
        for start in range(0, len(rows), size):
            prover.take(rows[start : start + size])
        proof = prover.proof()
        assert (proof.intact, proof.rows, proof.last, proof.faults) == (True, 6, rows[-1].digest, ())
    assert Prover(KEY).proof().intact


Change = Callable[[list[Row]], list[Row]]


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        (lambda rows: [*rows[:2], *rows[3:]], 4),
        (lambda rows: rows[1:], 2),
        (lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]], 4),
        (lambda rows: [*rows[:3], rows[2], *rows[3:]], 3),
        (lambda rows: [*rows[:2], replace(rows[2], seq=9), *rows[3:]], 9),
        (lambda rows: [*rows[:2], replace(rows[2], digest=rows[1].digest), *rows[3:]], 3),
        (lambda rows: [*rows[:2], replace(rows[2], previous=rows[0].digest), *rows[3:]], 3),
    ],
)
def test_a_gap_a_swap_a_copy_and_a_new_number_show(change: Change, seq: int) -> None:
    assert _faults(change(_rows()))[0][0] == seq


OTHER = {str: "x", int: 77, datetime: NOW - timedelta(days=1), tuple: ("luoyang",)}


@pytest.mark.parametrize("field", [field.name for field in fields(Row)])
def test_a_change_of_any_field_shows(field: str) -> None:
    rows = _rows()
    now = getattr(rows[2], field)
    other = Kind.ENDED if field == "kind" else OTHER["".__class__ if now is None else type(now)]  # type: ignore[index]
    assert other != now
    found = _faults([*rows[:2], replace(rows[2], **{field: other}), *rows[3:]])
    assert found
    assert found[0][0] == (77 if field == "seq" else 3)


def test_rows_cut_off_at_the_end_show_by_what_was_noted_elsewhere() -> None:
    rows = _rows()
    noted = {row.seq: row.digest for row in rows}
    assert _faults(rows[:4]) == []
    assert _faults(rows[:4], noted) == [(5, "rows up to 6 were written and are gone from the end")]
    assert _faults([], noted)[0][0] == 1


def test_another_chain_by_who_has_the_key_shows_by_what_was_noted_elsewhere() -> None:
    rows = _rows()
    forged = [linked(KEY, replace(ENTRY, reason="forged"), 1, NOW, FIRST)]
    assert _faults(forged) == []
    assert (1, "another row was written in its place") in _faults(forged, {1: rows[0].digest})


def test_without_the_key_no_row_can_be_made() -> None:
    row = linked(key_of("another secret"), ENTRY, 1, NOW, FIRST)
    assert _faults([row]) == [(1, "it was changed after it was written")]


def test_the_same_moment_in_another_zone_is_the_same_row() -> None:
    row = _rows()[0]
    china = timezone(timedelta(hours=8))
    assert row.at is not None
    elsewhere = replace(row, at=row.at.astimezone(china), happened_at=NOW.astimezone(china))
    assert digest_of(KEY, elsewhere) == row.digest


def test_the_bytes_are_pinned() -> None:
    """Rows written years ago must still hold: whoever changes the form breaks every chain there is."""
    row = linked(KEY, ENTRY, 1, NOW, FIRST)
    assert canonical(row).decode() == (
        '{"areas":["","zhengzhou"],"at":"2026-11-22T04:00:00.000001+00:00","call":"1.2","destination":"","detail":"",'
        '"happened_at":"2026-11-22T04:00:00.000001+00:00","kind":"started","previous":"' + "0" * 64 + '","reason":"",'
        '"role":null,"seat":"3710001","seq":1,"source":"","supervision":"sv-1","target_id":"","target_kind":"none",'
        '"times":1,"user_name":"王","verb":"listen"}'
    )


@given(st.text(), st.text(), st.text(max_size=40))
def test_no_text_makes_a_row_that_does_not_hold(reason: str, source: str, name: str) -> None:
    entry = cleaned(replace(ENTRY, reason=reason, source=source, user_name=name))
    row = linked(KEY, entry, 1, NOW, FIRST)
    assert _faults([row]) == []
    assert (entry.reason + entry.source).isprintable()
    # Two rows that differ have different bytes: no text can move from one field into the next.
    assert (canonical(replace(row, reason=reason + "x")) == canonical(row)) is False
