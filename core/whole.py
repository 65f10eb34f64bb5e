"""A file that is replaced whole: a reader finds the old one or the new one, never a part."""

import os
import tempfile
from pathlib import Path


def write_whole(file: Path, data: bytes | str, *, mode: int = 0o600, lasting: bool = False) -> None:
    """Write `data` beside `file` and put it in its place; text as UTF-8. Raises `OSError`, and leaves nothing behind.

    `lasting`: on the disk itself before this returns, whatever happens to the machine.
    """
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data.encode() if isinstance(data, str) else data)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        Path(aside).chmod(mode)
        Path(aside).replace(file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
