"""What supervisors do, and seats ask for, at the platform's API: one request a verb, nothing waited for."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sim.api import NOT_THERE, Answer, Api
from sim.errors import BadScenario, PhoneError
from sim.landing import call_of
from sim.scenario import CallerPlan, SeatPlan, Step, SupervisorPlan
from sim.stage import Actor, Stage

_CALL_SECONDS = 2.0
"""How long a call may take to be seen by the witness, or by a seat, before it has no id to name it by."""
_MODES = {"listens_to": "listen", "whispers_to": "whisper", "barges_into": "barge", "takes_over": "takeover"}
_ON_SEATS = {"pauses": "pause", "readies": "unpause", "logs_out": "logout"}


async def supervise(stage: Stage, actor: Actor, step: Step) -> None:
    """Join a call, or go on in another mode in the call joined before."""
    mode = _MODES[step.verb]
    if actor.supervision and step.argument in (None, "", actor.aim):
        await _asked(stage, actor, step, "POST", f"/supervise/{actor.supervision}/mode", {"mode": mode})
        return
    if not step.argument:
        raise PhoneError(f"{actor.name} is in no call: {step.text.split()[-1]} whom?")
    body = {"target": await _target(stage, step.argument), "mode": mode, **_reason(step)}
    answer = await _asked(stage, actor, step, "POST", "/supervise", body)
    if answer.ok:
        actor.supervision, actor.aim = str(answer.document["id"]), step.argument


async def stop(stage: Stage, actor: Actor, step: Step) -> None:
    """Leave the call joined before."""
    if not actor.supervision:
        raise PhoneError(f"{actor.name} is in no call")
    await _asked(stage, actor, step, "DELETE", f"/supervise/{actor.supervision}")
    actor.supervision = actor.aim = ""


async def end_call(stage: Stage, actor: Actor, step: Step) -> None:
    """End somebody's call."""
    await _asked(stage, actor, step, "POST", f"/calls/{await _call(stage, step.argument)}/hangup", _reason(step))


async def move(stage: Stage, actor: Actor, step: Step) -> None:
    """Send a caller elsewhere."""
    named = stage.actors.get(step.options["to"])
    to = step.options["to"] if named is None else _seat(named)
    body = {"to": to, **_reason(step)}
    await _asked(stage, actor, step, "POST", f"/calls/{await _call(stage, step.argument)}/move", body)


async def order_seat(stage: Stage, actor: Actor, step: Step) -> None:
    """Pause a seat, let it get calls again, log it out."""
    named = stage.actors.get(step.argument)
    seat = step.argument if named is None else _seat(named)
    await _asked(stage, actor, step, "POST", f"/seats/{seat}/{_ON_SEATS[step.verb]}", _reason(step))


async def bring_in(stage: Stage, actor: Actor, step: Step) -> None:
    """Somebody more into a seat's own call."""
    named = stage.actors.get(step.argument)
    body = {"to": step.argument if named is None else _seat(named), "how": "threeway", **_reason(step)}
    await _asked(stage, actor, step, "POST", f"/seats/{_seat(actor)}/transfer", body)


async def raise_hand(stage: Stage, actor: Actor, step: Step) -> None:
    """An expert into a seat's own call."""
    body = {"heard_by": step.options.get("heard_by", "seat"), **_reason(step)}
    body |= {"group": step.argument} if step.argument else {}
    await _asked(stage, actor, step, "POST", f"/seats/{_seat(actor)}/raise-hand", body)


async def ask(stage: Stage, actor: Actor, step: Step) -> None:
    """Any request."""
    method, _, path = str(step.argument).strip().partition(" ")
    about = stage.actors[step.options["of"]] if "of" in step.options else actor
    filled = await filled_in(stage, about, path.strip())
    body = step.options.get("body")
    await _asked(stage, actor, step, method.upper(), filled, dict(body) if isinstance(body, Mapping) else body)


async def filled_in(stage: Stage, about: Actor, text: str) -> str:
    """`text` with {call}, {number}, {seat} of that actor, and {began} and {later}: when the scenario began, and a
    minute from now. Raises `PhoneError` for a call nobody has seen."""
    now = datetime.now(UTC)
    began = now - timedelta(seconds=time.monotonic() - stage.began)
    values = {"number": getattr(about.plan, "number", ""), "seat": getattr(about.plan, "seat", "")}
    values |= {"began": began.isoformat()[:19] + "Z", "later": (now + timedelta(minutes=1)).isoformat()[:19] + "Z"}
    if "{call}" in text:
        values["call"] = await _call(stage, about.name)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def account_of(stage: Stage, actor: Actor) -> str:
    """The user an actor is at the API. Raises `BadScenario` when there is none."""
    plan = actor.plan
    if isinstance(plan, SupervisorPlan):
        return plan.user
    if isinstance(plan, SeatPlan) and plan.user:
        return plan.user
    number = getattr(plan, "seat", "")
    users = stage.profile.api.users if stage.profile.api else {}
    found = next((name for name, user in users.items() if number and user.phone == number), "")
    if not found:
        raise BadScenario(
            f"{actor.name} has no account at the API: give it a user, one of {', '.join(users) or 'none'}"
        )
    return found


def api_at(stage: Stage) -> Api:
    """The API. Raises `BadScenario` when the profile names none."""
    if stage.api is None:
        raise BadScenario("the profile names no API (api: url, users): nobody can be commanded there")
    return stage.api


async def _asked(
    stage: Stage, actor: Actor, step: Step, method: str, path: str, body: Mapping[str, Any] | None = None
) -> Answer:
    """Ask, and hold the answer against what the step says of a refusal."""
    wanted = step.options.get("refused")
    api, user = api_at(stage), account_of(stage, actor)
    ask_ = api.ask if wanted in ("not_there", str(NOT_THERE)) else api.ask_patiently
    answer = await ask_(user, method, path, body)
    said = f"{method} {path} {json.dumps(body, ensure_ascii=False) if body else ''}".rstrip()
    stage.note(actor.name, f"{said}: {answer}")
    if wanted is None and not answer.ok:
        raise PhoneError(f"the platform refused: {answer} ({said})")
    if wanted is not None and answer.ok:
        raise PhoneError(f"the platform did it, and should have refused ({said})")
    if wanted is not None and wanted not in ("yes", "true", answer.code, str(answer.status)):
        raise PhoneError(f"refused with {answer}, not with {wanted} ({said})")
    return answer


def _reason(step: Step) -> dict[str, str]:
    return {"reason": step.options["reason"]} if step.options.get("reason") else {}


async def _target(stage: Stage, named: str) -> str:
    """A seat by its number, a caller by the id of the call."""
    actor = stage.actors.get(named)
    if actor is None:
        return named
    return await _call(stage, named) if isinstance(actor.plan, CallerPlan) else _seat(actor)


async def _call(stage: Stage, named: str) -> str:
    """Id of an actor's call; an id stays itself."""
    actor = stage.actors.get(named)
    if actor is None:
        return named
    call = await stage.until(lambda: call_of(stage, actor), _CALL_SECONDS)
    if not call:
        raise PhoneError(f"the call of {named} has no id: no manager interface saw it and no seat was told")
    return str(call)


def _seat(actor: Actor) -> str:
    number = getattr(actor.plan, "seat", "")
    if not number:
        raise PhoneError(f"{actor.name} is no seat")
    return str(number)
