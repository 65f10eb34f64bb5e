"""The search graph: sounds in time (H) ∘ words as sounds (L) ∘ words after words (G), in OpenFst's `HCLG.fst`.

Marks (#0, #1, …) are phones that make no sound: they keep words that sound alike apart while the graph is made small,
and are then removed. `[unk]` is a word of any units at a price, so that speech outside is written as unknown and not
as the nearest question.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pywrapfst as fst

from ivr.speech.recipe import topology
from ivr.speech.recipe.language import END, START, History, Trigram
from ivr.speech.recipe.lexicon import UNKNOWN, Lexicon
from ivr.speech.recipe.units import FINALS, INITIALS

_STEPS: Final = 8
"""Costs are rounded to such parts of one: they pack smaller, and the examination gives the same marks."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What speech outside costs."""

    unit: float = 2.8
    """For every unit of it, in natural logarithms.

    Below what words cost in good speech, above what they cost when forced.
    """
    chance: float = 0.02
    """Of an unknown stretch where a word is expected."""


def build(lexicon: Lexicon, trigram: Trigram, unknown: Unknown, folder: Path) -> dict[str, int]:
    """Write `HCLG.fst` and `words.txt` into `folder`; sizes for the log."""
    entries, marks = lexicon.told_apart()
    words = {word: number for number, word in enumerate(sorted({entry[0] for entry in entries} | {UNKNOWN}), 1)}
    # Marks: 0 backs off, 1..marks tell words apart, then the doors of the unknown.
    mark = _Marks(topology.PHONES + 1, marks)
    lexical = _lexical(entries, words, mark, len(words) + 1, unknown)
    grammar = _grammar(trigram, words, len(words) + 1)
    lexical.arcsort("olabel")
    grammar.arcsort("ilabel")
    together = fst.determinize(fst.compose(lexical, grammar))
    coder = fst.EncodeMapper("standard", encode_labels=True)
    together.encode(coder)
    together.minimize()
    together.decode(coder)
    together.arcsort("ilabel")
    timed = _timed(mark)
    timed.arcsort("olabel")
    graph = fst.compose(timed, together)
    for state in graph.states():
        arcs = graph.mutable_arcs(state)
        for arc in arcs:
            if arc.ilabel > topology.TRANSITIONS:
                arc.ilabel = 0
                arcs.set_value(arc)
    graph.connect()
    folder.mkdir(parents=True, exist_ok=True)
    fst.convert(graph, "const").write(str(folder / "HCLG.fst"))
    rows = ["<eps> 0", *(f"{word} {number}" for word, number in words.items())]
    (folder / "words.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return {"words": len(words), "states": graph.num_states(), "arcs": sum(graph.num_arcs(s) for s in graph.states())}


@dataclass(frozen=True, slots=True)
class _Marks:
    first: int
    words: int

    @property
    def back_off(self) -> int:
        return self.first

    def of(self, number: int) -> int:
        return self.first + number

    @property
    def unknown(self) -> tuple[int, int]:
        """Entrance and exit."""
        return self.first + self.words + 1, self.first + self.words + 2

    @property
    def count(self) -> int:
        return self.words + 3


def _weight(machine: Any, cost: float) -> Any:
    return fst.Weight(machine.weight_type(), round(cost * _STEPS) / _STEPS)


def _arc(machine: Any, start: int, heard: int, said: int, cost: float, end: int) -> None:
    machine.add_arc(start, fst.Arc(heard, said, _weight(machine, cost), end))


def _timed(mark: _Marks) -> Any:
    """H: transitions of Kaldi's table in, phones out. Blank frames pass anywhere between units, for nothing."""
    machine = fst.VectorFst()
    start = machine.add_state()
    machine.set_start(start)
    machine.set_final(start, _weight(machine, 0))
    _arc(machine, start, topology.transitions_of(topology.SILENCE)[0], 0, 0, start)
    for phone in topology.PHONE_OF.values():
        stays, ends = topology.transitions_of(phone)
        sound = machine.add_state()
        for source, said in ((start, phone), (sound, 0)):
            _arc(machine, source, stays, said, 0, sound)
            _arc(machine, source, ends, said, 0, start)
    for number in range(mark.count):
        _arc(machine, start, topology.TRANSITIONS + 1 + number, mark.of(number), 0, start)
    return machine


def _lexical(
    entries: list[tuple[str, tuple[str, ...], int]],
    words: dict[str, int],
    mark: _Marks,
    back_off_word: int,
    unknown: Unknown,
) -> Any:
    """L: phones in, words out."""
    machine = fst.VectorFst()
    loop = machine.add_state()
    machine.set_start(loop)
    machine.set_final(loop, _weight(machine, 0))
    _arc(machine, loop, mark.back_off, back_off_word, 0, loop)
    for word, sounds, number in entries:
        phones = [topology.PHONE_OF[unit] for unit in sounds] + ([mark.of(number)] if number else [])
        state, said = loop, words[word]
        for phone in phones[:-1]:
            following = machine.add_state()
            _arc(machine, state, phone, said, 0, following)
            state, said = following, 0
        _arc(machine, state, phones[-1], said, 0, loop)
    # The unknown: a syllable, more syllables, out; each unit at its price.
    entrance, inside, between = (machine.add_state() for _ in range(3))
    _arc(machine, loop, mark.unknown[0], words[UNKNOWN], 0, entrance)
    for place in (entrance, inside):
        for unit in INITIALS:
            _arc(machine, place, topology.PHONE_OF[unit], 0, unknown.unit, between)
        for unit in FINALS:
            _arc(machine, place, topology.PHONE_OF[unit], 0, unknown.unit * 1.5, inside)
    for unit in FINALS:
        _arc(machine, between, topology.PHONE_OF[unit], 0, unknown.unit, inside)
    _arc(machine, inside, mark.unknown[1], 0, 0, loop)
    return machine


def _grammar(trigram: Trigram, words: dict[str, int], back_off_word: int) -> Any:
    """G: histories as states, words as arcs; a state nothing follows is its shorter history."""
    machine = fst.VectorFst()
    states: dict[History, int] = {}

    def state_of(history: History) -> int:
        while history and history not in trigram.after:
            history = history[1:]
        if history not in states:
            states[history] = machine.add_state()
        return states[history]

    machine.set_start(state_of((START,)))
    for history, following in trigram.after.items():
        state = state_of(history)
        for word, cost in following.items():
            if word == END:
                machine.set_final(state, _weight(machine, cost))
            else:
                _arc(machine, state, words[word], words[word], cost, state_of((*history, word)[-2:]))
        if history:
            _arc(machine, state, back_off_word, 0, trigram.backing[history], state_of(history[1:]))
    return machine.connect()
