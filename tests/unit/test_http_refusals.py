"""The record of refusals: each one once, floods as counts, nothing lost when Postgres is away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.clock import TurnedClock
from core.journal import Journal, JournalReader
from seats.http.refusals import SHARE, WINDOW, Refusals
from seats.supervision.act import Refusal
from tests.fakes.becomes import becomes
from tests.fakes.desk import NOW, Notebook


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


@pytest.fixture
def notebook(clock: TurnedClock) -> Notebook:
    return Notebook(clock)


@pytest.fixture
async def refusals(notebook: Notebook, clock: TurnedClock, tmp_path: Path) -> AsyncIterator[Refusals]:
    refusals = Refusals(notebook, Journal(tmp_path, clock), clock)
    await refusals.start()
    yield refusals
    await refusals.close()


def _refusal(user: str | None = None, why: str = "no_token: log in", source: str = "10.0.0.1 GET /x") -> Refusal:
    return Refusal(user, "see", why, source)


async def test_each_one_is_written(refusals: Refusals, notebook: Notebook) -> None:
    for user in ("li", "zhao", None):
        refusals.note(_refusal(user))
    await becomes(lambda: len(notebook.refusals) == 3)
    assert [each.user for each in notebook.refusals] == ["li", "zhao", None]


async def test_equal_ones_within_a_minute_are_one_row_and_a_count(
    refusals: Refusals, notebook: Notebook, clock: TurnedClock
) -> None:
    for _ in range(100):
        refusals.note(_refusal())
    await becomes(lambda: len(notebook.refusals) == 1)
    clock.turn(WINDOW)
    refusals.note(_refusal())
    await becomes(lambda: len(notebook.refusals) == 3)
    assert [each.times for each in notebook.refusals] == [1, 99, 1]
    assert refusals.counts == {"no_token": 101}


async def test_a_flood_from_everywhere_fills_no_disk_and_hides_no_user(
    refusals: Refusals, notebook: Notebook, clock: TurnedClock
) -> None:
    for nth in range(5000):
        refusals.note(_refusal(source=f"10.{nth // 250}.{nth % 250}.1 GET /x"))
    refusals.note(_refusal("li", "area: not yours"))
    await refusals.close()
    written = notebook.refusals
    assert len(written) <= SHARE[True] + 3
    assert sum(each.times for each in written) == 5001
    assert sum(each.user == "li" for each in written) == 1


async def test_closing_writes_what_is_left(refusals: Refusals, notebook: Notebook) -> None:
    for _ in range(5):
        refusals.note(_refusal())
    await refusals.close()
    assert sum(each.times for each in notebook.refusals) == 5


async def test_a_quiet_end_of_the_minute_writes_the_count_too(
    refusals: Refusals, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seats.http.refusals.WINDOW", 0.01)
    for _ in range(5):
        refusals.note(_refusal())
    await becomes(lambda: sum(each.times for each in notebook.refusals) == 5)


async def test_with_postgres_away_they_are_facts(refusals: Refusals, notebook: Notebook, tmp_path: Path) -> None:
    notebook.away = True
    refusals.note(_refusal("li", "area: not yours"))
    await refusals.close()
    reader = JournalReader(tmp_path)
    facts = [fact for name in reader.segments() for fact in reader.read(name, 0).facts]
    assert [(fact.kind, fact.fields["user"], fact.fields["times"]) for fact in facts] == [("refused", "li", 1)]
