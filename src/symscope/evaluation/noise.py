"""Pictures against noise of their own spectrum: what has random phases must score lower."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.api import score_many
from symscope.baselines import Baseline, baselines
from symscope.errors import InputError, UsageError
from symscope.evaluation.controls import PHOTOGRAPHS
from symscope.evaluation.statistics import auc
from symscope.groups import CLASS_SETS, Symmetry
from symscope.io.images import Picture, find_pictures, read_picture
from symscope.results import Result
from symscope.synth.textures import with_random_phases

STREAM = 5
"""First word of the seeds of drawn pictures and phases."""

COUNT = (10, 3)
"""Pictures drawn, full and quick."""

NETWORKS = (None, 4)
"""Networks for each picture, full and quick; None: as many as it needs."""


@dataclass(frozen=True)
class Pairs:
    """Pictures, and as many noises with their amplitudes.

    Attributes
    ----------
    pictures : list of Picture
    noises : list of arrays of shape (R, C), one for each picture
    scores, noise_scores : lists of Result
    """

    pictures: list[Picture]
    noises: list[NDArray[np.floating]]
    scores: list[Result]
    noise_scores: list[Result]


def scored_pairs(
    folder: Path | None,
    count: int,
    *,
    classes: str,
    seed: int,
    networks: int | None,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
) -> Pairs:
    """Draw pictures, make their noises and score both.

    Parameters
    ----------
    folder : where the pictures are drawn from; scikit-image's photographs by default
    count : pictures drawn, at most
    networks : for each picture; None: as many as it needs
    score : as ``score_many``
    """
    known = find_pictures([folder]) if folder else [f"sample:{name}" for name in PHOTOGRAPHS]
    rng = np.random.default_rng([STREAM, seed])
    originals = _drawn(known, count, rng)
    noises = [with_random_phases(picture.grey.astype(np.float64), rng) for picture in originals]
    scores = list(
        score(
            [*(picture.grey for picture in originals), *noises],
            networks=networks,
            seed=seed,
            classifier=classes,
            elements=False,
            progress=progress,
        )
    )
    return Pairs(originals, noises, scores[: len(originals)], scores[len(originals) :])


def check_folder(folder: Path) -> None:
    """Refuse, before anything is computed, a folder without a picture that can be read.

    Raises
    ------
    UsageError
    """
    _drawn(find_pictures([folder]), 1, np.random.default_rng(0))


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    folder: Path | None = None,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
    peers: Callable[[], Sequence[Baseline]] = baselines,
) -> dict[str, Any]:
    """Score pictures and versions of them with the same amplitudes and random phases.

    Parameters
    ----------
    folder : where the pictures are drawn from; scikit-image's photographs by default

    Returns
    -------
    dict
        ``best``: each picture's most probable class but ∅ and its probability, and the highest one
        of its noise; ``below``: share of the pictures whose noise is lower in every class but ∅
        than they are in their best one; ``noise``: by class, the mean over the noise, and
        ``pictures_best`` the mean of the pictures' best class; ``auc``: chance that a picture's
        symmetry is above that of a noise; ``baselines``: that chance for simple measures.
    """
    pairs = scored_pairs(
        folder,
        COUNT[quick],
        classes=classes,
        seed=seed,
        networks=NETWORKS[quick],
        progress=progress,
        score=score,
    )
    count, scores = len(pairs.pictures), [*pairs.scores, *pairs.noise_scores]
    kinds = [str(label) for label in CLASS_SETS[classes] if label is not Symmetry.NONE]
    probabilities = np.array(
        [[(s.probabilities or {}).get(kind, 0.0) for kind in kinds] for s in scores]
    )
    best, noise = probabilities[:count], probabilities[count:]
    is_picture = np.arange(2 * count) < count
    symmetry = np.array([score.symmetry or 0.0 for score in scores])
    greys = [*(picture.grey for picture in pairs.pictures), *pairs.noises]
    return {
        "suite": "noise",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "pictures": count,
        "below": float((noise.max(axis=1) < best.max(axis=1)).mean()),
        "pictures_best": float(best.max(axis=1).mean()),
        "noise": dict(zip(kinds, noise.mean(axis=0).tolist(), strict=True)),
        "auc": auc(symmetry, is_picture, seed),
        "baselines": {
            baseline.name: auc(
                np.array([baseline(grey).strength for grey in greys]), is_picture, seed
            )
            for baseline in peers()
        },
        "best": {
            picture.name: {
                "class": kinds[int(row.argmax())],
                "probability": float(row.max()),
                "noise": float(other.max()),
                "noise_outcome": str(score.outcome),
            }
            for picture, row, other, score in zip(
                pairs.pictures, best, noise, pairs.noise_scores, strict=True
            )
        },
    }


def _drawn(known: list[str], count: int, rng: np.random.Generator) -> list[Picture]:
    """Read as many pictures as wanted, in random order; those that cannot be read are passed over.

    Raises
    ------
    UsageError
        If none can be read.
    """
    pictures: list[Picture] = []
    for name in rng.permutation(known).tolist():
        if len(pictures) == count:
            break
        try:
            picture = read_picture(name)
        except InputError:
            continue
        if min(picture.grey.shape) >= 16 and np.ptp(picture.grey) > 0:
            pictures.append(picture)
    if not pictures:
        raise UsageError("found no picture that can be read: name a folder of pictures")
    return pictures
