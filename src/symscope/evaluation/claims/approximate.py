"""Claim 8: approximate symmetry."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.classifier.dataset import UNSEEN_FAMILIES
from symscope.drawing import style
from symscope.drawing.words import mathematics, subscripted
from symscope.evaluation.breaking import DIAL, by_step, fall, turned
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
    counted,
    mean,
    number_of,
)
from symscope.evaluation.statistics import figure
from symscope.groups import PAPER, Symmetry
from symscope.results import Result
from symscope.synth.templates import Template

PER_CLASS_AND_FAMILY = (6, 1)
NONE_PER_FAMILY = (12, 3)
NETWORKS = (8, 4)
"""Full and quick."""

SHOWN_STEPS = (0.0, 0.3, 0.6, 1.0)
ORDERED = 0.9
"""Rank correlation of a mean curve with the dial that counts as falling all the way."""

Values = NDArray[np.float64]


def curve_number(name: str, steps: Values, seed: int) -> Number:
    """Fall of the mean over templates (steps, templates), with its interval over templates."""
    count = steps.shape[1]
    falls = figure(lambda draw: fall(DIAL, steps[:, draw].mean(axis=1)), count, seed)
    return number_of(name, falls, counted(count, "templates"))


def measure(
    effort: Effort,
    progress: Progress,
    draw: Callable[..., list[Template]] = turned,
    score: Callable[..., Iterable[Result]] = score_many,
) -> Measured:
    """Turn the dial on templates of families that no classifier has met, those of ∅ among them."""
    broken, none = [label for label in PAPER if label is not Symmetry.NONE], Symmetry.NONE
    seed, families, networks = effort.seed, UNSEEN_FAMILIES, effort.choose(*NETWORKS)
    drawn = draw(broken, effort.choose(*PER_CLASS_AND_FAMILY), families=families, seed=seed)
    without = draw([none], effort.choose(*NONE_PER_FAMILY), families=families, seed=seed)
    scores = score(
        [template.field for template in (*drawn, *without)],
        networks=networks,
        seed=seed,
        classifier="paper",
        elements=False,
        progress=progress,
    )
    # The probability of a template's class; of ∅ templates that of any symmetry.
    probabilities = [score.probabilities or {str(none): 1.0} for score in scores]
    own = np.array(
        [p.get(str(t.label), 0.0) for p, t in zip(probabilities[: len(drawn)], drawn, strict=True)]
    )
    any_symmetry = 1 - np.array([p.get(str(none), 0.0) for p in probabilities[len(drawn) :]])
    curves = by_step(own, drawn, broken)
    control = by_step(any_symmetry, without, [none])[none]

    # Arrays of shape (steps, templates).
    every = np.concatenate(list(curves.values()), axis=1)
    each, control_each = ([fall(DIAL, c) for c in steps.T] for steps in (every, control))
    curve, of = "rank correlation of the mean", "templates"
    of_class = {
        f"curve {label}": curve_number(f"{curve}, {subscripted(str(label))}", steps, seed)
        for label, steps in curves.items()
    }
    weakest = min(of_class.values(), key=lambda number: np.nan_to_num(number.value))
    numbers = {
        "each": mean("rank correlation, template by template", each, of, seed),
        "drop": mean("score at 0 minus score at 1", every[0] - every[-1], of, seed),
        "curve": curve_number(curve, every, seed),
        **of_class,
        "weakest": replace(weakest, name="the weakest class's rank correlation of the mean"),
        "control each": mean("the same, without symmetry", control_each, of, seed, control=True),
        "control drop": mean(
            "its drop, without symmetry", control[0] - control[-1], of, seed, control=True
        ),
    }

    shown = (Symmetry.MIRROR, Symmetry.ROUND)
    levels, above = [], []
    for label in shown:
        at = [
            next(i for i, t in enumerate(drawn) if t.label is label and t.breaking == step)
            for step in SHOWN_STEPS
        ]
        levels.append([drawn[i].levels for i in at])
        above.append([f"{own[i]:.2f}" for i in at])
    gallery = plots.grid_of_pictures(
        levels, above, [mathematics(str(label)) for label in shown], cmap=style.TWO_COLOURS,
        vmin=0, vmax=1,
    )  # fmt: skip
    dial, axes = plots.axes(2.9, "dial: share of pairs broken", "mean score")
    axes.plot([0, 1], [1, 0], **plots.DASHED)
    lines = [
        *zip(plots.SERIES, map(mathematics, map(str, curves)), curves.values(), strict=False),
        (style.CALM, "∅, any", control),
    ]
    for colour, name, steps in lines:
        axes.plot(DIAL, steps.mean(axis=1), "o-", color=colour, ms=3, lw=1.5, label=name)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    plots.legend(axes, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=0.9,
                 handlelength=1.0, handletextpad=0.4)  # fmt: skip
    summary = ("each", "curve", "weakest", "control each", "drop", "control drop")
    return Measured(
        f"{curves[Symmetry.MIRROR].shape[1]} templates of each of four classes and "
        f"{control.shape[1]} without symmetry, of two families of potentials that no classifier "
        "has met, each at eleven steps of the dial: the share of the related pairs of pixels that "
        f"is broken, from 0 (exact) to 1 (gone). {networks} networks for each picture. The score "
        "is the probability of the template's class; of templates without symmetry, that of any. "
        "Control: the dial turned on them leads from one picture without symmetry to another.",
        numbers,
        (
            Panel(
                "A symmetry is broken",
                f"The dial at {', '.join(f'{step:g}' for step in SHOWN_STEPS)}; above each the "
                "probability of its class.",
                gallery,
            ),
            Panel(
                "The score along the dial",
                "Dotted: what is left of the symmetry. Pale: templates without one.",
                dial,
            ),
            Panel(
                "How orderly, and how far, it falls",
                "1: falls at every step, or from 1 to 0. Pale: templates without symmetry.",
                plots.intervals([numbers[key] for key in summary], "", 0.0),
            ),
        ),
    )


def rule(n: Numbers) -> Rule:
    """The score must fall with the dial, and only where there is a symmetry to lose."""
    return Rule(
        essential=(
            n["each"].clearly_above(
                n["control each"],
                "the score falls with the dial, and not because the dial is turned",
            ),
            n["drop"].clearly_above(n["control drop"], "and it falls far"),
        ),
        further=(
            n["weakest"].at_least(ORDERED, "step by step in every class, on average"),
            n["drop"].at_least(0.5, "by more than half of the scale"),
        ),
    )


CLAIM = Claim(
    key="approximate",
    title="The score follows approximate symmetry",
    source="talk, level of symmetry; arXiv:2103.06115",
    says=(
        "Symmetry in pictures is seldom exact. The score does not only say whether there is one, "
        "but how much: it falls as a symmetry is broken."
    ),
    headline="each",
    control="control each",
    measure=measure,
    rule=rule,
)
