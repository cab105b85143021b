"""The only door for pictures: a path, bytes, an array or a sample's name becomes a Picture.

What can be checked is checked before anything is decoded, but a decoder with a fault may still
crash, spin or fill the memory. With a GuardedReader, that costs one process and one file, nothing
else.
"""

import glob
import hashlib
import math
import os
import re
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import (
    InputError,
    MissingFile,
    NotFinite,
    TooLarge,
    Unreadable,
    UsageError,
    among,
)
from symscope.io.formats import decode as decode_file
from symscope.io.grids import Source
from symscope.io.paths import NAME_WIDTH, is_dicom, opened, printable, split_array, suffix_of
from symscope.io.pixels import (
    MIN_SIDE,
    Raster,
    Rendered,
    check_size,
    rendered,
    squared,
    stated_white,
)
from symscope.io.sandbox import Sandbox, Task, framed
from symscope.io.standard_input import (
    STANDARD_INPUT,
    check_standard_input,
    read_standard_input,
)
from symscope.selection import choose

Decode = Callable[[bytes, float, str | None], Rendered]
"""From the bytes of a file, the most megapixels and what is chosen, to its grey, rgb and notes."""

SAMPLE_PREFIX = "sample:"

SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".btf", ".lsm"),
        *(".webp", ".bmp", ".dib", ".gif", ".avif", ".heic", ".heif", ".hif", ".jxl"),
        *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".svg", ".pdf"),
    )
)
"""Names by which a folder's pictures are found; a file named outright may be called anything."""

BYTES_PER_PIXEL, SPARE_BYTES = 16, 64 << 20
"""A file may hold four 32-bit channels for each pixel of the limit, and 64 MiB beside them."""

MOST_MEGAPIXELS = 1_000_000
"""Where a limit on pixels stops being one; beyond it the arithmetic of sizes would overflow."""

TOO_MANY_BYTES = (
    "found {size} bytes, expected at most {limit}; make it smaller or raise --max-megapixels"
)

PICTURE_SECONDS = 20.0
"""For a process to decode a picture of up to 50 megapixels, and in proportion above; the slowest
kinds take 0.2 s a megapixel on a busy machine, so half of it is spare."""

MEGAPIXELS_IN_TIME = 50.0

ROOM_PER_PIXEL = 64
"""Memory of a process for each pixel of the limit. Measured at ten megapixels: 20 to 32 bytes for
eight and sixteen bits a channel with opacity and a colour profile, 52 for four channels of 64."""

SPARE_ROOM = 256 << 20
"""Memory beside the pixels: strips that inflate to more than they should, tables, profiles."""

MOST_NOTES, NOTE_WIDTH = 16, 300
"""Notes of one file, and the characters of each."""

DECODING = Task(
    "symscope.io.sandbox_worker:pictures",
    "decodes pictures",
    "found a file on which its decoder {how}, expected a whole picture; save or download it again",
    "found a file that takes longer than {seconds:g} seconds to decode, expected less; "
    "save it again as PNG",
    killed_is_late=False,
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture ready to be sketched and shown.

    Attributes
    ----------
    name : str
        The file's name without its folder, ``sample:NAME``, ``-``, ``bytes`` or ``array``.
    grey : ndarray of shape (R, C), float32, in 0..1
        Luminance, rows from the top; 0 is black, 1 is white.
    rgb : ndarray of shape (R, C, 3), uint8
        The same picture for display, in sRGB.
    sha256 : str
        Fingerprint of the file's bytes (of type, shape and values for an array).
    notes : tuple of str
        What a person is told of how it was read: which frame, pixels that were made squares.
    """

    name: str
    grey: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    sha256: str
    notes: tuple[str, ...] = ()


def most_bytes(max_megapixels: float) -> int:
    """Return the most bytes of a picture's file."""
    return SPARE_BYTES + math.ceil(BYTES_PER_PIXEL * max_megapixels * 1e6)


def decoded(data: bytes, max_megapixels: float, select: str | None = None) -> Rendered:
    """Decode the bytes of a file to grey (R, C), rgb (R, C, 3) and notes of a Picture."""
    return rendered(decode_file(data, max_megapixels, select), max_megapixels)


def read_picture(
    source: str | os.PathLike[Any] | bytes | NDArray[Any],
    *,
    max_megapixels: float = 50.0,
    select: str | None = None,
    decode: Decode = decoded,
) -> Picture:
    """Read one picture: a file, its bytes, an array, ``sample:NAME``, or ``-`` for standard input.

    Samples are scikit-image's pictures, and fractals, drawings and lattices of known symmetry
    that are computed.

    PNG, JPEG, TIFF, WebP, BMP, GIF, AVIF, HEIC, JPEG XL, JPEG 2000, SVG and PDF are known by their
    content; of several pages or frames the first counts, or that which is chosen. The EXIF turn is
    applied, opacity is laid over white, CMYK and embedded colour profiles are converted to sRGB (in
    eight bits), and grey is the luminance 0.2125 R + 0.7154 G + 0.0721 B of the sRGB values, as in
    ``skimage.color.rgb2gray``. What else was done to a picture, its notes say.

    How values become 0..1 depends on what the source states, never on the type alone:

    - unsigned integers of up to 16 bits: 0 is black and ``2**bits - 1`` white, with the bits
      that the file states (12 in 16 stays 12);
    - **floats, signed and wider integers state no white: the picture's own minimum..maximum
      becomes 0..1.** A float *array* that lies within 0..1 is taken as it is.

    Parameters
    ----------
    source : str, path, bytes or ndarray
        Arrays have the shape (R, C), (R, C, 3) for RGB or (R, C, 4) for RGB and opacity.
    max_megapixels : float, in millions of pixels
        The size is checked in the header, before decoding.
    select : str, optional
        Which picture of a file with several: ``t=3`` (frame), ``page=2``, ``c=1,z=3``.
    decode : function of (bytes of a file, max_megapixels, select)
        How they become grey, rgb and notes; arrays need no decoding.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall, NotFinite
        In one line: what was found, what was expected, what to do. Nothing else is raised
        for any content of a file or array.
    UsageError
        A source of another type, or a limit that is not a positive number.

    >>> picture = read_picture("sample:camera")
    >>> picture.name, picture.grey.shape, picture.rgb.shape
    ('sample:camera', (512, 512), (512, 512, 3))
    >>> read_picture(np.zeros((3, 3)))
    Traceback (most recent call last):
    symscope.errors.TooSmall: array: found 3 × 3 pixels, expected at least 8 × 8; use a ...
    """
    if not isinstance(max_megapixels, int | float) or not 0 < max_megapixels <= MOST_MEGAPIXELS:
        whole = isinstance(max_megapixels, int) and abs(max_megapixels) >= 1e15
        shown = "an endless number" if whole else repr(max_megapixels)
        shown = shown if len(shown) <= 40 else f"{shown[:40]}..."
        raise UsageError(
            f"found --max-megapixels {shown}, expected a number above 0 and of at most "
            f"{MOST_MEGAPIXELS}; try 50"
        )
    if isinstance(source, np.ndarray):
        name = shown = "array"
    elif isinstance(source, bytes | bytearray | memoryview):
        name = shown = "bytes"
    elif isinstance(source, str | os.PathLike):
        source = os.fsdecode(source)
        shown = printable(source, NAME_WIDTH)
        name = shown if source.startswith(SAMPLE_PREFIX) else os.path.basename(shown)
    else:
        raise UsageError(
            f"found a {type(source).__name__} as picture, expected a path, bytes or a NumPy array"
        )
    try:
        if isinstance(source, str) and source.startswith(SAMPLE_PREFIX):
            sample, stored = source.removeprefix(SAMPLE_PREFIX), stored_samples()
            source = stored[sample] if sample in stored else _computed(sample)
        if isinstance(source, np.ndarray):
            choose(select, {})
            grey, rgb, notes = rendered(_array_raster(source, max_megapixels))
            return Picture(name, grey, rgb, _array_digest(source), notes)
        limit = most_bytes(max_megapixels)
        if not isinstance(source, str):
            data = bytes(source)
            if len(data) > limit:
                raise TooLarge(TOO_MANY_BYTES.format(size=len(data), limit=limit))
        elif source == STANDARD_INPUT:
            data = read_standard_input(limit)
        else:
            if os.path.isdir(source) and not _pictures_in(source):
                raise MissingFile(
                    "found a folder without pictures, expected files that end in .png, .jpg, .tif, "
                    ".heic or another of docs/reference/formats.md; check the path, or name other "
                    "files as in 'folder/*.npy'"
                )
            with opened(source, "picture") as file:
                size = os.fstat(file.fileno()).st_size
                if size > limit:
                    raise TooLarge(TOO_MANY_BYTES.format(size=size, limit=limit))
                # Not `limit`: room for all of it would be set aside before the first byte is read.
                data = file.read(size + 1)
            if len(data) > size:
                raise Unreadable("found a file that grows while it is read; wait until it is whole")
        grey, rgb, notes = decode(data, max_megapixels, select)
        return Picture(name, grey, rgb, hashlib.sha256(data).hexdigest(), notes)
    except InputError as error:
        raise type(error)(f"{shown}: {error}") from error.__cause__
    except MemoryError:
        raise TooLarge(
            f"{shown}: found a picture that does not fit into memory, expected one that does; "
            f"make it smaller"
        ) from None


def picture_of(
    source: Source, name: str, max_megapixels: float, sha256: str | None = None
) -> Picture:
    """Take the samples of a plane (R, C), or (R, C, 3 or 4) in colours, with square pixels.

    Raises
    ------
    InputError
        As ``read_picture`` does of an array.
    """
    rows, columns = source.shape
    check_size(rows, columns, max_megapixels)
    values = source.slab(0, source.shape[source.axis])
    read = read_picture(values, max_megapixels=max_megapixels)
    down, across = source.spacing
    grey, rgb, told = squared(read.grey, read.rgb, (1 / across, 1 / down), max_megapixels)
    notes = (*source.notes, *read.notes, *told)
    return Picture(name, grey, rgb, sha256 or read.sha256, notes)


def find_pictures(
    paths: Sequence[str | os.PathLike[str]], suffixes: Set[str] = SUFFIXES
) -> list[str]:
    """Expand folders (recursively, by suffix) and globs into files, each one once.

    The order is that of the arguments, sorted within each. What cannot be expanded stays as it
    is, so that `read_picture` can say what is wrong with it: samples, missing files, folders
    without pictures, ``-`` for standard input. Hidden files and folders are left out.

    Parameters
    ----------
    paths : what to expand
    suffixes : endings, in small letters, of a folder's files that are taken

    Raises
    ------
    UsageError
        For ``-`` where standard input is a terminal.

    >>> find_pictures(["sample:moon", "no/such/file.png"])
    ['sample:moon', 'no/such/file.png']
    """
    files: dict[str, None] = {}
    for path in map(os.fsdecode, [paths] if isinstance(paths, str | os.PathLike) else paths):
        matches = [path]
        sample = path == STANDARD_INPUT or path.startswith(SAMPLE_PREFIX)
        if not sample and any(mark in path for mark in "*?[") and not os.path.lexists(path):
            pattern, array = split_array(path)
            with suppress(OSError, ValueError, re.error):
                matches = sorted(glob.glob(pattern, recursive=True))
            matches = [f"{match}::{array}" for match in matches] if array else matches
        expanded: list[str] = []
        for match in matches:
            folder = not sample and os.path.isdir(match)
            # A Zarr store and a DICOM series are folders too, of one input each.
            folder = folder and suffix_of(match) != ".zarr" and not is_dicom(match)
            expanded += _pictures_in(match, suffixes) if folder else [match]
        files.update(dict.fromkeys(expanded or [path]))
    if STANDARD_INPUT in files:
        check_standard_input()
    return list(files)


class GuardedReader:
    """Read pictures as `read_picture` does, decoding in a process that may fail.

    An instance is called as `read_picture` is, and answers with the same Picture, bit for bit,
    or the same errors. A file that crashes the decoder becomes Unreadable, and so does one that
    takes too long; one that needs too much memory becomes TooLarge. The next file is read by a
    new process.

    The process starts with the first picture, and serves many. It holds a hard limit of memory (64
    bytes for each pixel of ``max_megapixels``, and 256 MiB; Linux), may write no file and no core
    dump (POSIX), and ends when the reader is closed or its parent is gone. On Windows the limit of
    time is the only one. Files are opened here, not there, and their fingerprint is taken here;
    arrays are read here. Threads may share an instance; they wait for each other.

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
        self._lock = threading.RLock()
        self._sandbox: Sandbox | None = None
        self._max_megapixels = MEGAPIXELS_IN_TIME

    def __call__(
        self, source: Any, *, max_megapixels: float = 50.0, select: str | None = None
    ) -> Picture:
        """Read one picture; see `read_picture` for sources, limits and errors.

        Raises
        ------
        InputError, UsageError
            As `read_picture` does.
        SymscopeError
            The process cannot be started.
        """
        return read_picture(
            source, max_megapixels=max_megapixels, select=select, decode=self._decoded
        )

    def __enter__(self) -> "GuardedReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later call starts another."""
        with self._lock:
            if self._sandbox is not None:
                self._sandbox = None
                self._stop()

    def _decoded(self, data: bytes, max_megapixels: float, select: str | None) -> Rendered:
        with self._lock:
            # A process that lives, is not that of a parent's fork, and has these limits.
            sandbox = self._sandbox
            if sandbox is not None and (
                sandbox.owner != os.getpid()
                or self._max_megapixels != max_megapixels
                or sandbox.process.poll() is not None
            ):
                self.close()
                sandbox = None
            if sandbox is None:
                room = SPARE_ROOM + int(ROOM_PER_PIXEL * max_megapixels * 1e6)
                seconds = self._seconds * max(1.0, max_megapixels / MEGAPIXELS_IN_TIME)
                sandbox = Sandbox(DECODING, {"max_megapixels": max_megapixels}, room, seconds)
                if not sandbox.ready:
                    sandbox.stop()
                    raise sandbox.cannot_start(f"it ended with {sandbox.ending()}")
                self._sandbox, self._max_megapixels = sandbox, max_megapixels
                # Also where nobody closes: when this object is gone, or the interpreter ends.
                self._stop = weakref.finalize(self, sandbox.stop)
            try:
                request = framed({"bytes": len(data), "select": select})
                with sandbox.exchange(request + data) as header:
                    grey, rgb = believed_picture(header, sandbox, max_megapixels)
                    return grey, rgb, believed_notes(header)
            finally:
                # After a crash, a time-out or Ctrl-C the rest of an answer may be in the pipe.
                if not sandbox.idle:
                    self.close()


def believed_notes(header: Mapping[str, Any]) -> tuple[str, ...]:
    """Take the notes of an answer; ValueError for what cannot be some."""
    notes = header.get("notes", [])
    if not isinstance(notes, list) or len(notes) > MOST_NOTES:
        raise ValueError("notes of no known kind")
    if not all(isinstance(note, str) for note in notes):
        raise ValueError("notes of no known kind")
    return tuple(printable(note, NOTE_WIDTH) for note in notes)


def believed_picture(
    header: Mapping[str, Any], sandbox: Sandbox, max_megapixels: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Take the grey and rgb that an answer announces; ValueError if they cannot be a picture."""
    rows, columns = header.get("rows"), header.get("columns")
    if type(rows) is not int or type(columns) is not int:
        raise ValueError("a picture of no size")
    if min(rows, columns) < MIN_SIDE or rows * columns > max_megapixels * 1e6:
        raise ValueError("a picture that is too small or too large")
    grey = sandbox.array((rows, columns), np.float32)
    rgb = sandbox.array((rows, columns, 3), np.uint8)
    if grey.min() < 0 or grey.max() > 1:
        raise ValueError("grey outside 0..1")
    return grey, rgb


@cache
def sample_names() -> tuple[str, ...]:
    """Return the names for ``sample:NAME``: what symscope computes, then what is stored.

    >>> {"koch", "drawn-house", "camera", "coffee"} <= set(sample_names())
    True
    """
    from symscope.synth.samples import COMPUTED

    return (*sorted(COMPUTED), *stored_samples())


@cache
def stored_samples() -> Mapping[str, str]:
    """Return the pictures in scikit-image's wheel: names, in order → paths.

    >>> "astronaut" in stored_samples(), "koch" in stored_samples()
    (True, False)
    """
    # The package is located, not imported: its data module would offer to download others.
    spec = find_spec("skimage")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = [file for folder in folders for file in Path(folder, "data").glob("*.*")]
    pictures = {file.stem: str(file) for file in files if file.suffix.lower() in SUFFIXES}
    return MappingProxyType(dict(sorted(pictures.items())))


def _computed(sample: str) -> NDArray[np.uint8]:
    from symscope.synth.samples import COMPUTED, computed

    if sample not in COMPUTED:
        names = sample_names()
        listed = f"{len(names)} that `symscope score sample:` lists" if sample else ""
        raise MissingFile(f"found no sample of that name, expected {among(sample, names, listed)}")
    return computed(sample)


def _pictures_in(folder: str, suffixes: Set[str] = SUFFIXES) -> list[str]:
    paths = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names = (name for name in files if not name.startswith("."))
        pictures = (name for name in names if os.path.splitext(name)[1].lower() in suffixes)
        paths += [os.path.join(parent, name) for name in pictures]
    return sorted(paths)


def _array_raster(array: NDArray[Any], max_megapixels: float) -> Raster:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise Unreadable(
            f"found an array of shape {array.shape}, expected (R, C), (R, C, 3) or (R, C, 4); "
            f"reshape it"
        )
    if array.dtype.kind not in "buif":
        raise Unreadable(
            f"found an array of {array.dtype}, expected bool, integers or floats; convert it"
        )
    check_size(array.shape[0], array.shape[1], max_megapixels)
    if np.ma.is_masked(array):
        raise NotFinite("found masked values; fill them or crop the picture")
    array = np.asarray(array)  # A mask or matrix would change what arithmetic means.
    white = stated_white(array.dtype)
    if array.dtype.kind == "f":
        if array.dtype.itemsize > 8:
            with np.errstate(over="ignore"):
                array = array.astype(np.float64)
        white = 1.0 if array.min() >= 0 and array.max() <= 1 else None
    if array.ndim == 2:
        return Raster(array, white)
    return Raster(array[..., :3], white, array[..., 3] if array.shape[2] == 4 else None)


def _array_digest(array: NDArray[Any]) -> str:
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    digest = hashlib.sha256(f"{little.dtype.str} {little.shape}".encode())
    digest.update(little.tobytes())
    return digest.hexdigest()
