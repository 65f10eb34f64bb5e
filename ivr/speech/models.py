"""Which model the hotline hears with: the one of the settings, the installed one, else the demonstration model.

Files only.
"""

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.errors import BadInput, MissingComponent
from core.settings import Settings
from core.whole import write_whole
from ivr.speech.vosk_folder import VoskFolder, look_at

DEMONSTRATION: Final = Path(__file__).parent / "model" / "demo.zip"
_POINTER: Final = "current"
_LARGEST: Final = 8 * 1024**3
"""Bytes of an unpacked model: the largest published ones have 4 GB."""


@dataclass(frozen=True, slots=True)
class Model:
    """The model in force."""

    folder: VoskFolder
    origin: Literal["setting", "installed", "demonstration"]


def current(settings: Settings) -> Model:
    """Raises `MissingComponent` when the chosen model is not whole. Unpacks the demonstration model on first use."""
    if settings.speech.model:
        return Model(look_at(Path(settings.speech.model).expanduser().absolute()), "setting")
    pointer = settings.paths.speech / _POINTER
    if pointer.is_file():
        return Model(look_at(settings.paths.speech / pointer.read_text(encoding="utf-8").strip()), "installed")
    return Model(look_at(demonstration(settings.paths.cache)), "demonstration")


def demonstration(cache: Path) -> Path:
    """The unpacked demonstration model, shared by all copies of one user. Several may ask at once."""
    if not DEMONSTRATION.is_file():
        raise MissingComponent(
            f"the demonstration model {DEMONSTRATION} is missing; make it with `hotline speech train`"
        )
    place = cache / "speech" / file_digest(DEMONSTRATION)[:16]
    if not place.is_dir():
        with _aside(place.parent) as aside:
            _unpack(DEMONSTRATION, aside)
            _settle(aside, place)
    return place


def install(
    source: Path, sha256: str, settings: Settings, check: Callable[[VoskFolder], object] = lambda folder: None
) -> Model:
    """Copy the model folder or zip `source` into this copy and make it the one in force.

    `sha256`: of the zip file, or `folder_digest` of the folder; `check` raises what it has against the model. Raises
    `BadInput` when the sum differs or the archive is hostile, `MissingComponent` when it holds no whole Vosk model.
    """
    if not source.exists():
        raise BadInput(f"{source} is not there")
    digest = folder_digest(source) if source.is_dir() else file_digest(source)
    if digest != sha256.strip().lower():
        told = f"not {sha256}" if sha256 else "and none was given"
        raise BadInput(f"{source} has sha256 {digest}, {told}: compare it with the publisher's, then give it")
    place = settings.paths.speech / f"{source.stem}-{digest[:12]}"
    if not place.is_dir():
        with _aside(settings.paths.speech) as aside:
            if source.is_dir():
                shutil.copytree(source, aside, dirs_exist_ok=True)
            else:
                _unpack(source, aside)
            inside = look_at(aside)
            check(inside)
            _settle(inside.path, place)
    folder = look_at(place)
    write_whole(settings.paths.speech / _POINTER, f"{place.name}\n")
    return Model(folder, "installed")


def uninstall(settings: Settings) -> None:
    """Back to the demonstration model; the installed files stay until they are deleted by hand."""
    (settings.paths.speech / _POINTER).unlink(missing_ok=True)


def file_digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error


def folder_digest(folder: Path) -> str:
    """SHA-256 over a folder: of the output of `find . -type f | LC_ALL=C sort | xargs sha256sum` run in it."""
    files = sorted(
        (file for file in folder.rglob("*") if file.is_file()),
        key=lambda one: os.fsencode(f"./{one.relative_to(folder)}"),
    )
    rows = "".join(f"{file_digest(file)}  ./{file.relative_to(folder)}\n" for file in files)
    return hashlib.sha256(rows.encode("utf-8", "surrogateescape")).hexdigest()


@contextmanager
def _aside(parent: Path) -> Iterator[Path]:
    """A new folder beside the goal, gone afterwards unless it was moved."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=".unpacking-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(made: Path, place: Path) -> None:
    """Move `made` to `place`; another process may have been faster, then its copy stays."""
    try:
        made.chmod(0o755)
        made.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            if sum(entry.file_size for entry in entries) > _LARGEST:
                raise BadInput(f"{archive} unpacks to more than {_LARGEST // 1024**3} GB")
            for entry in entries:
                # extractall would bend such a name into the folder; a model has no reason to hold one.
                if entry.filename.startswith(("/", "\\")) or ".." in Path(entry.filename).parts:
                    raise BadInput(f"{archive} holds the path {entry.filename!r}, which leads out of it")
            packed.extractall(folder)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise BadInput(f"{archive} cannot be unpacked: {error}") from error
