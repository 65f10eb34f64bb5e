"""The scenarios tagged `smoke` on a running copy of the platform, through the commands a tester types."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from ops.instance import Instance
from ops.simprofile import write

_PROJECT = Path(__file__).parents[2]
_SCENARIOS = _PROJECT / "sim" / "scenarios"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("library")
    with Instance.fresh(folder / "copy") as copy:
        write(copy, folder / "sim.yaml", accounts=True)
        yield folder / "sim.yaml"


def sim(profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m sim …` against the copy."""
    command = [sys.executable, "-m", "sim", *arguments, "--profile", str(profile)]
    return subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, timeout=300, check=False)


def test_the_smoke_scenarios_hold(profile: Path, tmp_path: Path) -> None:
    done = sim(
        profile, "run", str(_SCENARIOS), "--tag", "smoke", "--jobs", "3",
        "--html", str(tmp_path / "html"), "--junit", str(tmp_path / "junit.xml"),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    suite = Xml.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 (written a line above)
    assert int(suite.get("tests", "0")) >= 5
    pages = list((tmp_path / "html").glob("0*.html"))
    assert len(pages) == int(suite.get("tests", "0"))
    assert all("data:audio/wav" in page.read_text(encoding="utf-8") for page in pages)


def test_a_scenario_that_must_fail_does_and_says_where_the_call_went(profile: Path, tmp_path: Path) -> None:
    good = (_SCENARIOS / "routing" / "mobile-luoyang.yaml").read_text(encoding="utf-8")
    wrong = good.replace("lands_on: 洛阳座席", "lands_on: 省局座席, within: 4s")
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    done = sim(profile, "run", str(tmp_path / "wrong.yaml"), "--json")
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["scenarios"]
    (failed,) = [step for step in result["steps"] if not step["ok"]]
    assert "landed on 洛阳座席 after" in failed["detail"]
    assert "waits in queue luoyang" in failed["detail"], "the witness saw it"


def test_words_are_heard_with_the_platforms_own_model(profile: Path, tmp_path: Path) -> None:
    good = (_SCENARIOS / "routing" / "mobile-zhengzhou.yaml").read_text(encoding="utf-8")
    for wanted, code in (("个人所得税汇算清缴", 0), ("企业所得税", 1)):
        step = f"  - expect: {{who: 郑州座席, hears_text: {wanted}, within: 6s}}\n  - 来电人: hangs up\n"
        file = tmp_path / f"{code}.yaml"
        file.write_text(good.replace("  - 来电人: hangs up\n", step), encoding="utf-8")
        done = sim(profile, "run", str(file))
        assert done.returncode == code, done.stdout
        assert "郑州座席 heard: " in done.stdout


def test_the_profile_is_its_owners_alone(profile: Path) -> None:
    assert profile.stat().st_mode & 0o777 == 0o600
