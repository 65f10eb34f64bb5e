"""How long a caller who joins now will wait, from what is known at this moment. Pure."""

USUAL_HANDLING = 180.0
"""Seconds a call takes, talk and writing up, before any was measured."""
_WEIGHT = 0.1
"""Of the newest call in the running mean: about the last ten calls count."""


def estimated_wait(waiting: int, free: int, serving: int, handling: float = USUAL_HANDLING) -> int | None:
    """Whole seconds until a seat takes the caller who comes after `waiting` others; None: nobody is at work.

    `free` seats take a caller at once; `serving` seats in all (free or busy) each end a call every `handling` seconds.
    With c seats busy and independent ends, the next end comes after handling / c; the caller needs (ahead + 1) of them.
    """
    if serving <= 0:
        return None
    ahead = waiting - free
    if ahead < 0:
        return 0
    return round((ahead + 1) * handling / serving)


def smoothed(mean: float | None, latest: float) -> float:
    """The running mean of handling times after one more call of `latest` seconds."""
    return latest if mean is None else mean + _WEIGHT * (latest - mean)
