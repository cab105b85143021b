"""What a classifier of signals or volumes is given: agreements of the best elements, and the plane.

The fixed part of the classifier, as correlation.py is for pictures. Elements of every kind are looked
for in a network's leading components and refined there; how well the best ones agree, and how many
others agree, is told in numbers of fixed order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from symscope.features.agreement import Floats, Scene, compared
from symscope.features.lie_defect import rigid_fields
from symscope.features.moves import KINDS, OF_DIMENSION
from symscope.features.pca import COMPONENTS, GRID
from symscope.features.search import search

GROUPS = ((0,), tuple(range(1, COMPONENTS)), (0, 1))
"""Components compared together: the first, the others; and those by which elements are found,
which hold 0.97 of the variance of a trained layer."""

TRIES = 3
"""Elements of each kind refined and told of."""

QUANTILES = (0.0, 0.01, 0.05, 0.2, 0.5)
"""Places in the falling order of all agreements tried at which they are told."""

Features = dict[str, Any]
"""``numbers`` (F,) and ``plane`` (GRID, GRID)."""


def scene_of(maps: NDArray[np.floating]) -> Scene:
    """Make a scene of maps (k ≤ K, side, …, side); those that are missing are zero."""
    full = np.zeros((COMPONENTS, *maps.shape[1:]), np.float32)
    full[: len(maps)] = maps
    # A network's maps are smooth and coarse; pixels are neither.
    return Scene.of(full, finer=2 if maps.ndim == 4 and len(maps) > 1 else 1)


def numbers(maps: NDArray[np.floating]) -> NDArray[np.float32]:
    """Measure maps (k, side, …, side) of one network, or pixels (1, side, …, side) → (F,)."""
    dimension = maps.ndim - 1
    scene = scene_of(maps)
    parts: list[Any] = []
    for kind in OF_DIMENSION[dimension]:
        found = search(scene, KINDS[kind], TRIES, GROUPS)
        parts.append(found.agreement.mean(axis=1).ravel())
        if found.agreement.shape[1] > 1:
            parts.append(found.agreement[..., -1].min(axis=1))
        places = [int(q * (len(found.spectrum) - 1)) for q in QUANTILES]
        parts.append(found.spectrum[places])
        if kind == "translation":
            # A period's half is none, and its double is one.
            for factor in (0.5, 1.5, 2.0):
                others = compared(scene, KINDS[kind].make(factor * found.parameters), GROUPS[-1:])
                parts.append(others.ravel())
                parts.append(np.linalg.norm(found.parameters, axis=1) if factor == 2 else [])
    if dimension == 3:
        parts.append(defects(maps[: max(GROUPS[-1]) + 1]))
    # What decides lies between chance (0.4) and exact (0.9).
    return (4 * (np.concatenate(parts) - 0.5)).astype(np.float32)


def defects(maps: NDArray[np.floating]) -> Floats:
    """Measure how far maps (k, side, side, side) are from flows of rigid motions.

    The defects ρ of features/lie_defect.py, by differences between cells.

    Returns
    -------
    array of shape (9,)
        Of the best fields in rising order: three of the shifts alone, six of all rigid motions.
    """
    side = maps.shape[-1]
    slopes = np.stack([np.gradient(m.astype(np.float64)) for m in maps])  # (k, 3, s, s, s)
    slopes = slopes[..., 1:-1, 1:-1, 1:-1].reshape(len(maps), 3, -1)
    along = (2 * np.arange(1, side - 1) + 1 - side) / side
    place = np.stack(np.meshgrid(along, along, along, indexing="ij")).reshape(3, -1)
    fields = rigid_fields(place)
    size = (slopes**2).sum(axis=(0, 1))
    total = float(size.sum()) + 1e-12
    change = np.einsum("kdp,fdp->fkp", slopes, fields).reshape(6, -1)
    change = change @ change.T / total
    length = np.einsum("p,idp,jdp->ij", size, fields, fields) / total + 1e-9 * np.eye(6)
    shifts = eigh(change[:3, :3], length[:3, :3], eigvals_only=True)
    every = eigh(change, length, eigvals_only=True)
    return np.sqrt(np.maximum(np.concatenate([shifts, every]), 0))


def features(
    maps: NDArray[np.floating] | None, plane: NDArray[np.floating] | None, dimension: int
) -> Features:
    """Arrange what a classifier takes of one network; what it is not given is zero."""
    told = numbers(maps) if maps is not None else np.zeros(count_numbers(dimension), np.float32)
    shown = np.zeros((GRID, GRID), np.float32) if plane is None else plane.astype(np.float32)
    return {"numbers": told, "plane": shown}


def count_numbers(dimension: int) -> int:
    """Count the numbers F of a field of D dimensions."""
    moves = {"mirror": 1, "round": 3, "spherical": 6, "stripes": 4, "translation": 1}
    count = 0
    for kind in OF_DIMENSION.get(dimension, ()):
        count += TRIES * len(GROUPS) + TRIES * (moves[kind] > 1) + len(QUANTILES)
        count += 4 * TRIES * (kind == "translation")
    return count + 9 * (dimension == 3)
