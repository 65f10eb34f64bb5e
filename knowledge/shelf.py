"""From library to answerer: an index with its certificate is built, and kept in the cache by content. May block."""

import contextlib
import dataclasses
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from knowledge import syllables
from knowledge.calibrate import Band, Certificate, Target, certify
from knowledge.entry import Library
from knowledge.features import Featurizer
from knowledge.files import DATA, content_hash, load
from knowledge.guard import Guard
from knowledge.index import CLASSIFIER_LIMIT, Floats, Index, build
from knowledge.noise import homophones
from knowledge.normalize import normalize
from knowledge.syllables import SyllableTable
from knowledge.trials import Bench, Hearing, Trials, leave_phrasings_out, leave_topics_out
from knowledge.verdict import Answerer

NOISE = 0.1
"""Share of syllables misheard in calibration."""

SAMPLE = 3_000
"""Questions a large library is calibrated on."""

PROMISED = Target()
_SEED = 12366


@dataclasses.dataclass(frozen=True, slots=True)
class Built:
    """An index ready for answering."""

    table: SyllableTable
    index: Index
    certificate: Certificate | None


def answerer(cache: Path, folder: Path = DATA, building: Callable[[], None] = lambda: None) -> Answerer:
    """The answerer of the entries in `folder`; see `taken`."""
    library = load(folder)
    return from_built(library, taken(library, cache, folder, building))


def is_kept(cache: Path, folder: Path = DATA) -> bool:
    """Whether the index of the entries in `folder` has been built already."""
    return _path(cache, folder).exists()


def taken(library: Library, cache: Path, folder: Path = DATA, building: Callable[[], None] = lambda: None) -> Built:
    """The index of `library`, the entries in `folder`: from `cache`, or built and left there.

    Building takes some seconds; `building` is called first.
    """
    path = _path(cache, folder)
    kept = read(path)
    if kept is None:
        building()
        kept = made(library)
        write(path, kept)
    return kept


def _path(cache: Path, folder: Path) -> Path:
    return cache / "knowledge" / f"{content_hash(folder)}.npz"


def from_built(library: Library, built: Built) -> Answerer:
    """An answerer over an index of this very library."""
    featurizer, guard = Featurizer.of(built.table, library.glossary), Guard(library, built.table)
    return Answerer(library, featurizer, built.index, built.certificate, guard)


def made(library: Library, target: Target | None = PROMISED) -> Built:
    """Index and certificate of `library`; no certificate without `target`."""
    table = syllables.build()
    featurizer = Featurizer.of(table, library.glossary)
    names, asked, told = _texts(library)
    features = [[featurizer.features(normalize(text)) for text in (*a, *t)] for a, t in zip(asked, told, strict=True)]
    index, inverse = build(names, features)
    if target is None:
        return Built(table, index, None)
    covered, strangers = trials(library, table, featurizer, index, inverse)
    return Built(table, index, certify(covered, strangers, target))


def trials(
    library: Library, table: SyllableTable, featurizer: Featurizer, index: Index, inverse: Floats
) -> tuple[Trials, Trials]:
    """Questions imitated for calibration: those we cover, and those whose topic is left out."""
    names, asked, _ = _texts(library)
    draw = random.Random(_SEED)  # noqa: S311 - noise that must repeat, nothing secret
    alike = table.homophones()
    picked = np.concatenate([np.arange(start, start + len(a)) for start, a in zip(index.starts, asked, strict=False)])
    texts = [text for a in asked for text in a]
    if len(texts) > CLASSIFIER_LIMIT:
        chosen = sorted(draw.sample(range(len(texts)), SAMPLE))
        picked, texts = picked[chosen], [texts[place] for place in chosen]
    misheard = [homophones(text, NOISE, table, alike, draw) for text in texts]
    topics = library.topics()
    bench = Bench(
        index=index,
        picked=picked.astype(np.int32),
        hearings=tuple(_hear(index, featurizer, heard) for heard in (texts, misheard)),
        inverse=inverse,
        exact=np.array([any(entry.exact for entry in topics.get(name, ())) for name in names]),
        answered=len(topics),
    )
    return leave_phrasings_out(bench), leave_topics_out(bench)


def read(path: Path) -> Built | None:
    """A kept index; None if there is none or it cannot be read."""
    try:
        with np.load(path) as arrays:
            index = {name: arrays[name] for name in Index.__slots__ if name != "topics"}
            table = SyllableTable(arrays["syllables"])
            told = json.loads(bytes(arrays["told"]).decode())
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None
    return Built(table, Index(topics=tuple(told["topics"]), **index), _certificate(told["certificate"]))


def write(path: Path, built: Built) -> None:
    """Keep `built`, atomically, in place of indexes of earlier contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"topics": built.index.topics, "certificate": built.certificate and dataclasses.asdict(built.certificate)}
    arrays: dict[str, Any] = {name: getattr(built.index, name) for name in Index.__slots__ if name != "topics"}
    fresh = path.with_suffix(f".{os.getpid()}.fresh")
    with fresh.open("wb") as file:
        np.savez(
            file, syllables=built.table.numbers, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **arrays
        )
    fresh.replace(path)
    with contextlib.suppress(FileNotFoundError):  # somebody else was faster at it
        kept = sorted(path.parent.glob("*.npz"), key=lambda other: other.stat().st_mtime, reverse=True)
        for stale in kept[4:]:
            stale.unlink()


def _texts(library: Library) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """Class names, their questions, and the text an entry only teaches with; declined classes last."""
    topics = library.topics()
    names = [*topics, *(declined.id for declined in library.declined)]
    asked = [
        list(dict.fromkeys([e.question for e in entries] + [p for e in entries for p in e.phrasings]))
        for entries in topics.values()
    ]
    told = [[" ".join((entry.answer, *entry.facts)) for entry in entries] for entries in topics.values()]
    return names, asked + [list(d.phrasings) for d in library.declined], told + [[] for _ in library.declined]


def _hear(index: Index, featurizer: Featurizer, texts: list[str]) -> Hearing:
    features = [featurizer.features(normalize(text)) for text in texts]
    heard = [index.look(found) for found in features]
    return Hearing(
        likeness=np.stack([look.likeness for look in heard]),
        known=np.array([look.known for look in heard], dtype=np.float32),
        lengths=np.array([len(found) for found in features], dtype=np.float32),
        words=tuple(look.words for look in heard),
    )


def _certificate(told: dict[str, Any] | None) -> Certificate | None:
    if told is None:
        return None
    return Certificate(
        **{
            **told,
            "weights": tuple(told["weights"]),
            "target": Target(**told["target"]),
            "curve": tuple(Band(**band) for band in told["curve"]),
        }
    )
