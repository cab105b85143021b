"""The figure of the talk: clusters of orbits, and beside them those of what has none."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps

from symscope.drawing import style
from symscope.drawing.layout import Page
from symscope.drawing.words import short_name, with_sd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TITLES = {
    "data": ("{source}", "the network has learned its levels"),
    "no symmetry": ("no symmetry", "another potential, levels learned as well"),
    "permuted labels": ("permuted labels", "the same points, labels at random"),
    "untrained": ("untrained network", "the first network before training"),
}
ORDER = ("data", "no symmetry", "permuted labels", "untrained")

UNRELATED_SHARE = 0.25
"""Of the defect of unrelated fields: below it a defect is set off by colour."""

# Inches.
WIDTH, PANEL, PITCH, LEFT, TOP, GAP = 11.6, 2.25, 2.75, 0.55, 1.75, 0.4
HEIGHT = TOP + 3 * (PANEL + GAP) + 1.75


def orbits_figure(study: Any) -> "Figure":
    """Draw a study: 11.6 × 11.5 inches, a column for each case.

    From above: the points by their level, the last hidden layer by t-SNE and by PCA, the defect.
    """
    page = Page(WIDTH, HEIGHT)
    source = short_name(study.source)
    page.text(style.MARGIN, 0.5, f"Orbits of {source}", fontsize=17, fontweight="bold")
    page.paragraph(
        style.MARGIN,
        0.68,
        "Classes cluster in the hidden layer whether there is a symmetry or not. Only the defect, "
        "the least that any field of the class changes the layer, tells them apart.",
        150,
    )
    cases = {case.name: case for case in study.cases}
    for column, name in enumerate(ORDER):
        case, x = cases[name], LEFT + column * PITCH
        title, gloss = TITLES[name]
        page.text(
            x,
            TOP - 0.32,
            title.format(source=short_name(study.source, 22)),
            fontsize=11,
            fontweight="bold",
        )
        page.text(x, TOP - 0.12, gloss, fontsize=8, color=style.MUTED)
        pictures = ((case.points[:, :2], "x1", "x2"), (case.tsne, "", ""), (case.pca, "", ""))
        for row, (places, across, up) in enumerate(pictures):
            axes = page.panel(x, TOP + row * (PANEL + GAP), PANEL, PANEL)
            _scatter(axes, places, case)
            axes.set_xlabel(across, fontsize=8, color=style.MUTED, labelpad=2)
            if column == 0:
                axes.set_ylabel(up, fontsize=8, color=style.MUTED, labelpad=1)
        y = TOP + 3 * (PANEL + GAP) + 0.1
        strong = case.defect < UNRELATED_SHARE * _unrelated(study)
        defect = f"defect {with_sd(case.defect, case.spread)}"
        colour = style.ACCENT if strong else style.INK
        page.text(x, y, defect, fontsize=12, fontweight="bold", color=colour)
        page.text(x, y + 0.25, f"silhouette of the classes {case.silhouette:.2f}")
        learned = "learned nothing" if name == "untrained" else f"learned {case.learned:.0%}"
        page.text(x, y + 0.45, f"{learned} of the labels", color=style.MUTED)
    for row, text in enumerate(("points", "hidden layer: t-SNE", "hidden layer: PCA")):
        middle = TOP + row * (PANEL + GAP) + PANEL / 2
        page.text(0.2, middle, text, rotation=90, va="center", fontsize=9, color=style.MUTED)
    page.paragraph(style.MARGIN, HEIGHT - 0.7, _levels_in_words(study), 170)
    return page.figure


def _unrelated(study: Any) -> float:
    return float(1 / np.sqrt(study.cases[0].points.shape[1]))


def _scatter(axes: "Axes", places: "NDArray[np.float64]", case: Any) -> None:
    last = max(int(case.labels.max()), 1)
    colours = colormaps["viridis"](case.labels / last)
    axes.scatter(places[:, 0], places[:, 1], s=2.5, c=colours, linewidths=0)
    axes.set_aspect("equal", adjustable="datalim")


def _levels_in_words(study: Any) -> str:
    parts = [
        f"{item['level']:.2f}" if isinstance(item["level"], float) else str(item["level"])
        for item in study.levels
    ]
    counted = [f"{name}: {item['orbits']}" for name, item in zip(parts, study.levels, strict=True)]
    return (
        f"Connected parts of each level of {study.source}: {', '.join(counted[:16])}. "
        f"Defects: {study.kind} fields, mean and standard deviation over networks; "
        f"{_unrelated(study):.2f} is unrelated. Seed {study.seed}."
    )
