"""Calls made up as stories, told as the events Asterisk would write of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.ids import LinkedId, UniqueId
from seats.records.cel import CelEvent
from tests.fakes.cel_calls import line


@dataclass(frozen=True, slots=True)
class Story:
    """One call. Times are seconds, each after the one before."""

    number: int
    begins: datetime
    area: str | None = "luoyang"
    """None: ended before it was routed."""
    menu: float = 0.5
    wait: float | None = 2.0
    """In the queue; None: never in one."""
    talk: float | None = 60.0
    """With the seat; None: nobody answered."""
    seat: str = "3790001"
    end: Literal["caller", "platform", "death"] = "caller"
    said: tuple[str, ...] = ()
    """Events of the dialplan raised just before the end."""
    recording: str = ""
    origin: str = "trunk"

    @property
    def linkedid(self) -> LinkedId:
        return LinkedId(f"{int(self.begins.timestamp())}.{self.number}")


def events(story: Story) -> list[CelEvent]:
    """What Asterisk writes of it."""
    return _Telling(story).events


def file_of(stories: Iterable[Story]) -> bytes:
    """A CEL file in which these calls go on at the same time."""
    told = sorted((event for story in stories for event in events(story)), key=lambda event: event.at)
    return b"".join(map(line, told))


class _Telling:
    def __init__(self, story: Story) -> None:
        self.story = story
        self.events: list[CelEvent] = []
        self._now = story.begins
        self._caller = f"PJSIP/{story.origin}-{story.number:08x}"
        self._seat = f"PJSIP/{story.seat}-{story.number:08x}"
        self._tell()

    def _tell(self) -> None:
        story = self.story
        self._add("CHAN_START")
        self._add("ANSWER")
        self._now += timedelta(seconds=story.menu)
        if story.area is not None:
            self._user("ROUTED", {"queue": story.area, "area_id": story.area, "kind": "CITY", "reason": "told"})
        if story.recording:
            self._user("RECORDING", {"id": story.recording})
        if story.wait is not None:
            self._add("APP_START", app="Queue", data=f"{story.area},C")
            self._add("CHAN_START", seat=True)
            self._now += timedelta(seconds=story.wait)
        if story.talk is not None:
            self._add("ANSWER", seat=True)
            bridge = {"bridge_id": f"b{story.number}"}
            self._add("BRIDGE_ENTER", bridge, seat=True)
            self._add("BRIDGE_ENTER", bridge)
            self._now += timedelta(seconds=story.talk)
        if story.end == "death":
            return
        if story.talk is not None:
            self._add("BRIDGE_EXIT", bridge)
            self._add("BRIDGE_EXIT", bridge, seat=True)
        source = self._caller if story.end == "caller" else "dialplan/builtin"
        if story.wait is not None:
            self._add("HANGUP", {"hangupcause": 16, "hangupsource": source}, seat=True)
            self._add("APP_END", app="Queue", data=f"{story.area},C")
        for name in story.said:
            self._user(name, {})
        self._add("HANGUP", {"hangupcause": 16, "hangupsource": source})
        self._add("CHAN_END")
        self._add("LINKEDID_END")

    def _user(self, name: str, said: dict[str, str]) -> None:
        self._add(name, {"extra": json.dumps(said, ensure_ascii=False)}, user=name)

    def _add(
        self,
        kind: str,
        extra: dict[str, object] | dict[str, str] | None = None,
        *,
        seat: bool = False,
        app: str = "",
        data: str = "",
        user: str = "",
    ) -> None:
        story = self.story
        self.events.append(
            CelEvent(
                type=kind,
                at=self._now,
                caller_name="",
                caller_number="" if seat else f"138{story.number:08d}",
                ani="",
                rdnis="",
                dnid="",
                exten="s" if seat else "12366",
                context="from-seat" if seat else "from-trunk",
                channel=self._seat if seat else self._caller,
                app=app,
                app_data=data,
                account="",
                uniqueid=UniqueId(f"{story.linkedid}9" if seat else story.linkedid),
                linkedid=story.linkedid,
                peer="",
                user_type=user,
                extra=json.dumps(extra, ensure_ascii=False) if extra else "",
            )
        )
