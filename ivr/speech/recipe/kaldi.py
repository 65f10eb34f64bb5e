"""Writes the trained network as Kaldi's `final.mdl`: transition table and nnet3 network, as its readers expect them.

Input normalisation, batch norms and the division by class frequency are folded into the affine layers, so that the
file holds nothing but `FixedAffineComponent` and `RectifiedLinearComponent`.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ivr.speech.recipe import topology
from ivr.speech.recipe.features import COEFFICIENTS
from ivr.speech.recipe.network import OFFSETS
from ivr.speech.recipe.units import BLANK, CLASS_OF

_FREQUENCY_POWER: Final = 0.6
_SMALLEST_FREQUENCY: Final = 1e-5
_NORM_EPSILON: Final = 1e-5

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Affine:
    """y = matrix · x + bias."""

    matrix: Matrix
    bias: Matrix


def folded(checkpoint: dict[str, Any]) -> list[Affine]:
    """The network as plain affine layers with ReLU between. `checkpoint`: what `network.train` saved."""
    weights = {name: tensor.double().numpy() for name, tensor in checkpoint["weights"].items()}
    scale = weights["inverse_deviation"]
    shift = -weights["mean"] * scale
    layers = []
    for place, offsets in enumerate(OFFSETS):
        matrix, bias = weights[f"layers.{place}.weight"], weights[f"layers.{place}.bias"]
        layers.append(_with_input(matrix, bias, np.tile(scale, len(offsets)), np.tile(shift, len(offsets))))
        # What the norm after this layer does is done at the entrance of the next.
        scale = weights[f"norms.{place}.weight"] / np.sqrt(weights[f"norms.{place}.running_var"] + _NORM_EPSILON)
        shift = weights[f"norms.{place}.bias"] - scale * weights[f"norms.{place}.running_mean"]
    last = _with_input(weights["output.weight"], weights["output.bias"], scale, shift)
    frequency = np.maximum(checkpoint["frequency"].double().numpy(), _SMALLEST_FREQUENCY)
    return [*layers, Affine(last.matrix, last.bias - _FREQUENCY_POWER * np.log(frequency))]


def write_model(checkpoint: dict[str, Any], file: Path) -> None:
    """Write `final.mdl`."""
    layers = folded(checkpoint)
    file.write_bytes(b"\0B" + _transition_model() + _network(layers))


def _with_input(matrix: Matrix, bias: Matrix, scale: Matrix, shift: Matrix) -> Affine:
    return Affine(matrix * scale[None, :], bias + matrix @ shift)


def _token(word: str) -> bytes:
    return word.encode() + b" "


def _integer(value: int) -> bytes:
    return b"\4" + struct.pack("<i", value)


def _single(value: float) -> bytes:
    return b"\4" + struct.pack("<f", value)


def _integers(values: list[int]) -> bytes:
    return _integer(len(values)) + np.array(values, "<i4").tobytes()


def _vector(values: Matrix | list[float]) -> bytes:
    return _token("FV") + _integer(len(values)) + np.asarray(values, "<f4").tobytes()


def _matrix(values: Matrix) -> bytes:
    """Kaldi's compressed matrix of two bytes a number: half the file, and no error anyone could hear."""
    low, span = float(values.min()), float(np.ptp(values))
    steps = np.rint((values - low) / span * 65535).astype("<u2")
    return _token("CM2") + struct.pack("<ffii", low, span, *values.shape) + steps.tobytes()


def _transition_model() -> bytes:
    phones = range(1, topology.PHONES + 1)
    # One shape for all: state 0 stays or goes to state 1, the end.
    states = ((0, ((0, topology.STAYS), (1, 1 - topology.STAYS))), (-1, ()))
    parts = [
        _token("<TransitionModel>"),
        _token("<Topology>"),
        _integers(list(phones)),
        _integers([-1, *[0] * len(phones)]),
    ]
    parts += [_integer(1), _integer(len(states))]
    for state, moves in states:
        parts += [_integer(state), _integer(len(moves))]
        parts += [_integer(target) + _single(probability) for target, probability in moves]
    parts += [_token("</Topology>"), _token("<Triples>"), _integer(len(phones))]
    class_of = {topology.SILENCE: BLANK} | {phone: CLASS_OF[unit] for unit, phone in topology.PHONE_OF.items()}
    parts += [_integer(phone) + _integer(0) + _integer(class_of[phone]) for phone in phones]
    logs = [0.0, *[math.log(topology.STAYS), math.log(1 - topology.STAYS)] * len(phones)]
    parts += [
        _token("</Triples>"),
        _token("<LogProbs>"),
        _vector(logs),
        _token("</LogProbs>"),
        _token("</TransitionModel>"),
    ]
    return b"".join(parts)


def _network(layers: list[Affine]) -> bytes:
    plan, parts = [f"input-node name=input dim={COEFFICIENTS}"], []
    before = "input"
    for place, layer in enumerate(layers):
        last = place == len(layers) - 1
        name = "output" if last else f"layer{place + 1}"
        looks = (0,) if last else OFFSETS[place]
        seen = ", ".join(before if offset == 0 else f"Offset({before}, {offset})" for offset in looks)
        source = f"Append({seen})" if len(looks) > 1 else seen
        plan.append(f"component-node name={name}.affine component={name}.affine input={source}")
        parts.append(_affine(f"{name}.affine", layer))
        if not last:
            plan.append(f"component-node name={name}.relu component={name}.relu input={name}.affine")
            parts.append(_relu(f"{name}.relu", len(layer.bias)))
            before = f"{name}.relu"
    plan.append("output-node name=output input=output.affine objective=linear")
    head = (
        _token("<Nnet3>")
        + b"\n"
        + ("\n".join(plan) + "\n\n").encode()
        + _token("<NumComponents>")
        + _integer(len(parts))
    )
    tail = _token("</Nnet3>") + _token("<LeftContext>") + _integer(0) + _token("<RightContext>") + _integer(0)
    return head + b"".join(parts) + tail + _token("<Priors>") + _vector([])


def _affine(name: str, layer: Affine) -> bytes:
    open_, close = _token("<FixedAffineComponent>"), _token("</FixedAffineComponent>")
    inside = _token("<LinearParams>") + _matrix(layer.matrix) + _token("<BiasParams>") + _vector(layer.bias)
    return _token("<ComponentName>") + _token(name) + open_ + inside + close


def _relu(name: str, size: int) -> bytes:
    open_, close = _token("<RectifiedLinearComponent>"), _token("</RectifiedLinearComponent>")
    none = _token("<ValueAvg>") + _vector([]) + _token("<DerivAvg>") + _vector([])
    count = _token("<Count>") + b"\x08" + struct.pack("<d", 0.0)
    return _token("<ComponentName>") + _token(name) + open_ + _token("<Dim>") + _integer(size) + none + count + close
