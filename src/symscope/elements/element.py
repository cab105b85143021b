"""Elements of symmetry that were found in a field of any dimension, and how well they hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.features.lie_defect import Flow, moved_agreement
from symscope.groups import Isometry, is_upright

KINDS = ("mirror", "rotation", "translation", "glide", "stripes", "round")
"""Kinds of elements of a picture."""

UPRIGHT = "upright mirror"
"""A mirror whose axis is nearly vertical: it exchanges left and right."""

BILATERAL = "bilateral"
"""How well left and right agree across the best of these, compared as roughly as hands draw them:
what is usually meant by the symmetry of a face, a letter or a facade."""


@dataclass(frozen=True)
class Element:
    """One element of symmetry of a field.

    Lengths and points of pictures are in the picture's coordinates (the longer side spans [-1, 1],
    x to the right, y up), those of other fields in the units of their source.

    Attributes
    ----------
    kind : ``mirror``, ``rotation`` (by 1/order of a turn), ``translation``, ``glide``; and three
        families: ``stripes`` (any shift along a direction), ``round`` (any rotation about a centre,
        or about an axis of space) and ``spherical`` (any rotation of space about a point)
    moves : the element, or a sample of the family, as maps of points in the picture's coordinates,
        or in the frame [-1, 1]^D of other fields
    pixels : agreement of the values, at most 1: of a picture the least of the moves', of other
        fields their mean
    overlap : share of what is looked at that is compared
    angle_deg : of a picture's axis, stripes or vector: 0 is horizontal, counter-clockwise
    offset : of the axis from the picture's middle, along the normal (-sin, cos) of its angle
    order : n of a rotation
    centre : (x, y) of a rotation or of O(2) in a picture
    vector : of a translation, or the shift along a glide's axis, (D,)
    point : on a plane or an axis, nearest the middle of what was looked at; or the centre, (D,)
    normal, direction : unit vector of a plane; of an axis or of stripes, (D,)
    hidden, hidden_sd : agreement of the hidden layer, mean and standard deviation over networks
    chance : how often a picture without this symmetry shows as much evidence for it
    """

    kind: str
    moves: tuple[Isometry, ...]
    pixels: float
    overlap: float | None = None
    angle_deg: float | None = None
    offset: float | None = None
    order: int | None = None
    centre: tuple[float, float] | None = None
    vector: tuple[float, ...] | None = None
    point: tuple[float, ...] | None = None
    normal: tuple[float, ...] | None = None
    direction: tuple[float, ...] | None = None
    hidden: float | None = None
    hidden_sd: float | None = None
    chance: float | None = None

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, without those that this kind does not have."""
        row = {key: value for key, value in vars(self).items() if key != "moves"}
        row = {key: list(v) if isinstance(v, tuple) else v for key, v in row.items()}
        if self.vector and self.angle_deg is None:
            row["length"] = float(np.linalg.norm(self.vector))
        return {key: value for key, value in row.items() if value is not None}


def strongest(candidates: Iterable[Element], bilateral: float) -> dict[str, float]:
    """Return the best agreement of each of KINDS, 0 where there is none, beside BILATERAL."""
    best = {BILATERAL: bilateral} | dict.fromkeys(KINDS, 0.0)
    for item in candidates:
        best[item.kind] = max(best[item.kind], item.pixels)
    return best


@dataclass(frozen=True)
class Elements:
    """All elements that were found, strongest first within each kind.

    Attributes
    ----------
    items : tuple of Element
    strongest : best agreement of each kind that was looked for, whether it counts as there or not;
        of pictures also the rough agreement of left and right, BILATERAL
    flow : the shift or rotation that the networks' hidden layer comes nearest to being unchanged by
    nearly : the best of other kinds, which do not count as there
    nearest : where nothing was named, those that carry the likeliest symmetry
    """

    items: tuple[Element, ...]
    strongest: dict[str, float]
    flow: Flow | None = None
    nearly: tuple[Element, ...] = ()
    nearest: tuple[Element, ...] = ()

    def of(self, kind: str) -> tuple[Element, ...]:
        """The elements of one kind, or the UPRIGHT mirrors."""
        if kind == UPRIGHT:
            return tuple(item for item in self.of("mirror") if is_upright(item.angle_deg or 0.0))
        return tuple(item for item in self.items if item.kind == kind)

    @property
    def order(self) -> int:
        """Highest rotation order, 1 where there is none (O(2) has no highest: 1 too)."""
        return max((item.order or 1 for item in self.of("rotation")), default=1)

    def with_hidden(self, agreement: NDArray[np.float64], flow: Flow | None = None) -> "Elements":
        """Add the hidden layer's agreement, (N, elements), to each element; and its flow."""
        items = [
            replace(item, hidden=float(values.mean()), hidden_sd=float(values.std()))
            if item.hidden is None and np.isfinite(values).all()
            else item
            for item, values in zip(self.items, agreement.T, strict=True)
        ]
        return replace(self, items=tuple(items), flow=flow)


LEAST_COMPARED = {2: 0.35}
LEAST_COMPARED_ELSEWHERE = 0.3
"""Least share of the points that a move must keep in the frame, by dimension."""


def hidden_agreement(
    elements: Iterable[Element],
    hidden: Callable[[NDArray[np.float64]], NDArray[np.float32]],
    points: NDArray[np.float64],
    scale: float = 1.0,
) -> NDArray[np.float64]:
    """Measure each element's agreement in the hidden layer of N networks.

    Parameters
    ----------
    hidden : points (P, D) → (N, P, H), in the coordinates of the networks
    points : (P, D), where the layer is compared, in the same coordinates ([-1, 1]^D)
    scale : length of one unit of the networks' coordinates in the moves'

    Returns
    -------
    array of shape (N, elements)
        Over the element's moves, the least in a picture and the mean elsewhere (to become one
        definition); NaN where too little of the networks' frame is mapped into it.
    """
    items, dimension = list(elements), points.shape[1]
    over_moves = np.min if dimension == 2 else np.mean
    least = LEAST_COMPARED.get(dimension, LEAST_COMPARED_ELSEWHERE)
    moved = (move(points * scale) / scale for item in items for move in item.moves)
    agreement = moved_agreement(hidden, points, moved, least)
    result = np.full((agreement.shape[1], len(items)), np.nan)
    ends = np.cumsum([len(item.moves) for item in items])[:-1]
    for number, values in enumerate(np.split(agreement, ends)):
        compared = values[~np.isnan(values).all(axis=1)]
        if len(compared):
            result[:, number] = over_moves(compared, axis=0)
    return result
