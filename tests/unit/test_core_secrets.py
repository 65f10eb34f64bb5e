"""Generated passwords: kept between starts, private, one a seat."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BadInput
from core.secrets import database_dsn, load_or_create, renew_seat
from core.settings import DbSettings, PlatformSettings, Settings


def test_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = load_or_create(folder)
    assert load_or_create(folder) == first
    assert len({first.ami_reader, first.ami_commander, first.postgres, first.seat_key}) == 4


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    load_or_create(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_two_first_starts_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        assert len(set(many.map(lambda _: load_or_create(tmp_path / "s").postgres, range(32)))) == 1


def test_each_seat_has_its_own_and_a_renewed_one_changes_alone(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    numbers = [f"371{n:04d}" for n in range(500)]
    assert len({before.seat(number) for number in numbers}) == 500
    after = renew_seat(tmp_path, "3710001")
    assert after.seat("3710001") != before.seat("3710001")
    assert after.seat("3710002") == before.seat("3710002")
    assert load_or_create(tmp_path).seat("3710001") == after.seat("3710001")


def test_they_are_not_printed_by_accident(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path)
    assert secrets.postgres not in f"{secrets!r} {secrets}"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"ami_reader": 1}', '{"seat_turns": 3}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    load_or_create(tmp_path)
    (tmp_path / "secrets.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"secrets\.json is damaged"):
        load_or_create(tmp_path)


def test_a_server_of_ones_own_wins(tmp_path: Path) -> None:
    settings = Settings(platform=PlatformSettings(home=tmp_path / "a b"))
    secrets = load_or_create(tmp_path)
    embedded = database_dsn(settings, secrets)
    assert "a%20b/run" in embedded
    assert json.loads((tmp_path / "secrets.json").read_text())["postgres"] in embedded
    own = replace(settings, db=DbSettings(dsn="postgresql://db.example/x"))
    assert database_dsn(own, secrets) == "postgresql://db.example/x"
