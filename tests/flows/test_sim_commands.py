"""The simulator's commands as a tester types them: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.errors import BadScenario
from sim.lint import check
from sim.load.plan import load_plan
from sim.profile import profile_from
from sim.runner import find, read_all
from sim.sound import read_audio, write_wav

_SCENARIOS = Path(__file__).parents[2] / "sim" / "scenarios"
_LOADS = Path(__file__).parents[2] / "sim" / "loads"


def test_every_scenario_of_the_library_is_clean_and_tells_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(_SCENARIOS)]) == 0
    scenarios, problems = read_all(find([_SCENARIOS]))
    assert (len(problems), len(scenarios) >= 40) == (0, True)
    assert all(scenario.rows and scenario.tags for scenario in scenarios)
    assert len({scenario.name for scenario in scenarios}) == len(scenarios)


def test_check_tells_file_line_and_suggestion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("scenario: x\ncallers: {甲: {number: 1}}\nsteps:\n  - 甲: dails 12366\n", encoding="utf-8")
    assert main(["check", str(file)]) == 2
    assert capsys.readouterr().out.startswith(f"{file}:4: 甲 cannot 'dails 12366'; did you mean dials?")
    assert main(["check", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["line"] == 4


def test_check_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["scenario", "steps"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "nothing.yaml"], "cannot read nothing.yaml"),
        (["run", str(_SCENARIOS), "--tag", "no-such-tag"], "no scenario has these tags"),
        (["run", str(_SCENARIOS), "--tag", "smoke", "--profile", "nothing.yaml"], "cannot read nothing.yaml"),
        (["load", "nothing.yaml"], "cannot read nothing.yaml"),
        (["heard", "nothing.wav", "nothing.wav"], "cannot read nothing.wav"),
        (["first-calls", "nothing.json"], "cannot read nothing.json"),
        (["practice", "nothing.yaml"], "cannot read nothing.yaml"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIM_PROFILE", raising=False)
    assert main(arguments) == 2
    assert told in capsys.readouterr().err


def test_an_unknown_command_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rum"]) == 2
    assert "practice" in capsys.readouterr().out
    assert main(["--help"]) == 0


def test_say_then_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SIM_CACHE", str(tmp_path / "cache"))
    said, other = str(tmp_path / "said.wav"), str(tmp_path / "other.wav")
    assert main(["say", "请问个人所得税汇算清缴怎么办理,需要准备什么材料", "-o", said]) == 0
    assert main(["say", "公司要搬家了,地址变更手续怎么走", "-o", other, "--voice", "+m3"]) == 0
    samples = read_audio(Path(said))
    write_wav(tmp_path / "mix.wav", samples * 0.4 + read_audio(Path(other)).copy()[0] * 0)
    assert main(["heard", said, str(tmp_path / "mix.wav")]) == 0
    assert main(["heard", said, other]) == 1
    assert main(["heard", said, said, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["seconds"] > 2


def test_practice_lists_its_stories(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "--list"]) == 0
    assert "refund" in capsys.readouterr().out


def test_every_load_file_has_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(_LOADS.glob("*.yaml"))
    assert len(files) >= 3
    for file in files:
        assert main(["load", str(file), "--plan"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 50


def test_a_profile_from_file_and_environment(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        'host: 10.0.0.1\nport: 5062\nseats: {"3710001": "env:SEAT_ONE"}\n'
        "ami: {host: h, port: 5038, user: u, secret: s}\n"
    )
    profile = profile_from(file, {"SEAT_ONE": "secret", "SIM_HOST": "10.0.0.2", "SIM_SEATS": "3730001:other"})
    assert (profile.host, profile.port) == ("10.0.0.2", 5062)
    assert (profile.password("3710001"), profile.password("3730001")) == ("secret", "other")
    assert profile.ami is not None
    assert profile.ami.port == 5038
    with pytest.raises(BadScenario, match="seat 9999999"):
        profile.password("9999999")
    with pytest.raises(BadScenario, match="SEAT_ONE"):
        profile_from(file, {})


@pytest.mark.parametrize("text", ["[]", "prot: 1", "port: five", "ami: {host: h}", "processes: {doors: 3}"])
def test_a_wrong_profile_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(BadScenario, match="prof"):
        profile_from(file, {})


def test_the_examples_of_the_readme_are_good_files(tmp_path: Path) -> None:
    text = (_SCENARIOS.parent / "README.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    kinds = {"scenario:": check, "load:": load_plan, "host:": profile_from_example}
    seen = set()
    for block in blocks:
        kind = next(kind for kind in kinds if block.startswith(kind))
        file = tmp_path / f"{kind[:-1]}.yaml"
        file.write_text(block, encoding="utf-8")
        assert kinds[kind](file)
        seen.add(kind)
    assert seen == set(kinds)
    assert check(tmp_path / "scenario.yaml")[1] == []


def profile_from_example(file: Path) -> object:
    """The README's profile, with its secrets set."""
    return profile_from(file, {"SEAT_ONE": "a", "AMI": "b", "BOSS": "c", "PIN": "1"})
