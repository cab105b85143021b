"""Claim 3: the PCA picture differs from run to run."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.dataset import TRAINING_FAMILIES
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
    mean,
)
from symscope.features.features import COMPONENTS, Pictures, pca_pictures
from symscope.field import Field
from symscope.groups import PAPER
from symscope.networks.decoys import train
from symscope.networks.settings import SETTINGS, Settings
from symscope.synth.templates import templates

NUMBER = 3
PER_CLASS_AND_FAMILY = (2, 1)
FAMILIES = (TRAINING_FAMILIES[:6], TRAINING_FAMILIES[:2])
RUNS = 4
"""Networks of each template, alike but for their seed."""

SAME = 0.9
"""Correlation from which two pictures count as the same: they share 0.81 of their variance."""

DECAYLESS = replace(SETTINGS["fast"], weight_decay=0.0)
"""The same networks where nothing keeps the rest of the layer small."""

Picture = NDArray[np.float32]


def correlation(one: Picture, other: Picture) -> float:
    """Correlate two pictures pixel by pixel; 0 if one of them has one value everywhere.

    >>> correlation(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    -1.0
    """
    a, b = (picture.astype(float).ravel() - picture.mean() for picture in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return round(float(a @ b) / size, 12) if size > 0 else 0.0


def best_of_signs(one: Picture, other: Picture) -> float:
    """Correlate two planes (G, G) after the best choice of both components' signs.

    A component's sign is arbitrary; turning it mirrors the plane.
    """
    turned = (other, other[::-1], other[:, ::-1], other[::-1, ::-1])
    return max(correlation(one, picture) for picture in turned)


def _between_runs(views: Pictures) -> tuple[float, float, list[float]]:
    """Compare all pairs of runs → plane as it is, plane after signs, each component's map."""
    pairs = list(combinations(range(len(views.plane)), 2))
    plain = [correlation(views.plane[a], views.plane[b]) for a, b in pairs]
    best = [best_of_signs(views.plane[a], views.plane[b]) for a, b in pairs]
    maps = [
        [abs(correlation(views.maps[a, k], views.maps[b, k])) for k in range(COMPONENTS)]
        for a, b in pairs
    ]
    return float(np.mean(plain)), float(np.mean(best)), np.mean(maps, axis=0).tolist()


def measure(
    effort: Effort,
    progress: Progress,
    families: tuple[Sequence[str], Sequence[str]] = FAMILIES,
    decayless: Settings = DECAYLESS,
) -> Measured:
    """Compare the pictures of networks that learned the same template, and their controls."""
    drawn = templates(
        effort.choose(*PER_CLASS_AND_FAMILY),
        classes=PAPER,
        families=effort.choose(*families),
        seed=effort.stream(NUMBER),
    )

    def views(fields: Sequence[Field], runs: int, settings: Settings) -> list[Pictures]:
        decoys = train(fields, runs, settings, effort.seed)
        return [pca_pictures(ensemble) for ensemble in decoys]

    fields, fast = [template.field for template in drawn], SETTINGS["fast"]
    first = views(fields, RUNS, fast)
    progress(1, 3)
    # In another order and company, so that it is trained again and not merely remembered.
    again = views(fields[::-1], 1, fast)[::-1]
    progress(2, 3)
    free = [_between_runs(seeds) for seeds in views(fields, 2, decayless)]
    progress(3, 3)
    plain, best, components = zip(*map(_between_runs, first), strict=True)
    maps, step = np.array(components), len(first) // len(PAPER)
    others = [(a, first[(place + step) % len(first)]) for place, a in enumerate(first)]

    def number_of(name: str, values: Any, control: bool = False) -> Number:
        return mean(name, values, "templates", effort.seed, control=control)

    numbers = {
        "best": number_of("planes of two runs, best signs", best),
        "plain": number_of("planes of two runs, as they are", plain),
        "first": number_of("first component of two runs", maps[:, 0]),
        "second": number_of("second component of two runs", maps[:, 1]),
        "later": number_of("third and fourth component", maps[:, 2:].mean(axis=1)),
        "free": number_of(
            "planes of two runs without weight decay", [plane for _, plane, _ in free]
        ),
        "free first": number_of("their first component", [maps[0] for _, _, maps in free]),
        "same": number_of(
            "planes of the same seed",
            [correlation(a.plane[0], b.plane[0]) for a, b in zip(first, again, strict=True)],
            True,
        ),
        "other": number_of(
            "planes of two templates, best signs",
            [
                np.mean([best_of_signs(a.plane[i], b.plane[i]) for i in range(RUNS)])
                for a, b in others
            ],
            True,
        ),
        "other map": number_of(
            "first component of two templates",
            [abs(correlation(a.maps[0, 0], b.maps[0, 0])) for a, b in others],
            True,
        ),
    }

    shown, runs = first[step], [f"run {number + 1}" for number in range(RUNS)]
    held = float(np.mean([template.variance[:, 0] for template in first]))
    return Measured(
        f"{len(fields)} templates of the five classes, {RUNS} networks each that differ in nothing "
        "but their seed. Their last hidden layer, asked on 32 × 32 points, is projected on its "
        "principal components: as the density of the points in the plane of the first two (the "
        "picture of the paper), and each component as a map over the template. Pictures are "
        "compared by their correlation, pixel by pixel.",
        numbers,
        (
            Panel(
                "The paper's picture, four runs of one template",
                "Density of the 1,024 points in the plane of the first two components, the first "
                "one to the right.",
                plots.grid_of_pictures(
                    [list(shown.plane[:RUNS])], [runs], [""], cmap="magma", vmin=0, vmax=1
                ),
            ),
            Panel(
                "The same runs, component by component",
                "Each component as a map over the template: red and blue are its two signs.",
                plots.grid_of_pictures(
                    [list(shown.maps[:RUNS, k]) for k in range(3)],
                    [runs, [], []],
                    ["PC1", "PC2", "PC3"],
                    cmap="RdBu_r",
                ),
            ),
            Panel(
                "How alike two pictures are",
                f"Dotted: {SAME:g}, from which two pictures count as the same. Pale: controls.",
                plots.intervals(
                    [numbers[key] for key in ("same", "first", "second", "later", "best", "other")],
                    *("correlation", SAME),
                ),
            ),
        ),
        (
            "The first component tends to come back, because it is nearly the colour itself, "
            f"w · h(x), which all networks have to learn: it holds {held:.0%} of the layer's "
            "variance here. What can differ is the rest of the layer; two rows say how it is where "
            "no weight decay keeps that small.",
        ),
    )


def rule(n: Numbers) -> Rule:
    """Two runs must give two pictures, and one seed one picture."""
    return Rule(
        essential=(
            n["best"].clearly_below(
                SAME, "the paper's picture is another one in each run, not only turned over"
            ),
            n["same"].at_least(
                0.999,
                "and it is the run that makes the difference: the same seed gives the same picture",
            ),
        ),
        further=(
            n["second"].clearly_below(SAME, "the second component by itself differs"),
            n["first"].clearly_below(SAME, "and even the first one does"),
        ),
    )


CLAIM = Claim(
    key="runs",
    title="The PCA picture differs from run to run",
    source="talk, hidden layers; arXiv:2103.06115",
    says=(
        "The last hidden layer, projected by PCA, is a picture of its own. It looks different each "
        "time a network learns the same image, and different from image to image. Nobody could "
        "read a symmetry off it by eye."
    ),
    headline="best",
    control="same",
    measure=measure,
    rule=rule,
)
