"""What is published while a process runs is answered from then on; what is only edited is not."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge import files, shelf
from knowledge.current import CurrentAnswers

TODAY = date(2026, 11, 22)
SCOPES = ("henan", "country")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A few entries of ours, to be edited."""
    here = tmp_path / "data"
    (here / "entries").mkdir(parents=True)
    for name in ("asked.yaml", "glossary.yaml", "declined.yaml", "entries/cert.yaml"):
        shutil.copy(files.DATA / name, here / name)
    declined = (here / "declined.yaml").read_text(encoding="utf-8").split("\ntax.env")[0]
    (here / "declined.yaml").write_text(declined, encoding="utf-8")
    return here


def edited(folder: Path, old: str, new: str) -> None:
    file = folder / "entries" / "cert.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def answer_of(answers: CurrentAnswers) -> str:
    found = answers.spoken("cert.no_debt", TODAY, SCOPES)
    assert found is not None
    return found.answer


def test_a_publishing_is_taken_up_and_an_edit_alone_is_not(folder: Path, tmp_path: Path) -> None:
    answers = CurrentAnswers(tmp_path / "cache", folder)
    before = answer_of(answers)
    assert not answers.look()
    edited(folder, before, "无欠税证明，现在可以当场打印。")
    assert not answers.look()
    assert answer_of(answers) == before
    shelf.taken(files.load(folder), tmp_path / "cache", folder)
    assert answers.look()
    assert answer_of(answers) == "无欠税证明，现在可以当场打印。"
    assert answers.ask("无欠税证明怎么开", TODAY, SCOPES).candidates[0].entry.answer == "无欠税证明，现在可以当场打印。"


def test_broken_files_change_nothing(folder: Path, tmp_path: Path) -> None:
    answers = CurrentAnswers(tmp_path / "cache", folder)
    before = answer_of(answers)
    (folder / "entries" / "cert.yaml").write_text("- id: [", encoding="utf-8")
    kept = tmp_path / "cache" / "knowledge" / f"{files.content_hash(folder)}.npz"
    kept.write_bytes(b"no index")
    assert not answers.look()
    assert answer_of(answers) == before


@pytest.mark.parametrize("left", [b"", b"no index", b"PK\x03\x04 half of one"])
def test_what_a_full_disk_or_a_power_cut_left_is_built_anew(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "kept.npz").write_bytes(left)
    assert shelf.read(tmp_path / "kept.npz") is None
