"""The lattice of a picture's periods: its shortest vectors, and what kind of lattice they make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.elements.element import Element

SAME_LENGTH = 0.03
"""Relative difference up to which two lattice vectors count as equally long."""

SAME_ANGLE = 1.5
"""Degrees up to which an angle counts as 60° or 90°."""

LATTICE_ORDERS = {
    "oblique": 2,
    "rectangular": 2,
    "centred rectangular": 2,
    "square": 4,
    "hexagonal": 6,
}
"""The five Bravais lattices of the plane with their rotation orders."""


def lattice_basis(surface: NDArray[Any], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit the shortest basis of the lattice of a picture's periods to the peaks of its correlation.

    Parameters
    ----------
    surface : correlation of the picture with itself, by shift; no shift in the middle
    shifts : array of shape (P, 2), where its peaks are, x right and y up, in pixels

    Returns
    -------
    array of shape (1 or 2, 2)
        One vector if all shifts lie along one line.
    """
    shifts = shifts[np.argsort(np.hypot(*shifts.T))]
    a = shifts[0]
    area = np.abs(a[0] * shifts[:, 1] - a[1] * shifts[:, 0])
    across = np.flatnonzero(area / np.hypot(*a) / np.hypot(*shifts.T) > 0.25)
    basis = shifts[:1]
    if len(across):
        # Lagrange–Gauss reduction: the shortest two vectors that make the same lattice.
        b, times = shifts[across[0]], 1
        while times:
            if np.hypot(*b) < np.hypot(*a):
                a, b = b, a
            times = round(float(a @ b) / float(a @ a))
            b = b - times * a
        basis = np.stack([a, b if a @ b >= -1e-9 * (a @ a) else -b])

    # All of the lattice's peaks that can be seen, from the nearest to those farther away.
    middle = np.array(surface.shape) // 2
    for reach in (1, 2, 4, 8):
        count = np.arange(-reach, reach + 1)
        mesh = np.stack(np.meshgrid(*[count] * len(basis), indexing="ij"), axis=-1)
        rows, places, weights = [], [], []
        for multiple in mesh.reshape(-1, len(basis)):
            guess = multiple @ basis
            row, column = middle[0] - guess[1], middle[1] + guess[0]
            peak = _peak_near(surface, row, column) if multiple.any() else None
            if peak is not None:
                rows.append(multiple)
                places.append([peak[1] - middle[1], middle[0] - peak[0]])
                weights.append(peak[2])
        # Peaks along one line say nothing of the other period.
        if len(rows) == 0 or np.linalg.matrix_rank(rows) < len(basis):
            break
        weight = np.sqrt(np.array(weights))[:, None]
        basis = np.linalg.lstsq(np.array(rows) * weight, np.array(places) * weight, rcond=None)[0]
    return basis


def _peak_near(
    surface: NDArray[Any], row: float, column: float
) -> tuple[float, float, float] | None:
    """Find the peak within two pixels, by parabolas through its neighbours."""
    r, c = round(row), round(column)
    if not (3 <= r < surface.shape[0] - 3 and 3 <= c < surface.shape[1] - 3):
        return None
    near = surface[r - 2 : r + 3, c - 2 : c + 3]
    dr, dc = np.unravel_index(near.argmax(), near.shape)
    r, c = r + int(dr) - 2, c + int(dc) - 2
    value = float(surface[r, c])
    around = surface[r - 1 : r + 2, c - 1 : c + 2]
    if value < 0.3 or value < around.max() or around.min() <= -1:
        return None

    def vertex(low: float, high: float) -> float:
        bend = low + high - 2 * value
        return 0.0 if bend >= 0 else float(np.clip((low - high) / (2 * bend), -0.5, 0.5))

    return r + vertex(around[0, 1], around[2, 1]), c + vertex(around[1, 0], around[1, 2]), value


def bravais(translations: Sequence[Element]) -> str | None:
    """Name the Bravais lattice that two shortest vectors make; None for fewer.

    A lattice is centred rectangular if its shortest vectors are equally long, or if one's
    projection on the other is half of it.
    """
    if len(translations) < 2:
        return None
    a, b = (np.array(item.vector) for item in translations[:2])
    long, short = sorted((float(np.hypot(*a)), float(np.hypot(*b))), reverse=True)
    dot = abs(float(a @ b))
    angle = float(np.rad2deg(np.arccos(np.clip(dot / (long * short), 0, 1))))
    equal, right = long / short < 1 + SAME_LENGTH, abs(angle - 90) < SAME_ANGLE
    if equal and abs(angle - 60) < SAME_ANGLE:
        return "hexagonal"
    if right:
        return "square" if equal else "rectangular"
    if equal or abs(dot / short**2 - 0.5) < SAME_LENGTH:
        return "centred rectangular"
    return "oblique"
