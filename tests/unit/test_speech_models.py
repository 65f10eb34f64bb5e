"""Choosing, installing and looking at recognition models, without loading one."""

import json
import stat
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BadInput, MissingComponent
from core.settings import PlatformSettings, Settings, SpeechSettings
from ivr.speech import models
from ivr.speech.vosk_folder import look_at

MFCC = "--use-energy=false\n--sample-frequency=16000 # wide band\n"


def model(folder: Path, mfcc: str = MFCC, *, flat: bool = False, graph: tuple[str, ...] = ("HCLG.fst",)) -> Path:
    """A folder that looks like a model."""
    names = ["final.mdl", "mfcc.conf"] if flat else ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf"]
    names += [name if flat else f"graph/{name}" for name in graph]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(mfcc if name.endswith("mfcc.conf") else "x")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(platform=PlatformSettings(home=tmp_path / "home", cache=tmp_path / "cache"))


@pytest.mark.parametrize(
    ("mfcc", "rate", "fed"),
    [
        (MFCC, 16_000, {8000: 16_000, 16_000: 16_000, 48_000: 16_000}),
        (MFCC + "--allow-upsample=true\n", 16_000, {8000: 8000, 16_000: 16_000, 44_100: 16_000}),
        ("--sample-frequency=8000\n", 8000, {8000: 8000, 16_000: 8000}),
        ("--sample-frequency=8000.0\n", 8000, {8000: 8000}),
        ("", 16_000, {16_000: 16_000}),
    ],
)
def test_the_rate_is_read_and_sound_is_fed_as_the_model_takes_it(
    tmp_path: Path, mfcc: str, rate: int, fed: dict[int, int]
) -> None:
    folder = look_at(model(tmp_path, mfcc))
    assert folder.rate == rate
    assert {given: folder.feed_rate(given) for given in fed} == fed


def test_both_layouts_and_both_graphs_are_known(tmp_path: Path) -> None:
    assert look_at(model(tmp_path / "a", flat=True)).rate == 16_000
    assert look_at(model(tmp_path / "b", graph=("HCLr.fst", "Gr.fst"))).rate == 16_000


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("am/final.mdl", "final.mdl"),
        ("graph/HCLG.fst", "HCLG.fst"),
        ("conf/mfcc.conf", "mfcc.conf"),
        ("conf/model.conf", "model.conf"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, missing: str, named: str) -> None:
    (model(tmp_path) / missing).unlink()
    with pytest.raises(MissingComponent, match=named):
        look_at(tmp_path)


def test_the_folder_may_be_the_one_around_the_model(tmp_path: Path) -> None:
    made = model(tmp_path / "vosk-model-small-cn-0.22", graph=("HCLr.fst", "Gr.fst"))
    assert look_at(tmp_path).path == made


def test_no_folder_an_empty_one_and_a_file_cut_to_nothing_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingComponent, match="not there"):
        look_at(tmp_path / "models")
    with pytest.raises(MissingComponent, match="empty"):
        look_at(tmp_path)
    zipped = tmp_path / "model.zip"
    zipped.write_bytes(b"PK")
    with pytest.raises(MissingComponent, match="no folder"):
        look_at(zipped)
    (model(tmp_path / "a") / "am/final.mdl").write_bytes(b"")
    with pytest.raises(MissingComponent, match=r"am/final\.mdl is empty"):
        look_at(tmp_path / "a")


@pytest.mark.parametrize("mfcc", ["--sample-frequency=fast\n", "--sample-frequency=12\n"])
def test_a_nonsense_rate_is_named(tmp_path: Path, mfcc: str) -> None:
    with pytest.raises(MissingComponent, match=r"mfcc\.conf"):
        look_at(model(tmp_path, mfcc))


def test_the_demonstration_model_is_small_says_what_it_is_and_has_its_sum() -> None:
    packed = models.DEMONSTRATION
    assert packed.stat().st_size <= 3_000_000
    assert packed.with_suffix(".sha256").read_text().split() == [models.file_digest(packed), packed.name]
    with zipfile.ZipFile(packed) as archive:
        assert "synthetic" in json.loads(archive.read("about.json"))["voices"]
        assert archive.testzip() is None


def test_without_a_choice_the_demonstration_model_is_unpacked_once_for_all(settings: Settings) -> None:
    with ThreadPoolExecutor(6) as pool:
        chosen = list(pool.map(models.current, [settings] * 12))
    assert {one.origin for one in chosen} == {"demonstration"}
    assert {one.folder.rate for one in chosen} == {8000}
    (only,) = (settings.paths.cache / "speech").iterdir()
    assert chosen[0].folder.path == only


def test_a_folder_is_installed_by_its_sum_and_taken_back(settings: Settings, tmp_path: Path) -> None:
    source = model(tmp_path / "vosk-model-cn")
    installed = models.install(source, models.folder_digest(source).upper(), settings)
    assert models.current(settings) == installed
    assert installed.origin == "installed"
    assert installed.folder.path.parent == settings.paths.speech
    assert models.install(source, models.folder_digest(source), settings) == installed
    models.uninstall(settings)
    assert models.current(settings).origin == "demonstration"


def test_the_sum_of_a_folder_is_what_the_shell_says(tmp_path: Path) -> None:
    source = model(tmp_path / "m")
    shell = "find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    told = subprocess.run(["sh", "-c", shell], cwd=source, capture_output=True, text=True, check=True).stdout
    assert models.folder_digest(source) == told.split()[0]


def test_a_published_zip_with_its_inner_folder_is_installed(settings: Settings, tmp_path: Path) -> None:
    model(tmp_path / "vosk-model-small-cn-0.22")
    archive = tmp_path / "vosk-model-small-cn-0.22.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in (tmp_path / "vosk-model-small-cn-0.22").rglob("*"):
            packed.write(file, file.relative_to(tmp_path))
    installed = models.install(archive, models.file_digest(archive), settings)
    assert (installed.folder.path / "am" / "final.mdl").is_file()
    assert stat.S_IMODE(installed.folder.path.stat().st_mode) == 0o755
    assert [file.name for file in settings.paths.speech.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("given", ["", "0" * 64])
def test_another_sum_or_none_is_refused_and_the_right_one_told(settings: Settings, tmp_path: Path, given: str) -> None:
    source = model(tmp_path / "m")
    with pytest.raises(BadInput, match=models.folder_digest(source)):
        models.install(source, given, settings)
    assert models.current(settings).origin == "demonstration"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil"])
def test_a_zip_that_leads_out_of_itself_is_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    archive = tmp_path / "m.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(name, "x")
    with pytest.raises(BadInput, match="leads out"):
        models.install(archive, models.file_digest(archive), settings)
    assert not list(tmp_path.rglob("evil"))


def test_what_is_no_model_is_not_installed(settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "m.zip"
    archive.write_bytes(b"PK nonsense")
    with pytest.raises(BadInput, match="cannot be unpacked"):
        models.install(archive, models.file_digest(archive), settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingComponent):
        models.install(tmp_path / "empty", models.folder_digest(tmp_path / "empty"), settings)
    with pytest.raises(BadInput, match="not there"):
        models.install(tmp_path / "nowhere", "", settings)


def test_the_setting_wins_over_what_is_installed(settings: Settings, tmp_path: Path) -> None:
    source = model(tmp_path / "m")
    models.install(source, models.folder_digest(source), settings)
    chosen = models.current(replace(settings, speech=SpeechSettings(model=str(model(tmp_path / "other")))))
    assert (chosen.origin, chosen.folder.path) == ("setting", tmp_path / "other")
