"""What a seat can dial to move a call: everything there is, exactly, and nothing else."""

import re
from pathlib import Path

import pytest

from asterisk_conf.render import AsteriskFiles, render
from core.errors import BadInput
from core.secrets import Secrets
from core.settings import PlatformSettings, Settings
from ops.__main__ import main
from seats.moves.groups import move_data
from seats.moves.places import Goal, PlaceKind, find, parse, places
from seats.roster.seat import demonstration_seats
from tests.fakes.henan_tree import TREE

DATA = move_data("henan")
SEATS = {seat.number for seat in demonstration_seats(TREE)}
_FILES = AsteriskFiles(Path("/m"), Path("/d"), Path("/py"), Path("/p"))
_SECRETS = Secrets(ami_reader="r", ami_commander="c", postgres="p", seat_key="k")


def dialled(context: str) -> dict[str, str]:
    """Extension -> where it leads, of a context as rendered."""
    settings = Settings(platform=PlatformSettings(home=Path("/srv/hotline")))
    text = render(settings, _SECRETS, demonstration_seats(TREE), TREE, _FILES)["etc/extensions.conf"]
    part = text.partition(f"[{context}]\n")[2].partition("\n[")[0]
    return dict(re.findall(r"^exten => ([^,]+),1,Goto\((.*)\)$", part, re.MULTILINE))


def test_every_area_and_group_has_digits_of_its_own_and_no_seat_has_them() -> None:
    found = places(TREE, DATA)
    assert {place.id for place in found if place.kind is not PlaceKind.GROUP} == {area.id for area in TREE}
    assert len({place.digits for place in found}) == len(found)
    assert not {place.digits for place in found} & SEATS
    assert {member for group in DATA.groups for member in group.members} <= SEATS


def test_a_refer_may_name_exactly_these() -> None:
    leads = dialled("transfer")
    assert set(leads) == SEATS | {place.digits for place in places(TREE, DATA)}
    assert all(re.fullmatch(r"transfer-begin,(seat|area|province|group)_[a-z0-9]+,1", goal) for goal in leads.values())
    assert leads["0379"] == "transfer-begin,area_luoyang,1"
    consult = {digits for digits, goal in dialled("from-seat").items() if goal.startswith("consult,")}
    assert consult == set(leads)


@pytest.mark.parametrize(
    ("to", "goal"),
    [
        ("3790001", Goal(PlaceKind.SEAT, "3790001")),
        ("洛阳", Goal(PlaceKind.AREA, "luoyang")),
        ("0379", Goal(PlaceKind.AREA, "luoyang")),
        ("03712", Goal(PlaceKind.AREA, "kaifeng")),
        ("0371161", Goal(PlaceKind.AREA, "gongyi")),
        ("9", Goal(PlaceKind.PROVINCE, "henan")),
        ("henan", Goal(PlaceKind.PROVINCE, "henan")),
        ("*28", Goal(PlaceKind.GROUP, "mediation")),
        ("调解室", Goal(PlaceKind.GROUP, "mediation")),
    ],
)
def test_what_is_meant(to: str, goal: Goal) -> None:
    assert find(to, TREE, DATA, SEATS) == goal


@pytest.mark.parametrize(
    "to",
    ["", "500&PJSIP/3790001", "0371", "0391", "3799999", "12366", "s", "*2", "*29", "expert_vat", "9 ", "${EXTEN}"],
)
def test_what_means_nothing(to: str) -> None:
    assert find(to, TREE, DATA, SEATS) is None


@pytest.mark.parametrize(
    "text",
    [
        "[[group]]\nid = 'vat'\nname = 'x'\nkey = '1'\nmembers = ['500&PJSIP/1']",
        "[[group]]\nid = 'vat)'\nname = 'x'\nkey = '1'\nmembers = []",
        "[[group]]\nid = 'vat'\nname = 'x'\nkey = '12'\nmembers = []",
        "[[group]]\nid = 'vat'\nname = 'x'\nmembers = []",
        "[[group]]\nid = 'vat'\nname = 'x'\nkey = '1'\nmembers = []\n" * 2,
        "[[group",
    ],
)
def test_what_is_no_file_of_groups(text: str) -> None:
    with pytest.raises(BadInput):
        parse(text)


def test_a_province_without_a_file_has_no_groups() -> None:
    assert move_data("atlantis").groups == ()


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["groups", "--dial"]) == 0
    said = capsys.readouterr().out
    assert all(place.digits in said for place in places(TREE, DATA))
