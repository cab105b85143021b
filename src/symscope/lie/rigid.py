"""Continuous symmetries in the hidden layer: rigid motions that its Jacobian sends to 0.

The generalised eigenproblem of features/lie_defect.py, for the shifts and rotations of D
dimensions. A field of small defect counts only if the layer also stays the same when points are
moved far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, expm

from symscope.features.agreement import Floats, sample_points
from symscope.features.lie_defect import (
    AGREEING,
    DISAGREEING,
    LARGEST_DEFECT,
    Verdict,
    flow_sums,
    moved_agreement,
    rigid_fields,
)
from symscope.features.moves import LENGTHS, TURNS

POINTS = 1024
"""Points at which the Jacobian is taken and the layer is compared."""

FARTHEST = 2.0
"""Distance of an axis, in half frames, from which a rotation is called a shift."""

MOST = 24
"""Fields of least defect that are followed to finite times."""

LEAST_COMPARED = 0.3
"""Least share of the points that a motion must keep in the frame."""

MIXED = 0.3
"""Share of the largest singular value of the fields' linear parts below which a direction of their
span turns nothing."""


@dataclass(frozen=True)
class Generators:
    """The rigid motions that N networks' hidden layers come nearest to being unchanged by.

    Attributes
    ----------
    defects : ndarray of shape (F,), ρ of all F = D (D + 1)/2 stationary fields, rising; 0 is
        symmetric, 1/√D unrelated
    spread : ndarray of shape (F,), standard deviation of the same over networks
    fields : ndarray of shape (n, D, D + 1), those that are symmetries: (A | b), in the frame
    agreement : ndarray, of the layer at finite moves along each field that was followed
    group : its name, such as "SO(2)", "T(2)", "E(2)", or "none"
    verdict : Verdict
    """

    defects: Floats
    spread: Floats
    fields: Floats
    agreement: Floats
    group: str
    verdict: Verdict

    @property
    def unrelated(self) -> float:
        """Defect of a layer that a motion has nothing to do with: 1/√D."""
        return self.fields.shape[1] ** -0.5

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "verdict": str(self.verdict),
            "group": self.group,
            "generators": self.fields.tolist(),
            "defects": self.defects.tolist(),
            "defects_spread": self.spread.tolist(),
            "agreement": self.agreement.tolist(),
        }


def find_generators(
    jacobian: Callable[[Floats], NDArray[np.float32]],
    hidden: Callable[[Floats], NDArray[np.float32]],
    dimension: int = 3,
) -> Generators:
    """Find the algebra of rigid motions that N networks' layers realise.

    Parameters
    ----------
    jacobian : points (P, D) → (N, P, H, D)
    hidden : points (P, D) → (N, P, H)
    """
    points = sample_points(dimension, POINTS)
    sums = flow_sums(jacobian(points), points)
    change, length = sums.mean(axis=0)
    values, vectors = eigh(change, length + 1e-9 * np.eye(len(length)))
    each = np.einsum("if,nkij,jf->nkf", vectors, sums, vectors)
    rho = np.sqrt(np.maximum(each[:, 0], 0) / np.maximum(each[:, 1], 1e-30))
    defects = np.sqrt(np.maximum(values, 0))
    count = min(MOST, int((defects <= LARGEST_DEFECT).sum()))
    fields = np.stack([_field(vectors[:, i], dimension) for i in range(max(count, 1))])
    agreement = _agreements(fields, points, hidden)
    holds = agreement >= AGREEING
    if not count or agreement[0] <= DISAGREEING:
        verdict, kept = Verdict.NONE, fields[:0]
    elif holds[0]:
        verdict, kept = Verdict.SYMMETRIC, fields[:count][holds[:count]]
    else:
        verdict, kept = Verdict.UNDECIDED, fields[:0]
    return Generators(defects, rho.std(axis=0), kept, agreement, group_of(kept), verdict)


def _field(coefficients: Floats, dimension: int) -> Floats:
    """Write a rigid motion as A x + b, (D, D + 1), of unit rotation or unit shift."""
    basis = rigid_fields(np.column_stack([np.zeros(dimension), np.eye(dimension)]))
    found = np.einsum("f,fdp->dp", coefficients, basis)
    shift, linear = found[:, 0], found[:, 1:] - found[:, :1]
    speed = np.linalg.norm(linear) / np.sqrt(2)
    if speed * FARTHEST <= np.linalg.norm(shift):
        linear, speed = np.zeros_like(linear), np.linalg.norm(shift)
    return np.column_stack([linear, shift]) / speed


def _agreements(
    fields: Floats, points: Floats, hidden: Callable[[Floats], NDArray[np.float32]]
) -> Floats:
    """Follow each field to finite times: the layer's mean agreement, (n,)."""
    moved, of_field = [], []
    for number, field in enumerate(fields):
        size = len(field)
        times = LENGTHS if np.abs(field[:, :size]).max() < 1e-9 else TURNS
        for time in (*times, *(-t for t in times)):
            flow = expm(time * np.vstack([field, np.zeros(size + 1)]))
            moved.append(points @ flow[:size, :size].T + flow[:size, size])
            of_field.append(number)
    means = moved_agreement(hidden, points, moved, LEAST_COMPARED).mean(axis=1)
    compared = np.isfinite(means)
    result = []
    for number in range(len(fields)):
        values = means[compared & (np.array(of_field) == number)]
        result.append(values.mean() if len(values) else 0.0)
    return np.array(result)


def group_of(fields: Floats) -> str:
    """Name the group of rigid motions that fields (n, D, D + 1) span; they are near it, not on it.

    By the number r of independent rotations, and k = n - r of shifts: r = m (m - 1)/2 is SO(m), and
    with as many shifts as it has axes the Euclidean group E(m). Whether those shifts lie in what
    turns is not asked.
    """
    if not len(fields):
        return "none"
    linear = fields[:, :, :-1].reshape(len(fields), -1)
    sizes = np.linalg.svd(linear, compute_uv=False)
    # Fields of one defect are mixed at will: of their linear parts, only the rank counts.
    turns = int((sizes > MIXED * max(float(sizes[0]), 1e-9)).sum()) if sizes[0] > 1e-9 else 0
    shifts = len(fields) - turns
    of_shifts = "T" if shifts == 1 else f"T({shifts})"
    if not turns:
        return of_shifts
    order = next((m for m in range(2, 33) if m * (m - 1) // 2 == turns), None)
    if order is None:
        return f"{len(fields)} rigid motions"
    if not shifts:
        return f"SO({order})"
    return f"E({order})" if shifts == order else f"SO({order}) × {of_shifts}"
