"""Settings, seats and areas → the files Asterisk reads. `render` decides, `write` puts them in place."""

import ipaddress
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from agi_scripts.variables import PART_OF, ROUTED
from asterisk_conf import values
from asterisk_conf.members import members
from core.errors import BadInput
from core.secrets import Secrets
from core.settings import Settings
from core.whole import write_whole
from routing.areas import AreaTree
from seats.moves.groups import move_data
from seats.moves.places import MoveData, places
from seats.roster import reasons
from seats.roster.lost import CAUSES as LOST_CAUSES
from seats.roster.seat import Seat
from seats.sharing.plan import Plan, default

LAUNCHERS = ("incoming", "keyed")
_WITHOUT_SETTINGS = ("acl", "ccss", "chan_websocket", "pjproject", "queuerules", "stasis", "udptl")
"""Files Asterisk complains about when they are not there; its defaults are right."""
_LIVE_EVENTS = (
    "AgentCalled", "AgentComplete", "AgentConnect", "AgentRingNoAnswer", "BlindTransfer", "AttendedTransfer",
    "BridgeCreate", "BridgeDestroy", "BridgeEnter", "BridgeLeave", "ChanSpyStart", "ChanSpyStop", "ContactStatus",
    "DeviceStateChange", "FullyBooted", "Hangup", "Hold", "MusicOnHoldStart", "Newchannel", "Newstate", "PeerStatus",
    "QueueCallerAbandon", "QueueCallerJoin", "QueueCallerLeave", "QueueEntry", "QueueMember", "QueueMemberAdded",
    "QueueMemberPause", "QueueMemberPenalty", "QueueMemberRemoved", "QueueMemberStatus", "QueueParams",
    "QueueStatusComplete", "QueueSummary", "QueueSummaryComplete", "Shutdown", "Unhold", "UserEvent",
    "CoreShowChannel", "CoreShowChannelsComplete", "DeviceStateListComplete",
)  # fmt: skip
"""Events a picture of calls and desks is folded from; Asterisk never sends the reader any other."""


@dataclass(frozen=True, slots=True)
class AsteriskFiles:
    """Where the installed Asterisk and the programs it starts are; absolute paths."""

    modules: Path
    """Folder of `*.so`, e.g. `/usr/lib/asterisk/modules`."""
    data: Path
    """Asterisk's own data folder (`documentation/` inside), e.g. `/usr/share/asterisk`."""
    python: Path
    """Interpreter that has pyst2: this project's own."""
    project: Path
    """Folder that holds the packages."""


@dataclass(frozen=True, slots=True)
class QueueTimes:
    """How long is waited, in seconds. Defaults follow GB/T 33358's 15 s."""

    ring: int = 15
    """One seat rings before the next is tried."""
    area: int = 240
    """A caller waits for the seats of their area, its pair and the province."""
    province: int = 120
    """Then for the province centre alone."""
    announce: int = 25
    """Between announcements to someone who waits."""
    answer: int = 6
    """For the first key, after a question."""
    message: int = 120
    """The longest message."""
    message_silence: int = 6
    """Silence that ends one."""
    callback_wait: int = 600
    """A place kept for a callback waits so long for a seat; then it is kept anew."""
    callback_ring: int = 40
    """The person called back may let it ring."""
    transfer: int = 20
    """The seat a call is passed to rings."""
    transfer_queue: int = 60
    """A call passed to an area or a group waits there, before it goes back."""
    hand: int = 45
    """Experts are rung so long, one after the other, for a raised hand."""
    script: int = 1
    """For the stand-alone script, when a door said nothing.

    After a door's own second, or the two Asterisk gives a connection, no caller waits longer than three for a decision.
    """


def render(
    settings: Settings,
    secrets: Secrets,
    seats: Sequence[Seat],
    tree: AreaTree,
    runtime: AsteriskFiles,
    times: QueueTimes | None = None,
    sharing: Plan | None = None,
) -> dict[str, str]:
    """Every file under `settings.paths.asterisk`, by relative path: `etc/*.conf`, and the launchers in `agi-bin/`.

    Pure. Raises `BadInput` for a setting, number or path that could be read as more than one value.
    """
    environment = Environment(
        loader=PackageLoader("asterisk_conf"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - not HTML: every value goes through asterisk_conf.values
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["name"] = values.name
    context = _context(settings, secrets, seats, tree, runtime, times or QueueTimes(), sharing or default(tree))
    files = {
        f"etc/{template.removesuffix('.j2')}": environment.get_template(template).render(context)
        for template in sorted(environment.list_templates())
        if "/" not in template
    }
    files |= {f"etc/{name}.conf": "; Defaults.\n" for name in _WITHOUT_SETTINGS}
    return files | {f"agi-bin/{door}": _launcher(door, settings, runtime) for door in LAUNCHERS}


def write(files: Mapping[str, str], folder: Path, runtime: AsteriskFiles) -> None:
    """Puts `files` under `folder`, each one whole or not at all; mode 600, launchers 700, folders 700.

    Makes the folders Asterisk needs, and links its own documentation, without which its modules do not load.
    """
    for name in ("etc", "lib", "spool", "log", "log/cel-custom", "sounds", "agi-bin", "moh", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    for relative, text in files.items():
        write_whole(folder / relative, text, mode=0o700 if relative.startswith("agi-bin/") else 0o600)
    link = folder / "documentation"
    if link.is_symlink() and link.readlink() != runtime.data / "documentation":
        link.unlink()
    if not link.is_symlink():
        link.symlink_to(runtime.data / "documentation")


def _context(
    settings: Settings,
    secrets: Secrets,
    seats: Sequence[Seat],
    tree: AreaTree,
    runtime: AsteriskFiles,
    times: QueueTimes,
    sharing: Plan,
) -> dict[str, Any]:
    paths = settings.paths
    home = values.path(paths.asterisk, "platform.home")
    numbers = [values.digits(seat.number, "seat number") for seat in seats]
    if len(set(numbers)) != len(numbers):
        raise BadInput("two seats have the same number")
    _named(settings.speech.areas, tree, "speech.areas")
    if settings.sip.rtp_first >= settings.sip.rtp_last:
        raise BadInput("sip.rtp_first must be below sip.rtp_last")
    return {
        "home": home,
        "run": values.path(paths.run, "the run folder"),
        "cel": values.path(paths.cel, "the folder of call events"),
        "modules": values.path(runtime.modules, "Asterisk's module folder"),
        "sip_bind": values.with_port(settings.sip.host, settings.sip.port, "sip.host and sip.port"),
        "sip_local": ipaddress.ip_address(values.address(settings.sip.host, "sip.host")).is_loopback,
        "rtp_first": values.port(settings.sip.rtp_first, "sip.rtp_first"),
        "rtp_last": values.port(settings.sip.rtp_last, "sip.rtp_last"),
        "hotline": values.digits(settings.sip.hotline_number, "sip.hotline_number"),
        "trunk_hosts": [values.network(host, "sip.trunk_hosts") for host in settings.sip.trunk_hosts],
        "open_door": settings.sip.open_door,
        "doors": f"agi://{values.with_port(settings.agi.host, settings.agi.port, 'agi.host and agi.port')}",
        "media": _loopback(settings.speech.host, settings.speech.port),
        "media_secret": values.token(secrets.media, "the password of the media WebSocket"),
        "conversed": f"agi://{_loopback(settings.speech.host, settings.speech.door_port)}",
        "door_deadline": _whole_seconds(settings.agi.deadline, "agi.deadline"),
        "ami_host": values.address(settings.ami.host, "ami.host"),
        "ami_port": values.port(settings.ami.port, "ami.port"),
        "ami_reader": values.token(secrets.ami_reader, "the password of the AMI reader"),
        "ami_commander": values.token(secrets.ami_commander, "the password of the AMI commander"),
        "live_events": _LIVE_EVENTS,
        "told_variables": (ROUTED, PART_OF),
        "province": values.area(tree.root.id),
        "recordings": values.path(paths.recordings, "the folder of recordings"),
        "messages": values.path(paths.messages, "the folder of messages"),
        "trunk_out": values.carrier(settings.sip.trunk_out),
        "recorded": _named(settings.recording.areas, tree, "recording.areas"),
        "times": times,
        "rating": settings.rating.ask,
        "furthest": max(max(area.penalties.values()) for area in sharing),
        "seats": [
            {
                "number": seat.number,
                "name": values.name(seat.name),
                "area": values.area(seat.area),
                "secret": values.token(secrets.seat(seat.number), "a seat's password"),
                "pin": values.digits(secrets.pin(seat.number), "a seat's PIN"),
            }
            for seat in seats
            if seat.enabled
        ],
        "pauses": [(key, reason) for key, (reason, _) in reasons.CHOSEN.items()],
        "lost_causes": LOST_CAUSES,
        "qualify": max(0, settings.seats.qualify),
        "rtp_timeout": max(0, settings.seats.silence),
        "rtp_timeout_hold": max(0, settings.seats.silence_on_hold),
        "places": _places(tree, move_data(settings.platform.province)),
        "groups": move_data(settings.platform.province).groups,
        "queues": [
            {
                "area": values.area(area.id),
                "home": area.id == tree.root.id,
                "members": list(members(sharing[area.id], seats)),
            }
            for area in tree
        ],
    }


def _places(tree: AreaTree, data: MoveData) -> list[dict[str, str]]:
    """What a seat dials to move a call; `*` is no digit, so a group's key is checked when its file is read."""
    return [
        {
            "digits": "*" * place.digits.startswith("*") + values.digits(place.digits.removeprefix("*"), "a key"),
            "kind": str(place.kind),
            "id": values.area(place.id),
            "queue": values.area(place.queue),
        }
        for place in places(tree, data)
    ]


def _named(areas: Sequence[str], tree: AreaTree, what: str) -> list[str]:
    """Ids of the areas a setting names, `all` of them perhaps."""
    if "all" in areas:
        return [values.area(area.id) for area in tree]
    unknown = [area for area in areas if area not in tree]
    if unknown:
        raise BadInput(f"{what} names no area of {tree.root.id}: {', '.join(unknown)}; write ids, or all")
    return [values.area(area) for area in areas]


def _loopback(host: str, port: int) -> str:
    """Where the voice service listens: callers' sound does not leave the machine."""
    if not ipaddress.ip_address(values.address(host, "speech.host")).is_loopback:
        raise BadInput(f"speech.host = {host!r} must be an address of this machine alone, such as 127.0.0.1")
    return values.with_port(host, port, "speech.host and its port")


def _whole_seconds(value: int, what: str) -> int:
    if not 1 <= value <= 60:
        raise BadInput(f"{what} = {value} must be 1 to 60 seconds")
    return value


def _launcher(door: str, settings: Settings, runtime: AsteriskFiles) -> str:
    """A program Asterisk starts when the service is away: our interpreter on `agi_scripts.standalone`, isolated."""
    project = values.path(runtime.project, "the project's folder")
    code = (
        f"import sys; sys.path.insert(0, {project!r}); "
        "from agi_scripts.standalone import main; sys.exit(main(sys.argv[1:]))"
    )
    command = shlex.join(
        (
            values.path(runtime.python, "the interpreter"),
            *("-I", "-c", code),
            door,
            values.path(settings.paths.tables, "the folder of tables"),
            values.digits(settings.sip.trunk_area, "sip.trunk_area"),
            values.digits(settings.sip.hotline_number, "sip.hotline_number"),
            values.path(settings.paths.remembered, "the file of remembered answers"),
            values.path(settings.paths.journal, "the folder of the journal"),
            values.path(settings.paths.hours, "the file of hours"),
        )
    )
    return f"#!/bin/sh\n# For when our service does not answer: see agi_scripts/standalone.py.\nexec {command}\n"
