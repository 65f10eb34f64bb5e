"""Users, their scopes, passwords, tokens and how often a log-in may fail: decided in memory."""

import pytest

from core.errors import BadInput
from seats.accounts.attempts import LIMITS, WINDOW, Attempts, network_of
from seats.accounts.passwords import acceptable, generated
from seats.accounts.scope import EVERYWHERE, NOWHERE
from seats.accounts.tokens import digest_of, new_token, well_formed
from seats.accounts.user import Role, member
from tests.fakes.account_store import cheap_passwords
from tests.fakes.henan_tree import TREE


def test_a_city_supervisor_sees_the_city_and_its_counties_only() -> None:
    scope = member(TREE, "li", "city_supervisor", "郑州").scope
    assert scope.areas == {"zhengzhou", "gongyi", "zhongmu"}
    assert not scope.whole
    assert not scope.covers(None)


def test_a_province_supervisor_sees_everything_also_what_is_not_decided() -> None:
    scope = member(TREE, "wang", Role.PROVINCE_SUPERVISOR, TREE.root.id, "3719001").scope
    assert scope == EVERYWHERE
    assert scope.covers(None)
    assert all(scope.covers(area.id) for area in TREE)


@pytest.mark.parametrize("area", ["zhengzhou", "gongyi", "henan"])
def test_a_seat_is_of_any_area_and_sees_none(area: str) -> None:
    user = member(TREE, "ding", "seat", area, "3710001")
    assert user.scope == NOWHERE
    assert user.phone == "3710001"


def test_commanding_needs_every_area_seeing_needs_one() -> None:
    scope = member(TREE, "li", "city_supervisor", "zhengzhou").scope
    pair = {TREE.area("zhengzhou").id, TREE.area("kaifeng").id}
    assert scope.covers_any(pair)
    assert not scope.covers_all(pair)
    assert not scope.covers_all([])
    assert not NOWHERE.covers_any(pair)
    assert EVERYWHERE.covers_all([None])


@pytest.mark.parametrize(
    ("name", "role", "area", "phone"),
    [
        ("Li", "auditor", "henan", None),
        ("l", "auditor", "henan", None),
        ("li\n", "auditor", "henan", None),
        ("li'--", "auditor", "henan", None),
        ("li", "root", "henan", None),
        ("li", "city_supervisor", "henan", None),
        ("li", "city_supervisor", "gongyi", None),
        ("li", "province_supervisor", "zhengzhou", None),
        ("li", "auditor", "gongyi", None),
        ("li", "auditor", "atlantis", None),
        ("li", "auditor", "henan", "12366"),
        ("li", "seat", "zhengzhou", None),
        ("li", "seat", "atlantis", "3710001"),
        ("li", "auditor", "henan", "3710001&PJSIP/500"),
    ],
)
def test_a_user_that_does_not_fit_is_refused(name: str, role: str, area: str, phone: str | None) -> None:
    with pytest.raises(BadInput):
        member(TREE, name, role, area, phone)


@pytest.mark.parametrize(
    "password", ["short", "a" * 40, "abababababab", "x" * 129, "has a\nbreak in it", "nul\0 inside it"]
)
def test_a_poor_password_is_refused(password: str) -> None:
    with pytest.raises(BadInput):
        acceptable(password)


def test_a_password_fits_its_own_digest_only() -> None:
    passwords = cheap_passwords()
    digest = passwords.digest("正确的马 电池 订书钉")
    assert digest.startswith("$argon2id$")
    assert digest != passwords.digest("正确的马 电池 订书钉")
    assert passwords.fits(digest, "正确的马 电池 订书钉")
    for wrong in ("正确的马 电池 订书", "", "x" * 100_000, "\ud800", "nul\0"):
        assert not passwords.fits(digest, wrong)
    assert not passwords.fits(None, "正确的马 电池 订书钉")
    assert not passwords.fits("not a digest", "x")


def test_generated_passwords_are_acceptable_and_differ() -> None:
    made = {acceptable(generated()) for _ in range(100)}
    assert len(made) == 100


def test_tokens_differ_and_have_one_form() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(well_formed(token) for token in made)
    assert len({digest_of(token) for token in made}) == 100
    one = made.pop()
    for bad in ("", "hl1_", one[:-1], one + "a", one + "\n", one.upper(), one[4:], f" {one}", one.replace("_", "é", 1)):
        assert not well_formed(bad)


def test_a_name_at_an_address_may_fail_five_times_in_five_minutes() -> None:
    attempts = Attempts()
    for at in range(LIMITS["pair"]):
        assert attempts.wait("li", "10.0.0.1", at) == 0
        attempts.begin("li", "10.0.0.1", at)
    assert attempts.wait("li", "10.0.0.1", 10) == WINDOW - 10
    assert attempts.wait("li", "10.0.0.2", 10) == 0
    assert attempts.wait("wang", "10.0.0.1", 10) == 0
    assert attempts.wait("li", "10.0.0.1", WINDOW) == 0


def test_an_address_may_not_try_name_after_name() -> None:
    attempts = Attempts()
    for nth in range(LIMITS["address"]):
        attempts.begin(f"user{nth}", "10.0.0.1", 0)
    assert attempts.wait("fresh", "10.0.0.1", 1) > 0
    assert attempts.wait("fresh", "::ffff:10.0.0.1", 1) > 0
    assert attempts.wait("fresh", "10.0.0.2", 1) == 0


def test_a_name_may_not_be_tried_from_everywhere() -> None:
    attempts = Attempts()
    for nth in range(LIMITS["name"]):
        attempts.begin("li", f"10.0.{nth}.1", 0)
    assert attempts.wait("li", "10.9.9.9", 1) > 0


def test_a_success_is_held_against_nobody() -> None:
    attempts = Attempts()
    for at in range(LIMITS["pair"] - 1):
        attempts.begin("li", "10.0.0.1", at)
    attempts.begin("li", "10.0.0.1", 5)
    attempts.succeeded("li", "10.0.0.1")
    assert attempts.wait("li", "10.0.0.1", 6) == 0
    for _ in range(1000):
        attempts.begin("wang", "10.0.0.9", 7)
        attempts.succeeded("wang", "10.0.0.9")
    assert attempts.wait("wang", "10.0.0.9", 8) == 0


def test_an_attempt_withdrawn_does_not_forgive_those_before() -> None:
    attempts = Attempts()
    for _ in range(LIMITS["pair"]):
        attempts.begin("li", "10.0.0.1", 0)
    attempts.begin("li", "10.0.0.1", 1)
    attempts.withdraw("li", "10.0.0.1")
    assert attempts.wait("li", "10.0.0.1", 2) > 0


def test_what_is_remembered_of_attempts_is_bounded() -> None:
    attempts = Attempts()
    for nth in range(11_000):
        attempts.begin(f"n{nth}", f"2001:db8::{nth % 65536:x}", 0)
    assert len(attempts._times) <= 10_000


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::"),
        ("2001:db8::ffff:1", "2001:db8::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix", "unix"),
    ],
)
def test_an_address_is_what_one_cannot_change_at_will(address: str, network: str) -> None:
    assert network_of(address) == network
