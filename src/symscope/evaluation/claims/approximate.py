"""Claim 8: approximate symmetry."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.dataset import UNSEEN_FAMILIES
from symscope.drawing import style
from symscope.drawing.words import mathematics, subscripted
from symscope.evaluation.breaking import DIAL, by_step, fall, turned
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number, mean
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.evaluation.statistics import figure
from symscope.groups import PAPER, Symmetry
from symscope.pipeline import score_many
from symscope.results import Score
from symscope.synth.templates import Template

CLASSES = "paper"
PER_CLASS_AND_FAMILY = (6, 1)
NONE_PER_FAMILY = (12, 3)
NETWORKS = (8, 4)
"""Full and quick."""

SHOWN_STEPS = (0.0, 0.3, 0.6, 1.0)
ORDERED = 0.9
"""Rank correlation of a mean curve with the dial that counts as falling all the way."""

Values = NDArray[np.float64]


def measure(effort: Effort, progress: Progress) -> Measured:
    """Turn the dial on templates of families that no classifier has met, those of ∅ among them."""
    broken = [label for label in PAPER if label is not Symmetry.NONE]
    options = {"families": UNSEEN_FAMILIES, "seed": effort.seed}
    drawn = turned(broken, effort.choose(*PER_CLASS_AND_FAMILY), **options)
    none = turned([Symmetry.NONE], effort.choose(*NONE_PER_FAMILY), **options)
    networks = effort.choose(*NETWORKS)
    scores = score_many(
        [template.field for template in (*drawn, *none)],
        networks=networks,
        seed=effort.seed,
        classifier=CLASSES,
        elements=False,
        progress=progress,
    )
    own = np.array([_own(s, t) for s, t in zip(scores, (*drawn, *none), strict=True)])
    curves = by_step(own[: len(drawn)], drawn, broken)
    control = by_step(own[len(drawn) :], none, [Symmetry.NONE])[Symmetry.NONE]
    numbers = _numbers(curves, control, effort.seed)
    each = curves[Symmetry.MIRROR].shape[1]
    return Measured(
        f"{each} templates of each of four classes and {control.shape[1]} without symmetry, of two "
        "families of potentials that no classifier has met, each at eleven steps of the dial: the "
        "share of the related pairs of pixels that is broken, from 0 (exact) to 1 (gone). "
        f"{networks} networks for each picture. The score is the probability of the template's "
        "class; of templates without symmetry, that of any. Control: the dial turned on them leads "
        "from one picture without symmetry to another.",
        numbers,
        (_gallery(drawn, own), _falls(curves, control), _summary(numbers)),
    )


def _own(score: Score, template: Template) -> float:
    """Probability of a template's class; of any symmetry for ∅."""
    probabilities = score.probabilities or {str(Symmetry.NONE): 1.0}
    value = float(probabilities.get(str(template.label), 0.0))
    return 1 - value if template.label is Symmetry.NONE else value


def _numbers(curves: Mapping[Symmetry, Values], control: Values, seed: int) -> dict[str, Number]:
    every = np.concatenate(list(curves.values()), axis=1)
    many = {"rests_on": f"{every.shape[1]} templates"}
    few = {"rests_on": f"{control.shape[1]} templates", "control": True}
    of_class = {
        label: curve_number(
            f"rank correlation of the mean, {subscripted(str(label))}", values, seed
        )
        for label, values in curves.items()
    }
    weakest = min(of_class.values(), key=lambda number: number.value or 0.0)
    return {
        "each": mean("rank correlation, template by template", _each(every), seed, **many),
        "drop": mean("score at 0 minus score at 1", every[0] - every[-1], seed, **many),
        "curve": curve_number("rank correlation of the mean", every, seed),
        **{f"curve {label}": number for label, number in of_class.items()},
        "weakest": Number(
            "the weakest class's rank correlation of the mean",
            *(weakest.value, weakest.low, weakest.high, weakest.rests_on),
        ),
        "control each": mean("the same, without symmetry", _each(control), seed, **few),
        "control drop": mean("its drop, without symmetry", control[0] - control[-1], seed, **few),
    }


def _each(steps: Values) -> list[float]:
    """Falls of single templates, (steps, templates) → (templates,)."""
    return [fall(DIAL, column) for column in steps.T]


def curve_number(name: str, steps: Values, seed: int) -> Number:
    """Fall of the mean over templates (steps, templates), with its interval over templates."""
    count = steps.shape[1]
    found = figure(lambda some: fall(DIAL, steps[:, some].mean(axis=1)), count, seed)
    low, high = found["interval"]
    return Number(name, found["value"], low, high, f"{count} templates")


def _gallery(drawn: Sequence[Template], own: Values) -> Panel:
    labels = (Symmetry.MIRROR, Symmetry.ROUND)
    rows, said = [], []
    for label in labels:
        found = {}
        for template, value in zip(drawn, own, strict=False):
            if template.label is label and template.breaking in SHOWN_STEPS:
                found.setdefault(template.breaking, (template.levels, f"{value:.2f}"))
        rows.append([found[step][0] for step in SHOWN_STEPS])
        said.append([found[step][1] for step in SHOWN_STEPS])
    figure = plots.grid_of_pictures(
        rows, said, [mathematics(str(label)) for label in labels], cmap=style.TWO_COLOURS,
        vmin=0, vmax=1,
    )  # fmt: skip
    steps = ", ".join(f"{step:g}" for step in SHOWN_STEPS)
    caption = f"The dial at {steps}; above each the probability of its class."
    return Panel("A symmetry is broken", caption, figure)


def _falls(curves: Mapping[Symmetry, Values], control: Values) -> Panel:
    figure, axes = plots.axes(2.9, "dial: share of pairs broken", "mean score")
    axes.plot([0, 1], [1, 0], **plots.DASHED)
    for colour, (label, steps) in zip(plots.SERIES, curves.items(), strict=False):
        name = mathematics(str(label))
        axes.plot(DIAL, steps.mean(axis=1), "o-", color=colour, ms=3, lw=1.5, label=name)
    axes.plot(DIAL, control.mean(axis=1), "o-", color=style.CALM, ms=3, lw=1.5, label="∅, any")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    plots.legend(axes, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=0.9,
                 handlelength=1.0, handletextpad=0.4)  # fmt: skip
    caption = "Dotted: what is left of the symmetry. Pale: templates without one."
    return Panel("The score along the dial", caption, figure)


def _summary(numbers: Mapping[str, Number]) -> Panel:
    keys = ("each", "curve", "weakest", "control each", "drop", "control drop")
    figure = plots.intervals([numbers[key] for key in keys], "", 0.0)
    caption = "1: falls at every step, or from 1 to 0. Pale: templates without symmetry."
    return Panel("How orderly, and how far, it falls", caption, figure)


CLAIM = Claim(
    key="approximate",
    title="The score follows approximate symmetry",
    source="talk, level of symmetry; arXiv:2103.06115",
    says=(
        "Symmetry in pictures is seldom exact. The score does not only say whether there is one, "
        "but how much: it falls as a symmetry is broken."
    ),
    rule=Rule(
        (
            Condition(
                "each",
                Relation.CLEARLY_ABOVE,
                "control each",
                "the score falls with the dial, and not because the dial is turned",
            ),
            Condition("drop", Relation.CLEARLY_ABOVE, "control drop", "and it falls far"),
        ),
        (
            Condition(
                "weakest", Relation.AT_LEAST, ORDERED, "step by step in every class, on average"
            ),
            Condition("drop", Relation.AT_LEAST, 0.5, "by more than half of the scale"),
        ),
    ),
    headline="each",
    control="control each",
    measure=measure,
)
