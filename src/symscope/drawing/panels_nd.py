"""Words and probabilities of a signal's or a volume's figure."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.figure import bars
from symscope.drawing.layout import Page

if TYPE_CHECKING:
    from symscope.elements import Element
    from symscope.results import Score

LISTED = 5
"""Elements that are put into words."""

MARKS = ("#c2552d", "#2a7f9e", "#6a4c93", "#4b8f29", "#b8860b")
"""Colours of the elements, in their order; they tell them apart in every panel."""

READ_BY = {"signal": "signals", "volume": "volumes"}
"""What the classifiers of signals and volumes were trained on, by their names."""


def listed(score: "Score") -> list["Element"]:
    """Return the elements that a figure shows."""
    return list(score.elements.items[:LISTED]) if score.elements else []


def in_frame(score: "Score", item: "Element") -> NDArray[np.float64]:
    """Return an element's point in the frame [-1, 1]^D; the middle where it has none."""
    assert score.sampled is not None
    if item.point is None:
        return np.zeros(score.sampled.dimension)
    return (np.array(item.point) - np.array(score.sampled.centre)) / score.sampled.half


def in_words(item: "Element", unit: str) -> str:
    """Say what one element is and how well it holds."""
    hidden = "" if item.hidden is None else f", in the hidden layer {item.hidden:.2f}"
    return f"{_what(item, unit)}: agreement {item.pixels:.2f}{hidden}"


def _what(item: "Element", unit: str) -> str:
    unit = f" {unit}" if unit and unit != "time" else ""

    def shown(values: tuple[float, ...] | None) -> str:
        return "(" + ", ".join(f"{v:.3g}" for v in values or ()) + ")"

    through = f"through {shown(item.point)}{unit}"
    if item.kind == "mirror" and item.point is not None and len(item.point) == 1:
        return f"palindrome about {item.point[0]:.4g}{unit}"
    if item.kind == "mirror":
        return f"mirror plane, normal {shown(item.normal)}, {through}"
    if item.kind == "round":
        return f"axis of any rotation along {shown(item.direction)}, {through}"
    if item.kind == "rotation":
        return f"{item.order}-fold axis along {shown(item.direction)}, {through}"
    if item.kind == "spherical":
        return f"centre of any rotation at {shown(item.point)}{unit}"
    if item.kind == "stripes":
        return f"any shift along {shown(item.direction)}"
    vector = item.vector or ()
    along = "" if len(vector) == 1 else f" along {shown(vector)}"
    return f"period of {float(np.linalg.norm(vector)):.4g}{unit}{along}"


def list_found(
    page: Page, items: list["Element"], place: tuple[float, float], characters: int, unit: str
) -> float:
    """List elements in words below a place (x, y); returns where the list ends."""
    left, y = place
    for item, colour in zip(items, MARKS, strict=False):
        page.text(left, y, "■", color=colour, fontsize=9, va="top")
        page.paragraph(left + 0.2, y, in_words(item, unit), characters, color=style.INK)
        y += 0.35
    return y


def probabilities(
    page: Page, score: "Score", place: tuple[float, float], size: tuple[float, float]
) -> None:
    """Draw the probabilities's bars, with labels of 2.25 inches, and say how it was read."""
    (left, top), (width, height) = place, size
    bars(page.panel(left + 2.25, top, width, height), score)
    networks = "" if score.views is None else f" of {len(score.views.probabilities)} networks"
    known = READ_BY.get(str(score.provenance.get("classifier", "")), "the planes of volumes")
    text = (
        f"Read off those patterns by a second network, trained only on {known} whose symmetry is "
        f"known. Bars: mean{networks}; lines: their spread; dots: each network. Symmetry = 1 − "
        "none."
    )
    page.paragraph(left, top + height + 0.25, text, 80)
