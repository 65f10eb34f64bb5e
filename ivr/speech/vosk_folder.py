"""A Vosk model folder, looked at before libvosk does.

It ends the process, or says a page on standard error, over what is wrong.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import MissingComponent

_KALDI_RATE: Final = 16_000
"""Kaldi's own default, for a mfcc.conf that says nothing."""


_NEVER_EMPTY: Final = frozenset({".mdl", ".fst"})


@dataclass(frozen=True, slots=True)
class VoskFolder:
    """What must be known of a model to feed it rightly."""

    path: Path
    rate: int
    """Samples a second it was trained on."""
    takes_lower: bool
    """Whether it may be fed at a lower rate (telephone sound to a wide-band model): Kaldi's `--allow-upsample`."""

    def feed_rate(self, rate: int) -> int:
        """The rate at which sound that has `rate` should be fed: its own if the model takes it, else the model's."""
        return rate if rate == self.rate or (rate < self.rate and self.takes_lower) else self.rate


def _is_model(path: Path) -> bool:
    return (path / "am" / "final.mdl").is_file() or (path / "final.mdl").is_file()


def look_at(path: Path) -> VoskFolder:
    """The model in `path`, or in a folder in it. Raises `MissingComponent`, one line that names what is missing."""
    if not path.is_dir():
        raise MissingComponent(f"{path} is {'no folder' if path.exists() else 'not there'}: no Vosk model")
    if not any(path.iterdir()):
        raise MissingComponent(f"{path} is no Vosk model: the folder is empty")
    path = path if _is_model(path) else next((one for one in sorted(path.iterdir()) if _is_model(one)), path)
    # Vosk knows two layouts: folders am/ conf/ graph/, and all files side by side.
    flat = not (path / "am" / "final.mdl").is_file()
    conf = path / "mfcc.conf" if flat else path / "conf" / "mfcc.conf"
    graph = path if flat else path / "graph"
    if not _is_model(path):
        raise MissingComponent(f"{path} is no Vosk model: no am/final.mdl in it")
    if not flat and not (path / "conf" / "model.conf").is_file():
        raise MissingComponent(f"{path} is no whole Vosk model: no conf/model.conf in it")
    for file in path.rglob("*"):
        if file.suffix in _NEVER_EMPTY and not file.stat().st_size:
            raise MissingComponent(f"{path} is no whole Vosk model: {file.relative_to(path)} is empty")
    if not (graph / "HCLG.fst").is_file() and not ((graph / "HCLr.fst").is_file() and (graph / "Gr.fst").is_file()):
        raise MissingComponent(
            f"{path} is no whole Vosk model: neither HCLG.fst nor HCLr.fst and Gr.fst in {graph.name}/"
        )
    try:
        options = dict(re.findall(r"^\s*--([\w-]+)\s*=\s*(\S+)", conf.read_text(encoding="utf-8"), re.MULTILINE))
        rate = int(float(options.get("sample-frequency", _KALDI_RATE)))
    except (OSError, ValueError) as error:
        raise MissingComponent(f"{conf} cannot be read: {error}") from error
    if not 4000 <= rate <= 96_000:
        raise MissingComponent(f"{conf}: a sample frequency of {rate} Hz is no speech model's")
    return VoskFolder(path, rate, options.get("allow-upsample") == "true")
