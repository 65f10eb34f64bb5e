"""Rows of the table of one shape: a verb done to a seat, with a reason."""

from collections.abc import Iterator

from seats.http.answers import acting
from seats.http.questions import Why
from seats.http.route import V1, Route, TargetOf
from seats.supervision.act import ActResult
from seats.supervision.rules import Verb


def seat_acts(target: TargetOf, *acts: tuple[Verb, str]) -> Iterator[Route]:
    """`POST /seats/{seat}/<verb>` for each verb and what it does; `target` says whose seat it may be."""
    for verb, about in acts:
        yield Route(
            "POST", f"{V1}/seats/{{seat}}/{verb}", verb, acting(verb), about, ActResult, body=Why, target=target
        )
