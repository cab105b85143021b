"""Claim 1: potentials whose symmetry is known by construction."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.drawing import style
from symscope.drawing.words import mathematics, subscripted
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import (
    Claim,
    Effort,
    Measured,
    Numbers,
    Panel,
    Progress,
    Rule,
    mean,
)
from symscope.evaluation.own_elements import mean_agreement
from symscope.groups import PAPER, Symmetry
from symscope.synth.templates import templates

NUMBER = 1
PER_CLASS_AND_FAMILY = (3, 1)
FAMILIES = (TRAINING_FAMILIES, TRAINING_FAMILIES[:4])
"""Full and quick."""

SHOWN = 4
"""Templates of each class in the figure."""

HOLDING, FOREIGN = 0.8, 0.4
"""Agreement from which an element counts as there, and below which not: "almost perfect" and less
than "moderate" by Landis and Koch (Biometrics 33 (1977) 159)."""


def measure(
    effort: Effort,
    progress: Progress,
    families: tuple[Sequence[str], Sequence[str]] = FAMILIES,
) -> Measured:
    """Ask each template for its own elements, and for those of another class's template."""
    count, names = effort.choose(*PER_CLASS_AND_FAMILY), effort.choose(*families)
    drawn = {}
    for number, label in enumerate(PAPER):
        drawn[label] = templates(count, classes=[label], families=names, seed=effort.stream(NUMBER))
        progress(number + 1, len(PAPER))
    with_elements = {label: of for label, of in drawn.items() if label is not Symmetry.NONE}
    own = {
        label: [mean_agreement(template.levels, template.elements) for template in of]
        for label, of in with_elements.items()
    }
    # Each template is paired with those of the other classes that have its place.
    foreign = {
        label: [
            mean_agreement(template.levels, others[place].elements)
            for place, template in enumerate(of)
            for other, others in with_elements.items()
            if other is not label
        ]
        for label, of in drawn.items()
    }
    every, every_foreign = np.concatenate([*own.values()]), np.concatenate([*foreign.values()])
    name, pairs, seed = "its own elements", "pairs of templates", effort.seed
    of_class = {
        f"own {label}": mean(f"{name}, {subscripted(str(label))}", values, "templates", seed)
        for label, values in own.items()
    }
    weakest = min(of_class.values(), key=lambda number: np.nan_to_num(number.value))
    numbers = {
        "own": mean(name, every, "templates", seed),
        **of_class,
        "weakest": replace(weakest, name="the weakest class's own elements"),
        "foreign": mean(
            "elements of other classes' templates", every_foreign, pairs, seed, control=True
        ),
        "none": mean(
            "the same, on templates without symmetry",
            *(foreign[Symmetry.NONE], pairs, seed),
            control=True,
        ),
    }

    rows = list(zip(*drawn.values(), strict=True))[:SHOWN]
    gallery = plots.grid_of_pictures(
        [[template.levels for template in row] for row in rows],
        [[mathematics(str(label)) for label in PAPER], *[[]] * (len(rows) - 1)],
        [""] * len(rows),
        cmap=style.TWO_COLOURS,
        vmin=0,
        vmax=1,
    )
    figure, axes = plots.axes(2.4, "agreement of the pixels under an element", "share of templates")
    bins = np.linspace(-0.5, 1, 31)
    for values, colour, label in (
        (every_foreign, style.CALM, "other classes' elements"),
        (every, style.ACCENT, "own elements"),
    ):
        known = np.clip(values[np.isfinite(values)], bins[0], bins[-1])
        weights = np.full(len(known), 1 / len(known))
        axes.hist(known, bins=bins.tolist(), weights=weights, color=colour, alpha=0.85, label=label)
    plots.legend(axes, loc="upper left")
    return Measured(
        f"{sum(map(len, drawn.values()))} templates, {count} of each of {len(names)} families of "
        "potentials and each class, on 64 × 64 points. For each, the exact maps that its "
        "construction leaves it unchanged under are applied to its pixels; then those of a "
        "template of every other class. No network is involved.",
        numbers,
        (
            Panel(
                "Templates of the five classes",
                "Potentials cut to two colours, one column for each class. Each is of another "
                "family.",
                gallery,
            ),
            Panel(
                "Own elements and foreign ones",
                "1: all pixels are as their images under the element; 0: as many as among "
                "unrelated pixels of the same colours.",
                figure,
            ),
        ),
        (
            "The symmetry is exact in the potential. On the pixels it is not: they are coarse, and "
            "in half of the templates up to 4 % of them are turned over as noise.",
        ),
    )


def rule(n: Numbers) -> Rule:
    """Own elements must be on the pixels, and foreign ones not."""
    own, foreign = n["own"], n["foreign"]
    return Rule(
        essential=(
            own.clearly_above(foreign, "the elements that a template has tell it from the others"),
            own.clearly_above(HOLDING, "and they can be seen on its pixels"),
        ),
        further=(
            n["weakest"].clearly_above(HOLDING, "in every class"),
            foreign.clearly_below(FOREIGN, "no template has another class's"),
            n["none"].clearly_below(FOREIGN, "and “none” has none of them"),
        ),
    )


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
    headline="own",
    control="foreign",
    measure=measure,
    rule=rule,
)
