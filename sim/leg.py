"""One leg inside a worker: its events, the audio it sends, and the recording of what it hears."""

import array
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from baresip.audio import CallAudio
from baresip.call import Call, CallState
from baresip.errors import AudioNotActive, AudioRestarted
from baresip.events import Event, StackEvent
from baresip.stats import CallStats

from sim.stack import Stack

_QUEUE_SECONDS = 0.08
"""Audio kept ahead in the stack. The answering side re-offers after about 100 ms, which drops what is queued."""
_READ_BYTES = 16000
Report = Callable[[str, dict[str, Any]], None]

EVENT_WORDS = {
    Event.CALL_RINGING: "ringing",
    Event.CALL_PROGRESS: "progress",
    Event.CALL_ESTABLISHED: "established",
    Event.CALL_HOLD: "held",
    Event.CALL_RESUME: "resumed",
    Event.CALL_TRANSFER: "asked_to_transfer",
    Event.CALL_TRANSFER_FAILED: "transfer_failed",
    Event.CALL_CLOSED: "closed",
}
"""The stack's events that a tester can speak of, in our words."""


@dataclass(slots=True)
class Speech:
    """PCM being said, and how far it is."""

    name: str
    pcm: bytes
    loop: bool
    place: int = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes at most; empty when it has been said."""
        if self.place >= len(self.pcm) and self.loop:
            self.place = 0
        return self.pcm[self.place : self.place + size]


class Leg:
    """One party's part of a call, as the phone in this process has it."""

    def __init__(self, stack: Stack, call: Call, name: str, folder: Path, report: Report) -> None:
        self.call = call
        self.name = name
        self.closed = False
        self.heard_bytes = 0
        self._stack = stack
        self._report = report
        self._speech: Speech | None = None
        self._epoch: int | None = None
        self._queued = 0
        self._key = ""
        self._heard: BinaryIO = (folder / f"{name}.pcm").open("wb", buffering=0)
        self._places: BinaryIO = (folder / f"{name}.places").open("wb", buffering=0)
        stack.listen(call, self._on_event)
        if call.state is CallState.ESTABLISHED:
            self._report("established", {})

    def say(self, speech: Speech | None) -> None:
        """Say this from now on; `None` is silence."""
        self._speech = speech
        self._report("says", {"speech": speech.name if speech else ""})

    def pump(self) -> None:
        """Every 20 ms: keep the stack fed, and write down what came in and when. Never blocks."""
        try:
            self._pump(self.call.audio)
        except (AudioNotActive, AudioRestarted):
            # No media yet, or streams just replaced: the next tick binds to the new ones.
            return

    def close(self) -> None:
        """Close the recording files."""
        self.closed = True
        self._heard.close()
        self._places.close()
        self._stack.forget(self.call)

    def _pump(self, audio: CallAudio) -> None:
        info = audio.info()
        if self._epoch is not None and audio._bound_epoch != self._epoch and self._speech is not None:
            # The streams were replaced under us and what was queued is lost: say it again.
            self._speech.place = max(0, self._speech.place - self._queued)
        self._epoch = audio._bound_epoch
        if info.tx_ready and self._speech is not None:
            room = int(info.tx_sample_rate * _QUEUE_SECONDS) * 2 - info.tx_buffered
            chunk = self._speech.take(max(0, room))
            if chunk:
                if self._speech.place == 0:
                    lead = info.tx_buffered / 2 / info.tx_sample_rate
                    self._report("speech_starts", {"speech": self._speech.name, "lead": round(lead, 4)})
                self._speech.place += audio.write(chunk)
            elif not self._speech.loop and info.tx_buffered == 0:
                self._report("said", {"speech": self._speech.name})
                self._speech = None
            self._queued = info.tx_buffered + len(chunk)
        if info.rx_ready:
            heard = audio.read(_READ_BYTES)
            if heard:
                if not self.heard_bytes:
                    self._report("audio", {"rate": info.rx_sample_rate})
                array.array("d", (time.monotonic(), self.heard_bytes)).tofile(self._places)
                self._heard.write(heard)
                self.heard_bytes += len(heard)

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_DTMF_START and event.text:
            self._key = event.text
        elif event.event is Event.CALL_DTMF_END and self._key:
            self._report("key", {"key": self._key})
            self._key = ""
        word = EVENT_WORDS.get(event.event)
        if word is None:
            return
        details: dict[str, Any] = {}
        if event.text:
            details["text"] = event.text
        if event.headers:
            details["headers"] = event.headers
        if event.call_id:
            details["call_id"] = event.call_id
        if word == "closed":
            self.pump()
            details["stats"] = _stats(event)
        self._report(word, details)
        if word == "closed":
            self.close()


def _stats(event: StackEvent) -> dict[str, float | int]:
    if not event.stats:
        return {}
    stats = CallStats._from_payload(event.stats)
    return {
        "seconds": stats.duration_s,
        "packets_sent": stats.tx_packets,
        "packets_received": stats.rx_packets,
        "packets_lost": stats.rx_lost,
        "jitter_ms": round(stats.rx_jitter_ms, 2),
        "round_trip_ms": round(stats.rtt_ms, 2),
        "mos": stats.mos_estimate,
    }
