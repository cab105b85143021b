"""What a classifier is given of a PCA picture: how well it agrees with its moved copies.

The fixed part of every classifier, of which nothing is learned. One interface, ``features``, and
two ways to get there:

- pictures (two dimensions): normalised correlations with all mirrored, rotated and shifted copies
  (correlation.py), which are pictures too;
- signals and volumes: elements of every kind are looked for in a network's leading components and
  refined (search.py); how well the best ones agree, and how many others agree, stands in numbers
  of fixed order, beside the plane.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from symscope.features.agreement import Floats, Scene, compared
from symscope.features.correlation import element_maps
from symscope.features.lie_defect import rigid_fields
from symscope.features.moves import KINDS, OF_DIMENSION
from symscope.features.pca import COMPONENTS, GRID
from symscope.features.search import search

CHANNELS = COMPONENTS + 1
"""Channels of a picture's features: the K maps, then the plane; what is not given is 0."""

GROUPS = ((0,), tuple(range(1, COMPONENTS)), (COMPONENTS,))
"""Channels compared as one vector: first component, the other components, plane."""

SEARCHED = ((0,), tuple(range(1, COMPONENTS)), (0, 1))
"""Components of signals and volumes compared together: the first, the others; and those by which
elements are found, which hold 0.97 of the variance of a trained layer."""

TRIES = 3
"""Elements of each kind refined."""

QUANTILES = (0.0, 0.01, 0.05, 0.2, 0.5)
"""Where in the falling order of all agreements tried they are read off."""

Features = dict[str, Any]
"""Arrays by name, with a leading axis N of networks: of pictures ``picture`` (N, CHANNELS, G, G),
``mirror``, ``rotation``, ``translation`` (see ElementMaps); of signals and volumes ``numbers``
(N, F) and ``plane`` (N, GRID, GRID)."""


def features(
    maps: NDArray[np.floating] | None, plane: NDArray[np.floating] | None, dimension: int
) -> Features:
    """Measure N networks' PCA pictures, as a classifier of D dimensions takes them.

    Parameters
    ----------
    maps : array of shape (N, k ≤ K, side, …, side), or None: what is not given is zero
    plane : array of shape (N, GRID, GRID), or None
    dimension : 1, 2 or 3

    Returns
    -------
    Features
        With leading axis N. Each network's are its own, whatever the others are.
    """
    count = len(maps) if maps is not None else len(plane) if plane is not None else 0
    if dimension == 2:
        side = GRID if maps is None else maps.shape[-1]
        channels = np.zeros((count, CHANNELS, side, side), np.float32)
        if maps is not None:
            channels[:, : maps.shape[1]] = maps
        if plane is not None:
            channels[:, COMPONENTS] = plane
        return _correlations(channels)
    flat = np.zeros((count, GRID, GRID), np.float32) if plane is None else plane.astype(np.float32)
    if maps is None:
        return {"numbers": np.zeros((count, count_numbers(dimension)), np.float32), "plane": flat}
    return {"numbers": np.stack([numbers(network) for network in maps]), "plane": flat}


def pixel_maps(levels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Take a field's own levels (side, …) for maps (1, side, …), as the controls look at them.

    A picture's are averaged to GRID × GRID points and lie in [-1, 1].
    """
    if levels.ndim != 2:
        return levels[None].astype(np.float32)
    step = levels.shape[0] // GRID
    small = levels.reshape(GRID, step, GRID, step).astype(np.float32).mean(axis=(1, 3))
    return (2 * small - 1)[None]


# Pictures


def _correlations(channels: NDArray[np.float32]) -> Features:
    """Correlate pictures (N, CHANNELS, G, G) with their moved copies.

    Groups of channels that are zero everywhere are left out of the arithmetic.
    """
    used = [g for g, group in enumerate(GROUPS) if np.any(channels[:, list(group)])]
    # Where all is blank, one channel is correlated for the shapes.
    picked = [c for g in used for c in GROUPS[g]] or [0]
    groups = tuple(tuple(picked.index(c) for c in GROUPS[g]) for g in used) or ((0,),)
    maps = element_maps(channels[:, picked], groups)
    result: Features = {"picture": channels}
    for name in ("mirror", "rotation", "translation"):
        agreement = getattr(maps, name)
        result[name] = np.zeros((len(channels), len(GROUPS), *agreement.shape[2:]), np.float32)
        result[name][:, used] = agreement[:, : len(used)]
    rotation = result["rotation"]
    result["rotation"] = rotation.reshape(len(channels), -1, *rotation.shape[-2:])
    return result


# Signals and volumes


def numbers(maps: NDArray[np.floating]) -> NDArray[np.float32]:
    """Measure maps (k ≤ K, side, …, side) of one network, or pixels (1, side, …, side) → (F,)."""
    dimension = maps.ndim - 1
    full = np.zeros((COMPONENTS, *maps.shape[1:]), np.float32)
    full[: len(maps)] = maps
    # A network's maps are smooth and coarse; pixels are neither.
    scene = Scene.of(full, finer=2 if dimension == 3 and len(maps) > 1 else 1)
    parts: list[Any] = []
    for kind in OF_DIMENSION[dimension]:
        best = search(scene, KINDS[kind], TRIES, SEARCHED)
        parts.append(best.agreement.mean(axis=1).ravel())
        if best.agreement.shape[1] > 1:
            parts.append(best.agreement[..., -1].min(axis=1))
        parts.append(best.spectrum[[int(q * (len(best.spectrum) - 1)) for q in QUANTILES]])
        if kind == "translation":
            # A period's half is none, and its double is one.
            for factor in (0.5, 1.5, 2.0):
                moves = KINDS[kind].make(factor * best.parameters)
                parts.append(compared(scene, moves, SEARCHED[-1:]).ravel())
            parts.append(np.linalg.norm(best.parameters, axis=1))
    if dimension == 3:
        parts.append(defects(maps[: max(SEARCHED[-1]) + 1]))
    # What decides lies between chance (0.4) and exact (0.9).
    return (4 * (np.concatenate(parts) - 0.5)).astype(np.float32)


def count_numbers(dimension: int) -> int:
    """Count the numbers F of a field of D dimensions."""
    moves = {"mirror": 1, "round": 3, "spherical": 6, "stripes": 4, "translation": 1}
    count = 0
    for kind in OF_DIMENSION[dimension]:
        count += TRIES * len(SEARCHED) + TRIES * (moves[kind] > 1) + len(QUANTILES)
        count += 4 * TRIES * (kind == "translation")
    return count + 9 * (dimension == 3)


def defects(maps: NDArray[np.floating]) -> Floats:
    """Measure how far maps (k, side, side, side) are from flows of rigid motions.

    The defects ρ of lie_defect.py, by differences between cells.

    Returns
    -------
    array of shape (9,)
        Of the best fields in rising order: three of the shifts alone, six of all rigid motions.
    """
    side = maps.shape[-1]
    slopes = np.stack([np.gradient(m.astype(np.float64)) for m in maps])  # (k, 3, s, s, s)
    slopes = slopes[..., 1:-1, 1:-1, 1:-1].reshape(len(maps), 3, -1)
    along = (2 * np.arange(1, side - 1) + 1 - side) / side
    points = np.stack(np.meshgrid(along, along, along, indexing="ij")).reshape(3, -1)
    fields = rigid_fields(points)
    size = (slopes**2).sum(axis=(0, 1))
    total = float(size.sum()) + 1e-12
    change = np.einsum("kdp,fdp->fkp", slopes, fields).reshape(6, -1)
    change = change @ change.T / total
    length = np.einsum("p,idp,jdp->ij", size, fields, fields) / total + 1e-9 * np.eye(6)
    shifts = eigh(change[:3, :3], length[:3, :3], eigvals_only=True)
    every = eigh(change, length, eigvals_only=True)
    return np.sqrt(np.maximum(np.concatenate([shifts, every]), 0))
