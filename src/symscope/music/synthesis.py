"""Notes to sound by adding up sines, each note symmetric in time: a palindrome stays one."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from symscope.music.notes import Note

RATE = 22050
"""Samples a second: the highest note of a piano has five partials below half of it."""

FADE = 0.02
"""Seconds of rise and of fall, at most half of a note: as short as no click allows."""

PARTIALS = (1.0, 0.25, 0.1)
"""Amplitudes of a tone's first partials: soft, as of a flute; chosen by ear in no trial."""

PEAK = 0.9
"""Largest sample, of 1."""


def synthesise(
    notes: Iterable[Note],
    seconds: float,
    rate: int = RATE,
    partials: Sequence[float] = PARTIALS,
) -> NDArray[np.float32]:
    """Add up the tones of a piece.

    A tone is a sum of cosines about the middle of its note, under an envelope that rises and falls
    alike: the notes of a piece in reverse give the samples in reverse.

    Parameters
    ----------
    notes : what sounds
    seconds : length of the piece; what lies outside is cut off
    rate : samples a second
    partials : amplitudes of the tone's partials at 1, 2, 3 … times its frequency

    Returns
    -------
    array of shape (samples,), in -PEAK … PEAK

    >>> piece = synthesise([Note(0.0, 1.0, 69), Note(2.0, 1.0, 69)], 3.0)
    >>> bool(np.abs(piece - piece[::-1]).max() < 1e-5), piece.shape
    (True, (66150,))
    """
    count = round(seconds * rate)
    total = np.zeros(count, np.float64)
    for note in notes:
        begin = max(0, int(np.floor(note.start * rate)))
        end = min(count, int(np.ceil((note.start + note.seconds) * rate)))
        if end > begin:
            total[begin:end] += _tone(note, np.arange(begin, end), rate, partials)
    peak = float(np.abs(total).max(initial=0.0))
    return (total * (PEAK / peak if peak else 1.0)).astype(np.float32)


def _tone(
    note: Note, samples: NDArray[np.int64], rate: int, partials: Sequence[float]
) -> NDArray[np.float64]:
    """One tone at some samples; a sample lies in the middle of its stretch of time."""
    away = (samples + 0.5) / rate - (note.start + note.seconds / 2)
    fade = min(FADE, note.seconds / 2)
    rise = np.clip((note.seconds / 2 - np.abs(away)) / fade, 0.0, 1.0)
    frequency = 440.0 * 2 ** ((note.pitch - 69) / 12)
    tone = np.zeros(len(samples))
    for number, amplitude in enumerate(partials, start=1):
        if number * frequency < rate / 2:
            tone += amplitude * np.cos(2 * np.pi * number * frequency * away)
    return note.loudness * np.sin(np.pi / 2 * rise) ** 2 * tone
