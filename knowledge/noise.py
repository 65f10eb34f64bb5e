"""Recognition errors made on purpose: characters replaced by others that sound alike. Pure; same seed, same noise."""

import random

from knowledge.syllables import SyllableTable


def homophones(text: str, share: float, table: SyllableTable, alike: dict[int, str], draw: random.Random) -> str:
    """`text` with about `share` of its characters replaced by everyday homophones (tones ignored).

    `alike` is `table.homophones()`, made once by the caller.
    """
    return "".join(
        draw.choice(alike[sound]) if (sound := table.of(c)) and sound in alike and draw.random() < share else c
        for c in text
    )
