"""What a conversation leaves for whoever talks with the caller next, and for the records. Pure; numbers masked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ivr.session.ending import Abandoned, CallbackBooked, Ending, Handover, MessageLeft, SelfServed
from ivr.session.ports import Heard, Keys, Silence, SpeechLost, Utterance
from knowledge.entry import Entry
from knowledge.mask import mask
from knowledge.told import fact_of
from knowledge.verdict import Action, Candidate, Verdict

FACT: Final = "story"
TOPIC: Final = 12
"""Characters of a topic."""
_LINES: Final = 80
_LONG: Final = 300
"""Characters of one line of a transcript."""
ENDED: Final = {
    Handover: "human",
    SelfServed: "served",
    MessageLeft: "message",
    CallbackBooked: "callback",
    Abandoned: "gone",
}
"""Word of each ending, for the dialplan and the records."""
_WISHES: Final = {"human": "要求人工", "message": "要留言", "callback": "要求回电", "gone": "中途挂机", "served": ""}
_UNTOLD: Final = {"confirm": "未确认", "unsure": "没听懂"}
_WHY: Final = {"unclear": "多次没听懂", "silent": "没有说话", "long": "时间太长", "trouble": "系统故障"}


@dataclass(slots=True)
class Question:
    """One question of the caller, from asking to what became of it."""

    verdict: Verdict
    how: str
    """`answer, confirm, human, unsure`, or `picked` from a menu or from what is related."""
    entry: Entry | None = None
    """What was told, or chosen to be."""
    told: bool = False
    whole: bool = False
    """Told to its end."""
    again: bool = False
    noted: bool = False

    def fact(self) -> dict[str, Any]:
        """Fields of the fact `knowledge.told.FACT`."""
        fields = fact_of(self.verdict, told=self.told, again=self.again, entry=self.entry)
        return fields | {"action": self.how, "whole": self.whole}

    def line(self) -> dict[str, Any]:
        """The question as a story tells it."""
        return {
            "question": mask(self.verdict.question)[:_LONG],
            "entry": self.entry.id if self.entry else None,
            "label": self.entry.label if self.entry else "",
            "action": self.how,
            "told": self.told,
        }

    @property
    def topic(self) -> str:
        """What it is about, short: of the entry told, else likely meant, else in the caller's words."""
        meant = self.entry or next((found.entry for found in self.verdict.candidates), None)
        if meant is not None and self.how != Action.UNSURE:
            return meant.label[:TOPIC]
        # It goes into a SIP header: nothing but what is read aloud.
        return "".join(c for c in mask(self.verdict.question) if c.isalnum() or c in "〔〕")[:TOPIC]


def picked(entry: Entry) -> Question:
    """A question chosen by key or from what is related: its own words are the entry's."""
    verdict = Verdict(entry.question, entry.question, Action.ANSWER, (Candidate(entry, 1.0),), 1.0, 0, "picked")
    return Question(verdict, "picked")


@dataclass(slots=True)
class Transcript:
    """Who said what, masked, as far as there is room."""

    lines: list[dict[str, str]] = field(default_factory=list)

    def hotline(self, text: str) -> None:
        """We said `text`."""
        self._add("hotline", text)

    def caller(self, heard: Heard) -> None:
        """The caller replied."""
        match heard:
            case Utterance(text):
                self._add("caller", mask(text) if text else "（没听清）")
            case Keys(digits):
                self._add("caller", f"（按键 {mask(digits)}）")
            case Silence():
                self._add("caller", "（没有说话）")
            case SpeechLost():
                self._add("hotline", "（语音识别中断）")

    def _add(self, who: str, text: str) -> None:
        if len(self.lines) < _LINES:
            self.lines.append({"who": who, "text": text[:_LONG]})


def topic(questions: Sequence[Question]) -> str:
    """What the caller last asked about; empty where they asked nothing but for a person."""
    asked = [question for question in questions if question.how != Action.HUMAN]
    return asked[-1].topic if asked else ""


def told(
    ending: Ending, area: str, questions: Sequence[Question], transcript: Transcript, misses: int
) -> dict[str, Any]:
    """Fields of the fact `story`; `area` is its Chinese name or empty."""
    ended = ENDED[type(ending)]
    asked = [question for question in questions if question.how != Action.HUMAN]
    said = [f"{question.topic}（{_became(question)}）" for question in asked[-5:]]
    why = _WHY.get(ending.why, "") if isinstance(ending, Handover) else ""
    summary = "；".join(filter(None, (area, "、".join(said), why or _WISHES[ended])))
    return {
        "summary": summary,
        "topic": topic(questions),
        "questions": [question.line() for question in questions],
        "area": area,
        "transcript": transcript.lines,
        "ended": ended,
        "human": ended == "human",
        "resolved": isinstance(ending, SelfServed),
        "misses": misses,
    }


def _became(question: Question) -> str:
    if question.told:
        return "已答" if question.whole else "答到一半"
    return _UNTOLD.get(question.how, "未答")
