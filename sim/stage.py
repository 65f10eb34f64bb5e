"""Where a scenario plays: its actors with their phones, their speech, the marks, and what was noted along the way."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.account import Account
from sim.api import Api
from sim.crew import Crew
from sim.errors import BadScenario, PhoneError
from sim.handset import GoneError, Handset, LegView
from sim.heard import Listener, Reference
from sim.plans import greeting, numbered
from sim.practice import Practice
from sim.profile import Profile
from sim.scenario import ActorPlan, CallerPlan, Scenario, SeatPlan, SupervisorPlan
from sim.sound import SOUND_ENDINGS, read_audio
from sim.voice import VARIANTS, Voice, speak
from sim.witness import Witness

_SETTLED_SECONDS = 0.3


@dataclass(slots=True)
class Actor:
    """A caller, a seat or a supervisor on the stage."""

    plan: ActorPlan
    voice: Voice
    phone: Handset
    speeches: list[str] = field(default_factory=list)
    """Names of everything it says, the standing speech first."""
    held: LegView | None = None
    """The call put aside for a consultation."""
    consult: LegView | None = None
    free_at: float = 0.0
    """Moment its wrap-up ends."""
    directed: set[str] = field(default_factory=set)
    """Legs on which a step has said what to say: no standing speech begins there any more."""
    practice: Practice | None = None
    """How its story went, once it is told."""
    supervision: str = ""
    """Id of the supervision that is open, and whom it is aimed at."""
    aim: str = ""

    @property
    def name(self) -> str:
        """As the scenario calls it."""
        return self.plan.name

    @property
    def is_seat(self) -> bool:
        """A seat, neither a caller nor a supervisor."""
        return isinstance(self.plan, SeatPlan)

    @property
    def leg(self) -> LegView | None:
        """The newest leg that is not over."""
        return self.phone.live

    def now(self) -> LegView:
        """That leg. Raises `PhoneError` when there is none."""
        leg = self.leg
        if leg is None:
            raise PhoneError(f"{self.name} has no call")
        return leg


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened, for the report. `at` is seconds of the monotonic clock."""

    at: float
    actor: str
    text: str


class Stage:
    """The running scenario's world."""

    def __init__(
        self, scenario: Scenario, profile: Profile, crew: Crew, folder: Path, witness: Witness | None, api: Api | None
    ) -> None:
        self.scenario = scenario
        self.profile = profile
        self.crew = crew
        self.witness = witness
        self.api = api
        self.began = time.monotonic()
        self.marks: dict[str, float] = {}
        self.notes: list[Note] = []
        self.troubles: list[str] = []
        """What an actor could not do, told at the end."""
        self.prompts_heard: dict[str, list[tuple[str, float]]] = {}
        """Leg to the prompts found on it (name, seconds), where a failure asked for them."""
        self.audited = 0
        """Number of the last audit row before the scenario."""
        self.actors: dict[str, Actor] = {}
        self._folder = folder
        self._references: dict[str, Reference] = {}
        self._ears: dict[tuple[str, str], Listener] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def set(self) -> None:
        """Make every phone and every registration. Raises `PhoneError`, `BadScenario`."""
        supervisors = [self._at_phone(plan) for plan in self.scenario.supervisors]
        plans: list[ActorPlan] = [*numbered(self.scenario.callers), *self.scenario.seats, *supervisors]
        for index, plan in enumerate(plans):
            voice = Voice(VARIANTS[index % len(VARIANTS)], 155 + index % 5 * 9, 32 + index % 4 * 11)
            address, port = self._place(plan)
            alone = any((step.verb, step.actor) == ("loses_line", plan.name) for step in self.scenario.steps)
            phone = await self.crew.phone(f"{index}-phone", self._account(plan), address, port, alone=alone)
            actor = Actor(plan, voice, phone)
            self.actors[plan.name] = actor
            standing = plan.says or greeting(plan)
            if standing:
                await self.speech(actor, standing)
            phone.on_call = self._ring(actor)
        await asyncio.gather(*(actor.phone.register() for actor in self._registering()))
        if self._registering():
            # Phones are there before callers dial: a system tells its queues of a registration a moment after it.
            await asyncio.sleep(_SETTLED_SECONDS)
        if self.api is not None and supervisors:
            self.audited = await self.api.last_audited()

    async def strike(self) -> None:
        """End every call that is left, and whatever is still being done."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        legs = [leg for actor in self.actors.values() for leg in actor.phone.legs if not leg.over]
        await asyncio.gather(*(leg.hang_up() for leg in legs), return_exceptions=True)
        await self.crew.until(lambda: all(leg.over for leg in legs), 3.0)
        await asyncio.gather(*(actor.phone.unregister() for actor in self._registering()), return_exceptions=True)

    def _registering(self) -> list[Actor]:
        return [a for a in self.actors.values() if not isinstance(a.plan, CallerPlan) and a.plan.registers]

    async def until(self, condition: Callable[[], Any], within: float) -> Any:
        """See `Crew.until`."""
        return await self.crew.until(condition, within)

    def note(self, actor: str, text: str) -> None:
        """Note it for the report."""
        self.notes.append(Note(time.monotonic(), actor, text))

    def background(self, actor: Actor, what: str, doing: Coroutine[Any, Any, Any]) -> None:
        """Let `doing` run beside the steps; what goes wrong is told at the end."""

        async def run() -> None:
            try:
                await doing
            except GoneError:
                self.note(actor.name, f"{what}: the call was over")
            except PhoneError as error:
                self.note(actor.name, f"{what} failed: {error}")
                self.troubles.append(f"{actor.name} {what}: {error}")

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task cancelled before its first step would leave the coroutine open.
        task.add_done_callback(lambda _: doing.close())

    async def speech(self, actor: Actor, text: str) -> tuple[str, Path]:
        """(name, PCM file) of what `actor` says: spoken in its voice, or read from a sound file."""
        name = f"{actor.name}/{len(actor.speeches)}"
        if text.endswith(SOUND_ENDINGS):
            samples = await asyncio.to_thread(read_audio, self.scenario.file.parent / text)
        else:
            samples = await asyncio.to_thread(speak, text, actor.voice)
        file = self._folder / f"{actor.phone.name}-{len(actor.speeches)}.said.pcm"
        await asyncio.to_thread(samples.clip(-32768, 32767).astype("<i2").tofile, str(file))
        actor.speeches.append(name)
        self._references[name] = Reference(name, samples)
        return name, file.absolute()

    def references(self, named: str) -> list[Reference]:
        """What `named` sounds like: everything an actor says, a prompt of the platform, a sound file."""
        if named in self.actors:
            return [self._references[name] for name in self.actors[named].speeches]
        if named not in self._references:
            if named.startswith("prompt:"):
                self._references[named] = Reference(named, read_audio(self._prompt(named.removeprefix("prompt:"))))
            else:
                self._references[named] = Reference(named, read_audio(self.scenario.file.parent / named))
        return [self._references[named]]

    def ear(self, leg: LegView, reference: Reference) -> Listener:
        """The listener for `reference` on `leg`, up to date."""
        listener = self._ears.setdefault((leg.name, reference.name), Listener(reference))
        listener.feed(leg.recording.samples())
        return listener

    def ears(self) -> dict[tuple[str, str], Listener]:
        """Every listener there is, by (leg, reference)."""
        return self._ears

    def _prompt(self, key: str) -> Path:
        if self.profile.prompts is None:
            raise BadScenario(f"prompt:{key}: the profile names no folder of prompts")
        for ending in SOUND_ENDINGS:
            file = self.profile.prompts / f"{key}{ending}"
            if file.exists():
                return file
        raise BadScenario(f"prompt:{key}: no such prompt in {self.profile.prompts}")

    def _account(self, plan: ActorPlan) -> Account:
        host, port = self.profile.host, self.profile.port
        if not isinstance(plan, CallerPlan):
            known = self.profile.seats
            password = self.profile.password(plan.seat) if plan.registers else known.get(plan.seat, "")
            return Account(plan.seat or "nobody", host, port, password=password, codecs=(plan.codec,))
        if plan.withheld:
            return Account("anonymous", host, port, "Anonymous", domain="anonymous.invalid", codecs=(plan.codec,))
        return Account(plan.number, host, port, plan.shown_name, codecs=(plan.codec,))

    def _place(self, plan: ActorPlan) -> tuple[str, int]:
        """Local address of an actor's phone, and its SIP port (0: any). Raises `BadScenario`."""
        if not isinstance(plan, CallerPlan):
            return self.profile.desk, 0
        if not plan.called:
            return plan.address or self.profile.trunk, 0
        carrier = self.profile.carrier
        if carrier is None:
            raise BadScenario(
                f"{plan.name} waits to be called, but the profile names no carrier: {{host, port}} "
                "to which the system sends the calls it makes"
            )
        return carrier.host, carrier.port

    def _at_phone(self, plan: SupervisorPlan) -> SupervisorPlan:
        """The supervisor with the softphone that will ring. Raises `BadScenario`."""
        if plan.seat:
            return plan
        if self.api is None:
            raise BadScenario(f"{plan.name} is a supervisor, but the profile names no API (api: url, users)")
        phone = self.api.user(plan.user).phone
        if not phone:
            return replace(plan, registers=False)
        return replace(plan, seat=phone)

    def _ring(self, actor: Actor) -> Callable[[LegView], None]:
        def ring(leg: LegView) -> None:
            if leg.direction == "in":
                self.note(actor.name, f"rings, shows {leg.peer_user or 'no number'} {leg.name_shown}".rstrip())
                self.background(actor, "answers", self._receive(actor, leg))
            else:
                self.note(actor.name, f"is sent on to {leg.peer}")
                self.background(actor, "speaks", self.greet(actor, leg))

        return ring

    async def _receive(self, actor: Actor, leg: LegView) -> None:
        plan = actor.plan
        if plan.declines or time.monotonic() < actor.free_at:
            await leg.do("decline")
            return
        if plan.answer_after is None:
            return
        await asyncio.sleep(plan.answer_after)
        if not leg.over and not leg.up:
            await leg.do("answer")
            await self.greet(actor, leg)

    async def greet(self, actor: Actor, leg: LegView) -> None:
        """Say the standing speech as soon as the leg is up, and mind the wrap-up when it ends."""
        await self.until(lambda: leg.up or leg.over, 3600.0)
        standing = actor.plan.says or greeting(actor.plan)
        if leg.up and standing and leg.name not in actor.directed:
            await self.say(actor, leg, actor.speeches[0], loop=True)
        wrap_up = actor.plan.wrap_up if isinstance(actor.plan, SeatPlan) else 0.0
        if wrap_up:
            await self.until(lambda: leg.over, 3600.0)
            actor.free_at = time.monotonic() + wrap_up

    async def say(self, actor: Actor, leg: LegView, speech: str, *, loop: bool) -> None:
        """Say a speech made before."""
        file = self._folder / f"{actor.phone.name}-{actor.speeches.index(speech)}.said.pcm"
        await leg.do("say", speech=speech, pcm=str(file.absolute()), loop=loop)


def number_of(stage: Stage, text: str) -> str:
    """The number of an actor (empty when it withholds it), or the number itself; an address keeps its form."""
    other = stage.actors.get(text)
    if other is None:
        return text
    return other.plan.number if isinstance(other.plan, CallerPlan) else other.plan.seat
