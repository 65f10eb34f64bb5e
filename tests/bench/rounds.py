"""Rounds of A/B/A/B: every contender takes its turn in every round, so that a busy machine is unfair to all alike."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.console import print_table

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing the measured work. Outputs are compared by the bench before it comes here."""

    name: str
    turn: Callable[[], float]
    """Do the work once; the CPU-seconds it took, wherever they were spent."""
    operations: int
    """Operations in one turn."""


def in_process(name: str, work: Callable[[], object], operations: int) -> Contender:
    """A contender that works in this process; its CPU time is this process's."""

    def turn() -> float:
        gc.collect()
        start = time.process_time()
        work()
        return time.process_time() - start

    return Contender(name, turn, operations)


def measure(contenders: Sequence[Contender], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """CPU-microseconds per operation of each contender, one figure a round. Each has one unmeasured turn to warm up."""
    figures: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        contender.turn()
    for _ in range(rounds):
        for contender in contenders:
            figures[contender.name].append(contender.turn() / contender.operations * 1e6)
    return figures


def ratios(figures: dict[str, list[float]], ours: str) -> dict[str, float]:
    """How many times what we spend each contender spends: the median over rounds, each round compared with itself."""
    return {
        name: statistics.median(theirs / own for theirs, own in zip(values, figures[ours], strict=True))
        for name, values in figures.items()
    }


def show(title: str, figures: dict[str, list[float]], ours: str) -> None:
    """Print the table: median, best and worst round, and the ratio to ours."""
    times = ratios(figures, ours)
    rows = [
        (name, f"{statistics.median(values):.3f}", f"{min(values):.3f}", f"{max(values):.3f}", f"{times[name]:.2f}×")
        for name, values in figures.items()
    ]
    rounds = len(figures[ours])
    columns = ("", "CPU µs/op, median", "best", "worst", f"÷ {ours}")
    print_table(f"{title} ({rounds} rounds, every contender in each)", columns, rows)
