"""The figure of ``symscope evaluate tasks`` and ``unsupervised``: accuracies with intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symscope.drawing import style
from symscope.drawing.layout import Page
from symscope.tasks import COLOURS, parse_task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
WIDTH, LEFT, RIGHT, TOP, ROW, FOOT = 10.2, 3.5, 1.3, 1.15, 0.42, 1.3

GAP = 0.6
"""Between the rows that learn and the controls, in rows."""

PIXELS = "pixels"

NAMES = {
    "vae:templates": "variational autoencoder of many templates",
    "vae:untrained": "the autoencoder before training",
    "vae:shuffled": "the autoencoder of shuffled pixels",
    "gan:untrained": "the discriminator before training",
    "gan:shuffled": "the discriminator of shuffled pixels",
    PIXELS: "the pixels themselves, no network",
}

TITLES = {
    "tasks": "How well symmetry is read after each task",
    "unsupervised": "How well symmetry is read without a task",
}

CLASSIFIERS = (("own", "●", -0.14, 1.05), ("shipped", "○", 0.14, 1.14))
"""Each classifier, its mark, where in a row it is drawn, and where its number stands."""


def comparison_figure(figures: Mapping[str, Any]) -> "Figure":
    """Draw what ``evaluation.tasks.measure`` returns: accuracies by row, the controls apart."""
    rows: Mapping[str, Any] = figures["rows"]
    learned = [name for name in rows if not rows[name]["control"]]
    controls = [name for name in rows if rows[name]["control"]]
    places = {name: float(i) for i, name in enumerate(learned)}
    places |= {name: len(learned) + GAP + i for i, name in enumerate(controls)}
    extent = max(places.values()) + 1
    page = Page(WIDTH, TOP + ROW * extent + FOOT)
    page.text(style.MARGIN, 0.4, TITLES[figures["suite"]], fontsize=13)
    page.text(LEFT, 0.82, "●  the row's own classifier", fontsize=9)
    page.text(LEFT + 2.1, 0.82, "○  the shipped classifier, trained on two colours", fontsize=9)
    axes = page.panel(LEFT, TOP, WIDTH - LEFT - RIGHT, ROW * extent)
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axes.set(xlim=(0, 1.02), ylim=(extent - 0.5, -0.6))
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks], fontsize=8, color=style.MUTED)
    axes.tick_params(length=0)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.axvline(figures["chance"], ls=":", color=style.MUTED, lw=1)
    axes.set_xlabel("accuracy", fontsize=8, color=style.INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for _, mark, _, at in CLASSIFIERS:
        _beside(axes, at, -0.9, mark, ha="center", fontsize=9)
    for name, place in places.items():
        entry = rows[name]
        colour = style.CALM if entry["control"] else style.ACCENT
        said = NAMES.get(name) or parse_task(name).said
        weight = "bold" if name == COLOURS else "normal"
        _beside(axes, -0.02, place, said, ha="right", fontsize=9, fontweight=weight)
        for classifier, mark, shift, at in CLASSIFIERS:
            interval, y = entry[f"{classifier}_interval"], place + shift
            axes.plot(interval, [y, y], color=colour, lw=1.6, solid_capstyle="round")
            face = colour if mark == "●" else style.EMPTY
            axes.plot(entry[classifier], y, "o", mec=colour, mfc=face, ms=6)
            _beside(axes, at, place, f"{entry[classifier]:.3f}", ha="center", fontsize=8.5)
    between = len(learned) - 0.5 + GAP / 2
    look = {"ha": "right", "fontsize": 8, "color": style.MUTED, "style": "italic"}
    _beside(axes, -0.02, between, "controls", **look)
    count, classes = figures["networks"], round(1 / figures["chance"])
    page.paragraph(
        style.MARGIN,
        TOP + ROW * extent + 0.62,
        f"Share of {figures['templates']} fresh templates of "
        f"{ {5: 'five', 7: 'seven'}.get(classes, classes) } classes whose class is read right, "
        "with 95 % intervals (Wilson). Every row: the same templates, "
        f"{count} network{'s' if count > 1 else ''} for each. Own classifiers learned from "
        f"{figures['templates_of_own_classifiers']} other templates. Dotted: chance. Seed "
        f"{figures['seed']}.",
        140,
    )
    return page.figure


def _beside(axes: "Axes", x: float, y: float, text: str, **look: Any) -> None:
    """Write beside a row: x as a share of the panel's width, y in rows."""
    look = {"va": "center", "color": style.INK} | look
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), **look)
