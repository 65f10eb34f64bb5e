"""What a conversation notes of each question: the fact `FACT`. Pure; `heard` reads it back."""

from typing import Any

from knowledge.entry import Entry
from knowledge.mask import mask
from knowledge.verdict import Action, Verdict

FACT = "question_answered"

_SHOWN = 3


def fact_of(verdict: Verdict, *, told: bool, again: bool, entry: Entry | None = None) -> dict[str, Any]:
    """Fields of the fact on one question: `told`, the answer was spoken; `again`, it was asked before in this call.

    `entry`: what the caller chose, where that is not the first candidate.
    """
    if entry is None and verdict.candidates and verdict.action is not Action.HUMAN:
        entry = verdict.candidates[0].entry
    return {
        "question": mask(verdict.question),
        "action": verdict.action.value,
        "entry": entry.id if entry else None,
        "scope": entry.scope if entry else None,
        "version": entry.version if entry else None,
        "score": verdict.score,
        "candidates": [found.entry.id for found in verdict.candidates[:_SHOWN]],
        "told": told,
        "again": again,
    }
