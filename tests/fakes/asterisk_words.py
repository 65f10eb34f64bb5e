"""How Asterisk cuts an AGI command into words (`parse_args` of res_agi.c), from its rules: quote, backslash, blank."""


def words_as_asterisk_reads(line: bytes) -> list[bytes]:
    """The words of one command line, with or without its line end."""
    words: list[bytearray] = []
    quoted = escaped = False
    between = True
    for code in line.removesuffix(b"\n"):
        byte = bytes([code])
        if byte == b'"' and not escaped:
            quoted = not quoted
            if quoted and between:
                words.append(bytearray())
                between = False
        elif byte == b"\\" and not escaped:
            escaped = True
            continue
        elif byte in b" \t" and not quoted and not escaped:
            between = True
        else:
            if between:
                words.append(bytearray())
                between = False
            words[-1] += byte
        escaped = False
    return [bytes(word) for word in words]
