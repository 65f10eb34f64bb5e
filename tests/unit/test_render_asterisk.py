"""The rendered configuration: what it says, and what nothing can make it say."""

import configparser
import re
from dataclasses import replace
from pathlib import Path

import pytest

from agi_scripts import variables
from agi_scripts.doors import ROUTES
from asterisk_conf.members import members
from asterisk_conf.render import LAUNCHERS, AsteriskFiles, render, write
from core.errors import BadInput
from core.ids import AreaId, SeatNumber
from core.secrets import Secrets
from core.settings import AgiSettings, PlatformSettings, Settings, SipSettings
from routing.areas import AreaTree
from routing.tables import province_tree
from seats.moves.groups import move_data
from seats.roster.seat import Seat, demonstration_seats
from seats.sharing.plan import default

SECRETS = Secrets(ami_reader="reader-secret", ami_commander="commander-secret", postgres="p", seat_key="k")
SETTINGS = Settings(platform=PlatformSettings(home=Path("/srv/hotline")), sip=SipSettings(trunk_out="127.0.0.9:5060"))
FILES = AsteriskFiles(Path("/usr/lib/modules"), Path("/usr/share/asterisk"), Path("/opt/py/bin/python"), Path("/opt/p"))
DANGEROUS = re.compile(r"\b(System|TrySystem|SHELL|CURL|EVAL|ENV|FILE|ODBC|DB|Originate|ExternalIVR|Macro|Exec\w*)\(")


@pytest.fixture(scope="module")
def tree() -> AreaTree:
    return province_tree("henan")


@pytest.fixture(scope="module")
def files(tree: AreaTree) -> dict[str, str]:
    return render(SETTINGS, SECRETS, demonstration_seats(tree), tree, FILES)


def lines(text: str) -> list[str]:
    """Lines that mean something."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(";")]


def test_the_same_settings_give_the_same_files(files: dict[str, str], tree: AreaTree) -> None:
    assert render(SETTINGS, SECRETS, demonstration_seats(tree), tree, FILES) == files


def test_asterisk_lives_in_its_own_folders(files: dict[str, str]) -> None:
    named = re.findall(r"^(ast\w+dir) => (.*)$", files["etc/asterisk.conf"], re.MULTILINE)
    folders = [folder for _, folder in named]
    assert len(folders) == 12
    assert all(folder.startswith("/srv/hotline/") for folder in folders if folder != "/usr/lib/modules")
    assert "live_dangerously = no" in files["etc/asterisk.conf"]


def test_no_module_runs_programs_fetches_or_stores(files: dict[str, str]) -> None:
    loaded = re.findall(r"^load = (\w+)\.so$", files["etc/modules.conf"], re.MULTILINE)
    assert "autoload = no" in files["etc/modules.conf"]
    bad = {"app_system", "func_shell", "func_curl", "res_curl", "func_env", "func_odbc", "app_originate"}
    assert loaded
    assert not bad & set(loaded)
    assert not [name for name in loaded if name.startswith(("chan_iax", "chan_skinny", "res_snmp", "res_ari"))]


def test_the_dialplan_uses_nothing_dangerous_and_never_dials_out(files: dict[str, str]) -> None:
    dialplan = "\n".join(lines(files["etc/extensions.conf"]))
    assert not DANGEROUS.search(dialplan)
    # To the voice service of this machine, to seats, and, asked by our commander alone, to the carrier.
    assert set(re.findall(r"\bDial\(([^,)]+)", dialplan)) <= {
        "WebSocket/speech/c(slin",
        "PJSIP/${MOVE_TO}",
        "PJSIP/${MOVE_FROM}",
        "PJSIP/${FILTER(0-9",
    }
    assert "include" not in dialplan


def test_every_extension_is_exact(files: dict[str, str]) -> None:
    found = set(re.findall(r"^exten => ([^,]+),", files["etc/extensions.conf"], re.MULTILINE))
    # Numbers and codes stand there whole; `_[a-z].` is for words, which no phone's digits lead to.
    words = {"_[a-z].", "adviser", "third", *(group.id for group in move_data("henan").groups)}
    patterns = {each for each in found - words if not re.fullmatch(r"\*?[0-9]{2,8}", each)} | {"12366"}
    assert patterns == {"9", "12366", "_0ZX12366", "_0ZXX12366", "s", "h", "T", "0", "1", "*"}


def test_every_door_of_the_dialplan_exists_and_the_other_way_round(files: dict[str, str]) -> None:
    asked = set(re.findall(r"AGI\(agi://127\.0\.0\.1:4573/(\w+)\)", files["etc/extensions.conf"]))
    alone = set(re.findall(r"AGI\((\w+)\)", files["etc/extensions.conf"]))
    assert asked == set(ROUTES)
    # What a script can decide without the service; the rest needs what only the service knows.
    assert alone == set(LAUNCHERS)


def test_every_context_with_a_door_has_a_way_out_when_time_is_up(files: dict[str, str]) -> None:
    contexts = re.split(r"^\[", files["etc/extensions.conf"], flags=re.MULTILINE)
    doors = [context for context in contexts if "AGI(" in context]
    assert len(doors) == 7
    for context in doors:
        assert "exten => T,1,Goto(" in context
        assert context.index("TIMEOUT(absolute)=1") < context.index("AGI(") < context.index("TIMEOUT(absolute)=0")


def test_dialplan_and_doors_name_the_same_variables(files: dict[str, str]) -> None:
    used = set(re.findall(r"HOTLINE_[A-Z_]+", files["etc/extensions.conf"] + files["etc/pjsip.conf"]))
    named = {value for name, value in vars(variables).items() if name.isupper() and isinstance(value, str)}
    assert used | {variables.TRIES} == named  # TRIES is for the doors alone


def test_every_area_has_its_queue_with_members_in_order(files: dict[str, str], tree: AreaTree) -> None:
    queues = dict(re.findall(r"^\[(\w+)\]\(area\)\n((?:.+\n)*)", files["etc/queues.conf"], re.MULTILINE))
    assert set(queues) == {area.id for area in tree}
    assert re.findall(r"member => PJSIP/(\d+),(\d)", queues["xinxiang"])[:2] == [("3730001", "0"), ("3730002", "0")]
    assert ("3719001", "2") in re.findall(r"member => PJSIP/(\d+),(\d)", queues["xinxiang"])
    assert {penalty for _, penalty in re.findall(r"member => PJSIP/(\d+),(\d)", queues["henan"])} == {"0"}


@pytest.mark.parametrize(
    ("area", "order"),
    [
        ("luoyang", ("luoyang", "sanmenxia", "henan")),
        ("gongyi", ("gongyi", "zhengzhou", "kaifeng", "henan")),
        ("henan", ("henan",)),
    ],
)
def test_help_comes_from_near_to_far(tree: AreaTree, area: str, order: tuple[str, ...]) -> None:
    assert tuple(default(tree)[AreaId(area)].penalties) == order


def test_a_seat_not_enabled_is_in_no_queue_and_cannot_register(tree: AreaTree) -> None:
    gone = Seat(SeatNumber("3790009"), AreaId("luoyang"), "离职", enabled=False)
    assert not list(members(default(tree)[AreaId("luoyang")], [gone]))
    assert "3790009" not in "".join(render(SETTINGS, SECRETS, [gone], tree, FILES).values())


def test_demonstration_seats_have_ranges_of_their_own(tree: AreaTree) -> None:
    seats = demonstration_seats(tree)
    first = {seat.area: seat.number for seat in reversed(seats)}
    assert len({seat.number for seat in seats}) == len(seats) == 4 + 2 * 18 + 6
    assert (first["zhengzhou"], first["kaifeng"]) == ("3710001", "3712001")
    assert (first["gongyi"], first["henan"]) == ("3716401", "3719001")
    assert {len(seat.number) for seat in seats} == {7}


@pytest.mark.parametrize(
    "name", ['x" <1>\n[evil]\ntype=endpoint', "a;b", "王\r\nmember => Local/1", "${SHELL(id)}", '"']
)
def test_a_seats_name_cannot_become_configuration(tree: AreaTree, name: str) -> None:
    seat = Seat(SeatNumber("3790001"), AreaId("luoyang"), name)
    named = render(SETTINGS, SECRETS, [seat], tree, FILES)
    plain = render(SETTINGS, SECRETS, [replace(seat, name="x")], tree, FILES)
    for file, text in named.items():
        if file == "etc/pjsip.conf":
            assert len(text.splitlines()) == len(plain[file].splitlines())
            assert not set('";${}\r,') & set(re.findall(r'^callerid = "(.*)" <3790001>$', text, re.MULTILINE)[0])
        else:
            assert text == plain[file]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(sip=SipSettings(hotline_number="12366,1,System(id)")),
        Settings(sip=SipSettings(host="127.0.0.1\nbind=0.0.0.0")),
        Settings(sip=SipSettings(trunk_hosts=("10.0.0.1", "0.0.0.0/0\n[x]"))),
        Settings(sip=SipSettings(trunk_area="0371'; id #")),
        Settings(sip=SipSettings(rtp_first=20000, rtp_last=10000)),
        Settings(agi=AgiSettings(host="localhost/evil")),
        Settings(agi=AgiSettings(port=70000)),
        Settings(agi=AgiSettings(deadline=0)),
        Settings(platform=PlatformSettings(home=Path("/srv/a\n[options]"))),
        Settings(platform=PlatformSettings(home=Path("/srv/${SHELL(id)}"))),
        Settings(platform=PlatformSettings(home=Path("/srv/a;b"))),
    ],
)
def test_a_setting_that_could_be_more_than_one_value_is_refused(tree: AreaTree, settings: Settings) -> None:
    with pytest.raises(BadInput):
        render(settings, SECRETS, demonstration_seats(tree), tree, FILES)


def test_a_seat_number_that_is_no_number_or_there_twice_is_refused(tree: AreaTree) -> None:
    seat = Seat(SeatNumber("3790001]\n[x"), AreaId("luoyang"), "x")
    with pytest.raises(BadInput):
        render(SETTINGS, SECRETS, [seat], tree, FILES)
    twice = Seat(SeatNumber("3790001"), AreaId("luoyang"), "x")
    with pytest.raises(BadInput):
        render(SETTINGS, SECRETS, [twice, twice], tree, FILES)


def test_one_manager_user_hears_and_the_other_acts(files: dict[str, str]) -> None:
    users = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=(";",))
    users.read_string(files["etc/manager.conf"])
    assert users["general"]["bindaddr"] == "127.0.0.1"
    assert users["general"]["webenabled"] == "no"
    assert users["reader"]["write"] == "reporting"
    assert (users["commander"]["read"], users["commander"]["write"]) == ("", "originate,call,agent")
    assert not {"system", "command", "config", "all"} & set(users["commander"]["write"].split(","))


def test_nobody_but_a_trunk_is_trusted(files: dict[str, str]) -> None:
    pjsip = files["etc/pjsip.conf"]
    sections = re.findall(r"^\[(\w+)\]\([\w,!]*\)\n((?:.+\n)*)", pjsip, re.MULTILINE)
    trusted = [name for name, body in sections if "HOTLINE_TRUSTED=1" in body]
    assert trusted == ["trunk"]
    assert "identify_by = ip" in dict(sections)["trunk"]


def test_a_closed_door_has_no_anonymous_endpoint(tree: AreaTree, files: dict[str, str]) -> None:
    closed = render(replace(SETTINGS, sip=SipSettings(open_door=False)), SECRETS, [], tree, FILES)
    assert "[anonymous]" in files["etc/pjsip.conf"]
    assert "[anonymous]" not in closed["etc/pjsip.conf"]


def test_written_files_are_the_owners_alone(tmp_path: Path) -> None:
    written = {"etc/manager.conf": "x\n", "agi-bin/incoming": "#!/bin/sh\n"}
    write(written, tmp_path / "asterisk", FILES)
    write(written, tmp_path / "asterisk", FILES)
    assert (tmp_path / "asterisk/etc/manager.conf").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "asterisk/agi-bin/incoming").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "asterisk/etc").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "asterisk/etc").iterdir()] == ["manager.conf"]
    assert (tmp_path / "asterisk/documentation").readlink() == Path("/usr/share/asterisk/documentation")
