"""The door for DICOM: a file is a picture, many frames or a folder of a series are a volume."""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, TooLarge, Unreadable
from symscope.io.extras import library
from symscope.io.grids import Source, check_shape
from symscope.io.paths import dicom_files, is_dicom, printable

MOST_FILES = 1 << 14
"""Slices of a series."""

MOST_LISTED = 10
"""Series that an error lists."""

UNEVEN = 0.05
"""Largest deviation of the distances of slices, as a share of their mean, that counts as even."""

GREYS = ("MONOCHROME1", "MONOCHROME2")

MOST_FRAME = 1 << 28
"""Values of one frame; more than any limit of a picture lets through."""


@contextmanager
def dicom(path: str) -> Iterator[Source]:
    """Open a DICOM file, or a folder that holds the files of one series.

    Returns
    -------
    Source
        Of a file with one frame a picture (R, C), whose parts may be (R, C, 3) in colours; of one
        with several, or a series, a volume of slices, rows and columns, in mm where the files
        say where their slices are. Greys are rescaled as the file states; MONOCHROME1 is inverted.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall
        And whatever pydicom raises for a damaged file.
    """
    pydicom: Any = library("pydicom", "medical", "a DICOM file")
    if not os.path.exists(path):
        raise MissingFile("found no such file, expected DICOM; check the path")
    if not is_dicom(path):
        raise Unreadable("found no DICOM file, which has DICM at byte 128; save or export it again")
    folder = os.path.isdir(path)
    files = dicom_files(path) if folder else [path]
    if len(files) > MOST_FILES:
        raise TooLarge(f"found {len(files)} files, expected at most {MOST_FILES} of one series")
    heads = [pydicom.dcmread(file, stop_before_pixels=True) for file in files]
    _check_one_series(heads)
    frames = [_frames(head) for head in heads]
    first = heads[0]
    size = (int(first.Rows), int(first.Columns))
    if len({(h.Rows, h.Columns, h.PhotometricInterpretation) for h in heads}) > 1:
        raise Unreadable("found slices of different sizes or kinds, expected those of one series")
    if max(frames) > 1 and len(files) > 1:
        raise Unreadable("found several files of many frames, expected one; name one of them")
    if math.prod(size) * first.get("SamplesPerPixel", 1) > MOST_FRAME:
        raise TooLarge(f"found frames of {size[0]} × {size[1]}, expected fewer pixels")
    if not folder and frames[0] == 1:
        spacing = _pixel_spacing(first) or (1.0, 1.0)
        place = spacing, (0.0, 0.0), "mm"
        yield Source(size, 0, lambda a, b: _picture(path)[a:b], *place, _notes(first))
        return
    if first.PhotometricInterpretation not in GREYS:
        raise Unreadable("found slices in colours, expected grey ones; save one as a picture")
    count = sum(frames)
    if count > MOST_FILES:
        raise TooLarge(f"found {count} frames, expected at most {MOST_FILES}")
    check_shape((count, *size))
    order, spacing, start, notes = _placed(heads if len(files) > 1 else _frame_heads(first))

    def slab(begin: int, end: int) -> NDArray[Any]:
        chosen = order[begin:end]
        if len(files) > 1:
            return np.stack([_grey(heads[i], _pixels(files[i], 0)) for i in chosen])
        return np.stack([_grey(first, _pixels(files[0], i)) for i in chosen])

    unit = "mm" if spacing else "voxels"
    notes = (*_notes(first), *notes)
    yield Source((count, *size), 0, slab, spacing or (1.0,) * 3, start, unit, notes)


def _frames(head: Any) -> int:
    """Count the frames of a file, once it is seen to hold pixels of a known kind."""
    missing = [
        name for name in ("Rows", "Columns", "PhotometricInterpretation") if name not in head
    ]
    if missing:
        kind = getattr(head.get("SOPClassUID", ""), "name", "")
        raise Unreadable(f"found DICOM without pixels ({printable(kind, 60)}), expected pictures")
    frames = int(head.get("NumberOfFrames") or 1)
    if frames < 1:
        raise Unreadable(f"found {frames} frames, expected at least one")
    return frames


def _check_one_series(heads: Sequence[Any]) -> None:
    series: dict[str, list[Any]] = {}
    for head in heads:
        series.setdefault(str(head.get("SeriesInstanceUID", "")), []).append(head)
    if len(series) > 1:
        listed = ", ".join(
            f"{printable(str(s[0].get('SeriesDescription', '')) or uid, 30)} ({len(s)} files)"
            for uid, s in list(series.items())[:MOST_LISTED]
        )
        more = f" and {len(series) - MOST_LISTED} more" if len(series) > MOST_LISTED else ""
        raise Unreadable(
            f"found {len(series)} series, {listed}{more}; expected one: put its files into a "
            "folder of their own"
        )


def _pixel_spacing(head: Any) -> tuple[float, float] | None:
    """Return the distances of rows and of columns in mm, where they are stated and can be."""
    stated = head.get("PixelSpacing") or head.get("ImagerPixelSpacing") or ()
    distances = tuple(float(value) for value in stated)
    good = len(distances) == 2 and all(math.isfinite(d) and d > 0 for d in distances)
    return (distances[0], distances[1]) if good else None


def _frame_heads(head: Any) -> list[Any]:
    """Return what an enhanced file says of the place of each frame; less in other files."""
    from pydicom.dataset import Dataset

    shared = next(iter(head.get("SharedFunctionalGroupsSequence") or ()), Dataset())
    groups = list(head.get("PerFrameFunctionalGroupsSequence") or ())
    heads = []
    for i in range(_frames(head)):
        merged = Dataset()
        for source in (head, shared, *groups[i : i + 1]):
            for name in ("PixelMeasuresSequence", "PlanePositionSequence",
                         "PlaneOrientationSequence"):  # fmt: skip
                for part in source.get(name) or ():
                    merged.update(part)
            for name in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"):
                if name in source:
                    merged[name] = source[name]
        heads.append(merged)
    return heads


def _placed(
    heads: Sequence[Any],
) -> tuple[list[int], tuple[float, ...] | None, tuple[float, ...], tuple[str, ...]]:
    """Put slices in order → order, spacing in mm or None, place of the first, notes."""
    numbers = [int(head.get("InstanceNumber") or 0) for head in heads]
    as_given = sorted(range(len(heads)), key=lambda i: numbers[i])
    pixels = _pixel_spacing(heads[0])
    complete = all("ImagePositionPatient" in h and "ImageOrientationPatient" in h for h in heads)
    if pixels is None or not complete:
        told = "no places of slices are stated: in the order of the files, counted in voxels"
        return as_given, None, (0.0,) * 3, (told,)
    turns = np.array([[float(x) for x in h.ImageOrientationPatient] for h in heads])
    places = np.array([[float(x) for x in h.ImagePositionPatient] for h in heads])
    if turns.shape[1:] != (6,) or places.shape[1:] != (3,) or not np.isfinite(places).all():
        raise Unreadable("found places of slices that are no vectors, expected three numbers each")
    if np.abs(turns - turns[0]).max() > 1e-3:
        raise Unreadable("found slices that lie in different ways, expected parallel ones")
    along = places @ np.cross(turns[0, :3], turns[0, 3:])
    order = np.argsort(along, kind="stable").tolist()
    steps = np.diff(along[order])
    step = float(steps.mean())
    if step <= 0 or np.abs(steps - step).max() > UNEVEN * step:
        raise Unreadable(
            f"found slices {steps.min():.3g} to {steps.max():.3g} mm apart, expected even "
            "distances: one is missing, or there are several at one place"
        )
    return order, (step, *pixels), (float(along[order[0]]), 0.0, 0.0), ()


def _notes(head: Any) -> tuple[str, ...]:
    slope, intercept = head.get("RescaleSlope", 1), head.get("RescaleIntercept", 0)
    notes = ()
    if (slope, intercept) != (1, 0):
        notes = (f"rescaled by slope {float(slope):g} and intercept {float(intercept):g}",)
    inverted = head.PhotometricInterpretation == "MONOCHROME1"
    return (*notes, "inverted: MONOCHROME1") if inverted else notes


def _pixels(path: str, frame: int) -> NDArray[Any]:
    from pydicom import uid
    from pydicom.pixels.utils import pixel_array

    try:
        return pixel_array(path, index=frame)
    except (RuntimeError, NotImplementedError) as error:
        if "plugin" not in str(error) and "Unable to decompress" not in str(error):
            raise
        from pydicom import dcmread

        syntax = dcmread(path, stop_before_pixels=True).file_meta.get("TransferSyntaxUID", "")
        raise Unreadable(
            f"found pixels packed as {printable(uid.UID(syntax).name, 60)}, which needs a plugin "
            "of pydicom; install pylibjpeg, or save the file uncompressed"
        ) from None


def _grey(head: Any, stored: NDArray[Any]) -> NDArray[Any]:
    """Rescale stored values, and invert them where white is zero."""
    from pydicom.pixels.processing import apply_modality_lut

    values = apply_modality_lut(stored, head)
    if head.PhotometricInterpretation != "MONOCHROME1":
        return values
    return 255 - values if values.dtype == np.uint8 else -values.astype(np.float64)


def _picture(path: str) -> NDArray[Any]:
    """Return a single frame: (R, C), of eight bits or floats, or (R, C, 3) in eight bits."""
    from pydicom import dcmread
    from pydicom.pixels.processing import apply_color_lut

    head = dcmread(path)
    kind, stored = head.PhotometricInterpretation, _pixels(path, 0)
    if kind == "PALETTE COLOR":
        table = apply_color_lut(stored, head)
        return (table >> 8 * (table.dtype.itemsize - 1)).astype(np.uint8)
    if kind not in GREYS:
        if stored.ndim != 3 or stored.dtype != np.uint8:
            raise Unreadable(f"found {printable(str(kind), 30)} pixels, expected grey or RGB ones")
        return stored
    values = _grey(head, stored)
    # Of more than eight bits the file's own darkest and brightest are black and white.
    return values if values.dtype == np.uint8 else values.astype(np.float64)
