"""Programs out of Debian packages, without root: a private apt tree, `dpkg-deb -x`, the packages' own C library.

A fetched program is one folder of the cache, named by program, version and architecture. It is unpacked beside its
place and renamed when it has run once, so a half-made folder is never found; a lock keeps two copies from fetching the
same thing.
"""

import fcntl
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import MissingComponent
from ops.progress import Say
from ops.runtime.apt import Package, Unreached, architecture, first_that_has
from ops.runtime.command import reason, run

_LEFT_OUT = re.compile(
    r"^(perl|gnupg|gpg|dirmngr|passwd|adduser|base-passwd|debconf|login|pinentry|asterisk-core-sounds|asterisk-config)"
)
"""Packages the dependency tree names but a program in a folder never uses."""
_NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug", "var", "etc")
_UNPACK_DEADLINE = 120.0
_PAUSES = (5.0, 15.0)
"""Seconds until a mirror that refused is asked again: it may be in the middle of an update."""
_ROOM = 600_000_000
"""Bytes of the cache's disk the largest program needs while it is unpacked."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A program's folder, holding its own C library."""

    folder: Path
    version: str
    """Upstream's, e.g. `22.10.1`."""

    def command(self, program: str) -> tuple[str, ...]:
        """Command line that starts `program` (`usr/sbin/asterisk`) with the folder's own loader and libraries."""
        loader = next(self.folder.glob("usr/lib/*/ld-linux-*.so.*"))
        return str(loader), "--library-path", str(loader.parent), str(self.folder / program)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A program to have: its Debian package, and how to see that it runs."""

    name: str
    package: str
    trial: tuple[str, ...]
    """The program's path inside its package, then arguments that make it print its version."""


def find(wanted: Wanted, cache: Path) -> Unpacked | None:
    """The newest unpacked copy in the cache, if any."""
    prefix = f"{wanted.name}-"
    copies = [
        Unpacked(folder, folder.name.removeprefix(prefix).rsplit("-", 1)[0])
        for folder in cache.glob(f"runtime/{prefix}*-{architecture()}")
    ]
    return max(copies, key=lambda copy: _numbers(copy.version), default=None)


def obtain(wanted: Wanted, cache: Path, say: Say) -> Unpacked:
    """The unpacked program, fetched from the machine's Debian mirror when the cache has none.

    Raises `MissingComponent` with one line: no apt, no network, no mirror that carries it, no room.
    """
    if copy := find(wanted, cache):
        return copy
    runtime = cache / "runtime"
    try:
        runtime.mkdir(parents=True, exist_ok=True)
        with _locked(runtime / f".{wanted.name}.lock", lambda: say(f"waiting: another copy is fetching {wanted.name}")):
            return find(wanted, cache) or _fetch_patiently(wanted, cache, say)
    except OSError as error:
        raise MissingComponent(f"cannot write in {cache}: {error.strerror}; {_OTHER_CACHE}") from error


_OTHER_CACHE = "free some room, or set HOTLINE_PLATFORM_CACHE to another folder"


def _fetch_patiently(wanted: Wanted, cache: Path, say: Say) -> Unpacked:
    for pause in _PAUSES:
        try:
            return _fetch(wanted, cache, say)
        except Unreached as error:
            say(f"{wanted.name}: {error}; trying again in {pause:.0f} s")
            time.sleep(pause)
    return _fetch(wanted, cache, say)


def _fetch(wanted: Wanted, cache: Path, say: Say) -> Unpacked:
    free = shutil.disk_usage(cache).free
    if free < _ROOM:
        raise MissingComponent(
            f"no room to unpack {wanted.name} in {cache}: {free // 1_000_000} MB free, "
            f"{_ROOM // 1_000_000} MB needed; {_OTHER_CACHE}"
        )
    work = cache / "runtime" / f".{wanted.name}.new"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        apt, needed = first_that_has(wanted.package, work / "apt", lambda text: say(f"{wanted.name}: {text}"))
        packages = [package for package in needed if not _LEFT_OUT.match(package.name)]
        main = next(package for package in packages if package.name == wanted.package)
        upstream = re.split(r"[+~-]", main.version.split(":", 1)[-1])[0]
        apt.download(packages, work / "debs", lambda text: say(f"{wanted.name}: {text}"))
        tree = _unpacked(wanted, packages, work / "debs", work / "tree", say)
        _try(wanted, Unpacked(tree, upstream))
        place = cache / "runtime" / f"{wanted.name}-{upstream}-{architecture()}"
        tree.rename(place)
        return Unpacked(place, upstream)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unpacked(wanted: Wanted, packages: Sequence[Package], debs: Path, tree: Path, say: Say) -> Path:
    tree.mkdir()
    done = 0

    def unpack(package: Package) -> None:
        nonlocal done
        status, lines = run(["dpkg-deb", "-x", str(debs / package.file), str(tree)], _UNPACK_DEADLINE)
        if status:
            raise MissingComponent(f"cannot unpack {package.file}: {reason(lines)}; {_OTHER_CACHE}")
        (debs / package.file).unlink()
        done += 1
        say(f"{wanted.name}: unpacking {done} of {len(packages)} packages")

    with ThreadPoolExecutor(max_workers=2) as two:
        list(two.map(unpack, packages))
    for folder in _NOT_NEEDED:
        shutil.rmtree(tree / folder, ignore_errors=True)
    return tree


def _try(wanted: Wanted, copy: Unpacked) -> None:
    program, *arguments = wanted.trial
    _, lines = run([*copy.command(program), *arguments], 20.0)
    if not any(copy.version in line for line in lines):
        raise MissingComponent(f"the fetched {wanted.name} {copy.version} does not run here: {reason(lines)}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


@contextmanager
def _locked(file: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """One process at a time; `waiting` is called once when another one has it. The lock goes with its process."""
    with file.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            # Every step of the other process has a deadline, so this wait ends too.
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
