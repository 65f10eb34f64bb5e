"""Expectations about audio: who heard whom, when it stopped, how long nothing came, how late it was."""

import itertools
import statistics
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.finding import Finding, Look
from sim.handset import LegView
from sim.heard import WINDOW_SECONDS, Listener
from sim.sound import RATE, Samples
from sim.stage import Actor, Stage

_LOUD = 100.0
"""Root mean square (16-bit) of 20 ms above which something is heard."""
FRAME = RATE // 50
"""Samples of 20 ms."""
_STOP_MARGIN_SECONDS = 0.25
"""A window of one second is believed when half of it holds the speech: the end found may be late by so much."""


async def hears(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Somebody hears something for so long."""
    actor, since, need = stage.actors[options["who"]], _since(stage, options), options.get("for", 1.0)
    await stage.until(lambda: _seconds(stage, actor, options["hears"], since) >= need, options["within"])
    seconds = _seconds(stage, actor, options["hears"], since)
    return Finding(seconds >= need, _told(stage, actor, options["hears"], since, seconds))


async def does_not_hear(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Somebody does not hear something, from the mark (or now) for so long."""
    actor = stage.actors[options["who"]]
    since = stage.marks.get(options.get("since", ""), time.monotonic())
    named = options["does_not_hear"]
    rest = since + options["for"] - time.monotonic()
    await stage.until(lambda: _seconds(stage, actor, named, since) > 0, max(0.0, rest))
    seconds = _seconds(stage, actor, named, since)
    return Finding(seconds == 0, _told(stage, actor, named, since, seconds))


async def hears_anything(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Sound of any kind for so long."""
    actor, since, need = stage.actors[options["who"]], _since(stage, options), options["hears_anything"]

    def heard() -> float:
        return sum(float(loud(leg.recording.samples(since)).sum()) for leg in actor.phone.legs) * FRAME / RATE

    await stage.until(lambda: heard() >= need, options["within"])
    return Finding(heard() >= need, f"{heard():.1f} s of sound; {_came_in(actor, since)}")


async def hears_nothing(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Silence, for so long up to now: whoever spoke has come to an end."""
    actor, need = stage.actors[options["who"]], options["hears_nothing"]

    def quiet() -> bool:
        leg, since = actor.leg, time.monotonic() - need
        up = leg is not None and leg.up and leg.moments["established"] <= since
        return up and leg is not None and not loud(leg.recording.samples(since)).any()

    began = time.monotonic()
    ok = await stage.until(quiet, options["within"])
    told = f"silent after {time.monotonic() - began:.1f} s" if ok else "there was sound all the time"
    return Finding(bool(ok), f"{told}; {_came_in(actor, 0.0)}")


async def prompt_stops(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """What was heard is heard no more, at most `within` after the mark."""
    actor, named = stage.actors[options["who"]], options["prompt_stops"]
    mark, within = stage.marks[options["since"]], options["within"]
    # One window beyond the limit tells whether it went on.
    await stage.until(lambda: time.monotonic() >= mark + within + WINDOW_SECONDS + 0.3, within + WINDOW_SECONDS + 1.0)
    last, before = None, False
    for leg, ear in _ears(stage, actor, named):
        for hit in ear.hits():
            ends = leg.recording.moment(hit.sample) + WINDOW_SECONDS
            before = before or ends - WINDOW_SECONDS < mark
            last = ends if last is None else max(last, ends)
    if last is None or not before:
        return Finding(False, f"{named} was not heard before the mark; {_came_in(actor, 0.0)}")
    after = max(0.0, last - mark - _STOP_MARGIN_SECONDS)
    return Finding(after <= within, f"heard until {after:.2f} s after the mark")


async def silence_gap(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The longest time since the mark in which nothing came in, until something did again."""
    actor, since = stage.actors[options["who"]], stage.marks[options["since"]]
    longest = 0.0
    moments = [since]
    for leg in actor.phone.legs:
        first = leg.recording.first_sample(since)
        frames = loud(leg.recording.samples(since))
        moments += [leg.recording.moment(first + int(index) * FRAME) for index in np.flatnonzero(frames)]
    if len(moments) == 1:
        return Finding(False, f"nothing came in since the mark, for {time.monotonic() - since:.1f} s")
    longest = max(later - earlier for earlier, later in itertools.pairwise(sorted(moments)))
    return Finding(longest <= options["silence_gap"], f"longest gap {longest:.2f} s")


async def mouth_to_ear(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """The median delay from one actor's mouth to another's ear."""
    listener, speaker = stage.actors[options["who"]], stage.actors[options["of"]]
    await stage.until(lambda: len(_delays(stage, listener, speaker)) >= 3, options["within"])
    delays = _delays(stage, listener, speaker)
    if not delays:
        return Finding(False, _told(stage, listener, speaker.name, 0.0, 0.0))
    middle = statistics.median(delays)
    return Finding(
        middle <= options["mouth_to_ear"],
        f"median {middle * 1000:.0f} ms of {len(delays)} windows, most {max(delays) * 1000:.0f} ms",
    )


def _delays(stage: Stage, listener: Actor, speaker: Actor) -> list[float]:
    starts: dict[str, list[float]] = {}
    for leg in speaker.phone.legs:
        for event in leg.events:
            if event["event"] == "speech_starts":
                starts.setdefault(event["speech"], []).append(event["at"] + event["lead"])
    delays = []
    for leg, ear in _ears(stage, listener, speaker.name):
        for hit in ear.hits():
            if hit.place < 0:
                continue
            heard = leg.recording.moment(hit.sample)
            spoken = [at + hit.place / RATE for at in starts.get(ear.reference.name, [])]
            late = [heard - moment for moment in spoken if 0 <= heard - moment < ear.reference.seconds]
            if late:
                delays.append(min(late))
    return delays


def _since(stage: Stage, options: Mapping[str, Any]) -> float:
    return stage.marks[options["since"]] if "since" in options else 0.0


def _ears(stage: Stage, actor: Actor, named: str) -> list[tuple[LegView, Listener]]:
    return [(leg, stage.ear(leg, ref)) for leg in actor.phone.legs for ref in stage.references(named)]


def _seconds(stage: Stage, actor: Actor, named: str, since: float) -> float:
    return sum(ear.seconds(leg.recording.first_sample(since)) for leg, ear in _ears(stage, actor, named))


def loud(samples: Samples) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each 20 ms, whether something is heard in it."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    heard: np.ndarray[Any, np.dtype[np.bool_]] = np.sqrt((frames**2).mean(axis=1)) > _LOUD
    return heard


def _came_in(actor: Actor, since: float) -> str:
    seconds = sum(len(leg.recording.samples(since)) for leg in actor.phone.legs) / RATE
    return f"{seconds:.1f} s of audio came in to {actor.name}"


def _told(stage: Stage, actor: Actor, named: str, since: float, seconds: float) -> str:
    best = max((e.best(leg.recording.first_sample(since)) for leg, e in _ears(stage, actor, named)), default=0.0)
    told = f"heard {named} for {seconds:.1f} s (best z {best:.0f}); {_came_in(actor, since)}"
    others = []
    for other in stage.actors.values():
        if other.name not in (named, actor.name):
            heard = _seconds(stage, actor, other.name, since)
            if heard:
                others.append(f"{other.name} for {heard:.1f} s")
    return f"{told}; heard too: {', '.join(others)}" if others else told


CHECKS: dict[str, Look] = {
    "hears": hears,
    "does_not_hear": does_not_hear,
    "hears_anything": hears_anything,
    "hears_nothing": hears_nothing,
    "prompt_stops": prompt_stops,
    "silence_gap": silence_gap,
    "mouth_to_ear": mouth_to_ear,
}
