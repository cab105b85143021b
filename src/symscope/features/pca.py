"""Last hidden layer → PCA → pictures for the classifier, in any dimension.

Two pictures of the same principal components (arXiv:2103.06115 keeps two of them):

- ``plane``, the paper's: the points in the plane of the first two components, as a density. It does
  not know the dimension;
- ``maps``: each component as a map over the field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from symscope.field import cell_centres, pixel_centres
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import of_dimension

GRID = 32
"""Points along a side of a plane, and of a picture's maps (the layer can be asked anywhere)."""

ELSEWHERE = 8192
"""Points at which the layer is asked in other dimensions: no grid would be fine enough."""

COMPONENTS = 4
"""K, components kept as maps: they hold 0.99 of the variance of a trained layer."""


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

    @classmethod
    def joined(cls, parts: Sequence["Pictures"]) -> "Pictures":
        """Join the pictures of several fields' networks, in order."""
        arrays = ("maps", "plane", "variance")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in arrays))


def map_shape(dimension: int) -> tuple[int, ...]:
    """Shape of the maps of D dimensions: of a grid, or (ELSEWHERE,).

    >>> map_shape(3)
    (24, 24, 24)
    """
    side = of_dimension(dimension).map_side
    return (ELSEWHERE,) if side is None else (side,) * dimension


def map_points(dimension: int) -> NDArray[np.float64]:
    """Points at which a layer is asked for its maps, (P, D): those of a grid, or random ones."""
    if dimension == 2:
        return pixel_centres(GRID, GRID).astype(np.float64)
    if of_dimension(dimension).map_side is not None:
        return cell_centres(map_shape(dimension)).astype(np.float64)
    return np.random.default_rng(0).uniform(-1, 1, (ELSEWHERE, dimension))


def pca_pictures(ensemble: Ensemble, dimension: int = 2) -> Pictures:
    """Ask N networks' last hidden layers on the grid of the maps → their PCA pictures."""
    # A picture's elements are compared in the layer on the same grid.
    hidden = ensemble.hidden(map_points(dimension), keep=dimension == 2)
    return principal_components(hidden, map_shape(dimension))


def principal_components(hidden: NDArray[np.float32], shape: Sequence[int]) -> Pictures:
    """Project hidden activations (N, P, H) on points of a grid of this shape, by PCA."""
    # Several threads on matrices this small spend their time waiting for each other.
    with _libraries().limit(limits=1, user_api="blas"):
        components = [_principal_maps(layer) for layer in hidden]
    planes = [_plane_density(maps.T) for maps, _ in components]
    maps = np.stack([maps.reshape(-1, *shape) for maps, _ in components])
    return Pictures(maps, np.stack(planes), np.stack([share for _, share in components]))


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


def _plane_density(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Density of points (P, 2) on a GRID × GRID plane that their largest coordinate spans."""
    reach = np.abs(scores[:, :2]).max() + 1e-9
    edges = np.linspace(-reach, reach, GRID + 1)
    # As np.histogram2d counts them: a bin has its left edge, the last one both.
    right, up = np.clip(np.searchsorted(edges, scores[:, :2].T, "right") - 1, 0, GRID - 1)
    counts = np.bincount((GRID - 1 - up) * GRID + right, minlength=GRID**2)
    density = np.log1p(counts.reshape(GRID, GRID))
    return (density / density.max()).astype(np.float32)


def _principal_maps(layer: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Principal components of one layer (P, H) → maps (K, P) and explained shares (K,).

    Maps are in units of the layer's total standard deviation; a component's largest weight is
    positive.
    """
    centred = layer.astype(np.float64)
    centred -= centred.mean(axis=0)
    covariance = centred.T @ centred
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[: -COMPONENTS - 1 : -1], vectors[:, : -COMPONENTS - 1 : -1]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(COMPONENTS)])
    total = float(np.trace(covariance)) + 1e-12
    maps = (vectors / np.sqrt(total / len(layer))).T @ centred.T
    return maps.astype(np.float32), (values / total).astype(np.float32)


@cache
def _libraries() -> ThreadpoolController:
    """Look for the libraries whose threads can be limited: it takes a millisecond, so once."""
    return ThreadpoolController()
