"""Tables on disk: built, kept, replaced whole, refused when damaged; imports all or nothing."""

import shutil
import struct
import sys
from array import array
from pathlib import Path

import pytest

from core.errors import BadInput, MissingComponent
from routing import tables as stored
from routing.lookup import decide
from routing.source import dump, read_phone_dat, undump
from tests.fakes.henan import henan_tables


def carrier_file(folder: Path, *lines: str) -> Path:
    file = folder / "list.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables with an import behind them; copy before changing."""
    folder = tmp_path_factory.mktemp("built")
    stored.import_segments("henan", folder, carrier_file(tmp_path_factory.mktemp("list"), "1550388,济源"))
    return folder


def test_what_is_stored_is_what_was_built(tmp_path: Path) -> None:
    built = stored.build("henan", tmp_path)
    loaded = stored.load(tmp_path)
    assert loaded.segments == built.segments
    assert (loaded.origins, loaded.places, loaded.tree, loaded.data_version) == (
        built.origins,
        built.places,
        built.tree,
        built.data_version,
    )
    assert [path.name for path in tmp_path.iterdir()] == [stored.TABLE_FILE]


def test_facts_say_where_the_data_is_from(tmp_path: Path) -> None:
    tables = stored.build("henan", tmp_path)
    facts = stored.facts(tmp_path)
    assert tables.data_version == "phone-2312+3"
    assert facts["source"] == "phone.dat 2312"
    assert facts["segments"] == 499_527
    assert sum(facts["own_segments"].values()) == 27_396
    assert (facts["overrides"], facts["carrier"]) == (3, 0)


def test_code_book_of_other_provinces() -> None:
    places = henan_tables().places
    assert [places[code] for code in ("010", "021", "0311", "028", "0898", "0479")] == [
        "北京",
        "上海",
        "石家庄",
        "成都",
        "海口",
        "锡林郭勒",
    ]
    assert not set(places) & set(henan_tables().tree.codes)


def test_missing_and_damaged_tables_are_named_and_built_again(tmp_path: Path) -> None:
    with pytest.raises(MissingComponent, match="segments build"):
        stored.load(tmp_path)
    stored.ready("henan", tmp_path)
    file = tmp_path / stored.TABLE_FILE
    whole = file.read_bytes()
    for at in (*range(0, 20), len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadInput, match="damaged"):
            stored.load(tmp_path)
    for length in (0, 5, 11, 12, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="damaged"):
            stored.load(tmp_path)
    assert stored.ready("henan", tmp_path).data_version == henan_tables().data_version
    assert file.read_bytes() == whole


def test_ready_keeps_what_is_fresh_and_rebuilds_what_is_not(tmp_path: Path) -> None:
    stored.ready("henan", tmp_path)
    file = tmp_path / stored.TABLE_FILE
    before = file.stat().st_mtime_ns
    stored.ready("henan", tmp_path)
    assert file.stat().st_mtime_ns == before
    (tmp_path / stored.CARRIER_FILE).write_text("segment,area\n1550391,济源\n", encoding="utf-8")
    assert decide("15503911234", "0371", stored.ready("henan", tmp_path)).area == "济源"


def test_last_good_tables_serve_when_the_sources_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.build("henan", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert stored.ready("henan", tmp_path).data_version == "phone-2312+3"
    with pytest.raises(MissingComponent, match="phone"):
        stored.build("henan", tmp_path)


def test_tables_of_another_province_do_not_serve(tmp_path: Path) -> None:
    stored.ready("henan", tmp_path)
    with pytest.raises(MissingComponent, match="known: henan"):
        stored.ready("hebei", tmp_path)


def test_import_wins_and_reports(tmp_path: Path) -> None:
    file = carrier_file(
        tmp_path, "segment,area,basis", "1550391,济源,x", "1550390,济源市,x", "1999999,巩义,x", "", "1380371,郑州,x"
    )
    folder = tmp_path / "tables"
    done = stored.import_segments("henan", folder, file)
    assert [(one.segment, one.before, one.after) for one in done.changes] == [
        ("1550391", "焦作", "济源"),
        ("1999999", "", "巩义"),
    ]
    assert (done.lines, done.confirmed) == (4, 2)
    tables = stored.load(folder)
    assert tables.data_version == done.data_version
    assert done.data_version.startswith("phone-2312+3+carrier-4-")
    found = decide("15503911234", "0371", tables)
    assert (found.area, found.confidence, found.reason) == ("济源", "high", "override")
    county = decide("19999991234", "0371", tables)
    assert (county.area, county.county, county.area_id) == ("郑州", "巩义", "gongyi")


def test_a_later_import_adds_and_wins_over_an_earlier_one(tmp_path: Path) -> None:
    stored.import_segments("henan", tmp_path, carrier_file(tmp_path, "1550391,济源", "1550392,济源"))
    done = stored.import_segments("henan", tmp_path, carrier_file(tmp_path, "1550392,焦作"))
    assert [(one.before, one.after) for one in done.changes] == [("济源", "焦作")]
    tables = stored.load(tmp_path)
    assert [decide(f"{segment}1234", "0371", tables).area for segment in ("1550391", "1550392")] == ["济源", "焦作"]
    assert decide("15503921234", "0371", tables).confidence == "high"


def test_a_carrier_tells_landlines_apart_too(tmp_path: Path) -> None:
    lines = ("0394422,项城", "03913,焦作", "0371620,巩义", "0371640,郑州")
    done = stored.import_segments("henan", tmp_path, carrier_file(tmp_path, *lines))
    moved = {change.segment: (change.before, change.after) for change in done.changes}
    assert moved == {"0394422": ("周口", "项城"), "0371620": ("郑州", "巩义"), "0371640": ("巩义", "郑州")}
    tables = stored.load(tmp_path)
    found = [decide(raw, "0371", tables) for raw in ("03944221234", "03913912345", "037162012345", "037164012345")]
    assert [(one.area, one.county, one.confidence) for one in found] == [
        ("周口", "项城", "high"),
        ("焦作", None, "high"),
        ("郑州", "巩义", "high"),
        ("郑州", None, "high"),
    ]
    assert decide("03944231234", "0371", tables).county is None
    assert decide("037122912345", "0371", tables).area == "开封"


BAD_LINES = [
    ("1550391,火星", r"line 3: '火星' is no city or county unit of 河南"),
    ("1550391,河南", r"line 3: '河南' is no city"),
    ("155039,济源", r"line 3: '155039' is no segment"),
    ("2550391,济源", r"line 3: '2550391' is no segment"),
    ("１５５０３９１,济源", r"line 3: .* is no segment"),
    ("0394422,永城", r"line 3: 0394422 does not begin with the area code of 永城, 0370"),
    ("0378422,开封", r"line 3: 0378422 does not begin"),
    ("1550391", r"line 3: expected segment,area"),
    ('"1550391,济源', r"line 3: not CSV"),
    ("1550390,焦作", r"line 3: 1550390 is 焦作 here and 济源 on line 2"),
]


@pytest.mark.parametrize(("line", "complaint"), BAD_LINES)
def test_nothing_is_half_imported(built: Path, tmp_path: Path, line: str, complaint: str) -> None:
    folder = tmp_path / "tables"
    shutil.copytree(built, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BadInput, match=complaint):
        stored.import_segments("henan", folder, carrier_file(tmp_path, "segment,area", "1550390,济源", line))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_files_that_are_no_lists(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read"):
        stored.import_segments("henan", tmp_path, tmp_path / "missing.csv")
    with pytest.raises(BadInput, match="cannot read"):
        stored.import_segments("henan", tmp_path, tmp_path)
    with pytest.raises(BadInput, match="no segments"):
        stored.import_segments("henan", tmp_path, carrier_file(tmp_path, "segment,area"))
    gbk = tmp_path / "gbk.csv"
    gbk.write_bytes("1550391,济源\n".encode("gbk"))
    with pytest.raises(BadInput, match="not UTF-8"):
        stored.import_segments("henan", tmp_path, gbk)


def test_a_full_disk_leaves_the_old_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.build("henan", tmp_path)
    before = (tmp_path / stored.TABLE_FILE).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MissingComponent, match="No space left"):
        stored.import_segments("henan", tmp_path, carrier_file(tmp_path, "1550391,济源"))
    assert (tmp_path / stored.TABLE_FILE).read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MissingComponent, match="cannot write"):
        stored.ready("henan", tmp_path / "file" / "tables")


def test_phone_dat_is_read_as_written() -> None:
    records = "河南|郑州|450000|0371\0北京|北京|100000|010\0".encode()
    second = 8 + records.index(b"\0") + 1
    index = struct.pack("<iiB", 1380371, 8, 1) + struct.pack("<iiB", 1380013, second, 1)
    issued = read_phone_dat(b"2401" + struct.pack("<i", 8 + len(records)) + records + index)
    assert issued.version == "2401"
    assert issued.places == (("河南", "郑州", "0371"), ("北京", "北京", "010"))
    assert dict(issued.segments) == {1380371: 0, 1380013: 1}
    for broken in (
        b"",
        b"2401",
        b"2401\xff\xff\x00\x00",
        b"2401" + struct.pack("<i", 8 + len(records)) + records + index[:-1],
    ):
        with pytest.raises(BadInput, match=r"phone\.dat"):
            read_phone_dat(broken)


def test_stored_segments_do_not_depend_on_byte_order(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(stored.__file__).parent / "data" / "henan.toml").read_text(encoding="utf-8")
    data = dump(henan_tables(), text, {"source": "here"})
    monkeypatch.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
    swapped = array("H", undump(data)[0].segments)
    swapped.byteswap()
    assert swapped == henan_tables().segments
