"""Claim 4: the classifier works all the same."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symscope.drawing import style
from symscope.drawing.words import mathematics
from symscope.evaluation import templates
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import (
    Claim,
    Effort,
    Measured,
    Number,
    Numbers,
    Panel,
    Progress,
    Rule,
)
from symscope.groups import PAPER

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


def measure(
    effort: Effort,
    progress: Progress,
    suite: Callable[..., dict[str, Any]] = templates.measure,
) -> Measured:
    """Take the figures of ``symscope evaluate templates``."""
    figures = suite(classes="paper", seed=effort.seed, quick=effort.quick, progress=progress)
    numbers = {}
    for key, name in NAMES.items():
        count = figures["templates_left_out_family" if key.startswith("left_out") else "templates"]
        value, (low, high) = figures["accuracy"][key], figures["interval"][key]
        numbers[key] = Number(name, value, low, high, f"{count} templates", "%", key in CONTROLS)

    names, ticks = [mathematics(str(symbol)) for symbol in PAPER], range(len(PAPER))
    table = np.array(
        [[figures["confusion"][a][b] for b in map(str, PAPER)] for a in map(str, PAPER)]
    )
    shares = table / table.sum(axis=1, keepdims=True)
    confusion, axes = plots.axes(2.7, "read as", "true class")
    for (row, column), share in np.ndenumerate(shares):
        axes.fill_between(
            [column - 0.46, column + 0.46],
            *(row - 0.46, row + 0.46),
            color=style.CALM if row == column else style.ACCENT,
            alpha=0.75 * float(share),
            linewidth=0,
        )
        if share:
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center",
                      fontsize=plots.LETTERS, color=style.INK)  # fmt: skip
    axes.set_xticks(ticks, names)
    axes.set_yticks(ticks, names)
    axes.set(xlim=(-0.5, len(PAPER) - 0.5), ylim=(len(PAPER) - 0.5, -0.5))
    axes.spines[:].set_visible(False)

    by_networks, axes = plots.axes(2.5, "networks of each template", "share read right")
    counts = [int(count) for count in figures["accuracy_by_networks"]["hidden"]]
    for key, name, colour in (
        ("hidden", "component maps", style.ACCENT),
        ("beyond_colour", "beyond the colour", plots.SERIES[1]),
        ("plane", "the plane", plots.SERIES[2]),
        ("untrained", "untrained networks", style.CALM),
    ):
        values = list(figures["accuracy_by_networks"][key].values())
        axes.plot(counts, values, "o-", color=colour, ms=3.5, label=name)
    axes.axhline(figures["chance"], **plots.DASHED)
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_ylim(0, 1)
    plots.legend(axes, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return Measured(
        f"{figures['templates']} fresh templates of the families that the classifiers were trained "
        f"on and {figures['templates_left_out_family']} of two other families, "
        f"{figures['networks']} networks each. Every row has a classifier of its own, a CNN "
        "trained in the same way on the same templates; only what it looks at differs. "
        "Probabilities are averaged over the networks of a template.",
        numbers,
        (
            Panel(
                "How often the class is read right",
                "With 95 % intervals; dotted: chance, one in five. Pale: controls.",
                plots.intervals(
                    [*numbers.values()], "share of templates read right", figures["chance"]
                ),
            ),
            Panel(
                "What is taken for what",
                "Per cent of each class, from the hidden layer.",
                confusion,
            ),
            Panel(
                "One network and many",
                "Probabilities are averaged over so many networks of a template; dotted: chance.",
                by_networks,
            ),
        ),
        (
            "“Beyond the colour” is what remains of the hidden layer when the direction that makes "
            "the colour is projected out. The picture itself is in that direction; what can be "
            "read without it, the network has worked out beyond its task.",
            "The paper's picture is the plane: a density that no longer knows where in the "
            "template a point came from. The maps keep that, and are what symscope's scores rest "
            "on.",
            "The pixels are no hidden layer at all: they show how much a classifier of this kind "
            "can see in as many templates.",
        ),
    )


def rule(n: Numbers) -> Rule:
    """The hidden layer must beat its controls and chance."""
    untrained, permuted = n["untrained"], n["permuted"]
    return Rule(
        essential=(
            n["hidden"].clearly_above(
                permuted, "not what the same classifier makes of labels without meaning"
            ),
            n["hidden"].clearly_above(untrained, "it comes from what the networks have learned"),
            n["hidden"].clearly_above(0.2, "better than chance, one in five"),
        ),
        further=(
            n["left_out_family"].clearly_above(
                permuted, "it holds for potentials of a kind that no classifier has met"
            ),
            n["beyond_colour"].clearly_above(
                untrained, "the layer knows it beyond the colour that it was asked for"
            ),
            n["plane"].clearly_above(
                untrained, "and the paper's picture, the plane by itself, shows it too"
            ),
        ),
    )


CLAIM = Claim(
    key="classifier",
    title="The symmetry can be read off the hidden layer all the same",
    source="talk, symmetry classification; arXiv:2103.06115",
    says=(
        "A second network learns to tell the class of symmetry from the PCA picture alone. So the "
        "first networks have noticed the symmetry, although nothing in their task asked for it."
    ),
    headline="hidden",
    control="untrained",
    measure=measure,
    rule=rule,
)
