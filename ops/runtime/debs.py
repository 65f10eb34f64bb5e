"""Programs out of Debian packages, without root: a private apt tree, `dpkg-deb -x`, the packages' own C library.

A fetched program is one folder of the cache, named by program, version and architecture. It is unpacked beside its
place and renamed when it has run once, so a half-made folder is never found; a lock keeps two copies from fetching the
same thing. apt itself checks every package against the archive's signature.
"""

import fcntl
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from core.errors import MissingComponent
from ops.progress import Say
from ops.runtime.mirrors import mirrors

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_APT = Path("/etc/apt")
_LEFT_OUT = re.compile(
    r"^(perl|gnupg|gpg|dirmngr|passwd|adduser|base-passwd|debconf|login|pinentry|asterisk-core-sounds|asterisk-config)"
)
"""Packages the dependency tree names but a program in a folder never uses."""
_NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug", "var", "etc")
_UPDATE_DEADLINE = 180.0
_DOWNLOAD_DEADLINE = 900.0
_UNPACK_DEADLINE = 120.0
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


@dataclass(frozen=True, slots=True)
class _Package:
    file: str
    size: int

    @property
    def name(self) -> str:
        return self.file.split("_", 1)[0]

    @property
    def version(self) -> str:
        return unquote(self.file.split("_")[1])


def find(wanted: Wanted, cache: Path) -> Unpacked | None:
    """The newest unpacked copy in the cache, if any."""
    prefix = f"{wanted.name}-"
    copies = [
        Unpacked(folder, folder.name.removeprefix(prefix).rsplit("-", 1)[0])
        for folder in cache.glob(f"runtime/{prefix}*-{_architecture()}")
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
            return find(wanted, cache) or _fetch(wanted, cache, say)
    except OSError as error:
        raise MissingComponent(f"cannot write in {cache}: {error.strerror}; {_OTHER_CACHE}") from error


_OTHER_CACHE = "free some room, or set HOTLINE_PLATFORM_CACHE to another folder"


def _fetch(wanted: Wanted, cache: Path, say: Say) -> Unpacked:
    _check_tools(wanted)
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
        apt, packages = _listed(wanted, work, say)
        main = next(package for package in packages if package.name == wanted.package)
        upstream = re.split(r"[+~-]", main.version.split(":", 1)[-1])[0]
        _download(wanted, apt, packages, work / "debs", say)
        tree = _unpacked(wanted, packages, work / "debs", work / "tree", say)
        _try(wanted, Unpacked(tree, upstream))
        place = cache / "runtime" / f"{wanted.name}-{upstream}-{_architecture()}"
        tree.rename(place)
        return Unpacked(place, upstream)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_tools(wanted: Wanted) -> None:
    missing = [tool for tool in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise MissingComponent(
            f"{', '.join(missing)} not found: {wanted.name} is fetched on Debian; elsewhere install it yourself"
        )
    if not KEYRING.exists():
        raise MissingComponent(f"{KEYRING} not found: install the package debian-archive-keyring")


def _listed(wanted: Wanted, work: Path, say: Say) -> tuple[list[str], list[_Package]]:
    """An apt that knows the suite, and the packages it would fetch; the first mirror that answers is used."""
    refusals = []
    for mirror in mirrors(_apt_sources()):
        say(f"{wanted.name}: asking {mirror} for its packages")
        apt = _apt(work / "apt", mirror)
        status, lines = _run([*apt, "update", "-o", "APT::Update::Error-Mode=any"], _UPDATE_DEADLINE)
        if status == 0:
            status, lines = _run([*apt, "--print-uris", "-y", "install", wanted.package], _UPDATE_DEADLINE)
        packages = [package for line in lines if (package := _package(line)) and not _LEFT_OUT.match(package.name)]
        if status == 0 and any(package.name == wanted.package for package in packages):
            return apt, packages
        refusals.append(f"{mirror}: {_reason(lines)}")
    raise MissingComponent(
        f"cannot fetch {wanted.name}: {'; '.join(refusals)}. "
        f"Check the network and the mirror in /etc/apt, or install {wanted.name} yourself"
    )


def _apt(tree: Path, mirror: str) -> list[str]:
    """An `apt-get` of our own: lists, cache and package state lie in `tree`; proxies stay the machine's."""
    for folder in ("state/lists/partial", "cache/archives/partial", "none"):
        (tree / folder).mkdir(parents=True, exist_ok=True)
    (tree / "status").touch()
    (tree / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n", encoding="utf-8")
    (tree / "apt.conf").write_text(
        f'''
Dir::State "{tree}/state";
Dir::State::status "{tree}/status";
Dir::State::lists "{tree}/state/lists";
Dir::Cache "{tree}/cache";
Dir::Cache::archives "{tree}/cache/archives";
Dir::Log "{tree}";
Dir::Etc::sourcelist "{tree}/sources.list";
Dir::Etc::sourceparts "{tree}/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{tree}/none";
APT::Architecture "{_architecture()}";
APT::Architectures "{_architecture()}";
APT::Install-Recommends "false";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Debug::NoLocking "1";
// What the machine does after its own updates is not ours to start.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
''',
        encoding="utf-8",
    )
    return ["apt-get", "-c", str(tree / "apt.conf"), "-q"]


def _apt_sources() -> dict[str, str]:
    files = [_APT / "sources.list", *sorted((_APT / "sources.list.d").glob("*"))]
    texts = {}
    for file in files:
        if file.suffix in {".list", ".sources"}:
            try:
                texts[str(file)] = file.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # not there, or not for us to read
    return texts


def _package(line: str) -> _Package | None:
    match = re.match(r"^'[^']+' (\S+\.deb) (\d+)", line)
    return _Package(match[1], int(match[2])) if match else None


def _download(wanted: Wanted, apt: list[str], packages: Sequence[_Package], folder: Path, say: Say) -> None:
    total = sum(package.size for package in packages)
    sizes = {package.name: package.size for package in packages}
    arrived = 0

    def count(line: str) -> None:
        nonlocal arrived
        if match := re.match(r"^Get:\d+ \S+ \S+ \S+ (\S+)", line):
            arrived += sizes.get(match[1], 0)
            say(f"{wanted.name}: fetching {arrived / 1e6:.0f} of {total / 1e6:.0f} MB")

    folder.mkdir()
    say(f"{wanted.name}: fetching {total / 1e6:.0f} MB")
    exact = [f"{package.name}={package.version}" for package in packages]
    status, lines = _run([*apt, "download", *exact], _DOWNLOAD_DEADLINE, folder, count)
    if status:
        raise MissingComponent(f"cannot fetch {wanted.name}: {_reason(lines)}; try again when the network is back")
    for package in packages:
        file = folder / package.file
        size = file.stat().st_size if file.exists() else 0
        if size != package.size:
            raise MissingComponent(f"{package.file} arrived damaged ({size} of {package.size} bytes); start again")


def _unpacked(wanted: Wanted, packages: Sequence[_Package], debs: Path, tree: Path, say: Say) -> Path:
    tree.mkdir()
    done = 0

    def unpack(package: _Package) -> None:
        nonlocal done
        status, lines = _run(["dpkg-deb", "-x", str(debs / package.file), str(tree)], _UNPACK_DEADLINE)
        if status:
            raise MissingComponent(f"cannot unpack {package.file}: {_reason(lines)}; {_OTHER_CACHE}")
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
    _, lines = _run([*copy.command(program), *arguments], 20.0)
    if not any(copy.version in line for line in lines):
        raise MissingComponent(f"the fetched {wanted.name} {copy.version} does not run here: {_reason(lines)}")


def _run(
    command: Sequence[str], deadline: float, folder: Path | None = None, each: Callable[[str], None] | None = None
) -> tuple[int, list[str]]:
    """Exit status and output lines of `command`; it is ended when `deadline` seconds are over (status 124)."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            os.killpg(process.pid, 9)

        timer = threading.Timer(deadline, end)
        timer.start()
        lines: list[str] = []
        try:
            assert process.stdout is not None  # noqa: S101
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if each:
                    each(lines[-1])
            status = process.wait()
        finally:
            timer.cancel()
    return (124, [*lines, f"E: no end after {deadline:.0f} s"]) if late.is_set() else (status, lines)


def _reason(lines: Sequence[str]) -> str:
    """The line of a tool's output that says what went wrong."""
    marked = [line for line in lines if re.match(r"^(E:|Err:|W: Failed|dpkg-deb: error|tar:)", line)]
    text = (marked or [line for line in lines if line.strip()] or ["no word"])[0]
    return re.sub(r"^(E|W): ", "", text).strip()[:300]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


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
