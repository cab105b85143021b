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
    axes = page.panel(LEFT, TOP, WIDTH - LEFT - RIGHT, ROW * extent)
    _scale(axes, extent, figures["chance"])
    for name, place in places.items():
        _row(axes, name, place, rows[name])
    for mark, at in (("●", 1.05), ("○", 1.14)):
        axes.text(
            *(at, -0.9, mark),
            **{"ha": "center", "va": "center", "fontsize": 9, "color": style.INK},
            transform=axes.get_yaxis_transform(),
        )
    page.text(LEFT, 0.82, "●  the row's own classifier", fontsize=9, color=style.INK)
    page.text(
        LEFT + 2.1,
        0.82,
        "○  the shipped classifier, trained on two colours",
        fontsize=9,
        color=style.INK,
    )
    axes.text(
        *(-0.02, len(learned) - 0.5 + GAP / 2, "controls"),
        **{"ha": "right", "va": "center", "fontsize": 8, "color": style.MUTED, "style": "italic"},
        transform=axes.get_yaxis_transform(),
    )
    count = figures["networks"]
    networks = f"{count} network{'s' if count > 1 else ''}"
    page.paragraph(
        style.MARGIN,
        TOP + ROW * extent + 0.62,
        f"Share of {figures['templates']} fresh templates of {_number(figures['chance'])} classes "
        "whose class is read right, with 95 % intervals (Wilson). Every row: the same templates, "
        f"{networks} for each. Own classifiers learned from "
        f"{figures['templates_of_own_classifiers']} other templates. Dotted: chance. Seed "
        f"{figures['seed']}.",
        140,
    )
    return page.figure


def _number(chance: float) -> str:
    """Say how many classes there are.

    >>> _number(0.2)
    'five'
    """
    return {5: "five", 7: "seven"}.get(round(1 / chance), str(round(1 / chance)))


def _scale(axes: "Axes", extent: float, chance: float) -> None:
    axes.set_xlim(0, 1.02)
    axes.set_ylim(extent - 0.5, -0.6)
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks], fontsize=8, color=style.MUTED)
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.axvline(chance, ls=":", color=style.MUTED, lw=1)
    axes.set_xlabel("accuracy", fontsize=8, color=style.INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _row(axes: "Axes", name: str, place: float, entry: Mapping[str, Any]) -> None:
    colour = style.CALM if entry["control"] else style.ACCENT
    for classifier, shift, face in (("own", -0.14, colour), ("shipped", 0.14, style.EMPTY)):
        low, high = entry[f"{classifier}_interval"]
        axes.plot([low, high], [place + shift] * 2, color=colour, lw=1.6, solid_capstyle="round")
        axes.plot(entry[classifier], place + shift, "o", mec=colour, mfc=face, ms=6)
    said = NAMES.get(name) or parse_task(name).said
    axes.text(
        *(-0.02, place, said),
        **{"ha": "right", "va": "center", "fontsize": 9, "color": style.INK},
        fontweight="bold" if name == COLOURS else "normal",
        transform=axes.get_yaxis_transform(),
    )
    for classifier, at in (("own", 1.05), ("shipped", 1.14)):
        axes.text(
            *(at, place, f"{entry[classifier]:.3f}"),
            **{"ha": "center", "va": "center", "fontsize": 8.5, "color": style.INK},
            transform=axes.get_yaxis_transform(),
        )
