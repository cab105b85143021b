"""The score of a signal, of a volume or of scattered samples as one figure that explains itself."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from symscope.drawing import style
from symscope.drawing.figure import empty, headline, show_density
from symscope.drawing.layout import Page
from symscope.drawing.panels_nd import probabilities
from symscope.drawing.signal import signal_figure
from symscope.drawing.table import short_name
from symscope.drawing.volume import volume_figure
from symscope.errors import Outcome

if TYPE_CHECKING:
    from symscope.lie.rigid import Generators
    from symscope.results import Score

# Inches.
WIDTH, HEIGHT, TOP, PANEL = 12.0, 5.4, 1.62, 2.3


def spatial_figure(score: "Score") -> Figure:
    """Draw the way from a signal, volume or samples to the symmetry score.

    Returns
    -------
    Figure
        Of a volume: three cuts through the centre of what was found, the surface between its two
        levels with planes, axes and centres in it, what one network learned and built, and the
        probabilities. Of a signal: the same as curves. Of samples in space: the plane and the probabilities; in
        four dimensions and more: the plane and the defects of the generators.
    """
    if score.sampled is None or score.probabilities is None:
        return _without_grid(score)
    return signal_figure(score) if score.sampled.dimension == 1 else volume_figure(score)


def _without_grid(score: "Score") -> Figure:
    page = Page(WIDTH, HEIGHT)
    if score.generators is not None and score.probabilities is None and score.outcome == Outcome.OK:
        _continuous(page, score, score.generators)
    else:
        headline(page, score)
    axes = page.panel(style.MARGIN, TOP, PANEL, PANEL)
    page.text(style.MARGIN, TOP - 0.09, "1  Inside a network", fontsize=10, fontweight="bold")
    if score.views is None:
        empty(axes, "no network was trained")
        return page.figure
    show_density(axes, score.views.plane[0])
    text = (
        "A small network, told nothing about symmetry, learned the level at every point. Here the "
        "points are placed by the two strongest patterns in its last layer (brighter: more "
        "points). This plane does not know in how many dimensions they lie."
    )
    page.paragraph(style.MARGIN, TOP + PANEL + 0.07, text, 60)
    if score.probabilities is not None:
        title = "2  Its symmetry: how likely each kind is"
        page.text(5.2, TOP - 0.09, title, fontsize=10, fontweight="bold")
        probabilities(page, score, (5.2, TOP), (3.2, PANEL - 0.4))
    elif score.generators is not None:
        _spectrum(page, score.generators)
    return page.figure


def _continuous(page: Page, score: "Score", generators: "Generators") -> None:
    """Say which continuous group was found, in the place of a score."""
    right = WIDTH - style.MARGIN
    name = short_name(score.path, most=44)
    page.text(right, 0.3, name, ha="right", va="top", fontsize=11, color=style.MUTED)
    found = generators.group if len(generators.fields) else "none"
    large: dict[str, Any] = {"va": "top", "fontsize": 20, "fontweight": "bold"}
    page.text(style.MARGIN, 0.3, f"Continuous symmetry: {found}", **large)
    size = len(generators.fields)
    text = (
        f"verdict of the hidden layer: {generators.verdict}; {size} generators. In so many "
        "dimensions no kinds are told apart; mirrors and periods are not looked for."
    )
    page.text(style.MARGIN, 0.82, text, fontsize=9, va="top", color=style.MUTED)
    page.rule(1.22)


def _spectrum(page: Page, generators: "Generators") -> None:
    """Draw the defects of all rigid motions; those that are symmetries in colour."""
    title = "2  How much the hidden layer changes along each rigid motion"
    page.text(5.2, TOP - 0.09, title, fontsize=10, fontweight="bold")
    axes = page.panel(5.6, TOP, WIDTH - style.MARGIN - 5.6, PANEL - 0.2)
    place, size = np.arange(1, len(generators.defects) + 1), len(generators.fields)
    colours = [style.ACCENT if i < size else style.CALM for i in range(len(place))]
    axes.bar(place, generators.defects, color=colours, yerr=generators.spread, ecolor=style.INK)
    axes.axhline(generators.unrelated, color=style.MUTED, linewidth=0.8, linestyle="--")
    axes.set_ylim(0, max(0.8, float(generators.defects.max()) * 1.1))
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8])
    axes.tick_params(length=2, labelsize=8, labelcolor=style.MUTED)
    text = (
        "Defect of each stationary shift or rotation, the least first: 0 = unchanged, dashed line "
        "= unrelated. In colour: symmetries, which also hold when points are moved far."
    )
    page.paragraph(5.2, TOP + PANEL + 0.07, text, 92)
