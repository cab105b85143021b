"""Synthesised pieces of music whose structure is known by construction."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.music.notes import SCALES, Note
from symscope.music.synthesis import synthesise

STRUCTURES = ("loop", "palindrome", "drone", "inversion", "none")

TEMPO = (60.0, 150.0)
"""Beats a minute."""

STEPS = (16, 32)
"""Beats of a piece."""

BAR, REPEATS = (4, 8), (3, 6)
"""Beats of what a loop repeats, and how often it sounds."""

SPAN = (12, 20)
"""Semitones between the lowest and the highest note."""

ROOT = (45, 60)
"""MIDI number of the lowest note: A2 to C4."""

RESTS, HELD = 0.1, 0.3
"""Shares of beats without a note, and of notes that last two beats."""

# What a player adds: shares and standard deviations.
LATE = 0.03  # of a beat
UNEVEN = 0.15  # of the loudness
MISTUNED = 0.06  # semitones
WRONG = 0.03  # notes that are left out, and as many that are others

HELD_NOTES = (2, 4)
"""Notes of a drone."""

LEAST_PITCHES = 2


@dataclass(frozen=True)
class DrawnPiece:
    """A piece and what it was made to be.

    Attributes
    ----------
    structure : one of STRUCTURES
    notes : what sounds
    seconds : its length
    partials : amplitudes of the tones' partials
    period : seconds of what a loop repeats, or None
    """

    structure: str
    notes: tuple[Note, ...]
    seconds: float
    partials: tuple[float, ...]
    period: float | None = None

    def samples(self) -> NDArray[np.float32]:
        """Make the sound."""
        return synthesise(self.notes, self.seconds, partials=self.partials)

    def shuffled(self, rng: Generator) -> "DrawnPiece":
        """Return the same notes, of the same lengths, at other times: no structure is left."""
        ends = [max(0.0, self.seconds - note.seconds) for note in self.notes]
        notes = tuple(
            replace(note, start=float(rng.uniform(0, end)))
            for note, end in zip(self.notes, ends, strict=True)
        )
        return DrawnPiece("none", notes, self.seconds, self.partials)


def draw(structure: str, rng: Generator) -> DrawnPiece:
    """Draw a piece of one of STRUCTURES: tempo, scale, notes, timbre and the player's noise."""
    beat = 60 / rng.uniform(*TEMPO)
    partials = (1.0, *(float(rng.uniform(0.1, 0.6)) / n for n in range(2, rng.integers(2, 6))))
    beats, bars, period = int(rng.integers(STEPS[0], STEPS[1] + 1)), 1, None
    if structure == "loop":
        bars = int(rng.integers(REPEATS[0], REPEATS[1] + 1))
        bar = int(rng.integers(BAR[0], BAR[1] + 1))
        beats, period = bar * bars, bar * beat
    notes: list[Note] = []
    # A single note over and over has every symmetry there is.
    while len({note.pitch for note in notes}) < LEAST_PITCHES:
        notes = _MAKE[structure](beats // bars, _pitches(rng), rng)
    if structure == "loop":
        notes = [
            replace(note, start=note.start + number * beats // bars)
            for number in range(bars)
            for note in notes
        ]
    played = _played(notes, beats, rng)
    scaled = [replace(n, start=n.start * beat, seconds=n.seconds * beat) for n in played]
    return DrawnPiece(structure, tuple(scaled), beats * beat, partials, period)


def _pitches(rng: Generator) -> NDArray[np.int64]:
    """Notes of a random scale, between random ends."""
    steps = SCALES[str(rng.choice(list(SCALES)))]
    root, span = int(rng.integers(ROOT[0], ROOT[1] + 1)), int(rng.integers(SPAN[0], SPAN[1] + 1))
    return root + np.array([s for s in range(span + 1) if s % 12 in steps])


def _melody(beats: int, pitches: NDArray[np.int64], rng: Generator) -> list[Note]:
    """Draw one voice, in beats: notes of one or two beats, and rests."""
    notes, at = [], 0
    while at < beats:
        long = 2 if at + 2 <= beats and rng.random() < HELD else 1
        if rng.random() >= RESTS:
            notes.append(Note(at, long, float(rng.choice(pitches)), float(rng.uniform(0.6, 1.0))))
        at += long
    return notes


def _voices(beats: int, pitches: NDArray[np.int64], rng: Generator) -> list[Note]:
    """Draw one or two voices."""
    return [n for _ in range(int(rng.integers(1, 3))) for n in _melody(beats, pitches, rng)]


def _palindrome(beats: int, pitches: NDArray[np.int64], rng: Generator) -> list[Note]:
    first = _voices(-(-beats // 2), pitches, rng)
    return first + [replace(n, start=beats - n.start - n.seconds) for n in first]


def _inversion(beats: int, pitches: NDArray[np.int64], rng: Generator) -> list[Note]:
    """A voice, and at the same time its mirror image in pitch."""
    voice = _melody(beats, pitches, rng)
    axis = float(pitches[0]) - int(rng.integers(1, 5)) / 2
    return voice + [replace(n, pitch=2 * axis - n.pitch) for n in voice]


def _drone(beats: int, pitches: NDArray[np.int64], rng: Generator) -> list[Note]:
    count = int(rng.integers(HELD_NOTES[0], HELD_NOTES[1] + 1))
    chosen = rng.choice(pitches, count, replace=False)
    return [Note(0, beats, float(pitch), float(rng.uniform(0.6, 1.0))) for pitch in chosen]


_MAKE: dict[str, Callable[[int, NDArray[np.int64], Generator], list[Note]]] = {
    "loop": _voices,
    "palindrome": _palindrome,
    "drone": _drone,
    "inversion": _inversion,
    "none": _voices,
}


def _played(notes: list[Note], beats: int, rng: Generator) -> list[Note]:
    """Play notes as a person would: a little late, uneven, out of tune, and some of them wrong."""
    played = []
    for note in notes:
        chance = rng.random() if len(notes) > HELD_NOTES[1] else 1.0
        if chance < WRONG:
            continue
        pitch = note.pitch + (float(rng.choice([-2, -1, 1, 2])) if chance < 2 * WRONG else 0.0)
        played.append(
            Note(
                note.start + LATE * float(rng.normal()),
                note.seconds,
                pitch + MISTUNED * float(rng.normal()),
                float(np.clip(note.loudness * (1 + UNEVEN * rng.normal()), 0.2, 1.0)),
            )
        )
    return played
