"""What a search for elements finds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.features.lie_defect import Flow
from symscope.groups import Element, is_upright

KINDS = ("mirror", "rotation", "translation", "glide", "stripes", "round")

UPRIGHT = "upright mirror"
"""A mirror whose axis is nearly vertical: it exchanges left and right, which is what is usually
meant by the symmetry of a face, a letter or a facade."""


@dataclass(frozen=True)
class Found:
    """One element of a picture.

    Attributes
    ----------
    kind : one of KINDS; ``stripes`` is T and ``round`` is O(2), each a whole family of elements
    moves : the element, or a sample of the family, as maps of points in the picture's coordinates:
        the longer side spans [-1, 1], x to the right, y up
    pixels : agreement of the pixels, the least of the sample, at most 1
    overlap : share of the picture that is compared
    angle_deg : of the axis, the stripes or the vector: 0 is horizontal, counter-clockwise
    offset : of the axis from the picture's middle, along the normal (-sin, cos) of its angle
    order : n of a rotation
    centre : (x, y) of a rotation or of O(2)
    vector : (x, y) of a translation, or the shift along a glide's axis
    hidden, hidden_sd : agreement of the hidden layer, mean and standard deviation over networks
    """

    kind: str
    moves: tuple[Element, ...]
    pixels: float
    overlap: float
    angle_deg: float | None = None
    offset: float | None = None
    order: int | None = None
    centre: tuple[float, float] | None = None
    vector: tuple[float, float] | None = None
    hidden: float | None = None
    hidden_sd: float | None = None

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, without those that this kind does not have."""
        row = {key: value for key, value in vars(self).items() if key != "moves"}
        return {key: value for key, value in row.items() if value is not None}


def strongest(candidates: Iterable[Found], upright: float) -> dict[str, float]:
    """Return the best agreement of each of KINDS, 0 where there is none, and that of UPRIGHT."""
    best = {UPRIGHT: upright} | dict.fromkeys(KINDS, 0.0)
    for item in candidates:
        best[item.kind] = max(best[item.kind], item.pixels)
    return best


@dataclass(frozen=True)
class Elements:
    """All that was found, strongest first within each kind.

    Attributes
    ----------
    found : tuple of Found
    strongest : best agreement of each of KINDS and of UPRIGHT mirrors, whether it counts as there
        or not
    flow : the shift or rotation that the networks' hidden layer comes nearest to being unchanged by
    """

    found: tuple[Found, ...]
    strongest: dict[str, float]
    flow: Flow | None = None

    def of(self, kind: str) -> tuple[Found, ...]:
        """The elements of one of KINDS, or the UPRIGHT mirrors."""
        if kind == UPRIGHT:
            return tuple(item for item in self.of("mirror") if is_upright(item.angle_deg or 0.0))
        return tuple(item for item in self.found if item.kind == kind)

    @property
    def order(self) -> int:
        """Highest rotation order, 1 where there is none (O(2) has no highest: 1 too)."""
        return max((item.order or 1 for item in self.of("rotation")), default=1)

    def with_hidden(self, agreement: NDArray[np.float64], flow: Flow) -> "Elements":
        """Add the hidden layer's agreement, (N, elements), to each element; and its flow."""
        found = [
            replace(item, hidden=float(values.mean()), hidden_sd=float(values.std()))
            if np.isfinite(values).all()
            else item
            for item, values in zip(self.found, agreement.T, strict=True)
        ]
        return Elements(tuple(found), self.strongest, flow)
