"""Bytes of one picture file to Raster: what each format states about size, depth and colour."""

import io
import logging
import math
import re
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import imagecodecs  # tifffile looks its codecs up there; fail early without it
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from symscope.errors import InputError, TooLarge, Unreadable
from symscope.io.heif import decode_heif
from symscope.io.jpegxl import decode_jpegxl
from symscope.io.paths import PICTURES, seems
from symscope.io.pdf import decode_pdf
from symscope.io.pixels import (
    ORIENTATION_TAG,
    SIDEWAYS,
    Raster,
    check_size,
    from_pillow,
    managed,
    stated_white,
)
from symscope.io.stacks import layout, pages_of, plane_of
from symscope.io.svg import decode_svg
from symscope.selection import choose

UNPACK = "unpack it and name the folder: `symscope score FOLDER`"
LISTED = "`symscope collection FILE.csv --out rows.csv` scores all that a CSV lists as file"

REMEDIES = {
    "a ZIP archive": UNPACK,
    "an archive": UNPACK,
    "a Parquet table": f"write it as CSV: {LISTED}",
    "a list of files": LISTED,
    "a notebook": "save the picture that it shows as PNG",
    "text": "numbers in columns are read if the name ends in .csv, a Python function by "
    f"symscope.score(f) in Python; {LISTED}",
}
"""What to do with some of these."""

PLUGINS = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "AVIF": AvifImageFile,
    "JPEG 2000": Jpeg2KImageFile,
}
"""Pillow's readers of these formats and no other: none that starts a program or opens a file."""

FRAMES = frozenset({"PNG", "WebP", "GIF", "AVIF"})
"""Of these, several pictures in a file follow each other in time."""

EXPECTED = f"expected a picture: {', '.join(name for _, name in PICTURES)}"

LOGS = ("tifffile", "imagecodecs")
"""Where these two remark on odd files; Pillow warns."""

MAX_SCANS = 100
"""Encoders write about ten; every further one costs a pass over all pixels for a few bytes."""

# Inside a scan FF is followed by 00 or a restart marker; any other code begins a segment.
_SEGMENT = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
_END, _SCAN = 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

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


SLIPS = (
    *(struct.error, ArithmeticError, AttributeError, LookupError, TypeError, AssertionError),
    *(UnicodeError, RecursionError),
)
"""What the libraries raise where they did not foresee the damage."""


def decode(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Decode the first picture in the bytes of a file, or the one that is chosen.

    Raises
    ------
    TooLarge, TooSmall
        By the size in the header, before anything is decoded.
    Unreadable
        Anything else that is not a whole picture, or not there to be chosen; no other exception
        leaves this function.

    >>> decode(b"", 50.0)
    Traceback (most recent call last):
    symscope.errors.Unreadable: found an empty file, expected a picture: PNG, JPEG, TIFF, WebP, ...
    """
    kind = next((name for magic, name in PICTURES if magic.match(data)), None)
    if kind is None:
        raise _no_picture(data)
    try:
        with quiet():
            if kind in DECODERS:
                return DECODERS[kind](data, max_megapixels, select)
            return _decode_by_pillow(data, kind, max_megapixels, select)
    except InputError:
        raise
    except Image.DecompressionBombError:
        raise TooLarge(
            f"found a {kind} picture of more pixels than Pillow decodes, expected at most "
            f"{max_megapixels:g} megapixels (--max-megapixels); make it smaller"
        ) from None
    except MemoryError:
        raise TooLarge(
            f"found a {kind} picture that does not fit into memory, expected one that does; "
            f"make it smaller"
        ) from None
    except Exception as error:  # A damaged file makes the libraries raise almost any type.
        raise Unreadable(
            f"found a damaged {kind} file ({_one_line(error)}), expected a whole one; "
            f"save or download it again"
        ) from error


def _no_picture(data: bytes) -> Unreadable:
    """Return the error that names what was taken for a picture."""
    described = seems(data)
    if not described:
        described = f"{len(data)} byte{'s' * (len(data) > 1)} that begin with {data[:8].hex(' ')}"
    remedy = REMEDIES.get(described, "convert it to one of these")
    return Unreadable(f"found {described}, {EXPECTED}; {remedy}")


def _one_line(error: Exception, width: int = 120) -> str:
    # What Python says of its own types means nothing to the owner of a damaged file.
    if isinstance(error, SLIPS) or not str(error).strip():
        return "its parts do not fit together"
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "?" for c in text)[:width]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' remarks about odd files off the screen, here and in this thread only."""
    logs, thread = [logging.getLogger(name) for name in LOGS], threading.get_ident()

    def from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != thread

    for log in logs:
        log.addFilter(from_elsewhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log in logs:
            log.removeFilter(from_elsewhere)


def _decode_by_pillow(data: bytes, kind: str, max_megapixels: float, select: str | None) -> Raster:
    stated = _stated_size(data, kind)
    if stated is not None:
        check_size(*stated, max_megapixels)
    with PLUGINS[kind](io.BytesIO(data)) as image:
        check_size(image.height, image.width, max_megapixels)
        if kind == "JPEG":
            frame_sizes(data)
        count = _frames(image) if kind in FRAMES else 1
        orientation, resolution, notes = frame_of(image, count, max_megapixels, select)
        # Of other frames Pillow keeps 8 bits.
        if kind == "PNG" and data[24] == 16 and not image.tell():
            deep = _deep_png(data, image, orientation)
            return replace(deep, resolution=resolution, notes=notes)
        # Beside the picture, readers of animations hold canvases of its size: let go of them.
        picture = image.copy() if kind in FRAMES - {"PNG"} else image
    del image
    return replace(from_pillow(picture, orientation), resolution=resolution, notes=notes)


def frame_of(
    image: Image.Image, count: int, max_megapixels: float, select: str | None
) -> tuple[int, tuple[float, float] | None, tuple[str, ...]]:
    """Load the chosen one of the frames of an image → its EXIF turn, resolution, and notes.

    Raises
    ------
    TooLarge, TooSmall, Unreadable
    """
    check_size(image.height, image.width, max_megapixels)
    places, notes = choose(select, {"t": count})
    if count > 1 and places["t"] != image.tell():
        image.seek(places["t"])
        check_size(image.height, image.width, max_megapixels)
    stated = orientation_of(image)  # Asked for first: Pillow turns a TIFF while it loads it.
    image.load()
    turn, resolution = orientation_of(image), resolution_of(image)
    if resolution and turn != stated and stated in SIDEWAYS:
        resolution = resolution[1], resolution[0]
    return turn, resolution, notes


def _frames(image: Any) -> int:
    """Count the frames; in a file that is damaged further on, the first one counts."""
    try:
        return image.n_frames
    except Exception:  # The first frame is still a picture.
        image.seek(0)
        return 1


def resolution_of(image: Image.Image) -> tuple[float, float] | None:
    """Return pixels to a length along columns and rows, or what they are to each other."""
    info = image.info
    stated = info.get("jfif_density") or info.get("aspect") or info.get("dpi")
    return (float(stated[0]), float(stated[1])) if stated else None


def _stated_size(data: bytes, kind: str) -> tuple[int, int] | None:
    """Return (rows, columns) of the formats whose readers allocate before they tell the size."""
    if kind == "PNG":
        columns, rows = struct.unpack_from(">II", data, 16)
    elif kind == "GIF":
        columns, rows = struct.unpack_from("<HH", data, 6)
    elif kind == "WebP" and data[12:16] == b"VP8X":
        columns = int.from_bytes(data[24:27], "little") + 1
        rows = int.from_bytes(data[27:30], "little") + 1
    elif kind == "WebP" and data[12:16] == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        columns, rows = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    elif kind == "WebP" and data[12:16] == b"VP8 ":
        columns, rows = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return rows, columns


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF turn, 1 where there is none that can be read."""
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # Damaged EXIF is no reason to lose the picture.
        return 1
    return value if isinstance(value, int) else 1


def _deep_png(data: bytes, image: Image.Image, orientation: int) -> Raster:
    # Pillow keeps 8 of the 16 bits of a colour PNG.
    try:
        array = np.asarray(imagecodecs.png_decode(data))
    except (RuntimeError, ValueError):
        # What it quotes (found with 2026.3.6) may be memory that is no longer a message.
        raise Unreadable(
            "found a damaged 16-bit PNG file, expected a whole one; save or download it again"
        ) from None
    if array.shape[:2] != (image.height, image.width) or array.dtype != np.uint16:
        raise Unreadable("found a PNG file with two headers, expected one; save it again")
    array = array.reshape(*array.shape[:2], -1)
    alpha = array[..., -1] if array.shape[2] in (2, 4) else None
    colour = array[..., :3] if array.shape[2] > 2 else array[..., 0]
    deep = Raster(colour, 65535.0, alpha, orientation)
    return managed(deep, image.info.get("icc_profile"))


# JPEG: what a stream states about itself, read without decoding it


def frame_sizes(data: bytes) -> list[tuple[int, int]]:
    """Return (rows, columns) of each frame header; a sound stream has one.

    Raises
    ------
    Unreadable
        More than ``MAX_SCANS`` scans.

    >>> frame_sizes(b"\\xff\\xd8\\xff\\xc0\\x00\\x11\\x08\\x00\\x10\\x00\\x20")
    [(16, 32)]
    """
    sizes, scans = [], 0
    for code, start in _segments(data):
        if code in _FRAMES:
            rows, columns = data[start + 3 : start + 5], data[start + 5 : start + 7]
            sizes.append((int.from_bytes(rows, "big"), int.from_bytes(columns, "big")))
        scans += code == _SCAN
        if scans > MAX_SCANS:
            raise Unreadable(
                f"found a JPEG stream of more than {MAX_SCANS} scans, expected about ten; "
                f"save it again as a baseline JPEG or PNG"
            )
    return sizes


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the code of each segment up to the end marker, and where its length field is."""
    at = 0
    while (found := _SEGMENT.search(data, at)) and found[1][0] != _END:
        yield found[1][0], found.end()
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")


# TIFF, by tifffile and imagecodecs


def decode_tiff(data: bytes, max_megapixels: float, select: str | None = None) -> Raster:
    """Decode one page or plane of a TIFF, once its header is found to be within the limits.

    Pillow would read the plain ones too, but its libtiff writes remarks about damaged files
    straight to the standard error of the process.

    Raises
    ------
    TooLarge, TooSmall, Unreadable
        And whatever tifffile and the codecs raise for a damaged file.
    """
    directories, whole = pages_of(data)
    _check_directory(data, directories[0])
    with _tiff_file(data, whole and len(directories) > 1) as file:
        plane = plane_of(file, len(directories), whole, select)
        page = plane.page.keyframe
        _check_directory(data, page.offset)
        _check_page_size(page, max_megapixels)
        _check_kind(page, plane.sample is None)
        _check_segments(plane.page, page, data)
        # (separate samples, depth, rows, columns, joint samples) -> (rows, columns, samples)
        if plane.start is not None:
            array = np.frombuffer(
                data, page.parent.byteorder + page.dtype.char, page.size, plane.start
            )
            array = array.reshape(page.shaped)[:, 0]
        else:
            # Zeros: what no strip or tile fills is black, not whatever the memory held before.
            out = None if page.is_contiguous else np.zeros(page.shaped, page.dtype)
            array = plane.page.asarray(squeeze=False, maxworkers=1, out=out)[:, 0]
        array = np.moveaxis(array, 0, -1).reshape(*array.shape[1:3], -1)
        if plane.sample is not None:
            white = stated_white(array.dtype, page.bitspersample)
            return Raster(array[..., plane.sample], white, notes=plane.notes)
        raster = _raster_of_page(page, array)
        return replace(raster, resolution=_stated_resolution(page), notes=plane.notes)


def _tiff_file(data: bytes, lsm: bool) -> tifffile.TiffFile:
    """Open a TIFF; with ``lsm``, one of a Zeiss microscope for what it says it is."""
    # These private formats make tifffile walk every page, which a hostile file can draw out.
    closed: dict[str, Any] = {"is_scanimage": False, "is_ndpi": False}
    if lsm:
        with suppress(Exception):  # Whatever is wrong with its words, the pages are there.
            return tifffile.TiffFile(io.BytesIO(data), **closed)
    return tifffile.TiffFile(io.BytesIO(data), is_lsm=False, **closed)


def _stated_resolution(page: Any) -> tuple[float, float] | None:
    """Return pixels to a length along columns and rows (TIFF 6.0, XResolution, YResolution)."""
    stated = [page.tags.valueof(tag) for tag in ("XResolution", "YResolution")]
    with suppress(TypeError, ValueError, ZeroDivisionError):
        across, down = (above / below for above, below in stated)
        return across, down
    return None


def _check_directory(data: bytes, start: int) -> None:
    """Refuse a directory whose sizes are lists: their product is a list of any length."""
    order, _, number, entry = layout(data)
    big = number == "Q"
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


def _check_page_size(page: Any, max_megapixels: float) -> None:
    check_size(page.imagelength, page.imagewidth, max_megapixels)
    values = page.imagelength * page.imagewidth * page.imagedepth * page.samplesperpixel
    tile = page.tilelength * page.tilewidth * page.tiledepth * page.samplesperpixel
    # Four channels are a picture's; the same allowance holds for one tile, which may overhang.
    if max(values, tile) > 4e6 * max_megapixels:
        raise TooLarge(
            f"found a TIFF page of {max(values, tile) / 1e6:.6g} million values, expected at most "
            f"{4 * max_megapixels:g}; save one plane of it or raise --max-megapixels"
        )


def _check_kind(page: Any, coloured: bool) -> None:
    """Check colours and numbers; a page of which one channel is taken need not have colours."""
    photometric, compression = int(page.photometric), int(page.compression)
    mixed = isinstance(page.bitspersample, tuple)
    shown = (
        f"{getattr(page.photometric, 'name', photometric)} TIFF of {page.samplesperpixel} x "
        f"{'mixed' if mixed else page.bitspersample} bits, "
        f"compression {getattr(page.compression, 'name', compression)}"
    )
    enough = page.samplesperpixel >= COLOURS.get(photometric, math.inf) or not coloured
    # Only in JPEG compression does tifffile turn YCbCr into RGB.
    if not enough or (photometric == YCBCR and compression != JPEG):
        raise Unreadable(f"found {shown}; expected grey, RGB, palette or CMYK; convert it to RGB")
    if page.dtype is None or page.dtype.kind not in "buif" or mixed:
        raise Unreadable(f"found {shown}; expected integers or floats; convert it to 16 bits")
    if photometric in (PALETTE, CMYK) and stated_white(page.dtype, page.bitspersample) is None:
        raise Unreadable(f"found {shown}; expected 8 or 16 bits; convert it to RGB")
    if page.samplesperpixel > 1 and page.planarconfig not in (1, 2):
        # Taken for planes, of which too few strips would be asked.
        raise Unreadable(
            f"found {shown}, in a planar configuration that does not exist; expected joint or "
            f"separate samples; save it again"
        )
    if compression not in COMPRESSIONS:
        raise Unreadable(
            f"found {shown}; expected none, LZW, deflate, PackBits, JPEG, CCITT, LZMA or "
            f"Zstandard; save it again with one of these"
        )


def _check_segments(place: Any, page: Any, data: bytes) -> None:
    """Check where a page or frame has its strips; ``page`` says how many and how large."""
    needed = math.prod(page.chunked)
    if needed > MAX_SEGMENTS:
        raise Unreadable(
            f"found a TIFF page of {needed} strips or tiles, expected at most {MAX_SEGMENTS}; "
            f"save it again with larger ones"
        )
    segments = list(zip(place.dataoffsets, place.databytecounts, strict=False))[:needed]
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


def _raster_of_page(page: Any, array: NDArray[Any]) -> Raster:
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
    raster = Raster(colour, white, alpha, turn, opaque and extra == [PREMULTIPLIED])
    return managed(raster, page.iccprofile, cmyk=photometric == CMYK)


DECODERS: dict[str, Callable[[bytes, float, str | None], Raster]] = {
    "TIFF": decode_tiff,
    "HEIC": decode_heif,
    "JPEG XL": decode_jpegxl,
    "SVG": decode_svg,
    "PDF": decode_pdf,
}
"""What Pillow does not read, or not safely."""
