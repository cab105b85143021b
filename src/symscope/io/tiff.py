"""The first page of a TIFF file to Samples, by tifffile and imagecodecs.

Pillow would read the plain ones too, but its libtiff writes remarks about damaged files straight
to the standard error of the process.
"""

import io
import math
import struct
from typing import Any

import imagecodecs  # noqa: F401  (tifffile looks its codecs up there; fail early without it)
import numpy as np
import tifffile
from numpy.typing import NDArray

from symscope.errors import TooLarge, Unreadable
from symscope.io.colour import managed
from symscope.io.jpeg import frame_sizes
from symscope.io.pixels import ORIENTATION_TAG, Samples, check_size, stated_white

MAX_SEGMENTS = 1 << 18
"""Strips or tiles; 50 megapixels in tiles of 16 x 16, the least TIFF 6.0 allows, are 195,313."""

JPEG = 7
COMPRESSIONS = frozenset({1, 2, 3, 4, 5, JPEG, 8, 32773, 32946, 34925, 50000, 50013})
"""None, CCITT, LZW, JPEG, deflate, PackBits, LZMA, Zstandard: decoders that stop at the size
that the page states, or (JPEG) whose own size is compared with it. The others carry a size
in each strip which nothing checks before it is allocated."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3}
"""Colour channels of each photometric interpretation; further channels are opacity or unknown."""

PREMULTIPLIED, OPACITY = 1, 2
"""TIFF 6.0, ExtraSamples."""

SINGLE_TAGS = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323, 32997, 32998})
"""Sizes and kinds: one whole number each (sizes of tile and page, rows per strip, samples, ...)."""

MAX_TAGS = 4096
"""Where tifffile itself stops."""

WHOLE_TYPES = frozenset({3, 4, 16})
"""SHORT, LONG and LONG8. tifffile gives the value of a BYTE as bytes, which equals no number."""


def decode_tiff(data: bytes, max_megapixels: float) -> Samples:
    """Decode the first page, once its header is found to be within the limits.

    Raises
    ------
    TooLarge, TooSmall, Unreadable
        And whatever tifffile and the codecs raise for a damaged file.
    """
    _check_directory(data)
    # These private formats make tifffile walk every page, which a hostile file can draw out.
    with tifffile.TiffFile(
        io.BytesIO(data), is_lsm=False, is_scanimage=False, is_ndpi=False
    ) as file:
        page = file.pages[0]
        _check_size(page, max_megapixels)
        _check_kind(page)
        _check_segments(page, data)
        # (separate samples, depth, rows, columns, joint samples) -> (rows, columns, samples)
        # Zeros: what no strip or tile fills is black, not whatever the memory held before.
        out = None if page.is_contiguous else np.zeros(page.shaped, page.dtype)
        array = page.asarray(squeeze=False, maxworkers=1, out=out)[:, 0]
        array = np.moveaxis(array, 0, -1).reshape(*array.shape[1:3], -1)
        return _samples(page, array)


def _check_directory(data: bytes) -> None:
    """Refuse a first directory whose sizes are lists: their product is a list of any length."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    first, number, entry = ("Q", "Q", "HHQ") if big else ("I", "H", "HHI")
    (start,) = struct.unpack_from(order + first, data, 8 if big else 4)
    (count,) = struct.unpack_from(order + number, data, start)
    start += struct.calcsize(order + number)
    for index in range(min(count, MAX_TAGS)):
        at = start + index * (20 if big else 12)
        tag, kind, values = struct.unpack_from(order + entry, data, at)
        if tag in SINGLE_TAGS and (values != 1 or kind not in WHOLE_TYPES):
            raise Unreadable(
                f"found {values} values of type {kind} in TIFF tag {tag}, expected one whole "
                f"number; save it again"
            )


def _check_size(page: Any, max_megapixels: float) -> None:
    check_size(page.imagelength, page.imagewidth, max_megapixels)
    values = page.imagelength * page.imagewidth * page.imagedepth * page.samplesperpixel
    tile = page.tilelength * page.tilewidth * page.tiledepth * page.samplesperpixel
    # Four channels are a picture's; the same allowance holds for one tile, which may overhang.
    if max(values, tile) > 4e6 * max_megapixels:
        raise TooLarge(
            f"found a TIFF page of {max(values, tile) / 1e6:.6g} million values, expected at most "
            f"{4 * max_megapixels:g}; save one plane of it or raise --max-megapixels"
        )


def _check_kind(page: Any) -> None:
    photometric, compression = int(page.photometric), int(page.compression)
    mixed = isinstance(page.bitspersample, tuple)
    found = (
        f"{getattr(page.photometric, 'name', photometric)} TIFF of {page.samplesperpixel} x "
        f"{'mixed' if mixed else page.bitspersample} bits, "
        f"compression {getattr(page.compression, 'name', compression)}"
    )
    enough = page.samplesperpixel >= COLOURS.get(photometric, math.inf)
    # Only in JPEG compression does tifffile turn YCbCr into RGB.
    if not enough or (photometric == YCBCR and compression != JPEG):
        raise Unreadable(f"found {found}; expected grey, RGB, palette or CMYK; convert it to RGB")
    if page.dtype is None or page.dtype.kind not in "buif" or mixed:
        raise Unreadable(f"found {found}; expected integers or floats; convert it to 16 bits")
    if photometric in (PALETTE, CMYK) and stated_white(page.dtype, page.bitspersample) is None:
        raise Unreadable(f"found {found}; expected 8 or 16 bits; convert it to RGB")
    if page.samplesperpixel > 1 and page.planarconfig not in (1, 2):
        # Taken for planes, of which too few strips would be asked.
        raise Unreadable(
            f"found {found}, in a planar configuration that does not exist; expected joint or "
            f"separate samples; save it again"
        )
    if compression not in COMPRESSIONS:
        raise Unreadable(
            f"found {found}; expected none, LZW, deflate, PackBits, JPEG, CCITT, LZMA or "
            f"Zstandard; save it again with one of these"
        )


def _check_segments(page: Any, data: bytes) -> None:
    needed = math.prod(page.chunked)
    if needed > MAX_SEGMENTS:
        raise Unreadable(
            f"found a TIFF page of {needed} strips or tiles, expected at most {MAX_SEGMENTS}; "
            f"save it again with larger ones"
        )
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=False))[:needed]
    if len(segments) < needed or any(start + count > len(data) for start, count in segments):
        raise Unreadable("found a TIFF file cut short, expected a whole one; download it again")
    if int(page.compression) != JPEG:
        return
    rows = page.tilelength if page.is_tiled else page.rowsperstrip
    columns = page.tilewidth if page.is_tiled else page.imagewidth
    for start, count in segments:
        for size in frame_sizes(data[start : start + count]):
            if size[0] > rows or size[1] > columns:
                raise Unreadable(
                    f"found a JPEG strip of {size[0]} x {size[1]} pixels in a TIFF page, "
                    f"expected at most {rows} x {columns}; save it again"
                )


def _samples(page: Any, array: NDArray[Any]) -> Samples:
    photometric = int(page.photometric)
    count = COLOURS[photometric]
    white = stated_white(array.dtype, page.bitspersample)
    colour = array[..., :count] if count > 1 else array[..., 0]
    if photometric == WHITE_IS_ZERO:
        # white - colour, in the integers' own type.
        colour = -colour.astype(np.float64) if white is None else colour ^ array.dtype.type(white)
    extra = [int(kind) for kind in page.extrasamples[:1]]
    opaque = extra in ([PREMULTIPLIED], [OPACITY]) and array.shape[2] > count
    alpha = array[..., count] if opaque else None
    if photometric == PALETTE:
        # Writers fill the lower byte of a colour with zeros or with a copy of the upper one.
        table = (page.colormap.T >> 8).astype(np.uint8)
        colour, white, alpha = table[array[..., 0].astype(np.intp)], 255.0, None
    tag = page.tags.get(ORIENTATION_TAG)
    turn = tag.value if tag is not None and isinstance(tag.value, int) else 1
    samples = Samples(colour, white, alpha, turn, opaque and extra == [PREMULTIPLIED])
    return managed(samples, page.iccprofile, cmyk=photometric == CMYK)
