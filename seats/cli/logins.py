"""`login`, `signout`, `whoami`: the user's own session."""

import getpass
import sys
from dataclasses import asdict
from urllib.parse import urlsplit

from core.console import EXIT_DONE, err, inert, out, print_json
from core.errors import BadInput
from seats.cli.client import Client, NotLoggedIn
from seats.cli.desk import Desk
from seats.cli.picture import time_of
from seats.cli.token_file import KeptLogIn
from seats.cli.words import day_time


async def log_in(desk: Desk) -> int:
    """Ask for what is missing, log in, keep the token."""
    server = desk.server
    _warn_if_plain(server)
    user, password = _who(desk)
    async with Client(server) as client:
        answer = await client.log_in(user, password)
    person = answer.get("user") or {}
    kept = KeptLogIn(server, str(answer["token"]), str(person.get("name", user)), str(answer.get("expires_at", "")))
    desk.tokens.keep(kept)
    if desk.json:
        print_json({"server": server, "user": person, "expires_at": kept.expires_at})
    else:
        until = day_time(time_of(kept.expires_at))
        role = desk.words(str(person.get("role", "")))
        out.print(f"{inert(kept.user)} {role} {server} → {until}", markup=False)
    return EXIT_DONE


async def sign_out(desk: Desk) -> int:
    """End the session; the token is forgotten even when it had ended."""
    kept = desk.login()
    try:
        async with Client(kept.server, kept.token) as client:
            await client.log_out()
    except NotLoggedIn:
        pass
    desk.tokens.forget(kept.server)
    if desk.json:
        print_json({"done": True})
    else:
        out.print(f"{inert(kept.user)} × {kept.server}", markup=False)
    return EXIT_DONE


async def who_am_i(desk: Desk) -> int:
    """The user, as the platform knows them."""
    async with desk.client() as client:
        person = await client.me()
        server = client.server
    if desk.json:
        print_json({**asdict(person), "verbs": sorted(person.verbs), "server": server})
        return EXIT_DONE
    words = desk.words
    phone = person.phone or "-"
    out.print(f"{inert(person.name)}  {words(person.role)}  {desk.places.name(person.area)}  ☎ {phone}", markup=False)
    out.print(f"{server}  → {day_time(time_of(person.expires_at))}", markup=False)
    out.print(" ".join(words(verb) for verb in sorted(person.verbs)), markup=False)
    return EXIT_DONE


def _who(desk: Desk) -> tuple[str, str]:
    terminal = sys.stdin.isatty()
    user = desk.asked.user
    if not user:
        if not terminal:
            raise BadInput("no terminal to ask for a name: use --user")
        user = input("用户 user: ").strip()
    if desk.asked.password_stdin:
        return user, sys.stdin.readline().rstrip("\r\n")
    if not terminal:
        raise BadInput("no terminal to ask for a password: use --password-stdin")
    return user, getpass.getpass("密码 password: ")


def _warn_if_plain(server: str) -> None:
    parts = urlsplit(server)
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        err.print(f"call-monitor: {server} is not encrypted: the password can be read on the way", markup=False)
