"""Leaving out without fitting again gives what fitting again gives; thresholds keep what they promise."""

from datetime import date

import numpy as np
import pytest

from knowledge import files, shelf, syllables
from knowledge.calibrate import Target, certify, chance
from knowledge.entry import Library
from knowledge.features import Featurizer
from knowledge.index import build, by_likeness
from knowledge.normalize import normalize
from knowledge.trials import Bench, Hearing, Trials, best_first, leave_phrasings_out, leave_topics_out, signals
from knowledge.trials import Ranking as Scores

FULL = files.load()
SMALL = Library(FULL.entries[:6], FULL.declined[:3], glossary=FULL.glossary)
FEATURIZER = Featurizer.of(syllables.build(), FULL.glossary)
TEXTS = [list(entry.phrasings[:6]) for entry in SMALL.entries] + [list(d.phrasings[:4]) for d in SMALL.declined]
NAMES = [entry.id for entry in SMALL.entries] + [declined.id for declined in SMALL.declined]


def features(text: str) -> np.ndarray:
    return FEATURIZER.features(normalize(text))


def bench() -> Bench:
    index, inverse = build(NAMES, [[features(text) for text in topic] for topic in TEXTS])
    looks = [index.look(features(text)) for topic in TEXTS for text in topic]
    hearing = Hearing(
        np.stack([look.likeness for look in looks]),
        np.array([look.known for look in looks], dtype=np.float32),
        np.ones(len(looks), dtype=np.float32),
        tuple(look.words for look in looks),
    )
    exact = np.zeros(len(NAMES), dtype=np.bool_)
    return Bench(index, np.arange(len(looks), dtype=np.int32), (hearing,), inverse, exact, len(SMALL.entries))


def refitted(left_out: set[int], asked: int) -> np.ndarray:
    """Signals of phrasing `asked` from duals fitted without `left_out`: the slow way, on the same weights."""
    made = bench()
    owners, likeness = made.owners, made.hearings[0].likeness
    stay = np.array([place for place in range(len(owners)) if place not in left_out])
    kernel = likeness[np.ix_(stay, stay)].astype(np.float64)
    belongs = np.eye(len(NAMES))[owners[stay]]
    duals = np.linalg.solve(kernel + 0.5 * np.eye(len(stay)), belongs)
    seen = likeness[asked].copy()
    seen[list(left_out)] = 0
    _, nearest = by_likeness(seen, made.index.starts, made.index.centroid_norms)
    return np.concatenate([(likeness[asked, stay] @ duals), nearest])


def test_leaving_one_phrasing_out_is_fitting_without_it() -> None:
    made = bench()
    trials = leave_phrasings_out(made)
    for asked in (0, 7, 20, 35):
        slow = refitted({asked}, asked)
        order = trials.signals[asked]
        # The first topic's classifier and nearest score are among those of the slow way.
        classifier, nearest = slow[: len(NAMES)], slow[len(NAMES) :]
        assert np.abs(classifier - order[8]).min() < 1e-3
        assert np.abs(nearest - order[7]).min() < 1e-5


def test_leaving_a_topic_out_is_fitting_without_it() -> None:
    made = bench()
    trials = leave_topics_out(made)
    owners = made.owners
    for asked in (0, 7, 20, 35):
        slow = refitted(set(np.flatnonzero(owners == owners[asked]).tolist()), asked)
        assert np.abs(slow[: len(NAMES)] - trials.signals[asked][8]).min() < 1e-3
    assert not trials.right.any()
    assert not trials.covered.any()


def made_trials(n: int, right: np.ndarray, lead: np.ndarray, covered: bool) -> Trials:
    rows = np.stack([lead, np.ones(n)], axis=1)
    flag = np.zeros(n, dtype=np.bool_)
    return Trials(rows, right, right, flag, np.full(n, covered), np.arange(n) % 2 == 0)


def test_thresholds_keep_their_promise_and_are_the_lowest() -> None:
    draw = np.random.default_rng(1)
    lead = draw.uniform(-4, 4, 4000)
    covered = made_trials(4000, draw.uniform(size=4000) < 1 / (1 + np.exp(-2 * lead)), lead, True)
    strangers = made_trials(1000, np.zeros(1000, dtype=np.bool_), draw.uniform(-4, 1, 1000), False)
    for promised in (0.9, 0.99):
        target = Target(precision=promised, exact_precision=promised, strangers=0.1, kin=0.1)
        found = certify(covered, strangers, target)
        stated = chance(covered.signals, found.weights)
        assert covered.right[stated >= found.answer_from].mean() >= promised
        assert (chance(strangers.signals, found.weights) >= found.answer_from).mean() <= 0.1
        assert found.strangers <= 0.1
    assert sum(band.n for band in found.curve) == 4000


def test_an_unkeepable_promise_answers_nothing() -> None:
    n = 500
    covered = made_trials(n, np.arange(n) % 2 == 0, np.linspace(-1, 1, n), True)
    strangers = made_trials(n, np.zeros(n, dtype=np.bool_), np.linspace(-1, 1, n), False)
    assert certify(covered, strangers, Target()).coverage == 0


def test_signals_of_a_clear_winner() -> None:
    table = np.array([[0.9, 0.1, 0.2]], dtype=np.float32)
    scores = Scores(table, table, table)
    order = best_first(scores, 2)
    rows = signals(scores, order, [0.6], np.ones(1, np.float32), np.ones(1, np.float32), 2)
    assert order[0].tolist() == [0, 1]
    assert rows[0, 4] == pytest.approx(0.7)
    assert rows[0, 10] == 0.6


def test_what_a_topic_explains_is_counted_without_the_phrasing_left_out() -> None:
    index, _ = build(["a", "b"], [[features("税款怎么退"), features("密码")], [features("微信密码")]])
    asked = index.look(features("微信密码")).words
    assert index.explained(asked, 1) == pytest.approx(1)
    assert index.explained(asked, 1, without=2) == 0
    assert 0 < index.explained(asked, 0) < 0.5
    assert index.explained(asked, 0, without=0) == index.explained(asked, 0)
    assert index.explained(asked, 0, without=1) == 0
    assert index.explained(index.look(features("🙂")).words, 0) == 0


def test_without_a_certificate_nothing_is_answered_at_once() -> None:
    answerer = shelf.from_built(SMALL, shelf.made(SMALL, target=None))
    verdict = answerer.ask(SMALL.entries[0].phrasings[0], date(2026, 11, 22))
    assert (verdict.action.value, verdict.reason) == ("confirm", "no certificate: confirm only")
    assert verdict.candidates[0].entry.id == SMALL.entries[0].id
