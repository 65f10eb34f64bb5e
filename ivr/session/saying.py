"""What is said next, and what is listened for after it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ivr.session.ending import Ending
from ivr.session.ports import Part, Prompt, Text
from ivr.session.words import Step
from knowledge.entry import Entry
from knowledge.spoken import spoken_length
from routing.reception import Reception

OWN_PACE: Final = 1.0
SLOW_PACE: Final = 0.8
SHORT: Final = 60
"""Characters of an answer that an older caller hears at a time."""
_SENTENCE: Final = re.compile(r"[^。！？；]*[。！？；]?")


@dataclass(frozen=True, slots=True)
class Saying:
    """One turn of ours, up to where the caller may reply."""

    step: Step
    parts: tuple[Part, ...]
    answer: tuple[Part, ...] = ()
    """Said before `parts`; heard whole or not, it is noted apart."""
    entry: Entry | None = None
    """What `answer` speaks."""
    seconds: float = 6.0
    """How long we wait for a beginning."""
    keys: int = 1
    interruptible: bool = True
    then: Ending | None = None
    """How it ends when nobody says anything into it; else the caller is listened to."""


def halves(answer: str) -> tuple[str, str]:
    """`answer` as its first sentences, up to `SHORT` characters, and the rest, which may be empty."""
    sentences = [found for found in _SENTENCE.findall(answer) if found]
    head = sentences[0] if sentences else answer
    for place, sentence in enumerate(sentences[1:], 1):
        if spoken_length(head + sentence) > SHORT:
            return head, "".join(sentences[place:])
        head += sentence
    return head, ""


def choice(labels: Sequence[str], hint: bool) -> Saying:
    """「您是想问甲,还是乙?」, with the keys where `hint` says so."""
    two = len(labels) > 1
    asked = Text(f"您是想问{'，还是'.join(labels)}？" if two else f"您是想问{labels[0]}吗？")
    keys = (Prompt("talk_choose_two" if two else "talk_choose_one"),) if hint else ()
    return Saying(Step.CONFIRM, (asked, *keys))


def answer(entry: Entry, text: str, *, more: bool, closed: bool, related: Sequence[str], keys: bool) -> Saying:
    """`text` of `entry`, then what may be asked after it; `more`: a second half is left."""
    after: list[Part] = [Prompt("talk_rest")] if more else []
    after.append(Prompt("talk_closed_more" if closed else "talk_more_questions"))
    if related and not more:
        after.append(Text(f"您也可以问{'，或者'.join(related)}。"))
    if keys:
        after.append(Prompt("talk_more_keys"))
    return Saying(Step.MORE, tuple(after), (Text(text),), entry)


def menu(lines: Sequence[str], *before: Part) -> Saying:
    """「甲请按1,乙请按2。」"""
    said = "，".join(f"{line}请按{key}" for key, line in enumerate(lines, 1))
    return Saying(Step.MENU, (*before, Text(f"{said}。"), Prompt("talk_menu_end")), seconds=8.0)


def where(prompt: str, keys: int = 4) -> Saying:
    """A question for the caller's area."""
    return Saying(Step.WHERE, (Prompt(prompt),), seconds=7.0, keys=keys)


def asking(*parts: Part) -> Saying:
    """An invitation to say a question."""
    return Saying(Step.ASK, parts, seconds=8.0)


def closed(met: Reception) -> Saying:
    """Why nobody is there and when somebody will be, as far as it is known, and what can be done meanwhile."""
    says = met.says or ("talk_nobody",)
    province = ("closed_menu_province",) if met.province_open else ()
    return Saying(Step.CLOSED, tuple(map(Prompt, (*says, "talk_closed", *province))), seconds=8.0)


def kindly(following: "Saying | Ending") -> "Saying | Ending":
    """What follows for a caller who says more than we can follow: a person, or what is asked before one."""
    notice = Prompt("talk_long")
    if not isinstance(following, Saying):
        return Saying(Step.MORE, (notice,), interruptible=False, then=following)
    return following if following.step is Step.CLOSED else replace(following, parts=(notice, *following.parts))


def stubborn(last: Saying) -> Saying:
    """`last` once more, stopped by keys alone."""
    return replace(last, interruptible=False)


def slower(last: Saying) -> Saying:
    """`last` once more, after saying that it will be slower."""
    notice = Prompt("talk_slower")
    if last.answer:
        return replace(last, answer=(notice, *last.answer))
    return replace(last, parts=(notice, *last.parts))


def line(digits: str) -> int | None:
    """Which line of a menu a key means, from 0; None for keys that mean something else."""
    return "12345678".find(digits) if digits and digits in "12345678" and len(digits) == 1 else None
