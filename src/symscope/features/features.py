"""Last hidden layer → PCA pictures → features: what a classifier is given of a network.

Two pictures of the same principal components (arXiv:2103.06115 keeps two of them):

- ``plane``, the paper's: the points in the plane of the first two components, as a density. It does
  not know the dimension;
- ``maps``: each component as a map over the field.

What a classifier is given of them is how well they agree with their moved copies. Nothing of it is
learned. One interface, ``features``, and two ways to get there:

- pictures (two dimensions): normalised correlations with all mirrored, rotated and shifted copies
  (correlation.py), which are pictures too;
- signals and volumes: elements of every kind are looked for in a network's leading components and
  refined (search.py); how well the best ones agree, and how many others agree, stands in numbers
  of fixed order, beside the plane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from threadpoolctl import threadpool_limits

from symscope.features.agreement import Floats, Scene, compared
from symscope.features.correlation import element_maps
from symscope.features.lie_defect import rigid_fields
from symscope.features.moves import KINDS, OF_DIMENSION
from symscope.features.search import search
from symscope.field import cell_centres, pixel_centres
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import of_dimension

GRID = 32
"""Points along a side of a plane, and of a picture's maps (the layer can be asked anywhere)."""

ELSEWHERE = 8192
"""Points at which the layer is asked in other dimensions: no grid would be fine enough."""

COMPONENTS = 4
"""K, components kept as maps: they hold 0.99 of the variance of a trained layer."""

JOINT = 12
"""Components of the joint layer of all networks that are kept: they hold 0.95 of its variance."""

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


@dataclass(frozen=True)
class Pictures:
    """The PCA pictures of N networks.

    Attributes
    ----------
    maps : ndarray of shape (N, K, side, …, side), in units of the layer's total standard deviation;
        (N, K, P) in four dimensions and more, where there is no grid
    plane : ndarray of shape (N, GRID, GRID), logarithmic density in 0 … 1
    variance : ndarray of shape (N, K), share of the layer's variance in each component
    """

    maps: NDArray[np.float32]
    plane: NDArray[np.float32]
    variance: NDArray[np.float32]


def map_grid(dimension: int) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """Return the points (P, D) at which a layer is asked for its maps, and the maps' shape.

    >>> points, shape = map_grid(3)
    >>> points.shape, shape
    ((13824, 3), (24, 24, 24))
    """
    if dimension == 2:
        return pixel_centres(GRID, GRID).astype(np.float64), (GRID, GRID)
    side = of_dimension(dimension).map_side
    if side is None:
        points = np.random.default_rng(0).uniform(-1, 1, (ELSEWHERE, dimension))
        return points, (ELSEWHERE,)
    shape = (side,) * dimension
    return cell_centres(shape).astype(np.float64), shape


def pca_pictures(ensemble: Ensemble, dimension: int = 2) -> Pictures:
    """Ask N networks' last hidden layers on the grid of the maps → their PCA pictures."""
    points, shape = map_grid(dimension)
    # A picture's elements are compared in the layer on the same grid.
    return principal_components(ensemble.hidden(points, keep=dimension == 2), shape)


def principal_components(hidden: NDArray[np.float32], shape: Sequence[int]) -> Pictures:
    """Project hidden activations (N, P, H) on points of a grid of this shape, by PCA."""
    components, planes, shares = [], [], []
    # Several threads on matrices this small spend their time waiting for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        for layer in hidden:
            centred = layer.astype(np.float64)
            centred -= centred.mean(axis=0)
            covariance = centred.T @ centred
            values, vectors = np.linalg.eigh(covariance)
            values, vectors = values[: -COMPONENTS - 1 : -1], vectors[:, : -COMPONENTS - 1 : -1]
            # The largest weight of a component is positive.
            vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(COMPONENTS)])
            # Maps (K, P) are in units of the layer's total standard deviation.
            total = float(np.trace(covariance)) + 1e-12
            maps = ((vectors / np.sqrt(total / len(layer))).T @ centred.T).astype(np.float32)
            components.append(maps.reshape(-1, *shape))
            shares.append((values / total).astype(np.float32))
            # The plane is spanned by its largest coordinate, and counted as np.histogram2d counts:
            # a bin has its left edge, the last one both.
            reach = np.abs(maps[:2]).max() + 1e-9
            edges = np.linspace(-reach, reach, GRID + 1)
            right, up = np.clip(np.searchsorted(edges, maps[:2], "right") - 1, 0, GRID - 1)
            counts = np.bincount((GRID - 1 - up) * GRID + right, minlength=GRID**2)
            density = np.log1p(counts.reshape(GRID, GRID))
            planes.append((density / density.max()).astype(np.float32))
    return Pictures(np.stack(components), np.stack(planes), np.stack(shares))


def joint_components(
    hidden: NDArray[np.float32], count: int = JOINT
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Project the joint layer of N networks on its leading principal components.

    Each network's layer is centred and scaled to unit total variance; the joint layer is their
    concatenation, in which the accidents of single networks average out.

    Parameters
    ----------
    hidden : array of shape (N, P, H)

    Returns
    -------
    components : array of shape (count, P), in units of the joint layer's total deviation
    shares : array of shape (count,), of the joint layer's variance
    """
    project, shares = joint_projection(hidden, count)
    return project(hidden).T, shares


def joint_projection(
    hidden: NDArray[np.float32], count: int = JOINT
) -> tuple[Callable[[NDArray[np.float32]], NDArray[np.float32]], NDArray[np.float32]]:
    """Find the leading components of the joint layer → how any layer is projected, and shares.

    See ``joint_components``; the projection takes (N, Q, H) to (Q, count).
    """
    networks, points, width = hidden.shape
    mean = hidden.mean(axis=1, keepdims=True)
    scale = np.sqrt(((hidden - mean) ** 2).sum(axis=2).mean(axis=1) * networks + 1e-12)

    def joined(layer: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = (layer - mean) / scale[:, None, None]
        return scaled.transpose(1, 0, 2).reshape(-1, networks * width)

    joint = joined(hidden)
    # Subspace iteration: the leading components of a layer whose spectrum falls fast. Halko,
    # Martinsson, Tropp, SIAM Review 53 (2011) 217.
    basis = np.random.default_rng(0).normal(size=(networks * width, count + 8)).astype(np.float32)
    for _ in range(4):
        basis = np.linalg.qr(joint.T @ (joint @ basis))[0]
    _, values, right = np.linalg.svd(joint @ basis, full_matrices=False)
    directions = (basis @ right.T)[:, :count]
    # The largest value of a component is positive.
    components = joint @ directions
    largest = np.abs(components).argmax(axis=0)
    directions = directions * np.sign(components[largest, np.arange(components.shape[1])])
    shares = (values[:count] ** 2 / points).astype(np.float32)
    return lambda layer: (joined(layer) @ directions).astype(np.float32), shares


def beyond_colour(
    hidden: NDArray[np.float32], directions: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Project the output's directions out of the hidden layer: what it knows beyond the colour.

    Parameters
    ----------
    hidden : ndarray of shape (N, P, H)
    directions : ndarray of shape (N, H, outputs)
    """
    basis = np.linalg.qr(directions)[0]
    return hidden - (hidden @ basis) @ basis.transpose(0, 2, 1)


def pixel_maps(levels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Take a field's own levels (side, …) for maps (1, side, …), as the controls look at them.

    A picture's are averaged to GRID × GRID points and lie in [-1, 1].
    """
    if levels.ndim != 2:
        return levels[None].astype(np.float32)
    step = levels.shape[0] // GRID
    small = levels.reshape(GRID, step, GRID, step).astype(np.float32).mean(axis=(1, 3))
    return (2 * small - 1)[None]


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
    if dimension != 2:
        measured = np.zeros((count, count_numbers(dimension)), np.float32)
        if maps is not None:
            measured = np.stack([numbers(network) for network in maps])
        if plane is None:
            plane = np.zeros((count, GRID, GRID), np.float32)
        return {"numbers": measured, "plane": plane.astype(np.float32)}
    side = GRID if maps is None else maps.shape[-1]
    channels = np.zeros((count, CHANNELS, side, side), np.float32)
    if maps is not None:
        channels[:, : maps.shape[1]] = maps
    if plane is not None:
        channels[:, COMPONENTS] = plane
    # Groups of channels that are zero everywhere are left out of the arithmetic; where all is
    # blank, one channel is correlated for the shapes.
    used = [g for g, group in enumerate(GROUPS) if np.any(channels[:, list(group)])]
    picked = [c for g in used for c in GROUPS[g]] or [0]
    groups = tuple(tuple(picked.index(c) for c in GROUPS[g]) for g in used) or ((0,),)
    correlations = element_maps(channels[:, picked], groups)
    result: Features = {"picture": channels}
    for name in ("mirror", "rotation", "translation"):
        agreement = getattr(correlations, name)
        result[name] = np.zeros((count, len(GROUPS), *agreement.shape[2:]), np.float32)
        result[name][:, used] = agreement[:, : len(used)]
    result["rotation"] = result["rotation"].reshape(count, -1, *result["rotation"].shape[-2:])
    return result


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
