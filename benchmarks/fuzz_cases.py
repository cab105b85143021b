"""Damaged pictures, files and weights for fuzz.py: sound ones, changed by their structure.

A case is a pure function of a seed and an index, so a finding can be made again from two numbers.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from numpy.random import Generator
from PIL import Image, ImageCms

import symscope
from fuzz_doors import DOORS, zarr_files

WEIGHTS = Path(symscope.__file__).parent / "classifier/weights"

SMALL_NUMBERS = (0, 1, 2, 7, 8, 16, 255, 256, 32767, 32768, 65535, 65536)
NUMBERS = (*SMALL_NUMBERS, 10**7, 2**31 - 1, 2**31, 2**32 - 1)
"""What breaks arithmetic of sizes: around the ends of each type."""

CLASSIFIER = "paper"


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48">'
    b'<defs><g id="a"><rect x="3" y="5" width="20" height="9" opacity=".5"/></g></defs>'
    b'<use href="#a"/><use href="#a" transform="rotate(30)"/><path d="M9 9L50 40Q9 40 9 9Z"/></svg>'
)
PDF = (
    b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 48]/Contents 4 0 R>>\nendobj\n"
    b"4 0 obj\n<</Length 16>>\nstream\n9 9 30 20 re f\n\nendstream\nendobj\n"
    b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"
)
"""A drawing and a page: formats that are written as text."""

LONGEST = 64 << 20
"""Bytes of a case: the process that is weighed also makes it, in several copies."""


def picture_case(seed: int, index: int) -> bytes:
    """Return one file: a sound one with up to four changes, of its structure or of its bytes."""
    rng = np.random.default_rng([seed, index])
    files = sound_pictures()
    data = files[rng.integers(len(files))]
    for _ in range(int(rng.integers(1, 5))):
        change = _structural(data) if rng.random() < 0.6 else None
        try:
            data = (change or _pick(rng, BYTEWISE))(rng, data)
        except (struct.error, IndexError, ValueError, zlib.error, OverflowError):
            data = _pick(rng, BYTEWISE)(rng, data)  # What it was is already lost.
    return data[:LONGEST]


@dataclass(frozen=True)
class FileCase:
    """A file, or the files of a Zarr store; what is asked of it, and of which dimension."""

    name: str
    content: dict[str, bytes]
    dimension: int

    def write(self, folder: Path) -> tuple[str, int]:
        """Write it into a folder → the name that is asked for, and the dimension."""
        for name, content in self.content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return str(folder / self.name), self.dimension


def file_case(seed: int, index: int) -> FileCase:
    """Return what is no picture: a sound file, or one of a store, with up to four changes."""
    rng = np.random.default_rng([seed, index])
    name = _pick(rng, [*doors(), "a.zarr"])
    stored = store() if name == "a.zarr" else {name.split("::")[0]: door(name)}
    content, changed = dict(stored), _pick(rng, list(stored))
    for _ in range(int(rng.integers(1, 5))):
        content[changed] = _pick(rng, BYTEWISE)(rng, content[changed])[:LONGEST]
    return FileCase(name, content, int(_pick(rng, (2, 3))))


@cache
def door(name: str) -> bytes:
    """Return a sound file of one of DOORS."""
    return DOORS[name]()


@cache
def doors() -> list[str]:
    """List those of DOORS whose files can be had: some are written by an extra's library."""
    had = []
    for name in DOORS:
        with suppress(ModuleNotFoundError):
            door(name)
            had.append(name)
    return had


@cache
def store() -> dict[str, bytes]:
    """Return the files of a sound Zarr store."""
    return {f"a.zarr/{name}": content for name, content in zarr_files().items()}


@dataclass(frozen=True)
class WeightsCase:
    """A folder of one classifier: its cards and its weights, whose checksum the card may state."""

    cards: bytes
    weights: bytes


def weights_case(seed: int, index: int) -> WeightsCase:
    """Return a classifier that ships, with changes of its header, its numbers or its card."""
    rng = np.random.default_rng([seed, index])
    weights, card = shipped()
    size = struct.unpack_from("<Q", weights)[0]
    header, numbers = json.loads(weights[8 : 8 + size]), weights[8 + size :]
    target = rng.random()
    if target < 0.4:
        content = json.dumps(_changed_json(rng, header)).encode()
        length = len(content) if rng.random() < 0.9 else int(_pick(rng, NUMBERS))
        weights = struct.pack("<Q", length) + content + numbers
    elif target < 0.6:
        weights = _pick(rng, BYTEWISE)(rng, weights)
    elif target < 0.7:
        weights = _bytes_changed(rng, weights[: 8 + size]) + numbers
    if rng.random() < 0.9:
        card = card | {"sha256": hashlib.sha256(weights).hexdigest()}
    cards: object = {CLASSIFIER: card}
    if target >= 0.7:
        cards = _changed_json(rng, cards)
    content = json.dumps(cards).encode()
    if target >= 0.9:
        content = _pick(rng, BYTEWISE)(rng, content)
    return WeightsCase(content, weights)


@cache
def shipped() -> tuple[bytes, dict[str, object]]:
    """Return the weights and the card of a classifier that ships."""
    cards = json.loads((WEIGHTS / "cards.json").read_text(encoding="utf-8"))
    return (WEIGHTS / f"{CLASSIFIER}.safetensors").read_bytes(), cards[CLASSIFIER]


@cache
def sound_pictures() -> tuple[bytes, ...]:
    """Return small sound files: every format, depth, colour and compression that is read."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (24, 32), dtype=np.uint8)
    rgb, rgba = np.dstack([grey, grey.T.reshape(24, 32), ~grey]), np.dstack([grey] * 4)
    deep = grey.astype(np.uint16) * 257
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turn = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    cmyk = Image.fromarray(rgb).convert("CMYK")
    palette = Image.fromarray(rgb).quantize(16)
    frames = [Image.fromarray(np.roll(grey, n)) for n in range(4)]
    files = [
        *(_pillow(image, "PNG") for image in (grey, rgb, rgba, deep, grey > 99, palette)),
        _pillow(rgb, "PNG", icc_profile=profile, exif=turn[6:]),
        _pillow(palette, "PNG", transparency=3),
        _pillow(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        imagecodecs.png_encode(np.dstack([deep] * 3)),
        imagecodecs.png_encode(np.dstack([deep] * 4)),
        *(_pillow(rgb, "JPEG", progressive=p, subsampling=s) for p in (0, 1) for s in (0, 1, 2)),
        _pillow(grey, "JPEG", icc_profile=profile, exif=turn, restart_marker_rows=1),
        _pillow(cmyk, "JPEG"),
        *(_pillow(rgba, "WEBP", lossless=lossless) for lossless in (False, True)),
        _pillow(rgb, "WEBP", icc_profile=profile, exif=turn),
        _pillow(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        *(_pillow(image, "GIF") for image in (grey, palette)),
        _pillow(frames[0], "GIF", save_all=True, append_images=frames[1:], interlace=1),
        *(_pillow(image, "BMP") for image in (grey, rgb, rgba, grey > 99, palette)),
        _pillow(frames[0], "AVIF", save_all=True, append_images=frames[1:]),
        *(_pillow(image, "JPEG2000") for image in (grey, rgb, rgba)),
        *(imagecodecs.jpegxl_encode(image) for image in (grey, rgb, rgba, deep)),
        _heic(rgba),
        SVG,
        PDF,
        _run_length_bmp(),
        *(_pillow(grey > 99, "TIFF", compression=c) for c in ("group3", "group4")),
        _pillow(cmyk, "TIFF"),
        _pillow(palette, "TIFF"),
        _pillow(rgb, "TIFF", compression="jpeg", icc_profile=profile),
    ]
    for compression in (None, "lzw", "deflate", "packbits", "lzma", "zstd"):
        files += [_tiff(deep, compression=compression), _tiff(rgb, compression=compression)]
    files += [
        _tiff(grey.astype(np.float32), compression="deflate", predictor=True),
        _tiff(grey.astype(np.float16), byteorder=">"),
        _tiff(grey.astype(np.float64), bigtiff=True),
        _tiff(rgba, tile=(16, 16), compression="lzw", predictor=True),
        _tiff(deep, bigtiff=True, byteorder=">", tile=(16, 16), compression="deflate"),
        _tiff(np.stack([grey] * 3), photometric="rgb", planarconfig="separate"),
        _tiff(np.stack([grey] * 5), photometric="minisblack", imagej=True),
        _tiff(np.stack([grey] * 3), photometric="minisblack", ome=True),
        _tiff(rgb, compression="jpeg", photometric="rgb"),
        _tiff(grey, photometric="miniswhite"),
        _tiff(grey.astype(np.int32) - 99),
    ]
    return tuple(files)


def _pillow(image: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(stream, kind, **options)
    return stream.getvalue()


def _heic(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(image)).save(stream)
    return stream.getvalue()


def _tiff(image: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, image, **options)  # pyright: ignore[reportArgumentType]
    return stream.getvalue()


def _run_length_bmp() -> bytes:
    runs = b"".join(bytes((16, n, 16, 255 - n, 0, 0)) for n in range(24)) + b"\0\1"
    table = b"".join(bytes((n, n, n, 0)) for n in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, 32, 24, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(head) + len(table)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + head + table + runs


# Changes of bytes, whatever they mean

Change = Callable[[Generator, bytes], bytes]


def _pick(rng: Generator, items: object):  # type: ignore[no-untyped-def]
    return items[int(rng.integers(len(items)))]  # type: ignore[index,arg-type]


def _place(rng: Generator, data: bytes) -> int:
    """Draw a place, half of the time near the start, where headers are."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 200)
    return int(rng.integers(max(1, end)))


def _put(data: bytes, at: int, content: bytes) -> bytes:
    return data[:at] + content + data[at + len(content) :]


def _bits(rng: Generator, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9)) if data else 0):
        changed[_place(rng, data)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _bytes_changed(rng: Generator, data: bytes) -> bytes:
    return _put(data, _place(rng, data), rng.bytes(int(rng.integers(1, 9))))


def _number(rng: Generator, data: bytes) -> bytes:
    kind = _pick(rng, ("<H", ">H", "<I", ">I", "<Q", ">Q"))
    value = int(_pick(rng, NUMBERS)) % (1 << 8 * struct.calcsize(kind))
    return _put(data, _place(rng, data), struct.pack(kind, value))


def _cut(rng: Generator, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _removed(rng: Generator, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + int(rng.integers(1, 65)) :]


def _repeated(rng: Generator, data: bytes) -> bytes:
    at, size = _place(rng, data), int(rng.integers(1, 257))
    return data[:at] + data[at : at + size] * int(rng.integers(2, 50)) + data[at:]


def _spliced(rng: Generator, data: bytes) -> bytes:
    other = _pick(rng, sound_pictures())
    return data[: _place(rng, data)] + other[_place(rng, other) :]


def _zeroed(rng: Generator, data: bytes) -> bytes:
    fill = _pick(rng, (b"\0", b"\xff"))
    return _put(data, _place(rng, data), fill * int(rng.integers(1, 65)))


def _extended(rng: Generator, data: bytes) -> bytes:
    return data + _pick(rng, (bytes(5000), rng.bytes(500), data))


BYTEWISE: tuple[Change, ...] = (
    *(_bits, _bytes_changed, _number, _number, _cut, _removed),
    *(_repeated, _spliced, _zeroed, _extended),
)


# Changes of structure: parts in another order, of other lengths, with sound checksums


def _structural(data: bytes) -> Change | None:
    for start, change in (
        (b"\x89PNG", _png),
        (b"\xff\xd8", _jpeg),
        (b"II", _tiff_entry),
        (b"MM", _tiff_entry),
        (b"RIFF", _riff),
        (b"BM", _bmp),
        (b"GIF8", _gif),
    ):
        if data.startswith(start):
            return change
    return None


def _shuffled(rng: Generator, parts: list[bytes]) -> list[bytes]:
    """Drop, repeat, exchange or multiply parts of a file."""
    parts = list(parts)
    one, other = (int(rng.integers(len(parts))) for _ in range(2))
    action = int(rng.integers(4))
    if action == 0:
        del parts[one]
    elif action == 1:
        parts.insert(other, parts[one])
    elif action == 2:
        parts[one], parts[other] = parts[other], parts[one]
    else:
        parts[one:one] = [parts[one]] * int(rng.integers(2, 400))
    return parts


def _png(rng: Generator, data: bytes) -> bytes:
    chunks, at = [], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    if rng.random() < 0.3:
        names = _shuffled(rng, [kind + content for kind, content in chunks])
        chunks = [(part[:4], part[4:]) for part in names]
    else:
        index = int(rng.integers(len(chunks)))
        kind, content = chunks[index]
        if kind == b"IDAT" and rng.random() < 0.7:
            content = zlib.compress(_pick(rng, BYTEWISE)(rng, zlib.decompress(content)))
        elif rng.random() < 0.2:
            kind = _pick(rng, b"IDAT PLTE tRNS iCCP eXIf acTL fcTL fdAT gAMA IHDR".split())
        elif rng.random() < 0.2:
            kind, content = b"zTXt", b"k\0\0" + zlib.compress(bytes(int(rng.integers(1 << 24))))
        else:
            content = _pick(rng, BYTEWISE)(rng, content)
        chunks[index] = (kind, content)
    return data[:8] + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _jpeg(rng: Generator, data: bytes) -> bytes:
    parts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0xDA:  # A scan lasts until the next marker that is no restart.
            while end + 1 < len(data) and not (
                data[end] == 0xFF and data[end + 1] not in (0, *range(0xD0, 0xD8))
            ):
                end += 1
        parts.append(data[at:end])
        at = end
    if rng.random() < 0.4:
        return data[:2] + b"".join(_shuffled(rng, parts)) + data[at:]
    index = int(rng.integers(len(parts)))
    head, content = parts[index][:4], parts[index][4:]
    content = _pick(rng, BYTEWISE)(rng, content)
    if rng.random() < 0.7 and head[1:2] != b"\xda":
        head = head[:2] + struct.pack(">H", min(65535, len(content) + 2))
    parts[index] = head + content
    return data[:2] + b"".join(parts) + data[at:]


def _tiff_entry(rng: Generator, data: bytes) -> bytes:
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    word, width, head = ("Q", 20, 8) if big else ("I", 12, 2)
    (start,) = struct.unpack_from(order + word, data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
    first = start + head
    one, other = (first + width * int(rng.integers(min(count, 4096))) for _ in range(2))
    end = first + width * count
    number = int(_pick(rng, (*NUMBERS, 8, 9, start, len(data) - 1, int(rng.integers(len(data))))))
    packed = struct.pack(order + word, number % (1 << (64 if big else 32)))
    action = int(rng.integers(7))
    if action == 0:
        return _put(data, one, struct.pack(order + "H", _some_tag(rng)))
    if action == 1:
        return _put(data, one + 2, struct.pack(order + "H", int(rng.integers(20))))
    if action == 2:
        return _put(data, one + 4, packed)
    if action == 3:
        short = struct.pack(order + "H", number % 65536) + bytes(2)
        return _put(data, one + width - len(packed), short if rng.random() < 0.5 else packed)
    if action == 4:
        return _put(data, other, data[one : one + width])
    if action == 5:
        return _put(data, end, packed)
    return _put(data, start, struct.pack(order + "H", number % 65536))


def _some_tag(rng: Generator) -> int:
    """Draw a tag that decides how a page is read, or of a maker whose files are read specially."""
    known = (254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 317, 320, 322)
    more = (323, 324, 325, 330, 338, 339, 347, 530, 32997, 33550, 33628, 34377, 34412, 34675, 37724)
    makers = (50838, 50839, 51123, 65420, 65439, 700, 270, 305, 33723, 42112, 48129, 65000)
    return int(_pick(rng, (*known, *more, *makers)))


def _riff(rng: Generator, data: bytes) -> bytes:
    parts, at = [], 12
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        end = at + 8 + size + size % 2
        parts.append(data[at:end])
        at = end
    if rng.random() < 0.4:
        parts = _shuffled(rng, parts)
    else:
        index = int(rng.integers(len(parts)))
        content = _pick(rng, BYTEWISE)(rng, parts[index][8:])
        content += b"\0" * (len(content) % 2)
        parts[index] = parts[index][:4] + struct.pack("<I", len(content)) + content
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _bmp(rng: Generator, data: bytes) -> bytes:
    at, kind = _pick(
        rng, ((2, "I"), (10, "I"), (14, "I"), (18, "i"), (22, "i"), (26, "H"), (28, "H"), (30, "I"))
    )
    numbers = (*NUMBERS, 4, 5, 12, 24, 32, 40, 64, 108, 124, -1, -24, -(2**31))
    value = int(_pick(rng, numbers)) % (1 << 8 * struct.calcsize(kind))
    return _put(data, at, struct.pack("<" + kind.upper(), value))


def _gif(rng: Generator, data: bytes) -> bytes:
    places = [n for n in range(13, len(data) - 10) if data[n : n + 1] in (b",", b"!")]
    at = int(_pick(rng, (6, 8, 10, 11, *places[:8]))) + int(rng.integers(0, 10))
    return _put(data, at, struct.pack("<H", int(_pick(rng, NUMBERS)) % 65536))


# Changes of JSON


def _changed_json(rng: Generator, value: object) -> object:
    """Change one place in nested objects and lists: a name, a value, a type, a repetition."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = _pick(rng, list(value))
        action = rng.random()
        if action < 0.1:
            return {name: item for name, item in value.items() if name != key}
        if action < 0.2:
            return _renamed(rng, value, key)
        return value | {key: _changed_json(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.7:
        changed = list(value)
        index = int(rng.integers(len(changed)))
        changed[index] = _changed_json(rng, changed[index])
        return changed if rng.random() < 0.8 else changed[:-1]
    return _some_json(rng)


def _renamed(rng: Generator, value: dict[str, object], key: str) -> dict[str, object]:
    name = str(_pick(rng, ("", "__metadata__", "../x", "\ud800", "a" * 5000, key[:-1], key + "\0")))
    return {name if other == key else other: item for other, item in value.items()}


def _some_json(rng: Generator) -> object:
    deep: object = 1
    for _ in range(400):
        deep = [deep]
    return _pick(
        rng,
        (
            *(None, True, False, "", "F64", "F16", "BF16", "paper", "extended", "maps", "pixels"),
            *(-1, 0.0, -0.5, 1e-300, 1e300, float("nan"), float("inf"), 10**30, *NUMBERS),
            *([], {}, [1], [0, 4], [4, 0], {"a": 1}, deep, "x" * 10_000, "\ud800", "../x"),
        ),
    )
