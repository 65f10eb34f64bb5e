"""What Asterisk is told to write is what we read."""

import re
from pathlib import Path

from seats.records.cel import FIELDS
from seats.records.files import LIVE
from seats.records.tale import _ACTIONS

TEMPLATES = Path(__file__).parents[2] / "asterisk_conf" / "templates"
NAMES = {
    "eventtype": "type",
    "eventtime": "at",
    "CALLERID(name)": "caller_name",
    "CALLERID(num)": "caller_number",
    "CALLERID(ANI)": "ani",
    "CALLERID(RDNIS)": "rdnis",
    "CALLERID(DNID)": "dnid",
    "CHANNEL(exten)": "exten",
    "CHANNEL(context)": "context",
    "CHANNEL(channame)": "channel",
    "CHANNEL(appname)": "app",
    "CHANNEL(appdata)": "app_data",
    "CHANNEL(accountcode)": "account",
    "CHANNEL(uniqueid)": "uniqueid",
    "CHANNEL(linkedid)": "linkedid",
    "BRIDGEPEER": "peer",
    "userdeftype": "user_type",
    "eventextra": "extra",
}


def test_the_mapping_names_our_fields_in_our_order_and_quotes_each() -> None:
    text = (TEMPLATES / "cel_custom.conf.j2").read_text(encoding="utf-8")
    name, mapping = next(re.finditer(r"(?m)^(\S+) => (.*)$", text)).groups()
    assert name == LIVE
    parts = re.findall(r"\$\{CSV_QUOTE\(\$\{([^}]+)\}\)\}", mapping)
    assert [NAMES[part] for part in parts] == list(FIELDS)
    assert ",".join(f"${{CSV_QUOTE(${{{part}}})}}" for part in parts) == mapping


def test_asterisk_writes_every_event_a_record_is_made_of_and_no_keys() -> None:
    text = (TEMPLATES / "cel.conf.j2").read_text(encoding="utf-8")
    wanted = next(re.finditer(r"(?m)^events = (.*)$", text)).group(1).split(",")
    assert {*_ACTIONS, "CHAN_START", "LINKEDID_END", "USER_DEFINED"} <= {*wanted}
    assert not {"ALL", "DTMF", "STREAM_BEGIN"} & {*wanted}
    assert re.search(r"(?m)^dateformat", text) is None
