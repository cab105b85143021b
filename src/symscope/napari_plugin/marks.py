"""Elements of a score as napari draws them: shapes in the points of the layer that was scored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symscope.drawing.explain import element_line, what_in_units
from symscope.drawing.kinds import KINDS
from symscope.drawing.shapes import (
    RING,
    Shape,
    drawn_elements,
    field_shape,
    picture_shape,
    plane_corners,
    to_pixels,
)
from symscope.drawing.table import shown_as
from symscope.drawing.words import with_sd
from symscope.napari_plugin.layers import Shown

if TYPE_CHECKING:
    from symscope.elements import Element
    from symscope.results import Result

Floats = NDArray[np.float64]

DOT, HEAD = 0.03, 0.07
"""Radius of a centre's dot and length of an arrow's head, where half the longer side is 1."""


@dataclass(frozen=True, eq=False)
class Mark:
    """One element of a score.

    Attributes
    ----------
    element : Element
    nearly : whether it is only nearly there
    what, where : in words, in the layer's unit where it has one
    shape : of napari: "line", "path", "ellipse" or "polygon"
    points : (n, layer's dimensions), its vertices; none where it lies outside what is shown
    """

    element: "Element"
    nearly: bool
    what: str
    where: str
    shape: str
    points: Floats

    @property
    def features(self) -> dict[str, Any]:
        """What napari shows of the shape under the pointer, and in its table."""
        item = self.element
        return {
            "kind": KINDS[item.kind].name,
            "nearly": self.nearly,
            "there": item.pixels,
            "realised": item.hidden,
            "chance": item.chance,
            "order": item.order,
            "where": self.where,
        }

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table for people: what, where, there, realised, chance."""
        item = self.element
        chance = shown_as("chance", item.chance)
        what = f"nearly: {self.what}" if self.nearly else self.what
        realised = with_sd(item.hidden, item.hidden_sd)
        return what, self.where, f"{item.pixels:.2f}", realised, chance


def marks(score: "Result", part: Shown) -> list[Mark]:
    """List the elements that are drawn, then those that are nearly there."""
    found = score.elements
    if found is None:
        return []
    items = drawn_elements(found) if score.picture is not None else list(found.items)
    every = [(item, False) for item in items] + [(item, True) for item in found.nearly]
    mark = _in_picture if score.picture is not None else _in_volume
    return [mark(item, nearly, score, part) for item, nearly in every]


def _in_picture(item: "Element", nearly: bool, score: "Result", part: Shown) -> Mark:
    assert score.picture is not None
    # Pixels of the picture are squares; there may be more of them than points of the layer.
    squares = score.picture.grey.shape
    half = np.array(squares[::-1]) / max(squares)

    def place(points: Floats) -> Floats:
        rows = to_pixels(points, *squares)[:, ::-1] + 0.5
        return part.in_layer(rows * np.array(part.shape) / np.array(squares) - 0.5)

    line = element_line(item, *squares)
    what = f"{line.order} {line.kind}".strip()
    lengths = _lengths(item, half, part) if part.unit else ""
    where = ", ".join(word for word in (line.angle, lengths or line.where) if word)
    return Mark(item, nearly, what, where, *_drawn(picture_shape(item), half, place))


def _in_volume(item: "Element", nearly: bool, score: "Result", part: Shown) -> Mark:
    grid = score.grid
    assert grid is not None
    spacing = np.array(part.spacing)
    # Places are counted from the middle of the first point of the data that was read.
    read = part.lengths / np.array(part.data.shape)

    def place(points: Floats) -> Floats:
        return part.in_layer((grid.place(points) + read / 2) / spacing - 0.5)

    half = part.lengths / 2 / grid.half
    drawn = _drawn(field_shape(item, grid), half, place)
    what, through, where = what_in_units(item, part.unit).partition(", through ")
    return Mark(item, nearly, what, f"{through}{where}".removeprefix(", "), *drawn)


def _lengths(item: "Element", half: Floats, part: Shown) -> str:
    """Say in the layer's unit where an element of a picture is; empty of stripes."""
    # Half the longer side, which is 1 in an element's coordinates.
    one, unit = float(max(part.lengths)) / 2, part.unit
    if item.centre is not None:
        across, down = one * (half + np.array(item.centre) * (1, -1))
        return f"{across:.3g} {unit} from the left, {down:.3g} {unit} from the top"
    said = []
    if item.offset is not None:
        said.append(f"{one * abs(item.offset):.3g} {unit} from the middle")
    if item.vector is not None:
        length = one * float(np.linalg.norm(item.vector))
        said.append(f"{'shifted by' if item.kind == 'glide' else 'every'} {length:.3g} {unit}")
    return ", ".join(said)


def _drawn(shape: Shape, half: Floats, place: Callable[[Floats], Floats]) -> tuple[str, Floats]:
    """Return napari's name of a shape, and its vertices.

    Parameters
    ----------
    half : (D,), half the lengths of the box that is shown, which has its middle at 0
    place : points (n, D) in the coordinates of the shape → of the layer
    """
    match shape.draw:
        case "line":
            return "line", place(within(shape.points, half))
        case "arrow":
            return "path", place(arrow_path(shape.points[0], shape.points[1], shape.heads))
        case "plane":
            assert shape.normal is not None
            # Of a plane that misses the cube, nothing is drawn.
            corners = shape.points
            if len(corners):
                corners = plane_corners(shape.normal, corners[0], half)
            return "polygon", place(corners)
        case "ring" | "centre" if len(half) == 2:
            radius = RING if shape.draw == "ring" else DOT
            corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)])
            return "ellipse", place(shape.points + radius * corners)
    # In space, a centre is a cross of three strokes.
    (centre,) = shape.points
    strokes = [centre + DOT * end for axis in np.eye(3) for end in (axis, -axis, 0 * axis)]
    return "path", place(np.array([centre, *strokes]))


def within(ends: Floats, half: Floats) -> Floats:
    """Cut a line (2, D) to what lies in a box about 0 of half the lengths (D,): (0 or 2, D).

    >>> within(np.array([[-3.0, 0.5], [3.0, 0.5]]), np.array([1.0, 0.6])).tolist()
    [[-1.0, 0.5], [1.0, 0.5]]
    """
    start, along = ends[0], ends[1] - ends[0]
    moving = np.abs(along) > 1e-12
    if (np.abs(start[~moving]) > half[~moving]).any():
        return ends[:0]
    sides = np.stack([-half, half])[:, moving]
    shares = np.sort((sides - start[moving]) / along[moving], axis=0)
    first, last = max(0.0, shares[0].max()), min(1.0, shares[1].min())
    return start + np.array([[first], [last]]) * along if first < last else ends[:0]


def arrow_path(start: Floats, end: Floats, heads: int) -> Floats:
    """Draw an arrow of one or two heads as one line of points, (n, D)."""
    length = float(np.linalg.norm(end - start)) or 1.0
    ahead = (end - start) / length
    # Across it, nearest to the axis that is the least along it.
    across = np.eye(len(ahead))[int(np.argmin(np.abs(ahead)))]
    across = across - (across @ ahead) * ahead
    across /= float(np.linalg.norm(across))
    size = min(HEAD, length / 2)

    def head(tip: Floats, back: Floats) -> list[Floats]:
        return [
            tip,
            tip + size * (back + 0.6 * across),
            tip,
            tip + size * (back - 0.6 * across),
            tip,
        ]

    return np.array([*(head(start, ahead) if heads == 2 else [start]), *head(end, -ahead)])
