"""What every subcommand needs: the words, the places, the log-in, the client."""

import argparse
import os
from dataclasses import dataclass

from core import settings
from core.clock import Clock, SystemClock
from routing import tables
from seats.cli.client import Client, NotLoggedIn, checked_server
from seats.cli.columns import Sight
from seats.cli.places import Places
from seats.cli.token_file import KeptLogIn, TokenFile, own_folder
from seats.cli.words import Words


@dataclass(frozen=True, slots=True)
class Desk:
    """One run of the command."""

    asked: argparse.Namespace
    words: Words
    places: Places
    tokens: TokenFile
    clock: Clock

    @property
    def json(self) -> bool:
        """Whether JSON is wanted."""
        return bool(getattr(self.asked, "json", False))

    @property
    def server(self) -> str:
        """Asked for, else where the last log-in was, else this machine's."""
        asked: str | None = getattr(self.asked, "server", None)
        if asked:
            return checked_server(asked)
        kept = self.tokens.find(None)
        if kept is not None:
            return kept.server
        http = settings.load(os.environ).http
        host = "127.0.0.1" if http.host in {"", "0.0.0.0", "::"} else http.host  # noqa: S104 - read, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{http.port}"

    def login(self) -> KeptLogIn:
        """The log-in at `server`. Raises `NotLoggedIn`."""
        kept = self.tokens.find(self.server)
        if kept is None:
            raise NotLoggedIn(f"nobody is logged in at {self.server}: call-monitor login")
        return kept

    def client(self) -> Client:
        """For the user who is logged in. Raises `NotLoggedIn`."""
        kept = self.login()
        return Client(kept.server, kept.token)

    def sight(self, client: Client) -> Sight:
        """What cells need, now."""
        return Sight(self.words, self.places, now=self.clock.now().timestamp() + client.skew)


def desk_of(asked: argparse.Namespace) -> Desk:
    """Everything from the arguments and the environment. Raises `BadInput`."""
    words = Words(getattr(asked, "lang", "zh"))
    places = Places(tables.province_tree(settings.load(os.environ).platform.province), words)
    return Desk(asked, words, places, TokenFile(own_folder(os.environ)), SystemClock())
