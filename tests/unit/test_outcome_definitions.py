"""Exactly one outcome a call, whatever happened in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product

import pytest

from core.ids import LinkedId
from seats.records.interpret import interpret
from seats.records.outcome import DEFINITIONS, Ending, outcome_of
from seats.records.record import EndedBy, Outcome
from seats.records.truth import truths
from tests.fakes.cel_stories import Story, events

BEGINS = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
EVENTS = ("CALLBACK_BOOKED", "MESSAGE_LEFT", "SELF_SERVED", "NOT_REACHED", "TOLD")
GAVE_UP = Ending(interrupted=False, joined=False, queued=True, ended_by=EndedBy.CALLER, said=frozenset())


def test_every_outcome_is_defined_once_and_the_last_definition_always_holds() -> None:
    assert sorted(outcome for outcome, _ in DEFINITIONS) == sorted(Outcome)
    assert DEFINITIONS[-1][1](Ending(False, False, False, EndedBy.UNKNOWN, frozenset()))


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (GAVE_UP, Outcome.ABANDONED_IN_QUEUE),
        (replace(GAVE_UP, queued=False), Outcome.ABANDONED_IN_MENU),
        (replace(GAVE_UP, joined=True), Outcome.ANSWERED),
        (replace(GAVE_UP, said=frozenset({"TOLD"})), Outcome.TOLD_AND_ENDED),
        (replace(GAVE_UP, said=frozenset({"TOLD", "MESSAGE_LEFT"})), Outcome.MESSAGE_LEFT),
        (replace(GAVE_UP, said=frozenset({"SELF_SERVED", "CALLBACK_BOOKED"})), Outcome.CALLBACK_BOOKED),
        (replace(GAVE_UP, joined=True, said=frozenset({"CALLBACK_BOOKED"})), Outcome.ANSWERED),
        (replace(GAVE_UP, ended_by=EndedBy.PLATFORM), Outcome.FAILED),
        (replace(GAVE_UP, ended_by=EndedBy.UNKNOWN), Outcome.FAILED),
        (replace(GAVE_UP, ended_by=EndedBy.PLATFORM, said=frozenset({"SELF_SERVED"})), Outcome.SELF_SERVED),
        (replace(GAVE_UP, joined=True, interrupted=True), Outcome.INTERRUPTED),
    ],
)
def test_what_each_ending_is(ending: Ending, outcome: Outcome) -> None:
    assert outcome_of(ending) is outcome


def test_stories_of_every_kind_have_the_outcome_a_plain_count_gives_them() -> None:
    said = list(chain.from_iterable(combinations(EVENTS, count) for count in range(3)))
    seen = set()
    for number, (words, wait, talk, end) in enumerate(product(said, (None, 3.0), (None, 9.0), ("caller", "platform"))):
        if talk is not None and wait is None:
            continue
        told = events(Story(number, BEGINS, wait=wait, talk=talk, end=end, said=words))  # type: ignore[arg-type]
        record = interpret(told)
        assert record.outcome == truths(told)[record.linkedid].outcome
        seen.add(record.outcome)
    assert seen == set(Outcome) - {Outcome.INTERRUPTED}


@pytest.mark.parametrize(
    ("story", "after"),
    [
        (Story(1, BEGINS, menu=4.0, wait=None, talk=None), 4000),
        (Story(1, BEGINS, menu=4.0, wait=7.5, talk=None), 7500),
        (Story(1, BEGINS, menu=4.0, wait=7.5), None),
        (Story(1, BEGINS, wait=7.5, talk=None, end="platform"), None),
    ],
)
def test_how_long_a_caller_bore_it(story: Story, after: int | None) -> None:
    assert interpret(events(story)).abandoned_after_ms == after


def test_a_call_cut_off_by_asterisks_death_is_interrupted() -> None:
    story = Story(1, BEGINS, talk=5.0, end="death")
    record = interpret(events(story), (), BEGINS + timedelta(seconds=30))
    assert record.outcome is Outcome.INTERRUPTED
    assert truths(events(story))[LinkedId(story.linkedid)].outcome == Outcome.INTERRUPTED
