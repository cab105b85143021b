"""A field of numbers on a grid of any dimension, averaged to a working grid piece by piece.

What is read may be far larger than memory: it comes in slabs along one axis, and only the averages
over the cells of the finest grid are kept. Averaging over whole cells is the anti-aliasing.
"""

import hashlib
import math
import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symscope.errors import NotFinite, TooLarge, TooSmall, UsageError, among

LEAST_SIDE = {1: 32, 2: 8, 3: 8}
"""Fewest samples along an axis, by dimension."""

MOST_SAMPLES = 1 << 32
"""Most samples that are read: 16 GB of 32-bit floats take some minutes."""

SLAB = 1 << 22
"""Samples worked on at a time in double precision: 32 MB."""

SIDES = {1: 256, 3: 32}
"""Cells along an axis of the working grid, by dimension: those of the templates."""

FINEST = {1: 4096, 3: 128}
"""Most cells along an axis of the grid on which elements are refined."""

FRAMES = ("crop", "pad")

UNCOVERED = 1e-9
"""Share of a cell below which no sample covers it."""


@dataclass(frozen=True)
class Source:
    """Where samples come from.

    Attributes
    ----------
    shape : samples along each axis
    axis : the one along which slabs are cut
    slab : (start, stop) → samples of that part, all other axes whole
    spacing : distance of samples along each axis
    start : place of the first sample on each axis
    unit : what places and distances are measured in
    notes : what was chosen in reading it, where there was something to choose
    """

    shape: tuple[int, ...]
    axis: int
    slab: Callable[[int, int], NDArray[Any]]
    spacing: tuple[float, ...]
    start: tuple[float, ...]
    unit: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Grid:
    """A field of numbers, ready to be cut into levels.

    Attributes
    ----------
    name : the file's name without its folder, ``potential:NAME``, ``array`` or ``function``
    values : ndarray of shape (side,) · D, float32, the working grid
    fine : ndarray of shape (finer side,) · D, float32, for elements
    shape : samples along each axis of the source
    centre : (D,), what the middle of the grid is in the source's own units
    half : half the length of the grid's side, in the same units
    unit : str
    retained_variance : share of the variance of the samples that the working grid keeps, 0 … 1
    sha256 : fingerprint of the file's bytes, or of the array
    notes : what was chosen in reading it
    """

    name: str
    values: NDArray[np.float32]
    fine: NDArray[np.float32]
    shape: tuple[int, ...]
    centre: tuple[float, ...]
    half: float
    unit: str
    retained_variance: float
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def dimension(self) -> int:
        """The number of coordinates D."""
        return self.values.ndim

    @property
    def levels(self) -> NDArray[np.int8]:
        """Two levels by Otsu's threshold, as of a picture's sketch; zeros if there is one value."""
        return two_levels(self.values)

    def place(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Say where points (…, D) of the frame [-1, 1]^D lie in the source's own units."""
        return np.asarray(self.centre) + self.half * np.asarray(point)


BINS = 256
"""Of the histogram whose best cut is looked for, as usual in scikit-image."""


def two_levels(values: NDArray[np.floating]) -> NDArray[np.int8]:
    """Cut values at Otsu's threshold; zeros where there is only one value.

    >>> two_levels(np.array([0.0, 0.1, 0.9, 1.0])).tolist()
    [0, 0, 1, 1]
    """
    from skimage.filters import threshold_otsu

    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.zeros(values.shape, np.int8)
    # A histogram needs room between its edges, whatever the values' size.
    scaled = (values.astype(np.float64) - low) / (high - low)
    # The threshold is the middle of a bin that belongs, whole, to the lower level.
    threshold = threshold_otsu(scaled, nbins=BINS) + 0.5 / BINS
    return (scaled > threshold).astype(np.int8)


def sampled(name: str, source: Source, sha256: str, frame: str = "crop", zoom: float = 1.0) -> Grid:
    """Average a source over the cells of its grids.

    Parameters
    ----------
    frame : "crop" takes the central cube, "pad" all, laid in the middle of a cube
    zoom : at least 1; take only the middle, 1/zoom of the side

    Raises
    ------
    TooSmall, TooLarge, NotFinite
        In words that say what to do.
    UsageError
        For a frame or zoom out of range.
    """
    check_shape(source.shape)
    dimension = len(source.shape)
    lengths = np.array(source.shape) * np.array(source.spacing)
    if frame not in FRAMES:
        raise UsageError(f"found frame {frame!r}, expected {among(frame, FRAMES)}")
    if not (math.isfinite(zoom) and zoom >= 1):
        raise UsageError(f"found a zoom of {zoom:g}: expected at least 1")
    side = float(lengths.min() if frame == "crop" else lengths.max()) / zoom
    if side / max(source.spacing) < LEAST_SIDE[dimension]:
        raise TooSmall(
            f"found {side / max(source.spacing):.0f} samples along a side that is looked at, "
            f"expected at least {LEAST_SIDE[dimension]}: use less zoom, or --frame pad"
        )
    working = SIDES[dimension]
    wanted = side / min(source.spacing)
    finer = working * max(1, min(FINEST[dimension] // working, int(wanted // working)))
    covers = [
        _cells(length, spacing, side, finer)
        for length, spacing in zip(source.shape, source.spacing, strict=True)
    ]
    fine, within = _averaged(source, covers)
    # Sums are divided by how far each cell is covered, 0 … 1.
    along = [np.asarray(cover.sum(axis=1)).ravel() for cover in covers]
    covered = np.ones(())
    for share in along:
        covered = np.multiply.outer(covered, share)
    empty = covered < UNCOVERED
    fine = fine / np.where(empty, 1, covered)
    if empty.any():
        # What is not covered at all takes the median of the border of what is.
        inner = fine[np.ix_(*(share >= UNCOVERED for share in along))]
        border = np.ones(inner.shape, bool)
        border[(slice(1, -1),) * inner.ndim] = False
        fine = np.where(empty, np.median(inner[border]), fine)
    values = _coarser(fine, finer // working)
    # What was padded has no variance that could be kept.
    weights = _coarser(covered, finer // working)
    away = values.astype(np.float64) - np.average(values, weights=weights)
    kept = float(np.average(away**2, weights=weights))
    retained_variance = min(1.0, kept / max(within, 1e-300))
    centre = [
        s + (n - 1) / 2 * h
        for s, n, h in zip(source.start, source.shape, source.spacing, strict=True)
    ]
    return Grid(
        name,
        values,
        fine.astype(np.float32),
        source.shape,
        tuple(float(c) for c in centre),
        side / 2,
        source.unit,
        retained_variance if within > 0 else 1.0,
        sha256,
        source.notes,
    )


def check_shape(shape: tuple[int, ...]) -> None:
    """Refuse a field by its stated shape, before anything is read.

    Raises
    ------
    TooSmall, TooLarge
    """
    shown = " × ".join(str(n) for n in shape)
    least = LEAST_SIDE.get(len(shape), 8)
    if not shape or min(shape) < least:
        each = " along each axis" if len(shape) > 1 else ""
        raise TooSmall(f"found {shown or 'no'} samples, expected at least {least}{each}")
    if math.prod(shape) > MOST_SAMPLES:
        raise TooLarge(
            f"found {shown} samples, expected at most {MOST_SAMPLES}: cut out a part, or average "
            "over blocks of samples first"
        )


def _cells(length: int, spacing: float, side: float, cells: int) -> sparse.csr_array:
    """How far each of the grid's cells covers each sample along one axis, in shares of a cell."""
    samples = (np.arange(length + 1) - length / 2) * spacing
    edges = np.linspace(-side / 2, side / 2, cells + 1)
    cuts = np.union1d(samples, edges)
    cuts = cuts[(cuts >= max(samples[0], edges[0])) & (cuts <= min(samples[-1], edges[-1]))]
    middle = (cuts[:-1] + cuts[1:]) / 2
    cell = np.clip(np.searchsorted(edges, middle, "right") - 1, 0, cells - 1)
    sample = np.clip(np.searchsorted(samples, middle, "right") - 1, 0, length - 1)
    return sparse.csr_array((np.diff(cuts) * cells / side, (cell, sample)), (cells, length))


def _averaged(source: Source, covers: list[sparse.csr_array]) -> tuple[NDArray[np.float64], float]:
    """Sum samples over the cells, slab by slab → (sums, variance of the samples looked at)."""
    axis, rest = source.axis, [d for d in range(len(covers)) if d != source.axis]
    # The number of rows of a sparse array, whose own ``shape`` has no type.
    total = np.zeros(tuple(len(cover.indptr) - 1 for cover in covers))
    inside = [slice(int(c.indices.min()), int(c.indices.max()) + 1) for c in covers]
    step = max(1, SLAB // max(1, math.prod(source.shape[d] for d in rest)))
    count, mean, square = 0, 0.0, 0.0
    for start in range(inside[axis].start, inside[axis].stop, step):
        stop = min(start + step, inside[axis].stop)
        part = source.slab(start, stop)
        if np.ma.is_masked(part):
            raise NotFinite("found masked values: fill them or cut them out")
        part = np.asarray(part)
        part = part[tuple(inside[d] if d != axis else slice(None) for d in range(part.ndim))]
        part = part.astype(np.float64)
        if not np.isfinite(part).all():
            raise NotFinite("found NaN or infinite values: fill them or cut them out")
        # Number, mean and summed squared deviation of all samples so far.
        here, every = float(part.mean()), count + part.size
        away = here - mean
        square += float(((part - here) ** 2).sum()) + away**2 * count * part.size / every
        count, mean = every, mean + away * part.size / every
        # Over the cells of one axis after the other, that of the slab last.
        for d in (*rest, axis):
            cover = covers[d][:, slice(start, stop) if d == axis else inside[d]]
            moved = np.moveaxis(part, d, 0)
            sums = cover @ moved.reshape(moved.shape[0], -1)
            part = np.moveaxis(sums.reshape(-1, *moved.shape[1:]), 0, d)
        total += part
    return total, square / max(count, 1)


def _coarser(values: NDArray[np.float64], step: int) -> NDArray[np.float32]:
    """Average blocks of ``step`` cells along every axis."""
    shape = [n for length in values.shape for n in (length // step, step)]
    axes = tuple(range(1, 2 * values.ndim, 2))
    return values.reshape(shape).mean(axis=axes).astype(np.float32)


def of_array(
    array: NDArray[Any],
    name: str = "array",
    frame: str = "crop",
    zoom: float = 1.0,
    spacing: tuple[float, ...] | None = None,
    unit: str = "samples",
) -> Grid:
    """Average an array of one or three dimensions; without a spacing, samples are counted.

    >>> of_array(np.arange(64.0)).values.shape
    (256,)
    """
    check_kind(array.dtype)
    if array.ndim not in SIDES:
        raise UsageError(
            f"found an array of shape {array.shape}: expected one axis (signal) or three (volume)"
        )
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).tobytes())
    return sampled(name, array_source(array, unit, spacing), digest.hexdigest(), frame, zoom)


def array_source(
    array: NDArray[Any], unit: str, spacing: tuple[float, ...] | None = None
) -> Source:
    """Make a source of an array, which may be a map of a file."""
    # Slabs are cheapest along the axis that is slowest in memory.
    slowest = int(np.argmax(np.abs(array.strides))) if array.ndim else 0

    # Of a copy-on-write map the pages that were changed would be lost.
    read_only = isinstance(array, np.memmap) and array.mode == "r"
    release = getattr(getattr(array, "_mmap", None), "madvise", None) if read_only else None

    def slab(start: int, stop: int) -> NDArray[Any]:
        part = array[(slice(None),) * slowest + (slice(start, stop),)]
        if release is None:
            return part
        part = np.array(part)
        # Otherwise all of a mapped file counts as this process's memory until its end.
        release(mmap.MADV_DONTNEED)
        return part

    size = array.ndim
    return Source(array.shape, slowest, slab, spacing or (1.0,) * size, (0.0,) * size, unit)


def check_kind(dtype: np.dtype[Any]) -> None:
    """Refuse values that are no real numbers.

    Raises
    ------
    UsageError
    """
    if dtype.kind not in "buif":
        remedy = ": save their real part, imaginary part or magnitude" if dtype.kind == "c" else ""
        raise UsageError(f"found values of type {dtype}, expected bool, integers or floats{remedy}")


def file_digest(path: str) -> str:
    """Take the fingerprint of a file's bytes, a piece at a time; of a folder's names and files."""
    if not os.path.isdir(path):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for parent, folders, names in os.walk(path):
        folders.sort()
        for file in (os.path.join(parent, name) for name in sorted(names)):
            digest.update(f"{os.path.relpath(file, path)}\0{file_digest(file)}\n".encode())
    return digest.hexdigest()
