"""Which scenarios are played, and which may play side by side; what the reports say of them."""

import asyncio
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from sim.errors import BadScenario
from sim.lint import load
from sim.plans import numbered
from sim.play import LegResult, Result, StepResult
from sim.profile import Profile
from sim.report import html, junit
from sim.runner import Floor, Job, find, plan, read_all, run
from sim.scenario import CallerPlan, Scenario, SeatPlan


def scenario(name: str, *seats: str, alone: bool = False) -> Scenario:
    plans = tuple(SeatPlan(f"座席{number}", number) for number in seats)
    return Scenario(Path(f"{name}.yaml"), name, (), seats=plans, alone=alone)


def job(*seats: str, alone: bool = False) -> Job:
    return Job(scenario("x", *seats, alone=alone), Path("x"), 1)


def test_jobs_whose_seats_lie_in_one_area_do_not_meet() -> None:
    floor = Floor(3)
    floor.enter(job("3710001"))
    assert not floor.admits(job("3710002"))
    assert floor.admits(job("3790001"))
    floor.leave(job("3710001"))
    assert floor.admits(job("3710002"))


def test_a_job_that_wants_to_be_alone_is() -> None:
    floor = Floor(3)
    floor.enter(job("3710001"))
    assert not floor.admits(job("3790001", alone=True))
    floor.leave(job("3710001"))
    floor.enter(job("3790001", alone=True))
    assert not floor.admits(job("3730001"))


def test_no_more_jobs_at_a_time_than_allowed() -> None:
    floor = Floor(1)
    floor.enter(job("3710001"))
    assert not floor.admits(job("3790001"))


def test_each_repetition_has_a_folder_of_its_own(tmp_path: Path) -> None:
    jobs = plan([scenario("a"), scenario("b")], tmp_path, 2)
    assert len({one.folder for one in jobs}) == 4


def test_files_are_found_in_folders_and_chosen_by_tag(tmp_path: Path) -> None:
    for name, tag in (("a", "smoke"), ("b", "slow")):
        (tmp_path / f"{name}.yaml").write_text(f"scenario: {name}\ntags: {tag}\nsteps: [wait: 1s]\n")
    (tmp_path / "_draft.yaml").write_text("nothing")
    files = find([tmp_path])
    assert [file.name for file in files] == ["a.yaml", "b.yaml"]
    assert [s.name for s in read_all(files, ["smoke"])[0]] == ["a"]
    assert [s.name for s in read_all(files, ["-smoke"])[0]] == ["b"]
    with pytest.raises(BadScenario, match="no scenario files"):
        find([tmp_path / "none"])


def failed(recording: str = "") -> Result:
    steps = [
        StepResult(0.1, 5, "王女士 dials 12366", "do", True),
        StepResult(0.2, 6, "expect lands_on 座席1", "expect", False, "landed on <b>省局</b> after 15.2 s\x00"),
    ]
    sip = [{"at": 0.1, "sent": True, "label": "INVITE", "text": "INVITE <sip:12366@x>"}]
    heard = [{"what": "座席1", "seconds": 2.0, "best_z": 80.0}]
    leg = LegResult("王女士", "out", "13803710000", 0.1, {}, "200 Normal end", "", {}, recording, sip, heard)
    note = [{"at": 0.1, "actor": "王女士", "text": "dials 12366"}]
    return Result("应当失败 <x>", "x.yaml", ("smoke",), ("R3",), False, 1.0, "", steps, [leg], note)


def test_junit_says_what_did_happen(tmp_path: Path) -> None:
    junit.write(tmp_path / "deep" / "j.xml", [failed(), Result("good", "g.yaml", (), ())])
    suite = Xml.parse(tmp_path / "deep" / "j.xml").getroot()  # noqa: S314 (written a line above)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "landed on <b>省局</b> after 15.2 s" in (failure.text or "")


def test_the_page_holds_ladder_and_recording_and_nothing_that_runs(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFFxxxx")
    html.write(tmp_path / "out", [failed(str(tmp_path / "a.wav"))])
    (page,) = (tmp_path / "out").glob("001-*.html")
    text = page.read_text(encoding="utf-8")
    assert "data:audio/wav;base64,UklGRnh4eHg=" in text
    assert "<svg" in text
    assert "&lt;b&gt;省局&lt;/b&gt;" in text
    assert "<b>省局" not in text
    assert "landed on" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_each_x_of_a_number_is_drawn_anew_and_equal_patterns_are_equal() -> None:
    plans = [
        CallerPlan("a", "139xxxxxxxx"),
        CallerPlan("b", "139xxxxxxxx"),
        CallerPlan("c", "12366"),
        CallerPlan("d", ""),
    ]
    first, second, third, withheld = numbered(plans)
    assert first.number == second.number
    assert first.number.isdigit() and len(first.number) == 11
    assert (third.number, withheld.withheld) == ("12366", True)
    assert len({numbered(plans)[0].number for _ in range(5)}) > 1


async def test_an_interrupted_run_gives_what_there_is(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text("scenario: 很久\nsteps:\n  - wait: 10min\n", encoding="utf-8")
    jobs = plan([load(file)], tmp_path / "out", repeat=2)
    begun, told = asyncio.Event(), list[str]()

    def tell(line: str) -> None:
        told.append(line)
        begun.set()

    playing = asyncio.create_task(run(jobs, Profile(), 1, tell))
    async with asyncio.timeout(60):
        await begun.wait()
        playing.cancel()
        results = await playing
    assert [(result.interrupted, result.problem) for result in results] == [(True, "interrupted")]
    assert any("INTERRUPTED" in line for line in told)
