"""The API of the desks: routes, who may use them, the live socket."""

from seats.http.health import application

__all__ = ["application"]
