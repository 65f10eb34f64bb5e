"""The system under test: where it is, which accounts it has, what may be asked of it. From a file and the environment.

Any SIP system will do: only `host` and `port` are needed for a call. A value written `env:NAME` is read from the
environment.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import BadScenario
from sim.yamltext import Lined, read_yaml

VARIABLES = {
    "SIM_HOST": "host", "SIM_PORT": "port", "SIM_HOTLINE": "hotline", "SIM_TRUNK": "trunk", "SIM_DESK": "desk",
    "SIM_PROMPTS": "prompts",
}  # fmt: skip
"""Environment variables that overlay the file; also `SIM_SEATS` (`3710001:password,…`) and `SIM_PROFILE`, the file
itself."""


@dataclass(frozen=True, slots=True)
class AmiAccess:
    """Asterisk's manager interface, for the witness. It only listens."""

    host: str
    port: int
    user: str
    secret: str


@dataclass(frozen=True, slots=True)
class RecordsAccess:
    """Where stored call records are read."""

    dsn: str
    query: str
    """SQL with one parameter `$1`, the call's id; one row, its columns are what `record_of` compares."""


@dataclass(frozen=True, slots=True)
class UserAccess:
    """An account at the API."""

    password: str
    phone: str = ""
    """Number of the softphone that rings for this user."""


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """The platform's HTTP API."""

    url: str
    """`http://host:port/api/v1`; log-in is `POST {url}/login`."""
    users: Mapping[str, UserAccess] = field(default_factory=dict)
    reader: str = ""
    """The account that reads what scenarios expect of audit, picture and rows; empty: the first."""


@dataclass(frozen=True, slots=True)
class RowsAccess:
    """Where one kind of row is read: `order_of`, `message_of`, `callback_of` …"""

    path: str
    """Below the API's address; `{call}`, `{number}` and `{seat}` are filled in."""
    at: str = "rows"
    """Key of the answer that holds the list; empty: the answer itself is the row."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Columns a row must have to be the caller's, filled in alike; for a path that cannot ask for one caller's."""


@dataclass(frozen=True, slots=True)
class CarrierAccess:
    """Where the system under test sends the calls it makes: the simulator listens there as the carrier."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ProcessAccess:
    """A process of the platform under test that faults may touch."""

    pid_file: str = ""
    """A file with its pid; empty: it is in the profile's `roll`."""
    start: tuple[str, ...] = ()
    """Command that starts it again; empty when something else does."""


@dataclass(frozen=True, slots=True)
class CommandAccess:
    """A command of the platform under test that scenarios may run."""

    run: tuple[str, ...]
    undo: tuple[str, ...] = ()
    """Takes back what it did; run at the end of a scenario that ran it."""


@dataclass(frozen=True, slots=True)
class DiskAccess:
    """A folder of the platform under test that faults may fill, up to so many megabytes: give it a small disk of its
    own."""

    folder: Path
    most_mb: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the simulator knows of the system under test."""

    host: str = "127.0.0.1"
    port: int = 5060
    hotline: str = "12366"
    trunk: str = "127.0.0.1"
    """Local address callers dial from."""
    desk: str = "127.0.0.1"
    """Local address of the seats' phones."""
    call_header: str = "X-Hotline-Call"
    area_header: str = "X-Hotline-Area"
    seats: Mapping[str, str] = field(default_factory=dict)
    """Seat number to password."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Seat number to the PIN that proves its owner (`presses PIN`)."""
    prompts: Path | None = None
    """Folder of the platform's prompts, for `hears: prompt:NAME`."""
    ami: AmiAccess | None = None
    records: RecordsAccess | None = None
    roll: Path | None = None
    """JSON list of `{name, pid}` of the platform's processes."""
    processes: Mapping[str, ProcessAccess] = field(default_factory=dict)
    recogniser: Path | None = None
    """Folder of a Vosk model, for `hears_text`."""
    disks: Mapping[str, DiskAccess] = field(default_factory=dict)
    sipp: tuple[str, ...] = ()
    """SIPp's command line, for `sim load`."""
    commands: Mapping[str, CommandAccess] = field(default_factory=dict)
    """Named commands a scenario may run."""
    api: ApiAccess | None = None
    carrier: CarrierAccess | None = None
    rows: Mapping[str, RowsAccess] = field(default_factory=dict)
    """Where rows are read, by the expectation's name (`order_of`)."""
    offers: tuple[str, ...] = ()
    """What a scenario's `needs` may name beyond the parts above: `recording:hebi`, `voice` …"""
    hints: Mapping[str, str] = field(default_factory=dict)
    """What to do about something that is not offered, by its name without what follows the colon."""

    def lacks(self, needs: Iterable[str]) -> list[str]:
        """Those of `needs` the system does not offer, one sentence each."""
        parts = ("api", "carrier", "ami", "records", "prompts", "recogniser", "roll")
        offered = {*self.offers, *(part for part in parts if getattr(self, part)), *self.rows, *self.disks}
        offered |= {*self.commands, *(name.partition(":")[0] for name in self.offers)}
        missing = [need for need in needs if need not in offered]
        return [f"{need} is needed; {self._hint(need)}" for need in missing]

    def _hint(self, need: str) -> str:
        known = self.hints.get(need) or self.hints.get(need.partition(":")[0])
        return known or "the profile names no such part"

    def password(self, seat: str) -> str:
        """Of a seat. Raises `BadScenario` when the profile does not know it."""
        try:
            return self.seats[seat]
        except KeyError:
            raise BadScenario(
                f"the profile knows no password of seat {seat}; give it under seats, or in SIM_SEATS"
            ) from None


def profile_from(file: Path | None, environment: Mapping[str, str] | None = None) -> Profile:
    """The profile of `file` (or of `SIM_PROFILE`), overlaid by the environment. Raises `BadScenario`."""
    known = os.environ if environment is None else environment
    if file is None and known.get("SIM_PROFILE"):
        file = Path(known["SIM_PROFILE"])
    document: Any = Lined(1) if file is None else read_yaml(file)
    if not isinstance(document, Lined):
        raise BadScenario(f"{file}: a profile is a mapping")
    values = _resolved(document, known)
    for variable, key in VARIABLES.items():
        if known.get(variable):
            values[key] = known[variable]
    if known.get("SIM_SEATS"):
        pairs = (item.partition(":") for item in known["SIM_SEATS"].split(",") if item)
        values["seats"] = {**values.get("seats", {}), **{number: password for number, _, password in pairs}}
    return _profile(values, str(file or "environment"))


def _profile(values: dict[str, Any], source: str) -> Profile:
    try:
        parts: dict[str, Any] = dict(values)
        if "port" in parts:
            parts["port"] = int(parts["port"])
        for key in ("prompts", "roll", "recogniser"):
            if parts.get(key):
                parts[key] = Path(parts[key])
        if "ami" in parts:
            parts["ami"] = AmiAccess(**{**parts["ami"], "port": int(parts["ami"]["port"])})
        if "records" in parts:
            parts["records"] = RecordsAccess(**parts["records"])
        if "processes" in parts:
            parts["processes"] = {
                name: ProcessAccess(made.get("pid_file", ""), tuple(made.get("start", ())))
                for name, made in parts["processes"].items()
            }
        if "disks" in parts:
            parts["disks"] = {
                name: DiskAccess(Path(made["folder"]), int(made["most_mb"])) for name, made in parts["disks"].items()
            }
        if "sipp" in parts:
            parts["sipp"] = tuple(parts["sipp"])
        if "api" in parts:
            users = {name: UserAccess(**made) for name, made in parts["api"].get("users", {}).items()}
            parts["api"] = ApiAccess(**{**parts["api"], "url": parts["api"]["url"].rstrip("/"), "users": users})
        if "carrier" in parts:
            parts["carrier"] = CarrierAccess(parts["carrier"]["host"], int(parts["carrier"]["port"]))
        if "rows" in parts:
            parts["rows"] = {name: RowsAccess(**made) for name, made in parts["rows"].items()}
        if "offers" in parts:
            parts["offers"] = tuple(parts["offers"])
        if "commands" in parts:
            parts["commands"] = {
                name: CommandAccess(tuple(made["run"]), tuple(made.get("undo", ())))
                if isinstance(made, Mapping)
                else CommandAccess(tuple(made))
                for name, made in parts["commands"].items()
            }
        return Profile(**parts)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadScenario(f"profile {source}: {error}") from error


def _resolved(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, environment) for item in value]
    if isinstance(value, str) and value.startswith("env:"):
        try:
            return environment[value[4:]]
        except KeyError:
            raise BadScenario(f"the profile wants the environment variable {value[4:]}, which is not set") from None
    return value
