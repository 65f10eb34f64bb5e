"""`hotline demo`: four real calls on this machine, judged on what was heard and on the rows stored."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core import settings as core_settings
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments, err, out, print_json
from core.errors import HotlineError
from core.ids import AreaId
from core.settings import Settings
from ops import spoken
from ops.down import DEMO
from ops.instance import AlreadyRunning, Instance
from ops.programs import own_environment
from ops.progress import Progress
from ops.readback import StoredCall, stored_calls
from seats.roster import store

_SIM_DEADLINE = 120.0
_SHIP_DEADLINE = 15.0
"""Seconds from a call's end to its record."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One call of the demonstration, and what must become of it."""

    key: str
    about: str
    number: str
    """The user part of the From the trunk delivers; empty: withheld."""
    normalized: str
    area: AreaId
    confidence: str | None
    keys: str = ""
    """Pressed when the caller is asked."""


CALLS = (
    Expected("mobile", "郑州的手机 a mobile of 郑州", "13803710000", "13803710000", AreaId("zhengzhou"), "high"),
    Expected("landline", "0373 的座机 a landline of 0373", "03732026688", "03732026688", AreaId("xinxiang"), "high"),
    Expected("withheld", "隐藏号码,按键选洛阳 a withheld number keys 洛阳", "", "", AreaId("luoyang"), None, "0379#"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that had to be so."""

    what: str
    held: bool
    seen: str


def main(argv: Sequence[str]) -> int:
    """Bring a copy up on free ports, place the calls, read the records back, stop everything."""
    parser = Arguments(
        prog="hotline demo",
        description="Four real SIP calls with audio: dialled, routed, answered by seats, heard both ways, recorded; "
        "and a question asked of the voice, answered, and handed to a seat.",
        epilog="It runs beside a copy that is up: its own folder, free ports. Ports you set yourself are used.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document; progress goes to standard error")
    options = parser.parse_args(argv)
    progress = Progress()
    settings = _speaking(core_settings.load(os.environ))
    folder = settings.paths.home / DEMO
    copy = Instance.fresh(folder, settings, progress.say)
    # `timeout` and a closed terminal end us as Ctrl-C does: what was started is stopped.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.default_int_handler)
    try:
        copy.start()
        progress.say("placing four calls, the first one now")
        first_call = progress.seconds
        heard, talk = asyncio.run(_placed(copy, folder))
        progress.say("reading the records back from Postgres")
        stored = asyncio.run(stored_calls(copy.dsn, [call["call_id"] for call in heard.values()], _SHIP_DEADLINE))
    except AlreadyRunning:
        raise HotlineError(f"a demonstration is running in {folder}; wait for its end") from None
    finally:
        progress.say("stopping")
        copy.stop()
        progress.end()
    reports = [_report(call, heard.get(call.key, {}), stored) for call in CALLS]
    ok = talk.ok and all(check.held for report in reports for check in report["checks"])
    if options.json:
        document = {"ok": ok, "seconds": round(progress.seconds, 1), "first_call_after": round(first_call, 1)}
        for report in reports:
            report["checks"] = [asdict(check) for check in report["checks"]]
        print_json(document | {"calls": reports, "spoken": asdict(talk)})
    else:
        for number, report in enumerate(reports, 1):
            _print(number, report)
        _print_spoken(len(reports) + 1, talk)
        verdict = "四个电话全部成功 every check held" if ok else "有检查未通过 a check did not hold"
        out.print(f"\n{verdict} ({progress.seconds:.1f} s, first call after {first_call:.1f} s)", markup=False)
        if not ok:
            err.print(f"what was heard and logged is in {folder}", markup=False)
    return EXIT_DONE if ok else EXIT_CHECK_FAILED


def _speaking(settings: Settings) -> Settings:
    """One city's callers are answered by voice, where the settings name none."""
    if settings.speech.areas:
        return settings
    return replace(settings, speech=replace(settings.speech, areas=(spoken.AREA,)))


async def _placed(copy: Instance, folder: Path) -> tuple[dict[str, dict[str, Any]], spoken.Spoken]:
    """All calls, at the same time."""
    heard, talk = await asyncio.gather(asyncio.to_thread(_place, copy, folder), spoken.placed(copy, folder))
    return heard, talk


def _place(copy: Instance, folder: Path) -> dict[str, dict[str, Any]]:
    """What the simulator saw of each call, by key. The simulator is another program: it knows nothing of ours."""
    sip = copy.settings.sip
    sounds = copy.settings.paths.asterisk / "sounds" / "zh" / "hotline"
    seats = asyncio.run(store.all_seats(copy.dsn))
    first = {area: next(s for s in seats if s.area == area and s.enabled) for area in {call.area for call in CALLS}}
    plan = {
        "host": sip.host,
        "port": sip.port,
        "hotline": sip.hotline_number,
        "trunk_address": sip.trunk_hosts[0] if sip.trunk_hosts else sip.host,
        "seat_address": sip.host,
        "seats": [
            {"number": seat.number, "password": copy.secrets.seat(seat.number), "area": seat.name}
            for seat in first.values()
        ],
        "calls": [
            {
                "key": call.key,
                "number": call.number,
                "seats": [first[call.area].number],
                **({"press": call.keys, "press_on_hearing": str(sounds / "ask_region.alaw")} if call.keys else {}),
            }
            for call in CALLS
        ],
    }
    profile = folder / "calls.json"
    profile.touch(mode=0o600)
    profile.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-m", "sim", "first-calls", str(profile), "--recordings", str(folder / "heard")]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SIM_DEADLINE,
            check=False,
            env=own_environment(copy.settings),
        )
    except subprocess.TimeoutExpired as error:
        raise HotlineError(f"the simulated calls did not end within {_SIM_DEADLINE:.0f} s; logs in {folder}") from error
    finally:
        profile.unlink()  # it holds passwords
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        words = done.stderr.strip().splitlines()
        raise HotlineError(f"the simulated calls failed: {words[-1] if words else done.returncode}") from error
    return {call["key"]: call for call in answer["calls"]}


def _report(call: Expected, heard: Mapping[str, Any], stored: Mapping[str, StoredCall]) -> dict[str, Any]:
    record = stored.get(heard.get("call_id", ""))
    problems = list(heard.get("problems", ["the call was not placed"]))
    checks = [
        Check("answered by a seat of the area, heard both ways", not problems, "; ".join(problems) or "yes"),
        Check("recorded in Postgres", record is not None, record.linkedid if record else "no row"),
    ]
    if record:
        checks += [
            Check("number received", (call.number or "anonymous") in (record.raw or ""), record.raw or "none"),
            _same("normalised", record.normalized, call.normalized),
            _same("area", record.area_id, call.area),
            _same("queue", record.queue, call.area),
            _same("seat in the record", record.seat, heard.get("seat")),
            _same("outcome", record.outcome, "answered"),
            _same("decided by", record.decided_by, "service"),
        ]
        if call.confidence:
            checks.append(_same("confidence", record.confidence, call.confidence))
    return {
        "key": call.key,
        "about": call.about,
        "seat": heard.get("seat"),
        "set_up_seconds": heard.get("setup_seconds"),
        "caller_heard": heard.get("caller_heard"),
        "seat_heard": heard.get("seat_heard"),
        "record": asdict(record) if record else None,
        "checks": checks,
        "ok": all(check.held for check in checks),
    }


def _same(what: str, seen: object, wanted: object) -> Check:
    return Check(what, seen == wanted, str(seen) if seen == wanted else f"{seen!r} instead of {wanted!r}")


def _print(number: int, report: Mapping[str, Any]) -> None:
    record = report["record"] or {}
    lines = [f"\n{number}. {report['about']}"]
    if record:
        raw = record["raw"] or "(隐藏 withheld)"
        confidence = record["confidence"] or "caller said so"
        lines.append(
            f"   号码 number   {raw} → {record['normalized'] or '–'} → {record['area'] or record['area_id']}"
            f" ({confidence}: {record['reason']})"
        )
        asked = f", asked {record['tries']} time(s)" if record["tries"] else ""
        lines.append(f"   去向 route    queue {record['queue']} → seat {report['seat'] or '–'}{asked}")
    ears = {side: report[f"{side}_heard"] or {} for side in ("caller", "seat")}
    times = " · ".join(
        f"{side} heard {ear.get('seconds', 0):.1f} s of the other (z {ear.get('z', 0):.0f})"
        for side, ear in ears.items()
    )
    set_up = report["set_up_seconds"]
    lines.append(f"   接通 set-up   {f'{set_up:.2f} s' if set_up is not None else 'never'}; {times}")
    if record:
        lines.append(
            f"   记录 record   {record['linkedid']}: {record['outcome']}, seat {record['seat']},"
            f" waited {record['wait_ms']} ms, talked {record['talk_ms']} ms, {record['legs']} legs,"
            f" decided by {record['decided_by']}"
        )
    lines += [f"   ✗ {check.what}: {check.seen}" for check in report["checks"] if not check.held]
    if report["ok"]:
        lines.append(f"   ✓ {len(report['checks'])} checks held")
    for line in lines:
        out.print(line, markup=False)


def _print_spoken(number: int, talk: spoken.Spoken) -> None:
    lines = [f"\n{number}. {talk.about}"]
    lines += [f"   问题 asked    「{it['question']}」 → {it['action']}: {it['entry']}" for it in talk.questions]
    lines += [
        f"   {'✓' if step['ok'] else '✗'} {step['text']}: {step['detail']}" for step in talk.steps if step["detail"]
    ]
    for line in lines:
        out.print(line, markup=False)
