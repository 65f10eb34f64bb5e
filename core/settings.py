"""One frozen tree of settings: defaults here <- `hotline.toml` <- environment (`HOTLINE_<SECTION>_<KEY>`).

An unknown key is refused. A list in the environment is comma-separated. `HOTLINE_CONFIG` names another TOML file. Every
port and folder is a setting, so that two copies live on one machine. Secrets are not here: `core.secrets` makes them.
"""

import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.paths import Paths

PROJECT = Path(__file__).resolve().parent.parent
"""Folder that holds the packages."""
ENVIRONMENT_PREFIX = "HOTLINE_"


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """Where this copy lives."""

    home: Path = PROJECT / "var"
    """Everything this copy writes: rendered configuration, Postgres, logs, journal, secrets."""
    cache: Path = Path("~/.cache/hotline12366")
    """What copies of one user share: the unpacked Asterisk, built prompts, segment tables."""
    province: str = "henan"
    """Name of the province's data file, `routing/data/<province>.toml`."""


@dataclass(frozen=True, slots=True)
class SipSettings:
    """Asterisk's SIP and RTP side."""

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 10999
    hotline_number: str = "12366"
    trunk_hosts: tuple[str, ...] = ("127.0.0.2",)
    """Addresses or networks of the carrier's trunk; their P-Asserted-Identity is believed."""
    trunk_area: str = "0371"
    """Area code the trunk itself belongs to: decides what local digits mean."""
    trunk_out: str = ""
    """`host:port` of the carrier for calls of our own: callbacks and appointments. Empty: the platform calls nobody."""
    open_door: bool = True
    """Take calls to the hotline number from any other address too, believing only From. Close it in public."""


@dataclass(frozen=True, slots=True)
class AgiSettings:
    """The FastAGI server, our doors of the dialplan."""

    host: str = "127.0.0.1"
    port: int = 4573
    metrics_port: int = 4574
    """Where the doors' own `/metrics` are served."""
    deadline: int = 1
    """Seconds one door may take, before the dialplan goes on without it."""


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Asterisk's manager interface, loopback only."""

    host: str = "127.0.0.1"
    port: int = 5038


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Our HTTP side: the API, `/healthz`, `/metrics`. Beyond this machine it belongs behind a proxy that speaks TLS."""

    host: str = "127.0.0.1"
    port: int = 8066


@dataclass(frozen=True, slots=True)
class DbSettings:
    """Postgres."""

    dsn: str = ""
    """`postgresql://…` of a server of your own; empty starts the embedded one."""


@dataclass(frozen=True, slots=True)
class PromptsSettings:
    """What the hotline says."""

    variant: str = ""
    """Variant of the built-in voice, one of espeak-ng's (`f3`, `Annie`, …); empty is its plain voice."""
    voice: str = "espeak"
    """The usual voice: `espeak`, built in, or `piper`. A prompt may name another in `texts.toml`."""
    piper: str = "piper"
    """The Piper program, a path or a name in PATH; not part of this project."""
    piper_model: str = ""
    """Its voice, a file `.onnx` with `.onnx.json` beside it."""
    recordings: str = ""
    """Folder of studio recordings `<key>.wav`, which win over the voice."""


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """What the hotline hears with."""

    model: str = ""
    """Folder of a Vosk model; empty: the installed one (`hotline speech install`), else the demonstration model."""
    workers: int = 1
    """Recognition processes; each loads the model."""
    threads: int = 1
    """Threads of each, sharing its model."""
    streams: int = 20
    """Callers listened to at once; one more is served by keys."""
    areas: tuple[str, ...] = ()
    """Area ids whose callers are first answered by voice, or `all`. Empty: by people alone."""
    host: str = "127.0.0.1"
    """Loopback address where Asterisk finds the voice service."""
    port: int = 8067
    """Its media WebSocket, `/healthz` and `/metrics`."""
    door_port: int = 4575
    """Its own FastAGI door, `conversed`."""


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Whose calls are recorded. Callers are always told first."""

    areas: tuple[str, ...] = ()
    """Area ids (`zhengzhou`), or `all`. Empty: no call is recorded."""


@dataclass(frozen=True, slots=True)
class CallbacksSettings:
    """Calling back: when, how often, how many. Without `sip.trunk_out` nobody is called."""

    begins: str = "08:30"
    """China time from which people may be called, by whatever reason …"""
    ends: str = "20:00"
    """… and until when."""
    tries: int = 3
    """Times one person is called before we give up."""
    again_after: int = 900
    """Seconds between two of them."""
    lost_after: int = 15
    """Seconds a caller must have waited for an abandoned call to become a callback; -1: none does."""
    keep_hours: int = 72
    """Hours after which a callback nobody could make has expired; it is shown as overdue long before."""
    overdue_minutes: int = 60
    """Minutes of calling time after which a callback still open raises the alarm."""
    slot_capacity: int = 3
    """Appointments an area takes for one half-hour."""


@dataclass(frozen=True, slots=True)
class SupervisionSettings:
    """What seats are told of those who listened to them."""

    seat_told_after: int = 0
    """Minutes after its end at which a seat sees a supervision; 0: as it happens."""


@dataclass(frozen=True, slots=True)
class SeatsSettings:
    """How seats work."""

    wrap_up: int = 0
    """Seconds to write up a call, before the next one comes; areas and seats may have their own. 0: none."""
    no_answers: int = 2
    """Calls in a row a seat may let ring before it is paused. 0: any number."""
    qualify: int = 15
    """Seconds between two questions to a phone at rest whether it is still there; in a call every two. 0: never."""
    lost_after: int = 3
    """Seconds a phone in a call may stay away after such a question, before the call goes on without it."""
    silence: int = 60
    """Seconds without sound from a seat that holds nobody, before Asterisk ends its part. Not where SIP is local."""
    silence_on_hold: int = 300
    """Seconds without sound or reports (RTCP) from a phone that holds its caller, before Asterisk ends its part."""


@dataclass(frozen=True, slots=True)
class RatingSettings:
    """Whether callers are asked to rate a call."""

    ask: bool = True
    """When a seat has hung up: one question, one key from 1 to 5."""


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Days each kind of data is kept, by what it is kept for; `hotline records prune` removes the rest. 0: for ever."""

    recordings_days: int = 180
    """Sound: quality and disputes."""
    events_days: int = 400
    """Asterisk's events and our facts: records can be told again from them. They hold callers' numbers."""
    numbers_days: int = 1095
    """Callers' numbers in records: calling back, history at the desk. The records themselves stay, for figures."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Logs: one JSON object a line."""

    level: str = "info"


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole tree; see each section."""

    platform: PlatformSettings = field(default_factory=PlatformSettings)
    sip: SipSettings = field(default_factory=SipSettings)
    agi: AgiSettings = field(default_factory=AgiSettings)
    ami: AmiSettings = field(default_factory=AmiSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    db: DbSettings = field(default_factory=DbSettings)
    prompts: PromptsSettings = field(default_factory=PromptsSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    callbacks: CallbacksSettings = field(default_factory=CallbacksSettings)
    supervision: SupervisionSettings = field(default_factory=SupervisionSettings)
    seats: SeatsSettings = field(default_factory=SeatsSettings)
    rating: RatingSettings = field(default_factory=RatingSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    log: LogSettings = field(default_factory=LogSettings)

    @property
    def paths(self) -> Paths:
        """Folders of this copy, absolute."""
        return Paths(home=self.platform.home.expanduser().absolute(), cache=self.platform.cache.expanduser().absolute())


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings in force.

    `file` defaults to `HOTLINE_CONFIG`, else `hotline.toml` in the project's folder if it exists. Raises `BadInput` on
    an unknown section or key, a value of the wrong type, or a file that cannot be read.
    """
    if file is None:
        named = environment.get(f"{ENVIRONMENT_PREFIX}CONFIG")
        file = Path(named) if named else PROJECT / "hotline.toml"
        if not named and not file.exists():
            return _overlay_environment(Settings(), environment)
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read settings file {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"settings file {file} is not TOML: {error}") from error
    return _overlay_environment(_overlay_tree(Settings(), tree, str(file)), environment)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that make another process load exactly these settings."""
    variables = {f"{ENVIRONMENT_PREFIX}CONFIG": os.devnull}
    for section in fields(settings):
        values = getattr(settings, section.name)
        for key in fields(values):
            value = getattr(values, key.name)
            if isinstance(value, bool):
                text = "true" if value else "false"
            elif isinstance(value, tuple):
                text = ",".join(value)
            else:
                text = str(value)
            variables[f"{ENVIRONMENT_PREFIX}{section.name}_{key.name}".upper()] = text
    return variables


def _overlay_tree(settings: Settings, tree: Mapping[str, Any], source: str) -> Settings:
    sections = {section.name for section in fields(settings)}
    for name, values in tree.items():
        if name not in sections or not isinstance(values, Mapping):
            raise BadInput(f"{source}: unknown section [{name}]; known: {', '.join(sorted(sections))}")
        section = getattr(settings, name)
        hints = typing.get_type_hints(type(section))
        changes = {}
        for key, value in values.items():
            if key not in hints:
                raise BadInput(f"{source}: unknown key {name}.{key}; known: {', '.join(sorted(hints))}")
            changes[key] = _typed(value, hints[key], f"{source}: {name}.{key}")
        settings = replace(settings, **{name: replace(section, **changes)})
    return settings


def _overlay_environment(settings: Settings, environment: Mapping[str, str]) -> Settings:
    known = {
        f"{ENVIRONMENT_PREFIX}{section.name}_{key.name}".upper(): (section.name, key.name)
        for section in fields(settings)
        for key in fields(getattr(settings, section.name))
    }
    tree: dict[str, dict[str, str]] = {}
    for variable, value in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == f"{ENVIRONMENT_PREFIX}CONFIG":
            continue
        if variable not in known:
            raise BadInput(f"unknown setting {variable} in the environment; see core/settings.py for the names")
        section, key = known[variable]
        tree.setdefault(section, {})[key] = value
    return _overlay_tree(settings, tree, "environment")


def _typed(value: object, hint: Any, where: str) -> object:
    """`value` as the type the section declares; strings (from the environment) are parsed."""
    if hint is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
    elif hint is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lstrip("-").isascii() and value.strip().lstrip("-").isdigit():
            return int(value)
    elif hint is Path and isinstance(value, str):
        return Path(value)
    elif hint is str and isinstance(value, str):
        return value
    elif isinstance(hint, types.GenericAlias) and typing.get_origin(hint) is tuple:
        items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item for item in items if item)
    raise BadInput(f"{where} = {value!r} is not {getattr(hint, '__name__', hint)}")
