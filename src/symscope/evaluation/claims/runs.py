"""Claim 3: the PCA picture differs from run to run."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symscope.classifier.dataset import TRAINING_FAMILIES
from symscope.evaluation.claims import plots
from symscope.evaluation.claims.claim import Claim, Effort, Measured, Panel, Progress
from symscope.evaluation.claims.numbers import Number, mean
from symscope.evaluation.claims.rule import Condition, Relation, Rule
from symscope.features.pca import COMPONENTS, Pictures, grid_hidden, pictures
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

SHOWN_RUNS = 4

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


def _looks(
    fields: Sequence[Field], runs: int, seed: int, settings: Settings = SETTINGS["fast"]
) -> list[Pictures]:
    return [pictures(grid_hidden(decoys)) for decoys in train(fields, runs, settings, seed)]


def _between_runs(seen: Pictures) -> tuple[float, float, list[float]]:
    """Compare all pairs of runs → plane as it is, plane after signs, each component's map."""
    pairs = list(combinations(range(len(seen.plane)), 2))
    plain = [correlation(seen.plane[a], seen.plane[b]) for a, b in pairs]
    best = [best_of_signs(seen.plane[a], seen.plane[b]) for a, b in pairs]
    maps = [
        [abs(correlation(seen.maps[a, k], seen.maps[b, k])) for k in range(COMPONENTS)]
        for a, b in pairs
    ]
    return float(np.mean(plain)), float(np.mean(best)), np.mean(maps, axis=0).tolist()


def measure(effort: Effort, progress: Progress) -> Measured:
    """Compare the pictures of networks that learned the same template, and their controls."""
    count, families = effort.choose(*PER_CLASS_AND_FAMILY), effort.choose(*FAMILIES)
    drawn = templates(count, classes=PAPER, families=families, seed=effort.stream(NUMBER))
    fields, seed = [template.field for template in drawn], effort.seed
    looks = _looks(fields, RUNS, seed)
    progress(1, 3)
    # In another order and company, so that it is trained again and not merely remembered.
    again = _looks(fields[::-1], 1, seed)[::-1]
    progress(2, 3)
    free = [_between_runs(seen) for seen in _looks(fields, 2, seed, DECAYLESS)]
    progress(3, 3)
    plain, best, maps = zip(*(_between_runs(seen) for seen in looks), strict=True)
    step = len(looks) // len(PAPER)
    others = [looks[(place + step) % len(looks)] for place in range(len(looks))]
    held = float(np.mean([seen.variance[:, 0] for seen in looks]))
    numbers = _numbers(
        seed,
        plain=plain,
        best=best,
        maps=np.array(maps),
        free=[plane for _, plane, _ in free],
        free_first=[components[0] for _, _, components in free],
        same=[correlation(a.plane[0], b.plane[0]) for a, b in zip(looks, again, strict=True)],
        other=[
            float(np.mean([best_of_signs(a.plane[i], b.plane[i]) for i in range(RUNS)]))
            for a, b in zip(looks, others, strict=True)
        ],
        other_map=[
            abs(correlation(a.maps[0, 0], b.maps[0, 0])) for a, b in zip(looks, others, strict=True)
        ],
    )
    return Measured(
        f"{len(fields)} templates of the five classes, {RUNS} networks each that differ in nothing "
        "but their seed. Their last hidden layer, asked on 32 × 32 points, is projected on its "
        "principal components: as the density of the points in the plane of the first two (the "
        "picture of the paper), and each component as a map over the template. Pictures are "
        "compared by their correlation, pixel by pixel.",
        numbers,
        (*_gallery(looks[step]), _summary(numbers)),
        (
            "The first component tends to come back, because it is nearly the colour itself, "
            f"w · h(x), which all networks have to learn: it holds {held:.0%} of the layer's "
            "variance here. What can differ is the rest of the layer; two rows say how it is where "
            "no weight decay keeps that small.",
        ),
    )


def _numbers(
    seed: int, *, maps: NDArray[np.float64], **found: Sequence[float]
) -> dict[str, Number]:
    what = {"rests_on": f"{len(maps)} templates"}
    control = what | {"control": True}
    return {
        "best": mean("planes of two runs, best signs", found["best"], seed, **what),
        "plain": mean("planes of two runs, as they are", found["plain"], seed, **what),
        "first": mean("first component of two runs", maps[:, 0], seed, **what),
        "second": mean("second component of two runs", maps[:, 1], seed, **what),
        "later": mean("third and fourth component", maps[:, 2:].mean(axis=1), seed, **what),
        "free": mean("planes of two runs without weight decay", found["free"], seed, **what),
        "free first": mean("their first component", found["free_first"], seed, **what),
        "same": mean("planes of the same seed", found["same"], seed, **control),
        "other": mean("planes of two templates, best signs", found["other"], seed, **control),
        "other map": mean("first component of two templates", found["other_map"], seed, **control),
    }


def _gallery(seen: Pictures) -> tuple[Panel, Panel]:
    runs = [f"run {number + 1}" for number in range(SHOWN_RUNS)]
    planes = plots.grid_of_pictures(
        [[seen.plane[n] for n in range(SHOWN_RUNS)]], [runs], [""], cmap="magma", vmin=0, vmax=1
    )
    maps = plots.grid_of_pictures(
        [[seen.maps[n, k] for n in range(SHOWN_RUNS)] for k in range(3)],
        [runs, [], []],
        ["PC1", "PC2", "PC3"],
        cmap="RdBu_r",
    )
    return (
        Panel(
            "The paper's picture, four runs of one template",
            "Density of the 1,024 points in the plane of the first two components, the first one "
            "to the right.",
            planes,
        ),
        Panel(
            "The same runs, component by component",
            "Each component as a map over the template: red and blue are its two signs.",
            maps,
        ),
    )


def _summary(numbers: dict[str, Number]) -> Panel:
    keys = ("same", "first", "second", "later", "best", "other")
    figure = plots.intervals([numbers[key] for key in keys], "correlation", SAME)
    caption = f"Dotted: {SAME:g}, from which two pictures count as the same. Pale: controls."
    return Panel("How alike two pictures are", caption, figure)


CLAIM = Claim(
    key="runs",
    title="The PCA picture differs from run to run",
    source="talk, hidden layers; arXiv:2103.06115",
    says=(
        "The last hidden layer, projected by PCA, is a picture of its own. It looks different each "
        "time a network learns the same image, and different from image to image. Nobody could "
        "read a symmetry off it by eye."
    ),
    rule=Rule(
        (
            Condition(
                "best",
                Relation.CLEARLY_BELOW,
                SAME,
                "the paper's picture is another one in each run, not only turned over",
            ),
            Condition(
                "same",
                Relation.AT_LEAST,
                0.999,
                "and it is the run that makes the difference: the same seed gives the same picture",
            ),
        ),
        (
            Condition(
                "second", Relation.CLEARLY_BELOW, SAME, "the second component by itself differs"
            ),
            Condition("first", Relation.CLEARLY_BELOW, SAME, "and even the first one does"),
        ),
    ),
    headline="best",
    control="same",
    measure=measure,
)
