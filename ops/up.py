"""`hotline up`."""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from core import settings as core_settings
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments, print_json
from core.errors import HotlineError
from core.settings import Settings
from ops.instance import Instance, unwritable
from ops.programs import own_environment
from ops.progress import Progress
from ops.supervise import last_words

_UP_DEADLINE = 900.0
"""Seconds the background copy may take until it serves; the first start fetches Asterisk."""
_POLL = 0.1
_STEP = re.compile(r"^[\d.]+ s {2}(.*) \(more in .*\)$")
"""A line of `Progress` in the background process's log, as `last_words` gives it."""


def main(argv: Sequence[str]) -> int:
    """`up`: in the foreground until Ctrl-C, or with `-d` in the background."""
    parser = Arguments(
        prog="hotline up",
        description="Start Postgres, Asterisk and our services, and say how to register and dial in.",
        epilog="examples:\n  hotline up\n  hotline up -d && hotline doctor\n  HOTLINE_SIP_PORT=5070 hotline up",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-d", "--detach", action="store_true", help="go to the background when everything serves")
    parser.add_argument("--json", action="store_true", help="print addresses as JSON instead of the guide")
    options = parser.parse_args(argv)
    settings = core_settings.load(os.environ)
    return _detached(settings, options.json) if options.detach else _foreground(settings, options.json)


def _foreground(settings: Settings, as_json: bool) -> int:
    progress = Progress()

    def ready() -> None:
        progress.end()
        _tell(settings, as_json)

    serve(Instance(settings, progress.say), ready)
    return EXIT_DONE


def serve(copy: Instance, ready: Callable[[], None]) -> None:
    """Start `copy`, call `ready`, keep it up until SIGINT, SIGTERM or SIGHUP, stop it."""
    stop = threading.Event()
    serving = False

    def asked(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        if not serving:
            # In the midst of starting: `Instance.start` takes back what it did.
            raise KeyboardInterrupt

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, asked)
    try:
        copy.start()
        serving = True
        ready()
        stop.wait()
    finally:
        serving = True  # a second Ctrl-C must not leave half of it running
        copy.stop()


def _detached(settings: Settings, as_json: bool) -> int:
    """Start a foreground `up` that no terminal holds, and wait until it serves or gives up."""
    paths = settings.paths
    log = paths.logs / "up.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.touch(mode=0o600)
    except OSError as error:
        raise unwritable(paths.home, error) from error
    ready, told = os.pipe()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.background", str(told)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=own_environment(settings),
            start_new_session=True,
            pass_fds=(told,),
        )
    os.close(told)
    progress = Progress()
    until = time.monotonic() + _UP_DEADLINE
    with os.fdopen(ready, "rb") as pipe:
        os.set_blocking(pipe.fileno(), False)
        while time.monotonic() < until:
            if pipe.read(1):
                progress.end()
                _tell(settings, as_json)
                return EXIT_DONE
            status = process.poll()
            if status is not None:
                progress.end()
                words = last_words(log)
                if words.startswith("hotline: "):
                    sys.stderr.write(f"{words.rpartition(' (more in')[0]}\n")
                    return status or EXIT_CHECK_FAILED
                raise HotlineError(f"the background copy ended: {words}")
            if found := _STEP.match(last_words(log)):
                progress.say(found[1])
            time.sleep(_POLL)
    process.terminate()
    sys.stderr.write(f"hotline: not up after {_UP_DEADLINE:.0f} s; see {log}\n")
    return EXIT_CHECK_FAILED


def _tell(settings: Settings, as_json: bool) -> None:
    if as_json:
        print_json(addresses(settings))
    else:
        sys.stdout.write(guide(settings))
        sys.stdout.flush()


def addresses(settings: Settings) -> dict[str, object]:
    """Where the running copy is reached."""
    sip, http = settings.sip, settings.http
    return {
        "sip": f"{sip.host}:{sip.port}",
        "hotline": f"sip:{sip.hotline_number}@{sip.host}:{sip.port}",
        "trunk_hosts": list(sip.trunk_hosts),
        "open_door": sip.open_door,
        "healthz": f"http://{http.host}:{http.port}/healthz",
        "metrics": _metrics(settings),
        "logs": str(settings.paths.logs),
    }


def guide(settings: Settings) -> str:
    """How a softphone registers and dials in, in a few lines."""
    sip, here = settings.sip, addresses(settings)
    door = (
        f"from anywhere that reaches it (open door): dial {here['hotline']}"
        if sip.open_door
        else "from the trunk's addresses only (the open door is closed)"
    )
    return f"""
12366 is up.

A seat registers    any SIP softphone (UDP or TCP, A-law)
                    server {sip.host}, port {sip.port}, user 3710001 (郑州), password: hotline seats secret 3710001
                    hotline seats list shows every seat
A caller dials in   {door}
                    as the carrier's trunk, from {", ".join(sip.trunk_hosts) or "no address"}: INVITE {here["hotline"]}
Look                {here["healthz"]}
                    {" · ".join(_metrics(settings))}
                    hotline records · hotline doctor · logs in {here["logs"]}
Stop                Ctrl-C, or hotline down
"""


def _metrics(settings: Settings) -> list[str]:
    """Of seats and records, then of the doors."""
    http, agi = settings.http, settings.agi
    return [f"http://{http.host}:{http.port}/metrics", f"http://{agi.host}:{agi.metrics_port}/metrics"]
