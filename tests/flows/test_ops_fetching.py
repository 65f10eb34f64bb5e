"""Fetching programs: what stands in the way is said in one line, and two at once fetch once."""

import sys
import threading
from pathlib import Path

import pytest

from core.errors import MissingComponent
from ops.runtime import apt, debs
from ops.runtime.command import run
from ops.runtime.debs import Unpacked, Wanted, find, obtain

WANTED = Wanted("thing", "thing-package", ("usr/bin/thing", "-V"))


def _silent(_text: str) -> None:
    return None


def _place(cache: Path, version: str) -> Path:
    folder = cache / "runtime" / f"thing-{version}-{apt.architecture()}"
    folder.mkdir(parents=True)
    return folder


def test_the_newest_copy_is_found_by_number_not_by_spelling(tmp_path: Path) -> None:
    assert find(WANTED, tmp_path) is None
    _place(tmp_path, "22.9.0")
    newest = _place(tmp_path, "22.10.1")
    (tmp_path / "runtime" / ".thing.new").mkdir()
    assert find(WANTED, tmp_path) == Unpacked(newest, "22.10.1")


def test_a_machine_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingComponent, match="apt-get, dpkg, dpkg-deb not found"):
        obtain(WANTED, tmp_path / "cache", _silent)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "_ROOM", 1 << 60)
    with pytest.raises(MissingComponent, match=r"no room to unpack thing in .*HOTLINE_PLATFORM_CACHE"):
        obtain(WANTED, tmp_path, _silent)


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MissingComponent, match="cannot write in"):
        obtain(WANTED, tmp_path / "file", _silent)


def test_a_mirror_that_refuses_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dpkg", "dpkg-deb"):
        (tools / name).touch(0o755)
    (tools / "apt-get").write_text("#!/bin/sh\necho 'Err:1 x sid InRelease'\necho '  Connection refused'\nexit 100\n")
    (tools / "apt-get").chmod(0o755)
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(apt, "KEYRING", keyring)
    sources = tmp_path / "apt"
    sources.mkdir()
    (sources / "sources.list").write_text("deb http://mirror.example/debian bookworm main\n")
    monkeypatch.setattr(apt, "_APT", sources)
    monkeypatch.setattr(debs, "_PAUSES", (0.0, 0.01))
    told: list[str] = []
    with pytest.raises(MissingComponent) as refused:
        obtain(WANTED, tmp_path / "cache", told.append)
    assert sum("trying again in" in line for line in told) == 2
    text = str(refused.value)
    assert "http://mirror.example/debian: Connection refused" in text
    assert "\n" not in text
    assert not (tmp_path / "cache" / "runtime" / ".thing.new").exists()


def test_a_machine_without_a_mirror_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("apt-get", "dpkg", "dpkg-deb"):
        (tools / name).touch(0o755)
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(apt, "KEYRING", keyring)
    monkeypatch.setattr(apt, "_APT", tmp_path / "none")
    with pytest.raises(MissingComponent, match="names a Debian mirror; add one, or install"):
        obtain(WANTED, tmp_path / "cache", _silent)


def test_two_at_once_fetch_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    waiting = threading.Event()

    def fetch(wanted: Wanted, cache: Path, say: object) -> Unpacked:
        # The other one is at the door before this one is done.
        assert waiting.wait(30)
        fetched.append(wanted.name)
        return Unpacked(_place(cache, "1.0"), "1.0")

    def say(text: str) -> None:
        assert "another copy is fetching thing" in text
        waiting.set()

    monkeypatch.setattr(debs, "_fetch", fetch)
    copies: list[Unpacked] = []
    both = [threading.Thread(target=lambda: copies.append(obtain(WANTED, tmp_path, say))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert fetched == ["thing"]
    assert len(set(copies)) == 1
    assert len(copies) == 2


def test_a_program_that_does_not_end_is_ended_with_its_children() -> None:
    status, lines = run(["sh", "-c", "echo begun; sleep 600 & sleep 600"], deadline=0.3)
    assert status == 124
    assert lines == ["begun", "E: no end after 0 s"]


def test_output_is_told_line_by_line() -> None:
    told: list[str] = []
    assert run([sys.executable, "-c", "print('a'); print('b')"], 20.0, each=told.append) == (0, ["a", "b"])
    assert told == ["a", "b"]
