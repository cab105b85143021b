"""The hidden layer of decoys on fields of any dimension: components as maps, and the plane.

As picture.py does for pictures; the plane, the picture of arXiv:2103.06115, does not know the
dimension.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from symscope.features.agreement import Floats
from symscope.features.pca import plane_density, principal_maps
from symscope.field import cell_centres
from symscope.networks.decoys import SETTINGS, Decoys, Settings

MAP_SIDES = {1: 256, 3: 24}
"""Cells along an axis of a map, by dimension; the layer can be asked anywhere."""

ELSEWHERE = 8192
"""Points at which the layer is asked in other dimensions: no grid would be fine enough."""

DECOYS: dict[int, Settings] = {
    1: replace(SETTINGS["fast"], bandwidth=16.0),
    3: replace(SETTINGS["fast"], frequencies=64, bandwidth=5.0, batch=512),
}
"""Settings by dimension, chosen in development trials: on six classes of volumes 0.97 of the
training and 0.96 of the held-out points are learned in 0.55 s a network, with 32 frequencies of
bandwidth 3 0.95; on signals, more bandwidth learns the noise too."""

OTHER = replace(DECOYS[3], frequencies=128, bandwidth=3.0)
"""Of four dimensions and more."""


def decoy_settings(dimension: int) -> Settings:
    """Return how decoys learn a field of D dimensions."""
    return DECOYS.get(dimension, OTHER)


@dataclass(frozen=True)
class Layers:
    """What is seen of N networks' hidden layers.

    Attributes
    ----------
    maps : ndarray of shape (N, K, side, …, side), as of Pictures; (N, K, P) where there is no grid
    plane : ndarray of shape (N, GRID, GRID)
    variance : ndarray of shape (N, K)
    """

    maps: NDArray[np.float32]
    plane: NDArray[np.float32]
    variance: NDArray[np.float32]


def map_points(dimension: int) -> Floats:
    """Points at which a layer is asked, (P, D): the grid of the maps, or random points."""
    if dimension in MAP_SIDES:
        return cell_centres((MAP_SIDES[dimension],) * dimension).astype(np.float64)
    return np.random.default_rng(0).uniform(-1, 1, (ELSEWHERE, dimension))


def layers(decoys: Decoys, dimension: int) -> Layers:
    """Take the pictures of N networks."""
    hidden = decoys.hidden(map_points(dimension))
    grid = (MAP_SIDES[dimension],) * dimension if dimension in MAP_SIDES else hidden.shape[1:2]
    with threadpool_limits(1, "blas"):
        found = [principal_maps(layer) for layer in hidden]
    planes = [plane_density(maps.T) for maps, _ in found]
    maps = np.stack([maps.reshape(-1, *grid) for maps, _ in found])
    return Layers(maps, np.stack(planes), np.stack([share for _, share in found]))
