"""Claim 4: the classifier works all the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from symscope.drawing import style
from symscope.drawing.words import mathematics
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.evaluation.templates import measure as measure_templates
from symscope.groups import PAPER

CLASSES = "paper"

NAMES = {
    "hidden": "hidden layer (component maps)",
    "left_out_family": "hidden layer, families that no classifier has met",
    "beyond_colour": "hidden layer beyond the colour",
    "plane": "hidden layer, the paper's plane",
    "pixels": "the template's own pixels",
    "permuted": "classifier trained on permuted labels",
    "untrained": "untrained networks",
}
"""What each classifier looks at, by its key in ``evaluation.templates``."""

CONTROLS = ("pixels", "permuted", "untrained")


def measure(effort: Effort, progress: Progress) -> Measured:
    """Take the figures of ``symscope evaluate templates``."""
    found = measure_templates(
        classes=CLASSES, seed=effort.seed, quick=effort.quick, progress=progress
    )
    numbers = {key: _accuracy(found, key) for key in NAMES}
    return Measured(
        f"{found['templates']} fresh templates of the families that the classifiers were trained on "
        f"and {found['templates_left_out_family']} of two other families, "
        f"{found['networks']} networks each. Every row has a classifier of its own, a CNN trained in "
        "the same way on the same templates; only what it looks at differs. Probabilities are averaged "
        "over the networks of a template.",
        numbers,
        (
            _accuracies(numbers, found["chance"]),
            _confusion(found["confusion"]),
            _by_networks(found["accuracy_by_networks"], found["chance"]),
        ),
        (
            "“Beyond the colour” is what remains of the hidden layer when the direction that makes "
            "the colour is projected out. The picture itself is in that direction; what can be "
            "read without it, the network has worked out beyond its task.",
            "The paper's picture is the plane: a density that no longer knows where in the "
            "template a point came from. The maps keep that, and are what symscope's scores rest "
            "on.",
            "The pixels are no hidden layer at all: they show how much a classifier of this kind can "
            "see in as many templates.",
        ),
    )


def _accuracy(found: Mapping[str, Any], key: str) -> Number:
    low, high = found["interval"][key]
    count = found["templates_left_out_family" if key.startswith("left_out") else "templates"]
    return Number(
        NAMES[key], found["accuracy"][key], low, high, f"{count} templates", "%", key in CONTROLS
    )


def _accuracies(numbers: Mapping[str, Number], chance: float) -> Panel:
    figure = plots.intervals(list(numbers.values()), "share of templates read right", chance)
    caption = "With 95 % intervals; dotted: chance, one in five. Pale: controls."
    return Panel("How often the class is read right", caption, figure)


def _confusion(counts: Mapping[str, Mapping[str, int]]) -> Panel:
    table = np.array([[counts[str(a)][str(b)] for b in PAPER] for a in PAPER], float)
    shares = table / table.sum(axis=1, keepdims=True)
    figure, axes = plots.axes(2.7, "read as", "true class")
    names = [mathematics(str(symbol)) for symbol in PAPER]
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        box = [[column - 0.46, row - 0.46], [column + 0.46, row + 0.46]]
        colour = style.CALM if row == column else style.ACCENT
        (x, y), (right, top) = box
        axes.fill_between([x, right], y, top, color=colour, alpha=0.75 * share, linewidth=0)
        if share:
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center",
                      fontsize=plots.LETTERS, color=style.INK)  # fmt: skip
    axes.set_xticks(range(len(PAPER)), names)
    axes.set_yticks(range(len(PAPER)), names)
    axes.set(xlim=(-0.5, len(PAPER) - 0.5), ylim=(len(PAPER) - 0.5, -0.5))
    axes.spines[:].set_visible(False)
    return Panel("What is taken for what", "Per cent of each class, from the hidden layer.", figure)


def _by_networks(accuracy: Mapping[str, Mapping[str, float]], chance: float) -> Panel:
    figure, axes = plots.axes(2.5, "networks of each template", "share read right")
    shown = {"hidden": "component maps", "beyond_colour": "beyond the colour", "plane": "the plane",
             "untrained": "untrained networks"}  # fmt: skip
    counts = [int(count) for count in accuracy["hidden"]]
    for colour, (key, name) in zip(
        (style.ACCENT, *plots.SERIES[1:3], style.CALM), shown.items(), strict=True
    ):
        axes.plot(counts, list(accuracy[key].values()), "o-", color=colour, ms=3.5, label=name)
    axes.axhline(chance, **plots.DASHED)
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_ylim(0, 1)
    plots.legend(axes, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    caption = "Probabilities are averaged over so many networks of a template; dotted: chance."
    return Panel("One network and many", caption, figure)


CLAIM = Claim(
    key="classifier",
    title="The symmetry can be read off the hidden layer all the same",
    source="talk, symmetry classification; arXiv:2103.06115",
    says=(
        "A second network learns to tell the class of symmetry from the PCA picture alone. So the "
        "first networks have noticed the symmetry, although nothing in their task asked for it."
    ),
    rule=Rule(
        (
            Condition(
                "hidden",
                Relation.CLEARLY_ABOVE,
                "permuted",
                "not what the same classifier makes of labels without meaning",
            ),
            Condition(
                "hidden",
                Relation.CLEARLY_ABOVE,
                "untrained",
                "it comes from what the networks have learned",
            ),
            Condition("hidden", Relation.CLEARLY_ABOVE, 0.2, "better than chance, one in five"),
        ),
        (
            Condition(
                "left_out_family",
                Relation.CLEARLY_ABOVE,
                "permuted",
                "it holds for potentials of a kind that no classifier has met",
            ),
            Condition(
                "beyond_colour",
                Relation.CLEARLY_ABOVE,
                "untrained",
                "the layer knows it beyond the colour that it was asked for",
            ),
            Condition(
                "plane",
                Relation.CLEARLY_ABOVE,
                "untrained",
                "and the paper's picture, the plane by itself, shows it too",
            ),
        ),
    ),
    headline="hidden",
    control="untrained",
    measure=measure,
)
