"""How sure is sure: the certificate an index carries. Pure; numpy only.

A logistic curve over the signals of `knowledge.trials` turns a ranking into the chance that its first topic is right;
thresholds on that chance are the lowest that keep the promises of `Target`, on questions half of which are misheard.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.trials import Numbers, Trials


@dataclass(frozen=True, slots=True)
class Target:
    """What must hold, on questions left out, half of them misheard, before anything is answered at once."""

    precision: float = 0.95
    """Of questions we cover and answer, answered rightly."""
    exact_precision: float = 0.97
    """The same for amounts, deadlines and penalties."""
    strangers: float = 0.035
    """Of questions about matters we do not cover, their kind left out of the index, answered all the same: at most."""
    kin: float = 0.12
    """The same for topics of ours left out. Their nearest relatives stay in, so this is the harder test."""
    confirm: float = 0.6
    """Of questions asked back, strangers among them: the right topic is one of the two choices, at least."""


@dataclass(frozen=True, slots=True)
class Band:
    """One step of the reliability curve: between two chances, how many there were and how many were right."""

    low: float
    high: float
    n: int
    stated: float
    right: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """What `calibrate` found. Without one an answerer only asks back."""

    weights: tuple[float, ...]
    """Of the signals, in `signals`' order, the constant last."""
    answer_from: float
    exact_from: float
    confirm_from: float
    target: Target
    coverage: float
    """Share of covered questions answered at once, left out and half of them misheard."""
    precision: float
    strangers: float
    kin: float
    confirmed: float
    """Share of covered questions asked back with the right topic among the choices."""
    n: int
    curve: tuple[Band, ...]


def chance(signal_rows: Numbers, weights: Numbers | Sequence[float]) -> Numbers:
    """Chance that the first topic is right, per row."""
    found: Numbers = 1 / (1 + np.exp(-np.clip(signal_rows @ np.asarray(weights), -30, 30)))
    return found


def certify(covered: Trials, strangers: Trials, target: Target) -> Certificate:
    """The curve and thresholds that keep `target` on these trials."""
    trials = Trials.joined([covered, strangers])
    # Strangers weigh half: leaving a topic out leaves its nearest relatives in, which is harder than what callers ask.
    importance = np.where(trials.covered, 1.0, 0.5 * len(covered.right) / len(strangers.right))
    weights = _fit(trials.signals, trials.right.astype(np.float64), importance)
    stated = chance(covered.signals, weights)
    strange = chance(strangers.signals, weights)
    answer_from = max(
        _lowest(stated, covered.right, target.precision),
        _quantile(strange[~strangers.ours], 1 - target.strangers),
        _quantile(strange[strangers.ours], 1 - target.kin),
    )
    exact_from = max(_lowest(stated[covered.exact], covered.right[covered.exact], target.exact_precision), answer_from)
    at_once = stated >= np.where(covered.exact, exact_from, answer_from)
    wrongly = strange >= np.where(strangers.exact, exact_from, answer_from)
    chances = np.concatenate([stated, strange])
    left = ~np.concatenate([at_once, wrongly])
    confirm_from = min(_lowest(chances[left], trials.in_two[left], target.confirm, importance[left]), answer_from)
    asked_back = ~at_once & (stated >= confirm_from)
    return Certificate(
        weights=tuple(float(w) for w in weights),
        answer_from=answer_from,
        exact_from=exact_from,
        confirm_from=confirm_from,
        target=target,
        coverage=float(at_once.mean()),
        precision=_share(covered.right[at_once]),
        strangers=_share(wrongly[~strangers.ours]),
        kin=_share(wrongly[strangers.ours]),
        confirmed=float((asked_back & covered.in_two).mean()),
        n=len(trials.right),
        curve=tuple(_curve(stated, covered.right)),
    )


def _fit(rows: Numbers, right: Numbers, importance: Numbers) -> Numbers:
    """Logistic regression by Newton's method, lightly held to zero."""
    weights = np.zeros(rows.shape[1])
    hold = 1e-3 * importance.sum() / len(rows) * np.eye(rows.shape[1])
    for _ in range(25):
        stated = chance(rows, weights)
        bend = (importance * stated * (1 - stated))[:, None] * rows
        step = np.linalg.solve(rows.T @ bend + hold, rows.T @ (importance * (right - stated)) - hold @ weights)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _lowest(stated: Numbers, right: NDArray[np.bool_], wanted: float, importance: Numbers | None = None) -> float:
    """The lowest threshold above which at least `wanted` are right; just above 1 if there is none."""
    order = np.argsort(-stated)
    counts = np.ones(len(order)) if importance is None else importance[order]
    share = np.cumsum(right[order] * counts) / np.cumsum(counts)
    # A lucky handful at the top is no proof: fifty at least.
    good = np.flatnonzero((share >= wanted) & (np.arange(len(order)) >= 50))
    return float(stated[order][good[-1]]) if len(good) else 1.01


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0


def _quantile(values: Numbers, share: float) -> float:
    """Just above the value below which `share` of `values` lie: no more than the rest reach it, ties or not."""
    return float(np.nextafter(np.quantile(values, share, method="higher"), 2.0)) if len(values) else 0.0


def _curve(stated: Numbers, right: NDArray[np.bool_]) -> Iterator[Band]:
    edges = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
    for low, high in itertools.pairwise(edges):
        inside = (stated >= low) & ((stated < high) if high < 1 else (stated <= high))
        if inside.any():
            yield Band(low, high, int(inside.sum()), float(stated[inside].mean()), float(right[inside].mean()))
