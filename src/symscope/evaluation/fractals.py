"""Fractals of known symmetry, turned at random: what the score and simple measures say."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform, warp

from symscope.baselines import SIMPLE, THRESHOLD
from symscope.elements import Elements, class_of
from symscope.errors import Outcome
from symscope.evaluation.controls import with_random_phases
from symscope.evaluation.statistics import accuracy, auc
from symscope.groups import Symmetry
from symscope.pipeline import score_many
from symscope.results import Score
from symscope.synth.fractals import FRACTALS
from symscope.synth.known import Known
from symscope.synth.samples import computed

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
            classifier="extended",
            progress=progress,
        )
    )
    seen = scores[: len(pictures)]
    known = [FRACTALS[name][1] for name in names]
    labels = [s.label if s.outcome is Outcome.OK else str(s.outcome) for s in seen]
    elements = [s.elements or Elements((), {}) for s in seen]
    made = [str(class_of(found)) for found in elements]
    return {
        "suite": "fractals",
        "seed": seed,
        "quick": quick,
        "evaluated": len(pictures),
        "class": _classes(labels, made, known, seed),
        "learned": float(np.mean([s.outcome is Outcome.OK for s in seen])),
        "rotation_order": _orders(pictures, elements, known, seed),
        "has_mirror": _mirrors(pictures, elements, known, seed),
        "axis_within_2_deg": _near_axes(elements, known, [angle for _, angle in drawn]),
        "random_phases": float(np.mean([_is_nothing(s) for s in scores[len(pictures) :]])),
        "pictures": [
            {
                "fractal": name,
                "known": one.name,
                "class": label,
                "search": search,
                "order": found.order,
                "mirror": bool(found.of("mirror")),
            }
            for name, one, label, search, found in zip(
                names, known, labels, made, elements, strict=True
            )
        ],
    }


def _classes(
    labels: Sequence[str | None], made: Sequence[str], known: Sequence[Known], seed: int
) -> dict[str, Any]:
    symbols = [str(one.symbol) for one in known]
    commonest = Counter(symbols).most_common(1)[0][1]
    return {
        "accuracy": accuracy(labels, symbols, seed),
        "search": accuracy(made, symbols, seed),
        "always_the_commonest": commonest / len(symbols),
    }


def _orders(
    pictures: Sequence[Picture], elements: Sequence[Elements], known: Sequence[Known], seed: int
) -> dict[str, Any]:
    true = [one.order for one in known]
    simple = [MEASURES[TURN](picture).order for picture in pictures]
    return {
        "accuracy": accuracy([found.order for found in elements], true, seed),
        "rotated_correlation": accuracy(simple, true, seed),
    }


def _mirrors(
    pictures: Sequence[Picture], elements: Sequence[Elements], known: Sequence[Known], seed: int
) -> dict[str, Any]:
    has = np.array([bool(one.mirrors) for one in known])
    found = [bool(some.of("mirror")) for some in elements]
    strongest = np.array([some.strongest.get("mirror", 0.0) for some in elements])
    simple = np.array([MEASURES[FOLD](picture).strength for picture in pictures])
    return {
        "accuracy": accuracy(found, has.tolist(), seed),
        "auc": auc(strongest, has, seed),
        "pixel_mirror_correlation": accuracy((simple >= THRESHOLD).tolist(), has.tolist(), seed),
        "auc_pixel_mirror_correlation": auc(simple, has, seed),
    }


def _near_axes(
    elements: Sequence[Elements], known: Sequence[Known], turns_deg: Sequence[float]
) -> float:
    """Share of the pictures with mirrors whose strongest axis is one of them."""
    away = [
        axis_error(found, one, turn)
        for found, one, turn in zip(elements, known, turns_deg, strict=True)
        if one.mirrors
    ]
    return float(np.mean(np.array(away) <= NEAR))


def _is_nothing(score: Score) -> bool:
    """Whether a picture is read as ∅ or refused."""
    return score.outcome is not Outcome.OK or score.label == Symmetry.NONE


def axis_error(found: Elements, known: Known, turn_deg: float) -> float:
    """Return the degrees from the strongest mirror found to the nearest known one, 90 without."""
    strongest = max(found.of("mirror"), key=lambda item: item.pixels, default=None)
    if strongest is None:
        return 90.0
    axis = strongest.angle_deg or 0.0
    return min(abs((axis - true - turn_deg + 90) % 180 - 90) for true in known.mirrors)
