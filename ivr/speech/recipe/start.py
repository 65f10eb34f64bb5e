"""Runs the recipe in a virtual environment of its own, made from `requirements-recipe.lock`.

PyTorch is no part of the product.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.console import err
from core.errors import MissingComponent

_PROJECT: Final = Path(__file__).parents[3]
LOCK: Final = _PROJECT / "requirements-recipe.lock"


def run_recipe(cache: Path, arguments: Sequence[str]) -> int:
    """`python -m ivr.speech.recipe ARGUMENTS`; its exit code.

    Raises `MissingComponent` when the packages cannot be had.
    """
    python = _environment(cache)
    variables = os.environ | {"PYTHONPATH": str(_PROJECT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(python), "-m", "ivr.speech.recipe", *arguments]
    return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603


def _environment(cache: Path) -> Path:
    """Its Python; made once per lock file."""
    folder = cache / f"recipe-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    python, done = folder / "bin" / "python", folder / "whole"
    if done.exists():
        return python
    err.print("making the recipe's own environment (PyTorch, 200 MB)…")
    venv.create(folder, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
    if subprocess.run(install, check=False, stdout=sys.stderr).returncode:  # noqa: S603
        raise MissingComponent(
            f"pip could not install {LOCK.name}; see the lines above (no network? another platform?)"
        )
    done.touch()
    return python
