"""Scenario files played against a bare Asterisk that is not ours: those that hold, and those that must fail and say
why."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import load as settings
from ops.runtime.asterisk import obtained
from sim.__main__ import main
from sim.lint import load
from sim.play import Result, play
from sim.profile import AmiAccess, CarrierAccess, Profile
from tests.fakes.bare_asterisk import AMI, SEATS, TRUNK, BareAsterisk, running

_EXAMPLE = Path(__file__).parents[2] / "sim/examples/another-hotline"
_HEAD = """
scenario: 试验
callers:
  王女士: {number: 13803710000, name: 王女士, says: "你好,我想问一下个人所得税汇算清缴怎么办理,需要准备哪些材料?"}
  隐藏者: {number: withheld}
  老人: {number: 13900000001, answer_after: 300ms, says: "喂,哪位?我没听清楚,请您再说一遍好吗?我年纪大了。"}
  李先生: {number: 13900000002, declines: yes}
  邻居: {number: 13900000003, receives: yes}
seats:
  座席1: {seat: 3710001, answer_after: 300ms}
  座席2: {seat: 3730001, answer_after: 200ms}
  座席3: {seat: 3790001}
steps:
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareAsterisk]:
    asterisk = obtained(settings(os.environ).paths.cache, lambda *_: None)
    with running(tmp_path_factory.mktemp("bare"), asterisk.command, asterisk.modules, asterisk.share) as bare:
        yield bare


@pytest.fixture
def profile(target: BareAsterisk) -> Profile:
    ami = AmiAccess(target.host, target.ami_port, *AMI)
    carrier = CarrierAccess(TRUNK, target.carrier_port)
    return Profile(target.host, target.port, trunk=TRUNK, seats=SEATS, ami=ami, carrier=carrier)


async def played(folder: Path, profile: Profile, steps: str) -> Result:
    file = folder / "one.yaml"
    file.write_text(_HEAD + steps, encoding="utf-8")
    return await play(load(file), profile, folder, lambda _: None)


def recorded(result: Result) -> list[int]:
    """Bytes of each leg's recording."""
    return [Path(leg.recording).stat().st_size for leg in result.legs]


async def test_a_call_is_answered_heard_held_and_transferred(tmp_path: Path, profile: Profile) -> None:
    result = await played(
        tmp_path,
        profile,
        """
  - 王女士: 拨打 12366
  - expect: {call_of: 王女士, lands_on: 座席1, shows_number: 13803710000, shows_name: 王女士}
  - expect: {who: 王女士, hears: 座席1, for: 1.5s}
  - expect: {who: 座席1, hears: 王女士, for: 1.5s}
  - expect: {who: 王女士, of: 座席1, mouth_to_ear: 500ms}
  - 王女士: presses 12#
  - expect: {who: 座席1, gets_keys: "12#"}
  - mark: 转接
  - 座席1: {transfers: 座席2, how: attended}
  - expect: {who: 王女士, hears: 座席2, for: 1.5s, within: 10s, since: 转接}
  - expect: {who: 王女士, silence_gap: 4s, since: 转接}
  - expect: {who: 座席1, ends_with: normal}
  - expect: {who: 王女士, does_not_hear: 座席1, for: 1s}
  - 王女士: hangs up
  - expect: {who: 座席2, ends_with: normal, cause: 16, by: far}
  - expect: {who: 王女士, quality: 3.5, loss: 10%}
  - expect: {channels_left: 0}
""",
    )
    assert result.failures == []
    assert any("call id" in step.detail for step in result.steps), "proved by header and witness"
    assert all(size > 1000 for size in recorded(result))


async def test_a_caller_tells_a_trainee_its_story_turn_by_turn(tmp_path: Path, profile: Profile) -> None:
    (tmp_path / "short.yaml").write_text("story: 一问\nnumber: 1\nsays: 你好,请问几点下班?\n", encoding="utf-8")
    head = _HEAD.partition("  隐藏者")[0].replace("name: 王女士, says", "story: short.yaml, name: 王女士, x")
    (tmp_path / "one.yaml").write_text(
        head.partition(", x:")[0]
        + """}
seats:
  学员: {seat: 3710001, answer_after: 300ms, says: 请讲。}
steps:
  - 王女士: dials 12366
  - expect: {call_of: 王女士, lands_on: 学员}
  - 学员: says 您好请讲
  - expect: {who: 学员, hears: 王女士, within: 30s}
  - expect: {who: 学员, hears_nothing: 1s, within: 30s}
  - 学员: says 下午五点半。
  - expect: {practice_of: 王女士, turns: 1, reminders: 0, ended_by: caller}
""",
        encoding="utf-8",
    )
    result = await play(load(tmp_path / "one.yaml"), profile, tmp_path, lambda _: None)
    assert result.failures == []


async def test_a_blind_transfer_and_a_seat_that_answers_by_hand(tmp_path: Path, profile: Profile) -> None:
    result = await played(
        tmp_path,
        profile,
        """
  - 王女士: dials 12366
  - expect: {call_of: 王女士, lands_on: 座席1}
  - 座席1: transfers to 座席3
  - expect: {who: 座席3, rings: yes}
  - 座席3: 接听
  - expect: {who: 王女士, hears: 座席3, within: 6s}
  - 座席3: hangs up
  - expect: {who: 王女士, ends_with: normal, by: far}
""",
    )
    assert result.failures == []


async def test_how_soon_somebody_replies_is_measured_on_the_recording(tmp_path: Path, profile: Profile) -> None:
    result = await played(
        tmp_path,
        profile,
        """
  - 王女士: dials 12366
  - expect: {call_of: 王女士, lands_on: 座席1}
  - 座席1: falls silent
  - 王女士: says 你好
  - wait: 5s
  - 座席1: says 您好请讲我在听
  - expect: {who: 王女士, reply_within: 15s}
  - expect: {who: 王女士, reply_within: 200ms, within: 1s}
""",
    )
    assert "the reply began " in result.steps[6].detail
    assert [step.ok for step in result.steps][6:] == [True, False], "five seconds less a short word are no 200 ms"


async def test_a_phone_that_dies_says_nothing_to_anybody(tmp_path: Path, profile: Profile) -> None:
    result = await played(
        tmp_path,
        profile,
        """
  - 王女士: dials 12366
  - expect: {call_of: 王女士, lands_on: 座席1}
  - 座席1: 掉线
  - wait: 300ms
  - mark: 之后
  - expect: {who: 王女士, does_not_hear: 座席1, for: 1.5s, since: 之后}
  - expect: {who: 王女士, stays_up: 200ms}
  - expect: {who: 座席2, does_not_ring: 200ms}
""",
    )
    assert result.failures == []


async def test_people_are_called_at_the_carrier_each_by_their_number(tmp_path: Path, profile: Profile) -> None:
    result = await played(
        tmp_path,
        profile,
        """
  - 座席1: dials 913900000001
  - expect: {who: 老人, rings: yes, shows_number: 3710001}
  - expect: {who: 座席1, hears: 老人, for: 1.5s, within: 8s}
  - expect: {who: 老人, hears: 座席1, for: 1.5s, within: 8s}
  - 座席1: hangs up
  - expect: {who: 老人, ends_with: normal, by: far}
  - 座席1: dials 913900000002
  - expect: {who: 座席1, ends_with: 486, cause: 17}
  - 座席1: dials 913900000003
  - expect: {who: 邻居, rings: yes}
  - 邻居: answers
  - expect: {who: 邻居, hears: 座席1, within: 8s}
  - 邻居: hangs up
  - expect: {who: 座席1, ends_with: normal, by: far}
  - 座席1: dials 913900000009
  - expect: {who: 座席1, ends_with: any, within: 8s}
""",
    )
    assert result.failures == []
    assert "503 Service Unavailable" in result.steps[-1].detail, "nobody has that number"


async def test_without_a_carrier_nobody_can_be_called_and_that_is_told(tmp_path: Path, target: BareAsterisk) -> None:
    result = await played(tmp_path, Profile(target.host, target.port, seats=SEATS), "  - wait: 1s\n")
    assert "老人 waits to be called, but the profile names no carrier" in result.problem


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("- 王女士: dials 12366\n  - expect: {call_of: 王女士, lands_on: 座席2, within: 3s}", "landed on 座席1 after"),
        ("- 王女士: dials 701\n  - expect: {who: 王女士, answered: yes, within: 2s}", "486 Busy Here, cause=17"),
        ("- 隐藏者: dials 12366\n  - expect: {call_of: 隐藏者, lands_on: 座席1, within: 1s}", "still up after "),
        ("- 王女士: dials 703\n  - expect: {who: 王女士, ends_with: normal, cause: 16}", "cause=34"),
        ("- 王女士: dials 700\n  - expect: {who: 王女士, hears: 座席1, within: 2s}", "heard 座席1 for 0.0 s"),
        ("- 王女士: dials 12366\n  - expect: {who: 座席1, hears_anything: 60s, within: 2s}", "s of sound"),
        ("- 座席3: answers", "座席3 has no call: it has not rung (steps wait for nothing; write before it expect:"),
        (
            "- 王女士: dials 12366\n  - expect: {record_of: 王女士, area: 郑州, within: 1s}",
            "the profile names no records",
        ),
        ("- fault: {kill: doors}", "only named processes are touched"),
    ],
)
async def test_what_fails_says_what_did_happen(tmp_path: Path, profile: Profile, steps: str, told: str) -> None:
    result = await played(tmp_path, profile, f"  {steps}\n")
    assert not result.ok
    assert told in "\n".join(result.failures), result.failures


async def test_without_a_witness_the_number_shown_proves_the_landing(tmp_path: Path, target: BareAsterisk) -> None:
    carrier = CarrierAccess(TRUNK, target.carrier_port)
    bare = Profile(
        target.host, target.port, trunk=TRUNK, seats=SEATS, call_header="X-Nobody-Sends-This", carrier=carrier
    )
    result = await played(
        tmp_path,
        bare,
        "  - 王女士: dials 12366\n  - expect: {call_of: 王女士, lands_on: 座席1}\n  - 王女士: hangs up\n",
    )
    assert result.failures == []
    assert "number 13803710000 shown" in result.steps[1].detail


async def test_a_seat_that_cannot_register_is_a_problem_not_a_crash(tmp_path: Path, profile: Profile) -> None:
    wrong = replace(profile, seats=dict.fromkeys(SEATS, "wrong"))
    result = await played(tmp_path, wrong, "  - wait: 1s\n")
    assert "could not register" in result.problem


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("lands-where-it-should", 0, "1 played, 1 held, 0 failed"),
        ("fails-and-says-why", 1, "expected 座席2"),
    ],
)
def test_the_example_of_another_hotline_is_as_the_readme_says(
    target: BareAsterisk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    code: int,
    told: str,
) -> None:
    for variable, value in {"HOTLINE_PORT": str(target.port), "SEAT_ONE": "seat-one", "SEAT_TWO": "seat-two"}.items():
        monkeypatch.setenv(variable, value)
    assert main(["run", str(_EXAMPLE / f"{name}.yaml"), "--profile", str(_EXAMPLE / "profile.yaml")]) == code
    shown = capsys.readouterr().out
    assert told in shown
    assert "landed on 座席1 after" in shown, "what did happen, whether it held or not"
