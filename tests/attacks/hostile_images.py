"""Builders of files that try to exhaust memory or time, or to break a reader; all are small."""

import io
import struct
import zlib
from collections.abc import Callable, Iterable

import numpy as np
import tifffile
from PIL import Image

GREY = (np.arange(16 * 24).reshape(16, 24) % 251).astype(np.uint8)
SHORT, LONG, LONG8 = 3, 4, 16
SIZES = {SHORT: "H", LONG: "I", LONG8: "Q"}


def pillow(image: np.ndarray, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()


def tiff(image: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, image, **options)
    return stream.getvalue()


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def header(columns: int, rows: int, bits: int = 8, colour: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, 0))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND")


def pixels(content: bytes) -> bytes:
    return chunk(b"IDAT", zlib.compress(content, 9))


def handmade_tiff(tags: dict[int, tuple[int, Iterable[int]]], after: int = 0) -> bytes:
    """A little-endian TIFF of one directory at byte 8, then 64 KiB of zeros to point strips at."""
    entries, spill = b"", b""
    spill_at = 8 + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        values = list(values)
        content = struct.pack(f"<{len(values)}{SIZES[kind]}", *values)
        if len(content) > 4:
            place = struct.pack("<I", spill_at + len(spill))
            spill += content
        else:
            place = content.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + place
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)
    return b"II*\0\x08\0\0\0" + directory + spill + bytes(1 << 16)


def page(**changes: tuple[int, Iterable[int]]) -> dict[int, tuple[int, Iterable[int]]]:
    """The tags of a sound page of 16 x 24 bytes, with changes by tag number (``t256=...``)."""
    tags: dict[int, tuple[int, Iterable[int]]] = {
        256: (LONG, [24]),
        257: (LONG, [16]),
        258: (SHORT, [8]),
        259: (SHORT, [1]),
        262: (SHORT, [1]),
        273: (LONG, [512]),
        277: (SHORT, [1]),
        278: (LONG, [16]),
        279: (LONG, [16 * 24]),
    }
    return tags | {int(name[1:]): value for name, value in changes.items()}


def jpeg_frame(columns: int, rows: int) -> bytes:
    """A sound JPEG whose frame header states another size."""
    data = bytearray(pillow(GREY, "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", rows, columns)
    return bytes(data)


def jpeg_of_scans(count: int) -> bytes:
    data = pillow(np.dstack([GREY] * 3), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def jpeg_strip_in_tiff() -> bytes:
    strip = jpeg_frame(65500, 65500)
    tags = page(t259=(SHORT, [7]), t279=(LONG, [len(strip)]))
    data = bytearray(handmade_tiff(tags))
    data[512 : 512 + len(strip)] = strip
    return bytes(data)


def strip_bomb() -> bytes:
    """A strip of 384 bytes that inflates to 200 MB."""
    pack = zlib.compressobj(9)
    packed = b"".join(pack.compress(bytes(1 << 20)) for _ in range(200)) + pack.flush()
    tags = page(t259=(SHORT, [8]), t279=(LONG, [len(packed)]))
    return handmade_tiff(tags)[:512] + packed


def gif(columns: int, rows: int, *frame: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", columns, rows, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", *frame, 0) + b"\x02\x02\x4c\x01\0;"


def bmp(columns: int, rows: int, bits: int = 24, compression: int = 0) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, columns, rows, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 64, 0, 0, 54) + head + bytes(64)


def webp(columns: int, rows: int) -> bytes:
    canvas = (columns - 1).to_bytes(3, "little") + (rows - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def cut(data: bytes, share: float = 0.6) -> bytes:
    return data[: int(len(data) * share)]


def overwritten(data: bytes, at: int, content: bytes) -> bytes:
    return data[:at] + content + data[at + len(content) :]


SOUND = [
    pillow(GREY, "PNG"),
    pillow(np.dstack([GREY] * 4), "PNG"),
    pillow(GREY.astype(np.uint16) * 200, "PNG"),
    pillow(np.dstack([GREY] * 3), "JPEG", progressive=True),
    pillow(np.dstack([GREY] * 4), "WEBP"),
    pillow(GREY, "GIF"),
    pillow(GREY, "BMP"),
    tiff(GREY, compression="lzw"),
    tiff(GREY.astype(np.float32), compression="deflate", predictor=True),
    tiff(GREY.astype(np.uint16), bigtiff=True, byteorder=">", tile=(16, 16)),
    tiff(np.dstack([GREY] * 3), compression="jpeg", photometric="rgb"),
    pillow(GREY > 99, "TIFF", compression="group4"),
]
"""One sound file of each kind that is read: what attacks start from."""

ROWS = b"".join(b"\0" + row.tobytes() for row in GREY)
DEEP = GREY.astype(np.uint16) * 100
BILLION = 10**9

HUGE: dict[str, Callable[[], bytes]] = {
    "png-header-of-2500-megapixels": lambda: png(header(50_000, 50_000), pixels(b"\0")),
    "png-bomb-of-400-megapixels": lambda: png(header(20_000, 20_000, 1), pixels(bytes(50_020_000))),
    "png-of-one-endless-row": lambda: png(header(2**31 - 1, 8), pixels(b"\0")),
    "png-with-a-second-huge-header": lambda: png(
        header(24, 16), header(60_000, 60_000), pixels(ROWS)
    ),
    "deep-png-with-a-huge-first-header": lambda: png(
        header(60_000, 60_000, 16, 2), header(24, 16, 16, 2), pixels(ROWS)
    ),
    "jpeg-frame-of-65500-squared": lambda: jpeg_frame(65500, 65500),
    "gif-screen-of-65535-squared": lambda: gif(65535, 65535, 0, 0, 16, 16),
    "gif-frame-larger-than-its-screen": lambda: gif(16, 16, 0, 0, 65535, 65535),
    "bmp-of-2-billion-pixels": lambda: bmp(50_000, 50_000),
    "bmp-upside-down-and-huge": lambda: bmp(50_000, -50_000),
    "webp-canvas-of-16-million-squared": lambda: webp(1 << 24, 1 << 24),
    "webp-canvas-of-16000-squared": lambda: webp(16_000, 16_000),
    "tiff-page-of-a-billion-squared": lambda: handmade_tiff(
        page(t256=(LONG, [BILLION]), t257=(LONG, [BILLION]))
    ),
    "tiff-tile-of-a-million-squared": lambda: handmade_tiff(
        page(t322=(LONG, [1 << 20]), t323=(LONG, [1 << 20]), t324=(LONG, [512]), t325=(LONG, [9]))
    ),
    "tiff-of-a-billion-planes-in-depth": lambda: handmade_tiff(page(t32997=(LONG, [BILLION]))),
    "tiff-of-65535-channels-and-a-megapixel": lambda: handmade_tiff(
        page(t256=(LONG, [1000]), t257=(LONG, [1000]), t277=(SHORT, [65535]))
    ),
}
"""Small files of huge pictures: TooLarge, before any of it is decoded."""

DAMAGED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one-byte": lambda: b"\x89",
    "zeros": lambda: bytes(5000),
    "noise": lambda: np.random.default_rng(1).bytes(5000),
    "text-that-begins-like-a-bmp": lambda: b"BM is not always a bitmap\n" * 9,
    "text-that-begins-like-a-tiff": lambda: b"II*\0 is not always a TIFF",
    "web-page": lambda: b"<!DOCTYPE html><title>404</title>",
    "xml": lambda: b'<?xml version="1.0"?><root width="9" height="9"/>',
    "pdf": lambda: b"%PDF-1.7\n",
    "zip": lambda: b"PK\x03\x04" + bytes(60),
    "heic": lambda: b"\0\0\0\x18ftypheic" + bytes(60),
    "photoshop": lambda: b"8BPS\0\1" + bytes(60),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "lfs-pointer": lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
    "png-cut-short": lambda: cut(pillow(GREY, "PNG")),
    "png-signature-only": lambda: pillow(GREY, "PNG")[:8],
    "png-without-pixels": lambda: png(header(24, 16)),
    "png-with-too-few-pixels": lambda: png(header(24, 16), pixels(ROWS[:99])),
    "png-with-a-wrong-checksum": lambda: overwritten(pillow(GREY, "PNG"), 29, b"\1\2\3\4"),
    "png-of-unknown-depth": lambda: png(header(24, 16, 7), pixels(ROWS)),
    "png-text-bomb": lambda: png(
        header(24, 16), chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1 << 26), 9)), pixels(ROWS)
    ),
    "deep-png-with-two-headers": lambda: png(
        header(24, 16, 16),
        header(24, 16, 16),
        pixels(b"".join(b"\0" + row.tobytes() for row in DEEP)),
    ),
    "deep-png-cut-short": lambda: cut(pillow(DEEP, "PNG"), 0.8),
    "jpeg-cut-short": lambda: cut(pillow(GREY, "JPEG", quality=95), 0.9),
    "jpeg-header-only": lambda: b"\xff\xd8\xff\xe0",
    "jpeg-without-tables": lambda: pillow(GREY, "JPEG").replace(b"\xff\xdb", b"\xff\xfe"),
    "jpeg-of-a-thousand-scans": lambda: jpeg_of_scans(1000),
    "gif-cut-short": lambda: cut(pillow(GREY, "GIF"), 0.3),
    "gif-without-a-frame": lambda: b"GIF89a\x10\0\x10\0\0\0\0;",
    "bmp-cut-short": lambda: cut(pillow(GREY, "BMP")),
    "bmp-of-unknown-compression": lambda: bmp(16, 16, 24, 77),
    "bmp-of-unknown-depth": lambda: bmp(16, 16, 13),
    "webp-cut-short": lambda: cut(pillow(GREY, "WEBP")),
    "webp-header-only": lambda: b"RIFF\x04\0\0\0WEBP",
    "webp-canvas-without-pixels": lambda: webp(64, 64),
    "tiff-header-only": lambda: b"II*\0",
    "tiff-directory-behind-the-end": lambda: b"MM\0*\x7f\xff\xff\xff" + bytes(99),
    "tiff-directory-inside-the-header": lambda: b"II*\0\0\0\0\0" + bytes(99),
    "tiff-directory-of-65535-tags": lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(99),
    "bigtiff-directory-at-2-to-the-63": lambda: (
        b"II+\0\x08\0\0\0" + struct.pack("<Q", 1 << 63) + bytes(99)
    ),
    "tiff-width-that-is-a-list": lambda: handmade_tiff(
        page(t256=(LONG, [24] * 2000), t257=(LONG, [10**7]))
    ),
    "tiff-without-strips": lambda: handmade_tiff({k: v for k, v in page().items() if k != 273}),
    "tiff-strips-behind-the-end": lambda: handmade_tiff(page(t273=(LONG, [BILLION]))),
    "tiff-strip-longer-than-the-file": lambda: handmade_tiff(page(t279=(LONG, [BILLION]))),
    "tiff-of-4-million-strips": lambda: handmade_tiff(
        page(t256=(LONG, [8]), t257=(LONG, [4_000_000]), t278=(LONG, [1]))
    ),
    "tiff-of-tiles-of-one-pixel": lambda: handmade_tiff(
        page(
            t256=(LONG, [5000]),
            t257=(LONG, [5000]),
            t322=(LONG, [1]),
            t323=(LONG, [1]),
            t324=(LONG, [512]),
            t325=(LONG, [1]),
        )
    ),
    "tiff-strips-of-no-rows": lambda: handmade_tiff(page(t278=(LONG, [0]), t279=(LONG, [0]))),
    "tiff-jpeg-strip-of-65500-squared": jpeg_strip_in_tiff,
    "tiff-of-unknown-compression": lambda: handmade_tiff(page(t259=(SHORT, [4711]))),
    "tiff-of-unchecked-compression": lambda: tiff(GREY, compression="jpeg2000"),
    "tiff-of-unknown-colours": lambda: handmade_tiff(page(t262=(SHORT, [32803]))),
    "tiff-palette-without-colours": lambda: handmade_tiff(page(t262=(SHORT, [3]))),
    "tiff-of-mixed-depths": lambda: handmade_tiff(
        page(t258=(SHORT, [5, 6, 5]), t262=(SHORT, [2]), t277=(SHORT, [3]))
    ),
    "tiff-of-a-thousand-depths": lambda: handmade_tiff(
        page(t258=(SHORT, range(1000)), t277=(SHORT, [1000]))
    ),
    "tiff-of-complex-pixels": lambda: tiff(GREY.astype(np.complex64)),
    "tiff-deep-cut-short": lambda: cut(tiff(DEEP)),
    "tiff-lzw-damaged": lambda: overwritten(
        tiff(DEEP, compression="lzw"), len(tiff(DEEP, compression="lzw")) - 90, b"\xff" * 40
    ),
    "tiff-fax-damaged": lambda: overwritten(
        pillow(GREY > 99, "TIFF", compression="group4"), 8, b"\0" * 12
    ),
}
"""Files that are no whole picture of a known kind: Unreadable."""

ODD: dict[str, Callable[[], bytes]] = {
    "png-chunk-of-4-gigabytes": lambda: overwritten(pillow(GREY, "PNG"), 33, b"\xff" * 4),
    "tiff-without-a-width": lambda: handmade_tiff({k: v for k, v in page().items() if k != 256}),
    "tiff-whose-directory-follows-itself": lambda: handmade_tiff(page(), after=8),
    "tiff-whose-next-directory-is-behind-the-end": lambda: handmade_tiff(page(), after=1 << 31),
    "tiff-of-a-zeiss-microscope-that-follows-itself": lambda: handmade_tiff(
        page(t34412=(LONG, [0] * 40)), after=8
    ),
    "tiff-strip-that-inflates-to-200-megabytes": strip_bomb,
    "png-with-a-damaged-profile": lambda: pillow(GREY, "PNG", icc_profile=bytes(900)),
    "jpeg-with-damaged-exif": lambda: pillow(GREY, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "jpeg-with-an-unknown-turn": lambda: pillow(
        GREY, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x63\0\0\0\0\0\0\0"
    ),
    "png-with-something-behind-its-end": lambda: pillow(GREY, "PNG") + b"MZ" * 5000,
}
"""Odd files that may still be read: a picture or our error, never anything else."""
