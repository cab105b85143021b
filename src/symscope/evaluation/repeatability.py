"""How much the score of one picture changes from seed to seed, and when the picture is turned."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.evaluation.statistics import between_lines, share
from symscope.groups import CLASS_SETS
from symscope.io.images import read_picture, stored_samples
from symscope.results import Result

PICTURES = (10, 4)
SEEDS = (6, 3)
"""Full and quick."""

NEAR = 2.0
"""Degrees within which an axis counts as carried along."""


VERSIONS: dict[str, tuple[Callable[[NDArray[Any]], NDArray[Any]], Callable[[float], float]]] = {
    "itself": (lambda rgb: rgb, lambda angle: angle),
    "negative": (lambda rgb: 255 - rgb, lambda angle: angle),
    "mirror image": (lambda rgb: rgb[:, ::-1], lambda angle: 180 - angle),
    "quarter turn": (np.rot90, lambda angle: angle + 90),
}
"""What is made of a picture, and of the angle of an axis in it."""


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
) -> dict[str, Any]:
    """Measure how the symmetry varies over seeds and VERSIONS, default settings otherwise.

    The pictures are scikit-image's, chosen by the seed: ten, or four with ``quick``.

    Returns
    -------
    dict
        ``spread``: standard deviation over seeds (largest and mean over pictures); ``said``: what
        ``symmetry_sd`` said it is, root mean square over seeds (largest and mean over pictures;
        None where nothing is said); ``spread_of_probabilities``: standard deviation of the class
        that varies most; ``invariance``: the largest difference between a picture and one of its
        versions (largest and mean over pictures), and the share that keeps its label, and its axes
        where it has any; one entry per picture
    """
    seeds, pictures = SEEDS[quick], PICTURES[quick]
    rng = np.random.default_rng(seed)
    names = [
        f"sample:{name}" for name in rng.choice(list(stored_samples()), pictures, replace=False)
    ]
    runs = seeds + len(VERSIONS)

    def scored(run: int, inputs: Sequence[Any], **options: Any) -> list[Result]:
        def told(done: int, of: int) -> None:
            progress(run * pictures + done, runs * pictures)

        return list(score(inputs, classifier=classes, progress=told, **options))

    symmetry, said, probabilities, outcomes = [], [], [], {}
    for number in range(seeds):
        scores = scored(number, names, seed=seed + number, elements=False)
        nothing = dict.fromkeys(CLASS_SETS[classes], 0.0)
        symmetry.append([score.symmetry or 0.0 for score in scores])
        said.append([np.nan if s.symmetry_sd is None else s.symmetry_sd for s in scores])
        probabilities.append([list((score.probabilities or nothing).values()) for score in scores])
        outcomes = {n: str(one.outcome) for n, one in zip(names, scores, strict=True)}
    shown = [read_picture(name).rgb for name in names]
    versions = {
        name: scored(seeds + i, [np.ascontiguousarray(make(rgb)) for rgb in shown], seed=seed)
        for i, (name, (make, _)) in enumerate(VERSIONS.items())
    }
    invariance, differences = _invariance(versions)
    # The sample standard deviation: few seeds must not look steadier than they are.
    spread = np.std(np.array(symmetry, float), axis=0, ddof=1)
    with_said = np.ma.masked_invalid(np.array(said, float))
    stated = np.ma.sqrt((with_said**2).mean(axis=0))
    by_class = np.std(np.array(probabilities, float), axis=0, ddof=1).max(axis=1)
    return {
        "suite": "repeatability",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "seeds": seeds,
        "spread": {"max": float(spread.max()), "mean": float(spread.mean())},
        "said": {"max": _number(stated.max()), "mean": _number(stated.mean())},
        "spread_of_probabilities": {"max": float(by_class.max()), "mean": float(by_class.mean())},
        "invariance": invariance,
        "pictures": {
            name: {
                "symmetry": float(np.mean([row[i] for row in symmetry])),
                "spread": float(spread[i]),
                "said": _number(stated[i]),
                "difference": differences[i],
                "outcome": outcomes[name],
            }
            for i, name in enumerate(names)
        },
    }


def _number(value: Any) -> float | None:
    return None if np.ma.is_masked(value) else float(value)


def _invariance(versions: dict[str, list[Result]]) -> tuple[dict[str, Any], list[float]]:
    """Compare the scores of all versions → figures, and the largest difference of each picture.

    Axes are compared where the picture itself has any.
    """
    itself, labels = versions["itself"], zip(*versions.values(), strict=True)
    symmetry = np.array([[s.symmetry or 0.0 for s in scores] for scores in versions.values()])
    difference = np.abs(symmetry - symmetry[0]).max(axis=0)
    carried = [
        all(_carried(before, scores[i], VERSIONS[name][1]) for name, scores in versions.items())
        for i, before in enumerate(itself)
        if _axes(before)
    ]
    figures = {
        "max": float(difference.max()),
        "mean": float(difference.mean()),
        "same_label": share([len({one.label for one in scores}) == 1 for scores in labels]),
        "same_axes": share(carried) if carried else None,
    }
    return figures, difference.tolist()


def _axes(result: Result) -> list[float]:
    items = result.elements.items if result.elements else ()
    return [item.angle_deg or 0.0 for item in items if item.kind in ("mirror", "stripes")]


def _carried(before: Result, after: Result, angle: Callable[[float], float]) -> bool:
    """Whether the axes of a picture lie where a version of it puts them."""
    return all(
        min((between_lines(angle(axis), other) for other in _axes(after)), default=90.0) <= NEAR
        for axis in _axes(before)
    )
