"""Elements as shapes over a picture: what is drawn where, and the line of the list beside it.

Coordinates are pixels of the picture, from its upper left corner; x to the right, y down.
"""

from typing import TYPE_CHECKING, Any

from symscope.drawing.explain import element_line, flow_words
from symscope.drawing.shapes import RING, Shape, drawn_elements, picture_shapes, to_pixels

if TYPE_CHECKING:
    from symscope.elements import Elements
    from symscope.music.names import Music


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
        ``elements``: list of objects with ``shape`` and the texts of explain.Line; ``more``:
        how many others were found; ``flow``: a sentence, or empty.
    """
    chosen, shapes = drawn_elements(found), picture_shapes(found)
    return {
        "elements": [
            {
                "shape": _plain(shape, rows, columns),
                **vars(element_line(item, rows, columns, music)),
            }
            for item, shape in zip(chosen, shapes, strict=True)
        ],
        "more": len(found.items) - len(chosen),
        "flow": flow_words(found.flow, rows, columns) if found.flow else "",
    }


def _plain(shape: Shape, rows: int, columns: int) -> dict[str, Any]:
    # In SVG a pixel's corner is whole, not its centre.
    points = [tuple(p) for p in (to_pixels(shape.points, rows, columns) + 0.5).tolist()]
    if shape.draw == "line":
        return {"draw": "axis", "dotted": shape.dotted, "line": points}
    if shape.draw == "arrow":
        return {"draw": "arrow", "both": shape.heads == 2, "line": points}
    if shape.draw == "ring":
        return {"draw": "ring", "at": points[0], "radius": RING * max(rows, columns) / 2}
    return {"draw": "centre", "at": points[0], "order": shape.order}
