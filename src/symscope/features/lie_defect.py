"""The continuous symmetry of the hidden layer: the shift or rotation that changes it least.

A layer h is unchanged by the flow of a field of vectors v exactly if its Jacobian J sends v to 0
everywhere (LieGG, arXiv:2210.04345). Of all infinitesimal shifts and rotations of the plane,
v(x) = (a, b) + ω (-y, x), the one of least *defect*

    ρ² = Σ |J v|² / Σ |J|² |v|²

solves a generalised eigenproblem of size three. ρ = 0: symmetric; 1/√2 = 0.71: unrelated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from symscope.features.agreement import moved_agreement, unrelated
from symscope.groups import Verdict
from symscope.networks.ensemble import Ensemble

Points = NDArray[np.float64]

FARTHEST = 2.0
"""Distance of the centre, in half sides of the networks' square, from which a rotation is called a
shift: it bends the paths within the square by less than a quarter of a turn."""

TURNS = np.deg2rad([23, 67, 111, 155, -23, -67, -111, -155])
"""Rotations at which a layer is compared: none is a multiple of a turn that C_n or D_n know."""

SHIFTS = np.array([-0.73, -0.5, -0.31, -0.19, 0.19, 0.31, 0.5, 0.73])
"""Shifts, in half sides: a picture that only repeats itself does not know all of them."""

LEAST_SHARE = 0.15
"""Share of the points that must stay in the square after a move, for it to count."""

LARGEST_DEFECT = 0.4
AGREEING, DISAGREEING = 0.75, 0.65
"""Defect and finite agreement of a symmetry, and the agreement below which there is none. On 168
development templates (16 networks each) stripes and circles have a defect of at most 0.32 and an
agreement of at least 0.83; in all other classes the agreement is 0.62 at most."""

DRAWS = 100
"""Resamples of the networks for the intervals."""


@dataclass(frozen=True)
class Flow:
    """The flow that N networks' hidden layers come nearest to being unchanged by.

    Attributes
    ----------
    kind : "stripes" for a shift, "round" for a rotation
    defect, defect_spread : ρ in [0, 1], mean and standard deviation over the networks
    defect_interval : (low, high) of the mean, 95 %, from resampled networks
    angle_deg : direction of a shift, 0 is horizontal, counter-clockwise, in [0, 180)
    centre : (x, y) of a rotation, in the picture's coordinates
    error : standard deviation of the direction in degrees, or of the centre in the picture's
        coordinates, from resampled networks
    agreement : agreement of the layer at finite shifts or rotations of the same kind, the least of
        them, mean over the networks; 1 is unchanged, 0 unrelated
    verdict : "symmetric", "none" or "undecided"
    """

    kind: str
    defect: float
    defect_spread: float
    defect_interval: tuple[float, float]
    angle_deg: float | None = None
    centre: tuple[float, float] | None = None
    error: float | None = None
    agreement: float | None = None
    verdict: Verdict = Verdict.UNDECIDED

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, without those that this kind does not have."""
        row = {key: value for key, value in vars(self).items() if value is not None}
        return row | {
            "defect_interval": list(self.defect_interval),
            "verdict": str(self.verdict),
        }

    def scaled(self, scale: float) -> "Flow":
        """Change the unit of length: one unit of before is ``scale`` units of after."""
        if self.centre is None:
            return self
        x, y = self.centre
        error = None if self.error is None else self.error * scale
        return replace(self, centre=(x * scale, y * scale), error=error)

    def moves(self) -> list[Callable[[Points], Points]]:
        """Return finite moves along the flow, each points (P, 2) → (P, 2)."""
        if self.centre is None:
            angle = np.deg2rad(self.angle_deg or 0.0)
            along = np.array([np.cos(angle), np.sin(angle)])
            return [lambda x, t=t: x + t * along for t in SHIFTS]
        centre = np.array(self.centre)
        turns = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in TURNS]
        return [lambda x, turn=turn: (x - centre) @ turn.T + centre for turn in turns]


def rigid_fields(points: Points) -> Points:
    """Evaluate D shifts, then D (D - 1)/2 rotations, at points (D, P) → (fields, D, P)."""
    dimension = len(points)
    pairs = [(i, j) for i in range(dimension) for j in range(i)]
    fields = np.zeros((dimension + len(pairs), *points.shape))
    fields[np.arange(dimension), np.arange(dimension)] = 1
    for number, (i, j) in enumerate(pairs, start=dimension):
        fields[number, i], fields[number, j] = points[j], -points[i]
    return fields


def flow_sums(jacobian: NDArray[np.floating], points: Points) -> NDArray[np.float64]:
    """Sum what the eigenproblem needs, for each network.

    Parameters
    ----------
    jacobian : (N, P, H, D), derivative of the hidden layer by the point
    points : (P, D)

    Returns
    -------
    array of shape (N, 2, F, F)
        Σ (J v_i)·(J v_j) and Σ |J|² v_i·v_j for the F rigid motions, divided by Σ |J|², so that
        networks of any scale can be added.
    """
    fields = rigid_fields(points.T)
    # Which order of sums einsum takes decides the last bits.
    optimize = points.shape[1] != 2

    def of(one: NDArray[np.float64]) -> NDArray[np.float64]:
        along = np.einsum("phd,idp->iph", one, fields, optimize=optimize).reshape(len(fields), -1)
        size = (one**2).sum(axis=(1, 2))
        lengths = np.einsum("p,idp,jdp->ij", size, fields, fields, optimize=optimize)
        return np.stack([along @ along.T, lengths]) / (float(size.sum()) + 1e-30)

    # One at a time: a network's sums must not depend, to the last bit, on its neighbours.
    return np.stack([of(one.astype(np.float64)) for one in jacobian])


def best_flow(summed: NDArray[np.float64]) -> Flow:
    """Find the flow of least defect from the sums (N, 2, 3, 3) of N networks."""
    kind, where, vector = _least(summed)
    each = np.einsum("i,nkij,j->nk", vector, summed, vector)
    defects = np.sqrt(np.maximum(each[:, 0], 0) / np.maximum(each[:, 1], 1e-30))
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(summed), (DRAWS, len(summed)))
    interval = np.percentile(defects[drawn].mean(axis=1), (2.5, 97.5))
    # The places of those resamples that find the same kind.
    others = [found for found in (_least(summed[some]) for some in drawn) if found[0] == kind]
    flow = Flow(
        kind,
        float(defects.mean()),
        float(defects.std()),
        (float(interval[0]), float(interval[1])),
    )
    if kind == "round":
        away = np.array([other - where for _, other, _ in others])
        error = float(np.sqrt((away**2).sum(axis=1).mean()))
        return replace(flow, centre=(float(where[0]), float(where[1])), error=error)
    turned = np.array([(other[0] - where[0] + 90) % 180 - 90 for _, other, _ in others])
    return replace(flow, angle_deg=float(where[0]), error=float(np.sqrt((turned**2).mean())))


def _least(summed: NDArray[np.float64]) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """Return kind, centre (2,) or direction in degrees (1,), and the field's coefficients."""
    change, length = summed.mean(axis=0)
    _, vectors = eigh(change, length + 1e-12 * np.eye(3))
    a, b, turn = vectors[:, 0]
    if abs(turn) * FARTHEST > float(np.hypot(a, b)):
        return "round", np.array([-b / turn, a / turn]), vectors[:, 0]
    return "stripes", np.array([np.rad2deg(np.arctan2(b, a)) % 180]), vectors[:, 0]


def judged(flow: Flow, decoys: Sequence[Ensemble], points: Points) -> Flow:
    """Follow a flow to finite times in the hidden layers, and say whether it is a symmetry.

    Every field of least defect is small somewhere; a symmetry also holds when points are moved far.

    Parameters
    ----------
    decoys : whose networks the flow was found from
    points : (P, 2), where the layers are compared, in the networks' square
    """
    least = np.inf
    layers = [(some.hidden, some.hidden(points)) for some in decoys]
    apart = [[unrelated(layer) for layer in here] for _, here in layers]
    for move in flow.moves():
        moved = move(points)
        values = [
            moved_agreement(moved, hidden, here, far, LEAST_SHARE)
            for (hidden, here), far in zip(layers, apart, strict=True)
        ]
        compared = [value for value in values if value is not None]
        if compared:
            least = min(least, float(np.mean(np.concatenate(compared))))
    if not np.isfinite(least):
        return flow
    agreement = least
    small = flow.defect_interval[1] <= LARGEST_DEFECT
    if small and agreement >= AGREEING:
        verdict = Verdict.SYMMETRIC
    elif agreement <= DISAGREEING:
        verdict = Verdict.NONE
    else:
        verdict = Verdict.UNDECIDED
    return replace(flow, agreement=agreement, verdict=verdict)


GROUPS = {"stripes": "T", "round": "O(2)"}


def generator_row(flow: Flow | None, outcome: str, message: str | None) -> dict[str, Any]:
    """Return verdict, group and generator of a picture as plain values, ready for JSON.

    Parameters
    ----------
    flow : of the picture's networks; None if it has none
    outcome, message : of its score; but for "ok" nothing is concluded
    """
    verdict = flow.verdict if flow is not None and outcome == "ok" else Verdict.UNDECIDED
    symmetric = flow is not None and verdict is Verdict.SYMMETRIC
    arrays = arrays_of(flow)
    return {
        "outcome": outcome,
        "message": message,
        "verdict": str(verdict),
        "group": GROUPS[flow.kind] if flow is not None and symmetric else "none",
        "generators": arrays["lie_algebra"].tolist() if symmetric else [],
        "shifts": arrays["shifts"].tolist() if symmetric else [],
        "flow": flow.to_row() if flow is not None else None,
    }


def arrays_of(flow: Flow | None) -> dict[str, NDArray[np.float64]]:
    """Return the generator A (x - centre) + b as plain arrays, in the form of Algebra.arrays."""
    none = np.zeros((0, 2, 2))
    arrays = {"lie_algebra": none, "discrete_generators": none, "centre": np.zeros(2)}
    if flow is None or flow.verdict is not Verdict.SYMMETRIC:
        return arrays | {"shifts": np.zeros((0, 2))}
    if flow.centre is not None:
        turn = np.array([[[0.0, -1.0], [1.0, 0.0]]])
        return arrays | {
            "lie_algebra": turn,
            "centre": np.array(flow.centre),
            "shifts": np.zeros((1, 2)),
        }
    angle = np.deg2rad(flow.angle_deg or 0.0)
    along = np.array([[np.cos(angle), np.sin(angle)]])
    return arrays | {"lie_algebra": np.zeros((1, 2, 2)), "shifts": along}
