"""A grey picture to a sketch, few levels on a square grid, and to the Field that networks learn.

What a task shows its networks is made of a picture and its sketch, of a template, or of a Field. A
regression learns the grey from its darkest to its brightest, so that a pale picture is learned like
any other. ``bands`` is the task of Krippendorf and Syvaeri (arXiv:2003.13679, section 2): the
points near some levels of a potential, and which level it is.
"""

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skimage.filters import sobel, threshold_local, threshold_multiotsu, threshold_otsu

from symscope.errors import NoColour, NotFinite, TooSmall, UsageError, among
from symscope.field import Field, pixel_centres
from symscope.io.images import Picture
from symscope.options import Frame, SketchMethod
from symscope.synth.templates import Template
from symscope.tasks import Task

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

NEAR = 0.4
"""Share of the points that are near a level. Half a band is then about a fifth of the distance
between levels, as in lie/orbits.py: gaps remain between the bands."""

LEAST_COLOUR = 2 / 255
"""Least difference between the channels of a picture that counts as coloured, two 8-bit steps."""

CARRIED = 0.15
"""Share of a picture's variance from which its colours are learned, not its grey."""

CLIPPED = 0.02
"""Share of a potential's points that become black, and as many white: its tails are long."""


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

    def seen(self, task: Task) -> NDArray[Any]:
        """Return what networks see of it, (S, S) in 0..1: its levels, or its grey, stretched."""
        if not task.sees_levels:
            return _stretched(self.grey[..., None]).reshape(self.grey.shape)
        return self.levels / max(int(self.levels.max()), 1)


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
    if method not in METHODS:
        raise UsageError(f"found sketch {method!r}, expected {among(method, METHODS)}")
    if frame not in FRAMES:
        raise UsageError(f"found frame {frame!r}, expected {among(frame, FRAMES)}")
    counts = [isinstance(n, int | np.integer) and not isinstance(n, bool) for n in (side, levels)]
    if not counts[0] or not 8 <= side <= MAX_SIDE:
        raise UsageError(f"found a sketch side of {side!r}, expected 8 to {MAX_SIDE} points")
    if not counts[1] or not 2 <= levels <= MAX_LEVELS[method]:
        raise UsageError(
            f"found {levels!r} levels for {method}, expected 2 to {MAX_LEVELS[method]}; "
            f"quantile takes up to {MAX_LEVELS['quantile']}"
        )
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
    whole = min(grey.shape) if frame == "crop" else max(grey.shape)
    # Of the whole's parity, so that the window's middle is the picture's.
    extent = whole - 2 * round((whole - whole / zoom) / 2) if 1 <= zoom < math.inf else 0
    if zoom != 1 and extent < LEAST_EXTENT:
        raise UsageError(
            f"found a zoom of {zoom:g}: expected at least 1, and {LEAST_EXTENT} pixels left of "
            f"the picture's {whole}"
        )
    small = _framed(grey, side, extent)
    # What the cells' means leave of the squares is the variance within the cells.
    within = float(_framed(grey**2, side, extent).mean()) - float((small.astype(float) ** 2).mean())
    retained_variance = float(small.var()) / max(float(small.var()) + within, 1e-12)
    if small.min() == small.max():
        taken = np.zeros(small.shape, np.int8)
    else:
        taken = _levels_of(small, method, levels)
    return Sketch(taken, small, method, side, extent, min(1.0, retained_variance))


def _framed(grey: NDArray[np.floating], side: int, extent: int) -> NDArray[np.float32]:
    """Average grey over the cells of an S x S grid laid on the middle of the picture."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    fill = np.rint(float(np.median(border)) * FIXED_POINT)
    # How far each cell covers each pixel along an axis, in units of 1 / (2 side) pixel: in these,
    # all edges are whole numbers and a cell is 2 extent wide.
    covers: list[sparse.csr_array] = []
    for length in grey.shape:
        start = (length - extent) * side
        cells = start + 2 * extent * np.arange(side + 1, dtype=np.int64)
        pixels = 2 * side * np.arange(length + 1, dtype=np.int64)
        cuts = np.union1d(cells, pixels)
        cuts = cuts[(cuts >= max(0, start)) & (cuts <= min(pixels[-1], cells[-1]))]
        where = (cuts[:-1] - start) // (2 * extent), cuts[:-1] // (2 * side)
        covers.append(sparse.csr_array((np.diff(cuts).astype(float), where), (side, length)))
    # The longer axis first: what remains of the shorter one fits into memory.
    tall = grey.shape[0] >= grey.shape[1]
    grey, (down, across) = (grey, covers) if tall else (grey.T, covers[::-1])
    # Summed over each cell: how much grey differs from the fill, which is all there is outside.
    step = max(1, BLOCK_PIXELS // len(grey))
    strips: list[NDArray[np.float64]] = []
    for start in range(0, grey.shape[1], step):
        strip = grey[:, start : start + step].astype(np.float64)
        strips.append(down @ (np.rint(strip * FIXED_POINT) - fill))
    total = (across @ np.hstack(strips).T).T
    total = total if tall else total.T
    return ((total / (2.0 * extent) ** 2 + fill) / FIXED_POINT).astype(np.float32)


def _levels_of(grey: NDArray[np.float32], method: str, levels: int) -> NDArray[np.int8]:
    """Take levels by one of METHODS."""
    values: NDArray[Any] = sobel(grey) if method == "edges" else grey
    taken: NDArray[Any] | None = None
    if method != "quantile":
        # Not of fewer distinct greys than levels, or of some too close for a histogram.
        with suppress(ValueError):
            if levels == 2:
                taken = values > threshold_otsu(values)
            else:
                taken = np.digitize(values, threshold_multiotsu(values, levels), right=True)
    if taken is None:
        distinct, counts = np.unique(values, return_counts=True)
        shares = np.cumsum(counts)[:-1] / values.size
        cuts = [np.abs(shares - k / levels).argmin() for k in range(1, levels)]
        taken = np.searchsorted(distinct[cuts], values, side="left")
    if method == "adaptive":
        block = 2 * math.ceil(ADAPTIVE_SHARE * len(grey) / 2) + 1
        above = grey - threshold_local(grey, block, method="gaussian")
        flat = np.abs(above) <= FLAT * np.ptp(grey)
        taken = np.where(flat, taken, above > 0)
    return taken.astype(np.int8)


def picture_field(task: Task, picture: Picture, drawn: Sketch, frame: str, zoom: float) -> Field:
    """Make the Field of a picture.

    Parameters
    ----------
    drawn : its sketch in two colours, made with ``frame`` and ``zoom``

    Raises
    ------
    NoColour
        If colours are to be learned and the picture is grey.
    UsageError
        For more levels than the method of the sketch takes.
    """
    levels, values, side = drawn.levels, None, drawn.side
    if task.source == "bands":
        return _bands(drawn.grey, task.levels)
    if task.source == "grey":
        values = _stretched(drawn.grey[..., None])
    elif task.source == "picture":
        colours = colourful(picture)
        if colours is None:
            return value_field(drawn)
        values = _stretched(np.stack([_framed(c, side, drawn.extent) for c in colours], axis=-1))
    elif task.source == "greys":
        shape = {"side": side, "frame": frame, "zoom": zoom}
        levels = sketch(picture.grey, method=drawn.method, levels=task.levels, **shape).levels
    elif task.source == "rgb":
        channels = (picture.rgb[..., i].astype(np.float32) / 255 for i in range(3))
        rgb = np.stack([_framed(channel, side, drawn.extent) for channel in channels], axis=-1)
        if float((rgb.max(axis=-1) - rgb.min(axis=-1)).max()) < LEAST_COLOUR:
            raise NoColour(
                f"{picture.name}: found a grey picture, expected colours for the task rgb; "
                "use --task intensity"
            )
        values = _stretched(rgb)
    every = levels.ravel().astype(np.int32)
    return Field(pixel_centres(side, side), every, levels.shape, values)


def colourful(picture: Picture) -> NDArray[np.float32] | None:
    """Return a picture's channels (3, R, C) if colour carries it; None if its grey tells as much.

    Colour does if it holds CARRIED of the variance: a flag whose halves differ only in hue.
    """
    channels = np.asarray(np.moveaxis(picture.rgb, -1, 0) / np.float32(255), np.float32)
    if channels.shape[1:] != picture.grey.shape:
        return None
    grey = channels.mean(axis=0)
    total = float(channels.var(axis=(1, 2)).sum())
    carried = total - 3 * float(grey.var())
    return channels if carried > CARRIED * total else None


def value_field(drawn: Sketch) -> Field:
    """Make the Field of a sketch's grey itself, from its darkest to its brightest."""
    every = drawn.levels.ravel().astype(np.int32)
    values = _stretched(drawn.grey[..., None])
    return Field(pixel_centres(drawn.side, drawn.side), every, drawn.levels.shape, values)


def template_field(task: Task, template: Template) -> Field:
    """Make the Field of a template: its grey is the potential, with its noise and breaking.

    The colours of ``rgb`` are a fixed scale over that grey: red rises, blue falls, and green is
    brightest in the middle.
    """
    if task.source == "picture":
        return given_field(task, template.field)
    if task.source in ("colours", "patches") or template.signed is None:
        return template.field
    low, high = np.quantile(template.signed, (CLIPPED, 1 - CLIPPED))
    grey = np.clip((template.signed - low) / (high - low), 0, 1).astype(np.float32)
    if task.source == "bands":
        return _bands(grey, task.levels)
    levels, values = template.levels, None
    if task.source == "grey":
        values = _stretched(grey[..., None])
    elif task.source == "greys":
        levels = sketch(grey, side=len(grey), method="quantile", levels=task.levels).levels
    elif task.source == "rgb":
        values = _stretched(np.stack([grey, np.sin(np.pi * grey), 1 - grey], -1))
    every = levels.ravel().astype(np.int32)
    return Field(pixel_centres(*levels.shape), every, levels.shape, values)


def given_field(task: Task, field: Field) -> Field:
    """Make the Field that a task learns of one that was given.

    Raises
    ------
    UsageError
        If it lacks the values that the task needs, or has more levels than it takes.
    """
    if task.source == "picture":
        values = _stretched(field.levels[:, None].astype(np.float32))
        return field if field.values is not None else replace(field, values=values)
    wanted = {"grey": 1, "rgb": 3, "bands": 1}.get(task.source, 0)
    if wanted:
        if field.values is None or field.values.shape[1] != wanted:
            given = "none" if field.values is None else f"values of shape {field.values.shape}"
            raise UsageError(
                f"the task {task.text} needs a Field with values of shape (P, {wanted}), found "
                f"{given}: give it Field(coords, levels, shape, values)"
            )
        if task.source == "bands":
            shape = field.shape or field.levels.shape
            return _bands(field.values.reshape(shape), task.levels)
        return field
    highest = max(task.levels, 2) - 1
    if task.name != "colours" and field.levels.max(initial=0) > highest:
        raise UsageError(
            f"the task {task.text} takes levels up to {highest}, found {field.levels.max()}: "
            f"take fewer levels, or --task greys:{field.levels.max() + 1}"
        )
    return field


def _stretched(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Stretch values (S, S, V), together, to 0 … 1 → (S · S, V)."""
    low, high = float(values.min()), float(values.max())
    stretched = (values - low) / max(high - low, 1e-12)
    return stretched.reshape(-1, values.shape[-1]).clip(0, 1)


def _bands(grey: NDArray[np.floating], levels: int) -> Field:
    """Take the points nearest to some levels, evenly between the 5 % and 95 % quantiles.

    Always the same share of the points, so that pictures can be learned together.
    """
    values = grey.ravel().astype(np.float64)
    low, high = np.quantile(values, (0.05, 0.95))
    if high <= low:
        low, high = values.min(), max(values.max(), values.min() + 1e-9)
    place = (values - low) / (high - low) * (levels - 1)
    label = np.rint(place).clip(0, levels - 1).astype(np.int32)
    near = np.argsort(np.abs(place - label), kind="stable")[: round(NEAR * len(values))]
    near = np.sort(near)
    return Field(pixel_centres(*grey.shape)[near], label[near])
