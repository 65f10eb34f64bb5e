"""Why a seat is paused: the list seats choose from, and the reasons the platform gives itself. Pure."""

from typing import Final

from core.errors import BadInput

CHOSEN: Final[dict[str, tuple[str, str]]] = {
    "1": ("lunch", "午休"),
    "2": ("training", "培训"),
    "3": ("meeting", "会议"),
    "4": ("restroom", "暂离"),
    "5": ("paperwork", "整理资料"),
    "6": ("other", "其他"),
}
"""By the key behind `*13`: the word kept, and what people call it."""
LOGGED_OUT: Final = "logged_out"
WRAP_UP: Final = "wrap_up"
MORE_TIME: Final = "wrap_up_more"
"""Writing up, prolonged."""
NO_ANSWER: Final = "no_answer"
HOME: Final = "home"
"""The area works from home, and nobody has shown this seat's PIN yet."""
OWN: Final = {
    LOGGED_OUT: "已签退",
    WRAP_UP: "话后",
    MORE_TIME: "话后延长",
    NO_ANSWER: "两次未接",
    HOME: "待居家签入",
}
"""The platform's own."""


def chosen(word: str) -> str:
    """The reason somebody names by its word, its Chinese name, or its key. Raises `BadInput` that lists them."""
    for key, (name, chinese) in CHOSEN.items():
        if word in {key, name, chinese}:
            return name
    names = ", ".join(f"{name} {chinese}" for name, chinese in CHOSEN.values())
    raise BadInput(f"no reason {word[:40]!r} for a pause; one of {names}")


def shown(reason: str | None) -> str:
    """What people call it; other words stay as they are."""
    if not reason:
        return ""
    return OWN.get(reason) or next((chinese for name, chinese in CHOSEN.values() if name == reason), reason)
