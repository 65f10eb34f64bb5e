"""A process that recognises speech: `python -m ivr.speech.vosk_worker FOLDER THREADS`, frames on stdin and stdout.

libvosk can end its process (a bad grammar, two threads on one recogniser): so it lives here, alone, with one model; a
recogniser belongs to one thread from its birth to its end. The service starts the process anew when it dies. It ends
when its input ends.
"""

import os
import queue
import struct
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

from ivr.orphans import die_with_parent
from ivr.speech import vosk_text
from ivr.speech.recogniser import Heard
from ivr.speech.worker_wire import Frame, Frames, Kind, heard_payload, rate_of

_READ: Final = 65_536


class Mouth:
    """Writes whole frames, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._turn = threading.Lock()

    def say(self, frame: Frame) -> None:
        with self._turn:
            self._stream.write(frame.encoded())
            self._stream.flush()


class Bench(threading.Thread):
    """One thread and the recognisers that belong to it."""

    def __init__(self, vosk: Any, model: Any, mouth: Mouth) -> None:
        super().__init__(daemon=True)
        self.work: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._vosk = vosk
        self._model = model
        self._mouth = mouth
        self._recognisers: dict[int, Any] = {}

    def run(self) -> None:
        while True:
            frame = self.work.get()
            try:
                heard = self._do(frame)
            except Exception as error:
                # Whatever it was, this one hearing is over; the others go on.
                self._recognisers.pop(frame.hearing, None)
                self._mouth.say(Frame(Kind.FAILED, frame.hearing, f"{type(error).__name__}: {error}".encode()))
                continue
            if heard is not None:
                self._mouth.say(Frame(Kind.HEARD, frame.hearing, heard_payload(heard)))

    def _do(self, frame: Frame) -> Heard | None:
        if frame.kind is Kind.OPEN:
            recogniser = self._vosk.KaldiRecognizer(self._model, rate_of(frame.payload))
            recogniser.SetWords(True)
            self._recognisers[frame.hearing] = recogniser
            return Heard("", final=False)
        if frame.kind is Kind.CLOSE:
            self._recognisers.pop(frame.hearing, None)
            return None
        recogniser = self._recognisers[frame.hearing]
        if frame.kind is Kind.FINISH:
            return vosk_text.final(recogniser.FinalResult())
        if recogniser.AcceptWaveform(frame.payload):
            return vosk_text.final(recogniser.Result())
        return vosk_text.partial(recogniser.PartialResult())


def main(arguments: list[str]) -> int:
    """Serve until standard input ends."""
    folder, threads = Path(arguments[0]), int(arguments[1])
    die_with_parent()
    # Nothing but frames may reach the pipe: whatever else prints goes to standard error.
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import vosk

    vosk.SetLogLevel(-1)
    mouth = Mouth(frames_out)
    try:
        model = vosk.Model(str(folder))
    except Exception as error:
        # It raises nothing more exact. One line in the log, not a page each time it is tried again.
        sys.stderr.write(f"{folder}: {error}\n")
        return 1
    benches = [Bench(vosk, model, mouth) for _ in range(threads)]
    for bench in benches:
        bench.start()
    mouth.say(Frame(Kind.READY, 0, struct.pack("<I", os.getpid())))
    frames = Frames()
    while data := os.read(0, _READ):
        for frame in frames.feed(data):
            benches[frame.hearing % threads].work.put(frame)
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Recognisers of daemon threads must not be torn down under them.
    os._exit(code)
