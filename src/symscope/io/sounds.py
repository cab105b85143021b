"""The only door for sounds: a file becomes windows of samples, one at a time, however long it is.

A sound is read in blocks, mixed down to one channel, and cut into windows; no more than one window
is ever held. The bytes are decoded by libsndfile: here, or (of strangers) in a
process of its own, see ``sandboxed``.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symscope.errors import (
    InputError,
    MissingFile,
    NotFinite,
    TooLarge,
    TooSmall,
    Unreadable,
    UsageError,
)
from symscope.io.formats import MAGIC as PICTURES
from symscope.io.formats import SOUNDS
from symscope.io.images import one_line

SOUND_SUFFIXES = frozenset(".wav .flac .ogg .oga .opus .mp3 .aif .aiff .aifc".split())  # noqa: SIM905
"""Names by which sounds are known where their bytes say nothing."""

WINDOW = 30.0
"""Seconds of a window: a verse or a few phrases; what 64 columns can show of music."""

LEAST_SECONDS, MOST_SECONDS = 0.5, 600.0
"""Of a window: two notes; and what its time-pitch picture may take of memory (a gigabyte)."""

LAST = 0.25
"""A rest of the sound that is shorter than this share of a window is added to the one before."""

LEAST_RATE, MOST_RATE = 2_000, 768_000
"""Samples a second: below, no note above 1000 Hz is held; above, no recorder exists."""

MOST_CHANNELS = 256

BLOCK = 1 << 16
"""Frames read at a time."""

LATEST = 1e9
"""Seconds: a part that begins later is as good as one that never does (thirty years)."""

FORMATS = "WAV, FLAC, OGG, MP3 or AIFF"


@dataclass(frozen=True)
class Part:
    """Which part of a sound is heard: seconds from its beginning, and of one window."""

    window: float = WINDOW
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True, eq=False)
class Stretch:
    """Samples (n,) of one window, mixed down to one channel, as the file has them."""

    start: float
    rate: int
    samples: NDArray[np.float32]

    @property
    def end(self) -> float:
        """Seconds from the sound's beginning."""
        return self.start + len(self.samples) / self.rate


@dataclass(frozen=True, eq=False)
class SoundWindow:
    """One window of a sound, ready for its picture.

    Attributes
    ----------
    path : the file; with ``#t=START,END`` (W3C Media Fragments) where it has several windows
    stretch : its samples
    sha256 : fingerprint of the file's bytes
    """

    path: str
    stretch: Stretch
    sha256: str


@dataclass(frozen=True)
class Broken:
    """A sound, or the rest of one, that cannot be read."""

    path: str
    error: InputError


Decode = Callable[[BinaryIO, Part], Iterator[Stretch]]
"""From an open file to its windows; raises InputError."""


def is_sound(source: Any) -> bool:
    """Tell whether a path is that of a sound: by how it begins, else by its name.

    >>> is_sound("no/such/song.mp3"), is_sound("sample:camera"), is_sound(b"bytes")
    (True, False, False)
    """
    if not isinstance(source, str | os.PathLike):
        return False
    path, start = split_fragment(os.fsdecode(source))[0], b""
    with suppress(OSError, ValueError):
        if stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "rb") as file:
                start = file.read(12)
    if SOUNDS.match(start):
        return True
    if any(magic.match(start) for magic, _ in PICTURES):
        return False
    return named_as_sound(path)


def named_as_sound(path: str) -> bool:
    """Tell whether a name, with or without a part's fragment, ends as those of sounds do.

    >>> named_as_sound("song.MP3#t=0,30"), named_as_sound("song.png")
    (True, False)
    """
    return os.path.splitext(split_fragment(path)[0])[1].lower() in SOUND_SUFFIXES


def split_fragment(path: str) -> tuple[str, float, float | None]:
    """Split ``song.wav#t=30,60`` into the file, and start and end in seconds.

    >>> split_fragment("song.wav#t=30,60.5"), split_fragment("song.wav#t=5"), split_fragment("a")
    (('song.wav', 30.0, 60.5), ('song.wav', 5.0, None), ('a', 0.0, None))
    """
    parts = re.fullmatch(r"(.+)#t=(\d*\.?\d*)(?:,(\d+\.?\d*))?", path, re.DOTALL)
    if parts is None or os.path.lexists(path):
        return path, 0.0, None
    name, start, end = parts.groups()
    begins = min(float(start), LATEST) if start.strip(".") else 0.0
    return name, begins, min(float(end), LATEST) if end else None


def fragment(start: float, end: float | None) -> str:
    """Name a part of a sound as ``split_fragment`` takes it, to a microsecond: to the sample.

    >>> fragment(0.0, 185.432195), fragment(30.0, None)
    ('#t=0,185.432195', '#t=30')
    """
    return "#t=" + ",".join(
        f"{at:.6f}".rstrip("0").rstrip(".") for at in (start, end) if at is not None
    )


def check_window(seconds: float) -> None:
    """Refuse a window that is too short or too long.

    Raises
    ------
    UsageError
    """
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise UsageError(
            f"found --window {seconds:g}, expected {LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds"
        )


def decoded(file: BinaryIO | int, part: Part) -> Iterator[Stretch]:
    """Decode a sound window by window.

    Parameters
    ----------
    file : open for bytes, at its beginning; or a file's descriptor
    part : what is to be heard

    Yields
    ------
    Stretch

    Raises
    ------
    Unreadable, TooSmall, NotFinite
        Nothing else is raised for any content of a file.
    """
    import soundfile

    try:
        with soundfile.SoundFile(file, closefd=False) as sound:
            yield from _windows(sound, part)
    except InputError:
        raise
    except soundfile.LibsndfileError as error:
        raise Unreadable(
            f"found no sound that can be read ({_reason(error)}), expected {FORMATS}; "
            "convert it, or save it again"
        ) from error
    except MemoryError:
        raise TooLarge(
            "found a sound that does not fit into memory; use a shorter --window"
        ) from None
    except (RuntimeError, ValueError, TypeError, OSError, OverflowError) as error:
        raise Unreadable(
            f"found a damaged sound ({_reason(error)}), expected {FORMATS}; save it again"
        ) from error


def _windows(sound: Any, part: Part) -> Iterator[Stretch]:
    rate, channels = sound.samplerate, sound.channels
    if not LEAST_RATE <= rate <= MOST_RATE or not 1 <= channels <= MOST_CHANNELS:
        raise Unreadable(
            f"found {rate} samples a second in {channels} channels, expected {LEAST_RATE} to "
            f"{MOST_RATE} in 1 to {MOST_CHANNELS}; convert it, for example to WAV at 44100"
        )
    # What the header states may be far from the truth: it is only ever a limit.
    last = sound.frames if part.end is None else min(sound.frames, round(part.end * rate))
    at = round(part.start * rate)
    if at >= last:
        _nothing(part, sound.frames / rate)
    if at:
        sound.seek(at)
    whole = round(part.window * rate)
    while at < last:
        wanted = last - at if last - at < (1 + LAST) * whole else whole
        samples = _mono(sound, wanted)
        if not len(samples):
            if at == round(part.start * rate):
                _nothing(part, 0.0)
            return
        yield Stretch(at / rate, rate, samples)
        at += len(samples)
        if len(samples) < wanted:
            return


def _nothing(part: Part, seconds: float) -> None:
    if part.start:
        raise TooSmall(
            f"found {seconds:.1f} seconds of sound, expected some after second {part.start:g}"
        )
    raise TooSmall("found a sound without samples, expected some; record it again")


def _mono(sound: Any, frames: int) -> NDArray[np.float32]:
    """Read so many frames, or as many as there are, and average the channels."""
    blocks: list[NDArray[np.float32]] = []
    while frames > 0:
        block = sound.read(min(frames, BLOCK), dtype="float32", always_2d=True)
        if not len(block):
            break
        if not np.isfinite(block).all():
            raise NotFinite("found NaN or infinite samples, expected numbers; save it again")
        # In double precision: two samples near the largest float would overflow.
        blocks.append(block.mean(axis=1, dtype=np.float64).astype(np.float32))
        frames -= len(block)
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _reason(error: Exception) -> str:
    text = " ".join(str(getattr(error, "error_string", error)).split()).rstrip(".")
    return "".join(c if c.isprintable() else "?" for c in text)[:120] or "its parts do not fit"


def listen(
    source: str | os.PathLike[str], window: float = WINDOW, *, decode: Decode = decoded
) -> Iterator[SoundWindow | Broken]:
    """Read a sound window by window.

    Parameters
    ----------
    source : a path; ``#t=START,END`` after it chooses a part
    window : seconds
    decode : how bytes become samples

    Yields
    ------
    SoundWindow
        Two are held at a time, at most.
    Broken
        Once, at the end, where the sound or its rest cannot be read.

    Raises
    ------
    UsageError
        A window that is too short or too long.
    """
    check_window(window)
    path = os.fsdecode(source)
    name, start, end = split_fragment(path)
    part = Part(window if end is None else min(MOST_SECONDS, end - start), start, end)
    shown = one_line(path)
    try:
        if part.window <= 0:
            raise TooSmall(f"found #t={start:g},{end:g}, expected an end after the start")
        with _opened(name) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            yield from _named(name, decode(file, part), digest, path if name != path else None)
    except InputError as error:
        yield Broken(path, type(error)(f"{shown}: {error}"))


def _named(
    path: str, stretches: Iterator[Stretch], digest: str, given: str | None
) -> Iterator[SoundWindow]:
    """Give windows their paths: of a sound that is one window, the file's own."""
    before: Stretch | None = None
    alone = True
    for stretch in stretches:
        if before is not None:
            alone = False
            yield _fragment(path, before, digest)
        before = stretch
    if before is not None:
        plain = SoundWindow(given or path, before, digest)
        yield plain if alone else _fragment(path, before, digest)


def _fragment(path: str, stretch: Stretch, digest: str) -> SoundWindow:
    return SoundWindow(path + fragment(stretch.start, stretch.end), stretch, digest)


def _opened(path: str) -> BufferedReader:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise MissingFile("found a folder, expected one sound; name one of its files")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("found a device or pipe, expected a file; save the sound first")
        if not status.st_size:
            raise Unreadable(f"found 0 bytes, expected {FORMATS}; record or download it again")
        return open(path, "rb")
    except PermissionError:
        raise Unreadable("found a file that may not be read; change its permissions") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise MissingFile("found no such file, expected a sound; check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"the system cannot read it ({reason}); check the path") from error
