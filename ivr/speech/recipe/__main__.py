"""`python -m ivr.speech.recipe`: texts → synthetic speech → network → search graph → model folder → zip.

One command, seeded.
"""

import argparse
import hashlib
import json
import logging
import os
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from core.console import run
from ivr.speech.models import DEMONSTRATION
from ivr.speech.recipe import features, graph, kaldi, lessons, network, sounds, texts
from ivr.speech.recipe.language import trigram
from ivr.speech.recipe.lexicon import UNKNOWN, Lexicon

SEED: Final = 12366
_GENERAL_WORDS: Final = 3000
"""Frequent words of the language at large that the model knows besides those of its texts."""
_QUESTION_WEIGHT: Final = 2.0
_ZIP_DATE: Final = (2026, 1, 1, 0, 0, 0)
"""So that the same files give the same zip."""

# The decoder's settings, read by Vosk. The endpointer waits 0.5, 0.8, 1.2 s of silence, the longer the less sure it is.
_MODEL_CONF: Final = f"""--min-active=200
--max-active=3000
--beam=13.0
--lattice-beam=5.0
--acoustic-scale=1.0
--frame-subsampling-factor={network.STRIDE}
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.8
--endpoint.rule4.min-trailing-silence=1.2
"""

log = logging.getLogger("recipe")


def main(argv: Sequence[str]) -> int:
    """Train and pack; exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m ivr.speech.recipe", description=__doc__)
    parser.add_argument(
        "--work", type=Path, default=Path("var/recipe"), help="folder for speech and weights; kept speech is reused"
    )
    parser.add_argument("--out", type=Path, default=Path("var/recipe/demo.zip"), help="the packed model")
    parser.add_argument("--utterances", type=int, default=16000)
    parser.add_argument("--rounds", type=int, default=8, help="passes over the speech")
    parser.add_argument("--width", type=int, default=160, help="size of the network's layers")
    parser.add_argument("--workers", type=int, default=1, help="processes that make speech")
    parser.add_argument(
        "--graph-only",
        action="store_true",
        help="new texts, the same network: of --work, else the repository's",
    )
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # Calls on this machine come first.
    os.nice(10)
    began = time.monotonic()
    spoken = texts.load(texts.area_names())
    log.info(
        "texts: %d questions, %d phrases, %d numbers", len(spoken.questions), len(spoken.phrases), len(spoken.numbers)
    )
    weights = given.work / "network.pt"
    if not given.graph_only:
        shards = lessons.shards(spoken, given.utterances, SEED)
        files = sounds.make(shards, given.work / f"speech-{spoken.digest[:12]}", given.workers)
        log.info("speech: %d files, %.0f s", len(files), time.monotonic() - began)
        *learnt, checked = [sounds.read(file) for file in files]
        network.train([one for part in learnt for one in part], checked, given.width, given.rounds, SEED, weights)
    model = given.work / "model"
    write_folder(spoken, weights, model)
    pack(model, given.out, {"texts": spoken.digest, "seed": SEED, "voices": "synthetic: espeak-ng"})
    size = given.out.stat().st_size
    log.info("%s: %.2f MB, %.0f s in all", given.out, size / 1e6, time.monotonic() - began)
    return 0


def write_folder(spoken: texts.Texts, weights: Path, folder: Path) -> None:
    """A Vosk model folder from texts and trained weights; where there are none, the repository's network."""
    for part in ("am", "conf", "graph"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    if weights.is_file():
        kaldi.write_model(torch.load(weights, map_location="cpu", weights_only=True), folder / "am" / "final.mdl")
    else:
        # No training was done here: the network of the model in the repository, as it is.
        with zipfile.ZipFile(DEMONSTRATION) as packed:
            (folder / "am" / "final.mdl").write_bytes(packed.read("am/final.mdl"))
    (folder / "conf" / "mfcc.conf").write_text(features.MFCC_CONF)
    (folder / "conf" / "model.conf").write_text(_MODEL_CONF)
    lexicon = Lexicon()
    sentences = [(lexicon.cut(one), _QUESTION_WEIGHT) for one in spoken.questions]
    sentences += [(lexicon.cut(one), 1.0) for one in (*spoken.phrases, *spoken.numbers)]
    general = dict(texts.general_words(_GENERAL_WORDS, longest=3))
    lexicon.add(general)
    total = sum(general.values())
    shares = {word: count / total for word, count in general.items() if word in lexicon.sounds}
    unknown = graph.Unknown()
    model = trigram([one for one in sentences if one[0]], shares, (UNKNOWN, unknown.chance))
    log.info("graph: %s", graph.build(lexicon, model, unknown, folder / "graph"))


def pack(folder: Path, out: Path, about: dict[str, object]) -> None:
    """The folder as one zip with `about.json`; the same files give the same bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    out.with_suffix(".sha256").write_text(f"{digest}  {out.name}\n")


if __name__ == "__main__":
    sys.exit(run(main, sys.argv[1:]))
