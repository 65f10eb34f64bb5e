"""`hotline ask` and `hotline knowledge`: the answers, for people, editors and pipes."""

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core import settings as settings_file
from core.clock import CHINA, SystemClock
from core.console import EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput
from core.settings import Settings
from knowledge import editing
from knowledge.entry import COUNTRY
from knowledge.verdict import Answerer, Verdict
from routing.areas import AreaTree
from routing.areas import parse as parse_areas

_ASK_EXAMPLES = """examples:
  hotline ask 机票能不能抵扣                      what would be answered, and how sure
  hotline ask --area 洛阳 --date 2027-01-04 租房能抵多少个税
  hotline ask - < questions.txt                  one question a line, one JSON object a line: question,
                                                 action (answer|confirm|human|unsure), id, score, candidates, ms
"""
_LONGEST_LINE = 64 * 1024
"""Bytes of a line that are read; what follows is dropped: no caller says that much."""


def ask(argv: Sequence[str]) -> int:
    """`hotline ask QUESTION… | -`."""
    parser = Arguments(
        prog="hotline ask",
        description="What the voice would answer to a question, and how sure it is.",
        epilog=_ASK_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="+", help="questions; - reads one a line from standard input")
    parser.add_argument("--area", metavar="NAME", help="the caller's area, name or id (default: the province)")
    parser.add_argument("--date", metavar="DAY", type=editing.day, help="as asked on this day (default: today)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.parse_args(argv)
    settings = settings_file.load(os.environ)
    place = Place(asked.date or today(), scopes(area_tree(settings), asked.area))
    answerer = ready(settings)
    if "-" in asked.question:
        if len(asked.question) > 1:
            raise BadInput("ask: - stands alone; questions come on standard input, one a line")
        _stream(answerer, place)
        return EXIT_DONE
    for question in asked.question:
        verdict, spent = place.ask(answerer, question)
        if asked.json:
            print_json(as_json(verdict, spent))
        else:
            _show(verdict, spent)
    return EXIT_DONE


def knowledge(argv: Sequence[str]) -> int:
    """`hotline knowledge …`: see `knowledge.editing`."""
    return editing.main(argv)


@dataclass(frozen=True, slots=True)
class Place:
    """When and for whom questions are asked."""

    day: date
    scopes: tuple[str, ...]

    def ask(self, answerer: Answerer, question: str) -> tuple[Verdict, float]:
        """The verdict and the milliseconds it took."""
        begun = time.perf_counter()
        verdict = answerer.ask(question, self.day, self.scopes)
        return verdict, (time.perf_counter() - begun) * 1000


def as_json(verdict: Verdict, milliseconds: float) -> dict[str, Any]:
    """The contract of `hotline ask -`."""
    return {
        "question": verdict.question,
        "action": verdict.action.value,
        "id": verdict.entry.id if verdict.entry else None,
        "score": verdict.score,
        "candidates": [
            {"id": found.entry.id, "label": found.entry.label, "score": found.score} for found in verdict.candidates
        ],
        "ms": round(milliseconds, 3),
    }


def area_tree(settings: Settings) -> AreaTree:
    """The province's areas, from its data file alone: no routing tables are needed to ask."""
    from routing import areas

    path = Path(areas.__file__).parent / "data" / f"{settings.platform.province}.toml"
    try:
        return parse_areas(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"no area data for province {settings.platform.province!r}: {error.strerror}") from error


def scopes(tree: AreaTree, name: str | None) -> tuple[str, ...]:
    """Scopes of a caller of that area, nearest first: county, city, province, country."""
    if name is None:
        return (tree.root.id, COUNTRY)
    area = tree.named(name)
    if area is None:
        raise BadInput(f"no area {name!r}; areas: {'、'.join(area.name for area in tree)}")
    nearest = dict.fromkeys((area.id, tree.city_of(area.id).id, tree.root.id))
    return (*nearest, COUNTRY)


def today() -> date:
    """Today in China."""
    return SystemClock().now().astimezone(CHINA).date()


def ready(settings: Settings) -> Answerer:
    """The answerer of the entries in force; says so when its index must be built first."""
    from knowledge import shelf

    def building() -> None:
        sys.stderr.write("hotline: the entries are new here; building their index (once, under a minute)\n")

    return shelf.answerer(settings.paths.cache, building=building)


def _stream(answerer: Answerer, place: Place) -> None:
    # The first question would pay for what the day's questions share.
    place.ask(answerer, "你好,请问在吗")
    for question in _lines(sys.stdin.buffer):
        verdict, spent = place.ask(answerer, question)
        sys.stdout.write(json.dumps(as_json(verdict, spent), ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _lines(stream: io.BufferedIOBase | Any) -> Iterable[str]:
    """Lines as they come, whatever the locale; wrong bytes are shown as such, a monstrous line is cut."""
    first = True
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and len(rest) == _LONGEST_LINE:
            rest = stream.readline(_LONGEST_LINE)
        text = line.decode("utf-8-sig" if first else "utf-8", errors="replace").rstrip("\r\n")
        first = False
        # A lone surrogate or NUL would not survive being written back as JSON for every reader.
        yield text.replace("\x00", "\ufffd")


_ACTIONS = {"answer": "回答", "confirm": "追问", "human": "转人工", "unsure": "没听懂"}


def _show(verdict: Verdict, spent: float) -> None:
    out.print(
        f"{_ACTIONS[verdict.action.value]}  {verdict.score:.2f}  ({verdict.reason}; {spent:.1f} ms)", markup=False
    )
    if verdict.action.value == "answer" and verdict.entry is not None:
        out.print(verdict.entry.answer, markup=False)
    elif verdict.choices:
        labels = ",还是".join(found.entry.label for found in verdict.candidates[: verdict.choices])
        out.print(f"您是想问{labels}吗?", markup=False)
    rows = [
        (found.entry.id, found.entry.label, found.entry.scope, f"{found.score:.2f}") for found in verdict.candidates
    ]
    print_table("", ("条目", "标签", "范围", "得分"), rows)
