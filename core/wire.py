"""One line of a line protocol (AGI, AMI): text that stays one line, whatever a caller's name holds."""

from core.errors import BadInput

_BREAKS = ("\r", "\n", "\0")


class BadLine(BadInput):
    """Text that would not stay one line on the wire: a break, a NUL, what UTF-8 cannot carry, too many bytes."""


def one_line(text: str, limit: int) -> bytes:
    """`text` as UTF-8 without its line end, at most `limit` bytes. Raises `BadLine`, which does not repeat the text."""
    for mark in _BREAKS:
        if mark in text:
            raise BadLine(f"a line may not hold {mark!r}")
    try:
        line = text.encode()
    except UnicodeEncodeError as error:
        raise BadLine("a line may not hold a lone surrogate") from error
    if len(line) > limit:
        raise BadLine(f"a line of {len(line)} bytes is longer than {limit}")
    return line
