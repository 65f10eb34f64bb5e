"""Why a leg nobody answered was not. Pure."""

from seats.records.record import LegResult

_RESULT_OF_CAUSE = {
    17: LegResult.BUSY,
    21: LegResult.REFUSED,
    3: LegResult.UNREACHABLE,
    18: LegResult.UNREACHABLE,
    20: LegResult.UNREACHABLE,
    27: LegResult.UNREACHABLE,
    38: LegResult.UNREACHABLE,
}
"""Q.850 causes of a leg nobody answered. 26 says nothing: `Queue(,C)` cancels every ring with it."""


def unanswered(cause: int | None, *, taken: bool) -> LegResult:
    """What `cause` says of such a leg; `taken`: another seat answered while it rang."""
    found = _RESULT_OF_CAUSE.get(cause or 0, LegResult.NO_ANSWER)
    return LegResult.TAKEN_ELSEWHERE if taken and found is LegResult.NO_ANSWER else found
