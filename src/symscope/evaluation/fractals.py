"""Fractals of known symmetry, turned at random: what the score and simple measures say."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform, warp

from symscope.api import score_many
from symscope.baselines import SIMPLE, THRESHOLD, Measured
from symscope.elements import Elements, class_of
from symscope.errors import Outcome
from symscope.evaluation.controls import is_rejected
from symscope.evaluation.statistics import accuracy, auc, between_lines
from symscope.results import Result
from symscope.synth.fractals import FRACTALS
from symscope.synth.known import Known
from symscope.synth.samples import computed
from symscope.synth.textures import with_random_phases

STREAM = 8
"""First word of the seeds of angles and phases."""

DRAWS = (3, 1)
"""Turned copies of each fractal, full and quick."""

NETWORKS = (None, 4)
"""Networks for each picture, full and quick; None: as many as it needs."""

SMALLER = 0.7
"""Size of a turned copy: its corners stay within the frame."""

TURN, FOLD = "rotated correlation", "pixel mirror correlation"
MEASURES = {measure.name: measure for measure in SIMPLE if measure.name in (TURN, FOLD)}
"""What a user would otherwise use."""

NEAR = 2.0
"""Degrees up to which an axis counts as found."""

Picture = NDArray[np.float64]


def turned(name: str, random: Generator) -> tuple[Picture, float]:
    """Return a fractal, smaller and turned, in 0 … 1, and its angle in degrees."""
    picture = computed(name).astype(np.float64) / 255
    angle, middle = random.uniform(0, 360), (np.array(picture.shape[::-1]) - 1) / 2
    # Rows point down: to the eye a positive angle of skimage's turns clockwise.
    turn = SimilarityTransform(scale=SMALLER, rotation=-np.deg2rad(angle))
    whole = (
        SimilarityTransform(translation=-middle) + turn + SimilarityTransform(translation=middle)
    )
    return np.asarray(warp(picture, whole.inverse, order=1, cval=1.0)), float(angle)


def axis_error(elements: Elements, known: Known, turn_deg: float) -> float:
    """Return the degrees from the strongest mirror to the nearest known one, 90 without."""
    strongest = max(elements.of("mirror"), key=lambda item: item.pixels, default=None)
    if strongest is None:
        return 90.0
    axis = strongest.angle_deg or 0.0
    return min(between_lines(axis, true + turn_deg) for true in known.mirrors)


def measure(
    *,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    draw: Callable[[str, Generator], tuple[Picture, float]] = turned,
    score: Callable[..., Iterable[Result]] = score_many,
    measures: Mapping[str, Callable[[Picture], Measured]] = MEASURES,
) -> dict[str, Any]:
    """Compare class, rotation order and mirrors with the known symmetry of turned fractals.

    The classifier is always the one of seven classes: fractals have rotations.

    Returns
    -------
    dict
        ``class``: accuracy of the networks with its interval, and of the class that the elements
        make which the search found; ``learned``: share that was not refused; ``rotation_order``,
        ``has_mirror``: accuracy of the elements, that of simple measures of the pixels beside it;
        ``axis_within_2_deg``: share of the pictures with mirrors whose strongest axis is one of
        them; ``random_phases``: share of the same pictures with random phases that are read as ∅
        or refused, the control; ``pictures``: each one.
    """
    random = np.random.default_rng([STREAM, seed])
    names = [name for name in FRACTALS for _ in range(DRAWS[quick])]
    drawn = [draw(name, random) for name in names]
    noises = [with_random_phases(picture, random) for picture, _ in drawn[:: DRAWS[quick]]]
    pictures, known = [picture for picture, _ in drawn], [FRACTALS[name][1] for name in names]
    scores = list(
        score(
            [*pictures, *noises],
            networks=NETWORKS[quick],
            seed=seed,
            classifier="extended",
            progress=progress,
        )
    )
    scores, of_noises = scores[: len(pictures)], scores[len(pictures) :]
    learned = [result.outcome is Outcome.OK for result in scores]
    labels = [s.label if ok else str(s.outcome) for s, ok in zip(scores, learned, strict=True)]
    elements = [result.elements or Elements((), {}) for result in scores]
    made = [str(class_of(items)) for items in elements]
    symbols, orders = [str(true.symbol) for true in known], [true.order for true in known]
    mirrors = np.array([bool(true.mirrors) for true in known])
    has_mirror = [bool(items.of("mirror")) for items in elements]
    strongest = np.array([items.strongest.get("mirror", 0.0) for items in elements])
    simple_orders = [measures[TURN](picture).order for picture in pictures]
    simple = np.array([measures[FOLD](picture).strength for picture in pictures])
    away = [
        axis_error(items, true, turn)
        for items, true, (_, turn) in zip(elements, known, drawn, strict=True)
        if true.mirrors
    ]
    return {
        "suite": "fractals",
        "seed": seed,
        "quick": quick,
        "evaluated": len(pictures),
        "class": {
            "accuracy": accuracy(labels, symbols, seed),
            "search": accuracy(made, symbols, seed),
            "always_the_commonest": Counter(symbols).most_common(1)[0][1] / len(symbols),
        },
        "learned": float(np.mean(learned)),
        "rotation_order": {
            "accuracy": accuracy([items.order for items in elements], orders, seed),
            "rotated_correlation": accuracy(simple_orders, orders, seed),
        },
        "has_mirror": {
            "accuracy": accuracy(has_mirror, mirrors, seed),
            "auc": auc(strongest, mirrors, seed),
            "pixel_mirror_correlation": accuracy(simple >= THRESHOLD, mirrors, seed),
            "auc_pixel_mirror_correlation": auc(simple, mirrors, seed),
        },
        "axis_within_2_deg": float(np.mean(np.array(away) <= NEAR)),
        "random_phases": float(np.mean([is_rejected(result) for result in of_noises])),
        "pictures": [
            {
                "fractal": name,
                "known": true.name,
                "class": label,
                "search": search,
                "order": items.order,
                "mirror": mirror,
            }
            for name, true, label, search, items, mirror in zip(
                *(names, known, labels, made, elements, has_mirror), strict=True
            )
        ],
    }
