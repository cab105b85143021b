"""Bytes of one picture file to Samples: what each format states about size, depth and colour."""

import io
import logging
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from symscope.errors import InputError, TooLarge, Unreadable
from symscope.io.colour import from_pillow, managed
from symscope.io.jpeg import frame_sizes
from symscope.io.pixels import ORIENTATION_TAG, Samples, check_size
from symscope.io.tiff import decode_tiff

MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), "TIFF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"BM"), "BMP"),
)
"""How each format begins; the content decides, never the file's name."""

SOUNDS = re.compile(
    rb"RIFF....WAVE|RF64....WAVE|fLaC|OggS|FORM....AIF[FC]|ID3"
    rb"|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfd]",
    re.DOTALL,
)
"""How sounds begin; a frame of MPEG audio with eleven bits, a version and a layer. A JPEG begins
with ff d8, text in UTF-16 with ff fe."""

OTHERS = (
    (re.compile(rb"%PDF"), "a PDF"),
    (re.compile(rb"....ftyp(hei|mif|msf|avi|hev)", re.DOTALL), "a HEIC or AVIF picture"),
    (
        re.compile(
            rb"RIFF....WAVE|fLaC|OggS|FORM....AIF[FC]|ID3|\xff[\xf2-\xf7\xfa-\xfd]", re.DOTALL
        ),
        "a sound, which `symscope score FILE` takes and a list of pictures does not",
    ),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (
        re.compile(rb"PK\x03\x04.{26}[xX]\.npy", re.DOTALL),
        "samples of the plane, which symscope generators takes",
    ),
    (re.compile(rb"PK\x03\x04"), "a zip archive"),
    (re.compile(rb"MThd"), "a MIDI file, which has notes and no sound"),
    (re.compile(rb"\s*(<\?xml|<svg)", re.IGNORECASE), "an SVG or XML text"),
    (re.compile(rb"\s*<(!doctype|html)", re.IGNORECASE), "a web page"),
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer"),
    (re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP"), "a JPEG 2000 picture"),
)
"""What people mistake for a readable picture, to name it in the error."""

TEXT = re.compile(rb"[\t\n\r -~]{3,}")
"""What begins so is taken for text."""

TEXT_BYTES = 512
"""Bytes that are looked at for it."""

PLUGINS = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
}
"""Pillow's readers of these formats and no other: none that starts a program or opens a file."""

LOGS = ("tifffile", "imagecodecs")
"""Where these two remark on odd files; Pillow warns."""


SLIPS = (
    *(struct.error, ArithmeticError, AttributeError, LookupError, TypeError, AssertionError),
    *(UnicodeError, RecursionError),
)
"""What the libraries raise where they did not foresee the damage."""


def decode(data: bytes, max_megapixels: float) -> Samples:
    """Decode the first picture in the bytes of a PNG, JPEG, TIFF, WebP, BMP or GIF file.

    Raises
    ------
    TooLarge, TooSmall
        By the size in the header, before anything is decoded.
    Unreadable
        Anything else that is not a whole picture; no other exception leaves this function.

    >>> decode(b"", 50.0)
    Traceback (most recent call last):
    symscope.errors.Unreadable: found 0 bytes, expected a PNG, JPEG, TIFF, WebP, BMP or GIF ...
    """
    kind = next((name for magic, name in MAGIC if magic.match(data)), None)
    if kind is None:
        raise Unreadable(
            f"found {_described(data)}, expected a PNG, JPEG, TIFF, WebP, BMP or GIF picture; "
            f"{_remedy(data)}"
        )
    try:
        with quiet():
            return (
                decode_tiff(data, max_megapixels)
                if kind == "TIFF"
                else _decode_by_pillow(data, kind, max_megapixels)
            )
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


def _described(data: bytes) -> str:
    if not data:
        return "0 bytes"
    for magic, name in OTHERS:
        if magic.match(data):
            return name
    if TEXT.fullmatch(data[:TEXT_BYTES]):
        return "text"
    return f"{len(data)} byte{'s' * (len(data) > 1)} that begin with {data[:8].hex(' ')}"


def _remedy(data: bytes) -> str:
    if any(magic.match(data) for magic, _ in OTHERS) or not TEXT.fullmatch(data[:TEXT_BYTES]):
        return "convert it to one of these"
    return (
        "numbers in columns are read if the name ends in .csv, a Python function by "
        "symscope.score(f) in Python"
    )


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


def _decode_by_pillow(data: bytes, kind: str, max_megapixels: float) -> Samples:
    stated = _stated_size(data, kind)
    if stated is not None:
        check_size(*stated, max_megapixels)
    with PLUGINS[kind](io.BytesIO(data)) as image:
        check_size(image.height, image.width, max_megapixels)
        if kind == "JPEG":
            frame_sizes(data)
        image.load()
        orientation = _orientation(image)
        if kind == "PNG" and data[24] == 16:
            return _deep_png(data, image, orientation)
        # Beside the picture, the reader of WebP holds two canvases of its size: let go of them.
        picture = image.copy() if kind == "WebP" else image
    del image
    return from_pillow(picture, orientation)


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


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # Damaged EXIF is no reason to lose the picture.
        return 1
    return value if isinstance(value, int) else 1


def _deep_png(data: bytes, image: Image.Image, orientation: int) -> Samples:
    # Pillow keeps 8 of the 16 bits of a colour PNG.
    import imagecodecs

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
    deep = Samples(colour, 65535.0, alpha, orientation)
    return managed(deep, image.info.get("icc_profile"))
