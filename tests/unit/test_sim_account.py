"""The address line of a phone."""

import pytest

from sim.account import Account
from sim.errors import PhoneError


def test_a_seat_registers_with_its_password() -> None:
    line = Account("3710001", "127.0.0.1", 5060, password="s3 cret").line()
    assert line.startswith("<sip:3710001@127.0.0.1:5060;transport=udp>;auth_pass=")
    assert 'auth_pass="s3 cret"' in line
    assert "regint=600" in line


def test_a_caller_does_not_register_and_shows_its_name() -> None:
    line = Account("13803710000", "10.0.0.5", 5061, name="王女士", domain="carrier.cn").line()
    assert line.startswith('"王女士" <sip:13803710000@carrier.cn;transport=udp>;regint=0')
    assert 'outbound="sip:10.0.0.5:5061"' in line


@pytest.mark.parametrize("bad", ['a"b', "a\r\nVia: x", "a<b", "a\\b"])
@pytest.mark.parametrize("field", ["user", "name", "domain", "password"])
def test_what_would_break_the_line_is_refused(field: str, bad: str) -> None:
    values = {"user": "1", "name": "", "domain": "", "password": "", field: bad}
    with pytest.raises(PhoneError, match="account"):
        Account(values["user"], "h", 1, values["name"], values["domain"], values["password"]).line()


def test_an_unknown_codec_names_the_known_ones() -> None:
    with pytest.raises(PhoneError, match="pcma, pcmu"):
        Account("1", "h", 1, codecs=("opus",)).line()
