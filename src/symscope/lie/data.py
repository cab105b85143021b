"""Data that a search for generators takes: points, and a value or label at each of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.errors import Constant, NotFinite, TooSmall, UsageError

Floats = NDArray[np.float64]

LEAST_POINTS = 50
"""Points below which neither networks nor neighbours say anything."""

MOST_LABELS = 50
REPEATED = 5
"""A target counts as labels with at most MOST_LABELS values, each REPEATED times on average."""

FLAT = 1e-3
"""Extent of the points along their least extended direction against the largest, below which they
lie in a subspace."""


CONSTANT = 1e-9
"""Extent of a coordinate, against its largest value, below which it does not vary."""


class Target(StrEnum):
    """What is known at each point."""

    VALUES = "values"
    LABELS = "labels"
    NONE = "none"


@dataclass(frozen=True)
class Data:
    """Points (P, D) with values (P, M), labels (P,) from 0 on, or nothing (zeros)."""

    points: Floats
    values: NDArray[Any]
    target: Target


def read_data(points: ArrayLike, target: ArrayLike | None, labels: bool | None) -> Data:
    """Check points and target, and tell labels from values.

    Raises
    ------
    UsageError, NotFinite, TooSmall, Constant
    """
    if np.ma.is_masked(points) or np.ma.is_masked(target):
        raise NotFinite("found masked values: remove those points")
    try:
        if np.iscomplexobj(points):
            raise TypeError("found complex numbers, pass real and imaginary parts as coordinates")
        places = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"expected points as numbers of shape (P, D): {error}") from error
    if places.ndim != 2 or places.shape[1] < 2:
        raise UsageError(
            f"expected points of shape (P, D) with D of at least 2, found {places.shape}"
        )
    bad = ~np.isfinite(places).all(axis=1)
    if bad.any():
        raise NotFinite(
            f"found NaN or infinite values in {int(bad.sum())} of {len(places)} points, first in "
            f"row {int(np.flatnonzero(bad)[0])}: remove them"
        )
    if len(places) < LEAST_POINTS:
        raise TooSmall(f"found {len(places)} points, expected at least {LEAST_POINTS}")
    if target is None:
        return Data(places, np.zeros(len(places), dtype=np.int64), Target.NONE)
    values = np.asarray(target)
    if values.ndim == 0 or values.ndim > 2 or len(values) != len(places):
        raise UsageError(
            f"expected one value or label for each of {len(places)} points, found {values.shape}"
        )
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    return _told_apart(places, values, labels)


def _told_apart(points: Floats, values: NDArray[Any], labels: bool | None) -> Data:
    numbers = np.issubdtype(values.dtype, np.number)
    if numbers:
        bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        if bad.any():
            raise NotFinite(
                f"found NaN or infinite targets at {int(bad.sum())} of {len(values)} points, first "
                f"in row {int(np.flatnonzero(bad)[0])}: remove those points"
            )
    if (values == values[0]).all():
        raise Constant(
            "the target is the same at all points, nothing can be learned from it: if the points "
            "lie near one orbit, pass them without a target"
        )
    if np.iscomplexobj(values):
        raise UsageError("found a complex target: pass real and imaginary part as two columns")
    try:
        names, numbered = np.unique(values.ravel(), return_inverse=True)
    except TypeError as error:
        raise UsageError(f"expected labels of one kind, without gaps: {error}") from error
    few = values.ndim == 1 and len(names) <= min(MOST_LABELS, len(values) // REPEATED)
    if labels is None:
        labels = few or not numbers
    if labels and not few:
        raise UsageError(
            f"found {len(names)} different labels for {len(values)} points, expected at most "
            f"{min(MOST_LABELS, len(values) // REPEATED)}: pass numbers as values (labels=False)"
        )
    if labels:
        return Data(points, numbered.astype(np.int64), Target.LABELS)
    if not numbers:
        raise UsageError(f"expected values as numbers, found {values.dtype}")
    real = values.astype(np.float64).reshape(len(values), -1)
    return Data(points, real[:, real.std(axis=0) > 0], Target.VALUES)


def not_identifiable(points: Floats) -> str | None:
    """Say why points (P, D) cannot tell one generator from another, if they lie in a subspace."""
    centred = points - points.mean(axis=0)
    spread = centred.std(axis=0)
    # Of its own size: against the others' it would depend on units.
    flat = np.flatnonzero(spread <= CONSTANT * np.abs(points).max(axis=0))
    if len(flat):
        return (
            f"coordinate {', '.join(f'x{i + 1}' for i in flat)} does not vary: what moves it "
            "cannot be known; leave it out"
        )
    _, sizes, directions = np.linalg.svd(centred / spread, full_matrices=False)
    if sizes[-1] > FLAT * sizes[0]:
        return None
    normal = directions[-1] / spread
    normal /= np.abs(normal).max()
    terms = [f"{v:+.3g} x{i + 1}" for i, v in enumerate(normal) if abs(v) > 1e-3]
    return (
        f"the points lie in a subspace, {' '.join(terms)} = {normal @ points.mean(axis=0):.3g}: "
        "generators that differ only outside of it cannot be told apart; pass coordinates within it"
    )
