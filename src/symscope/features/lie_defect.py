"""The continuous symmetry of the hidden layer: the shift or rotation that changes it least.

A layer h is unchanged by the flow of a field of vectors v exactly if its Jacobian J sends v to 0
everywhere (LieGG, arXiv:2210.04345). Of all infinitesimal shifts and rotations of the plane,
v(x) = (a, b) + ω (-y, x), the one of least *defect*

    ρ² = Σ |J v|² / Σ |J|² |v|²

solves a generalised eigenproblem of size three. ρ = 0: symmetric; 1/√2 = 0.71: unrelated.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

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
    sums = []
    # One at a time: a network's sums must not depend, to the last bit, on its neighbours.
    for network in jacobian:
        slopes = network.astype(np.float64)
        along = np.einsum("phd,idp->iph", slopes, fields, optimize=optimize)
        along = along.reshape(len(fields), -1)
        size = (slopes**2).sum(axis=(1, 2))
        lengths = np.einsum("p,idp,jdp->ij", size, fields, fields, optimize=optimize)
        sums.append(np.stack([along @ along.T, lengths]) / (float(size.sum()) + 1e-30))
    return np.stack(sums)


def best_flow(summed: NDArray[np.float64]) -> Flow:
    """Find the flow of least defect from the sums (N, 2, 3, 3) of N networks."""
    count = len(summed)
    drawn = np.random.default_rng(0).integers(0, count, (DRAWS, count))
    solutions = []
    for networks in (np.arange(count), *drawn):
        change, length = summed[networks].mean(axis=0)
        vector = eigh(change, length + 1e-12 * np.eye(3))[1][:, 0]
        a, b, turn = vector
        if abs(turn) * FARTHEST > float(np.hypot(a, b)):
            solutions.append(("round", np.array([-b / turn, a / turn]), vector))
        else:
            solutions.append(("stripes", np.array([np.rad2deg(np.arctan2(b, a)) % 180]), vector))
    (kind, where, vector), *resampled = solutions
    each = np.einsum("i,nkij,j->nk", vector, summed, vector)
    defects = np.sqrt(np.maximum(each[:, 0], 0) / np.maximum(each[:, 1], 1e-30))
    low, high = np.percentile(defects[drawn].mean(axis=1), (2.5, 97.5))
    flow = Flow(kind, float(defects.mean()), float(defects.std()), (float(low), float(high)))
    # How far those resamples lie that are of the same kind.
    away = [other - where for of_kind, other, _ in resampled if of_kind == kind]
    away = np.array(away).reshape(-1, len(where))
    if kind == "round":
        error = float(np.sqrt((away**2).sum(axis=1).mean()))
        return replace(flow, centre=(float(where[0]), float(where[1])), error=error)
    turned = (away[:, 0] + 90) % 180 - 90
    return replace(flow, angle_deg=float(where[0]), error=float(np.sqrt((turned**2).mean())))


def judged(flow: Flow, decoys: Sequence[Ensemble], points: Points, scale: float = 1.0) -> Flow:
    """Follow a flow to finite times in the hidden layers, and say whether it is a symmetry.

    Every field of least defect is small somewhere; a symmetry also holds when points are moved far.

    Parameters
    ----------
    decoys : whose networks the flow was found from
    points : (P, 2), where the layers are compared, in the networks' square
    scale : half a side of the networks' square, in the unit of length of the Flow that is returned
    """
    # Where the flow moves the points.
    if flow.centre is None:
        angle = np.deg2rad(flow.angle_deg or 0.0)
        along = np.array([np.cos(angle), np.sin(angle)])
        moved = [points + shift * along for shift in SHIFTS]
    else:
        centre = np.array(flow.centre)
        turns = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in TURNS]
        moved = [(points - centre) @ turn.T + centre for turn in turns]
        error = None if flow.error is None else flow.error * scale
        x, y = flow.centre
        flow = replace(flow, centre=(x * scale, y * scale), error=error)
    # The layers' agreement there: (moves, networks); the least over the moves counts.
    layers = [moved_agreement(each.hidden, points, moved, LEAST_SHARE) for each in decoys]
    means = [float(values.mean()) for values in np.concatenate(layers, axis=1)]
    agreement = min((mean for mean in means if np.isfinite(mean)), default=None)
    if agreement is None:
        return flow
    small = flow.defect_interval[1] <= LARGEST_DEFECT
    if small and agreement >= AGREEING:
        verdict = Verdict.SYMMETRIC
    elif agreement <= DISAGREEING:
        verdict = Verdict.NONE
    else:
        verdict = Verdict.UNDECIDED
    return replace(flow, agreement=agreement, verdict=verdict)


def moved_agreement(
    hidden: Callable[[Points], NDArray[np.float32]],
    points: Points,
    moved: Iterable[Points],
    least: float,
) -> NDArray[np.float64]:
    """Compare the layers of N networks with themselves at moved points.

    The agreement is 1 - E|h(gx) - h(x)|² / E|h(x) - h(x')|² over the points that stay in the frame:
    1 = the same vectors, 0 = as for unrelated points x'.

    Parameters
    ----------
    hidden : points (P, D) → (N, P, H)
    points : x, (P, D)
    moved : g·x of each of the moves, (P, D)
    least : share of the points that must stay in the frame [-1, 1]^D

    Returns
    -------
    array of shape (moves, N), NaN where too few points stay in the frame
    """
    here = hidden(points)
    unrelated = [2 * float(h.var(axis=0, dtype=np.float64).sum()) + 1e-12 for h in here]
    agreement = []
    for places in moved:
        inside = np.asarray((np.abs(places) <= 1).all(axis=1))
        if float(inside.mean()) < least:
            agreement.append([np.nan] * len(here))
            continue
        there = hidden(np.where(inside[:, None], places, 0.0))
        distances = []
        # One at a time: a network's value must not depend, to the last bit, on its neighbours.
        for before, after in zip(here, there, strict=True):
            away = np.subtract(after[inside], before[inside], dtype=np.float64)
            distances.append(float((away**2).sum(axis=1).mean()))
        agreement.append([1 - d / far for d, far in zip(distances, unrelated, strict=True)])
    return np.array(agreement).reshape(-1, len(here))


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
