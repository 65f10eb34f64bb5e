"""`python -m ivr.media.warm`: the sound of every answer is made before somebody asks. In the background, gently."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator

from core import log as logs
from core.errors import HotlineError
from core.settings import Settings, load
from ivr.media.voice import Voice
from ivr.prompts import texts
from ivr.prompts.voices import chosen_speaker
from ivr.session import saying
from ivr.session.ports import Text
from knowledge import files
from knowledge.entry import Library

log = logging.getLogger("ivr.media")


def voice_of(settings: Settings) -> Voice:
    """The voice of the settings, with this copy's sounds and cache."""
    paths = settings.paths
    return Voice(chosen_speaker(settings), texts.load(), paths.asterisk / "sounds" / "zh", paths.cache / "prompts")


def sentences(library: Library) -> Iterator[tuple[str, float]]:
    """(text, pace) of what the conversation says of each entry: its answer whole and halved, label, neighbours.

    Two labels asked back together are too many pairs: those are made when they are wanted.
    """
    labels = {entry.id: entry.label for entry in library.entries}
    for entry in library.entries:
        near = [labels[one] for one in entry.related if one in labels][:2]
        told = saying.answer(entry, entry.answer, more=False, closed=False, related=near, keys=False)
        asked = saying.choice([entry.label], hint=False)
        for part in (*told.answer, *told.parts, *asked.parts):
            if isinstance(part, Text):
                yield part.text, saying.OWN_PACE
        for half in filter(None, saying.halves(entry.answer)):
            yield half, saying.SLOW_PACE


def warm(voice: Voice, sentences: Iterable[tuple[str, float]]) -> tuple[int, int]:
    """Make the sound of each (text, pace) that has none; how many were made, and how many could not be. Blocks."""
    made = failed = 0
    for text, pace in sentences:
        try:
            made += voice.keep(Text(text), pace)
        except (HotlineError, OSError) as error:
            failed += 1
            log.error("a text cannot be said: %s", error)
    return made, failed


def main() -> int:
    """Everything the conversation can say that is known beforehand."""
    # Calls on this machine come first.
    os.nice(15)
    settings = load(os.environ)
    logs.start(settings.log.level)
    made, failed = warm(voice_of(settings), sentences(files.load()))
    log.info("sounds of answers are ready", extra={"made": made, "failed": failed})
    return 0


if __name__ == "__main__":
    sys.exit(main())
