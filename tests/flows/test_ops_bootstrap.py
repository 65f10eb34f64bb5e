"""The `hotline` script with a stand-in for Python: when it installs, and what it says when it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.settings import PROJECT

STAND_IN = """#!/bin/sh
# Answers as python, pip and `python -m ops` would; every call is noted.
echo "$*" >> "$NOTES"
case "$*" in
    *version_info*) exit 0 ;;
    *"import venv"*) exit "${VENV_EXIT:-0}" ;;
    "-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && touch "$4/bin/pip" ;;
    "-m pip"*) echo "${PIP_SAYS:-}"; exit "${PIP_EXIT:-0}" ;;
    "-m ops"*) echo "in $(pwd): $*" ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the script and a lock file, and `python` beside it."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copy(PROJECT / "hotline", folder / "hotline")
    (folder / "requirements.lock").write_text("a==1 --hash=sha256:00\n")
    (tmp_path / "python").write_text(STAND_IN)
    (tmp_path / "python").chmod(0o755)
    return folder


def _run(clone: Path, *arguments: str, cwd: Path | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHON": str(clone.parent / "python"),
        "NOTES": str(clone.parent / "notes"),
        **more,
    }
    return subprocess.run(
        [str(clone / "hotline"), *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=cwd or clone,
        env=environment,
    )


def _hurried(clone: Path) -> str:
    """A search path on which pauses are short."""
    tools = clone.parent / "tools"
    tools.mkdir()
    (tools / "sleep").write_text("#!/bin/sh\nexec /bin/sleep 0.05\n")
    (tools / "sleep").chmod(0o755)
    return f"{tools}{os.pathsep}{os.environ['PATH']}"


def _installations(clone: Path) -> int:
    notes = clone.parent / "notes"
    return sum(line.startswith("-m pip install") for line in notes.read_text().splitlines())


def test_the_first_run_installs_and_the_second_does_not(clone: Path) -> None:
    first = _run(clone, "where", "138 0371", "-")
    assert first.stdout == f"in {clone}: -m ops where 138 0371 -\n"
    assert _installations(clone) == 1
    second = _run(clone, "where")
    assert (second.returncode, second.stderr) == (0, "")
    assert _installations(clone) == 1


def test_a_changed_lock_installs_again(clone: Path) -> None:
    _run(clone, "where")
    (clone / "requirements.lock").write_text("a==2 --hash=sha256:01\n")
    assert _run(clone, "where").returncode == 0
    assert _installations(clone) == 2
    assert len(list((clone / ".venv").glob(".made-of-*"))) == 1


def test_it_works_through_a_link_and_leaves_the_caller_where_they_stand(clone: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "hl").symlink_to(clone / "hotline")
    environment = {"PATH": os.environ["PATH"], "PYTHON": str(tmp_path / "python"), "NOTES": str(tmp_path / "notes")}
    told = subprocess.run(
        ["./hl", "where", "numbers.txt"],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
        cwd=elsewhere,
        env=environment,
    )
    assert told.stdout == f"in {elsewhere}: -m ops where numbers.txt\n"
    assert (clone / ".venv").is_dir()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: OSError: [Errno 28] No space left on device", "no room on the disk"),
        ("connection broken by 'NewConnectionError(...)': /simple/aiohttp/", "check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one requirements.lock names"),
        ("error: metadata-generation-failed", "metadata-generation-failed"),
    ],
)  # fmt: skip
def test_a_failed_installation_is_one_line_and_is_tried_again(clone: Path, said: str, told: str) -> None:
    failed = _run(clone, "where", PIP_SAYS=said, PIP_EXIT="1", PATH=_hurried(clone))
    assert failed.returncode == 2
    assert failed.stdout == ""
    lines = failed.stderr.splitlines()
    assert told in lines[-1]
    assert "Traceback" not in failed.stderr
    assert _run(clone, "where").returncode == 0


def test_an_index_that_does_not_answer_for_a_moment_is_asked_again(clone: Path, tmp_path: Path) -> None:
    refusing = 'if [ "$(grep -c "^-m pip" "$NOTES")" = 1 ]; then echo "ReadTimeoutError"; exit 1; fi'
    text = (tmp_path / "python").read_text()
    (tmp_path / "python").write_text(text.replace('echo "${PIP_SAYS:-}"', f"{refusing}; :"))
    done = _run(clone, "where", PATH=_hurried(clone))
    assert (done.returncode, _installations(clone)) == (0, 2)
    assert "hotline: the package index does not answer; trying again in 5 s" in done.stderr


def test_an_environment_whose_installation_was_killed_is_made_anew(clone: Path) -> None:
    _run(clone, "where")
    venv = clone / ".venv"
    (venv / ".begun").touch()
    for stamp in venv.glob(".made-of-*"):
        stamp.unlink()
    assert _run(clone, "where").returncode == 0
    notes = (clone.parent / "notes").read_text().splitlines()
    assert sum(line.startswith("-m venv --clear") for line in notes) == 2
    assert not (venv / ".begun").exists()


def test_a_python_without_venv_is_named_with_the_package_to_install(clone: Path) -> None:
    failed = _run(clone, "where", VENV_EXIT="1")
    assert failed.returncode == 2
    assert "apt install python3-venv" in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_two_first_starts_at_once_install_once(clone: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHON": str(tmp_path / "python"), "NOTES": str(tmp_path / "notes")}
    both = [
        subprocess.Popen([str(clone / "hotline"), "x"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=90) and process.returncode for process in both] == [0, 0]
    assert _installations(clone) == 1
