"""Ports for what a test starts, free from the choice until the use.

A port the system itself gives away (`ip_local_port_range`) may be taken in between by any phone or program that binds
port 0, so these lie below; each of pytest's workers has a slice of its own and gives no port twice.
"""

import itertools
import os
import random
import socket

_FIRST, _WIDTH, _SLICES, _STEP = 10_000, 3_000, 2, 4
"""The step leaves room for a player's second stream and RTCP beside its port."""
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SLICES
_turn = itertools.count(random.randrange(_WIDTH // _STEP) * _STEP, _STEP)
"""Other test runs may be under way on this machine: each begins somewhere else in its slice."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port that nobody has at that address, and that nobody else will be given."""
    for _ in range(_WIDTH // _STEP):
        port = _FIRST + _worker * _WIDTH + next(_turn) % _WIDTH
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # As servers do: a connection of the last test that lingers is no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port at {host}")


def free_udp_port(host: str = "127.0.0.1") -> int:
    """One for SIP or media."""
    return free_port(socket.SOCK_DGRAM, host)
