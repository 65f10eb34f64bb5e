"""The fast simulation against theory that can be worked out, and what it says of sharing."""

import json
from math import sqrt

import pytest

from core.ids import AreaId
from seats.sharing import cli
from seats.sharing.plan import Plan, default
from seats.sharing.staffing.erlang import erlang_a, erlang_c, seats_needed
from seats.sharing.staffing.simulation import Caller, alone, day, simulate, total
from seats.sharing.staffing.table import Promise, calls_of, isolated, rush, shared, spread
from tests.fakes.henan_tree import TREE

LUOYANG, SANMENXIA = AreaId("luoyang"), AreaId("sanmenxia")
PLAN = default(TREE)
ALONE: Plan = alone(PLAN)


@pytest.mark.parametrize(("load", "seats", "waits"), [(20, 25, 0.2091), (2, 3, 0.4444), (0.5, 1, 0.5), (5, 5, 1.0)])
def test_erlang_c_as_in_its_tables(load: float, seats: int, waits: float) -> None:
    assert erlang_c(load, seats) == pytest.approx(waits, abs=5e-5)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    patient = erlang_a(300 / 3600, 240, 1e9, 25)
    assert patient.connected == pytest.approx(1.0, abs=1e-5)
    assert patient.waits == pytest.approx(erlang_c(20, 25), abs=1e-4)
    # Nobody leaves: in time is known in closed form too.
    assert patient.in_time == pytest.approx(1 - erlang_c(20, 25) * 2.718281828 ** (-5 / 240 * 15), abs=1e-4)


@pytest.mark.parametrize(("an_hour", "seats"), [(60, 6), (240, 18), (30, 2)])
def test_the_simulation_agrees_with_erlang_a(an_hour: float, seats: int) -> None:
    theory = erlang_a(an_hour / 3600, 240, 180, seats)
    callers = day({LUOYANG: an_hour}, 30_000 / an_hour, 240, 180)
    found = simulate(callers, {LUOYANG: seats}, ALONE, warm_up=3600)[LUOYANG]
    for simulated, exact in ((found.rate, theory.connected), (found.timely, theory.in_time)):
        # Calls of one busy hour are alike: two and a half times the error of independent ones, three of those.
        assert abs(simulated - exact) < 3 * 2.5 * sqrt(exact * (1 - exact) / found.offered)


def test_who_waits_longest_is_helped_first_and_never_from_a_reserve() -> None:
    two, three = {SANMENXIA: 2, LUOYANG: 0}, {SANMENXIA: 3, LUOYANG: 0}
    callers = [Caller(float(at), LUOYANG, 100.0, 1000.0) for at in range(3)]
    # Of two seats one is kept, of three (a quarter, rounded) one: so many are helped at once.
    assert [simulate(callers, seats, PLAN)[LUOYANG].in_time for seats in (two, three)] == [1, 2]
    found = simulate(callers, three, PLAN)[LUOYANG]
    assert (found.connected, found.helped) == (3, 3)
    assert found.waited == pytest.approx(98.0)


def test_sharing_connects_more_callers_with_the_same_seats() -> None:
    calls = calls_of(TREE, 240)
    assert sum(calls.values()) == pytest.approx(240)
    assert calls[AreaId("zhengzhou")] > 90
    callers, seats = day(calls, 10, 240, 180), spread(30, calls)
    assert sum(seats.values()) == 30
    apart, together = total(simulate(callers, seats, ALONE)), total(simulate(callers, seats, PLAN))
    assert apart.offered == together.offered == len(callers)
    assert together.rate > apart.rate + 0.1


def test_the_seats_found_keep_the_promise_with_fewer_than_alone() -> None:
    promise, calls = Promise(0.95, 0.8), calls_of(TREE, 240)
    apart = isolated(calls, promise)
    assert apart[LUOYANG] == seats_needed(calls[LUOYANG] / 3600, 240, 180, 0.95, 0.8)
    callers = day(calls, 4, 240, 180)
    together = shared(callers, calls, PLAN, promise)
    assert sum(together.values()) < 0.75 * sum(apart.values())
    whole = total(simulate(callers, together, PLAN))
    assert whole.rate >= 0.95
    assert whole.timely >= 0.8


def test_two_hundred_callers_to_twenty_seats() -> None:
    crowd = rush(TREE, PLAN, days=5)
    assert sum(crowd.seats.values()) == 20
    assert crowd.together.rate > crowd.alone.rate
    assert crowd.together.timely > crowd.alone.timely


def test_the_command_prints_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", "--load", "rush", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rush"]["together"]["connected"] > said["rush"]["alone"]["connected"]
    assert cli.main(["explain", "洛阳", "--now", "三门峡=1/2"]) == 0
    assert capsys.readouterr().out.startswith("洛阳无空闲座席，省局河南可支援 3 席")
    assert cli.main(["show"]) == 0
    assert "三门峡 → 河南" in capsys.readouterr().out
    assert cli.main(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["areas"] == 25
