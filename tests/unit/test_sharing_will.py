"""The file by which Asterisk knows that our service is gone: one at a time, never due while we live."""

from pathlib import Path

import pytest

from seats.sharing.will import DUE_IN, EVERY, Will

NOW = 1_795_316_700.0


def test_each_sign_of_life_puts_the_file_off(tmp_path: Path) -> None:
    will = Will(tmp_path)
    will.put_off(NOW)
    (first,) = (tmp_path / "outgoing").iterdir()
    assert first.stat().st_mtime == NOW + DUE_IN
    will.put_off(NOW + EVERY)
    (second,) = (tmp_path / "outgoing").iterdir()
    # Asterisk notes a name with its time: the same name would be acted on when it was due first.
    assert second.name != first.name
    assert second.stat().st_mtime == NOW + EVERY + DUE_IN
    assert "Local/s@unlend" in second.read_text()
    assert list(tmp_path.iterdir()) == [tmp_path / "outgoing"], "nothing half written lies in Asterisk's folder"


def test_another_process_takes_over_what_a_killed_one_left_and_one_that_leaves_takes_it_along(tmp_path: Path) -> None:
    Will(tmp_path).put_off(NOW)
    other = Will(tmp_path)
    other.put_off(NOW + 1)
    (left,) = (tmp_path / "outgoing").iterdir()
    assert left.stat().st_mtime == NOW + 1 + DUE_IN
    other.withdraw()
    assert not list((tmp_path / "outgoing").iterdir())


def test_a_disk_that_takes_no_file_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    away = Will(tmp_path / "no" / "folder")
    for _ in range(3):
        away.put_off(NOW)
    away.withdraw()
    assert len(caplog.records) == 1
    assert not list(tmp_path.iterdir())
