"""What a scenario leaves to us: digits to be drawn, sentences of one's own."""

import random
from collections.abc import Iterable
from dataclasses import replace

from sim.scenario import ActorPlan, CallerPlan, SupervisorPlan

_NAMES = "零一二三四五六七八九"


def numbered(callers: Iterable[CallerPlan]) -> list[CallerPlan]:
    """The callers with each `x` of their numbers drawn; equal patterns get equal numbers.

    A platform that remembers callers must meet new ones in every playing.
    """
    drawn: dict[str, str] = {}
    for pattern in (caller.number for caller in callers):
        if pattern not in drawn:
            drawn[pattern] = "".join(random.choice("0123456789") if c in "xX" else c for c in pattern)
    return [replace(caller, number=drawn[caller.number]) for caller in callers]


def greeting(plan: ActorPlan) -> str:
    """What an actor says whose file says nothing: each seat and supervisor a sentence of its own, callers nothing."""
    if isinstance(plan, CallerPlan):
        return ""
    digits = ",".join(_NAMES[int(digit)] for digit in plan.seat if digit.isdigit())
    if isinstance(plan, SupervisorPlan):
        return f"我是值班督导,话机{digits},正在了解这一通电话的处理情况,请按照政策规定答复纳税人。"
    return f"您好,工号{digits}为您服务,请问有什么可以帮助您?税务局提醒您按时申报纳税。"
