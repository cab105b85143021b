"""Drawings that stand in a page as SVG: the probabilities, elements over a picture, a sign per class.

They take their colours from the page they stand in (``currentColor`` and the custom properties
``--accent``, ``--calm`` and ``--faint``, each with a default that is seen on light and on dark),
hold no ids and no styles, and so may stand in any page, many times, under any content policy.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from symscope.drawing.markup import render
from symscope.drawing.overlay import axis_ends, in_words, placing, shown
from symscope.drawing.words import CLASS_NAMES

if TYPE_CHECKING:
    from symscope.drawing.overlay import Place
    from symscope.elements import Element, Elements
    from symscope.results import Score

# Units of the probabilities's drawing; at 420 units in 420 pixels its letters are 13 pixels high.
WIDTH, LABELS, BAR_END = 420.0, 150.0, 372.0
ROW, TOP = 30.0, 6.0

DOT_SPREAD = 4.5
"""Networks' dots are set apart by that much, up and down, so that equal ones are all seen."""

RING = 0.45
"""Radius of the ring that is drawn about a centre of O(2), in the picture's coordinates."""

STRIPES = 0.6
"""Half the length of the arrow along stripes, in the picture's coordinates."""


@dataclass(frozen=True)
class _Bar:
    symbol: str
    name: str
    value: float
    y: float
    end: float
    low: float
    high: float
    dots: str
    leading: bool


def probabilities_svg(score: "Score") -> Markup:
    """Draw how likely each class is: bars, their spread over networks, a dot for each network.

    Parameters
    ----------
    score : Score
        With probabilities; without ``views`` there are no dots.

    Returns
    -------
    Markup
        ``<svg>`` 420 units wide, to be shown as wide as there is room; empty for a score without
        probabilities.
    """
    if not score.probabilities:
        return Markup("")
    bars = [_bar(score, row, symbol) for row, symbol in enumerate(score.probabilities)]
    said = ", ".join(f"{bar.name} {bar.value:.2f}" for bar in bars)
    bottom = TOP + ROW * len(bars)
    ticks = [(_across(value), f"{value:g}") for value in (0.0, 0.5, 1.0)]
    return render(
        "probabilities.svg.j2",
        bars=bars,
        said=f"How likely each kind is: {said}",
        width=WIDTH,
        height=bottom + 20,
        bottom=bottom,
        start=LABELS,
        ticks=ticks,
        reliable=str(score.outcome) == "ok",
    )


def _bar(score: "Score", row: int, symbol: str) -> _Bar:
    value = float((score.probabilities or {})[symbol])
    spread = float((score.probabilities_sd or {}).get(symbol, 0.0))
    y = TOP + ROW * (row + 0.5)
    dots = ""
    if score.views is not None:
        each = score.views.probabilities[:, row].tolist()
        steps = np.linspace(-DOT_SPREAD, DOT_SPREAD, 5).tolist()
        dots = "".join(
            f"M{_across(one):.1f} {y + steps[2 * number % 5]:.1f}h0"
            for number, one in enumerate(each)
        )
    # A probability cannot leave 0 … 1, so neither may its line.
    low, high = max(value - spread, 0.0), min(value + spread, 1.0)
    name = CLASS_NAMES.get(symbol, (symbol, ""))[0]
    leading = symbol == score.label
    return _Bar(symbol, name, value, y, _across(value), _across(low), _across(high), dots, leading)


def _across(value: float) -> float:
    return LABELS + (BAR_END - LABELS) * float(value)


def elements_svg(elements: "Elements", rows: int, columns: int) -> Markup:
    """Draw elements where they are, to be laid over a picture of rows × columns pixels.

    Parameters
    ----------
    elements : Elements
    rows, columns : of the picture that it will lie on (or of any other of its proportions)

    Returns
    -------
    Markup
        ``<svg>`` of that shape: mirror axes as lines, glides dotted, rotation centres as dots with
        their order, periods and stripes as arrows, circles as rings.
    """
    size = float(max(rows, columns))
    pixel = placing(rows, columns)

    def place(x: float, y: float) -> tuple[float, float]:
        column, row = pixel(x, y)
        return column + 0.5, row + 0.5  # in SVG a pixel's corner is whole, not its centre

    items = [_shape(item, place, size) for item in shown(elements)]
    return render(
        "elements.svg.j2",
        items=items,
        rows=rows,
        columns=columns,
        size=size,
        said=in_words(elements),
    )


def _shape(item: "Element", place: "Place", size: float) -> dict[str, Any]:
    """Say what to draw of one element, in pixels."""
    if item.kind in ("mirror", "glide"):
        (x1, y1), (x2, y2) = axis_ends(item, place)
        return {"draw": "axis", "dotted": item.kind == "glide", "d": _path((x1, y1), (x2, y2))}
    if item.kind in ("rotation", "round"):
        x, y = place(*(item.centre or (0.0, 0.0)))
        found = {"draw": "centre", "x": x, "y": y, "order": item.order, "radius": RING * size / 2}
        return found
    if item.kind == "stripes":
        angle = np.deg2rad(item.angle_deg or 0.0)
        reach = STRIPES * np.array([np.cos(angle), np.sin(angle)])
        start, end = place(*(-reach).tolist()), place(*reach.tolist())
        heads = [_head(start, end, size), _head(end, start, size)]
    else:
        start, end = place(0.0, 0.0), place(*(item.vector or (0.0, 0.0)))
        heads = [_head(start, end, size)]
    return {"draw": "arrow", "d": _path(start, end), "heads": heads}


def _path(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _head(start: tuple[float, float], end: tuple[float, float], size: float) -> str:
    """Draw the head of an arrow as a closed path."""
    along = np.subtract(end, start)
    along = along / (float(np.hypot(*along)) or 1.0) * min(0.03 * size, float(np.hypot(*along)))
    across = 0.6 * np.array([-along[1], along[0]])
    corners = [np.array(end), end - along + across, end - along - across]
    return _path(*[(float(x), float(y)) for x, y in corners]) + "Z"


def seen_svg(side: float, rows: int, columns: int) -> Markup:
    """Draw the dashed square in the middle of a picture that the networks see, ``side`` wide."""
    return render("seen.svg.j2", rows=rows, columns=columns, side=side)


def pictogram_svg(symbol: str) -> Markup:
    """Draw a small sign that has the symmetry of a class; it says nothing to a screen reader."""
    return render("pictogram.svg.j2", symbol=symbol)
