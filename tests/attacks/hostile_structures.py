"""Builders of files whose structure, values or neighbours are odd: bombs, cycles, polyglots."""

import io
import lzma
import struct
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np
from hostile_images import (
    GREY,
    LONG,
    ROWS,
    SHORT,
    chunk,
    cut,
    gif,
    handmade_tiff,
    header,
    overwritten,
    page,
    pillow,
    pixels,
    png,
    tiff,
)
from PIL import Image

RGB = np.dstack([GREY] * 3)
ZEROS = 50 << 20
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def tiff_bomb(compression: int, packed: bytes) -> bytes:
    """A page of 384 bytes whose strip unpacks to far more."""
    tags = page(t259=(SHORT, [compression]), t279=(LONG, [len(packed)]))
    return handmade_tiff(tags)[:512] + packed


def frames(kind: str, count: int, **options) -> bytes:
    stream = io.BytesIO()
    images = [Image.fromarray(np.roll(GREY, n)) for n in range(count)]
    images[0].save(stream, kind, save_all=True, append_images=images[1:], **options)
    return stream.getvalue()


def gif_of_frames(count: int) -> bytes:
    """Frames of nothing, one after the other, without their pixels."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 16, 16, 0) + b"\x02\x02\x4c\x01\0"
    return gif(16, 16, 0, 0, 16, 16)[:-1] + frame * count + b";"


def jpeg_with(marker: int, content: bytes, count: int = 1) -> bytes:
    data = pillow(RGB, "JPEG")
    segment = b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content
    return data[:2] + segment * count + data[2:]


def jpeg_frame_field(at: int, value: int) -> bytes:
    """A sound JPEG with one byte of its frame header changed."""
    data = pillow(RGB, "JPEG")
    return overwritten(data, data.index(b"\xff\xc0") + at, bytes([value]))


def jpeg_progressive(side: int, copies: int) -> bytes:
    """A flat picture whose last, cheap scan comes again and again."""
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (90, 120, 30)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * copies + data[-2:]


def bmp_rle(runs: bytes, columns: int = 24, rows: int = 16, compression: int = 1) -> bytes:
    table = b"".join(bytes((n, n, n, 0)) for n in range(256))
    sizes = struct.pack("<IiiHHIIiiII", 40, columns, rows, 1, 8, compression, 0, 0, 0, 256, 0)
    start = 14 + len(sizes) + len(table)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + sizes + table + runs


def webp_chunks(*parts: tuple[bytes, bytes]) -> bytes:
    """An extended WebP of 24 x 16 pixels with other chunks than usual."""
    canvas = struct.pack("<I", 0x2C) + (23).to_bytes(3, "little") + (15).to_bytes(3, "little")
    body = b"WEBP"
    for kind, content in ((b"VP8X", canvas), *parts):
        body += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif_cycle() -> bytes:
    """An EXIF directory that names itself as its own EXIF and GPS directory."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825, 0xA005))
    return EXIF + b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + entries + struct.pack("<I", 8)


def exif_of(count: int, kind: int = 2) -> bytes:
    return EXIF + b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIII", 0x0112, kind, count, 8, 8)


def tiff_with_endless_tag() -> bytes:
    data = handmade_tiff(page(t270=(LONG, [7])))
    return overwritten(data, data.index(b"\x0e\1") + 4, b"\xff" * 4)


def tiff_of_byte_planes() -> bytes:
    """Three planes, as a reader may take it, of which one strip fills the first."""
    data = bytearray(tiff(RGB, photometric="rgb", compression="jpeg"))
    at = data.index(struct.pack("<HHI", 284, SHORT, 1))
    data[at + 2] = 1  # BYTE
    return bytes(data)


def tiff_of_unknown_planes() -> bytes:
    data = tiff(RGB, photometric="rgb", compression="lzw")
    at = data.index(struct.pack("<HHI", 284, SHORT, 1))
    return overwritten(data, at + 8, struct.pack("<H", 32768))


def values(*, nan: bool, dtype: str) -> bytes:
    array = np.linspace(0, 1, GREY.size).reshape(GREY.shape).astype(dtype)
    array[3, 3] = np.nan if nan else np.inf
    return tiff(array)


VP8L = pillow(GREY, "WEBP", lossless=True)[12:]
BOMBS: dict[str, Callable[[], bytes]] = {
    "png-of-8-flat-megapixels": lambda: png(header(4000, 2000, 1), pixels(bytes(2000 * 501))),
    "png-pixels-that-inflate-to-50-megabytes": lambda: png(
        header(24, 16), pixels(ROWS + bytes(ZEROS))
    ),
    "png-profile-that-inflates-to-64-megabytes": lambda: png(
        header(24, 16), chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1 << 26))), pixels(ROWS)
    ),
    "deep-png-profile-that-inflates-to-64-megabytes": lambda: png(
        header(24, 16, 16),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(1 << 26))),
        pixels(bytes(16 * 49)),
    ),
    "png-text-in-utf-8-that-inflates": lambda: png(
        header(24, 16),
        chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(1 << 26))),
        pixels(ROWS),
    ),
    "png-of-ten-thousand-texts": lambda: png(
        header(24, 16), *[chunk(b"tEXt", b"k\0" + b"v" * 99)] * 10_000, pixels(ROWS)
    ),
    "png-of-ten-thousand-pixel-chunks": lambda: png(
        header(24, 16), *(chunk(b"IDAT") for _ in range(10_000)), pixels(ROWS)
    ),
    "png-animation-of-a-thousand-frames": lambda: frames("PNG", 1000),
    "png-animation-of-2-billion-frames": lambda: png(
        header(24, 16), chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), pixels(ROWS)
    ),
    "tiff-lzma-bomb": lambda: tiff_bomb(34925, lzma.compress(bytes(ZEROS), preset=0)),
    "tiff-zstandard-bomb": lambda: tiff_bomb(50000, imagecodecs.zstd_encode(bytes(ZEROS))),
    "tiff-lzw-bomb": lambda: tiff_bomb(5, imagecodecs.lzw_encode(bytes(20 << 20))),
    "tiff-packbits-bomb": lambda: tiff_bomb(32773, b"\x81\0" * 500_000),
    "tiff-fax-bomb": lambda: tiff_bomb(4, b"\xff" * 500_000),
    "gif-of-twenty-thousand-frames": lambda: gif_of_frames(20_000),
    "gif-of-endless-comments": lambda: (
        gif(16, 16, 0, 0, 16, 16)[:-1] + b"!\xfe\xff" + bytes(255) * 4000
    ),
    "webp-animation-of-300-frames": lambda: frames("WEBP", 300),
    "webp-animation-on-a-canvas-of-13-megapixels": lambda: overwritten(
        frames("WEBP", 3), 27, (400_000).to_bytes(3, "little")
    ),
    "webp-of-250-megapixels-lossless": lambda: (
        b"RIFF"
        + struct.pack("<I", 30)
        + b"WEBPVP8L"
        + struct.pack("<I", 18)
        + b"\x2f"
        + (16383 | 16383 << 14).to_bytes(4, "little")
        + bytes(13)
    ),
    "jpeg-of-80-cheap-scans": lambda: jpeg_progressive(1000, 80),
    "jpeg-of-ten-thousand-comments": lambda: jpeg_with(0xFE, bytes(20), 10_000),
    "jpeg-of-a-thousand-profile-parts": lambda: jpeg_with(
        0xE2, b"ICC_PROFILE\0\1\xff" + bytes(1000), 1000
    ),
    "bmp-of-endless-runs": lambda: bmp_rle(b"\xff\1" * 500_000),
    "zip-named-as-a-picture": lambda: b"PK\x03\x04\x14\0\0\0\x08\0" + zlib.compress(bytes(1 << 24)),
    "gzip-named-as-a-picture": lambda: b"\x1f\x8b\x08\0" + zlib.compress(bytes(1 << 24)),
}
"""Small files that unpack, or go on, without end."""

STRUCTURES: dict[str, Callable[[], bytes]] = {
    # Sizes of nothing
    "png-of-no-rows": lambda: png(header(24, 0), pixels(b"")),
    "png-of-no-columns": lambda: png(header(0, 16), pixels(bytes(16))),
    "jpeg-of-no-rows": lambda: jpeg_frame_field(6, 0),
    "gif-of-no-size": lambda: gif(0, 0, 0, 0, 0, 0),
    "gif-frame-of-no-size": lambda: gif(16, 16, 0, 0, 0, 0),
    "gif-frame-outside-its-screen": lambda: gif(16, 16, 60000, 60000, 16, 16),
    "bmp-of-no-size": lambda: bmp_rle(b"\0\1", 0, 0),
    "bmp-of-negative-columns": lambda: bmp_rle(b"\0\1", -24, 16),
    "bmp-of-the-lowest-number-of-rows": lambda: bmp_rle(b"\0\1", 24, -(2**31)),
    "tiff-of-no-rows": lambda: handmade_tiff(page(t257=(LONG, [0]))),
    "tiff-of-no-bits": lambda: handmade_tiff(page(t258=(SHORT, [0]))),
    "tiff-of-no-samples": lambda: handmade_tiff(page(t277=(SHORT, [0]))),
    "tiff-tiles-of-no-size": lambda: handmade_tiff(
        page(t322=(LONG, [0]), t323=(LONG, [0]), t324=(LONG, [512]), t325=(LONG, [9]))
    ),
    # Directories within directories
    "tiff-whose-subdirectory-is-itself": lambda: handmade_tiff(page(t330=(LONG, [8]))),
    "tiff-of-a-thousand-subdirectories": lambda: handmade_tiff(page(t330=(LONG, [8] * 1000))),
    "tiff-whose-exif-is-itself": lambda: handmade_tiff(page(t34665=(LONG, [8]))),
    "tiff-whose-gps-is-itself": lambda: handmade_tiff(page(t34853=(LONG, [8]))),
    "tiff-with-a-tag-of-4-billion-values": tiff_with_endless_tag,
    "tiff-whose-planes-are-counted-in-bytes": tiff_of_byte_planes,
    "tiff-of-unknown-planes": tiff_of_unknown_planes,
    "tiff-that-says-it-is-of-a-microscope": lambda: handmade_tiff(
        page(t33628=(LONG, [8] * 6), t33629=(LONG, [8] * 6))
    ),
    "tiff-that-says-it-is-of-nikon": lambda: handmade_tiff(
        page(t65330=(LONG, [8]), t700=(LONG, [8]))
    ),
    # Values
    "tiff-with-nan": lambda: values(nan=True, dtype="float32"),
    "tiff-with-infinity": lambda: values(nan=False, dtype="float64"),
    "tiff-with-infinity-in-16-bits": lambda: values(nan=False, dtype="float16"),
    "tiff-all-nan": lambda: tiff(np.full((16, 24), np.nan, np.float32)),
    "tiff-of-the-largest-floats": lambda: tiff(
        np.where(GREY > 99, np.finfo(np.float64).max, -np.finfo(np.float64).max)
    ),
    "tiff-of-denormal-floats": lambda: tiff(np.where(GREY > 99, 5e-324, 0.0)),
    "tiff-of-the-largest-integers": lambda: tiff(np.where(GREY > 99, 2**63 - 1, -(2**63))),
    "tiff-palette-of-16-bits": lambda: handmade_tiff(
        page(t262=(SHORT, [3]), t258=(SHORT, [16]), t320=(SHORT, range(768)))
    ),
    "tiff-palette-index-behind-its-colours": lambda: overwritten(
        handmade_tiff(page(t262=(SHORT, [3]), t320=(SHORT, range(48)))), 512, b"\xff" * 384
    ),
    "png-palette-index-behind-its-colours": lambda: png(
        header(24, 16, 8, 3), chunk(b"PLTE", bytes(6)), pixels(ROWS)
    ),
    "png-palette-without-colours": lambda: png(header(24, 16, 8, 3), pixels(ROWS)),
    "png-transparency-longer-than-its-palette": lambda: png(
        header(24, 16, 8, 3), chunk(b"PLTE", bytes(6)), chunk(b"tRNS", bytes(4000)), pixels(ROWS)
    ),
    "png-filter-of-no-kind": lambda: png(header(24, 16), pixels((b"\x09" + bytes(24)) * 16)),
    # Profiles, EXIF and comments
    "jpeg-cmyk-with-a-grey-profile": lambda: pillow_cmyk(icc_profile=b"\0" * 128),
    "jpeg-whose-exif-is-a-circle": lambda: jpeg_with(0xE1, exif_cycle()),
    "jpeg-whose-exif-has-4-billion-values": lambda: jpeg_with(0xE1, exif_of(2**32 - 1, 5)),
    "jpeg-whose-turn-is-text": lambda: jpeg_with(0xE1, exif_of(4)),
    "jpeg-whose-turn-is-a-fraction-by-zero": lambda: jpeg_with(0xE1, exif_of(1, 5)),
    "jpeg-with-exif-of-64-kilobytes": lambda: jpeg_with(0xE1, EXIF + bytes(65_000)),
    "jpeg-with-a-packet-of-xml": lambda: jpeg_with(
        0xE1, XMP + b'<!DOCTYPE a [<!ENTITY b "bbbb">]>' + b"&b;" * 9000
    ),
    "png-with-exif-that-is-a-circle": lambda: png(
        header(24, 16), chunk(b"eXIf", exif_cycle()[6:]), pixels(ROWS)
    ),
    "webp-with-exif-and-profile-of-noise": lambda: webp_chunks(
        (b"ICCP", np.random.default_rng(1).bytes(5000)),
        (VP8L[:4], VP8L[8:]),
        (b"EXIF", exif_cycle()),
    ),
    "webp-of-ten-thousand-unknown-chunks": lambda: webp_chunks(
        *[(b"ABCD", b"")] * 10_000, (VP8L[:4], VP8L[8:])
    ),
    # JPEG streams
    "jpeg-of-sampling-by-15": lambda: jpeg_frame_field(11, 0xFF),
    "jpeg-of-sampling-by-nothing": lambda: jpeg_frame_field(11, 0),
    "jpeg-of-255-components": lambda: jpeg_frame_field(9, 255),
    "jpeg-of-12-bits": lambda: jpeg_frame_field(4, 12),
    "jpeg-of-a-table-that-is-not-there": lambda: jpeg_frame_field(12, 3),
    "jpeg-lossless": lambda: jpeg_frame_field(1, 0xC3),
    "jpeg-by-arithmetic": lambda: jpeg_frame_field(1, 0xC9),
    "jpeg-restarting-at-each-block": lambda: jpeg_with(0xDD, b"\0\1"),
    "jpeg-of-restart-markers-alone": lambda: (
        pillow(RGB, "JPEG")[:-2] + bytes(range(0xD0, 0xD8)).join([b"\xff"] * 9) * 500 + b"\xff\xd9"
    ),
    "jpeg-of-scans-without-a-frame": lambda: b"\xff\xd8" + jpeg_progressive(16, 9)[-300:],
    "jpeg-of-two-frames": lambda: pillow(RGB, "JPEG")[:-2] + pillow(RGB, "JPEG")[2:],
    "jpeg-with-a-segment-of-no-length": lambda: b"\xff\xd8\xff\xe0\0\0" + pillow(RGB, "JPEG")[2:],
    # Runs of BMP
    "bmp-runs-that-jump-behind-the-end": lambda: bmp_rle(b"\0\2\xff\xff" * 100 + b"\0\1"),
    "bmp-runs-cut-short": lambda: bmp_rle(b"\0\xff"),
    "bmp-runs-of-no-length": lambda: bmp_rle(b"\0\0" * 5000 + b"\0\1"),
    "bmp-of-half-bytes": lambda: bmp_rle(b"\xff\x12" * 50 + b"\0\1", compression=2),
    "bmp-that-holds-a-jpeg": lambda: bmp_rle(pillow(GREY, "JPEG"), compression=4),
    "bmp-that-holds-a-png": lambda: bmp_rle(pillow(GREY, "PNG"), compression=5),
    "bmp-whose-pixels-are-its-header": lambda: overwritten(bmp_rle(bytes(384)), 10, bytes(4)),
    # Two things at once
    "gif-that-is-also-a-script": lambda: b"GIF89a/*" + pillow(GREY, "GIF")[8:] + b"*/=1;alert(1)",
    "png-with-a-zip-behind": lambda: pillow(GREY, "PNG") + b"PK\x05\x06" + bytes(18),
    "jpeg-with-a-pickle-inside": lambda: jpeg_with(0xFE, b"cos\nsystem\n(S'exit 1'\ntR."),
    "jpeg-with-php-inside": lambda: jpeg_with(0xFE, b"<?php system($_GET[0]); ?>"),
    "tiff-that-begins-like-a-photoshop-file": lambda: b"8BPS" + tiff(GREY),
    "png-after-a-byte-order-mark": lambda: b"\xef\xbb\xbf" + pillow(GREY, "PNG"),
    "png-twice": lambda: pillow(GREY, "PNG") * 2,
    "png-with-line-ends-of-windows": lambda: pillow(GREY, "PNG").replace(b"\n", b"\r\n"),
    "gif-in-a-tiff-header": lambda: b"II*\0" + pillow(GREY, "GIF"),
    "icon": lambda: b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x18\0" + bytes(60),
    "script-that-postscript-would-run": lambda: b"%!PS\n(%pipe%id) (r) file\n",
    "windows-metafile": lambda: b"\xd7\xcd\xc6\x9a" + bytes(60),
    "fits-file": lambda: b"SIMPLE  =                    T".ljust(2880),
    "xpm-text": lambda: b'/* XPM */\nstatic char *a[] = {"9 9 1 1", "a c #000"};\n',
    "pcx-file": lambda: b"\x0a\5\1\x08" + bytes(124),
    "jpeg-2000": lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
    "avif": lambda: b"\0\0\0\x1cftypavif" + bytes(60),
}
"""Odd or damaged in one way each: a picture or our error."""


def pillow_cmyk(**options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(RGB).convert("CMYK").save(stream, "JPEG", **options)
    return stream.getvalue()


SOURCES: dict[str, Callable[[], bytes]] = {
    "png": lambda: pillow(RGB, "PNG"),
    "deep-png": lambda: pillow(GREY.astype(np.uint16) * 99, "PNG"),
    "jpeg": lambda: pillow(RGB, "JPEG"),
    "progressive-jpeg": lambda: pillow(RGB, "JPEG", progressive=True),
    "webp": lambda: pillow(RGB, "WEBP"),
    "lossless-webp": lambda: pillow(RGB, "WEBP", lossless=True),
    "gif": lambda: pillow(GREY, "GIF"),
    "bmp": lambda: pillow(GREY, "BMP"),
    "tiff": lambda: tiff(RGB),
    "tiled-tiff": lambda: tiff(RGB, tile=(16, 16), compression="deflate"),
    "bigtiff": lambda: tiff(GREY, bigtiff=True),
}
"""Sound files, to be cut at every stage."""


def stages(data: bytes, count: int = 60) -> list[bytes]:
    """A file cut after each of its first bytes, then at even steps."""
    return [data[:n] for n in range(40)] + [cut(data, n / count) for n in range(1, count)]


NAMES = [
    "..\N{FRACTION SLASH}..\N{FRACTION SLASH}etc\N{FRACTION SLASH}passwd.png",
    "..\\..\\boot.ini.png",
    "C:\\con.png",
    "con.png",
    "nul",
    "=cmd|' -c calc'!A0.png",
    "+1+1.png",
    "@sum(a1).png",
    "-2+3.png",
    "a\nb.png",
    "a\r\nSet-Cookie: b.png",
    "a\tb.png",
    "\x1b[2J\x1b]0;title\x07.png",
    "\u202egnp.exe",
    "\u2066a\u2069.png",
    "a\x7f.png",
    "\N{CAT FACE}\u200d\N{ARTIST PALETTE}.png",
    "\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}" * 20 + ".png",
    "\N{HEBREW LETTER ALEF}\N{ARABIC LETTER BEH}\N{CJK UNIFIED IDEOGRAPH-753B}.png",
    "\ufeffa.png",
    "a\u2028b\u2029c.png",
    " leading and trailing .png ",
    "...",
    "-rf",
    "--help",
    "%s%n%x.png",
    "{name}.png",
    "$(touch pwned).png",
    "`id`;rm -rf ~.png",
    "<img src=x onerror=alert(1)>.png",
    "'; DROP TABLE scores;--.png",
    "*?[a-z].png",
    "sample:camera",
    "x" * 250 + ".png",
    "sure\udcff\udc80.png",
]
"""What files are called by those who mean harm, or just live elsewhere."""
