"""JPEG XL → Raster, by libjxl: its size is read here before it decodes anything."""

import struct
from collections.abc import Callable
from fractions import Fraction

import imagecodecs
import numpy as np

from symscope.errors import Unreadable
from symscope.io.pixels import Raster, check_size, stated_white
from symscope.selection import choose

RATIOS = tuple(
    Fraction(*pair) for pair in ((1, 1), (6, 5), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
)
"""Columns to rows, by a code from one on (ISO/IEC 18181-1, size header)."""

SIDE_BITS = (9, 13, 18, 30)


def decode_jpegxl(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Decode a JPEG XL picture; of an animation, its first frame.

    The library turns it upright and gives sRGB where the file holds the colours as people see
    them; colours that a profile describes are taken for sRGB.

    Raises
    ------
    InputError
        And what the library raises for a damaged file.
    """
    rows, columns, animated = stated(codestream(data))
    check_size(rows, columns, max_megapixels)
    _, notes = choose(select, {"t": 1})
    if animated:
        notes = ("the first frame of an animation",)
    array = np.asarray(imagecodecs.jpegxl_decode(data, index=0, numthreads=1))
    if sorted(array.shape[:2]) != sorted((rows, columns)):
        raise Unreadable(
            f"found an array of shape {array.shape} in a JPEG XL picture, expected {rows} x "
            f"{columns} pixels as it states; save it again"
        )
    array = array.reshape(*array.shape[:2], -1)
    samples = array.shape[2]
    alpha = array[..., samples - 1] if samples in (2, 4) else None
    colour = array[..., 0] if samples < 3 else array[..., :3]
    white = 1.0 if array.dtype.kind == "f" else stated_white(array.dtype)
    return Raster(colour, white, alpha, notes=notes)


def codestream(data: bytes) -> bytes:
    """Return the start of the codestream: of the file, or of the first box that holds some.

    >>> codestream(bytes.fromhex("ff0a") + b"...")[:2].hex()
    'ff0a'
    """
    at = 0
    while data[at : at + 2] != b"\xff\x0a":
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        if kind in (b"jxlc", b"jxlp"):
            at += head + 4 * (kind == b"jxlp")
            break
        if size < head:
            break
        at += size
    return data[at : at + 64]


def stated(start: bytes) -> tuple[int, int, bool]:
    """Read the header of a codestream → (rows, columns, whether it is an animation).

    >>> stated(bytes.fromhex("ff0a05088804080401008001"))
    (24, 40, False)
    """
    if start[:2] != b"\xff\x0a":
        raise Unreadable("found a JPEG XL file without a picture, expected one; save it again")
    number, at = int.from_bytes(start[2:], "little"), 0

    def bits(count: int) -> int:
        nonlocal at
        at += count
        return number >> (at - count) & ((1 << count) - 1)

    rows, columns = size_header(bits)
    animated = False
    if not bits(1) and bits(1):  # Not all as usual, and further fields.
        bits(3)  # the turn, which the library applies
        if bits(1):
            size_header(bits)
        animated = not bits(1) and bool(bits(1))
    return rows, columns, animated


def size_header(bits: Callable[[int], int]) -> tuple[int, int]:
    """Read rows and columns."""
    small = bits(1)

    def side() -> int:
        return 8 * (bits(5) + 1) if small else bits(SIDE_BITS[bits(2)]) + 1

    rows = side()
    ratio = bits(3)
    return rows, int(rows * RATIOS[ratio - 1]) if ratio else side()
