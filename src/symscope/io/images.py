"""The only door for pictures: a path, bytes, an array or a sample's name becomes a Picture."""

import glob
import hashlib
import math
import os
import re
import stat
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import InputError, MissingFile, NotFinite, TooLarge, Unreadable, UsageError
from symscope.io.formats import decode
from symscope.io.pixels import Raster, check_size, rendered, stated_white
from symscope.io.standard_input import (
    STANDARD_INPUT,
    check_standard_input,
    read_standard_input,
)
from symscope.synth.samples import COMPUTED, computed

Decode = Callable[[bytes, float], tuple[NDArray[np.float32], NDArray[np.uint8]]]
"""From the bytes of a file, and the most megapixels, to its grey and rgb."""

SAMPLE_PREFIX = "sample:"

SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .jfif .tif .tiff .webp .bmp .dib .gif".split()  # noqa: SIM905
)
"""Names by which a folder's pictures are found; a file named outright may be called anything."""

BYTES_PER_PIXEL, SPARE_BYTES = 16, 64 << 20
"""A file may hold four 32-bit channels for each pixel of the limit, and 64 MiB beside them."""

MOST_MEGAPIXELS = 1_000_000
"""Where a limit on pixels stops being one; beyond it the arithmetic of sizes would overflow."""

NAME_WIDTH = 300
"""Characters of a path that a message shows, counted from its end."""


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
    """

    name: str
    grey: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    sha256: str


def read_picture(
    source: str | os.PathLike[Any] | bytes | NDArray[Any], *, max_megapixels: float = 50.0
) -> Picture:
    """Read one picture: a file, its bytes, an array, ``sample:NAME``, or ``-`` for standard input.

    Samples are scikit-image's pictures, and fractals, drawings and lattices of known symmetry
    that are computed.

    PNG, JPEG, TIFF, WebP, BMP and GIF are known by their content; the first page or frame
    counts. The EXIF turn is applied, opacity is laid over white, CMYK and embedded colour
    profiles are converted to sRGB (in eight bits), and grey is the luminance
    0.2125 R + 0.7154 G + 0.0721 B of the sRGB values, as in ``skimage.color.rgb2gray``.

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
    symscope.errors.TooSmall: array: found 3 x 3 pixels, expected at least 8 x 8; use a ...
    """
    return picture_by(_decoded, source, max_megapixels)


def picture_by(decoder: Decode, source: Any, max_megapixels: float) -> Picture:
    """Read a picture as `read_picture` does, with another way from a file's bytes to pixels.

    Parameters
    ----------
    decoder : function of (bytes of the file, max_megapixels)
        Returns grey (R, C) and rgb (R, C, 3) as a Picture holds them, or raises an InputError.
        Arrays do not pass through it: they need no decoding.
    """
    if not isinstance(max_megapixels, int | float) or not 0 < max_megapixels <= MOST_MEGAPIXELS:
        raise UsageError(
            f"found --max-megapixels {_shortened(max_megapixels)}, expected a number above 0 and "
            f"of at most {MOST_MEGAPIXELS}; try 50"
        )
    if isinstance(source, np.ndarray):
        name = shown = "array"
    elif isinstance(source, bytes | bytearray | memoryview):
        name = shown = "bytes"
    elif isinstance(source, str | os.PathLike):
        source = os.fsdecode(source)
        shown = one_line(source)
        name = shown if source.startswith(SAMPLE_PREFIX) else os.path.basename(shown)
    else:
        raise UsageError(
            f"found a {type(source).__name__} as picture, expected a path, bytes or a NumPy array"
        )
    try:
        if isinstance(source, str) and source.startswith(SAMPLE_PREFIX):
            sample = source.removeprefix(SAMPLE_PREFIX)
            source = computed(sample) if sample in COMPUTED else source
        if isinstance(source, np.ndarray):
            grey, rgb = rendered(_array_raster(source, max_megapixels))
            return Picture(name, grey, rgb, _array_digest(source))
        limit = SPARE_BYTES + math.ceil(BYTES_PER_PIXEL * max_megapixels * 1e6)
        data = _file_bytes(source, limit) if isinstance(source, str) else bytes(source)
        _check_bytes(len(data), limit)
        grey, rgb = decoder(data, max_megapixels)
        return Picture(name, grey, rgb, hashlib.sha256(data).hexdigest())
    except InputError as error:
        raise type(error)(f"{shown}: {error}") from error.__cause__
    except MemoryError:
        raise TooLarge(
            f"{shown}: found a picture that does not fit into memory, expected one that does; "
            f"make it smaller"
        ) from None


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
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        files.update(dict.fromkeys(_expanded(os.fsdecode(path), suffixes)))
    if STANDARD_INPUT in files:
        check_standard_input()
    return list(files)


@cache
def sample_names() -> tuple[str, ...]:
    """Return the names for ``sample:NAME``: what symscope computes, then what is stored.

    >>> {"koch", "drawn-house", "camera", "coffee"} <= set(sample_names())
    True
    """
    return (*sorted(COMPUTED), *stored_samples())


@cache
def stored_samples() -> tuple[str, ...]:
    """Return the names of the pictures in scikit-image's wheel.

    >>> "astronaut" in stored_samples(), "koch" in stored_samples()
    (True, False)
    """
    return tuple(sorted(_sample_files()))


@cache
def _sample_files() -> dict[str, str]:
    # The package is located, not imported: its data module would offer to download others.
    spec = find_spec("skimage")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = [file for folder in folders for file in Path(folder, "data").glob("*.*")]
    return {file.stem: str(file) for file in files if file.suffix.lower() in SUFFIXES}


def _decoded(data: bytes, max_megapixels: float) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    return rendered(decode(data, max_megapixels))


def _file_bytes(path: str, limit: int) -> bytes:
    if path == STANDARD_INPUT:
        return read_standard_input(limit)
    if path.startswith(SAMPLE_PREFIX):
        if (name := path.removeprefix(SAMPLE_PREFIX)) not in _sample_files():
            raise MissingFile(
                "found no sample of that name, expected one of: " + ", ".join(sample_names())
            )
        path = _sample_files()[name]
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise MissingFile(
                "found a folder, expected one picture; name one of its files"
                if _pictures_in(path)
                else "found a folder without pictures, expected files that end in "
                ".png, .jpg, .tif, .webp, .bmp or .gif; check the path, or name other files as in "
                "'folder/*.npy'"
            )
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("found a device or pipe, expected a file; save the picture first")
        _check_bytes(status.st_size, limit)
        with open(path, "rb") as file:
            # Not `limit`: room for all of it would be set aside before the first byte is read.
            data = file.read(status.st_size + 1)
        if len(data) > status.st_size:
            raise Unreadable("found a file that grows while it is read; wait until it is whole")
        return data
    except PermissionError:
        raise Unreadable("found a file that may not be read; change its permissions") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise MissingFile("found no such file, expected a picture; check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"the system cannot read it ({reason}); check the path") from error


def _check_bytes(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(
            f"found {size} bytes, expected at most {limit}; "
            f"make it smaller or raise --max-megapixels"
        )


def one_line(text: str) -> str:
    """Keep a message on one short line and safe to print, whatever the file is called."""
    text = text if len(text) <= NAME_WIDTH else f"...{text[-NAME_WIDTH:]}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _shortened(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 1e15 else "an endless number"
    return text if len(text) <= 40 else f"{text[:40]}..."


def _expanded(path: str, suffixes: Set[str]) -> list[str]:
    if path == STANDARD_INPUT or path.startswith(SAMPLE_PREFIX):
        return [path]
    if os.path.isdir(path):
        return _pictures_in(path, suffixes) or [path]
    if os.path.lexists(path) or not any(mark in path for mark in "*?["):
        return [path]
    try:
        matches = sorted(glob.glob(path, recursive=True))
    except (OSError, ValueError, re.error):
        return [path]
    files = [file for match in matches for file in _expanded(match, suffixes)]
    return [file for file in files if not os.path.isdir(file)] or [path]


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
