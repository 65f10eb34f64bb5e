"""The seat's state table, in full: every state with every move, and the drawing of it."""

from pathlib import Path

import pytest

from core.errors import BadInput
from seats.roster import reasons
from seats.roster.drawing import BEGIN, END, drawing
from seats.roster.states import TABLE, IllegalMove, Move, State, after, allowed, path

README = Path(__file__).parents[2] / "seats/roster/README.md"
LIVES = {
    State.OFFLINE: "register→ready log_out→logged_out log_in→offline pause→offline ready→offline",
    State.LOGGED_OUT: "log_in→ready register→logged_out unregister→logged_out log_out→logged_out ring→ringing",
    State.READY: (
        "unregister→offline log_out→logged_out pause→paused ring→ringing no_answer→paused log_in→ready ready→ready "
        "register→ready"
    ),
    State.RINGING: (
        "log_out→ringing pause→ringing ready→ringing lost→offline answer→talking ring_over→ready no_answer→paused"
    ),
    State.TALKING: (
        "log_out→talking pause→talking ready→talking lost→offline hold→held hang_up→ready write_up→wrap_up"
    ),
    State.HELD: "log_out→held pause→held ready→held lost→offline unhold→talking hang_up→ready write_up→wrap_up",
    State.WRAP_UP: (
        "unregister→offline log_out→logged_out pause→paused ring→ringing ready→ready more_time→wrap_up "
        "wrap_up_over→ready"
    ),
    State.PAUSED: (
        "unregister→offline log_out→logged_out pause→paused ring→ringing ready→ready log_in→ready register→paused"
    ),
}
"""Written by hand, so that no slip of the table goes unseen."""


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_every_move_in_every_state(state: State, move: Move) -> None:
    ways = dict(way.split("→") for way in LIVES[state].split())
    if move in ways:
        assert after(state, move) == ways[move]
        assert move in allowed(state)
        return
    with pytest.raises(IllegalMove) as refused:
        after(state, move)
    assert state.value in str(refused.value)
    assert move.value in str(refused.value)


def test_whatever_is_seen_next_there_is_a_way_there_that_the_table_allows() -> None:
    for start in State:
        for end in State:
            state = start
            for move in path(start, end):
                state = after(state, move)
            # A phone that was away cannot be found on hold: more happened than one look can have missed.
            assert state is end or (start, end) in {(State.OFFLINE, State.HELD), (State.OFFLINE, State.WRAP_UP)}


@pytest.mark.parametrize(
    ("start", "end", "last", "moves"),
    [
        (State.READY, State.TALKING, None, "ring answer"),
        (State.RINGING, State.PAUSED, Move.NO_ANSWER, "no_answer"),
        (State.RINGING, State.PAUSED, Move.PAUSE, "ring_over pause"),
        (State.TALKING, State.PAUSED, Move.PAUSE, "hang_up pause"),
        (State.TALKING, State.OFFLINE, None, "lost"),
        (State.WRAP_UP, State.READY, Move.WRAP_UP_OVER, "wrap_up_over"),
        (State.WRAP_UP, State.READY, Move.READY, "ready"),
        (State.WRAP_UP, State.WRAP_UP, Move.MORE_TIME, "more_time"),
        (State.OFFLINE, State.PAUSED, Move.PAUSE, "register pause"),
        (State.READY, State.READY, None, ""),
    ],
)
def test_what_was_missed_between_two_looks(start: State, end: State, last: Move | None, moves: str) -> None:
    assert path(start, end, last) == tuple(Move(word) for word in moves.split())


def test_every_state_can_be_left_and_reached() -> None:
    reached = {to for state, row in TABLE.items() for to in row.values() if to is not state}
    assert reached == set(State)
    assert all(any(to is not state for to in row.values()) for state, row in TABLE.items())


def test_the_readme_shows_the_table_as_it_is() -> None:
    drawn = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert drawn.strip() == drawing(), "run `python -m seats.roster.drawing` and put what it prints into the README"


@pytest.mark.parametrize("word", ["lunch", "午休", "1"])
def test_a_reason_is_named_by_word_key_or_in_chinese(word: str) -> None:
    assert reasons.chosen(word) == "lunch"


@pytest.mark.parametrize("word", ["", "7", "wrap_up", "logged_out", "lunch\n"])
def test_other_reasons_are_not_for_choosing(word: str) -> None:
    with pytest.raises(BadInput, match="午休"):
        reasons.chosen(word)
