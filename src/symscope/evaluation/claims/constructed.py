"""Claim 1: potentials whose symmetry is known by construction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.drawing import style
from symscope.drawing.words import mathematics, subscripted
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number, mean
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.field import pixel_centres
from symscope.groups import PAPER, Element, Symmetry
from symscope.synth.templates import Template, templates

NUMBER = 1
PER_CLASS_AND_FAMILY = (3, 1)
FAMILIES = (TRAINING_FAMILIES, TRAINING_FAMILIES[:4])
"""Full and quick."""

SHOWN = 4
"""Templates of each class in the figure."""

LEAST_INSIDE = 0.2
"""Share of the frame that an element must move into the frame: of less, nothing can be said."""

HOLDING, FOREIGN = 0.8, 0.4
"""Agreement from which an element is seen, and below which it is not: "almost perfect" and less
than "moderate" by Landis and Koch (Biometrics 33 (1977) 159)."""


def agreement(levels: NDArray[np.int8], element: Element) -> float:
    """Measure whether a picture (S, S) of two levels is the same after an element moved it.

    Cohen's kappa (Educ. Psychol. Meas. 20 (1960) 37) between the pixels that stay in the frame and
    their images: 1 all are equal, 0 as many as among unrelated pixels of the same levels. NaN where
    too few stay inside, or all of these have one level.

    >>> upright = np.tile(np.arange(64) % 8 > 3, (64, 1)).astype(np.int8)
    >>> agreement(upright, Element.mirror([0.0, 1.0])), agreement(upright, Element.mirror([1, 0]))
    (1.0, -1.0)
    """
    side = len(levels)
    moved = element(pixel_centres(side, side))
    inside = (np.abs(moved) < 1).all(axis=1)
    if inside.mean() < LEAST_INSIDE:
        return float("nan")
    x, y = moved[inside].T
    column, row = ((1 + x) / 2 * side).astype(int), ((1 - y) / 2 * side).astype(int)
    one, other = levels.ravel()[inside], levels[row, column]
    expected = float(one.mean() * (1 - other.mean()) + other.mean() * (1 - one.mean()))
    return 1 - float((one != other).mean()) / expected if expected else float("nan")


def _mean_agreement(template: Template, elements: Sequence[Element]) -> float:
    values = np.array([agreement(template.levels, element) for element in elements])
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _foreign(drawn: Sequence[Template]) -> Iterator[tuple[Template, Template]]:
    """Pair each template with those of the other classes that have elements and its place."""
    of_class = {label: [t for t in drawn if t.label is label] for label in PAPER}
    for label, some in of_class.items():
        for number, template in enumerate(some):
            for other, others in of_class.items():
                if other is not label and other is not Symmetry.NONE:
                    yield template, others[number]


def measure(effort: Effort, progress: Progress) -> Measured:
    """Ask each template for its own elements, and for those of another class's template."""
    count, families = effort.choose(*PER_CLASS_AND_FAMILY), effort.choose(*FAMILIES)
    drawn: list[Template] = []
    for number, label in enumerate(PAPER):
        drawn += templates(count, classes=[label], families=families, seed=effort.stream(NUMBER))
        progress(number + 1, len(PAPER))
    own = {
        label: [_mean_agreement(t, t.elements) for t in drawn if t.label is label]
        for label in PAPER
        if label is not Symmetry.NONE
    }
    foreign = [
        (template.label, _mean_agreement(template, other.elements))
        for template, other in _foreign(drawn)
    ]
    numbers = _numbers(own, foreign, effort.seed)
    every = [value for values in own.values() for value in values]
    return Measured(
        f"{len(drawn)} templates, {count} of each of {len(families)} families of potentials and "
        "each class, on 64 × 64 points. For each, the exact maps that its construction leaves it "
        "unchanged under are applied to its pixels; then those of a template of every other class. "
        "No network is involved.",
        numbers,
        (_gallery(drawn), _distribution(every, [value for _, value in foreign])),
        (
            "The symmetry is exact in the potential. On the pixels it is not: they are coarse, and "
            "in half of the templates up to 4 % of them are turned over as noise.",
        ),
    )


def _numbers(
    own: Mapping[Symmetry, Sequence[float]], foreign: Sequence[tuple[Symmetry, float]], seed: int
) -> dict[str, Number]:
    every = [value for values in own.values() for value in values]
    other = [value for _, value in foreign]
    none = [value for label, value in foreign if label is Symmetry.NONE]
    of_class = {
        label: mean(
            f"its own elements, {subscripted(str(label))}",
            values,
            seed,
            rests_on=f"{len(values)} templates",
        )
        for label, values in own.items()
    }
    weakest = min(of_class.values(), key=lambda number: number.value or 0.0)
    return {
        "own": mean("its own elements", every, seed, rests_on=f"{len(every)} templates"),
        **{f"own {label}": number for label, number in of_class.items()},
        "weakest": replace(weakest, name="the weakest class's own elements"),
        "foreign": mean(
            "elements of other classes' templates",
            other,
            seed,
            rests_on=f"{len(other)} pairs of templates",
            control=True,
        ),
        "none": mean(
            "the same, on templates without symmetry",
            none,
            seed,
            rests_on=f"{len(none)} pairs of templates",
            control=True,
        ),
    }


def _gallery(drawn: Sequence[Template]) -> Panel:
    rows = [[t.levels for t in drawn if t.label is label][:SHOWN] for label in PAPER]
    columns = [list(column) for column in zip(*rows, strict=True)]
    figure = plots.grid_of_pictures(
        columns,
        [[mathematics(str(label)) for label in PAPER], *[[]] * (len(columns) - 1)],
        [""] * len(columns),
        cmap=style.TWO_COLOURS,
        vmin=0,
        vmax=1,
    )
    caption = "Potentials cut to two colours, one column for each class. Each is of another family."
    return Panel("Templates of the five classes", caption, figure)


def _distribution(own: Sequence[float], foreign: Sequence[float]) -> Panel:
    figure, axes = plots.axes(2.4, "agreement of the pixels under an element", "share of templates")
    bins = np.linspace(-0.5, 1, 31)
    for values, colour, name in (
        (foreign, style.CALM, "other classes' elements"),
        (own, style.ACCENT, "own elements"),
    ):
        known = np.clip([v for v in values if np.isfinite(v)], bins[0], bins[-1])
        weights = np.full(len(known), 1 / len(known))
        axes.hist(known, bins=bins.tolist(), weights=weights, color=colour, alpha=0.85, label=name)
    plots.legend(axes, loc="upper left")
    caption = (
        "1: all pixels are as their images under the element; 0: as many as among unrelated pixels "
        "of the same colours."
    )
    return Panel("Own elements and foreign ones", caption, figure)


CLAIM = Claim(
    key="templates",
    title="Potentials can be drawn whose symmetry is known",
    source="talk, physics templates; arXiv:2103.06115",
    says=(
        "To train and test without doubt about the answer, one draws potentials whose symmetry is "
        "known by construction, in five classes: none, mirror (Z₂), discrete translation (Tₙ), "
        "continuous translation (T), rotation and reflection (O(2)). Cut to two colours, they are "
        "pictures (x, y) → 0 or 1."
    ),
    rule=Rule(
        (
            Condition(
                "own",
                Relation.CLEARLY_ABOVE,
                "foreign",
                "the elements that a template has tell it from the others",
            ),
            Condition("own", Relation.CLEARLY_ABOVE, HOLDING, "and they can be seen on its pixels"),
        ),
        (
            Condition("weakest", Relation.CLEARLY_ABOVE, HOLDING, "in every class"),
            Condition(
                "foreign", Relation.CLEARLY_BELOW, FOREIGN, "no template has another class's"
            ),
            Condition("none", Relation.CLEARLY_BELOW, FOREIGN, "and “none” has none of them"),
        ),
    ),
    headline="own",
    control="foreign",
    measure=measure,
)
