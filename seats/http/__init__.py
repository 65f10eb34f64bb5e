"""The API of the desks: routes, who may use them, the live socket."""

from seats.http.app import IDLE, app, figures
from seats.http.health import Vitals
from seats.http.services import Services

__all__ = ["IDLE", "Services", "Vitals", "app", "figures"]
