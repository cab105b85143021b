"""Elements as the lines of a table: what, where, at which angle, and how well they agree."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symscope.drawing.words import with_spread

if TYPE_CHECKING:
    from symscope.elements import Element, Elements
    from symscope.features.lie_defect import Flow
    from symscope.music.names import Music

KIND_NAMES = {
    "mirror": "mirror axis",
    "rotation": "rotation centre",
    "translation": "period",
    "glide": "glide axis",
    "stripes": "stripes",
    "round": "rings",
}

DRAWN_AS = {
    "mirror": "mirror axes (lines)",
    "glide": "glide axes (dotted lines)",
    "rotation": "centres of rotation (dots with their order)",
    "translation": "periods (arrows)",
    "stripes": "the direction of stripes (arrow with two heads)",
    "round": "the centre of rings (cross, in a ring of no special size)",
}
"""How ``svg.elements_svg`` draws each kind."""

MOST_LISTED = 24
"""Elements in a report's table, strongest first within each kind; lattices may have more."""

NEAR_MIDDLE = 0.005
"""Share of the longer side below which an axis is said to go through the middle."""


@dataclass(frozen=True)
class Line:
    """One element as text: empty where its kind does not have it."""

    kind: str
    where: str
    angle: str
    order: str
    pixels: str
    hidden: str


def lines(
    elements: "Elements", rows: int, columns: int, music: "Music | None" = None
) -> list[Line]:
    """Describe what was found in a picture of rows × columns pixels, at most MOST_LISTED.

    Of a sound, ``music`` gives the names, and says in seconds and notes where.
    """
    found = [item for kind in KIND_NAMES for item in elements.of(kind)]
    structures = music.structures if music else ()
    listed = []
    for item in found[:MOST_LISTED]:
        line = _line(item, rows, columns)
        called = next((one for one in structures if one.element is item), None)
        if called is not None:
            kind = f"{called.name}, along {called.along}"
            line = replace(line, kind=kind, where=called.words.partition(": ")[2])
        listed.append(line)
    return listed


def legend(elements: "Elements") -> str:
    """Say what is drawn over a picture, and how.

    Of no element, it is empty.
    """
    return ", ".join(said for kind, said in DRAWN_AS.items() if elements.of(kind))


def _line(item: "Element", rows: int, columns: int) -> Line:
    return Line(
        KIND_NAMES[item.kind],
        _where(item, rows, columns),
        "" if item.angle_deg is None else f"{round(item.angle_deg, 1) % 180:.1f}°",
        "" if item.order is None else f"{item.order}-fold",
        f"{item.pixels:.2f}",
        with_spread(item.hidden, item.hidden_sd),
    )


def _where(item: "Element", rows: int, columns: int) -> str:
    longer = max(rows, columns)
    if item.centre is not None:
        return place(item.centre, rows, columns)
    if item.kind == "translation" and item.vector is not None:
        length = math.hypot(*item.vector) / 2
        return f"every {length * longer:.1f} pixels, {100 * length:.1f} % of the longer side"
    if item.kind == "stripes":
        return "all along one direction"
    beside = _beside(item.angle_deg or 0.0, (item.offset or 0.0) / 2)
    if item.kind == "glide" and item.vector is not None:
        return f"{beside}; shifted by {math.hypot(*item.vector) / 2 * longer:.1f} pixels along it"
    return beside


def place(point: tuple[float, float], rows: int, columns: int) -> str:
    """Say where a point is, from the picture's edges.

    >>> place((0.0, 0.5), 100, 200)
    '50.0 % from the left, 0.0 % from the top'
    """
    longer = max(rows, columns)
    across = (point[0] * longer + columns) / (2 * columns)
    down = (rows - point[1] * longer) / (2 * rows)
    return f"{100 * across:.1f} % from the left, {100 * down:.1f} % from the top"


def _beside(angle_deg: float, offset: float) -> str:
    """Say on which side of the middle an axis is; ``offset`` as a share of the longer side."""
    if abs(offset) < NEAR_MIDDLE:
        return "through the middle"
    angle = math.radians(angle_deg)
    right, up = -math.sin(angle) * offset, math.cos(angle) * offset
    if abs(right) >= abs(up):
        side = "to the right of" if right > 0 else "to the left of"
    else:
        side = "above" if up > 0 else "below"
    return f"{100 * abs(offset):.1f} % {side} the middle"


def flow_words(flow: "Flow", rows: int, columns: int) -> str:
    """Say what the hidden layer's own answer for continuous symmetry is, and whether it counts."""
    if flow.centre is not None:
        what = f"turning about a point {place(flow.centre, rows, columns)}"
        error = (
            "" if flow.error is None else f" (± {100 * flow.error / 2:.1f} % of the longer side)"
        )
    else:
        what = f"shifting along {flow.angle_deg or 0.0:.1f}°"
        error = "" if flow.error is None else f" (± {flow.error:.1f}°)"
    counts = {
        "symmetric": "It counts as a symmetry.",
        "none": "It does not count as a symmetry: some movement always changes it least.",
    }.get(str(flow.verdict), "Whether it counts as a symmetry is undecided.")
    defect = with_spread(flow.defect, flow.defect_spread)
    agreement = (
        "" if flow.agreement is None else f", agreement after real moves {flow.agreement:.2f}"
    )
    return (
        f"The movement that changes the networks' hidden layer least is {what}{error}. Defect "
        f"{defect} (0 = ignored wholly, 0.71 = unrelated){agreement}. {counts}"
    )
