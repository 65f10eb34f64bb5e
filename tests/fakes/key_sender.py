"""Keys as RFC 4733 events, sent by a process of its own: SIPp sends its own through a raw socket, which is root's.

`python key_sender.py OWN_HOST OWN_PORT HOST PORT KEYS`; standard library alone, so that it starts at once.
"""

import random
import socket
import struct
import sys
import time

_FRAME, _STEP = 0.02, 160
_LEAD, _HELD, _PAUSE, _ENDS = 10, 5, 5, 3
"""Packets of silence first, of a key held, of silence after it, and times its end is told."""
_SILENCE = b"\xd5" * _STEP
_ALAW, _EVENTS = 8, 96
_CODES = "0123456789*#ABCD"


def packets(keys: str) -> list[tuple[bool, int, int, bytes]]:
    """(first of its kind, payload type, steps since the start, payload) of one packet every 20 ms."""
    made = [(place == 0, _ALAW, place, _SILENCE) for place in range(_LEAD)]
    for key in keys:
        began = len(made)
        for turn in range(_HELD + _ENDS):
            over = turn >= _HELD
            length = min(turn + 1, _HELD) * _STEP
            payload = struct.pack("!BBH", _CODES.index(key), 0x80 * over | 10, length)
            made.append((turn == 0, _EVENTS, began, payload))
        made += [(False, _ALAW, began + _HELD + _ENDS + place, _SILENCE) for place in range(_PAUSE)]
    return made


def main(own_host: str, own_port: str, host: str, port: str, keys: str) -> None:
    """Send them in their time."""
    source, first = random.getrandbits(32), random.getrandbits(16)
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((own_host, int(own_port)))
        for number, (marked, kind, step, payload) in enumerate(packets(keys)):
            time.sleep(max(0.0, began + number * _FRAME - time.monotonic()))
            header = struct.pack("!BBHII", 0x80, 0x80 * marked | kind, (first + number) & 0xFFFF, step * _STEP, source)
            link.sendto(header + payload, (host, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
