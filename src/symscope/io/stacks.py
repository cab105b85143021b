"""TIFF files of several pages or planes: what there is, and where the chosen one lies."""

import struct
from dataclasses import dataclass
from math import prod
from typing import Any
from xml.etree import ElementTree

import numpy as np

from symscope.errors import Unreadable
from symscope.selection import choose

MOST_PAGES = 1 << 16
"""Pages that are counted, and planes of a stack."""

UNNAMED = frozenset("IQ")
"""tifffile's letters of axes that are only a sequence."""

COUNTED = ("IFD", "NumPlanes", "PlaneCount", "FirstC", "FirstZ", "FirstT")
"""Numbers of planes in an OME-XML."""


@dataclass(frozen=True)
class Plane:
    """Where one plane of a TIFF lies.

    Attributes
    ----------
    page : the page or frame that holds it
    start : its first byte, where all planes follow the first page in one piece
    sample : which of the page's channels, if one was chosen
    notes : what a person is told of the choice
    """

    page: Any
    start: int | None = None
    sample: int | None = None
    notes: tuple[str, ...] = ()


def layout(data: bytes) -> tuple[str, str, str, str]:
    """Return byte order and formats of an offset, a count, and the start of an entry.

    >>> layout(b"II*" + bytes(5))
    ('<', 'I', 'H', 'HHI')
    """
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    return (order, "Q", "Q", "HHQ") if big else (order, "I", "H", "HHI")


def pages_of(data: bytes) -> tuple[list[int], bool]:
    """Follow the chain of pages → where each begins, and whether the chain ends as it should."""
    order, offset, number, _ = layout(data)
    (at,) = struct.unpack_from(order + offset, data, 8 if number == "Q" else 4)
    width, known = 20 if number == "Q" else 12, {at: None}
    while len(known) <= MOST_PAGES:
        try:
            (count,) = struct.unpack_from(order + number, data, at)
            after = at + struct.calcsize(number) + width * count
            (at,) = struct.unpack_from(order + offset, data, after)
        except struct.error:
            return list(known), False
        if at == 0:
            return list(known), True
        if at in known or at >= len(data):
            break
        known[at] = None
    return list(known), False


def plane_of(file: Any, pages: int, whole: bool, select: str | None) -> Plane:
    """Choose a page of a TIFF, or a plane of a stack with axes.

    Parameters
    ----------
    file : tifffile.TiffFile
    pages : how many there are
    whole : whether their chain is sound; only then is what a program says of its axes asked

    Raises
    ------
    Unreadable
        For a plane that is not there.
    """
    series = _series(file) if whole else None
    if series is None:
        places, notes = choose(select, {"page": pages})
        return Plane(file.pages[places["page"]], notes=notes)
    key, shape = series.keyframe, series.get_shape(False)
    axes = series.get_axes(False)
    leading = len(shape)
    while prod(shape[leading:]) < key.size:
        leading -= 1
    letters = [axis.lower() for axis in axes[:leading]]
    counts = {axis: shape[i] for i, axis in enumerate(letters) if shape[i] > 1}
    if all(axis.upper() in UNNAMED for axis in counts):
        counts = {"page": prod(shape[:leading])}
    within = axes.find("C", leading)
    if within >= 0 and shape[within] > 1:
        counts["c"] = shape[within]
    # Three or four channels of a page are its colours, as long as none is named.
    coloured = within >= 0 and shape[within] in (3, 4)
    places, notes = choose(select, counts, frozenset({"c"} if coloured else ()))
    where = [places.get(axis, 0) for axis in letters]
    index = places.get("page", 0)
    if leading and "page" not in places:
        index = int(np.ravel_multi_index(where, shape[:leading]))
    sample = places.get("c") if within >= 0 else None
    if len(series) == 1 and index:
        if not key.is_contiguous:
            raise Unreadable("found planes that are packed as one, expected pages; save it again")
        return Plane(key, key.dataoffsets[0] + index * key.nbytes, sample, notes)
    page = series[index]
    if page is None:
        raise Unreadable("found a plane that is not in this file, expected all; choose another")
    return Plane(page, None, sample, notes)


def _series(file: Any) -> Any:
    """Return what a program says of the axes of its stack, or None where none can be believed."""
    first = file.pages[0]
    try:
        if first.is_ome and not _sound(first.description):
            return None
        if not (first.is_ome or first.is_imagej or first.is_shaped or first.is_lsm):
            return None
        series = file.series[0]
        shape, size = series.get_shape(False), series.keyframe.size
        planes, rest = divmod(prod(shape), size)
        axes = series.get_axes(False)
        sound = not rest and len(series) in (1, planes) and planes <= MOST_PAGES
        sound = sound and axes.isascii() and axes.isalpha() and len(set(axes)) == len(axes)
        return series if sound and series.keyframe is not None else None
    except Exception:  # Whatever is wrong with its words, the pages are there.
        file.pages.useframes = False
        return None


def _sound(text: str) -> bool:
    """Tell whether an OME-XML names no more planes than are read, and no other axes."""
    for element in ElementTree.fromstring(text).iter():
        kind, attributes = element.tag.rpartition("}")[2], element.attrib
        if kind.startswith("ModuloAlong"):
            return False
        if any(int(attributes.get(name, 0)) > MOST_PAGES for name in COUNTED):
            return False
        if kind == "Pixels" and prod(int(attributes[f"Size{a}"]) for a in "CZT") > MOST_PAGES:
            return False
    return True
