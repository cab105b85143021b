"""Notes, the scales they are taken from, and how a picture is read as notes.

Columns are time and rows are pitch, as on a sheet of music: a picture that is its own mirror image
becomes a palindrome (left and right) or its own inversion (up and down), a frieze becomes a loop,
stripes a drone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import Constant, UsageError, among

SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
}
"""Semitones above the root, within an octave. Chromatic and whole-tone steps are all equal: only
they keep an up-down mirror exactly."""

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

LOWEST, HIGHEST = 21, 108
"""Keys of a piano, as MIDI numbers: 27.5 to 4186 Hz, what speakers give and ears tell apart."""

QUIETEST = 0.35
"""Loudness of the darkest place that sounds, of 1 for the brightest: all can be heard."""


@dataclass(frozen=True)
class Note:
    """One tone.

    Attributes
    ----------
    start, seconds : when it begins and how long it lasts
    pitch : MIDI number, 69 is A4 (440 Hz); parts of a semitone are allowed
    loudness : amplitude, 0 … 1
    """

    start: float
    seconds: float
    pitch: float
    loudness: float = 1.0


def parse_note(name: str) -> int:
    """Return the MIDI number of a note's name.

    Raises
    ------
    UsageError
        If it is none, or lies off the piano.

    >>> parse_note("A4"), parse_note("c#3"), parse_note("Bb2")
    (69, 49, 46)
    """
    found = re.fullmatch(r"([A-Ga-g])([#♯b♭]?)(-?\d)", name.strip())
    if found is None:
        raise UsageError(f"found {name!r}, expected a note such as C3, F#4 or Bb2")
    letter, sign, octave = found.groups()
    number = LETTERS[letter.upper()] + 12 * (int(octave) + 1)
    number += {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(sign, 0)
    if not LOWEST <= number <= HIGHEST:
        raise UsageError(f"found the note {name}, expected one of a piano: A0 to C8")
    return number


def scale_pitches(scale: str, root: int, count: int) -> tuple[int, ...]:
    """Return the first notes of a scale from its root upwards, as MIDI numbers.

    Raises
    ------
    UsageError
        If there is no such scale, or it would end above a piano's keys.

    >>> scale_pitches("major", 60, 8)
    (60, 62, 64, 65, 67, 69, 71, 72)
    """
    if scale not in SCALES:
        raise UsageError(f"found the scale {scale!r}, expected {among(scale, SCALES)}")
    steps = SCALES[scale]
    found = tuple(root + 12 * (i // len(steps)) + steps[i % len(steps)] for i in range(count))
    if found[-1] > HIGHEST:
        most = sum(
            12 * (i // len(steps)) + steps[i % len(steps)] <= HIGHEST - root for i in range(count)
        )
        raise UsageError(
            f"found {count} notes of the {scale} scale from {root} (MIDI) upwards, which end above "
            f"a piano: give at most {most}, or a lower root"
        )
    return found


def notes_of(
    levels: NDArray[Any], grey: NDArray[Any], pitches: Sequence[int], seconds: float
) -> list[Note]:
    """Read a sketch as notes: where it is light something sounds, the brighter the louder.

    Neighbours in a row are one note that is held, as loud as their mean.

    Parameters
    ----------
    levels : (R, C), 0 silent, above 0 sounding; rows from the top
    grey : (R, C) in 0 … 1
    pitches : R MIDI numbers, of the lowest row first
    seconds : length of the piece

    Raises
    ------
    Constant
        If nothing sounds.

    >>> [n.pitch for n in notes_of(np.eye(2), np.eye(2), (60, 62), 1.0)]
    [62, 60]
    """
    sounding = np.asarray(levels) > 0
    if not sounding.any():
        raise Constant(
            "found nothing that sounds: try another --sketch, or a picture with contrast"
        )
    low, high = float(grey[sounding].min()), float(grey[sounding].max())
    bright = (grey - low) / max(high - low, 1e-9)
    step = seconds / sounding.shape[1]
    found = []
    for row, pitch in zip(range(len(sounding)), reversed(pitches), strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding[row].astype(int), [0]])))
        for begin, end in edges.reshape(-1, 2):
            loudness = QUIETEST + (1 - QUIETEST) * float(bright[row, begin:end].mean())
            found.append(Note(begin * step, (end - begin) * step, pitch, loudness))
    return sorted(found, key=lambda note: (note.start, -note.pitch))
