"""The store of users and tokens: Postgres and the copy in memory keep one contract."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from core.db import DatabaseAway, engine
from seats.accounts.store import PostgresStore, Store, UserRow
from seats.accounts.tokens import digest_of, new_token
from tests.fakes.account_store import MemoryStore, cheap_passwords

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
LI = UserRow("li", "city_supervisor", "zhengzhou", "3710001")
WANG = UserRow("wang", "province_supervisor", "henan", None)
DIGEST = cheap_passwords().digest("correct horse battery")
OTHER = cheap_passwords().digest("another one entirely")


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest, dsn: str) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    database = engine(dsn, application="test")
    yield PostgresStore(database)
    await database.dispose()


async def _token(store: Store, name: str, life: timedelta = timedelta(hours=1)) -> str:
    digest = digest_of(new_token())
    await store.keep_token(digest, name, NOW, NOW + life, "127.0.0.1")
    return digest


async def test_there_is_nobody_until_somebody_is_added(store: Store) -> None:
    assert await store.all_users() == ()
    assert await store.password_of("admin") is None
    assert await store.add(WANG, DIGEST)
    assert await store.add(LI, DIGEST)
    assert await store.all_users() == (LI, WANG)
    assert await store.password_of("li") == (LI, DIGEST)


async def test_a_name_is_given_once(store: Store) -> None:
    assert await store.add(LI, DIGEST)
    assert not await store.add(UserRow("li", "auditor", "henan", None), OTHER)
    assert await store.password_of("li") == (LI, DIGEST)


async def test_a_token_is_good_until_it_expires(store: Store) -> None:
    await store.add(LI, DIGEST)
    digest = await _token(store, "li")
    good = await store.good([digest, "f" * 64], NOW)
    assert set(good) == {digest}
    assert good[digest].user == LI
    assert good[digest].expires_at == NOW + timedelta(hours=1)
    assert not await store.good([digest], NOW + timedelta(hours=1))


async def test_revoked_is_revoked(store: Store) -> None:
    await store.add(LI, DIGEST)
    first, second = await _token(store, "li"), await _token(store, "li")
    await store.revoke([first, "f" * 64], NOW)
    assert set(await store.good([first, second], NOW)) == {second}


async def test_another_password_ends_every_session_of_that_user_only(store: Store) -> None:
    await store.add(LI, DIGEST)
    await store.add(WANG, DIGEST)
    own, others = await _token(store, "li"), await _token(store, "wang")
    assert await store.set_password("li", OTHER, NOW)
    assert set(await store.good([own, others], NOW)) == {others}
    assert await store.password_of("li") == (LI, OTHER)
    assert not await store.set_password("nobody", OTHER, NOW)


async def test_the_same_password_at_other_costs_ends_no_session(store: Store) -> None:
    await store.add(LI, DIGEST)
    digest = await _token(store, "li")
    await store.renew_digest("li", OTHER, DIGEST)
    assert (await store.password_of("li") or (None, None))[1] == DIGEST
    await store.renew_digest("li", DIGEST, OTHER)
    assert (await store.password_of("li") or (None, None))[1] == OTHER
    assert await store.good([digest], NOW)


async def test_a_disabled_user_has_no_good_token_and_none_comes_back(store: Store) -> None:
    await store.add(LI, DIGEST)
    digest = await _token(store, "li")
    assert await store.set_enabled("li", False, NOW)
    assert not await store.good([digest], NOW)
    assert await store.set_enabled("li", True, NOW)
    assert not await store.good([digest], NOW)
    assert not await store.set_enabled("nobody", True, NOW)


async def test_a_changed_user_keeps_the_session(store: Store) -> None:
    await store.add(LI, DIGEST)
    digest = await _token(store, "li")
    assert await store.change("li", "auditor", "kaifeng", None)
    assert (await store.good([digest], NOW))[digest].user == UserRow("li", "auditor", "kaifeng", None)
    assert not await store.change("nobody", "auditor", "kaifeng", None)


async def test_revoking_all_counts_the_good_ones(store: Store) -> None:
    await store.add(LI, DIGEST)
    first = await _token(store, "li")
    await _token(store, "li")
    await _token(store, "li", -timedelta(hours=1))
    await store.revoke([first], NOW)
    assert await store.revoke_all("li", NOW) == 1
    assert await store.revoke_all("nobody", NOW) == 0


async def test_hostile_names_are_only_names(store: Store) -> None:
    await store.add(LI, DIGEST)
    for name in ("li'; DROP TABLE seats.users; --", "li%", "李" * 500, "LI", "li\u202e"):
        assert await store.password_of(name) is None
    assert await store.password_of("li") is not None


async def test_postgres_takes_no_password_that_is_not_argon2id(dsn: str) -> None:
    database = engine(dsn, application="test")
    with pytest.raises(IntegrityError):
        await PostgresStore(database).add(LI, "correct horse battery")
    await database.dispose()


async def test_postgres_takes_no_seat_without_its_number(dsn: str) -> None:
    database = engine(dsn, application="test")
    with pytest.raises(IntegrityError):
        await PostgresStore(database).add(UserRow("ding", "seat", "zhengzhou", None), DIGEST)
    assert await PostgresStore(database).add(UserRow("ding", "seat", "zhengzhou", "3710001"), DIGEST)
    with pytest.raises(IntegrityError):
        await PostgresStore(database).add(UserRow("bai", "root", "zhengzhou", "3710001"), DIGEST)
    await database.dispose()


async def test_the_token_itself_is_nowhere_in_postgres(dsn: str) -> None:
    database = engine(dsn, application="test")
    store = PostgresStore(database)
    await store.add(LI, DIGEST)
    token = new_token()
    await store.keep_token(digest_of(token), "li", NOW, NOW + timedelta(hours=1), "127.0.0.1")
    await database.dispose()
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT t::text AS whole FROM seats.tokens t")
    await connection.close()
    assert len(rows) == 1
    assert token not in rows[0]["whole"]
    assert token.removeprefix("hl1_") not in rows[0]["whole"]


async def test_an_absent_postgres_is_called_so() -> None:
    database = engine("postgresql://hotline:x@/hotline?host=/nowhere", application="test")
    with pytest.raises(DatabaseAway):
        await PostgresStore(database).password_of("li")
    await database.dispose()


async def test_a_pool_without_a_free_connection_is_called_so_too(dsn: str) -> None:
    database = engine(dsn, application="test", deadline=1.0)
    async with AsyncExitStack() as taken:
        for _ in range(14):
            await taken.enter_async_context(database.connect())
        with pytest.raises(DatabaseAway):
            await PostgresStore(database).password_of("li")
    assert await PostgresStore(database).password_of("li") is None
    await database.dispose()
