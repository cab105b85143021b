"""The score of a signal as a figure: curves, their centres and periods, the probabilities."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.figure import empty, headline, show_density
from symscope.drawing.layout import Page
from symscope.drawing.panels_nd import MARKS, list_found, listed, probabilities

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symscope.elements import Element
    from symscope.results import Score

# Inches.
WIDTH, HEIGHT, TOP = 12.0, 10.25, 1.62


def signal_figure(score: "Score") -> Figure:
    """Draw the way from a signal to its symmetry score: see ``spatial_figure``."""
    page = Page(WIDTH, HEIGHT)
    headline(page, score)
    found = listed(score)
    wide, high = WIDTH - 2 * style.MARGIN, 1.35
    rows: list[tuple[str, str]] = [
        ("1  The signal", "What was given; found centres are drawn as lines, periods as arrows."),
        ("2  In two levels, and what a network learned of them",
         "Light line: the two levels, all that the networks see. Dark line: what a small network, "
         "told nothing about symmetry, answers at every place."),
        ("3  Its leading patterns",
         "What the network has built for itself, the strongest in dark. A symmetry that it has "
         "found shows again here."),
    ]  # fmt: skip
    # The first panel has numbers along its lower edge.
    edges = (0.22, 0.0, 0.0)
    tops = [TOP, TOP + high + 0.88, TOP + 2 * high + 1.54]
    panels = []
    for (title, text), top, edge in zip(rows, tops, edges, strict=True):
        page.text(style.MARGIN, top - 0.09, title, fontsize=10, fontweight="bold")
        page.paragraph(style.MARGIN, top + high + 0.1 + edge, text, 150)
        panels.append(page.panel(style.MARGIN, top, wide, high))
    _curves(panels, score)
    for axes in panels:
        for item, colour in zip(found, MARKS, strict=False):
            _mark_signal(axes, item, colour, axes is panels[0], score)
    lower = tops[-1] + high + 0.85
    page.text(style.MARGIN, lower - 0.09, "4  Inside the network", fontsize=10, fontweight="bold")
    axes = page.panel(style.MARGIN, lower, 1.7, 1.7)
    if score.views is None:
        empty(axes, "no network")
    else:
        show_density(axes, score.views.plane[0])
    page.paragraph(style.MARGIN, lower + 1.77, "All places, by the two strongest patterns.", 34)
    _signal_words(page, score, found, lower)
    title = "6  Its symmetry: how likely each kind is"
    page.text(6.9, lower - 0.09, title, fontsize=10, fontweight="bold")
    probabilities(page, score, (6.9, lower), (2.1, 0.95))
    return page.figure


def _along(score: "Score", count: int) -> NDArray[np.float64]:
    assert score.sampled is not None
    place = (2 * np.arange(count) + 1.0) / count - 1
    return score.sampled.place(place[:, None])[:, 0]


def _curves(panels: list["Axes"], score: "Score") -> None:
    sampled = score.sampled
    assert sampled is not None
    thin: dict[str, Any] = {"linewidth": 1.0}
    ends = sampled.place(np.array([[-1.0], [1.0]]))[:, 0]
    panels[0].plot(_along(score, len(sampled.fine)), sampled.fine, color=style.INK, **thin)
    x = _along(score, len(sampled.values))
    panels[1].step(x, sampled.levels, where="mid", color=style.CALM, linewidth=3, alpha=0.5)
    if score.views is not None:
        panels[1].plot(x, score.views.answers[0], color=style.INK, **thin)
        maps = score.views.maps[0]
        for index, colour in reversed(list(enumerate((style.INK, style.CALM, style.FAINT)))):
            panels[2].plot(_along(score, maps.shape[1]), maps[index], color=colour, **thin)
    for axes in panels:
        axes.set_xlim(float(ends[0]), float(ends[1]))
        axes.tick_params(length=2, labelsize=7, labelcolor=style.MUTED)
    panels[0].xaxis.set_major_locator(MaxNLocator(8))


def _mark_signal(axes: "Axes", item: "Element", colour: str, first: bool, score: "Score") -> None:
    if item.point is not None:
        axes.axvline(item.point[0], color=colour, linewidth=1.5, linestyle="--")
    elif item.vector is not None and first:
        low, high = axes.get_ylim()
        start = float(np.array(score.sampled.centre)[0]) if score.sampled else 0.0
        length = abs(item.vector[0])
        axes.annotate(
            "",
            (start + length, high - 0.06 * (high - low)),
            (start, high - 0.06 * (high - low)),
            arrowprops={"arrowstyle": "<->", "color": colour, "linewidth": 1.5},
        )


def _signal_words(page: Page, score: "Score", found: list["Element"], top: float) -> None:
    left = style.MARGIN + 2.15
    page.text(left, top - 0.09, "5  What was found, and where", fontsize=10, fontweight="bold")
    y = top + 0.1
    if not found:
        text = "No centre and no period holds." if score.elements else "Not searched."
        page.text(left, y, text, fontsize=8, color=style.MUTED, va="top")
        y += 0.32
    unit = score.sampled.unit if score.sampled else ""
    y = list_found(page, found, (left, y), 54, unit)
    page.paragraph(left, y + 0.02, "Agreement: 1 = the same after the move, 0 = unrelated.", 60)
