"""The only door for sounds: a file becomes windows of samples, one at a time, however long it is.

A sound is read in blocks, mixed down to one channel, and cut into windows; no more than one window
is ever held. The bytes are decoded by libsndfile: here, or (of strangers) in a
process of its own: ``listen_apart``.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, NotFinite, TooLarge, TooSmall, Unreadable, UsageError
from symscope.io.paths import (
    NAME_WIDTH,
    SOUNDS,
    TEXT_BYTES,
    fragment,
    opened,
    printable,
    seems,
    split_fragment,
)
from symscope.io.sandbox import Sandbox, Task

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

FORMATS = "WAV, FLAC, OGG, MP3 or AIFF"

DECODING = Task(
    "symscope.io.sandbox_worker:sound",
    "decodes sounds",
    "found a sound on which its decoder {how}, expected a whole one; save or download it again",
    "found a sound that takes longer than {seconds:g} seconds to decode, or too much memory, "
    "expected less; save it again as WAV",
)

DECODING_SECONDS = 30.0
"""For a process to decode one window: MP3, the slowest, takes a second for ten minutes."""

DECODING_ROOM = 512 << 20
"""Bytes a process may take: one window of ten minutes at 96,000 samples a second, twice."""


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


def decoded_apart(file: BinaryIO, part: Part) -> Iterator[Stretch]:
    """Decode a sound as ``decoded`` does, in a process that may fail.

    A file that crashes the decoder or takes too long becomes Unreadable. The process ends with the
    last window, or when the iterator is closed.

    Raises
    ------
    InputError
    SymscopeError
        The process cannot be started.
    """
    sandbox = Sandbox(DECODING, asdict(part), DECODING_ROOM, DECODING_SECONDS, stdin=file)
    try:
        while True:
            with sandbox.exchange() as header:
                if header == {"end": 1}:
                    return
                start, rate, count = (header.get(key) for key in ("start", "rate", "samples"))
                if type(rate) is not int or type(count) is not int:
                    raise ValueError("a stretch of no size")
                most = math.ceil((1 + LAST) * part.window * rate) + 1
                if not (0 < rate <= MOST_RATE and 0 < count <= most):
                    raise ValueError("a stretch that is too long")
                if not (isinstance(start, int | float) and 0 <= start < math.inf):
                    raise ValueError("a stretch at no time")
                stretch = Stretch(float(start), rate, sandbox.array((count,), np.float32))
            yield stretch
    finally:
        sandbox.stop()


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
    if not LEAST_SECONDS <= window <= MOST_SECONDS:
        raise UsageError(
            f"found --window {window:g}, expected {LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds"
        )
    path = os.fsdecode(source)
    name, start, end = split_fragment(path)
    part = Part(window if end is None else min(MOST_SECONDS, end - start), start, end)
    try:
        if part.window <= 0:
            raise TooSmall(f"found #t={start:g},{end:g}, expected an end after the start")
        with opened(name, "sound") as file:
            if not os.fstat(file.fileno()).st_size:
                raise Unreadable(f"found 0 bytes, expected {FORMATS}; record or download it again")
            if other := "" if SOUNDS.match(start := file.read(TEXT_BYTES)) else seems(start):
                raise Unreadable(f"found {other}, expected {FORMATS}; name what holds the sound")
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            before: Stretch | None = None
            named = path
            for stretch in decode(file, part):
                if before is not None:
                    yield SoundWindow(name + fragment(before.start, before.end), before, digest)
                    named = name + fragment(stretch.start, stretch.end)
                before = stretch
            # A sound that is one window has the path by which it was called.
            if before is not None:
                yield SoundWindow(named, before, digest)
    except InputError as error:
        yield Broken(path, type(error)(f"{printable(path, NAME_WIDTH)}: {error}"))


def listen_apart(source: Any, window: float) -> Iterator[SoundWindow | Broken]:
    """Read a sound as ``listen`` does, decoding it in a sandbox."""
    return listen(source, window, decode=decoded_apart)
