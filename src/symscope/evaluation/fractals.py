"""Fractals of known symmetry, turned at random: what the score and simple measures say."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform, warp

from symscope.baselines import SIMPLE, THRESHOLD
from symscope.elements import Elements
from symscope.errors import Outcome
from symscope.evaluation.controls import with_random_phases
from symscope.evaluation.statistics import accuracy, auc
from symscope.groups import Symmetry
from symscope.scoring import score_many
from symscope.sources.computed import computed
from symscope.sources.fractals import FRACTALS
from symscope.sources.known import Known

STREAM = 8
"""First word of the seeds of angles and phases."""

DRAWS = {"full": 3, "quick": 1}
"""Turned copies of each fractal."""

NETWORKS = {"full": None, "quick": 4}
"""Networks for each picture; None: as many as it needs."""

SMALLER = 0.7
"""Size of a turned copy: its corners stay within the frame."""

TURN, FOLD = "rotated correlation", "pixel mirror correlation"
MEASURES = {one.name: one for one in SIMPLE if one.name in (TURN, FOLD)}
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


def measure(
    *, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Compare class, rotation order and mirrors with the known symmetry of turned fractals.

    The reader is always the one of seven classes: fractals have rotations.

    Returns
    -------
    dict
        ``class``, ``rotation_order``, ``has_mirror``: accuracy with intervals, that of simple
        measures of the pixels beside it; ``axis_within_2_deg``: share of the pictures with mirrors
        whose strongest axis is one of them; ``random_phases``: share of the same pictures with
        random phases that are read as ∅ or refused, the control; ``pictures``: each one.
    """
    size = "quick" if quick else "full"
    random = np.random.default_rng([STREAM, seed])
    names = [name for name in FRACTALS for _ in range(DRAWS[size])]
    drawn = [turned(name, random) for name in names]
    noises = [with_random_phases(picture, random) for picture, _ in drawn[:: DRAWS[size]]]
    pictures = [picture for picture, _ in drawn]
    scores = list(
        score_many(
            [*pictures, *noises],
            networks=NETWORKS[size],
            seed=seed,
            reader="extended",
            progress=progress,
        )
    )
    known = [FRACTALS[name][1] for name in names]
    of_noise = scores[len(pictures) :]
    scores = scores[: len(pictures)]
    labels = [s.label if s.outcome is Outcome.OK else str(s.outcome) for s in scores]
    elements = [s.elements or Elements((), {}) for s in scores]
    orders = [found.order for found in elements]
    mirrors = [bool(found.of("mirror")) for found in elements]
    has = [bool(one.mirrors) for one in known]
    away = [
        axis_error(found, one, angle)
        for found, one, (_, angle) in zip(elements, known, drawn, strict=True)
        if one.mirrors
    ]
    turn, fold = ([MEASURES[name](picture) for picture in pictures] for name in (TURN, FOLD))
    commonest = Counter(str(one.symbol) for one in known).most_common(1)[0][0]
    return {
        "suite": "fractals",
        "seed": seed,
        "quick": quick,
        "evaluated": len(pictures),
        "class": {
            "accuracy": accuracy(labels, [str(one.symbol) for one in known], seed),
            "always_the_commonest": sum(str(k.symbol) == commonest for k in known) / len(known),
        },
        "rotation_order": {
            "accuracy": accuracy(orders, [one.order for one in known], seed),
            "rotated_correlation": accuracy(
                [one.order for one in turn], [k.order for k in known], seed
            ),
        },
        "has_mirror": {
            "accuracy": accuracy(mirrors, has, seed),
            "auc": auc(
                np.array([e.strongest.get("mirror", 0.0) for e in elements]), np.array(has), seed
            ),
            "pixel_mirror_correlation": accuracy(
                [m.strength >= THRESHOLD for m in fold], has, seed
            ),
            "auc_pixel_mirror_correlation": auc(
                np.array([m.strength for m in fold]), np.array(has), seed
            ),
        },
        "axis_within_2_deg": float(np.mean(np.array(away) <= NEAR)),
        "random_phases": float(
            np.mean([s.outcome is not Outcome.OK or s.label == Symmetry.NONE for s in of_noise])
        ),
        "pictures": [
            {"fractal": name, "known": one.name, "class": label, "order": order, "mirror": mirror}
            for name, one, label, order, mirror in zip(
                names, known, labels, orders, mirrors, strict=True
            )
        ],
    }


def axis_error(found: Elements, known: Known, turn_deg: float) -> float:
    """Return the degrees from the strongest mirror found to the nearest known one, 90 without."""
    strongest = max(found.of("mirror"), key=lambda item: item.pixels, default=None)
    if strongest is None:
        return 90.0
    axis = strongest.angle_deg or 0.0
    return min(abs((axis - true - turn_deg + 90) % 180 - 90) for true in known.mirrors)
