"""Whether the score falls as a symmetry is broken, and whether its probabilities hold."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from symscope.dataset import UNSEEN_FAMILIES
from symscope.groups import CLASS_SETS, Symmetry
from symscope.scoring import score_many
from symscope.sources.templates import Template, templates

STREAM = 4
"""First word of the templates' seeds."""

DIAL = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

PER_CLASS_AND_FAMILY = {"full": 4, "quick": 1}
EXACT_PER_CLASS_AND_FAMILY = {"full": 12, "quick": 2}
NETWORKS = {"full": 8, "quick": 4}

BINS = 10
"""Equal parts of 0 … 1 in which probability and truth are compared."""


def calibration_error(
    said: NDArray[np.float64], true: NDArray[np.float64]
) -> tuple[float, list[dict[str, float]]]:
    """Compare what was said with what is true, bin by bin → (expected calibration error, bins).

    Guo et al., arXiv:1706.04599, section 2: the mean over pictures of |said - true| of their bin.

    >>> calibration_error(np.array([0.75, 0.75]), np.array([1.0, 0.0]))[0]
    0.25
    """
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    bins = [
        {
            "pictures": float((place == b).sum()),
            "said": float(said[place == b].mean()),
            "true": float(true[place == b].mean()),
        }
        for b in np.unique(place)
    ]
    error = sum(b["pictures"] * abs(b["said"] - b["true"]) for b in bins) / len(said)
    return float(error), bins


def _spearman(one: Sequence[float], other: Sequence[float]) -> float:
    value = float(np.asarray(spearmanr(one, other))[0])
    return value if np.isfinite(value) else 0.0


def measure(
    *, classes: str, seed: int, quick: bool, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Turn the dial on templates of families that no reader has met.

    Returns
    -------
    dict
        ``spearman``: by class, minus the mean over templates of the rank correlation of dial and
        symmetry (1 = falls all the way), ``spearman_pooled``: the same over all pictures of a
        class at once; ``symmetry``: the mean at each step of the dial; ``ece``: of the most
        probable class's probability on exact templates and ∅; ``ece_share``: of the symmetry
        against the share of it that is left (kept²), on broken templates.
    """
    size = "quick" if quick else "full"
    labels = [label for label in CLASS_SETS[classes] if label is not Symmetry.NONE]
    turned: list[Template] = []
    for breaking in DIAL:
        turned += templates(
            PER_CLASS_AND_FAMILY[size],
            classes=labels,
            families=UNSEEN_FAMILIES,
            seed=(STREAM, seed),
            breaking=breaking,
        )
    exact = templates(
        EXACT_PER_CLASS_AND_FAMILY[size],
        classes=CLASS_SETS[classes],
        families=UNSEEN_FAMILIES,
        seed=(STREAM, seed),
        first=PER_CLASS_AND_FAMILY[size],
    )
    scores = list(
        score_many(
            [template.field for template in (*turned, *exact)],
            networks=NETWORKS[size],
            seed=seed,
            reader=classes,
            elements=False,
            progress=progress,
        )
    )
    per_step = len(turned) // len(DIAL)
    symmetry = np.array([score.symmetry or 0.0 for score in scores])
    steps = symmetry[: len(turned)].reshape(len(DIAL), per_step)
    of = np.array([str(template.label) for template in turned[:per_step]])
    spearman, pooled, falls = {}, {}, {}
    for label in map(str, labels):
        mine = steps[:, of == label]
        spearman[label] = -float(np.mean([_spearman(DIAL, column) for column in mine.T]))
        pooled[label] = -_spearman(np.repeat(DIAL, mine.shape[1]).tolist(), mine.ravel().tolist())
        falls[label] = {str(b): float(v) for b, v in zip(DIAL, mine.mean(axis=1), strict=True)}
    confident = np.array([max((score.profile or {"": 1.0}).values()) for score in scores])
    right = np.array(
        [
            score.label == template.label
            for score, template in zip(scores[len(turned) :], exact, strict=True)
        ],
        float,
    )
    ece, bins = calibration_error(confident[len(turned) :], right)
    left = np.array([template.kept**2 for template in turned])
    ece_share, bins_share = calibration_error(symmetry[: len(turned)], left)
    return {
        "suite": "breaking",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "families": list(UNSEEN_FAMILIES),
        "templates": len(turned) + len(exact),
        "spearman": spearman,
        "spearman_pooled": pooled,
        "symmetry": falls,
        "ece": ece,
        "ece_share": ece_share,
        "accuracy_exact": float(right.mean()),
        "calibration": bins,
        "calibration_share": bins_share,
    }
