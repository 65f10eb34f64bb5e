"""Expectations about what the platform says through its API: the audit, the live picture, the rows it keeps."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sim.api import Answer
from sim.commands import account_of, api_at, filled_in
from sim.errors import SimError
from sim.expectations import ROWS
from sim.finding import Finding, Look
from sim.landing import call_of
from sim.profile import RowsAccess
from sim.rows import differences, shown, value_at
from sim.scenario import CallerPlan
from sim.stage import Actor, Stage

_POLL_SECONDS = 0.25


async def audit_of(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Rows of the audit since the scenario began."""
    api, actor = api_at(stage), stage.actors[options["audit_of"]]
    user = account_of(stage, actor)

    async def look() -> Finding:
        answer = await api.ask(api.reader, "GET", "/audit?limit=1000")
        if not answer.ok:
            return Finding(False, f"the audit could not be read: {answer}")
        new = [row for row in reversed(answer.document["rows"]) if row.get("seq", 0) > stage.audited]
        rows = [row for row in new if row.get("user_name") == user]
        return _audited(stage, rows, options)

    found = await _until(look, options["within"])
    if not found.ok or options.get("chain") is None:
        return found
    proof = await api.ask(api.reader, "GET", "/audit/verify")
    whole = proof.ok and bool(proof.document.get("intact"))
    said = (
        f"the chain of {proof.document.get('rows')} rows is whole"
        if whole
        else f"the chain is broken: {proof.document}"
    )
    return Finding(whole, f"{found.detail}; {said}")


def _audited(stage: Stage, rows: list[dict[str, Any]], options: Mapping[str, Any]) -> Finding:
    mine = rows if options.get("verb") is None else [row for row in rows if row.get("verb") == options["verb"]]
    if options.get("target"):
        aims = _names(stage, options["target"])
        mine = [row for row in mine if aims & {row.get("target_id"), row.get("seat"), row.get("call")}]
    told = "; ".join(_row(row) for row in rows[-8:]) or "no row at all"
    if not mine:
        return Finding(False, f"no such row of {options['audit_of']}; there are: {told}")
    kinds = {row.get("kind") for row in mine}
    wrong = [f"no row says {kind}" for kind in options.get("result", ()) if kind not in kinds]
    codes = {str(row.get("detail", "")).partition(":")[0] for row in mine if row.get("kind") == "refused"}
    refused = options.get("refused")
    if refused is not None and (refused not in codes if refused not in ("yes", "true") else not codes):
        wrong.append(f"no row says refused {refused}")
    if "reason" in options and all(row.get("reason") != options["reason"] for row in mine):
        wrong.append(f"no row has the reason {options['reason']!r}")
    return Finding(not wrong, "; ".join([*wrong, f"rows: {told}"]))


def _names(stage: Stage, target: str) -> set[str]:
    """What an audit row may call that target."""
    actor = stage.actors.get(target)
    return {target} if actor is None else {getattr(actor.plan, "seat", ""), call_of(stage, actor)} - {""}


def _row(row: Mapping[str, Any]) -> str:
    parts = (row.get("verb"), row.get("kind"), row.get("target_id"), row.get("reason"), row.get("detail"))
    return " ".join(str(part) for part in parts if part)


async def picture_of(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The live picture of a seat, or of a caller's call."""
    api, actor = api_at(stage), stage.actors[options["picture_of"]]
    wanted = _columns(options, "picture_of")

    async def look() -> Finding:
        answer = await api.ask(api.reader, "GET", "/picture")
        if not answer.ok:
            return Finding(False, f"the picture could not be read: {answer}")
        row = _in_picture(stage, actor, answer.document)
        if row is None:
            return Finding(wanted == {"state": "gone"}, f"{actor.name} is not in the picture")
        wrong = differences(row, wanted)
        return Finding(not wrong, "; ".join(wrong) or shown(row, wanted))

    return await _until(look, options["within"])


def _in_picture(stage: Stage, actor: Actor, picture: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if isinstance(actor.plan, CallerPlan):
        call = call_of(stage, actor)
        return next((row for row in picture.get("calls", ()) if row.get("linkedid") == call), None)
    return next((row for row in picture.get("seats", ()) if row.get("number") == actor.plan.seat), None)


async def rows_of(kind: str, stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Rows of one kind the platform keeps of a caller."""
    access = stage.profile.rows.get(kind)
    if access is None:
        return Finding(False, f"the profile does not say where {kind} is read (rows: {kind}: {{path: …}})")
    api, actor = api_at(stage), stage.actors[options[kind]]
    wanted = _columns(options, kind, "count")

    async def look() -> Finding:
        path = await filled_in(stage, actor, access.path)
        answer = await api.ask(api.reader, "GET", path)
        if not answer.ok:
            return Finding(False, f"GET {path}: {answer}")
        rows = await _own(stage, actor, access, answer)
        near = min((differences(row, wanted) for row in rows), key=len, default=None)
        if "count" in options and len(rows) != options["count"]:
            return Finding(False, f"{len(rows)} rows instead of {options['count']} at {path}")
        if options.get("count") == 0:
            return Finding(True, f"no row at {path}")
        if near is None:
            return Finding(False, f"there is no row of {actor.name} at {path}")
        return Finding(not near, "; ".join(near) or f"{len(rows)} rows; {shown(wanted, wanted)}")

    return await _until(look, options["within"])


async def _own(stage: Stage, actor: Actor, access: RowsAccess, answer: Answer) -> list[Mapping[str, Any]]:
    """The rows of the answer that are this caller's."""
    found = value_at(answer.document, access.at) if access.at else answer.document
    rows = found if isinstance(found, list) else [found] if found else []
    mark = {key: await filled_in(stage, actor, value) for key, value in access.where.items()}
    return [row for row in rows if not differences(row, mark)]


def _columns(options: Mapping[str, Any], *own: str) -> dict[str, str]:
    return {name: str(value) for name, value in options.items() if name not in {*own, "within"}}


async def _until(look: Callable[[], Awaitable[Finding]], within: float) -> Finding:
    """The first finding that holds, else the last one."""
    end = time.monotonic() + within
    while True:
        try:
            found = await look()
        except SimError as error:
            found = Finding(False, str(error))
        if found.ok or time.monotonic() >= end:
            return found
        await asyncio.sleep(_POLL_SECONDS)


def _look(kind: str) -> Look:
    async def look(stage: Stage, options: Mapping[str, Any]) -> Finding:
        return await rows_of(kind, stage, options)

    return look


CHECKS: dict[str, Look] = {"audit_of": audit_of, "picture_of": picture_of, **{kind: _look(kind) for kind in ROWS}}
