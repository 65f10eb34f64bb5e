"""How often the detector is wrong: false alarms and misses on mixtures generated here, the same on every machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.heard import Listener, Reference
from sim.sound import RATE, Samples, alaw_codes, alaw_samples
from sim.voice import VARIANTS, Voice, speak

TEXTS = (
    "您好,这里是郑州座席,请问有什么可以帮您?个人所得税汇算清缴请在六月三十日之前办理。",
    "我想问一下,增值税发票怎么申请,小规模纳税人需要准备什么材料?",
    "洛阳市税务局为您解答,社保费缴纳可以在网上办理,也可以到大厅来。",
    "喂,你好,我是开封的纳税人,我想咨询一下契税和房产税的问题。",
    "欢迎致电河南税务热线,正在为您接通人工服务,请您稍候不要挂机。",
    "我的公司去年搬到许昌,想了解一下企业所得税的优惠政策。",
    "请问残疾人就业保障金怎么申报,今年的截止日期是哪一天?",
    "请您带上身份证和营业执照,到南阳市政务服务中心二楼办理。",
)
_NOISE = 20.0
"""Root mean square of the line's noise, 16-bit."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One kind of mixture."""

    mixture: str
    holds_it: bool
    recordings: int
    wrong_recordings: int
    """Holding it and not heard for a second; or not holding it and heard at all."""
    windows: int
    wrong_windows: int
    worst_z: float
    """The highest score where it should be low, the lowest where it should be high."""


def measure(threshold: float) -> list[Rate]:
    """False alarms in other speech, noise and music-like sound; misses in clean, mixed and gappy speech."""
    speech = [
        speak(text, Voice(variant, 155 + index % 5 * 9, 32 + index % 4 * 11))
        for index, (text, variant) in enumerate(zip(TEXTS, VARIANTS, strict=True))
    ]
    rates = [
        _rate("other speaker, other words", False, _others(speech), threshold),
        _rate("two other speakers at once", False, _two_others(speech), threshold),
        _rate("noise", False, ((s, _line(np.zeros(len(s)), 800.0, i)) for i, s in enumerate(speech)), threshold),
        _rate("chords", False, ((s, _line(_chords(len(s)), _NOISE, i)) for i, s in enumerate(speech)), threshold),
        _rate("clean", True, ((s, _line(s, _NOISE, i)) for i, s in enumerate(speech)), threshold),
    ]
    rates += [
        _rate(f"{below} dB under another speaker", True, _mixed(speech, below), threshold) for below in (0, 6, 12, 18)
    ]
    rates.append(_rate("one packet in twenty lost", True, _lossy(speech), threshold))
    return rates


def table(rates: Sequence[Rate]) -> str:
    """The rates as text."""
    lines = [f"{'recording':34} {'wrong recordings':>18} {'wrong windows':>20} {'worst z':>8}"]
    for rate in rates:
        kind = "miss" if rate.holds_it else "false alarm"
        recordings = f"{rate.wrong_recordings}/{rate.recordings}"
        share = rate.wrong_windows / rate.windows if rate.windows else 0.0
        windows = f"{rate.wrong_windows}/{rate.windows} {share:7.2%}"
        lines.append(f"{rate.mixture:34} {f'{kind} {recordings}':>18} {windows:>20} {rate.worst_z:8.1f}")
    return "\n".join(lines)


def _rate(mixture: str, holds_it: bool, pairs: Iterator[tuple[Samples, Samples]], threshold: float) -> Rate:
    recordings = wrong = windows = wrong_windows = 0
    scores = []
    for reference, recording in pairs:
        listener = Listener(Reference("", reference), threshold)
        listener.feed(recording)
        hits = len(listener.hits())
        recordings += 1
        windows += len(listener.windows)
        wrong += (listener.seconds() < 1.0) if holds_it else hits > 0
        wrong_windows += len(listener.windows) - hits if holds_it else hits
        scores += [hit.z for hit in listener.windows]
    worst = (min if holds_it else max)(scores, default=0.0)
    return Rate(mixture, holds_it, recordings, wrong, windows, wrong_windows, round(float(worst), 1))


def _others(speech: Sequence[Samples]) -> Iterator[tuple[Samples, Samples]]:
    for i, reference in enumerate(speech):
        for j, other in enumerate(speech):
            if i != j:
                yield reference, _line(other, _NOISE, i * 10 + j)


def _two_others(speech: Sequence[Samples]) -> Iterator[tuple[Samples, Samples]]:
    count = len(speech)
    for i, reference in enumerate(speech):
        for step in (1, 2, 3):
            first, second = speech[(i + step) % count], speech[(i + step + 3) % count]
            yield reference, _line(first + np.resize(second, len(first)), _NOISE, i * 10 + step)


def _mixed(speech: Sequence[Samples], below: int) -> Iterator[tuple[Samples, Samples]]:
    count = len(speech)
    for i, reference in enumerate(speech):
        for step in (1, 3, 5):
            louder = np.resize(speech[(i + step) % count], len(reference))
            yield reference, _line(reference * 10 ** (-below / 20) + louder, _NOISE, i * 10 + step)


def _lossy(speech: Sequence[Samples]) -> Iterator[tuple[Samples, Samples]]:
    for i, reference in enumerate(speech):
        packets = _line(reference, _NOISE, i)
        packets = packets[: len(packets) // 160 * 160].reshape(-1, 160).copy()
        packets[np.random.default_rng(i).random(len(packets)) < 0.05] = 0
        yield reference, packets.reshape(-1)


def _chords(length: int) -> Samples:
    at = np.arange(length) / RATE
    step = (at * 2).astype(int) % 4
    roots = np.array([262.0, 330.0, 392.0, 349.0])[step]
    return sum((1500 * np.sin(2 * np.pi * roots * ratio * at) for ratio in (1.0, 1.25, 1.5, 2.0)), np.zeros(length))


def _line(samples: Samples, noise: float, seed: int) -> Samples:
    """As a telephone carries it."""
    loud = samples + np.random.default_rng(seed).normal(0, noise, len(samples))
    return alaw_samples(alaw_codes(loud))
