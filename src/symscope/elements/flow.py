"""The continuous symmetry of the hidden layer: the shift or rotation that changes it least.

A layer h is unchanged by the flow of a field of vectors v exactly if its Jacobian J sends v to 0
everywhere (LieGG, arXiv:2210.04345). Of all infinitesimal shifts and rotations of the plane,
v(x) = (a, b) + ω (-y, x), the one of least *defect*

    ρ² = Σ |J v|² / Σ |J|² |v|²

solves a generalised eigenproblem of size three. ρ = 0: symmetric; 1/√2 = 0.71: unrelated.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from symscope.elements.scene import Points

FARTHEST = 2.0
"""Distance of the centre, in half sides of the networks' square, from which a rotation is called a
shift: it bends the paths within the square by less than a quarter of a turn."""


@dataclass(frozen=True)
class Flow:
    """The flow that N networks' hidden layers come nearest to being unchanged by.

    Attributes
    ----------
    kind : "stripes" for a shift, "round" for a rotation
    defect, defect_spread : ρ in [0, 1], mean and standard deviation over the networks
    angle_deg : direction of a shift, 0 is horizontal, counter-clockwise, in [0, 180)
    centre : (x, y) of a rotation, in the picture's coordinates
    """

    kind: str
    defect: float
    defect_spread: float
    angle_deg: float | None = None
    centre: tuple[float, float] | None = None

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, without those that this kind does not have."""
        return {key: value for key, value in vars(self).items() if value is not None}

    def scaled(self, scale: float) -> "Flow":
        """Change the unit of length: one unit of before is ``scale`` units of after."""
        if self.centre is None:
            return self
        return replace(self, centre=(self.centre[0] * scale, self.centre[1] * scale))


def flow_sums(jacobian: NDArray[np.floating], points: Points) -> NDArray[np.float64]:
    """Sum what the eigenproblem needs, for each network.

    Parameters
    ----------
    jacobian : (N, P, H, 2), derivative of the hidden layer by the point
    points : (P, 2)

    Returns
    -------
    array of shape (N, 2, 3, 3)
        Σ (J v_i)·(J v_j) and Σ |J|² v_i·v_j for the two shifts and the rotation about 0, divided by
        Σ |J|², so that networks of any scale can be added.
    """
    one, none = np.ones(len(points)), np.zeros(len(points))
    fields = np.array([[one, none], [none, one], [-points[:, 1], points[:, 0]]])  # (3, 2, P)

    def of(one: NDArray[np.float64]) -> NDArray[np.float64]:
        along = np.einsum("phd,idp->iph", one, fields).reshape(len(fields), -1)
        size = (one**2).sum(axis=(1, 2))
        lengths = np.einsum("p,idp,jdp->ij", size, fields, fields)
        return np.stack([along @ along.T, lengths]) / (float(size.sum()) + 1e-30)

    # One at a time: a network's sums must not depend, to the last bit, on its neighbours.
    return np.stack([of(one) for one in jacobian.astype(np.float64)])


def best_flow(summed: NDArray[np.float64]) -> Flow:
    """Find the flow of least defect from the sums (N, 2, 3, 3) of N networks."""
    change, length = summed.mean(axis=0)
    _, vectors = eigh(change, length + 1e-12 * np.eye(3))
    a, b, turn = vectors[:, 0]
    each = np.einsum("i,nkij,j->nk", vectors[:, 0], summed, vectors[:, 0])
    defects = np.sqrt(np.maximum(each[:, 0], 0) / np.maximum(each[:, 1], 1e-30))
    found = float(defects.mean()), float(defects.std())
    if abs(turn) * FARTHEST > float(np.hypot(a, b)):
        return Flow("round", *found, centre=(float(-b / turn), float(a / turn)))
    return Flow("stripes", *found, angle_deg=float(np.rad2deg(np.arctan2(b, a)) % 180))
