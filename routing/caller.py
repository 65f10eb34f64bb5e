"""The headers of a call -> whose number to route on, and whether a seat may see it. Pure; no header raises.

Only a trusted trunk's P-Asserted-Identity is believed, before From; from anyone else only From. Privacy hides the
number from the seat, never from routing. Diversion, and an area code dialled in front of the hotline number, are hints:
they speak only when the caller's own number says nothing of this province, and then at low confidence.
"""

import re
from dataclasses import dataclass
from typing import Literal

from routing.books import RoutingTables
from routing.lookup import Decision, Kind, decide, in_area
from routing.numbers import LONGEST_RAW, Form

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_PRIVATE = frozenset({"id", "user", "header", "full"})


@dataclass(frozen=True, slots=True)
class Headers:
    """What arrived with a call, as text; empty where a header is missing."""

    caller: str = ""
    """From, or the caller number Asterisk took from it."""
    asserted: str = ""
    """P-Asserted-Identity; several may be joined by commas."""
    privacy: str = ""
    diversion: str = ""
    dialled: str = ""
    """What the caller dialled, as the trunk delivered it: `12366`, `037912366`."""
    trusted: bool = False
    """Whether the call came from the carrier's trunk."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for routing and for the seat."""

    decision: Decision
    private: bool
    """The caller asked not to be shown: a seat sees 保密."""
    source: Literal["asserted", "from"]
    """Header the number was taken from."""


def identify(headers: Headers, trunk_area: str, hotline_number: str, tables: RoutingTables) -> Caller:
    """The caller of a call that came over a trunk of area code `trunk_area`."""
    asserted = _addresses(headers.asserted) if headers.trusted else []
    own = _addresses(headers.caller) or [""]
    raw, source = own[0], "from"
    for address in asserted:
        if tables.plan.normalise(address, trunk_area).form not in (Form.WITHHELD, Form.MALFORMED):
            raw, source = address, "asserted"
            break
    decision = decide(raw, trunk_area, tables)
    if decision.kind is not Kind.CITY:
        decision = _hinted(decision, headers, trunk_area, hotline_number, tables)
    # Anonymous in From beside a number the trunk asserts is the older way to ask for privacy.
    hidden = source == "asserted" and tables.plan.normalise(own[0], trunk_area).form is Form.WITHHELD
    asked = bool(_PRIVATE & {word.strip().lower() for word in re.split(r"[;,]", headers.privacy[:LONGEST_RAW])})
    named = bool(headers.caller.strip())
    return Caller(decision, asked or (hidden and named), "asserted" if source == "asserted" else "from")


def _hinted(
    decision: Decision, headers: Headers, trunk_area: str, hotline_number: str, tables: RoutingTables
) -> Decision:
    """The area a hint names, at low confidence; the decision itself if there is none."""
    code = tables.tree.codes.get(headers.dialled.removesuffix(hotline_number))
    if code is not None and headers.dialled.endswith(hotline_number):
        others = tuple(area for area in code.menu.values() if area != code.area)
        return in_area(decision.raw, decision.normalized, code.area, "low", "dialled-code", tables, others)
    if not headers.trusted:
        return decision
    for address in _addresses(headers.diversion):
        hint = decide(address, trunk_area, tables)
        if hint.kind is Kind.CITY and hint.area_id is not None:
            number = (decision.raw, decision.normalized)
            return in_area(*number, hint.area_id, "low", "diversion", tables, hint.alternatives)
    return decision


def _addresses(header: str) -> list[str]:
    """The addresses of a header, display names and header parameters taken off."""
    if len(header) > LONGEST_RAW:
        return [header]
    found = []
    for part in _QUOTED.sub("", header).split(","):
        _, opened, inside = part.partition("<")
        address = inside.partition(">")[0] if opened else part
        if address.strip():
            found.append(address.strip())
    return found
