"""A grey picture to a sketch: few levels on a square grid, what a decoy network learns."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skimage.filters import sobel, threshold_local, threshold_multiotsu, threshold_otsu

from symscope.errors import NotFinite, TooSmall, UsageError
from symscope.options import Frame, SketchMethod

METHODS, FRAMES = tuple(map(str, SketchMethod)), tuple(map(str, Frame))

MAX_SIDE = 4096
"""Largest grid: 16 million points, beyond what a decoy network is trained on."""

MAX_LEVELS = {"otsu": 5, "adaptive": 2, "edges": 2, "quantile": 127}
"""Multi-Otsu tries all combinations of thresholds (minutes from six levels on); int8 holds 127."""

ADAPTIVE_SHARE = 0.5
"""Width of the adaptive method's window as a share of the side: wide enough that a shape of a
quarter of the frame stays filled, chosen by eye on scikit-image's samples."""

FLAT = 0.5 / 255
"""Share of the picture's range, half an 8-bit step: a point that differs less from the local
threshold lies in a flat area, where only round-off decides. The global threshold does there."""

FIXED_POINT = 2.0**24
"""Grey is summed as whole multiples of 2**-24, the precision of float32 at 1. Sums of whole
numbers are exact in any order, so a mirrored picture gives the mirrored sketch bit for bit."""


LEAST_EXTENT = 16
"""Least number of pixels along a side of what a zoom leaves."""

BLOCK_PIXELS = 1 << 20
"""Pixels worked on at a time in double precision."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """A picture reduced to a few levels on an S x S grid.

    Attributes
    ----------
    levels : ndarray of shape (S, S), int8, in 0..k-1
        Rows from the top; 0 is the darkest (for edges: no edge).
    grey : ndarray of shape (S, S), float32, in 0..1
        The framed and resized picture that the levels were taken from.
    method : str
    side : int
        S.
    extent : int
        Pixels of the picture that a side of the grid spans.
    retained_variance : float, in 0..1
        Share of the variance of the picture's grey that is left after averaging over the cells:
        the rest is finer than the grid.
    """

    levels: NDArray[np.int8]
    grey: NDArray[np.float32]
    method: str
    side: int
    extent: int
    retained_variance: float


def sketch(
    grey: NDArray[np.floating],
    *,
    side: int = 64,
    method: str = "otsu",
    levels: int = 2,
    frame: str = "crop",
    zoom: float = 1.0,
) -> Sketch:
    """Frame a grey picture as a square, resize it by area averaging and take levels.

    - ``otsu``: one threshold for the whole picture (Otsu 1979), several for more than two levels
      (Liao 2001);
    - ``adaptive``: brighter than the Gaussian mean around each point; Otsu's where it is flat;
    - ``edges``: Sobel magnitude above its own Otsu threshold;
    - ``quantile``: levels of equal population, as near as ties allow.

    A picture of one colour gives zeros, a mirrored picture the mirrored sketch.

    Parameters
    ----------
    grey : ndarray of shape (R, C), in 0..1
    side : int
        S, in 8..4096; the aspect is never distorted.
    method : {"otsu", "adaptive", "edges", "quantile"}
    levels : int
        k: 2..5 for otsu, 2..127 for quantile, 2 for the others.
    frame : {"crop", "pad"}
        Take the central square, or add to the shorter side in the median grey of the border.
    zoom : float, at least 1
        Take only the middle of that square, 1/zoom of its side.

    Raises
    ------
    UsageError
        An option outside its range, or grey of another shape or range.
    NotFinite
        NaN or infinite grey.
    TooSmall
        No pixels.

    >>> grey = np.zeros((20, 30)); grey[:, 20:] = 0.8
    >>> sketch(grey, side=8).levels[0].tolist()
    [0, 0, 0, 0, 0, 0, 1, 1]
    """
    _check_options(side, method, levels, frame)
    grey = _checked(grey)
    extent = _extent(grey.shape, frame, zoom)
    small = _framed(grey, side, extent)
    # What the cells' means leave of the squares is the variance within the cells.
    within = float(_framed(grey**2, side, extent).mean()) - float((small.astype(float) ** 2).mean())
    retained_variance = float(small.var()) / max(float(small.var()) + within, 1e-12)
    if small.min() == small.max():
        taken = np.zeros(small.shape, np.int8)
    else:
        taken = _TAKE[method](small, levels).astype(np.int8)
    return Sketch(taken, small, method, side, extent, min(1.0, retained_variance))


def _check_options(side: int, method: str, levels: int, frame: str) -> None:
    if method not in METHODS:
        raise UsageError(f"found sketch {method!r}, expected one of: {', '.join(METHODS)}")
    if frame not in FRAMES:
        raise UsageError(f"found frame {frame!r}, expected one of: {', '.join(FRAMES)}")
    if not _is_whole(side) or not 8 <= side <= MAX_SIDE:
        raise UsageError(f"found a sketch side of {side!r}, expected 8 to {MAX_SIDE} points")
    if not _is_whole(levels) or not 2 <= levels <= MAX_LEVELS[method]:
        raise UsageError(
            f"found {levels!r} levels for {method}, expected 2 to {MAX_LEVELS[method]}; "
            f"quantile takes up to {MAX_LEVELS['quantile']}"
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _checked(grey: NDArray[np.floating]) -> NDArray[np.floating]:
    grey = np.asarray(grey)
    if grey.ndim != 2 or grey.dtype.kind != "f":
        raise UsageError(
            f"found grey of shape {grey.shape} and type {grey.dtype}, expected (R, C) floats in "
            f"0..1; read_picture makes them of any picture"
        )
    if grey.size == 0:
        raise TooSmall(f"found grey of shape {grey.shape}, expected pixels in it")
    if not np.isfinite(grey).all():
        raise NotFinite("found NaN or infinite grey, expected 0..1; fill or cut them out")
    if grey.min() < 0 or grey.max() > 1:
        raise UsageError(
            f"found grey from {grey.min():g} to {grey.max():g}, expected 0..1; "
            f"scale it, or let read_picture do so"
        )
    return grey


def _extent(shape: tuple[int, ...], frame: str, zoom: float) -> int:
    """Return how many pixels of the picture a side of the grid spans."""
    whole = min(shape) if frame == "crop" else max(shape)
    # Of the whole's parity, so that the window's middle is the picture's.
    extent = whole - 2 * round((whole - whole / zoom) / 2) if 1 <= zoom < math.inf else 0
    if zoom != 1 and extent < LEAST_EXTENT:
        raise UsageError(
            f"found a zoom of {zoom:g}: expected at least 1, and {LEAST_EXTENT} pixels left of "
            f"the picture's {whole}"
        )
    return extent


def _framed(grey: NDArray[np.floating], side: int, extent: int) -> NDArray[np.float32]:
    """Average grey over the cells of an S x S grid laid on the middle of the picture."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    fill = np.rint(float(np.median(border)) * FIXED_POINT)
    rows, columns = (_overlaps(length, side, extent) for length in grey.shape)
    if grey.shape[0] >= grey.shape[1]:
        total = _summed(grey, rows, columns, fill)
    else:  # The longer axis first: what remains of the shorter one fits into memory.
        total = _summed(grey.T, columns, rows, fill).T
    return ((total / (2.0 * extent) ** 2 + fill) / FIXED_POINT).astype(np.float32)


def framed_channels(channels: NDArray[np.integer], side: int, extent: int) -> NDArray[np.float32]:
    """Average channels (R, C, n) of 0 … 255 over the cells of a sketch → (S, S, n), 0 … 1.

    ``side`` and ``extent`` are the sketch's.
    """
    each = (channels[..., i].astype(np.float32) / 255 for i in range(channels.shape[-1]))
    return np.stack([_framed(channel, side, extent) for channel in each], axis=-1)


def _summed(
    grey: NDArray[np.floating], down: sparse.csr_array, across: sparse.csr_array, fill: float
) -> NDArray[np.float64]:
    """Sum over each cell how much grey differs from the fill, which is all there is outside."""
    step = max(1, BLOCK_PIXELS // len(grey))
    strips = []
    for start in range(0, grey.shape[1], step):
        strip = grey[:, start : start + step].astype(np.float64)
        strips.append(down @ (np.rint(strip * FIXED_POINT) - fill))
    return (across @ np.hstack(strips).T).T


def _overlaps(length: int, side: int, extent: int) -> sparse.csr_array:
    """Return how far each cell covers each pixel along one axis, in units of 1 / (2 side) pixel.

    The cells share a window of ``extent`` pixels about the centre of ``length`` pixels. In this
    unit all edges are whole numbers and one cell is ``2 extent`` wide.
    """
    start = (length - extent) * side
    cells = start + 2 * extent * np.arange(side + 1, dtype=np.int64)
    pixels = 2 * side * np.arange(length + 1, dtype=np.int64)
    cuts = np.union1d(cells, pixels)
    cuts = cuts[(cuts >= max(0, start)) & (cuts <= min(pixels[-1], cells[-1]))]
    cell = (cuts[:-1] - start) // (2 * extent)
    pixel = cuts[:-1] // (2 * side)
    return sparse.csr_array((np.diff(cuts).astype(np.float64), (cell, pixel)), (side, length))


def _otsu(grey: NDArray[np.float32], levels: int) -> NDArray[np.integer]:
    try:
        if levels == 2:
            return (grey > threshold_otsu(grey)).astype(np.int8)
        return np.digitize(grey, threshold_multiotsu(grey, levels), right=True)
    except ValueError:  # Fewer distinct greys than levels, or too close for a histogram.
        return _quantile(grey, levels)


def _adaptive(grey: NDArray[np.float32], levels: int) -> NDArray[np.integer]:
    del levels  # Two only.
    block = 2 * math.ceil(ADAPTIVE_SHARE * len(grey) / 2) + 1
    above = grey - threshold_local(grey, block, method="gaussian")
    flat = np.abs(above) <= FLAT * np.ptp(grey)
    return np.where(flat, _otsu(grey, 2), above > 0)


def _edges(grey: NDArray[np.float32], levels: int) -> NDArray[np.integer]:
    return _otsu(sobel(grey), levels)


def _quantile(grey: NDArray[np.float32], levels: int) -> NDArray[np.integer]:
    values, counts = np.unique(grey, return_counts=True)
    shares = np.cumsum(counts)[:-1] / grey.size
    cuts = [np.abs(shares - k / levels).argmin() for k in range(1, levels)]
    return np.searchsorted(values[cuts], grey, side="left")


_TAKE: dict[str, Callable[[NDArray[np.float32], int], NDArray[np.integer]]] = {
    "otsu": _otsu,
    "adaptive": _adaptive,
    "edges": _edges,
    "quantile": _quantile,
}
