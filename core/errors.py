"""The root of our own errors.

Rooms derive theirs from it; edges translate them: AGI to the default queue, HTTP to a status, CLI to an exit code
and one line.
"""


class HotlineError(Exception):
    """Something this project knows how to name; its text is one line that says what and how to mend it."""


class BadInput(HotlineError):
    """What the user gave cannot be used. CLI exit code 2, HTTP 4xx."""


class MissingComponent(HotlineError):
    """A program, package, file or port the platform needs is not there. CLI exit code 2."""
