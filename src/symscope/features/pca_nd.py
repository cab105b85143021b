"""The hidden layer of decoys on fields of any dimension: components as maps, and the plane.

As picture.py does for pictures; the plane, the picture of arXiv:2103.06115, does not know the
dimension.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from symscope.features.agreement import Floats
from symscope.features.pca import plane_density, principal_maps
from symscope.field import cell_centres
from symscope.networks.ensemble import Ensemble
from symscope.networks.settings import of_dimension

ELSEWHERE = 8192
"""Points at which the layer is asked in other dimensions: no grid would be fine enough."""


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
    side = of_dimension(dimension).map_side
    if side is not None:
        return cell_centres((side,) * dimension).astype(np.float64)
    return np.random.default_rng(0).uniform(-1, 1, (ELSEWHERE, dimension))


def layers(decoys: Ensemble, dimension: int) -> Layers:
    """Take the pictures of N networks."""
    hidden = decoys.hidden(map_points(dimension))
    side = of_dimension(dimension).map_side
    grid = hidden.shape[1:2] if side is None else (side,) * dimension
    with threadpool_limits(1, "blas"):
        found = [principal_maps(layer) for layer in hidden]
    planes = [plane_density(maps.T) for maps, _ in found]
    maps = np.stack([maps.reshape(-1, *grid) for maps, _ in found])
    return Layers(maps, np.stack(planes), np.stack([share for _, share in found]))
