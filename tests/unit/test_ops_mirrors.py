"""The Debian mirror is read from whatever apt sources a machine has."""

import pytest

from ops.runtime.mirrors import mirrors

DEB822 = """Types: deb
# a comment
URIs: http://mirror.example.cn/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.cn/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize(
    ("file", "text", "first"),
    [
        ("debian.sources", DEB822, "http://mirror.example.cn/debian"),
        ("sources.list", "deb http://ftp.example.org/debian/ bookworm main contrib\n", "http://ftp.example.org/debian"),
        (
            "sources.list",
            "# deb http://old.example/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/k.gpg] https://new.example/debian bookworm main # near\n",
            "https://new.example/debian",
        ),
        ("sources.list", "deb-src http://src.example/debian bookworm main\n", None),
        ("sources.list", "deb http://security.example/debian bookworm-security main\n", None),
        (
            "node.sources",
            "Types: deb\nURIs: https://deb.example/node_20.x\nSuites: nodistro\nComponents: main\n",
            None,
        ),
        ("off.sources", f"Enabled: no\n{DEB822}", None),
        (
            "many.sources",
            "Types: deb\nURIs: http://a.example/debian\n http://b.example/debian\nSuites: sid\nComponents: main\n",
            "http://a.example/debian",
        ),
        ("cdrom.list", "deb cdrom:[Debian]/ bookworm main\n", None),
        ("empty.list", "", None),
    ],
)  # fmt: skip
def test_first_mirror(file: str, text: str, first: str | None) -> None:
    found = mirrors({f"/etc/apt/{file}": text})
    assert (found[0] if found else None) == first


def test_a_mirror_is_asked_once_whoever_names_it() -> None:
    files = {
        "a.list": "deb http://m.example/debian bookworm main\n",
        "b.list": "deb http://m.example/debian/ sid main\n",
    }
    assert mirrors(files) == ("http://m.example/debian",)
