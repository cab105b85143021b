"""The figure of ``symscope evaluate breaking``: how scores fall, and whether they hold."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symscope.drawing import style
from symscope.drawing.layout import Page
from symscope.drawing.words import mathematics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
WIDTH, HEIGHT, PANEL, PITCH, TOP = 11.6, 5.6, 3.0, 3.7, 0.95


def dial_figure(figures: Mapping[str, Any]) -> "Figure":
    """Draw what ``evaluation.breaking.measure`` returns: 11.6 × 5.6 inches, three panels."""
    page = Page(WIDTH, HEIGHT)
    page.text(style.MARGIN, 0.35, "How the score falls, and whether it holds", fontsize=13)
    panels = (
        (
            "Symmetry is broken step by step",
            "Mean probability of the picture's class. The dial is the share of related pairs of "
            "pixels that are broken; dotted: what is left of them.",
        ),
        (
            "Exact or none: how often is it right?",
            f"Expected calibration error {figures['ece']:.3f}. Each dot is a tenth of the scale, "
            "its area the number of pictures; on the line, the score is right as often as it "
            "says.",
        ),
        (
            "Broken: how much is left?",
            f"Expected calibration error {figures['ece_share']:.3f}. Above the line more is left "
            "than the score says, below it less.",
        ),
    )
    falls, exact, broken = [
        _panel(page, column, title, caption) for column, (title, caption) in enumerate(panels)
    ]
    falls.plot([0, 1], [1, 0], ":", color=style.MUTED, linewidth=1)
    for colour, by_step in zip((*style.SERIES, style.INK), figures["score"].values(), strict=False):
        steps = [float(step) for step in by_step]
        falls.plot(steps, list(by_step.values()), "o-", color=colour, ms=3, lw=1.4)
    falls.set_xlabel("dial: share of pairs broken", fontsize=8, color=style.INK)
    labels = ["what is left", *map(mathematics, figures["score"])]
    falls.legend(labels=labels, fontsize=8, frameon=False, labelcolor=style.INK)
    _calibration(exact, figures["calibration"], "share that is right")
    _calibration(broken, figures["calibration_share"], "share of pairs left")
    page.paragraph(
        style.MARGIN,
        HEIGHT - 0.35,
        f"{figures['templates']} templates of the families {' and '.join(figures['families'])}, "
        "which took no part in training or calibration; "
        f"{figures['classes']} classes, seed {figures['seed']}.",
        160,
    )
    return page.figure


def _panel(page: Page, column: int, title: str, caption: str) -> "Axes":
    place = style.MARGIN + 0.35 + column * PITCH, TOP
    axes = page.frame(place, (PANEL, PANEL), title, caption, 50, below=0.5)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, [f"{t:g}" for t in ticks], fontsize=8, color=style.MUTED)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    axes.tick_params(color=style.FAINT)
    axes.grid(color=style.FAINT, linewidth=0.5)
    return axes


def _calibration(axes: "Axes", bins: Sequence[Mapping[str, float]], truth: str) -> None:
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
