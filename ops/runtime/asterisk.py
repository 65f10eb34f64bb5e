"""Asterisk 22: the machine's own when it is 22.8 or later with the modules we load, else unpacked from Debian."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.errors import MissingComponent
from ops.progress import Say
from ops.runtime.debs import Wanted, find, obtain

OLDEST = (22, 8)
PACKAGE = Wanted("asterisk", "asterisk", ("usr/sbin/asterisk", "-V"))
SIPP = Wanted("sipp", "sip-tester", ("usr/bin/sipp", "-v"))

_SYSTEM_PLACES = ("/usr/sbin", "/usr/local/sbin")
_SYSTEM_MODULES = ("/usr/lib/*/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/local/lib/asterisk/modules")
_NEEDED = ("res_pjsip.so", "app_queue.so", "cel_custom.so", "res_agi.so", "chan_websocket.so")


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An Asterisk that can be started from any folder."""

    command: tuple[str, ...]
    """Program and leading arguments; `-C asterisk.conf …` follows."""
    version: str
    modules: Path
    share: Path
    """Its read-only data: `documentation/` and the like."""
    system: bool


def found(cache: Path) -> Asterisk | None:
    """The Asterisk that would be used, without fetching one."""
    return _system() or _unpacked(cache)


def obtained(cache: Path, say: Say) -> Asterisk:
    """The Asterisk to use; fetched when neither the machine nor the cache has one. Raises `MissingComponent`."""
    if here := found(cache):
        return here
    obtain(PACKAGE, cache, say)
    if here := _unpacked(cache):
        return here
    raise MissingComponent("Debian's mirror carries an Asterisk older than 22.8; install a newer one yourself")


def sipp(cache: Path, say: Say) -> tuple[str, ...]:
    """Command line of SIPp, the independent SIP client of the tests; fetched like Asterisk."""
    if program := shutil.which("sipp"):
        return (program,)
    return obtain(SIPP, cache, say).command(SIPP.trial[0])


def _unpacked(cache: Path) -> Asterisk | None:
    copy = find(PACKAGE, cache)
    if copy is None or _number(copy.version) < OLDEST:
        return None
    modules = next(copy.folder.glob("usr/lib/*/asterisk/modules"))
    return Asterisk(
        command=copy.command(PACKAGE.trial[0]),
        version=copy.version,
        modules=modules,
        share=copy.folder / "usr/share/asterisk",
        system=False,
    )


def _system() -> Asterisk | None:
    program = shutil.which("asterisk") or next(
        (str(Path(place) / "asterisk") for place in _SYSTEM_PLACES if (Path(place) / "asterisk").exists()), None
    )
    if program is None:
        return None
    try:
        said = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"Asterisk (\d+\.\d+(?:\.\d+)?)", said)
    modules = next(
        (
            folder
            for pattern in _SYSTEM_MODULES
            for folder in sorted(Path("/").glob(pattern.lstrip("/")))
            if all((folder / name).exists() for name in _NEEDED)
        ),
        None,
    )
    if match is None or _number(match[1]) < OLDEST or modules is None:
        return None
    share = next((Path(place) for place in ("/usr/share/asterisk", "/var/lib/asterisk") if Path(place).is_dir()), None)
    return Asterisk((program,), match[1], modules, share or Path("/usr/share/asterisk"), system=True)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
