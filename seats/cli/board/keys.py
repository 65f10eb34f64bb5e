"""Keys and acts of the board, as tables. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from seats.cli.words import Words


class On(Enum):
    """What an act is done to."""

    CALL = "call"
    SEAT = "seat"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Deed:
    """An act one can do by a key."""

    key: str
    verb: str
    on: On
    rings: bool = False
    """It rings the user's own phone."""


DEEDS: Final = (
    Deed("l", "listen", On.EITHER, rings=True),
    Deed("w", "whisper", On.EITHER, rings=True),
    Deed("b", "barge", On.EITHER, rings=True),
    Deed("t", "takeover", On.EITHER, rings=True),
    Deed("h", "hangup", On.CALL),
    Deed("m", "move", On.CALL),
    Deed("p", "pause", On.SEAT),
    Deed("u", "unpause", On.SEAT),
    Deed("o", "logout", On.SEAT),
)
BY_VERB: Final = {deed.verb: deed for deed in DEEDS}

_OTHERS: Final = (
    ("1 2 3 Tab", "地区 / 通话 / 座席", "areas / calls / seats"),
    ("↑ ↓ j k PgUp PgDn g G", "移动", "move about"),
    ("Enter", "进入地区;看一个通话或座席", "into an area; one call or seat"),
    ("Esc", "返回:关窗口、去筛选、出地区", "back: window, filter, area"),
    ("/", "筛选:号码、姓名、地区、状态、座席", "filter: number, name, area, state, seat"),
    ("s S r", "按下一列 / 上一列排序;反向", "sort by the next / last column; the other way round"),
    ("e", "结束督导(或挂断自己的话机)", "leave the supervision (or hang up your phone)"),
    ("x", "平台与交换机的差异", "where platform and exchange disagree"),
    ("q", "退出", "quit"),
)
_NOTES: Final = (
    (
        "监听、耳语、强插、接管会先振铃您自己的话机;进行中再按另一键即切换,不必挂断。",
        "Listening, whispering, barging and taking over ring your own phone first; another of the keys switches.",
    ),
    (
        "每个动作先写入督导记录,再执行;被拒绝的也写。",
        "Every act is written down before it is done; refusals are written down too.",
    ),
)


def help_text(words: Words) -> str:
    """The whole help."""
    chinese = words.lang == "zh"
    lines = [(keys, zh if chinese else en) for keys, zh, en in _OTHERS]
    lines[6:6] = [(deed.key, words(deed.verb)) for deed in DEEDS]
    text = "\n".join(f"  {keys:<22} {about}" for keys, about in lines)
    return text + "\n\n" + "\n".join(zh if chinese else en for zh, en in _NOTES)


def key_line(words: Words, verbs: frozenset[str]) -> str:
    """The line at the bottom: what this user may do. All of it fits into 80 cells in Chinese."""
    if words.lang == "zh":
        return f"?帮助 {act_line(words, verbs)} /筛选 s排序 q退出"
    return f"? help  q quit  / filter  s sort  {act_line(words, verbs)}"


def act_line(words: Words, verbs: frozenset[str]) -> str:
    """The acts of this user with their keys."""
    acts = [(deed.key, words(deed.verb)) for deed in DEEDS if deed.verb in verbs]
    return " ".join(f"{key}{verb}" for key, verb in acts) if words.lang == "zh" else "  ".join(map(" ".join, acts))
