"""The lattice of a picture: its shortest translations, and what kind of lattice they make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from skimage.feature import peak_local_max

from symscope.elements.element import Element
from symscope.elements.scene import LEAST_REPEATED, Image, Scene, refined
from symscope.features.correlation import shift_agreement
from symscope.groups import Isometry

NEAR_BEST = 0.12
"""Peaks whose correlation is that much below the highest are no periods, but near repeats."""

LEAST_PEAK = 0.45
"""Least correlation of a period's peak."""

DIP = 0.15
"""How far the correlation must fall between no shift and a period: a ridge is not a period."""

SAME_LENGTH = 0.03
"""Relative difference up to which two lattice vectors count as equally long."""

SAME_ANGLE = 1.5
"""Degrees up to which an angle counts as 60° or 90°."""

LONG = 0.4
"""Length, with the picture's longer side 2, from which a period is refined by itself."""

LATTICE_ORDERS = {
    "oblique": 2,
    "rectangular": 2,
    "centred rectangular": 2,
    "square": 4,
    "hexagonal": 6,
}
"""The five Bravais lattices of the plane with their rotation orders."""


def translations(scene: Scene) -> list[Element]:
    """Find the shortest basis of the lattice, or the one period of a frieze."""
    surface, overlap = (a[0] for a in shift_agreement(scene.smooth, np.eye(2)[None]))
    middle = np.array(surface.shape) // 2
    surface = np.where(overlap >= LEAST_REPEATED, surface, -1.0)
    peaks = peak_local_max(surface, min_distance=2, threshold_abs=0.3, num_peaks=5000)
    shifts = (peaks - middle)[:, ::-1] * [1.0, -1.0]  # (x, y) in pixels
    value = surface[tuple(peaks.T)]
    kept = [
        i
        for i, shift in enumerate(shifts)
        if (shift[1], shift[0]) > (0, 0) and _dips(surface, middle, peaks[i], value[i])
    ]
    if not kept:
        return []
    shifts, value = shifts[kept], value[kept]
    best = float(value.max())
    near = value >= max(best - NEAR_BEST, LEAST_PEAK)
    shifts, value = shifts[near], value[near]
    if not len(shifts):
        return []
    shifts = shifts[np.argsort(np.hypot(*shifts.T))]
    basis = [shifts[0]]
    for shift in shifts[1:]:
        area = abs(basis[0][0] * shift[1] - basis[0][1] * shift[0])
        sine = area / np.hypot(*basis[0]) / np.hypot(*shift)
        if sine > 0.25:
            basis.append(shift)
            break
    if len(basis) == 2:
        basis = _reduced(basis)
    exact = _fitted(surface, middle, np.array(basis))
    result = []
    for vector in exact * scene.step:
        # A fit to many periods is better than the comparison of neighbours; with few, it is not.
        if np.hypot(*vector) > LONG:
            steps = (0.3 * scene.step, 0.3 * scene.step)
            vector = refined(scene, _shift, vector, steps, LEAST_REPEATED)[0]
        moves = tuple(_shift(*vector))
        pixels, share = scene.agreement(moves[0])
        angle = float(np.rad2deg(np.arctan2(vector[1], vector[0])) % 180)
        place = (float(vector[0]), float(vector[1]))
        result.append(Element("translation", moves, pixels, share, angle_deg=angle, vector=place))
    return result


def _shift(x: float, y: float) -> list[Isometry]:
    return [Isometry.translation((x, y))]


def _dips(surface: Image, middle: NDArray[Any], peak: NDArray[Any], value: float) -> bool:
    """Whether the agreement falls between no shift and this one: a ridge is not a period."""
    steps = np.linspace(0, 1, 40)[1:-1, None]
    way = map_coordinates(surface, (middle + steps * (peak - middle)).T, order=1)
    return bool(way.min() < value - DIP)


def _reduced(basis: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Lagrange–Gauss reduction: the shortest two vectors that make the same lattice."""
    a, b = basis
    while True:
        if np.hypot(*b) < np.hypot(*a):
            a, b = b, a
        times = round(float(a @ b) / float(a @ a))
        if not times:
            return [a, b if a @ b >= -1e-9 * (a @ a) else -b]
        b = b - times * a


def _fitted(surface: Image, middle: NDArray[Any], basis: NDArray[Any]) -> NDArray[np.float64]:
    """Fit the basis (1 or 2, 2), in pixels, to all of the lattice's peaks that can be seen."""
    basis = basis.astype(np.float64)
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
        if len(rows) < len(basis):
            break
        weight = np.sqrt(np.array(weights))[:, None]
        basis = np.linalg.lstsq(np.array(rows) * weight, np.array(places) * weight, rcond=None)[0]
    return basis


def _peak_near(surface: Image, row: float, column: float) -> tuple[float, float, float] | None:
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


def bravais(found: Sequence[Element]) -> str | None:
    """Name the Bravais lattice that two shortest vectors make; None for fewer.

    A lattice is centred rectangular if its shortest vectors are equally long, or if one's
    projection on the other is half of it.
    """
    if len(found) < 2:
        return None
    a, b = (np.array(item.vector) for item in found[:2])
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
