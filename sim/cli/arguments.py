"""Command lines whose mistakes are one line."""

import argparse
from typing import NoReturn


class Arguments(argparse.ArgumentParser):
    """`argparse`, but a mistake is one line on standard error that names the help (exit code 2)."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help shows how)\n")
