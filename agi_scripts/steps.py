"""What a door decides: channel variables in, channel variables out. Pure.

The service and the stand-alone script share it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agi_scripts import variables as v
from core.ids import AreaId
from routing.books import RoutingTables
from routing.caller import Caller, Headers, identify
from routing.choice import Choice, Move, Question, answer, ask_for, question_of
from routing.lookup import Decision, answered, fact
from routing.reception import OPEN, Reception

By = Literal["service", "script"]
PROMPTS = "hotline/"
"""Where prompts lie, under Asterisk's folder of sounds."""
_EVENT_BYTES = 700
"""What a call event may add to its line: Asterisk cuts lines of its event file at 1,023 bytes."""
_EVENT_FIELDS = (
    *("queue", "decided_by", "normalized", "kind", "area_id", "reason", "closed", "confidence", "tries"),
    "data_version",
    *("alternatives", "area", "county"),
)
"""What the call event says, most needed first; the journal's fact has it all."""
_HIDDEN = "anonymous"


@dataclass(frozen=True, slots=True)
class Bearings:
    """What decisions are made with; the same for every call."""

    tables: RoutingTables
    trunk_area: str
    """Area code of the trunk, with its 0."""
    hotline_number: str
    by: By
    remembered: Callable[[str], AreaId | None]
    """What a normalised number's caller keyed on an earlier call."""
    reception: Callable[[AreaId], Reception] = lambda area: OPEN
    """How callers of an area are met at this moment."""
    voice: frozenset[str] = frozenset()
    """Ids of areas whose callers are first answered by voice, or `all`."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the dialplan goes next."""

    variables: Mapping[str, str]
    """To be set in this order: `NEXT` last, so that half a step is no step."""
    decided: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the fact `routing_decided`; empty when the caller is asked first."""
    keyed: tuple[str, AreaId] | None = None
    """(normalised number, area) to remember."""


def incoming(heard: Mapping[str, str], bearings: Bearings) -> Step:
    """The first step of a call. `heard`: the variables of `variables.HEARD`, missing ones empty."""
    caller = _identify(heard, bearings)
    placed = _placed(caller, bearings)
    if isinstance(placed, Step):
        return placed
    root = bearings.tables.tree.root.id
    if {"all", root} & bearings.voice:
        # The voice asks for the city, and only those who want a person.
        return _deliver(caller, caller.decision, bearings, queue=root, because=_because(caller.decision))
    return _ask(placed, ("welcome",), 1)


def keyed(heard: Mapping[str, str], bearings: Bearings) -> Step:
    """The step after the caller was asked. `heard`: also the variables of `variables.ANSWERED`.

    Raises `BadInput` when the question is none that was asked.
    """
    tables = bearings.tables
    caller = _identify(heard, bearings)
    tries = int(heard.get(v.TRIES) or 1)
    question = question_of(heard.get(v.QUESTION, ""), tables.tree)
    choice = answer(question, heard.get(v.KEYS, ""), tables.tree)
    if choice.question is not None:
        before = ("not_understood",) if choice.move is Move.ASK_AGAIN else ()
        return _ask(choice.question, before, tries + 1)
    if heard.get(v.CHOSEN) == "yes":
        return _elsewhere(caller, choice, bearings, tries)
    because = _because(caller.decision)
    if choice.move is not Move.AREA or choice.area is None:
        root, human = tables.tree.root.id, choice.wanted_human
        return _deliver(caller, caller.decision, bearings, queue=root, because=because, tries=tries, human=human)
    decision = answered(caller.decision, choice.area, "keyed", tables)
    keep = (decision.normalized, choice.area) if decision.normalized else None
    return _deliver(caller, decision, bearings, because=because, tries=tries, keyed=keep)


def named(heard: Mapping[str, str], bearings: Bearings) -> Step:
    """What is kept of the area a caller told the voice: as if they had keyed it, so only where their number says none.

    `heard`: also `variables.NAMED`.
    """
    decision, tree = _identify(heard, bearings).decision, bearings.tables.tree
    area = AreaId(heard.get(v.NAMED, ""))
    wanted = area in tree and ask_for(decision, tree) is not None
    return Step({}, keyed=(decision.normalized, area) if wanted and decision.normalized else None)


def _elsewhere(caller: Caller, choice: Choice, bearings: Bearings, tries: int) -> Step:
    """The caller wanted another city than their number's: for this call only, and to a person."""
    if choice.move is Move.AREA and choice.area is not None:
        decision = answered(caller.decision, choice.area, "chosen", bearings.tables)
        return _deliver(caller, decision, bearings, because="chosen", tries=tries, human=True)
    placed = _placed(caller, bearings, tries=tries, human=True)
    if isinstance(placed, Step) and not choice.wanted_human:
        return placed
    root = bearings.tables.tree.root.id
    return _deliver(caller, caller.decision, bearings, queue=root, because="chosen", tries=tries, human=True)


def _placed(caller: Caller, bearings: Bearings, *, tries: int = 0, human: bool = False) -> Step | Question:
    """To where the number, or an earlier answer, says the caller belongs; the question to ask when neither does."""
    question = ask_for(caller.decision, bearings.tables.tree)
    if question is None:
        return _deliver(caller, caller.decision, bearings, tries=tries, human=human)
    known = bearings.remembered(caller.decision.normalized) if caller.decision.normalized else None
    if known is None or known not in bearings.tables.tree:
        return question
    remembered = answered(caller.decision, known, "remembered", bearings.tables)
    return _deliver(caller, remembered, bearings, because=_because(caller.decision), tries=tries, human=human)


def _identify(heard: Mapping[str, str], bearings: Bearings) -> Caller:
    headers = Headers(
        caller=heard.get(v.FROM, ""),
        asserted=heard.get(v.ASSERTED, ""),
        privacy=heard.get(v.PRIVACY, ""),
        diversion=heard.get(v.DIVERSION, ""),
        dialled=heard.get(v.DIALLED, ""),
        trusted=heard.get(v.TRUSTED) == "1",
    )
    return identify(headers, bearings.trunk_area, bearings.hotline_number, bearings.tables)


def _because(decision: Decision) -> str:
    """Why the caller had to be asked."""
    return "shared" if decision.confidence == "shared" else decision.reason


def _ask(question: Question, before: tuple[str, ...], tries: int) -> Step:
    return Step(
        {
            v.QUESTION: question.token,
            v.TRIES: str(tries),
            v.SAY: _sounds((*before, question.prompt)),
            v.KEY_COUNT: str(question.digits),
            v.NEXT: "ask",
        }
    )


def _deliver(
    caller: Caller,
    decision: Decision,
    bearings: Bearings,
    *,
    queue: AreaId | None = None,
    because: str | None = None,
    tries: int = 0,
    human: bool = False,
    keyed: tuple[str, AreaId] | None = None,
) -> Step:
    """To the queue of `decision`'s area, unless another `queue` is named."""
    tree = bearings.tables.tree
    to = queue or decision.area_id or tree.root.id
    met = bearings.reception(to)
    decided: dict[str, Any] = {
        "queue": to,
        **fact(decision),
        "trunk_area": bearings.trunk_area,
        "asked_because": because,
        "tries": tries,
        "wanted_human": human,
        "private": caller.private,
        "source": caller.source,
        "decided_by": bearings.by,
        "closed": met.closed or None,
    }
    number = decision.normalized
    return Step(
        {
            v.QUEUE: to,
            v.AREA: tree.area(decision.area_id or tree.root.id).name,
            v.ROUTED: _event(decided),
            v.SHOWN_NUMBER: _HIDDEN if caller.private or not number else number,
            v.SHOWN_NAME: "保密" if caller.private else number or "未知号码",
            v.CLOSED: met.closed,
            v.CLOSED_SAYS: _sounds(met.says),
            v.PROVINCE_OPEN: "yes" if met.province_open else "",
            v.NOTICE: _sounds(met.notices),
            v.VOICE: "yes" if not human and {"all", to} & bearings.voice else "",
            v.NEXT: "queue",
        },
        decided,
        keyed,
    )


def _sounds(keys: Iterable[str]) -> str:
    return "&".join(f"{PROMPTS}{key}" for key in keys)


def _event(decided: Mapping[str, Any]) -> str:
    """As many of `_EVENT_FIELDS` as fit: Asterisk writes the text twice, quotes doubled, once escaped besides."""
    text = "{}"
    kept: dict[str, Any] = {}
    for name in _EVENT_FIELDS:
        kept[name] = decided[name]
        longer = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        if 2 * len(longer.encode()) + 3 * longer.count('"') > _EVENT_BYTES:
            break
        text = longer
    return text
