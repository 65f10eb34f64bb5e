"""The state table as a drawing: `python -m seats.roster.drawing` prints what stands in the README."""

import sys
from collections.abc import Iterator

from seats.roster.states import TABLE, State

BEGIN, END = "<!-- drawn from states.py -->", "<!-- end -->"
"""Around the drawing in the README."""


def drawing() -> str:
    """Every transition, a line each pair of states; moves that change nothing in a list below."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for state, row in TABLE.items():
        for to in State:
            moves = [move.value for move, end in row.items() if end is to and to is not state]
            if moves:
                lines.append(f"    {state.value} --> {to.value} : {', '.join(moves)}")
    lines += ["```", "", "Allowed and changing nothing at once (in a call: done when it is over):", ""]
    return "\n".join([*lines, *_staying()])


def _staying() -> Iterator[str]:
    for state, row in TABLE.items():
        moves = [move.value for move, end in row.items() if end is state]
        if moves:
            yield f"- {state.value}: {', '.join(moves)}"


if __name__ == "__main__":
    sys.stdout.write(drawing() + "\n")
