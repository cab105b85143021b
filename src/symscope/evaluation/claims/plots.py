"""The small figures of the page: one size of letters, calm axes, colours of the page."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from symscope.drawing import style
from symscope.drawing.style import SERIES
from symscope.evaluation.claims.claim import Number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SERIES", "axes", "grid_of_pictures", "intervals", "legend", "scatter"]

WIDTH = 3.4
"""Inches: three panels side by side fill a page, one fills a phone."""

LETTERS = 8
"""Points."""

TITLE, LABEL, GAP = 0.22, 0.5, 0.05
"""Inches of a grid of pictures: a line above a row, the names beside the rows, between pictures."""

DASHED: dict[str, Any] = {"color": style.MUTED, "linewidth": 1, "linestyle": ":"}


def axes(height: float, across: str, up: str) -> "tuple[Figure, Axes]":
    """Return a figure with one pair of axes, named, and of the frame what is needed."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    drawn = figure.subplots()
    drawn.set_facecolor("none")
    drawn.spines[["top", "right"]].set_visible(False)
    drawn.spines[["left", "bottom"]].set_color(style.FAINT)
    drawn.tick_params(labelsize=LETTERS, labelcolor=style.MUTED, color=style.FAINT)
    drawn.set_xlabel(across, fontsize=LETTERS, color=style.INK)
    drawn.set_ylabel(up, fontsize=LETTERS, color=style.INK)
    return figure, drawn


def legend(drawn: "Axes", **where: Any) -> None:
    """Name the series."""
    drawn.legend(fontsize=LETTERS, frameon=False, labelcolor=style.INK, **where)


def grid_of_pictures(
    pictures: Sequence[Sequence[NDArray[Any]]],
    above: Sequence[Sequence[str]],
    beside: Sequence[str],
    **look: Any,
) -> Figure:
    """Draw rows of small square pictures.

    Parameters
    ----------
    pictures : arrays of shape (S, S), row by row
    above : for each row what stands above its pictures; empty rows take no space
    beside : what stands to the left of each row
    look : how ``imshow`` draws them; without ``vmin`` the colours are centred on zero
    """
    columns = max(len(row) for row in pictures)
    left = LABEL if any(beside) else 0.03
    side = (WIDTH - left) / columns
    lines = [TITLE if any(words) else 0.0 for words in above]
    height, top = sum(lines) + len(pictures) * side, 0.0
    figure = Figure(figsize=(WIDTH, height))
    for row, words, name, line in zip(pictures, above, beside, lines, strict=True):
        top += line + side
        for column, picture in enumerate(row):
            box = (left + column * side, height - top + GAP / 2, side - GAP, side - GAP)
            drawn = figure.add_axes(
                (box[0] / WIDTH, box[1] / height, box[2] / WIDTH, box[3] / height)
            )
            drawn.set(xticks=[], yticks=[])
            drawn.spines[:].set_visible(False)
            reach = float(np.abs(picture).max()) or 1.0
            spread: dict[str, Any] = {} if "vmin" in look else {"vmin": -reach, "vmax": reach}
            drawn.imshow(picture, interpolation="none", **(spread | look))
            if line:
                drawn.set_title(words[column], fontsize=LETTERS, color=style.INK, pad=4)
            if column == 0:
                drawn.set_ylabel(name, fontsize=LETTERS, color=style.MUTED, rotation=0, ha="right",
                                 va="center", labelpad=5)  # fmt: skip
    return figure


def intervals(numbers: Sequence[Number], across: str, limit: float) -> Figure:
    """Draw numbers as dots with their intervals, the controls pale.

    Parameters
    ----------
    numbers : from top to bottom
    across : what the axis shows
    limit : drawn as a dotted line, e.g. chance
    """
    figure, drawn = axes(0.55 + 0.36 * len(numbers), across, "")
    for place, number in enumerate(numbers):
        if isnan(number.value):
            continue
        colour = style.CALM if number.control else style.ACCENT
        ends = [number.value if isnan(end) else end for end in (number.low, number.high)]
        drawn.plot(ends, [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        drawn.plot([number.value], [place], "o", color=colour, markersize=5)
        drawn.plot([limit, limit], [place - 0.05, place + 0.32], **DASHED)
        drawn.annotate(
            number.name,
            (0, place),
            (0, 5),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=LETTERS,
            color=style.MUTED if number.control else style.INK,
        )
    drawn.set_ylim(len(numbers) - 0.5, -0.9)
    drawn.set_yticks([])
    drawn.spines["left"].set_visible(False)
    return figure


def scatter(drawn: "Axes", x: ArrayLike, y: ArrayLike, size: float = 14, **look: Any) -> None:
    """Draw a cloud of points as pixels."""
    drawn.scatter(x, y, s=size, linewidths=0, rasterized=True, **look)
