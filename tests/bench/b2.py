"""B2: what one AMI event costs to read: ours (full, filtered out), C, panoramisk, pyst2; a million splits."""

import random
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asterisk.manager import Manager, ManagerMsg
from panoramisk.ami_protocol import AMIProtocol

from seats.ami.protocol import AmiEvent, AmiMessage, AmiParser
from tests.bench.floor import built
from tests.bench.rounds import Contender, in_process, measure, ratios, show
from tests.recordings.tape import load

TITLE = "AMI event → typed message, CPU µs: ours, C, panoramisk, pyst2; a million splits (aims: ≤ 10 µs, ≤ 4.5 µs)"
FULL, OUT, FLOOR = "ours, every header", "ours, filtered out", "C, cut in place"
READ = 65_536
SPLITS = 1_000_000
HELLO = b"Asterisk Call Manager/11.0.0\r\n"


def events_caught() -> bytes:
    """Every event of two tapes, the banner and the responses left out."""
    heard = b"".join(load(name).heard.partition(b"\r\n")[2] for name in ("ami/queue_call", "ami/sip_calls"))
    return b"".join(part + b"\r\n\r\n" for part in heard.split(b"\r\n\r\n") if part.startswith(b"Event: "))


def ours(data: bytes, wanted: set[str] | None, keep: Callable[[AmiMessage], object]) -> None:
    parser = AmiParser(wanted)
    parser.feed(HELLO)
    for start in range(0, len(data), READ):
        for message in parser.feed(data[start : start + READ]):
            keep(message)


class PanoramiskEnd:
    """What panoramisk's protocol wants behind it."""

    def __init__(self, keep: Callable[[Any], object]) -> None:
        self.dispatch = keep


def panoramisk(data: bytes, keep: Callable[[Any], object]) -> None:
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory = PanoramiskEnd(keep)
    protocol.encoding = "utf8"
    protocol.version = "11"
    for start in range(0, len(data), READ):
        protocol.data_received(data[start : start + READ])


def pyst2(data: bytes, keep: Callable[[ManagerMsg], object]) -> None:
    """Through an unbuffered socket, as its `connect` makes one. It dies on `ChanVariable`: leave those out."""
    ours_end, theirs = socket.socketpair()
    manager = Manager()
    manager.close = lambda: None  # its own joins threads that were never started
    manager.title = "Asterisk Call Manager"
    manager._sock = theirs.makefile("rwb", buffering=0)
    manager._running.set()
    manager._connected.set()
    feeder = threading.Thread(target=lambda: (ours_end.sendall(data), ours_end.close()))
    feeder.start()
    manager._receive_data()
    feeder.join()
    theirs.close()
    while not manager._message_queue.empty():
        lines = manager._message_queue.get()
        if lines:
            keep(ManagerMsg(lines))
    manager._sock = None
    manager._connected.clear()


def for_pyst2(data: bytes) -> bytes:
    return b"".join(line for line in data.splitlines(keepends=True) if b"ChanVariable" not in line)


def comparable(headers: Any) -> dict[str, str]:
    """What all of them keep: names that have a value, without the blanks around it; of a repeated one the last.

    panoramisk loses a last header without value, and adds a `content` of its own, empty for an event.
    """
    last = {name: value[-1] if isinstance(value, list) else value for name, value in headers.items()}
    return {name: value.strip() for name, value in last.items() if value.strip()}


def differences(data: bytes) -> int:
    """How many events ours and a rival do not read alike."""
    own: list[AmiEvent] = []
    theirs: list[Any] = []
    ours(data, None, own.append)  # type: ignore[arg-type]
    panoramisk(data, theirs.append)
    wrong = _unlike([comparable(event.fields) for event in own], [comparable(event) for event in theirs])
    own, theirs = [], []
    ours(for_pyst2(data), None, own.append)  # type: ignore[arg-type]
    pyst2(for_pyst2(data), theirs.append)
    return wrong + _unlike([comparable(event.fields) for event in own], [comparable(m.headers) for m in theirs])


def _unlike(own: list[dict[str, str]], theirs: list[dict[str, str]]) -> int:
    return abs(len(own) - len(theirs)) + sum(a != b for a, b in zip(own, theirs, strict=False))


def wrong_splits(data: bytes, splits: int) -> int:
    """Cuts the stream at `splits` random places, pass after pass; how many events came out unlike the whole one's."""
    whole: list[AmiMessage] = []
    ours(data, None, whole.append)
    chance = random.Random(12366)
    wrong = done = 0
    while done < splits:
        places = sorted(chance.sample(range(1, len(data)), min(chance.choice((50, 500, 5_000)), splits - done)))
        done += len(places)
        parser = AmiParser()
        parser.feed(HELLO)
        got: list[AmiMessage] = []
        for start, end in zip([0, *places], [*places, len(data)], strict=True):
            got += parser.feed(data[start:end])
        wrong += sum(a != b for a, b in zip(whole, got, strict=False)) + abs(len(whole) - len(got))
    return wrong


def main() -> int:
    """Check, measure, print, judge. 0 if every aim is met."""
    data = events_caught()
    count = data.count(b"\r\n\r\n")
    headers = data.count(b"\r\n") - 2 * count + count
    print(f"{count} events caught from Asterisk, {len(data) // count} bytes and {headers / count:.0f} headers each")
    if unlike := differences(data):
        print(f"{unlike} events are read otherwise by a rival: nothing to compare")
        return 1
    short = for_pyst2(data)

    def nothing(_: object) -> None:
        return None

    with tempfile.TemporaryDirectory() as folder:
        program = built("ami", Path(folder))
        file = Path(folder) / "events"
        file.write_bytes(data)

        def floor() -> float:
            done = subprocess.run([str(program), str(file), "20"], check=True, capture_output=True, text=True)
            seconds, messages, found, _ = done.stdout.split()
            if (int(messages), int(found)) != (20 * count, 20 * headers):
                raise SystemExit(f"C finds {found} headers in {messages} events, not {20 * headers} in {20 * count}")
            return float(seconds)

        figures = measure(
            [
                Contender(FLOOR, floor, 20 * count),
                in_process(FULL, lambda: [ours(data, None, nothing) for _ in range(20)], 20 * count),
                in_process(OUT, lambda: [ours(data, set(), nothing) for _ in range(20)], 20 * count),
                in_process("panoramisk", lambda: [panoramisk(data, nothing) for _ in range(5)], 5 * count),
                in_process("pyst2", lambda: pyst2(short, nothing), count),
            ]
        )
    show("B2 AMI event", figures, FULL)
    print("pyst2 dies on ChanVariable lines and was given the events without them")
    cheaper = ratios(figures, FULL)
    print(f"full reading is {1 / cheaper[FLOOR]:.1f}× C and {cheaper['panoramisk']:.1f}× cheaper than panoramisk")
    wrong = wrong_splits(data, SPLITS)
    full, out = min(figures[FULL]), min(figures[OUT])
    aims = {
        f"full ≤ 10 µs: {full:.2f}": full <= 10,
        f"filtered out ≤ 4.5 µs: {out:.2f}": out <= 4.5,
        f"{SPLITS:,} random splits, {wrong} wrong": wrong == 0,
    }
    for aim, holds in aims.items():
        print(f"{'met  ' if holds else 'MISSED'} {aim}")
    return 0 if all(aims.values()) else 1
