"""A caller's story, as a seat reads it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ids import LinkedId


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """One question, and what became of it."""

    question: str
    entry: str | None
    label: str
    action: str
    """`answer, confirm, human, unsure, picked`."""
    told: bool


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the transcript."""

    who: str
    """`caller` or `hotline`."""
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a caller told the voice, numbers masked."""

    linkedid: LinkedId
    at: datetime
    summary: str
    topic: str
    area: str
    """Chinese name of where the caller belongs; empty where that is not known."""
    ended: str
    """`human, served, message, callback, gone`."""
    resolved: bool
    questions: Sequence[StoryQuestion]
    transcript: Sequence[StoryLine]


def story_of(linkedid: LinkedId, at: datetime, fields: Mapping[str, Any]) -> Story:
    """From the fields of a fact or a row; what is missing or of another kind is empty."""
    return Story(
        linkedid=linkedid,
        at=at,
        summary=_text(fields, "summary"),
        topic=_text(fields, "topic"),
        area=_text(fields, "area"),
        ended=_text(fields, "ended"),
        resolved=fields.get("resolved") is True,
        questions=[
            StoryQuestion(
                _text(each, "question"),
                _text(each, "entry") or None,
                _text(each, "label"),
                _text(each, "action"),
                each.get("told") is True,
            )
            for each in _mappings(fields, "questions")
        ],
        transcript=[StoryLine(_text(each, "who"), _text(each, "text")) for each in _mappings(fields, "transcript")],
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _mappings(fields: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = fields.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
