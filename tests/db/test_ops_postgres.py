"""The embedded Postgres: set up once, only by password, back after every kind of end."""

import os
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from ops.runtime.postgres import EmbeddedPostgres, PostgresFailed, stop

PASSWORD = "it's: a/secret?"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    # Nobody but us may enter, as in a home folder.
    tmp_path.chmod(0o700)
    yield EmbeddedPostgres(tmp_path / "postgres", tmp_path / "run", PASSWORD, tmp_path / "log" / "postgres.log")


async def _ask(server: EmbeddedPostgres, statement: str, password: str = PASSWORD) -> object:
    dsn = f"postgresql://hotline:{quote(password, safe='')}@/hotline?host={quote(str(server.run))}"
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def _user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def test_it_answers_by_password_and_not_without(server: EmbeddedPostgres) -> None:
    process = server.start()
    try:
        assert str(await _ask(server, "SHOW server_version")).startswith("18.")
        assert await _ask(server, "SHOW listen_addresses") == ""
        assert await _ask(server, "SELECT upper('税务 é')") == "税务 É"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _ask(server, "SELECT 1", password="another")
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        assert _user_of(process.pid) != 0
    finally:
        stop(process)
    assert process.returncode == 0


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
async def test_what_was_committed_is_there_after_it_ended(server: EmbeddedPostgres, sign: signal.Signals) -> None:
    process = server.start()
    try:
        await _ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        process.send_signal(sign)
        process.wait(20)
        process = server.start()
        assert await _ask(server, "SELECT answer FROM kept") == 42
    finally:
        stop(process)


async def test_a_lock_file_whose_pid_is_now_another_programs_is_no_obstacle(server: EmbeddedPostgres) -> None:
    stop(server.start())
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n/proc/self/cwd\n1\n5432\n\n\n\nready\n")
    process = server.start()
    try:
        assert await _ask(server, "SELECT 1") == 1
    finally:
        stop(process)


def test_a_folder_with_something_else_in_it_is_left_alone(server: EmbeddedPostgres) -> None:
    server.data.mkdir()
    (server.data / "thesis.txt").write_text("do not touch")
    with pytest.raises(PostgresFailed, match="neither empty nor a Postgres"):
        server.prepare()
    assert (server.data / "thesis.txt").read_text() == "do not touch"


def test_an_interrupted_setup_is_begun_again(server: EmbeddedPostgres) -> None:
    half = server.data.with_name(f".{server.data.name}.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server.prepare()
    assert (server.data / "global" / "pg_control").exists()
    assert not half.exists()


def test_two_setups_at_once_make_one_folder(server: EmbeddedPostgres) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: server.prepare(), range(2)))
    assert (server.data / "PG_VERSION").read_text().strip() == "18"
