"""The dialplan of supervision: nobody gets there but our commander, and nothing there listens to just anybody."""

import re
from pathlib import Path

import pytest

from asterisk_conf.render import AsteriskFiles, render
from core.secrets import Secrets
from core.settings import PlatformSettings, Settings
from seats.roster.seat import demonstration_seats
from seats.supervision.rules import JOINS
from seats.supervision.switchboard import CONTEXTS, LOST
from tests.fakes.henan_tree import TREE

_FILES = AsteriskFiles(Path("/m"), Path("/d"), Path("/py"), Path("/p"))
_SECRETS = Secrets(ami_reader="r", ami_commander="c", postgres="p", seat_key="k")


@pytest.fixture(scope="module")
def contexts() -> dict[str, str]:
    settings = Settings(platform=PlatformSettings(home=Path("/srv/hotline")))
    files = render(settings, _SECRETS, demonstration_seats(TREE), TREE, _FILES)
    parts = re.split(r"^\[([\w-]+)\]$", files["etc/extensions.conf"], flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    # What is left of a comment is no step.
    return {name: re.sub(r"^;.*$", "", text, flags=re.MULTILINE) for name, text in found.items()}


def test_every_mode_has_its_context(contexts: dict[str, str]) -> None:
    assert set(CONTEXTS) == JOINS
    own = {name for name in contexts if name.startswith("supervise-")}
    assert own == {*CONTEXTS.values(), LOST, "supervise-move"}


def test_no_caller_and_no_seat_gets_there(contexts: dict[str, str]) -> None:
    for name, steps in contexts.items():
        if not name.startswith(("supervise-", "command-")):
            assert "supervise-" not in steps, name
            assert "command-" not in steps.replace("Set(CONSULT_AFTER=command-holding)", ""), name
            assert "ChanSpy" not in steps or name == "notice-over", name
            assert "Bridge(" not in steps, name
        assert "notice-say" not in steps and "notice-over" not in steps, name
        assert "include" not in steps, name


def test_whoever_listens_names_one_channel_and_no_key_changes_the_mode(contexts: dict[str, str]) -> None:
    for mode, options in (("listen", "quE"), ("whisper", "quwE"), ("barge", "quBE")):
        steps = [line for line in contexts[f"supervise-{mode}"].splitlines() if line.strip()]
        # An empty name would be anybody's: it is turned away first.
        assert '"${FILTER(-0-9a-fmsv.,${SUPERVISE_CHANNEL})}" = ""]?supervise-lost,s,1' in steps[0]
        assert steps[1].endswith(f"ChanSpy(${{FILTER(-0-9a-fmsv.,${{SUPERVISE_CHANNEL}})}},{options})")
        assert steps[2].endswith("Goto(supervise-lost,s,1)")


def test_an_announcement_goes_to_one_named_channel_and_hears_nobody(contexts: dict[str, str]) -> None:
    steps = [line for line in contexts["notice-over"].splitlines() if line.strip()]
    assert '"${FILTER(0-9.,${NOTICE_CHANNEL})}" = ""]?over)' in steps[0]
    assert [line.partition(",")[2] for line in steps if "ChanSpy" in line] == [
        "ChanSpy(${FILTER(0-9.,${NOTICE_CHANNEL})},quWE)"
    ]
    steps_said = re.findall(r"(\w+)\(", contexts["notice-say"])
    assert steps_said == ["Answer", "Wait", "Set", "VOLUME", "Playback", "FILTER", "Hangup"]


def test_a_phone_nobody_sends_on_is_hung_up(contexts: dict[str, str]) -> None:
    assert re.findall(r"(\w+)\(", contexts[LOST]) == ["Wait", "Hangup"]
