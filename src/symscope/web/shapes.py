"""Elements as shapes over a picture: what is drawn where, and the line of the list beside it.

Coordinates are pixels of the picture, from its upper left corner; x to the right, y down.
"""

import math
from typing import TYPE_CHECKING, Any

from symscope.drawing.overlay import axis_ends, placing, shown
from symscope.drawing.whereabouts import flow_words, lines

if TYPE_CHECKING:
    from symscope.drawing.overlay import Place
    from symscope.elements import Element, Elements
    from symscope.music.names import Music

RING = 0.45
"""Radius of the ring about a centre of O(2), in the picture's coordinates."""

STRIPES = 0.6
"""Half the length of the arrow along stripes, in the picture's coordinates."""


def seen_square(shape: tuple[int, ...], extent: int) -> dict[str, float] | None:
    """Return the square in the middle that the networks see, or None where it is everything."""
    rows, columns = shape
    if extent >= max(rows, columns):
        return None
    return {"x": (columns - extent) / 2, "y": (rows - extent) / 2, "side": float(extent)}


def elements(
    found: "Elements", rows: int, columns: int, music: "Music | None" = None
) -> dict[str, Any]:
    """Return the elements that are drawn, each with its line, and what the flow says.

    Parameters
    ----------
    found : Elements
    rows, columns : of the picture
    music : of a sound, what its elements are called

    Returns
    -------
    dict
        ``elements``: list of objects with ``shape`` and the texts of whereabouts.Line; ``more``:
        how many others were found; ``flow``: a sentence, or empty.
    """
    pixel = placing(rows, columns)

    def place(x: float, y: float) -> tuple[float, float]:
        column, row = pixel(x, y)
        return column + 0.5, row + 0.5  # in SVG a pixel's corner is whole, not its centre

    chosen = shown(found)
    listed = [
        {
            "shape": _shape(item, place, max(rows, columns)),
            **_line(found, item, rows, columns, music),
        }
        for item in chosen
    ]
    return {
        "elements": listed,
        "more": len(found.items) - len(chosen),
        "flow": flow_words(found.flow, rows, columns) if found.flow else "",
    }


def _line(
    found: "Elements", item: "Element", rows: int, columns: int, music: "Music | None"
) -> dict[str, str]:
    alone = type(found)((item,), found.strongest)
    return dict(vars(lines(alone, rows, columns, music)[0]))


def _shape(item: "Element", place: "Place", longer: int) -> dict[str, Any]:
    if item.kind in ("mirror", "glide"):
        return {"draw": "axis", "dotted": item.kind == "glide", "line": axis_ends(item, place)}
    if item.kind == "rotation":
        return {"draw": "centre", "at": place(*_centre(item)), "order": item.order}
    if item.kind == "round":
        return {"draw": "ring", "at": place(*_centre(item)), "radius": RING * longer / 2}
    if item.kind == "stripes":
        angle = math.radians(item.angle_deg or 0.0)
        x, y = STRIPES * math.cos(angle), STRIPES * math.sin(angle)
        return {"draw": "arrow", "both": True, "line": [place(-x, -y), place(x, y)]}
    return {"draw": "arrow", "both": False, "line": [place(0, 0), place(*(item.vector or (0, 0)))]}


def _centre(item: "Element") -> tuple[float, float]:
    return item.centre or (0.0, 0.0)
