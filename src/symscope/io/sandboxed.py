"""Strangers' pictures, sounds, signals, volumes and samples, decoded in a sandbox.

What can be checked is checked before anything is decoded, but a decoder with a fault may still
crash, spin or fill the memory. Here that costs one process and one file, nothing else.
"""

import math
import os
import subprocess
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symscope.errors import TooLarge
from symscope.field import Field
from symscope.io.grids import FINEST, SIDES, Grid
from symscope.io.images import Picture, picture_by
from symscope.io.inputs import MOST_POINTS, Input
from symscope.io.pixels import MIN_SIDE
from symscope.io.sandbox import Sandbox, Task
from symscope.io.sounds import LAST, MOST_RATE, Broken, Part, SoundWindow, Stretch, listen
from symscope.options import MOST_DIMENSIONS

PICTURE_SECONDS = 20.0
"""For a picture of up to 50 megapixels, and in proportion above; the slowest kinds take 0.2 s a
megapixel on a busy machine, so half of it is spare."""

MEGAPIXELS_IN_TIME = 50.0

BYTES_PER_PIXEL = 64
"""Memory for each pixel of the limit. Measured at ten megapixels: 20 to 32 bytes for eight and
sixteen bits a channel with opacity and a colour profile, 52 for four channels of 64 bits."""

SPARE_BYTES = 256 << 20
"""Memory beside the pixels: strips that inflate to more than they should, tables, profiles."""

SOUND_SECONDS = 30.0
"""For one window: MP3, the slowest, takes a second for ten minutes."""

SOUND_ROOM = 512 << 20
"""Bytes a process may take: one window of ten minutes at 96,000 samples a second, twice."""

FIELD_SECONDS = 120.0
"""For one file: 10⁹ voxels take some twenty seconds, and as much again where they are packed."""

FIELD_ROOM = 2 << 30
"""Bytes a process may take beside the file, which it may map: 10⁹ voxels, slab by slab, and a
signal of twenty million samples, need one gigabyte."""

UNITS = frozenset({"mm", "Å", "voxels", "samples", "time"})

PICTURES = Task(
    "pictures",
    "decodes pictures",
    "found a file on which its decoder {how}, expected a whole picture; save or download it again",
    "found a file that takes longer than {seconds:g} seconds to decode, expected less; "
    "save it again as PNG",
    killed_is_late=False,
)
SOUND = Task(
    "sound",
    "decodes sounds",
    "found a sound on which its decoder {how}, expected a whole one; save or download it again",
    "found a sound that takes longer than {seconds:g} seconds to decode, or too much memory, "
    "expected less; save it again as WAV",
)
FIELD = Task(
    "field",
    "reads signals and volumes",
    "found a file on which its reader {how}, expected a whole one; save or download it again",
    "it takes longer than {seconds:g} seconds to read, or too much memory; cut out a part, or "
    "average over blocks of samples first",
    TooLarge,
)


class GuardedReader:
    """Read pictures as `read_picture` does, decoding in a process that may fail.

    An instance is called as `read_picture` is, and answers with the same Picture, bit for bit,
    or the same errors. A file that crashes the decoder becomes Unreadable, and so does one that
    takes too long; one that needs too much memory becomes TooLarge. The next file is read by a
    new process.

    The process starts with the first picture, or on entering ``with``, and serves many. It holds
    a hard limit of memory (64 bytes for each pixel of ``max_megapixels``, and 256 MiB; Linux),
    may write no file and no core dump (POSIX), and ends when the reader is closed or its parent
    is gone. On Windows the limit of time is the only one. Files are opened here, not there, and
    their fingerprint is taken here; arrays are read here. Threads may share an instance; they
    wait for each other.

    Parameters
    ----------
    seconds : float
        Most time for one picture of up to 50 megapixels; in proportion with a higher limit.

    >>> with GuardedReader() as reader:
    ...     reader("sample:camera").grey.shape
    (512, 512)
    """

    def __init__(self, seconds: float = PICTURE_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._max_megapixels = MEGAPIXELS_IN_TIME

    def __call__(self, source: Any, *, max_megapixels: float = 50.0) -> Picture:
        """Read one picture; see `read_picture` for sources, limits and errors.

        Raises
        ------
        InputError, UsageError
            As `read_picture` does.
        SymscopeError
            The process cannot be started.
        """
        return picture_by(self._decoded, source, max_megapixels)

    def __enter__(self) -> "GuardedReader":
        with self._lock:
            self._started(MEGAPIXELS_IN_TIME)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later call starts another."""
        with self._lock:
            self._drop()

    def _decoded(
        self, data: bytes, max_megapixels: float
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        with self._lock:
            sandbox = self._started(max_megapixels)
            try:
                with sandbox.exchange():
                    sandbox.send(data)
                    return _believed_picture(sandbox, max_megapixels)
            finally:
                # After a crash, a time-out or Ctrl-C the rest of an answer may be in the pipe.
                if not sandbox.idle:
                    self._drop()

    def _started(self, max_megapixels: float) -> Sandbox:
        """Return a process that lives, is not that of a parent's fork, and has these limits."""
        sandbox = self._sandbox
        if sandbox is not None and (
            sandbox.owner != os.getpid()
            or self._max_megapixels != max_megapixels
            or sandbox.process.poll() is not None
        ):
            self._drop()
            sandbox = None
        if sandbox is None:
            room = SPARE_BYTES + int(BYTES_PER_PIXEL * max_megapixels * 1e6)
            seconds = self._seconds * max(1.0, max_megapixels / MEGAPIXELS_IN_TIME)
            sandbox = Sandbox(PICTURES, {"max_megapixels": max_megapixels}, room, seconds)
            if not sandbox.ready:
                sandbox.stop()
                raise sandbox.cannot_start(f"it ended with {sandbox.ending()}")
            self._sandbox, self._max_megapixels = sandbox, max_megapixels
            # Also where nobody closes: when this object is gone, or the interpreter ends.
            self._stop = weakref.finalize(self, sandbox.stop)
        return sandbox

    def _drop(self) -> None:
        if self._sandbox is not None:
            self._sandbox = None
            self._stop()


def _believed_picture(
    sandbox: Sandbox, max_megapixels: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    header = sandbox.header()
    rows, columns = header.get("rows"), header.get("columns")
    if type(rows) is not int or type(columns) is not int or min(rows, columns) < MIN_SIDE:
        raise ValueError("a picture of no size")
    if rows * columns > max_megapixels * 1e6:
        raise ValueError("a picture that is too large")
    grey = sandbox.array((rows, columns), np.float32)
    rgb = sandbox.array((rows, columns, 3), np.uint8)
    if grey.min() < 0 or grey.max() > 1:
        raise ValueError("grey outside 0..1")
    return grey, rgb


def listen_apart(source: Any, window: float) -> Iterator[SoundWindow | Broken]:
    """Read a sound as ``listen`` does, decoding it in a sandbox."""
    return listen(source, window, decode=decoded_apart)


def decoded_apart(file: BinaryIO, part: Part) -> Iterator[Stretch]:
    """Decode a sound as ``sounds.decoded`` does, in a process that may fail.

    A file that crashes the decoder or takes too long becomes Unreadable. The process ends with the
    last window, or when the iterator is closed.

    Raises
    ------
    InputError
    SymscopeError
        The process cannot be started.
    """
    sandbox = Sandbox(SOUND, asdict(part), SOUND_ROOM, SOUND_SECONDS, stdin=file)
    try:
        while True:
            with sandbox.exchange():
                stretch = _believed_stretch(sandbox, part)
            if stretch is None:
                return
            yield stretch
    finally:
        sandbox.stop()


def _believed_stretch(sandbox: Sandbox, part: Part) -> Stretch | None:
    header = sandbox.header()
    if header == {"end": 1}:
        return None
    start, rate, count = header.get("start"), header.get("rate"), header.get("samples")
    if type(rate) is not int or type(count) is not int or not isinstance(start, int | float):
        raise ValueError("a stretch of no size")
    most = math.ceil((1 + LAST) * part.window * rate) + 1
    if not (0 < rate <= MOST_RATE and 0 < count <= most and 0 <= start < math.inf):
        raise ValueError("a stretch that is too long")
    return Stretch(float(start), rate, sandbox.array((count,), np.float32))


def read_apart(
    name: str,
    dimension: int | None = None,
    *,
    frame: str = "crop",
    zoom: float = 1.0,
    seed: int = 0,
    seconds: float = FIELD_SECONDS,
) -> Input | None:
    """Read a signal, volume or samples as ``read_input`` does, in a process that may fail.

    Parameters
    ----------
    name : a path, whose ending says what it is
    dimension : 3 for a TIFF of many pages
    frame, zoom, seed : as for ``read_input``
    seconds : most time

    Returns
    -------
    Input or None
        None for what is a picture, such as an array of two axes.

    Raises
    ------
    InputError
        Whatever the content of the file; one on which the process crashes is Unreadable, one that
        needs too much time or memory is TooLarge.
    SymscopeError
        The process cannot be started.
    """
    wanted = {"name": name, "dimension": dimension, "frame": frame, "zoom": zoom, "seed": seed}
    room = FIELD_ROOM
    with suppress(OSError):
        room += os.path.getsize(name)
    # The process names the file itself where it refuses it.
    sandbox = Sandbox(FIELD, wanted, room, seconds, subprocess.DEVNULL, about=f"{name}: ")
    try:
        with sandbox.exchange():
            return _believed_input(name, sandbox)
    finally:
        sandbox.stop()


def _believed_input(name: str, sandbox: Sandbox) -> Input | None:
    header = sandbox.header()
    size, digest = header.get("dimension"), header.get("sha256", "")
    if type(size) is not int or not 1 <= size <= MOST_DIMENSIONS or not isinstance(digest, str):
        raise ValueError("a field of no dimension")
    if size == 2 and "sha256" not in header:
        return None
    if "points" in header:
        count = header["points"]
        if type(count) is not int or not 1 <= count <= MOST_POINTS:
            raise ValueError("too many points")
        coords = sandbox.array((count, size), np.float32)
        levels = sandbox.array((count,), np.int32)
        if np.abs(coords).max() > 1 or not np.isin(levels, (0, 1)).all():
            raise ValueError("points outside the frame")
        return Input(name, Field(coords, levels), None, digest)
    finer, unit = header.get("finer"), header.get("unit")
    if size not in SIDES or header.get("side") != SIDES[size] or unit not in UNITS:
        raise ValueError("a grid of no known kind")
    side = SIDES[size]
    if type(finer) is not int or not side <= finer <= FINEST[size] or finer % side:
        raise ValueError("a grid that is too fine")
    shape, centre = tuple(map(int, header["shape"])), tuple(map(float, header["centre"]))
    half, retained_variance = float(header["half"]), float(header["retained_variance"])
    if not (len(shape) == len(centre) == size and half > 0 and 0 <= retained_variance <= 1):
        raise ValueError("a grid at no place")
    if not all(map(math.isfinite, (*centre, half))):
        raise ValueError("a grid at no place")
    values = sandbox.array((side,) * size, np.float32)
    fine = sandbox.array((finer,) * size, np.float32)
    place = (shape, centre, half, unit, retained_variance, digest)
    grid = Grid(os.path.basename(name), values, fine, *place)
    return Input(name, Field.on_grid(grid.levels), grid, digest)
