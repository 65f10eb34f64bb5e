"""Asking for a person in any words, and what only sounds like it."""

from pathlib import Path

import pytest

from knowledge import files
from knowledge.guard import Guard
from knowledge.normalize import normalize

QUESTIONS = Path(__file__).parent / "questions"
LIBRARY = files.load()
GUARD = Guard(LIBRARY)


def lines(*names: str) -> list[str]:
    return [line for name in names for line in (QUESTIONS / name).read_text(encoding="utf-8").splitlines()]


def test_wishes_for_a_person_are_seen() -> None:
    asked = lines("guard/handover.txt", "unseen/handover.txt")
    missed = [text for text in asked if not GUARD.wants_person(normalize(text))]
    assert len(missed) <= 0.02 * len(asked), missed


def test_no_question_of_ours_and_nothing_alike_is_taken_for_one() -> None:
    said = [phrasing for entry in LIBRARY.entries for phrasing in (entry.question, *entry.phrasings)]
    alike = lines("guard/not_handover.txt", "unseen/not_handover.txt", "unseen/uncovered.txt", "unseen/far.txt")
    wrong = [text for text in (*said, *LIBRARY.not_handover, *alike) if GUARD.wants_person(normalize(text))]
    assert wrong == []


def test_covered_questions_are_not_taken_for_one() -> None:
    asked = [line.split("\t")[1] for line in lines("unseen/covered.tsv")]
    assert [text for text in asked if GUARD.wants_person(normalize(text))] == []


@pytest.mark.parametrize("text", ["发票的事说不清,给我转人工", "别跟我说这些了", "转人工转人工", "人工"])
def test_plain_words_win_over_a_matter(text: str) -> None:
    assert GUARD.wants_person(normalize(text))


def test_a_foreign_word_is_named_unless_the_entry_says_it() -> None:
    entry = next(entry for entry in LIBRARY.entries if entry.id == "vat.rates")
    assert GUARD.foreign_term(normalize("土地增值税税率有几档"), entry) == "土地增值税"
    assert GUARD.foreign_term(normalize("增值税税率有几档"), entry) == ""
