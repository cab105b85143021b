"""Whether the score falls as a symmetry is broken, and whether its probabilities hold."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np

from symscope.dataset import UNSEEN_FAMILIES
from symscope.evaluation.statistics import calibration_error, spearman
from symscope.groups import CLASS_SETS, Symmetry
from symscope.scoring import score_many
from symscope.sources.templates import Template, templates

STREAM = 4
"""First word of the templates' seeds."""

DIAL = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

PER_CLASS_AND_FAMILY = {"full": 4, "quick": 1}
EXACT_PER_CLASS_AND_FAMILY = {"full": 12, "quick": 2}
NETWORKS = {"full": 8, "quick": 4}


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
    by_class, pooled, falls = {}, {}, {}
    for label in map(str, labels):
        mine = steps[:, of == label]
        # A score that does not move at all is in no order: 0.
        falling = np.nan_to_num([-spearman(DIAL, column) for column in mine.T])
        by_class[label] = float(falling.mean())
        every = -spearman(np.repeat(DIAL, mine.shape[1]), mine.ravel())
        pooled[label] = float(np.nan_to_num(every))
        falls[label] = {str(b): float(v) for b, v in zip(DIAL, mine.mean(axis=1), strict=True)}
    read = [max((score.profile or {"": 1.0}).items(), key=itemgetter(1)) for score in scores]
    read = read[len(turned) :]
    right = np.array([a == t.label for (a, _), t in zip(read, exact, strict=True)], float)
    ece, bins = calibration_error(np.array([p for _, p in read]), right)
    left = np.array([template.kept**2 for template in turned])
    ece_share, bins_share = calibration_error(symmetry[: len(turned)], left)
    return {
        "suite": "breaking",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "families": list(UNSEEN_FAMILIES),
        "templates": len(turned) + len(exact),
        "spearman": by_class,
        "spearman_pooled": pooled,
        "symmetry": falls,
        "ece": ece,
        "ece_share": ece_share,
        "accuracy_exact": float(right.mean()),
        "calibration": bins,
        "calibration_share": bins_share,
    }
