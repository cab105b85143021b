"""Score loops as rooms, players and recordings change them: what is still heard, and what not.

    python benchmarks/bench_hard_sounds.py --json [--quick] [--seed S] [--loops N]

Drawn loops of known period (as in `symscope evaluate sound`) are scored as they are, and with one
thing changed each: vibrato, reverberation, drums and noise, a tempo that drifts, a fade. For each
change: how many are named a loop, and how many have their period within 1 %. `beats` is the
control: drums alone, whose beat is another period than the loop's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from machine import options_of
from symscope import score_many
from symscope.evaluation.pieces import DrawnPiece, draw
from symscope.io.sounds import SoundWindow, Stretch
from symscope.music.synthesis import RATE

Samples = NDArray[np.float32]

NETWORKS = 4
CLOSE = 0.01

VIBRATO = (5.5, 0.02)  # a second, and its depth: a third of a semitone either way
ROOM, CHURCH = (1.2, 0.5), (4.0, 1.0)  # seconds until it is 60 dB down, and its loudness
DRUMS = 8  # strokes a period
HISS = 0.01
DRUM, LOUD_DRUM = (0.15, 0.25), (0.6, 1.0)  # least and greatest loudness of a stroke
DRIFT, GREAT_DRIFT = 0.01, 0.05  # faster at the end than in the middle, slower at the beginning
FADE = 0.1  # what is left of the loudness at the end


def vibrato(piece: DrawnPiece, _: Generator) -> Samples:
    """Let the pitch waver."""
    samples = piece.samples()
    rate, depth = VIBRATO
    time = np.arange(len(samples)) / RATE
    moved = time + depth * np.sin(2 * np.pi * rate * time) / (2 * np.pi * rate)
    return np.interp(moved, time, samples).astype(np.float32)


def reverberant(
    piece: DrawnPiece, rng: Generator, seconds: float = ROOM[0], loudness: float = ROOM[1]
) -> Samples:
    """Put the piece into a room: decaying noise as its response."""
    samples = piece.samples()
    time = np.arange(round(seconds * RATE)) / RATE
    room = rng.normal(size=len(time)) * 10 ** (-3 * time / seconds)
    room *= loudness / np.sqrt((room**2).sum())
    return (samples + fftconvolve(samples, room)[: len(samples)]).astype(np.float32)


def drummed(piece: DrawnPiece, rng: Generator, loudness: tuple[float, float] = DRUM) -> Samples:
    """Add drums, and a recorder's hiss."""
    return piece.samples() + beats(piece, rng, loudness)


def beats(piece: DrawnPiece, rng: Generator, loudness: tuple[float, float] = DRUM) -> Samples:
    """Strike a drum many times in a period, every stroke a little different."""
    assert piece.period is not None
    total = HISS * rng.normal(size=round(piece.seconds * RATE))
    time = np.arange(round(0.15 * RATE)) / RATE
    for stroke in np.arange(0, piece.seconds - 0.2, piece.period / DRUMS):
        noise = rng.normal(size=len(time)) * np.exp(-time / 0.03)
        kick = np.sin(2 * np.pi * 70 * time) * np.exp(-time / 0.06)
        start = round(stroke * RATE)
        total[start : start + len(time)] += rng.uniform(*loudness) * (0.5 * noise + kick)
    return total.astype(np.float32)


def drifting(piece: DrawnPiece, _: Generator, drift: float = DRIFT) -> Samples:
    """Play faster and faster."""
    moved = [
        replace(note, start=note.start * (1 + drift * (1 - note.start / piece.seconds)))
        for note in piece.notes
    ]
    return replace(piece, notes=tuple(moved)).samples()


def fading(piece: DrawnPiece, _: Generator) -> Samples:
    """Play softer and softer."""
    samples = piece.samples()
    return (samples * np.linspace(1, FADE, len(samples))).astype(np.float32)


CHANGES: dict[str, Callable[[DrawnPiece, Generator], Samples]] = {
    "as drawn": lambda piece, _: piece.samples(),
    "vibrato": vibrato,
    "a room": reverberant,
    "a church": lambda piece, rng: reverberant(piece, rng, *CHURCH),
    "drums and noise": drummed,
    "loud drums": lambda piece, rng: drummed(piece, rng, LOUD_DRUM),
    "tempo drifts by 1 %": drifting,
    "tempo drifts by 5 %": lambda piece, rng: drifting(piece, rng, GREAT_DRIFT),
    "fade": fading,
    "beats": beats,
}


def measured(seed: int, loops: int) -> dict[str, Any]:
    """Score every loop under every change."""
    pieces = [draw("loop", np.random.default_rng([seed, i])) for i in range(loops)]
    rng = np.random.default_rng([seed, loops])
    names, windows, periods = [], [], []
    for name, change in CHANGES.items():
        for piece in pieces:
            stretch = Stretch(0.0, RATE, change(piece, rng))
            windows.append(SoundWindow(name, stretch, ""))
            names.append(name)
            periods.append(piece.period)
    found: dict[str, Any] = {
        name: {"named_loop": 0, "period_within_1_percent": 0, "of": loops} for name in CHANGES
    }
    scores = score_many(windows, networks=NETWORKS, seed=seed, classifier="paper")
    for name, period, score in zip(names, periods, scores, strict=True):
        structures = score.music.structures if score.music else ()
        found[name]["named_loop"] += bool(structures) and structures[0].symbol == "T_n in time"
        heard = [one.seconds for one in structures if one.symbol == "T_n in time"]
        close = bool(heard) and abs(heard[0] / period - 1) <= CLOSE
        found[name]["period_within_1_percent"] += close
    return {"seed": seed, "networks": NETWORKS, "changes": found}


def main() -> None:
    """Print the figures as one JSON object, or as lines."""
    parser = options_of(__doc__, "two loops", seed=1)
    parser.add_argument("--loops", type=int, default=10)
    options = parser.parse_args()
    figures = measured(options.seed, 2 if options.quick else options.loops)
    if options.json:
        print(json.dumps(figures))
        return
    for name, line in figures["changes"].items():
        within = line["period_within_1_percent"]
        print(f"{name:20} named {line['named_loop']}, period {within}, of {line['of']}")


if __name__ == "__main__":
    main()
