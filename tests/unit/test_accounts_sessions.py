"""Log-in and sessions on a store in memory, with a turned clock."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.clock import TurnedClock
from core.db import DatabaseAway
from seats.accounts.accounts import AWAY, Accounts
from seats.accounts.attempts import LIMITS, WINDOW
from seats.accounts.session import BadToken, LogInRefused, TooManyAttempts
from seats.accounts.store import UserRow
from seats.accounts.tokens import LIFE, new_token
from tests.fakes.account_store import MemoryStore, cheap_passwords
from tests.fakes.becomes import becomes
from tests.fakes.henan_tree import TREE

PASSWORD = "correct horse battery"
PASSWORDS = cheap_passwords()
DIGEST = PASSWORDS.digest(PASSWORD)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 22, 1, 0, tzinfo=UTC))


@pytest.fixture
async def store() -> MemoryStore:
    store = MemoryStore()
    await store.add(UserRow("li", "city_supervisor", "zhengzhou", "3710001"), DIGEST)
    await store.add(UserRow("gone", "auditor", "henan", None, enabled=False), DIGEST)
    return store


@pytest.fixture
def accounts(store: MemoryStore, clock: TurnedClock) -> Accounts:
    return Accounts(store, TREE, clock, PASSWORDS)


async def test_a_log_in_gives_a_token_that_is_good_for_a_shift(accounts: Accounts, clock: TurnedClock) -> None:
    token, session = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    assert session.user.area == "zhengzhou"
    assert session.expires_at == clock.now() + LIFE
    assert await accounts.check(token) == session
    clock.turn(LIFE.total_seconds() - 1)
    await accounts.recheck()
    assert accounts.known(token) is not None
    clock.turn(1)
    assert accounts.known(token) is None
    with pytest.raises(BadToken):
        await accounts.check(token)


@pytest.mark.parametrize(("name", "password"), [("li", "wrong wrong wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
async def test_wrong_unknown_and_disabled_are_refused_in_the_same_words(
    accounts: Accounts, name: str, password: str
) -> None:
    with pytest.raises(LogInRefused, match=r"^name or password is wrong$"):
        await accounts.log_in(name, password, "127.0.0.1")


async def test_an_unknown_name_costs_a_digest_too(store: MemoryStore, clock: TurnedClock) -> None:
    checked: list[str | None] = []

    class Watched(type(PASSWORDS)):  # type: ignore[misc]
        def fits(self, digest: str | None, password: str) -> bool:
            checked.append(digest)
            return super().fits(digest, password)  # type: ignore[no-any-return]

    accounts = Accounts(store, TREE, clock, Watched(PASSWORDS._hasher))
    for name in ("li", "nobody", "gone"):
        with pytest.raises(LogInRefused):
            await accounts.log_in(name, "wrong wrong wrong", "127.0.0.1")
    assert checked == [DIGEST, None, DIGEST]


async def test_failures_at_once_are_counted_as_failures_in_turn(accounts: Accounts) -> None:
    tries = [accounts.log_in("li", f"wrong password {nth}", "127.0.0.1") for nth in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, LogInRefused) for result in results) == LIMITS["pair"]
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 20 - LIMITS["pair"]
    with pytest.raises(TooManyAttempts) as caught:
        await accounts.log_in("li", PASSWORD, "127.0.0.1")
    assert caught.value.seconds > 0


async def test_a_revocation_made_elsewhere_works_at_the_next_check(accounts: Accounts, store: MemoryStore) -> None:
    token, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    await store.set_password("li", PASSWORDS.digest("another password"), datetime.now(UTC))
    assert accounts.known(token) is not None
    await accounts.recheck()
    assert accounts.known(token) is None
    with pytest.raises(BadToken):
        await accounts.check(token)


async def test_another_role_works_at_the_next_check(accounts: Accounts, store: MemoryStore) -> None:
    token, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    await store.change("li", "auditor", "kaifeng", None)
    await accounts.recheck()
    assert (await accounts.check(token)).user.scope.areas == {"kaifeng"} | {
        area.id for area in TREE if area.parent == "kaifeng"
    }


async def test_a_user_that_fits_the_province_no_more_is_out(accounts: Accounts, store: MemoryStore) -> None:
    token, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    await store.change("li", "city_supervisor", "atlantis", None)
    await accounts.recheck()
    assert accounts.known(token) is None


async def test_a_thousand_sessions_are_checked_in_one_question(accounts: Accounts, store: MemoryStore) -> None:
    for _ in range(50):
        await accounts.log_in("li", PASSWORD, "127.0.0.1")
    before = store.questions
    await accounts.recheck()
    assert store.questions == before + 1


async def test_postgres_away_takes_no_known_session(accounts: Accounts, store: MemoryStore, clock: TurnedClock) -> None:
    token, session = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    store.away = True
    clock.turn(120)
    with pytest.raises(DatabaseAway):
        await accounts.recheck()
    still = await accounts.check(token)
    assert still.checked_at == session.checked_at
    with pytest.raises(DatabaseAway):
        await accounts.log_in("li", PASSWORD, "127.0.0.1")
    with pytest.raises(DatabaseAway):
        await accounts.check(new_token())
    clock.turn(AWAY.total_seconds())
    with pytest.raises(DatabaseAway):
        await accounts.check(token)
    store.away = False
    assert (await accounts.check(token)).checked_at == clock.now()


async def test_a_postgres_that_is_away_uses_up_no_attempt(accounts: Accounts, store: MemoryStore) -> None:
    store.away = True
    for _ in range(2 * LIMITS["pair"]):
        with pytest.raises(DatabaseAway):
            await accounts.log_in("li", PASSWORD, "127.0.0.1")
    store.away = False
    await accounts.log_in("li", PASSWORD, "127.0.0.1")


async def test_logged_out_is_logged_out_also_while_postgres_is_away(accounts: Accounts, store: MemoryStore) -> None:
    first, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    second, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    await accounts.log_out(first)
    store.away = True
    with pytest.raises(DatabaseAway):
        await accounts.log_out(second)
    store.away = False
    for token in (first, second):
        assert accounts.known(token) is None
        with pytest.raises(BadToken):
            await accounts.check(token)
    await accounts.recheck()
    assert all(token.revoked for token in store.tokens.values())


async def test_garbage_costs_postgres_nothing(accounts: Accounts, store: MemoryStore) -> None:
    unknown = new_token()
    for token in ("", "x", "hl1_" + "x" * 42, "' OR 1=1 --", "\ud800", "hl1_" + "é" * 43):
        with pytest.raises(BadToken):
            await accounts.check(token)
    assert store.questions == 2
    for _ in range(3):
        with pytest.raises(BadToken):
            await accounts.check(unknown)
    assert store.questions == 3


async def test_old_costs_are_renewed_at_log_in(store: MemoryStore, clock: TurnedClock) -> None:
    costly = type(PASSWORDS)(type(PASSWORDS._hasher)(time_cost=2, memory_cost=16, parallelism=1))
    accounts = Accounts(store, TREE, clock, costly)
    await accounts.log_in("li", PASSWORD, "127.0.0.1")
    assert store.users["li"][1] != DIGEST
    await accounts.log_in("li", PASSWORD, "127.0.0.1")


async def test_sessions_are_checked_again_and_again_while_open(
    accounts: Accounts, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seats.accounts.accounts.RECHECK", 0.001)
    token, _ = await accounts.log_in("li", PASSWORD, "127.0.0.1")
    store.away = True
    await accounts.start()
    try:
        before = store.questions
        await becomes(lambda: store.questions >= before + 2)
        store.away = False
        await store.revoke_all("li", datetime.now(UTC))
        await becomes(lambda: accounts.known(token) is None)
    finally:
        await accounts.close()


async def test_an_address_that_guesses_tokens_is_not_looked_up_for_any_more(
    accounts: Accounts, store: MemoryStore, clock: TurnedClock
) -> None:
    known, _ = await accounts.log_in("li", PASSWORD, "10.0.0.1")
    other, _ = await accounts.log_in("li", PASSWORD, "10.0.0.1")
    accounts._known.clear()
    assert await accounts.check(known, "10.0.0.1")
    for _ in range(LIMITS["token"]):
        with pytest.raises(BadToken):
            await accounts.check(new_token(), "10.0.0.1")
    before = store.questions
    with pytest.raises(TooManyAttempts):
        await accounts.check(new_token(), "10.0.0.1")
    assert store.questions == before
    assert await accounts.check(known, "10.0.0.1")
    assert await accounts.check(other, "10.0.0.2")
    clock.turn(WINDOW)
    with pytest.raises(BadToken):
        await accounts.check(new_token(), "10.0.0.1")
