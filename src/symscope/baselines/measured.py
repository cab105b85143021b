"""What every baseline is and gives; the square it looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize

from symscope.errors import UsageError

SIDE = 128
"""Side of the square, in pixels, at which pictures are compared."""

THRESHOLD = 0.7
"""Correlation from which a measure counts as a yes, the same for all; AUC does not depend on it."""

Image = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What one baseline says of one picture.

    Attributes
    ----------
    strength : how well what it looks for holds: the higher, the better
    axis_deg : angle of the best mirror axis, if it looks for mirrors
    upright : strength of the best axis that is nearly vertical, if it looks for mirrors
    order : rotation order, 1 … 8, if it looks for rotations
    """

    strength: float
    axis_deg: float | None = None
    upright: float | None = None
    order: int | None = None


@dataclass(frozen=True)
class Baseline:
    """A measure with what it looks for.

    Attributes
    ----------
    name : what it is called in tables
    kind : one of the kinds of elements
    measure : picture (R, C) → Measured
    threshold : strength from which it is a yes; None if its strengths have no scale
    """

    name: str
    kind: str
    measure: Callable[[Image], Measured]
    threshold: float | None = THRESHOLD

    def __call__(self, picture: NDArray[Any]) -> Measured:
        """Measure a picture of shape (R, C).

        Raises
        ------
        UsageError
            For another shape or fewer than 16 × 16 pixels.
        """
        grey = np.asarray(picture, np.float64)
        if grey.ndim != 2 or min(grey.shape) < 16:
            raise UsageError(f"found a picture of shape {grey.shape}: expected at least 16 × 16")
        if grey.std() < 1e-9:
            return Measured(
                0.0,
                upright=0.0 if self.kind == "mirror" else None,
                order=1 if self.kind == "rotation" else None,
            )
        return self.measure(grey)


def square_of(grey: Image) -> Image:
    """Cut out the central square and resize it to SIDE × SIDE."""
    side = min(grey.shape)
    top, left = ((length - side) // 2 for length in grey.shape)
    part = grey[top : top + side, left : left + side]
    return np.asarray(resize(part, (SIDE, SIDE), anti_aliasing=side > SIDE))
