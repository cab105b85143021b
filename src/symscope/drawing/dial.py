"""The figure of ``symscope evaluate breaking``: how scores fall, and whether they hold."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symscope.drawing import style
from symscope.drawing.layout import Page
from symscope.drawing.words import mathematics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#c2552d", "#3d6a8f", "#6b8f3d", "#8a5a9e", "#b08b2e", "#1f2d3d")
"""One for each class that has a dial."""

# Inches.
WIDTH, HEIGHT, PANEL, PITCH, TOP = 11.6, 5.6, 3.0, 3.7, 0.95

Bins = Sequence[Mapping[str, float]]


def dial_figure(figures: Mapping[str, Any]) -> "Figure":
    """Draw what ``evaluation.breaking.measure`` returns: 11.6 × 5.6 inches, three panels."""
    page = Page(WIDTH, HEIGHT)
    page.text(style.MARGIN, 0.35, "How the score falls, and whether it holds", fontsize=13)
    families = " and ".join(figures["families"])
    _dial(
        _panel(
            page,
            0,
            "Symmetry is broken step by step",
            "Mean probability of the picture's class. The dial is the share of related pairs of "
            "pixels that are broken; dotted: what is left of them.",
        ),
        figures["score"],
    )
    _calibration(
        _panel(
            page,
            1,
            "Exact or none: how often is it right?",
            f"Expected calibration error {figures['ece']:.3f}. Each dot is a tenth of the scale, "
            "its area the number of pictures; on the line, the score is right as often as it "
            "says.",
        ),
        figures["calibration"],
        "share that is right",
    )
    _calibration(
        _panel(
            page,
            2,
            "Broken: how much is left?",
            f"Expected calibration error {figures['ece_share']:.3f}. Above the line more is left "
            "than the score says, below it less.",
        ),
        figures["calibration_share"],
        "share of pairs left",
    )
    page.paragraph(
        style.MARGIN,
        HEIGHT - 0.35,
        f"{figures['templates']} templates of the families {families}, which took no part in "
        f"training or calibration; {figures['classes']} classes, seed {figures['seed']}.",
        160,
    )
    return page.figure


def _panel(page: Page, column: int, title: str, caption: str) -> "Axes":
    x = style.MARGIN + 0.35 + column * PITCH
    page.text(x, TOP - 0.08, title, fontsize=10, fontweight="bold")
    page.paragraph(x, TOP + PANEL + 0.5, caption, 50)
    axes = page.panel(x, TOP, PANEL, PANEL)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks], fontsize=8, color=style.MUTED)
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks], fontsize=8, color=style.MUTED)
    axes.tick_params(color=style.FAINT)
    axes.grid(color=style.FAINT, linewidth=0.5)
    return axes


def _dial(axes: "Axes", score: Mapping[str, Mapping[str, float]]) -> None:
    axes.plot([0, 1], [1, 0], ":", color=style.MUTED, linewidth=1)
    for colour, (symbol, falls) in zip(COLOURS, score.items(), strict=False):
        dial = [float(step) for step in falls]
        axes.plot(dial, list(falls.values()), "o-", color=colour, ms=3, lw=1.4, label=symbol)
    axes.set_xlabel("dial: share of pairs broken", fontsize=8, color=style.INK)
    labels = ["what is left", *map(mathematics, score)]
    axes.legend(labels=labels, fontsize=8, frameon=False, labelcolor=style.INK)


def _calibration(axes: "Axes", bins: Bins, truth: str) -> None:
    axes.plot([0, 1], [0, 1], ":", color=style.MUTED, linewidth=1)
    most = max(b["pictures"] for b in bins)
    axes.scatter(
        [b["said"] for b in bins],
        [b["true"] for b in bins],
        [12 + 180 * b["pictures"] / most for b in bins],
        color=style.ACCENT,
        alpha=0.8,
        linewidths=0,
    )
    axes.set_xlabel("probability that the score gives", fontsize=8, color=style.INK)
    axes.set_ylabel(truth, fontsize=8, color=style.INK)
