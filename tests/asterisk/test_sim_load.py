"""A short load run by SIPp against a bare Asterisk: our figures and SIPp's own agree, and every call comes to an
end."""

import os
import shlex
from pathlib import Path

import pytest

from core.settings import load as settings
from ops.runtime.asterisk import obtained, sipp
from sim.errors import PhoneError
from sim.load import report
from sim.load.engine import LoadRun
from sim.load.plan import load_plan
from sim.load.tally import figures
from sim.profile import Profile
from tests.fakes.bare_asterisk import SEATS, TRUNK, running

LOAD = """
load: 小试
for: 3s
most: {calls: 12, at_once: 3}
arrivals: {shape: steady, rate: 3}
callers:
  areas: {郑州: 3, 新乡: 1}
  numbers: {郑州: 1380371xxxx, 新乡: 0373xxxxxxx}
  patience: 1.5s
  redial: {chance: 100%, after: 500ms, most: 1}
seats: {use: [3710001], answer_after: 200ms, talk: 1s}
pass: {answered: 50%, failed: 100%, setup_p95: 5s}
"""


async def test_calls_come_are_answered_given_up_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = settings(os.environ).paths.cache
    asterisk = obtained(cache, lambda *_: None)
    monkeypatch.setenv("SIM_SIPP", shlex.join(sipp(cache, lambda *_: None)))
    plan = load_plan(_file(tmp_path))
    with running(tmp_path / "bare", asterisk.command, asterisk.modules, asterisk.share) as bare:
        run = LoadRun(plan, Profile(bare.host, bare.port, trunk=TRUNK, seats=SEATS), tmp_path / "sipp", lambda _: None)
        await run.run()
        stranger = Profile(bare.host, bare.port, trunk=TRUNK, seats={**SEATS, "3710001": "wrong"})
        with pytest.raises(PhoneError, match="1 of 1 seats could not register: seat 3710001: 401 Unauthorized"):
            await LoadRun(plan, stranger, tmp_path / "stranger", lambda _: None).run()
    found, counted = figures(run.tally.attempts), report.sipp_says(run)
    assert found.callers == 9
    assert found.attempts == counted["created"] <= plan.calls
    assert found.most_at_once <= plan.at_once, "the bound holds over first calls and redials together"
    assert found.outcomes["answered"] >= 5
    # The other city's seat is not registered: its callers are refused or turned away, and try once more.
    assert any(attempt.tries == 2 for attempt in run.tally.attempts)
    assert run.tally.live == 0
    assert found.areas["郑州"]["answered"] == 1.0
    assert "郑州" in report.page(run)


def _file(folder: Path) -> Path:
    file = folder / "load.yaml"
    file.write_text(LOAD, encoding="utf-8")
    return file
