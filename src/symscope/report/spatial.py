"""The score of a signal, of a volume or of scattered samples as one figure that explains itself."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from symscope.report import style
from symscope.report.figure import empty, headline, show_density
from symscope.report.page import Page
from symscope.report.places import profile
from symscope.report.signal import signal_figure
from symscope.report.volume import volume_figure

if TYPE_CHECKING:
    from symscope.result import Score

# Inches.
WIDTH, HEIGHT, TOP, PANEL = 12.0, 5.4, 1.62, 2.3


def spatial_figure(score: "Score") -> Figure:
    """Draw the way from a signal, volume or samples to the symmetry score.

    Returns
    -------
    Figure
        Of a volume: three cuts through the centre of what was found, the surface between its two
        levels with planes, axes and centres in it, what one network learned and built, and the
        profile. Of a signal: the same as curves. Of samples: the plane and the profile.
    """
    if score.sampled is None or score.profile is None:
        return _without_grid(score)
    return signal_figure(score) if score.sampled.dimension == 1 else volume_figure(score)


def _without_grid(score: "Score") -> Figure:
    page = Page(WIDTH, HEIGHT)
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
        "points): a picture that does not know in how many dimensions they lie."
    )
    page.paragraph(style.MARGIN, TOP + PANEL + 0.07, text, 60)
    title = "2  Its symmetry: how likely each kind is"
    page.text(5.2, TOP - 0.09, title, fontsize=10, fontweight="bold")
    profile(page, score, (5.2, TOP), (3.2, PANEL - 0.4))
    return page.figure
