"""The file of tokens: the user's own, one token a server."""

import os
import stat
from pathlib import Path

import pytest

from core.errors import BadInput
from seats.cli.token_file import KeptLogIn, TokenFile, own_folder

HERE = KeptLogIn("http://127.0.0.1:8066", "hl1_here", "li", "2026-11-22T09:00:00Z")
THERE = KeptLogIn("http://10.0.0.5:8066", "hl1_there", "wang", "2026-11-22T09:00:00Z")


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "call-monitor")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it(tokens: TokenFile, umask: int) -> None:
    before = os.umask(umask)
    try:
        tokens.keep(HERE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(tokens.path.parent.stat().st_mode) == 0o700
    assert tokens.find(None) == HERE
    assert [each.name for each in tokens.path.parent.iterdir()] == [tokens.path.name]


def test_a_token_is_for_its_server_alone(tokens: TokenFile) -> None:
    tokens.keep(HERE)
    tokens.keep(THERE)
    assert tokens.find(HERE.server) == HERE
    assert tokens.find(THERE.server) == THERE
    assert tokens.find("http://else:1") is None
    assert tokens.find(None) == THERE
    tokens.forget(THERE.server)
    assert tokens.find(THERE.server) is None
    assert tokens.find(HERE.server) == HERE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_one_that_others_may_read_is_not_used(tokens: TokenFile, mode: int) -> None:
    tokens.keep(HERE)
    tokens.path.chmod(mode)
    with pytest.raises(BadInput, match="others may read"):
        tokens.find(None)


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_one_that_is_damaged_says_so(tokens: TokenFile, text: str) -> None:
    tokens.keep(HERE)
    tokens.path.write_text(text)
    with pytest.raises(BadInput, match="not JSON"):
        tokens.find(None)


@pytest.mark.parametrize("text", ["[]", "{}", '{"servers": []}', '{"latest": "x", "servers": {"x": {"token": "t"}}}'])
def test_one_that_holds_something_else_holds_no_token(tokens: TokenFile, text: str) -> None:
    tokens.keep(HERE)
    tokens.path.write_text(text)
    assert tokens.find(None) is None


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write"):
        TokenFile(tmp_path / "file" / "call-monitor")._write({})


def test_where_it_lies() -> None:
    assert own_folder({"XDG_CONFIG_HOME": "/x"}) == Path("/x/call-monitor")
    assert own_folder({"XDG_CONFIG_HOME": "relative"}) == Path("~/.config/call-monitor").expanduser()
    assert own_folder({}) == Path("~/.config/call-monitor").expanduser()
