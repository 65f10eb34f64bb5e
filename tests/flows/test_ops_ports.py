"""Ports: a copy on free ones, and the line for one that is taken."""

import socket
from dataclasses import replace

import pytest

from core.errors import MissingComponent
from core.settings import AgiSettings, Settings, SipSettings
from ops.ports import check_free, port_settings, taken, with_free_ports
from sim.errors import PhoneError
from sim.load import sipp
from tests.fakes.ports import free_udp_port


def test_a_fresh_copy_gets_ports_nobody_has() -> None:
    settings = with_free_ports(Settings())
    default = port_settings(Settings())
    fresh = port_settings(settings)
    assert fresh.keys() == default.keys()
    assert all(fresh[name] != default[name] for name in default)
    assert len(set(fresh.values())) == len(fresh)
    assert list(taken(settings)) == []


def test_a_port_somebody_chose_stays() -> None:
    chosen = replace(Settings(), agi=AgiSettings(port=4999), sip=SipSettings(rtp_first=15000, rtp_last=15099))
    settings = with_free_ports(chosen)
    assert settings.agi.port == 4999
    assert (settings.sip.rtp_first, settings.sip.rtp_last) == (15000, 15099)
    assert settings.sip.port != chosen.sip.port


@pytest.mark.parametrize(
    ("kind", "section", "word"),
    [
        (socket.SOCK_DGRAM, "sip", "UDP, sip.port"),
        (socket.SOCK_STREAM, "agi", "TCP, agi.port"),
        (socket.SOCK_STREAM, "http", "TCP, http.port"),
    ],
)
def test_a_taken_port_is_named_with_its_variable(kind: socket.SocketKind, section: str, word: str) -> None:
    settings = with_free_ports(Settings())
    port = getattr(settings, section).port
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(MissingComponent) as refused:
            check_free(settings)
    text = str(refused.value)
    assert f"port {port} ({word})" in text
    assert f"HOTLINE_{section.upper()}_PORT" in text
    assert "\n" not in text


def test_a_number_that_is_no_port_is_nobodys_fault() -> None:
    settings = replace(with_free_ports(Settings()), agi=AgiSettings(port=99999))
    with pytest.raises(MissingComponent) as refused:
        check_free(settings)
    assert "no port number; set HOTLINE_AGI_PORT" in str(refused.value)


def test_an_address_that_is_not_ours_is_named_too() -> None:
    settings = replace(with_free_ports(Settings()), agi=AgiSettings(host="192.0.2.7"))
    with pytest.raises(MissingComponent, match=r"192\.0\.2\.7"):
        check_free(settings)


def test_the_simulator_gives_sipp_ports_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_udp_port()
    monkeypatch.setattr(sipp, "_PORTS", range(port, port + 1))
    assert sipp.free_port("127.0.0.1") == port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(PhoneError, match="no free UDP port"):
            sipp.free_port("127.0.0.1")
    with pytest.raises(PhoneError, match=r"192\.0\.2\.7"):
        sipp.free_port("192.0.2.7")
