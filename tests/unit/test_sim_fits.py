"""Does a scenario fit a profile? What the profile does not know is told before anything is dialled."""

from pathlib import Path

from sim.fits import misfits
from sim.lint import load
from sim.play import play
from sim.profile import ApiAccess, CarrierAccess, CommandAccess, Profile, UserAccess

_TEXT = """
scenario: 全都对不上
callers:
  王: {number: 13803710000, says: 你好, answer_after: 1s}
seats:
  郑: {seat: 3710009, answer_after: 1s, user: sim-seat}
supervisors:
  督: {user: sim-provinze, phone: 3719009}
steps:
  - run: close-louyang
  - fault: {fill: jornal}
  - 王: dials 12366
  - expect: {who: 王, hears: prompt:welcom}
  - expect: {who: 王, hears: prompt:quite_another}
"""


def told(folder: Path, profile: Profile, text: str = _TEXT) -> list[str]:
    file = folder / "one.yaml"
    file.write_text(text, encoding="utf-8")
    return [f"{one.line}: {one.text}" for one in misfits(load(file), profile)]


def test_everything_a_profile_does_not_know_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "welcome.alaw").write_bytes(bytes(10))
    users = {"sim-province": UserAccess("x")}
    profile = Profile(
        seats={"3710001": "x", "3719009": "x"},
        prompts=tmp_path,
        api=ApiAccess("http://x", users),
        commands={"close-luoyang": CommandAccess(("true",))},
    )
    found = told(tmp_path, profile)
    assert [line for line in found if "did you mean" in line] == [
        "6: the profile knows no password of seat 3710009 (seats, or SIM_SEATS); did you mean 3719009?",
        "8: the profile knows no user sim-provinze of the API; did you mean sim-province?",
        "10: the profile names no command close-louyang; did you mean close-luoyang?",
        f"13: prompt:welcom: no such prompt in {tmp_path}; did you mean welcome?",
    ]
    assert "6: the profile knows no user sim-seat of the API; it knows sim-province" in found
    assert "11: the profile names no disk jornal" in found
    assert f"14: prompt:quite_another: no such prompt in {tmp_path}; it knows welcome" in found
    assert any("王 waits to be called, but the profile names no carrier" in line for line in found)


def test_a_profile_without_the_parts_says_which(tmp_path: Path) -> None:
    found = told(tmp_path, Profile(seats={"3710009": "x", "3719009": "x"}, carrier=CarrierAccess("127.0.0.2", 5099)))
    assert "8: the profile names no API (api: url, users), nor user sim-provinze there" in found
    assert "13: prompt:welcom: the profile names no folder of prompts" in found


def test_what_a_scenario_needs_and_does_not_get_is_no_misfit(tmp_path: Path) -> None:
    assert told(tmp_path, Profile(), _TEXT.replace("callers:", "needs: [api]\ncallers:", 1)) == []


async def test_a_misfit_is_not_played_and_says_nothing_of_the_system(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(_TEXT, encoding="utf-8")
    result = await play(load(file), Profile(), tmp_path, lambda _: None)
    assert (result.ok, result.misfit, result.steps, result.legs) == (False, True, [], [])
    assert "line 10: the profile names no command close-louyang" in result.problem
