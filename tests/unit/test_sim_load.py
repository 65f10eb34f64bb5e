"""Load files, arrivals, and the figures of a run."""

import random
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import BadScenario
from sim.load import leash
from sim.load.arrivals import callers, drawn, number_of, rate_at, times
from sim.load.plan import Arrivals, Limits, LoadPlan, SeatsPlan, Spread, load_plan
from sim.load.sippxml import caller, registration, seats
from sim.load.tally import Tally, concurrency, figures, judged, percentile

GOOD = """
load: 申报期
for: 1min
most: {calls: 50, at_once: 20}
arrivals: {shape: ramp, rate: 1, to: 3}
callers:
  areas: {郑州: 47, 洛阳: 1}
  numbers: {郑州: 1380371xxxx, 洛阳: 0379xxxxxxx}
  patience: {mean: 20s, shape: exponential}
  redial: {chance: 30%, after: 5s, most: 2}
seats: {use: [3710001, 3790001], answer_after: 500ms, talk: {mean: 8s, shape: lognormal}, declines: 2%}
listen: 5%
pass: {answered: 95%, answered_in_15s: 0.8, failed: 1%, setup_p95: 3s}
"""


def read(folder: Path, text: str) -> LoadPlan:
    file = folder / "load.yaml"
    file.write_text(text, encoding="utf-8")
    return load_plan(file)


def test_a_load_file_is_read(tmp_path: Path) -> None:
    plan = read(tmp_path, GOOD)
    assert (plan.seconds, plan.calls, plan.at_once, plan.listen) == (60.0, 50, 20, 0.05)
    assert plan.arrivals == Arrivals("ramp", 1.0, 3.0)
    assert plan.patience == Spread(20.0, "exponential")
    assert plan.seats.use == ("3710001", "3790001")
    assert plan.seats.answer_after == Spread(0.5, "fixed")
    assert plan.limits == Limits(0.95, 0.8, 0.01, 3.0, None)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("shape: ramp", "shape: rampe", ":5: arrivals: shape is one of"),
        ("for: 1min", "for: 9h", "up to 14400 s"),
        ("calls: 50", "calls: 999999", "calls is between 1 and 20000"),
        ("洛阳: 0379xxxxxxx", "洛: 0379xxxxxxx", "no pattern of numbers for 洛阳"),
        ("declines: 2%", "declines: 200%", "no share"),
        ("patience:", "patiense:", "did you mean patience?"),
        ("answered: 95%", "answerd: 95%", "did you mean answered?"),
        ("shape: ramp, rate: 1", "shape: replay", "a replay needs file"),
    ],
)
def test_what_is_wrong_in_it_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(BadScenario, match=r"load\.yaml") as raised:
        read(tmp_path, GOOD.replace(old, new))
    assert told in str(raised.value)


def test_the_number_of_calls_is_bounded_and_the_seed_decides(tmp_path: Path) -> None:
    plan = read(tmp_path, GOOD)
    first = callers(plan)
    assert len(first) == plan.calls
    assert first == callers(plan)
    assert len({one.number for one in first}) == len(first)
    assert sum(one.area == "郑州" for one in first) > 40, "47 to 1"


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        (Arrivals("steady", 2), 20),
        (Arrivals("ramp", 0, 4), 20),
        (Arrivals("filing-day", 4), 20),
        (Arrivals("poisson", 2), 20),
    ],
)
def test_shapes_bring_about_as_many_calls_as_they_should(arrivals: Arrivals, expected: int) -> None:
    moments = times(arrivals, 10.0, random.Random(3))
    assert abs(len(moments) - expected) <= 8
    assert moments == sorted(moments)
    assert all(0 <= moment < 10 for moment in moments)


def test_a_filing_day_has_two_humps_and_a_noon() -> None:
    day = [rate_at(Arrivals("filing-day", 10), share / 20) for share in range(21)]
    assert day[0] < 1 < day[10] < day[5]
    assert day[10] < day[15] > day[20]


def test_a_replay_keeps_times_areas_and_numbers(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("at,area,number\n08:00:00,郑州,\n08:00:20,洛阳,03791234567\n", encoding="utf-8")
    plan = read(tmp_path, GOOD.replace("{shape: ramp, rate: 1, to: 3}", "{shape: replay, file: day.csv, speed: 10}"))
    first, second = callers(plan)
    assert (first.at, first.area, second.at, second.number) == (0.0, "郑州", 2.0, "03791234567")


def test_a_replay_of_an_area_without_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("at,area\n0,郑州\n1,洛阳市\n", encoding="utf-8")
    plan = read(tmp_path, GOOD.replace("{shape: ramp, rate: 1, to: 3}", "{shape: replay, file: day.csv}"))
    with pytest.raises(BadScenario, match="nor a pattern of 洛阳市; did you mean 洛阳"):
        callers(plan)


def test_numbers_of_a_pattern_differ_until_the_pattern_is_used_up() -> None:
    made = {number_of("138xxx", index) for index in range(1000)}
    assert len(made) == 1000
    assert all(len(number) == 6 for number in made)


@pytest.mark.parametrize("shape", ["fixed", "uniform", "exponential", "lognormal"])
def test_a_spread_has_its_mean(shape: str) -> None:
    chance = random.Random(5)
    mean = sum(drawn(Spread(4.0, shape), chance) for _ in range(4000)) / 4000
    assert 3.7 < mean < 4.3


def test_sipp_scenarios_are_xml_and_never_dial_anybody_else() -> None:
    plan = SeatsPlan(answer_after=Spread(1, "uniform"), talk=Spread(2, "lognormal"), declines=0.1, no_answer=0.1)
    for text in (caller("a.alaw"), seats(plan, "s.alaw"), seats(SeatsPlan(), ""), registration("127.0.0.1:9", 60)):
        assert Xml.fromstring(text).tag == "scenario"  # noqa: S314 (our own text)


def tally() -> Tally:
    """Lines as SIPp 3.8 writes them: one answered after 2 s, one who gave up, one refused, and a second try
    answered."""
    made = Tally()
    for number, area in (("138001", "郑州"), ("138002", "郑州"), ("03791", "洛阳")):
        made.expect(number, area, 1)
    stamp = "2026-11-22\t03:46:58.000000\t"
    for line in (
        f"dials;138001;load-1-1;{stamp}100.0",
        f"answered;138001;200;{stamp}100.1",
        f"dials;138002;load-1-2;{stamp}101.0",
        f"rings;138001;3710001;{stamp}101.5",
        f"talks;138001;3710001;{stamp}102.0",
        f"dials;03791;load-1-3;{stamp}103.0",
        f"refused;03791;486;{stamp}103.1",
        f"ended;138002;here;{stamp}121.0",
        "half a line",
        f"ended;138001;far;{stamp}110.0",
        f"talks;999;3710001;{stamp}110.0",
    ):
        made.take(line)
    made.expect("138002", "郑州", 2)
    made.take(f"dials;138002;load-2-1;{stamp}126.0")
    made.take(f"talks;+86138002;3710001;{stamp}146.0")
    return made


def test_the_figures_of_a_run() -> None:
    found = figures(tally().attempts)
    assert (found.callers, found.attempts) == (3, 4)
    assert found.answered == pytest.approx(2 / 3, abs=1e-3)
    assert found.answered_in_15s == pytest.approx(1 / 3, abs=1e-3)
    assert found.failed == 0.25
    assert found.outcomes == {"answered": 2, "gave up": 1, "refused": 1}
    assert found.codes == {"486": 1}
    assert found.setup["p50"] == 2.0
    assert found.setup["most"] == 20.0
    assert found.most_at_once == 3
    assert found.areas["洛阳"] == {"calls": 1, "answered": 0.0, "p95": 0.0}


def test_a_call_back_to_who_gave_up_is_no_answer_to_the_call_that_was_given_up() -> None:
    made = tally()
    gave_up, before = made.attempts[1], made.unasked
    made.expect("138003", "郑州", 1)
    for word, number, detail, at in (
        ("dials", "138003", "load-1-3", 200.0),
        ("ended", "138003", "here", 220.0),
        ("talks", "138003", "3710001", 240.0),
        ("done", "138003", "3710001", 250.0),
    ):
        made.note(word, number, detail, at)
    last = made.attempts[-1]
    assert (last.outcome, last.parted, gave_up.outcome) == ("gave up", None, "gave up")
    assert made.unasked == before + 1


def test_who_stays_when_the_seat_has_hung_up_is_with_a_seat_no_more() -> None:
    made = Tally()
    made.note("dials", "138003", "load-1-1", 1.0)
    made.note("talks", "138003", "3710001", 2.0)
    assert made.attempts[0].talking
    made.note("done", "138003", "3710001", 3.0)
    assert not made.attempts[0].talking
    assert made.live == 1


def test_a_call_without_any_reply_has_failed() -> None:
    made = Tally()
    made.note("dials", "138003", "load-1-1", 1.0)
    made.note("silent", "138003", "", 11.0)
    found = figures(made.attempts)
    assert (found.outcomes, found.failed) == ({"no reply": 1}, 1.0)


def test_what_runs_in_the_group_ends_when_its_leash_is_let_go() -> None:
    holder = subprocess.Popen([sys.executable, "-I", leash.__file__], stdin=subprocess.PIPE, process_group=0)
    held = subprocess.Popen(["sleep", "600"], process_group=holder.pid)
    assert holder.stdin is not None
    holder.stdin.close()
    assert held.wait(60) < 0
    assert holder.wait(60) < 0


def test_concurrency_goes_up_and_down() -> None:
    assert [count for _, count in concurrency(tally().attempts)] == [1, 2, 3, 2, 1, 0, 1]


def test_limits_are_judged_with_what_was_seen() -> None:
    found = figures(tally().attempts)
    made = judged(found, Limits(answered=0.6, answered_in_15s=0.8, failed=0.25, setup_p95=5.0, heard=0.9))
    assert [(name.split()[0], ok) for name, ok, _ in made] == [
        ("answered", True), ("answered_in_15s", False), ("heard", False), ("failed", True), ("setup", False),
    ]  # fmt: skip
    assert made[2][2] == "nobody listened"
    assert judged(found, Limits()) == []


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 0.5) == 7.0


def test_nothing_at_all_has_figures_too() -> None:
    found = figures([])
    assert (found.answered, found.setup, found.heard) == (0.0, {}, None)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_no_slip_of_the_pen_makes_the_reader_fall_over(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words = re.split(r"(\W)", GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(
            st.sampled_from(["", "soon", "-", ":", "{", "[]", "file", "replay", "\n", "99999999999"])
        )
    file = tmp_path_factory.getbasetemp() / "slip-load.yaml"
    file.write_text("".join(words), encoding="utf-8")
    try:
        assert callers(load_plan(file)) is not None
    except BadScenario as refused:
        assert str(refused)
