"""What supervisors should look at, as a line. Pure."""

from collections.abc import Collection

from seats.cli.picture import Picture, time_of
from seats.cli.words import Words, day_time


def newest(picture: Picture, words: Words, here: Collection[str] | None = None, since: float = 0.0) -> str:
    """The newest alert of the areas `here` that came after `since` (seconds since 1970); empty when there is none."""
    for alert in picture.alerts:
        at = time_of(alert.get("at"))
        if at is not None and at.timestamp() >= since and (here is None or alert.get("area") in here):
            said = words(f"alert_{alert.get('kind')}", seat=alert.get("seat"))
            return f"{day_time(at)}  {said}"
    return ""
