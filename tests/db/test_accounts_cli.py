"""`hotline users` against a real Postgres, and a log-in over HTTP with what it made."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.clock import SystemClock
from core.console import EXIT_BAD_INPUT, EXIT_DONE, run
from core.db import engine
from core.ids import AreaId, SeatNumber
from core.journal import Journal, JournalReader
from seats.accounts.accounts import Accounts
from seats.accounts.cli import main
from seats.accounts.passwords import Passwords
from seats.accounts.store import PostgresStore, UserRow
from seats.http import Services, app
from seats.roster import store as roster
from seats.roster.seat import Seat
from tests.fakes.desk import Archive, Notebook, Still
from tests.fakes.henan_tree import TREE

PASSWORD = "correct horse battery"


@pytest.fixture
def home(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_PLATFORM_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_DB_DSN", dsn)
    return tmp_path


def _run(*words: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    return run(main, list(words))


def test_the_life_of_a_user(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def users(*words: str, stdin: str = "") -> int:
        return _run(*words, stdin=stdin, monkeypatch=monkeypatch)

    assert users("list", "--json") == EXIT_DONE
    assert json.loads(capsys.readouterr().out) == []
    wang = ("wang", "--role", "province_supervisor", "--phone", "3719001")
    assert users("add", *wang, "--generate", "--json") == EXIT_DONE
    made = json.loads(capsys.readouterr().out)
    assert made["area"] == "henan"
    assert len(made["password"]) >= 20
    assert users("add", "li", "--role", "city_supervisor", "--area", "郑州", "--password-stdin", stdin=PASSWORD) == 0
    assert PASSWORD not in capsys.readouterr().out
    assert users("list") == EXIT_DONE
    shown = capsys.readouterr().out
    assert "郑州" in shown
    assert "省级督导" in shown
    assert users("change", "li", "--area", "开封", "--phone", "3712001", "--json") == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["area"] == "kaifeng"
    for words in (("password", "li", "--password-stdin"), ("disable", "li"), ("enable", "li"), ("revoke", "li")):
        assert users(*words, stdin="another password") == EXIT_DONE, words
    facts = [
        fact.kind
        for segment in JournalReader(home / "journal").segments()
        for fact in JournalReader(home / "journal").read(segment, 0).facts
    ]
    assert sorted(facts) == sorted(
        ["user_added"] * 2
        + ["user_changed", "user_password_changed", "user_disabled", "user_enabled", "user_sessions_ended"]
    )


def test_a_seats_user_is_of_the_seats_own_area(
    home: Path, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, area in (("3710001", "gongyi"), ("3712001", "kaifeng")):
        asyncio.run(roster.put(dsn, Seat(SeatNumber(number), AreaId(area), "一号")))

    def users(*words: str) -> int:
        return _run(*words, monkeypatch=monkeypatch)

    assert users("add", "ding", "--role", "seat", "--phone", "3710001", "--generate", "--json") == EXIT_DONE
    made = json.loads(capsys.readouterr().out)
    assert (made["role"], made["area"], made["phone"]) == ("seat", "gongyi", "3710001")
    assert users("change", "ding", "--phone", "3712001", "--json") == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["area"] == "kaifeng"
    for words in (
        ("add", "bai", "--role", "seat", "--generate"),
        ("add", "bai", "--role", "seat", "--phone", "3719999", "--generate"),
        ("add", "bai", "--role", "seat", "--phone", "3710001", "--area", "郑州", "--generate"),
        ("change", "ding", "--phone", ""),
    ):
        assert users(*words) == EXIT_BAD_INPUT, words
        assert capsys.readouterr().err.count("\n") == 1
    assert users("list") == EXIT_DONE
    assert "座席" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("add", "li", "--role", "city_supervisor", "--password-stdin"), PASSWORD),
        (("add", "LI", "--role", "auditor", "--password-stdin"), PASSWORD),
        (("add", "li", "--role", "auditor", "--area", "atlantis", "--password-stdin"), PASSWORD),
        (("add", "li", "--role", "auditor", "--password-stdin"), "short"),
        (("add", "li", "--role", "auditor"), PASSWORD),
        (("password", "nobody", "--password-stdin"), PASSWORD),
        (("disable", "nobody"), ""),
        (("change", "nobody", "--role", "auditor"), ""),
        (("add", "wang", "--role", "auditor", "--generate"), ""),
    ],
)
def test_what_does_not_fit_is_one_line_and_changes_nothing(
    words: tuple[str, ...],
    stdin: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("add", "wang", "--role", "auditor", "--generate", monkeypatch=monkeypatch) == EXIT_DONE
    capsys.readouterr()
    assert _run(*words, stdin=stdin, monkeypatch=monkeypatch) == EXIT_BAD_INPUT
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert _run("list", "--json", monkeypatch=monkeypatch) == EXIT_DONE
    assert [user["name"] for user in json.loads(capsys.readouterr().out)] == ["wang"]


async def test_log_in_over_http_with_argon2_at_its_full_cost(dsn: str, tmp_path: Path) -> None:
    database = engine(dsn, application="test")
    store, clock, passwords = PostgresStore(database), SystemClock(), Passwords()
    await store.add(UserRow("li", "city_supervisor", "zhengzhou", "3710001"), passwords.digest(PASSWORD))
    accounts = Accounts(store, TREE, clock, passwords)
    archive = Archive()
    services = Services(TREE, Still(), Notebook(clock), archive, archive, accounts, archive, stories=archive)
    async with TestClient(TestServer(app(services, clock=clock, journal=Journal(tmp_path, clock)))) as client:
        async with client.post("/api/v1/login", json={"user": "li", "password": "wrong wrong wrong"}) as response:
            assert response.status == 401
        async with client.post("/api/v1/login", json={"user": "li", "password": PASSWORD}) as response:
            assert response.status == 200
            headers = {"Authorization": f"Bearer {(await response.json())['token']}"}
        # Another process of ours, which has never seen the token, knows it too.
        again = Accounts(store, TREE, clock, passwords)
        assert (await again.check(headers["Authorization"].split()[1])).user.name == "li"
        async with client.get("/api/v1/picture", headers=headers) as response:
            assert response.status == 200
        await store.revoke_all("li", clock.now())
        await accounts.recheck()
        async with client.get("/api/v1/picture", headers=headers) as response:
            assert response.status == 401
    await database.dispose()
