"""Sound and notes as files: WAV, FLAC and OGG by libsndfile, MIDI by mido."""

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symscope.errors import UsageError
from symscope.music.notes import Note

KINDS = {"wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS")}
"""Endings of sound files, with libsndfile's names of format and coding."""

TICKS, TEMPO = 480, 500_000
"""Ticks a beat and microseconds a beat: a tick is about a millisecond."""

PROGRAM = 16
"""General MIDI's drawbar organ (numbered from 0): it holds a note as long as it is held."""


def sound_kind(path: Path, option: str) -> str:
    """Tell by its name what kind of file a sound shall be.

    Raises
    ------
    UsageError

    >>> sound_kind(Path("piece.FLAC"), "--out")
    'flac'
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in KINDS:
        endings = ", ".join(f".{known}" for known in KINDS)
        raise UsageError(f"{option} found {path.name}, expected a name that ends in {endings}")
    return kind


def sound_bytes(samples: NDArray[np.float32], rate: int, kind: str) -> bytes:
    """Encode samples (n,), in -1 … 1, as one of KINDS.

    >>> sound_bytes(np.zeros(10, np.float32), 22050, "wav")[:4]
    b'RIFF'
    """
    import soundfile

    file = io.BytesIO()
    name, coding = KINDS[kind]
    soundfile.write(file, samples, rate, format=name, subtype=coding)
    data = file.getvalue()
    return renumbered(data) if kind == "ogg" else data


def renumbered(data: bytes) -> bytes:
    """Give an Ogg stream the number 1: libsndfile draws one, and a piece must give one file.

    RFC 3533, section 6: a page has its stream's number at byte 14 and a checksum at byte 22.
    """
    pages, at = bytearray(data), 0
    while pages[at : at + 4] == b"OggS":
        segments = pages[at + 26]
        end = at + 27 + segments + sum(pages[at + 27 : at + 27 + segments])
        pages[at + 14 : at + 18] = (1).to_bytes(4, "little")
        pages[at + 22 : at + 26] = bytes(4)
        pages[at + 22 : at + 26] = _checksum(pages[at:end]).to_bytes(4, "little")
        at = end
    return bytes(pages)


def _checksum(page: bytes | bytearray) -> int:
    """CRC-32 of RFC 3533, section 6: polynomial 04c11db7, highest bit first, from 0."""
    table = _table()
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value


@cache
def _table() -> tuple[int, ...]:
    found = []
    for value in range(256):
        value <<= 24
        for _ in range(8):
            value = (value << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if value >> 31 else 0)
        found.append(value)
    return tuple(found)


def midi_bytes(notes: Iterable[Note]) -> bytes:
    """Encode notes as a MIDI file of one track; pitches are rounded to semitones.

    >>> midi_bytes([Note(0.0, 1.0, 60)])[:4]
    b'MThd'
    """
    import mido

    events = []
    for note in notes:
        pitch, velocity = round(note.pitch), max(1, min(127, round(127 * note.loudness)))
        # At one moment, what ends comes before what begins: a note may be struck again.
        events.append((_ticks(note.start), 1, pitch, velocity))
        events.append((_ticks(note.start + note.seconds), 0, pitch, 0))
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=TEMPO))
    track.append(mido.Message("program_change", program=PROGRAM))
    now = 0
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    file, whole = io.BytesIO(), mido.MidiFile(ticks_per_beat=TICKS)
    whole.tracks.append(track)
    whole.save(file=file)
    return file.getvalue()


def _ticks(seconds: float) -> int:
    return round(seconds * 1e6 / TEMPO * TICKS)
