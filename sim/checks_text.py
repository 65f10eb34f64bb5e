"""Expectations about words: what was heard, put into text by a recogniser (Vosk), in characters."""

import asyncio
import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import MissingTool
from sim.finding import Finding, Look
from sim.sound import RATE, Samples
from sim.stage import Stage

_POLL_SECONDS = 1.0
_PIECE = 8000


async def hears_text(stage: Stage, options: Mapping[str, Any]) -> Finding:
    """Somebody hears these words, whoever says them."""
    folder = stage.profile.recogniser
    if folder is None:
        return Finding(False, "the profile names no recogniser (a Vosk model folder): nobody can put speech into text")
    actor, wanted = stage.actors[options["who"]], plain(options["hears_text"])
    since = stage.marks[options["since"]] if "since" in options else 0.0
    end = asyncio.get_running_loop().time() + options["within"]
    while True:
        texts = [await asyncio.to_thread(recognised, folder, leg.recording.samples(since)) for leg in actor.phone.legs]
        if any(wanted in plain(text) for text in texts):
            return Finding(True, f"{actor.name} heard: {' / '.join(texts)}")
        if asyncio.get_running_loop().time() >= end:
            return Finding(False, f"{actor.name} heard: {' / '.join(filter(None, texts)) or 'no words'}")
        await asyncio.sleep(_POLL_SECONDS)


def plain(text: str) -> str:
    """Letters and digits alone: recognisers put no commas, people do."""
    return "".join(c for c in text.lower() if unicodedata.category(c)[0] in "LN")


def recognised(folder: Path, samples: Samples) -> str:
    """The words in `samples` (8 kHz). Raises `MissingTool` when the model cannot be loaded."""
    vosk, model = _model(folder)
    hearing = vosk.KaldiRecognizer(model, RATE)
    # A little silence before and after: words at the very edge are lost otherwise.
    sound = bytes(RATE) + samples.clip(-32768, 32767).astype("<i2").tobytes() + bytes(RATE)
    places = range(0, len(sound), _PIECE)
    ended = [hearing.Result() for place in places if hearing.AcceptWaveform(sound[place : place + _PIECE])]
    texts = [json.loads(text).get("text", "") for text in (*ended, hearing.FinalResult())]
    return " ".join(filter(None, texts))


@lru_cache(maxsize=1)
def _model(folder: Path) -> tuple[Any, Any]:
    import vosk

    # libvosk ends the process over a folder that holds no model.
    if not (folder / "am" / "final.mdl").exists():
        raise MissingTool(f"{folder} holds no Vosk model (am/final.mdl)")
    vosk.SetLogLevel(-1)
    return vosk, vosk.Model(str(folder))


CHECKS: dict[str, Look] = {"hears_text": hears_text}
