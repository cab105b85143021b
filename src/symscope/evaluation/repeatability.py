"""How much the score of one picture changes from seed to seed."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from symscope.api import score_many
from symscope.groups import CLASS_SETS
from symscope.io.images import stored_samples
from symscope.results import Result

PICTURES = (10, 4)
SEEDS = (6, 3)
"""Full and quick."""


def measure(
    *,
    classes: str,
    seed: int,
    quick: bool,
    progress: Callable[[int, int], None],
    score: Callable[..., Iterable[Result]] = score_many,
) -> dict[str, Any]:
    """Measure the standard deviation of the symmetry over seeds, default settings otherwise.

    The pictures are scikit-image's, chosen by the seed: ten, or four with ``quick``.

    Returns
    -------
    dict with ``spread`` (largest and mean over pictures), ``spread_of_probabilities`` (the same for
    the class that varies most) and one entry per picture
    """
    seeds, pictures = SEEDS[quick], PICTURES[quick]
    rng = np.random.default_rng(seed)
    names = [
        f"sample:{name}" for name in rng.choice(list(stored_samples()), pictures, replace=False)
    ]
    symmetry, probabilities, outcomes = [], [], {}
    for number in range(seeds):
        scores = list(
            score(
                names,
                seed=seed + number,
                classifier=classes,
                elements=False,
                progress=lambda i, n, d=number * pictures: progress(d + i, seeds * n),
            )
        )
        nothing = dict.fromkeys(CLASS_SETS[classes], 0.0)
        symmetry.append([score.symmetry or 0.0 for score in scores])
        probabilities.append([list((score.probabilities or nothing).values()) for score in scores])
        outcomes = {score.path: str(score.outcome) for score in scores}
    # The sample standard deviation: few seeds must not look steadier than they are.
    spread = np.std(np.array(symmetry, float), axis=0, ddof=1)
    by_class = np.std(np.array(probabilities, float), axis=0, ddof=1).max(axis=1)
    return {
        "suite": "repeatability",
        "classes": classes,
        "seed": seed,
        "quick": quick,
        "seeds": seeds,
        "spread": {"max": float(spread.max()), "mean": float(spread.mean())},
        "spread_of_probabilities": {"max": float(by_class.max()), "mean": float(by_class.mean())},
        "pictures": {
            name: {
                "symmetry": float(np.mean([row[i] for row in symmetry])),
                "spread": float(spread[i]),
                "outcome": outcomes[name],
            }
            for i, name in enumerate(names)
        },
    }
