"""Settings: defaults, file, environment, and what is refused."""

import os
from pathlib import Path

import pytest

from core.errors import BadInput
from core.paths import Paths
from core.settings import Settings, environment_of, load


def test_without_file_or_environment_the_defaults_hold() -> None:
    assert load({}, Path(os.devnull)) == Settings()


def test_environment_wins_over_file(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text('[sip]\nport = 5070\ntrunk_hosts = ["10.0.0.1", "10.0.0.2"]\n', encoding="utf-8")
    settings = load({"HOTLINE_SIP_PORT": "5080", "HOTLINE_SIP_OPEN_DOOR": "false"}, file)
    assert (settings.sip.port, settings.sip.open_door) == (5080, False)
    assert settings.sip.trunk_hosts == ("10.0.0.1", "10.0.0.2")


def test_hotline_config_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('[log]\nlevel = "debug"\n', encoding="utf-8")
    assert load({"HOTLINE_CONFIG": str(file)}).log.level == "debug"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sipp]\nport = 1\n", "unknown section [sipp]"),
        ("[sip]\nprot = 1\n", "unknown key sip.prot"),
        ('[sip]\nport = "many"\n', "sip.port"),
        ("[sip]\nport = true\n", "sip.port"),
        ("[sip]\ntrunk_hosts = [1]\n", "sip.trunk_hosts"),
        ('[sip]\nopen_door = "perhaps"\n', "sip.open_door"),
        ("port = 1\n", "unknown section [port]"),
        ("[sip\n", "is not TOML"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refusal:
        load({}, file)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value).partition(" is not TOML")[0]


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(BadInput, match="HOTLINE_SIP_PROT"):
        load({"HOTLINE_SIP_PROT": "1"}, Path(os.devnull))


def test_a_missing_named_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read settings file"):
        load({"HOTLINE_CONFIG": str(tmp_path / "none.toml")})


def test_another_process_loads_exactly_the_same_settings(tmp_path: Path) -> None:
    settings = load({"HOTLINE_PLATFORM_HOME": str(tmp_path), "HOTLINE_SIP_TRUNK_HOSTS": "127.0.0.2, 127.0.0.3"})
    assert load(environment_of(settings)) == settings


def test_sockets_get_a_short_folder_when_home_is_deep() -> None:
    shallow = Paths(home=Path("/srv/hotline"), cache=Path("/cache"))
    deep = Paths(home=Path("/srv") / ("x" * 120), cache=Path("/cache"))
    deeper = Paths(home=Path("/srv") / ("y" * 120), cache=Path("/cache"))
    assert shallow.run == Path("/srv/hotline/run")
    assert len(str(deep.run)) < 90
    assert deep.run != deeper.run
