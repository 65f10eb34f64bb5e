"""A fault for the simulator: end every manager session of one Asterisk, as a broken link would. No root is needed.

    python ops/cut_ami.py ASTERISK -C etc/asterisk.conf

Asterisk's own console does it (`manager kick session`), so the copy's user may. It is
run by its path, from anywhere, and imports nothing.
"""

import re
import subprocess
import sys
from collections.abc import Sequence

_SECONDS = 20
_ROW = re.compile(r"^\s+(?P<user>\S+)\s+(?P<address>\S+)\s+\d{6,}\s+\d+\s+(?P<fd>\d+)\s", re.MULTILINE)


def main(console: Sequence[str]) -> int:
    """Cut; 1 when there was nothing to cut."""
    table = _said(console, "manager show connected")
    found = [match["fd"] for match in _ROW.finditer(table)]
    for descriptor in found:
        _said(console, f"manager kick session {descriptor}")
    sys.stdout.write(f"{len(found)} manager sessions ended\n")
    return 0 if found else 1


def _said(console: Sequence[str], words: str) -> str:
    done = subprocess.run([*console, "-rx", words], capture_output=True, text=True, timeout=_SECONDS, check=False)
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
