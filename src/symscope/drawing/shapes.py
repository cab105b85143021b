"""What is drawn where for an element of symmetry, of a field of any dimension.

One list for all who draw: figures, pages as SVG, and the web page. Of a picture, points are in its
coordinates (the longer side spans [-1, 1], x to the right, y up); of a signal or volume, in the
frame [-1, 1]^D.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.drawing import style
from symscope.drawing.kinds import KINDS
from symscope.drawing.parts import Parts

if TYPE_CHECKING:
    from symscope.elements import Element, Elements
    from symscope.io.grids import Grid

Floats = NDArray[np.float64]

LISTED = 5
"""Elements of a signal or volume that are drawn and put into words, strongest first."""

RING = 0.45
"""Radius of the ring about a centre of rings: it is of no special size."""

STRIPES = 0.6
"""Half the length of the arrow along stripes in a picture."""

REACH = 3.0
"""Half the length of an axis: its ends are outside the frame or picture, wherever it runs."""


@dataclass(frozen=True)
class Shape:
    """One thing to draw.

    Attributes
    ----------
    draw : "line", "arrow", "centre", "ring" or "plane"
    points : (n, D): the ends of a line or arrow, one centre, the corners of a plane in the frame
    colour : of elements that are told apart by it
    dotted : of a line
    heads : of an arrow, 1 or 2
    order : written beside a centre of rotation
    normal : (D,) of a plane
    """

    draw: str
    points: Floats
    colour: str = style.ON_PICTURE
    dotted: bool = False
    heads: int = 1
    order: int | None = None
    normal: Floats | None = None


def drawn_elements(elements: "Elements") -> list["Element"]:
    """Choose the elements that are drawn over a picture, the strongest of each kind."""
    return [
        item
        for kind, words in KINDS.items()
        for item in sorted(elements.of(kind), key=lambda item: -item.pixels)[: words.most]
    ]


def picture_shapes(elements: "Elements") -> list[Shape]:
    """List what is drawn over a picture, in the order of ``drawn_elements``."""
    return [picture_shape(item) for item in drawn_elements(elements)]


def picture_shape(item: "Element") -> Shape:
    """Say what is drawn over a picture for one of its elements."""
    angle = np.deg2rad(item.angle_deg or 0.0)
    along, normal = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    match item.kind:
        case "mirror" | "glide":
            foot = (item.offset or 0.0) * normal
            ends = np.stack([foot - REACH * along, foot + REACH * along])
            return Shape("line", ends, dotted=item.kind == "glide")
        case "rotation":
            return Shape("centre", np.array([item.centre or (0.0, 0.0)]), order=item.order)
        case "round":
            return Shape("ring", np.array([item.centre or (0.0, 0.0)]))
        case "stripes":
            return Shape("arrow", np.stack([-STRIPES * along, STRIPES * along]), heads=2)
        case "translation":
            return Shape("arrow", np.array([(0.0, 0.0), item.vector or (0.0, 0.0)]))
    raise ValueError(f"no shape is known for an element of kind {item.kind!r}")


def to_pixels(points: Floats, rows: int, columns: int) -> Floats:
    """Turn points (n, 2) of a picture's coordinates to (column, row), whole at pixels' centres."""
    x, y = max(rows, columns) * np.asarray(points, float).T
    return np.stack([(x + columns - 1) / 2, (rows - 1 - y) / 2], axis=1)


def listed(parts: Parts) -> list["Element"]:
    """Return the elements of a signal or volume that are drawn and put into words."""
    return list(parts.elements.items[:LISTED]) if parts.elements else []


def not_listed(parts: Parts) -> list["Element"]:
    """Return the elements of a volume for which there is no place."""
    every = parts.elements.items if parts.elements and parts.dimension == 3 else ()
    return list(every[LISTED:])


def field_shapes(parts: Parts) -> list[Shape]:
    """List what is drawn of a signal or volume, in the order and colours of ``listed``."""
    assert parts.grid is not None
    return [
        field_shape(item, parts.grid, colour)
        for item, colour in zip(listed(parts), style.MARKS, strict=False)
    ]


def field_shape(item: "Element", grid: "Grid", colour: str = style.ON_PICTURE) -> Shape:
    """Say what is drawn of a signal or volume for one of its elements."""
    point = np.zeros(grid.dimension)
    if item.point is not None:
        point = (np.array(item.point) - np.array(grid.centre)) / grid.half
    if item.vector is not None:
        step = np.array(item.vector) / grid.half
        # A signal's period begins in the middle, a volume's has it half way.
        start = -step / 2 if grid.dimension > 1 else 0 * step
        return Shape(
            "arrow", np.stack([start, start + (step if step.size > 1 else abs(step))]), colour
        )
    if item.normal is not None and grid.dimension > 1:
        normal = np.array(item.normal)
        return Shape("plane", plane_corners(normal, point), colour, normal=normal)
    if item.direction is not None:
        along = REACH * np.array(item.direction)
        return Shape("line", np.stack([point - along, point + along]), colour)
    return Shape("centre", point[None], colour)


def plane_corners(normal: Floats, point: Floats, half: ArrayLike = 1.0) -> Floats:
    """Corners of the cut of a plane through a box, in order: (0 or 3 … 6, 3).

    The box has its middle at 0, and ``half`` its lengths, (3,): the cube [-1, 1]³ if none is given.
    """
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    corners = signs * np.asarray(half, float)
    height, crossings = (corners - point) @ normal, []
    # A plane through a corner is taken to pass beside it.
    height = np.where(np.abs(height) < 1e-12, 1e-12, height)
    for i, j in zip(*np.triu_indices(8, 1), strict=True):
        if np.count_nonzero(signs[i] - signs[j]) == 1 and height[i] * height[j] < 0:
            share = height[i] / (height[i] - height[j])
            crossings.append(corners[i] + share * (corners[j] - corners[i]))
    if len(crossings) < 3:
        return np.zeros((0, 3))
    cut = np.array(crossings)
    flat = (cut - cut.mean(axis=0)) @ np.linalg.svd(normal[None])[2][1:].T
    return cut[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]
