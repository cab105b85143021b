"""The periods of a signal or volume: all shifts compared at once, the best placed between cells.

Agreements under every shift of the grid come from a few Fourier transforms, as in normalised
cross-correlation with masks (Padfield, IEEE Trans. Image Process. 21 (2012) 2706). A peak is a
period only where it stands out from what lies between it and the periods already known: what is
smooth agrees with itself after any short shift. Its place is then fitted to the values themselves
as in image registration (Lucas and Kanade, IJCAI 1981).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import map_coordinates, maximum_filter

from symscope.features.agreement import LEAST_OVERLAP, Floats, Scene, compared, sample_points
from symscope.features.moves import KINDS, PERIODS

MOST_CELLS = {1: 4096, 3: 64}
"""Cells along an axis of the grid on which all shifts are compared, by dimension."""

SHORTEST = 5.0
"""Cells of that grid: shifts shorter than this do not stand out."""

CANDIDATES = 40
"""Peaks that are placed between the cells."""

PROMINENCE = 0.12
"""How far, from a period to a known one, the agreement must fall between the two."""

BESIDE = 0.05
"""Periods whose agreement is that much below the best one's are chance resemblance."""

MULTIPLES = 3
"""Multiples of a period that take part in the fit: an error of theirs is divided by their number.
"""

FITTED = {1: 4096, 3: 8192}
"""Points at which a period is fitted."""

ROUNDS = 12
"""Most steps of the fit; three or four do."""

DAMPING = 1e-3
"""Added to the fit's equations, in units of their mean: it holds still what nothing determines."""

DONE = 0.01
"""Cells: a step of the fit that is shorter ends it."""

FARTHEST = 2.5
"""Cells by which a fit may move a peak; farther away lies another."""

LONGER = 0.1
"""Half frames by which a peak may be longer than the longest period, before it is placed."""

SAME = 0.06
"""Half frames within which two shifts are one."""


@dataclass(frozen=True)
class Periods:
    """What was found.

    Attributes
    ----------
    vectors : ndarray of shape (rank, D), in half frames
    agreement : ndarray of shape (rank,)
    strongest : agreement of the best peak that stands out, there or not
    best : that peak, a shift (D,), and its agreement; None if no peak stands out
    """

    vectors: Floats
    agreement: Floats
    strongest: float
    best: tuple[Floats, float] | None = None


def find_periods(fine: Scene, limit: float) -> Periods:
    """Find the shortest independent periods, at most D, of a scene of one channel."""
    peaks = _peaks(fine)
    placed = np.array([_placed(peak, fine, 1) for peak in peaks]).reshape(-1, fine.dimension)
    agreement = _at(placed, fine)
    nowhere = np.zeros(fine.dimension)
    out = [_stands_out(v, nowhere, a, fine) for v, a in zip(placed, agreement, strict=True)]
    placed, agreement = placed[np.array(out, bool)], agreement[np.array(out, bool)]
    strongest = float(agreement.max(initial=0.0))
    good = agreement >= max(limit, strongest - BESIDE)
    chosen: list[Floats] = []
    for number in np.argsort(np.linalg.norm(placed, axis=1), kind="stable"):
        if good[number] and _is_new(placed[number], float(agreement[number]), chosen, fine):
            chosen.append(placed[number])
    vectors = np.array([_placed(v, fine, MULTIPLES) for v in chosen]).reshape(-1, fine.dimension)
    first = int(agreement.argmax()) if len(agreement) else None
    best = None if first is None else (placed[first], strongest)
    return Periods(vectors, _at(vectors, fine), strongest, best)


def shift_agreements(values: NDArray[np.floating], floor: float) -> NDArray[np.float64]:
    """Compare values (side, …) with themselves after every shift of whole cells.

    The agreement of agreement.py, at all cells that both have instead of at some points.

    Returns
    -------
    array of shape (2 side - 1, …)
        No shift lies in the middle; -1 where less than LEAST_OVERLAP of the frame is compared.
    """
    side, size = values.shape[0], values.ndim
    field = values.astype(np.float64) - values.mean()
    shape = (fft.next_fast_len(2 * side - 1, real=True),) * size
    of_field, of_square, of_frame = (
        np.asarray(fft.rfftn(one, shape)) for one in (field, field**2, np.ones_like(field))
    )

    def correlated(one: NDArray, other: NDArray) -> NDArray[np.float64]:
        sums = np.asarray(fft.irfftn(one.conj() * other, shape))
        return sums[np.ix_(*[np.arange(1 - side, side)] * size)]

    away = np.abs(np.arange(1 - side, side))
    count = np.ones(())
    for _ in range(size):
        count = np.multiply.outer(count, side - away)
    here = correlated(of_field, of_frame)
    there = np.flip(here)
    squares = correlated(of_square, of_frame)
    cov = correlated(of_field, of_field) - here * there / count
    var = squares + np.flip(squares) - (here**2 + there**2) / count
    agreement = 2 * cov / (var + 2 * floor * float((field**2).mean()) * count + 1e-9)
    return np.where(count >= LEAST_OVERLAP * side**size, agreement, -1.0)


def _peaks(fine: Scene) -> Floats:
    """List the shifts of greatest agreement among their neighbours, best first: (T, D)."""
    values = fine.values[0]
    step = max(1, fine.side // MOST_CELLS[fine.dimension])
    values = values[(slice(None, None, step),) * fine.dimension]
    side, size = values.shape[0], fine.dimension
    agreement = shift_agreements(values, fine.floor)
    top = (agreement == maximum_filter(agreement, 3)) & (agreement > 0)
    shifts = np.argwhere(top) - (side - 1)
    length = np.linalg.norm(shifts, axis=1)
    first = (shifts != 0) * np.arange(1, size + 1)
    half = shifts[np.arange(len(shifts)), first.argmax(axis=1)] > 0  # v and -v are one
    kept = half & (length >= SHORTEST) & (length * 2 / side <= PERIODS[1] + LONGER)
    order = np.argsort(-agreement[top][kept], kind="stable")[:CANDIDATES]
    return shifts[kept][order] * (2 / side)


def _at(vectors: Floats, fine: Scene) -> Floats:
    """Agreement under shifts (T, D): (T,)."""
    agreement = compared(fine, KINDS["translation"].make(vectors), ((0,),))
    return agreement[:, 0, 0].astype(np.float64)


def _stands_out(vector: Floats, other: Floats, value: float, fine: Scene) -> bool:
    """Whether the agreement falls between a period and another, or none (zero)."""
    between = other + np.linspace(0.1, 0.9, 9)[:, None] * (vector - other)
    agreement = _at(between, fine)
    agreement = agreement[agreement > -1]
    return bool(len(agreement) and agreement.min() < value - PROMINENCE)


def _is_new(vector: Floats, value: float, chosen: list[Floats], fine: Scene) -> bool:
    """Whether a period does not follow from those chosen, and is no blur of theirs."""
    if not chosen:
        return True
    if len(chosen) == fine.dimension:
        return False
    basis = np.array(chosen)
    rest = vector - basis.T @ np.linalg.lstsq(basis.T, vector, rcond=None)[0]
    if np.linalg.norm(rest) < SAME:
        return False
    known = np.array(list(product((-2, -1, 0, 1, 2), repeat=len(basis)))) @ basis
    known = known[np.abs(known).max(axis=1) < 2 - SAME]
    return all(_stands_out(vector, other, value, fine) for other in known)


def _placed(vector: Floats, fine: Scene, multiples: int) -> Floats:
    """Fit a period to the values: the shift by which, and by its multiples, they change least."""
    now, cells = vector, 2 / fine.side
    points = sample_points(fine.dimension, FITTED[fine.dimension])
    values, slopes = fine.values[0], fine.slopes
    here = _between_cells(values, points)
    for _ in range(ROUNDS):
        left, right = np.zeros((fine.dimension,) * 2), np.zeros(fine.dimension)
        for times in range(1, multiples + 1):
            moved = points + times * now
            inside = (np.abs(moved) < 1 - cells).all(axis=1)
            if inside.mean() < LEAST_OVERLAP and times > 1:
                break
            there = moved[inside]
            slope = times * np.stack([_between_cells(s, there) for s in slopes], axis=1)
            left += slope.T @ slope
            right += slope.T @ (here[inside] - _between_cells(values, there))
        # A direction in which nothing changes stays as it is.
        damping = DAMPING * np.trace(left) / fine.dimension + 1e-12
        step = np.linalg.solve(left + damping * np.eye(fine.dimension), right)
        now = now + step * min(1.0, cells / max(np.linalg.norm(step), 1e-12))
        if np.linalg.norm(step) < DONE * cells:
            break
    return now if np.linalg.norm(now - vector) < FARTHEST * cells else vector


def _between_cells(values: NDArray[np.floating], points: Floats) -> Floats:
    """Look up values (side, …) at points (P, D), linearly between the cells."""
    side = values.shape[0]
    places = ((points + 1) * (side / 2) - 0.5).T
    return np.asarray(map_coordinates(values, places, np.float64, order=1, mode="nearest"))
