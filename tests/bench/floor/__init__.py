"""The floors in C, compiled when a bench runs."""

import subprocess
from pathlib import Path

from core.errors import MissingComponent

HERE = Path(__file__).parent


def built(name: str, folder: Path) -> Path:
    """`<name>.c` compiled into `folder`. Raises `MissingComponent` without a C compiler."""
    program = folder / name
    try:
        words = ["cc", "-O2", "-D_GNU_SOURCE", "-o", str(program), str(HERE / f"{name}.c")]
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError as error:
        raise MissingComponent("the C floors need a compiler: apt-get install gcc") from error
    return program
