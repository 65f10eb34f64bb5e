"""`sim first-calls`."""

from collections.abc import Sequence
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.first_calls import run


def main(argv: Sequence[str]) -> int:
    """Place the calls of a profile; print the JSON answer."""
    parser = Arguments(
        prog="sim first-calls",
        description="Register seats, place calls from the trunk, judge what each side heard. Prints one JSON document.",
        epilog="example: sim first-calls profile.json --recordings out/",
    )
    parser.add_argument("profile", type=Path, help="JSON: host, port, seats, calls (see sim/first_calls.py, Plan)")
    parser.add_argument("--recordings", type=Path, help="keep the recordings in this folder")
    options = parser.parse_args(argv)
    if options.recordings:
        options.recordings.mkdir(parents=True, exist_ok=True)
    ok, answer = run(options.profile, options.recordings)
    print(answer)
    return 0 if ok else 1
