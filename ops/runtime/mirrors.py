"""Which Debian mirror this machine uses, read from its own apt sources (`.list` and deb822 `.sources`). Pure."""

import re
from collections.abc import Iterable, Mapping

_SCHEMES = ("http://", "https://", "ftp://", "file:", "copy:", "mirror+http", "mirror+file", "mirror://", "tor+http")
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


def mirrors(files: Mapping[str, str]) -> tuple[str, ...]:
    """Base addresses of Debian's main archive, as `files` (name -> text) name them; none if they name none.

    Debian's own archive is known by its path ending in `/debian` and a component `main`; security and foreign archives
    do not carry the suite we need.
    """
    found = [
        uri.rstrip("/")
        for name in sorted(files)
        for uri, suite, components in (_deb822(files[name]) if name.endswith(".sources") else _one_line(files[name]))
        if uri.startswith(_SCHEMES)
        and "main" in components
        and "security" not in suite
        and uri.rstrip("/").endswith("/debian")
    ]
    return tuple(dict.fromkeys(found))


def _one_line(text: str) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    for line in text.splitlines():
        if match := _ONE_LINE.match(line.split("#", 1)[0].strip()):
            yield match["uri"], match["suite"], tuple(match["components"].split())


def _deb822(text: str) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in {" ", "\t"} and name:
                fields[name] += f" {line.strip()}"
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if fields.get("enabled", "yes").lower() in {"no", "false", "0"} or "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield uri, suite, tuple(fields.get("components", "").split())
