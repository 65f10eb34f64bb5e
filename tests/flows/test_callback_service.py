"""Having somebody called back from a process that has read nothing yet, as the command line does."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.clock import TurnedClock
from core.ids import LinkedId
from core.journal import Journal
from seats.callbacks.book import Book
from seats.callbacks.service import Followups
from seats.callbacks.store import Message
from seats.callbacks.tail import Tail
from seats.records.recording import RecordingFiles
from tests.fakes.audit_memory import MemoryAudit

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MESSAGE = Message(
    "0b6d9f1e-4a2c-4d55-8d6f-0d6b1f0a9c11", LinkedId("1.1"), "zhengzhou", "13803710000", NOW, 9, "new", "", "", "", "",
    None,
)  # fmt: skip


class Table:
    """The table of messages, as far as it is changed here."""

    def __init__(self) -> None:
        self.callbacks: list[str] = []

    async def change_message(self, _id: str, _before: Any, **values: Any) -> bool:
        self.callbacks.append(values["callback"])
        return True


def process(folder: Path, table: Table) -> tuple[Followups, Journal]:
    clock = TurnedClock(NOW)
    journal = Journal(folder / "journal", clock)
    tail, files = Tail(folder / "journal", folder / "callbacks.json", Book()), RecordingFiles(folder / "messages")
    return Followups(tail, table, MemoryAudit(clock), files, journal, clock), journal  # type: ignore[arg-type]


async def test_a_number_that_is_owed_a_call_is_not_promised_another_by_the_next_process(tmp_path: Path) -> None:
    table = Table()
    for _ in range(2):
        followups, journal = process(tmp_path, table)
        await followups.call_back(MESSAGE, who="li", source="command line")
        journal.close()
    assert len(table.callbacks) == 2
    assert len(set(table.callbacks)) == 1
