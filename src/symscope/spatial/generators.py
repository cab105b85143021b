"""Continuous symmetries of space in the hidden layer: rigid motions that its Jacobian sends to 0.

The generalised eigenproblem of lie/flow.py, for the three shifts and three rotations of space. A
field of small defect counts only if the layer also stays the same when points are moved far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, expm

from symscope.lie.algebra import Verdict
from symscope.lie.flow import AGREEING, DISAGREEING, LARGEST_DEFECT, unrelated
from symscope.spatial.agreement import Floats, sample_points
from symscope.spatial.elements import at_move
from symscope.spatial.features import rigid_fields
from symscope.spatial.kinds import LENGTHS, TURNS

POINTS = 1024
"""Points at which the Jacobian is taken and the layer is compared."""

FARTHEST = 2.0
"""Distance of an axis, in half frames, from which a rotation is called a shift."""

LARGEST_GAP = 2.0
"""Ratio of a defect to the least one up to which fields are taken for one algebra: noise of the
networks is common to them."""


@dataclass(frozen=True)
class Generators:
    """The rigid motions that N networks' hidden layers come nearest to being unchanged by.

    Attributes
    ----------
    defects : ndarray of shape (6,), ρ of all stationary fields, rising; 0 symmetric, 0.58 unrelated
    spread : ndarray of shape (6,), standard deviation of the same over networks
    fields : ndarray of shape (n, 3, 4), those that are symmetries: (A | b), in the frame
    agreement : of the layer along each of the first fields tried, at finite moves, (n or 1,)
    group : "T", "T(2)", "SO(2)", "SO(3)", "E(2)" …, or "none"
    verdict : Verdict
    """

    defects: Floats
    spread: Floats
    fields: Floats
    agreement: Floats
    group: str
    verdict: Verdict

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
) -> Generators:
    """Find the algebra of rigid motions of space that N networks' layers realise.

    Parameters
    ----------
    jacobian : points (P, 3) → (N, P, H, 3)
    hidden : points (P, 3) → (N, P, H)
    """
    points = sample_points(3, POINTS)
    sums = np.stack([_sums(one, points) for one in jacobian(points)])
    change, length = sums.mean(axis=0)
    values, vectors = eigh(change, length + 1e-9 * np.eye(6))
    each = np.einsum("if,nkij,jf->nkf", vectors, sums, vectors)
    rho = np.sqrt(np.maximum(each[:, 0], 0) / np.maximum(each[:, 1], 1e-30))
    defects = np.sqrt(np.maximum(values, 0))
    count = int(((defects <= LARGEST_DEFECT) & (defects <= LARGEST_GAP * defects[0])).sum())
    fields = np.stack([_field(vectors[:, i]) for i in range(max(count, 1))])
    agreement = _agreements(fields, points, hidden)
    holds = agreement >= AGREEING
    if not count or agreement[0] <= DISAGREEING:
        verdict, kept = Verdict.NONE, fields[:0]
    elif holds[0]:
        verdict, kept = Verdict.SYMMETRIC, fields[:count][holds[:count]]
    else:
        verdict, kept = Verdict.UNDECIDED, fields[:0]
    return Generators(defects, rho.std(axis=0), kept, agreement, _group(kept), verdict)


def _sums(jacobian: NDArray[np.floating], points: Floats) -> Floats:
    """Sum what the eigenproblem needs for one network: (2, 6, 6), free of the layer's scale."""
    fields = rigid_fields(points.T)
    slope = jacobian.astype(np.float64)
    along = np.einsum("phd,fdp->fph", slope, fields).reshape(6, -1)
    size = (slope**2).sum(axis=(1, 2))
    length = np.einsum("p,idp,jdp->ij", size, fields, fields)
    return np.stack([along @ along.T, length]) / (float(size.sum()) + 1e-30)


def _field(coefficients: Floats) -> Floats:
    """Write a rigid motion as A x + b, (3, 4), of unit rotation or unit shift."""
    shift, turn = coefficients[:3], coefficients[3:]
    speed = np.linalg.norm(turn)
    if speed * FARTHEST <= np.linalg.norm(shift):
        turn, speed = np.zeros(3), np.linalg.norm(shift)
    x, y, z = turn / speed
    linear = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.concatenate([linear, (shift / speed)[:, None]], axis=1)


def _agreements(
    fields: Floats, points: Floats, hidden: Callable[[Floats], NDArray[np.float32]]
) -> Floats:
    """Follow each field to finite times: the layer's mean agreement, (n,)."""
    here = hidden(points)
    apart = [unrelated(layer) for layer in here]
    result = []
    for field in fields:
        times = LENGTHS if np.abs(field[:, :3]).max() < 1e-9 else TURNS
        values = []
        for time in (*times, *(-t for t in times)):
            flow = expm(time * np.vstack([field, np.zeros(4)]))
            found = at_move(points @ flow[:3, :3].T + flow[:3, 3], hidden, here, apart)
            if found is not None:
                values.append(np.mean(found))
        result.append(np.mean(values) if values else np.nan)
    return np.array(result)


def _group(fields: Floats) -> str:
    """Name the group of rigid motions that some fields (n, 3, 4) span."""
    if not len(fields):
        return "none"
    turning = np.linalg.matrix_rank(fields[:, :, :3].reshape(len(fields), -1), tol=0.2)
    shifting = len(fields) - turning
    names = {(0, 1): "T", (0, 2): "T(2)", (1, 0): "SO(2)", (3, 0): "SO(3)", (1, 2): "E(2)"}
    return names.get((int(turning), int(shifting)), f"of dimension {len(fields)}")
