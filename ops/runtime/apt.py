"""A private apt: the packages of Debian's newest suite, without root and without touching the machine's own packages.

apt itself checks every package against the archive's signature.
"""

import os
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from core.errors import MissingComponent
from ops.progress import Say
from ops.runtime.command import reason, run
from ops.runtime.mirrors import mirrors

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_APT = Path("/etc/apt")
_UPDATE_DEADLINE = 180.0
_DOWNLOAD_DEADLINE = 900.0


@dataclass(frozen=True, slots=True)
class Package:
    """One `.deb` of the archive."""

    file: str
    size: int

    @property
    def name(self) -> str:
        return self.file.split("_", 1)[0]

    @property
    def version(self) -> str:
        return unquote(self.file.split("_")[1])


class Unreached(MissingComponent):
    """A mirror refused or did not answer; asked again, it may."""


class AptTree:
    """An `apt-get` whose lists, cache and package state lie in one folder."""

    def __init__(self, folder: Path, mirror: str) -> None:
        self.mirror = mirror
        self._command = _command(folder, mirror)

    def needed_by(self, package: str) -> list[Package]:
        """`package` and all it depends on. Raises `Unreached` with the archive's reason."""
        status, lines = run([*self._command, "update", "-o", "APT::Update::Error-Mode=any"], _UPDATE_DEADLINE)
        if status == 0:
            status, lines = run([*self._command, "--print-uris", "-y", "install", package], _UPDATE_DEADLINE)
        packages = [found for line in lines if (found := package_of(line))]
        if status or all(found.name != package for found in packages):
            raise Unreached(f"{self.mirror}: {reason(lines)}")
        return packages

    def download(self, packages: Collection[Package], folder: Path, say: Say) -> None:
        """Fetch these packages into `folder`. Raises `Unreached`."""
        total = sum(package.size for package in packages)
        sizes = {package.name: package.size for package in packages}
        arrived = 0

        def count(line: str) -> None:
            nonlocal arrived
            if match := re.match(r"^Get:\d+ \S+ \S+ \S+ (\S+)", line):
                arrived += sizes.get(match[1], 0)
                say(f"fetching {arrived / 1e6:.0f} of {total / 1e6:.0f} MB")

        folder.mkdir()
        say(f"fetching 0 of {total / 1e6:.0f} MB")
        exact = [f"{package.name}={package.version}" for package in packages]
        status, lines = run([*self._command, "download", *exact], _DOWNLOAD_DEADLINE, folder, count)
        if status:
            raise Unreached(f"cannot fetch packages: {reason(lines)}; try again when the network is back")
        for package in packages:
            file = folder / package.file
            size = file.stat().st_size if file.exists() else 0
            if size != package.size:
                raise Unreached(f"{package.file} arrived damaged ({size} of {package.size} bytes); start again")


def first_that_has(package: str, folder: Path, say: Say) -> tuple[AptTree, Sequence[Package]]:
    """The first of the machine's mirrors that carries `package`, and what it needs.

    Raises `MissingComponent`; `Unreached` when asking again may help.
    """
    _check_tools(package)
    refusals = []
    named = mirrors(_sources())
    if not named:
        raise MissingComponent(
            f"cannot fetch {package}: no source in {_APT} names a Debian mirror; add one, or install {package} yourself"
        )
    for mirror in named:
        say(f"asking {mirror}")
        tree = AptTree(folder, mirror)
        try:
            return tree, tree.needed_by(package)
        except Unreached as error:
            refusals.append(str(error))
    raise Unreached(
        f"cannot fetch {package}: {'; '.join(refusals)}. "
        f"Check the network and the mirror in /etc/apt, or install {package} yourself"
    )


def architecture() -> str:
    """Debian's word for this machine's processor."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


def package_of(line: str) -> Package | None:
    """The package of one line of `apt-get --print-uris`; `None` for any other line."""
    match = re.match(r"^'[^']+' (\S+\.deb) (\d+)", line)
    return Package(match[1], int(match[2])) if match else None


def _check_tools(package: str) -> None:
    missing = [tool for tool in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise MissingComponent(
            f"{', '.join(missing)} not found: {package} is fetched on Debian; elsewhere install it yourself"
        )
    if not KEYRING.exists():
        raise MissingComponent(f"{KEYRING} not found: install the package debian-archive-keyring")


def _command(tree: Path, mirror: str) -> list[str]:
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
APT::Architecture "{architecture()}";
APT::Architectures "{architecture()}";
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


def _sources() -> dict[str, str]:
    files = [_APT / "sources.list", *sorted((_APT / "sources.list.d").glob("*"))]
    texts = {}
    for file in files:
        if file.suffix in {".list", ".sources"}:
            try:
                texts[str(file)] = file.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # not there, or not for us to read
    return texts
