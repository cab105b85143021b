"""What a JPEG stream states about itself, read without decoding it."""

import re
from collections.abc import Iterator

from symscope.errors import Unreadable

MAX_SCANS = 100
"""Encoders write about ten; every further one costs a pass over all pixels for a few bytes."""

# Inside a scan FF is followed by 00 or a restart marker; any other code begins a segment.
_SEGMENT = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
_END, _SCAN = 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


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
