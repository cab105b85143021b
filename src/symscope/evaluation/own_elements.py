"""Whether a template's picture is the same after one of its elements moved it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symscope.field import pixel_centres
from symscope.groups import Isometry

LEAST_INSIDE = 0.2
"""Share of the frame that an element must move into the frame: of less, nothing can be said."""


def agreement(levels: NDArray[np.int8], element: Isometry) -> float:
    """Measure whether a picture (S, S) of two levels is the same after an element moved it.

    Cohen's kappa (Educ. Psychol. Meas. 20 (1960) 37) between the pixels that stay in the frame and
    their images: 1 all are equal, 0 as many as among unrelated pixels of the same levels. NaN where
    too few stay inside, or all of these have one level.

    >>> upright = np.tile(np.arange(64) % 8 > 3, (64, 1)).astype(np.int8)
    >>> agreement(upright, Isometry.mirror([0.0, 1.0])), agreement(upright, Isometry.mirror([1, 0]))
    (1.0, -1.0)
    """
    side = len(levels)
    moved = element(pixel_centres(side, side))
    inside = (np.abs(moved) < 1).all(axis=1)
    if inside.mean() < LEAST_INSIDE:
        return float("nan")
    x, y = moved[inside].T
    column, row = ((1 + x) / 2 * side).astype(int), ((1 - y) / 2 * side).astype(int)
    one, other = levels.ravel()[inside], levels[row, column]
    expected = float(one.mean() * (1 - other.mean()) + other.mean() * (1 - one.mean()))
    return 1 - float((one != other).mean()) / expected if expected else float("nan")


def mean_agreement(levels: NDArray[np.int8], elements: Sequence[Isometry]) -> float:
    """Average the agreement over elements; NaN where nothing can be said of any."""
    values = np.array([agreement(levels, element) for element in elements])
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
