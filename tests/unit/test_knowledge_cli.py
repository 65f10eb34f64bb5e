"""`hotline ask -` keeps its contract; an editor's commands change the files and nothing else."""

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from core.errors import BadInput
from knowledge import files
from knowledge.cli import ask, knowledge


def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: bytes, *words: str) -> list[dict]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert ask(["-", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_line_whatever_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "税".encode() * 100_000
    given = "\ufeff机票能不能抵扣\r\n\n我要人工\n".encode() + b"\xff\xfe\n\x00\n" + long + b"\nlast"
    rows = asked(monkeypatch, capsys, given)
    assert len(rows) == 7
    assert all(list(row) == ["question", "action", "id", "score", "candidates", "ms"] for row in rows)
    first, empty, person = rows[:3]
    assert (first["question"], first["action"], first["id"]) == ("机票能不能抵扣", "answer", "invoice.passenger")
    assert first["candidates"][0]["id"] == "invoice.passenger"
    assert first["score"] == first["candidates"][0]["score"]
    assert (empty["action"], empty["id"], empty["candidates"]) == ("unsure", None, [])
    assert (person["action"], person["id"]) == ("human", None)
    assert rows[-1]["question"] == "last"
    assert all(row["ms"] >= 0 for row in rows)


def test_area_and_day_are_taken_and_unknown_ones_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = "电动汽车购置税减半\n".encode()
    (now,) = asked(monkeypatch, capsys, given, "--area", "洛阳", "--date", "2026-06-01")
    assert now["id"] == "decl.vehicle_nev"
    (later,) = asked(monkeypatch, capsys, given, "--area", "luoyang", "--date", "2028-06-01")
    assert "decl.vehicle_nev" not in [found["id"] for found in later["candidates"]]
    with pytest.raises(BadInput, match="no area"):
        ask(["--area", "上海", "租房"])
    with pytest.raises(BadInput, match="stands alone"):
        ask(["-", "租房"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of our entries to edit."""
    made = tmp_path / "data"
    shutil.copytree(files.DATA, made)
    return made


def run(folder: Path, *words: str) -> int:
    return knowledge(["--folder", str(folder), *words])


def entry(folder: Path, name: str) -> dict:
    return files.plain(next(one for one in files.load(folder).entries if one.id == name))


def test_an_edit_raises_the_version_only_when_what_is_spoken_changes(folder: Path) -> None:
    assert run(folder, "edit", "svc.appoint", "label=预约去大厅", "phrasing+=俺想约个号中不中") == 0
    now = entry(folder, "svc.appoint")
    assert (now["version"], now["label"], now["phrasings"][-1]) == (1, "预约去大厅", "俺想约个号中不中")
    assert run(folder, "edit", "svc.appoint", "answer=预约办税,税务APP就行。", "valid_until=2027-12-31") == 0
    assert entry(folder, "svc.appoint")["version"] == 2
    for bad in ("version=9", "nothing", "colour=red", "valid_until=soon", "phrasing-=没有这句", "review=maybe"):
        with pytest.raises(BadInput):
            run(folder, "edit", "svc.appoint", bad)


def test_a_bad_edit_is_written_but_fails_the_check(folder: Path) -> None:
    assert run(folder, "edit", "svc.appoint", "basis=") == 1


def test_files_keep_every_other_entry_as_it_was(folder: Path) -> None:
    before = files.load(folder).entries
    run(folder, "edit", "svc.appoint", "label=预约")
    after = files.load(folder).entries
    assert [a for a, b in zip(before, after, strict=True) if a != b] == [
        one for one in before if one.id == "svc.appoint"
    ]


def test_export_and_import_are_each_other(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("all.json", "all.yaml"):
        assert run(folder, "export", "-o", str(tmp_path / name)) == 0
        shutil.rmtree(folder / "entries")
        (folder / "entries").mkdir()
        assert run(folder, "import", str(tmp_path / name)) == 0
        assert set(files.load(folder).entries) == set(files.load().entries)
    assert run(folder, "export", "-o", str(tmp_path / "all.csv")) == 0
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as table:
        assert [row["id"] for row in csv.DictReader(table)] == [one.id for one in files.load(folder).entries]
    capsys.readouterr()
    assert run(folder, "export") == 0
    assert len(json.loads(capsys.readouterr().out)) == len(files.load().entries)


def test_add_retire_list_and_show(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item = entry(folder, "svc.appoint") | {"scope": "zhengzhou", "answer": "郑州预约办税,公众号就行。"}
    (tmp_path / "new.json").write_text(json.dumps(item, default=str), encoding="utf-8")
    assert run(folder, "add", str(tmp_path / "new.json")) in (0, 1)
    with pytest.raises(BadInput, match="there already"):
        run(folder, "add", str(tmp_path / "new.json"))
    with pytest.raises(BadInput, match="say which"):
        run(folder, "show", "svc.appoint")
    capsys.readouterr()
    assert run(folder, "show", "svc.appoint", "--scope", "zhengzhou", "--json") == 0
    assert json.loads(capsys.readouterr().out)["answer"] == item["answer"]
    assert run(folder, "retire", "svc.appoint", "--scope", "zhengzhou") == 0
    capsys.readouterr()
    assert run(folder, "list", "--review", "needed", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed
    assert all(one["review"] == "needed" for one in listed)
    with pytest.raises(BadInput, match="no entry"):
        run(folder, "show", "no.such")


@pytest.mark.parametrize("text", ["- id: a.b\n", "[]{", "- 5\n", "- {id: x, colour: red}\n"])
def test_a_malformed_file_is_refused_by_name(folder: Path, text: str) -> None:
    (folder / "entries" / "zz.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"zz\.yaml"):
        run(folder, "list")


@pytest.mark.parametrize("name", ["../../x.y", "/x.y", "a/b.c", ".x", "x", "", "X Y.z", "a..b"])
def test_an_id_leads_to_no_other_folder(folder: Path, tmp_path: Path, name: str) -> None:
    item = entry(folder, "svc.appoint") | {"id": name}
    (tmp_path / "new.json").write_text(json.dumps(item, default=str), encoding="utf-8")
    before = sorted(folder.rglob("*"))
    with pytest.raises(BadInput, match="an id is like"):
        run(folder, "add", str(tmp_path / "new.json"))
    assert sorted(folder.rglob("*")) == before
