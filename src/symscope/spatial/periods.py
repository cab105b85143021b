"""From the shifts after which a signal or volume agrees with itself to its shortest periods."""

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from symscope.spatial.agreement import Floats, Scene, compared
from symscope.spatial.kinds import KINDS
from symscope.spatial.search import refined

DRIFT = 0.02
"""Half frames by which a period's fraction may lie beside the exact one: two thirds of a cell of
a volume's finest grid. With more, a climb ends at a shoulder of the next period."""

PEAK = 6.0
"""Half width, in cells of half a frame's finest grid, of the neighbourhood of a shift in which its
peak's top is looked for."""

MULTIPLES = 4
"""Multiples of a period that make it exact: an error of theirs is divided by their number."""

BESIDE = 0.08
"""Periods whose agreement is that much below the best one's are chance resemblance."""


def lattice(
    vectors: Floats, agreement: NDArray[np.float64], fine: Scene
) -> list[tuple[Floats, float]]:
    """Choose the shortest independent periods among shifts (T, D) that agree, at most D.

    Returns
    -------
    list of (vector, agreement), placed between the cells of the scene
    """
    good = agreement >= agreement.max(initial=0) - BESIDE
    found = [
        _divided(vector, value, fine)
        for vector, value in zip(vectors[good], agreement[good].tolist(), strict=True)
    ]
    chosen: list[tuple[Floats, float]] = []
    for vector, value in sorted(found, key=lambda one: float(np.linalg.norm(one[0]))):
        basis = np.array([v for v, _ in chosen]).reshape(-1, len(vector))
        rest = (
            vector - basis.T @ np.linalg.lstsq(basis.T, vector, rcond=None)[0]
            if len(basis)
            else vector
        )
        if np.linalg.norm(rest) > 0.3 * np.linalg.norm(vector):
            chosen.append((vector, value))
    return [(_precise(vector, value, fine), value) for vector, value in chosen]


def _precise(vector: Floats, value: float, fine: Scene) -> Floats:
    """Place a period between the cells: at the top of its peak, then of those of its multiples."""
    best = vector
    for times in range(1, MULTIPLES + 1):
        top, height = _top(times * best, fine)
        if top is None or height < value - BESIDE:
            break
        best = top / times
    return best


def _top(vector: Floats, fine: Scene) -> tuple[Floats | None, float]:
    """Fit a paraboloid to the agreement around a shift → (its top, agreement at the shift)."""
    size = len(vector)
    steps = np.array(list(product(np.linspace(-1, 1, 5), repeat=size)))
    shifts = vector + steps * (PEAK / fine.side)
    heights = compared(fine, KINDS["period"].make(shifts), ((0,),))[..., 0].mean(axis=1)
    heights = heights.astype(np.float64)
    if heights.min() <= -1:  # too little of the frame can be compared
        return None, 0.0
    pairs = np.triu_indices(size)
    squares = steps[:, pairs[0]] * steps[:, pairs[1]]
    design = np.concatenate([np.ones((len(steps), 1)), steps, squares], axis=1)
    fitted = np.linalg.lstsq(design, heights, rcond=None)[0]
    bend = np.zeros((size, size))
    bend[pairs] = fitted[1 + size :]
    bend = bend + bend.T
    if np.linalg.eigvalsh(bend).max() >= 0:
        return None, float(heights.max())
    top = -np.linalg.solve(bend, fitted[1 : 1 + size])
    if np.abs(top).max() > 1:
        return None, float(heights.max())
    return vector + top * (PEAK / fine.side), float(heights.max())


def _divided(vector: Floats, value: float, fine: Scene) -> tuple[Floats, float]:
    """Take a period's largest fraction that is a period too."""
    for part in (6, 5, 4, 3, 2):
        guess = vector / part
        if np.linalg.norm(guess) < 4 / fine.side:
            continue
        # Farther away lies another period, not a fraction of this one.
        kind = replace(
            KINDS["period"],
            steps=lambda d: np.full(d, DRIFT / 2),
            allowed=lambda p, guess=guess: np.linalg.norm(p - guess, axis=1) <= DRIFT,
        )
        best = refined(fine, kind, guess[None], ((0,),), sweeps=10)
        found = float(compared(fine, kind.make(best), ((0,),)).mean())
        # Short shifts agree by smoothness: a period agrees where its half does not.
        half = float(compared(fine, kind.make(best / 2), ((0,),)).mean())
        if found >= value - 0.05 and half < found - 0.1:
            return best[0], found
    return vector, value
