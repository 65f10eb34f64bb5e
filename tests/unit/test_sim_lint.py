"""Scenario files: read, and told what is wrong with them, where, and what was perhaps meant."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import BadScenario
from sim.expectations import EXPECTATIONS
from sim.grammar import VERBS
from sim.lint import check, load
from sim.load.plan import load_problems
from sim.play import CHECKS
from sim.runner import find, read_all
from sim.schema import schema
from tests.fakes.json_schema import complaints

LIBRARY = Path(__file__).parents[2] / "sim"

GOOD = """
scenario: 郑州手机拨打 12366
tags: [routing, smoke]
callers:
  王女士: {number: 13803710000, says: 你好, patience: 30s, headers: {X-A: 1}}
  隐藏者: {number: withheld}
seats:
  座席1: {seat: 3710001, answer_after: 500ms, wrap_up: 1min}
steps:
  - 王女士: dials 0371
  - 王女士: {dials: 12366, headers: {X-B: 0379}}
  - 座席1: {transfers: 王女士, how: attended}
  - 座席1: 挂断
  - 王女士: 按 0379#
  - mark: 之后
  - wait: 1.5s
  - expect: {call_of: 王女士, lands_on: [座席1, "3730001"], within: 2s}
  - expect: {who: 王女士, hears: 座席1, since: 之后}
  - expect: {record_of: 王女士, area: 郑州, legs: 2}
  - fault: {freeze: doors}
"""

EVERYTHING = (
    GOOD
    + """
  - 座席1: {consults: 王女士}
  - expect: {who: 座席1, rings: yes, shows_name: x}
  - expect: {who: 座席1, does_not_ring: 2s}
  - expect: {who: 王女士, does_not_hear: 座席1, for: 2s, since: 之后}
  - expect: {who: 王女士, hears_anything: 2s}
  - expect: {who: 王女士, prompt_stops: prompt:welcome, within: 1s, since: 之后}
  - expect: {who: 王女士, silence_gap: 2s, since: 之后}
  - expect: {who: 王女士, of: 座席1, mouth_to_ear: 300ms}
  - expect: {who: 王女士, quality: 4, loss: 1%}
  - expect: {who: 王女士, ends_with: 486, cause: 17, by: far}
  - expect: {who: 座席1, header: X-A, is: b}
  - expect: {channels_left: 0}
"""
)

SUPERVISED = """
scenario: 督导
needs: [api, "recording:hebi"]
callers:
  王女士: {number: 13803710000, answer_after: 1s}
seats:
  座席1: {seat: 3710001, user: sim-one}
supervisors:
  督导: {user: sim-boss, phone: 3719001}
steps:
  - run: close-luoyang
  - 督导: 监听 座席1
  - 督导: {耳语: 座席1, reason: 用语}
  - 督导: 强插
  - 督导: moves 王女士 to 洛阳
  - 督导: 移动 王女士 到 座席1
  - 督导: {pauses: 座席1, refused: area}
  - 座席1: presses PIN
  - 座席1: 掉线
  - 座席1: 举手
  - 座席1: {asks: POST /x, body: {a: 1}, of: 王女士}
  - expect: {audit_of: 督导, verb: listen, result: [asked, started], chain: ok}
  - expect: {figures_of: 王女士, answered: 1}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "one.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read_as_it_stands(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, GOOD))
    assert (scenario.name, scenario.tags, scenario.alone) == ("郑州手机拨打 12366", ("routing", "smoke"), True)
    woman, withheld = scenario.callers
    assert (woman.number, woman.patience, woman.headers) == ("13803710000", 30.0, {"X-A": "1"})
    assert withheld.withheld
    assert (scenario.seats[0].seat, scenario.seats[0].answer_after, scenario.seats[0].wrap_up) == ("3710001", 0.5, 60.0)
    steps = scenario.steps
    assert [step.kind for step in steps[:4]] == ["do"] * 4
    assert steps[0].argument == "0371", "a leading zero is part of a number"
    assert steps[1].options == {"headers": {"X-B": "0379"}}
    assert (steps[2].verb, steps[2].options) == ("transfers", {"how": "attended"})
    assert (steps[3].verb, steps[4].argument) == ("hangs_up", "0379#")
    assert (steps[6].argument, steps[7].options["within"]) == (1.5, 2.0)
    assert steps[7].argument == ("座席1", "3730001")
    assert steps[8].options["within"] == EXPECTATIONS["hears"].within
    assert steps[9].options["area"] == "郑州"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("callers:", "calers:", 4, "did you mean callers?"),
        ("number: withheld", "numbr: withheld", 6, "did you mean number?"),
        ("answer_after: 500ms", "answer_after: soon", 8, "is no duration"),
        ("seat: 3710001, ", "", 8, "seat is missing"),
        ("  - 王女士: dials 0371", "  - 王女土: dials 0371", 10, "did you mean 王女士?"),
        ("  - 王女士: dials 0371", "  - 王女士: dails 0371", 10, "did you mean dials?"),
        ("  - 王女士: dials 0371", "  - 王女士: dials", 10, "what?"),
        ("how: attended", "how: atended", 12, "did you mean attended?"),
        ("座席1: 挂断", "王女士: 转接 座席1", 13, "only a seat"),
        ("按 0379#", "按 键", 14, "no telephone keys"),
        ("wait: 1.5s", "wait: 3 days", 16, "is no duration"),
        ("lands_on: [座席1", "land_on: [座席1", 17, "did you mean lands_on?"),
        ("lands_on: [座席1", "lands_on: [座席2", 17, "did you mean 座席1?"),
        ("transfers: 王女士", "transfers: 王女土", 12, "did you mean 王女士?"),
        ("{dials: 12366", "{dials: 王女土", 11, "nobody here and no number"),
        ("mark: 之后", "mark:", 15, "a name is wanted"),
        ("座席1, since: 之后}", "座席1, for: 0s, since: 之后}", 18, "no time at all"),
        ("{freeze: doors}", "{explode: doors}", 20, "'explode' is no fault"),
        ("hears: 座席1, since: 之后", "hears: 座席1, since: 之前", 18, "no mark '之前'"),
        ("who: 王女士, hears: 座席1", "who: 王女, hears: 座席1", 18, "did you mean 王女士?"),
        ("hears: 座席1, since", "hears: x.wav, since", 18, "no sound file x.wav"),
        ("freeze: doors", "frieze: doors", 20, "did you mean freeze?"),
        ("tags: [routing, smoke]", "tags: [routing\n", 5, "not YAML"),
        ("  隐藏者:", "  王女士:", 6, "there twice"),
        ("says: 你好", "says: 你好, 请问", 5, "put a text that holds a comma in quotes"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_suggestion(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in GOOD
    scenario, problems = check(written(tmp_path, GOOD.replace(old, new)))
    assert scenario is None
    assert any(problem.line == line and told in problem.text for problem in problems), [str(p) for p in problems]


@pytest.mark.parametrize("text", ["", "[]", "just text", "scenario: x\nsteps: []", "scenario: x\nsteps: [1]", "\x00"])
def test_anything_else_is_a_problem_never_a_crash(tmp_path: Path, text: str) -> None:
    scenario, problems = check(written(tmp_path, text))
    assert scenario is None
    assert problems


def test_supervisors_and_what_they_do_are_read(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, SUPERVISED))
    (boss,) = scenario.supervisors
    assert (boss.user, boss.seat, boss.answer_after) == ("sim-boss", "3719001", 0.3)
    assert scenario.callers[0].called
    assert scenario.needs == ("api", "recording:hebi")
    steps = scenario.steps
    assert (steps[0].kind, steps[0].verb, scenario.alone) == ("fault", "run", True)
    assert [(step.verb, step.argument) for step in steps[1:4]] == [
        ("listens_to", "座席1"),
        ("whispers_to", "座席1"),
        ("barges_into", ""),
    ]
    assert [(step.argument, step.options["to"]) for step in steps[4:6]] == [("王女士", "洛阳"), ("王女士", "座席1")]
    assert steps[4].text == "督导 moves 王女士 to 洛阳"
    assert steps[7].argument == "PIN"
    assert (steps[-1].verb, steps[-1].options["answered"]) == ("figures_of", "1")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("督导: {user: sim-boss, phone", "督导: {usr: sim-boss, phone", "did you mean user?"),
        ("督导: moves 王女士 to 洛阳", "督导: moves 王女士", "moves: to is missing"),
        ("座席1: 举手", "王女士: 举手", "only a seat"),
        ("of: 王女士", "of: 王女土", "did you mean 王女士?"),
        ("座席1: presses PIN", "座席1: presses #", "behind a space # begins a comment"),
        ("chain: ok", "chain: yes", "is none of ok"),
    ],
)
def test_what_is_wrong_with_supervision_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SUPERVISED
    _, problems = check(written(tmp_path, SUPERVISED.replace(old, new)))
    assert any(told in problem.text for problem in problems), [str(p) for p in problems]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("expect: {who: 王女士, ends_with: hello}", "is no SIP status"),
        ("expect: {who: 王女士, ends_with: 99}", "is no SIP status"),
        ("expect: {call_of: 王女士, lands_on: nobdy}", "did you mean nobody?"),
        ("座席1: transfers to 王女土", "did you mean 王女士?"),
        ("座席1: consults 张三", "nobody here and no number"),
    ],
)
def test_who_is_nobody_here_is_told(tmp_path: Path, step: str, told: str) -> None:
    _, problems = check(written(tmp_path, f"{GOOD}  - {step}\n"))
    assert any(told in problem.text for problem in problems), [str(p) for p in problems]


@pytest.mark.parametrize(
    "step",
    [
        "座席1: dials 王女士",
        "座席1: transfers to 3730001",
        "座席1: transfers to 0379#",
        "座席1: transfers to someone@192.0.2.1",
        "expect: {call_of: 王女士, lands_on: nobody}",
        "expect: {who: 王女士, ends_with: 正常}",
    ],
)
def test_actors_numbers_and_addresses_can_be_reached(tmp_path: Path, step: str) -> None:
    _, problems = check(written(tmp_path, f"{GOOD}  - {step}\n"))
    assert not problems, [str(p) for p in problems]


def test_a_verb_said_by_half_is_given_whole(tmp_path: Path) -> None:
    _, problems = check(written(tmp_path, SUPERVISED.replace("督导: 强插", "督导: whispers")))
    assert any("did you mean whispers to?" in problem.text for problem in problems)


def test_load_raises_with_every_problem(tmp_path: Path) -> None:
    bad = GOOD.replace("dials 0371", "dails 0371").replace("wait: 1.5s", "wait: x")
    with pytest.raises(BadScenario) as raised:
        load(written(tmp_path, bad))
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize("file", find([LIBRARY / "scenarios", LIBRARY / "examples"]), ids=lambda file: file.stem)
def test_the_schema_agrees_with_the_linter_about_the_library(file: Path) -> None:
    assert not check(file)[1]
    assert not complaints(yaml.safe_load(file.read_text(encoding="utf-8")), schema())


@pytest.mark.parametrize(
    "step",
    [
        "mark:",
        "王女士: {dails: 1}",
        "expect: {who: 王女士}",
        "fault: {explode: doors}",
        "wait: soon",
        "expect: []",
        "12",
    ],
)
def test_the_schema_refuses_what_the_linter_refuses(tmp_path: Path, step: str) -> None:
    file = written(tmp_path, f"{GOOD}  - {step}\n")
    assert check(file)[1]
    assert complaints(yaml.safe_load(file.read_text(encoding="utf-8")), schema())


def test_only_scenarios_of_a_folder_are_played_and_load_files_are_checked(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "lab.yaml").write_text("host: 192.0.2.1\nport: 5060\n", encoding="utf-8")
    busy = tmp_path / "busy.yaml"
    busy.write_text("load: x\nfor: 1min\ncallers: {numbers: {a: 138xxxx}}\narrivals: {rate: -1}\n", encoding="utf-8")
    assert [file.name for file in find([tmp_path])] == ["one.yaml"]
    assert [file.name for file in find([tmp_path], ("scenario", "load"))] == ["busy.yaml", "one.yaml"]
    assert [problem.line for problem in load_problems(busy)] == [4]
    _, problems = read_all(find([busy]))
    assert "sim load" in problems[0].text


def test_every_verb_and_expectation_can_be_done() -> None:
    from sim.deeds import DEEDS

    assert set(DEEDS) == set(VERBS)
    assert set(CHECKS) == set(EXPECTATIONS)


def test_the_published_schema_is_the_one_made_from_the_tables() -> None:
    published = Path(__file__).parents[2] / "sim" / "scenario.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == schema()


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_no_slip_of_the_pen_makes_the_linter_fall_over(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words = re.split(r"(\W)", EVERYTHING)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(
            st.sampled_from(["", "soon", "-", ":", "{", "[]", "expect", "王女士", "0x1", "\n", "'", "99999999999"])
        )
    file = tmp_path_factory.getbasetemp() / "slip.yaml"
    file.write_text("".join(words), encoding="utf-8")
    scenario, problems = check(file)
    assert (scenario is None) == bool(problems)
    assert all(0 < problem.line <= len("".join(words)) + 2 and problem.text for problem in problems)


_WHOLE = """
scenario: 不会成立的
callers:
  王: {number: 13803710000}
seats:
  郑: {seat: 3710001}
  洛: {seat: 3790001, declines: yes, answer_after: 1s}
steps:
  - 王: dials 12366
  - expect: {call_of: 王, lands_on: [郑, 洛]}
  - expect: {who: 郑, hears: 王}
  - expect: {who: 郑, of: 王, mouth_to_ear: 300ms}
"""


def test_what_cannot_come_true_is_told_when_the_whole_is_read(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(_WHOLE, encoding="utf-8")
    assert [(problem.line, problem.text.partition(":")[0]) for problem in check(file)[1]] == [
        (10, "郑 or 洛 never answers"),
        (11, "王 says nothing in this scenario"),
        (12, "王 says nothing in this scenario"),
    ]
    good = _WHOLE.replace("  - 王: dials 12366\n", "  - 王: dials 12366\n  - 郑: answers\n  - 王: says 你好\n")
    file.write_text(good, encoding="utf-8")
    assert check(file)[1] == []


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("expect: {who: 王女士, hears: promt:welcome}", "did you mean prompt:welcome?"),
        ("nobody: 挂断", "nobody here is called nobody; here are 王女士, 隐藏者, 座席1"),
        ("expect: {call_of: 王女士, land_on: 座席1}", "figures_of; did you mean lands_on?"),
        ("expect: {who: 座席1, rings: yes, shows_number: 谁}", "is nobody here and no number; here are"),
    ],
)
def test_what_was_perhaps_meant_is_told_once(tmp_path: Path, step: str, told: str) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(f"{GOOD}  - {step}\n", encoding="utf-8")
    (problem,) = check(file)[1]
    assert told in problem.text
    assert problem.text.count("did you mean") <= 1


def test_the_number_shown_may_be_an_actors(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    steps = "".join(f"  - expect: {{who: 座席1, rings: yes, shows_number: {one}}}\n" for one in ("王女士", "withheld"))
    file.write_text(GOOD + steps, encoding="utf-8")
    assert check(file)[1] == []
