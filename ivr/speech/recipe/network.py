"""The acoustic network: eight layers over time, 0.5 s around each frame, trained with CTC.

PyTorch, one thread, seeded.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ivr.speech.recipe.distance import edits
from ivr.speech.recipe.features import COEFFICIENTS
from ivr.speech.recipe.sounds import Utterance
from ivr.speech.recipe.units import BLANK, UNITS

CLASSES: Final = len(UNITS) + 1
STRIDE: Final = 3
"""Frames a network output stands for: Vosk's `--frame-subsampling-factor`."""
# Offsets each layer looks at, in input frames; the second layer takes every third of them.
OFFSETS: Final = ((-2, -1, 0, 1, 2), (-1, 0, 1), *(((-STRIDE, 0, STRIDE),) * 6))
_LEFT: Final = -sum(offsets[0] for offsets in OFFSETS)
_RIGHT: Final = _LEFT + STRIDE - 1
_BATCH_FRAMES: Final = 3200
_LONGEST: Final = 1200
"""Frames; longer utterances are left out."""

log = logging.getLogger("recipe")


class Network(nn.Module):
    """Batch × frames × 40 in, batch × frames/3 × classes out (logits)."""

    def __init__(self, width: int, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("inverse_deviation", 1 / deviation)
        inputs = [COEFFICIENTS, *[width] * (len(OFFSETS) - 1)]
        self.layers = nn.ModuleList(
            nn.Linear(len(offsets) * size, width) for offsets, size in zip(OFFSETS, inputs, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in OFFSETS)
        self.output = nn.Linear(width, CLASSES)
        self.drop = nn.Dropout(0.08)

    def forward(self, frames: Tensor) -> Tensor:
        """`frames` are padded already (`padded`)."""
        x = (frames - self.mean) * self.inverse_deviation
        for place, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            looks = len(OFFSETS[place])
            step = STRIDE if place == 1 else 1
            count = (x.shape[1] - looks) // step + 1
            x = torch.cat([x[:, k : k + (count - 1) * step + 1 : step] for k in range(looks)], dim=-1)
            x = functional.relu(layer(x))
            x = norm(x.reshape(-1, x.shape[-1])).reshape(x.shape)
            if place in {3, 5, 7}:
                x = self.drop(x)
        logits: Tensor = self.output(x)
        return logits


def padded(utterances: Sequence[Utterance]) -> tuple[Tensor, Tensor]:
    """Features with edge frames repeated as Vosk repeats them, and the number of outputs of each."""
    longest = max(len(utterance.features) for utterance in utterances)
    frames = np.zeros((len(utterances), longest + _LEFT + _RIGHT, COEFFICIENTS), np.float32)
    for row, utterance in zip(frames, utterances, strict=True):
        end = _LEFT + len(utterance.features)
        row[:_LEFT], row[_LEFT:end], row[end:] = utterance.features[0], utterance.features, utterance.features[-1]
    return torch.from_numpy(frames), torch.tensor([(len(u.features) + 2) // STRIDE for u in utterances])


def train(utterances: list[Utterance], checked: list[Utterance], width: int, epochs: int, seed: int, out: Path) -> None:
    """Train on `utterances`, report unit errors on `checked`, write weights and class frequencies to `out`."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    dice = random.Random(seed)  # noqa: S311
    utterances = [one for one in utterances if len(one.features) <= _LONGEST]
    some = np.concatenate([one.features for one in utterances[:800]])
    deviation = torch.tensor(some.std(axis=0))
    network = Network(width, torch.tensor(some.mean(axis=0)), deviation)
    batches = list(_batches(sorted(utterances, key=lambda one: len(one.features))))
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=3e-3, total_steps=epochs * len(batches), pct_start=0.1
    )
    hours = sum(len(one.features) for one in utterances) / 360_000
    log.info("%.1f h in %d batches, %d weights", hours, len(batches), sum(p.numel() for p in network.parameters()))
    for epoch in range(epochs):
        began, total = time.monotonic(), 0.0
        network.train()
        dice.shuffle(batches)
        for batch in batches:
            loss = _loss(network, batch, deviation)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        errors = unit_errors(network, checked)
        log.info(
            "round %d: loss %.3f, unit errors %.1f %%, %.0f s",
            epoch + 1,
            total / len(batches),
            100 * errors,
            time.monotonic() - began,
        )
    torch.save({"weights": network.state_dict(), "width": width, "frequency": _frequency(network, batches[:40])}, out)


def _batches(utterances: list[Utterance]) -> Iterator[list[Utterance]]:
    """Neighbours in length together, at most `_BATCH_FRAMES` with padding."""
    batch: list[Utterance] = []
    for utterance in utterances:
        if batch and (len(batch) + 1) * len(utterance.features) > _BATCH_FRAMES:
            yield batch
            batch = []
        batch.append(utterance)
    if batch:
        yield batch


def _loss(network: Network, batch: list[Utterance], deviation: Tensor) -> Tensor:
    frames, outputs = padded(batch)
    # A random colour of the line for each utterance.
    frames = frames + torch.randn(len(batch), 1, COEFFICIENTS) * deviation * 0.12
    logs = functional.log_softmax(network(frames), dim=-1).transpose(0, 1)
    targets = torch.tensor([unit for one in batch for unit in one.units])
    lengths = torch.tensor([len(one.units) for one in batch])
    loss = functional.ctc_loss(logs, targets, outputs, lengths, blank=BLANK, zero_infinity=True, reduction="sum")
    return loss / max(int(lengths.sum()), 1)


def unit_errors(network: Network, utterances: Sequence[Utterance]) -> float:
    """Share of wrong units when the best class is taken frame by frame."""
    network.eval()
    wrong = total = 0
    with torch.no_grad():
        for batch in _batches(sorted(utterances, key=lambda one: len(one.features))):
            frames, outputs = padded(batch)
            for row, count, utterance in zip(network(frames).argmax(-1), outputs, batch, strict=True):
                best = row[: int(count)].tolist()
                heard = [unit for k, unit in enumerate(best) if unit != BLANK and (k == 0 or best[k - 1] != unit)]
                wrong += edits(heard, utterance.units)
                total += len(utterance.units)
    return wrong / max(total, 1)


def _frequency(network: Network, batches: Sequence[Sequence[Utterance]]) -> Tensor:
    """How often the network says each class: what it is divided by when it is used with a language model."""
    network.eval()
    total, count = torch.zeros(CLASSES), 0
    with torch.no_grad():
        for batch in batches:
            frames, outputs = padded(batch)
            for row, kept in zip(functional.softmax(network(frames), dim=-1), outputs, strict=True):
                total += row[: int(kept)].sum(0)
                count += int(kept)
    return total / count
