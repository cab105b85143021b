"""Last hidden layer → PCA → pictures for the classifier.

Two pictures of the same principal components (arXiv:2103.06115 keeps two of them):

- ``plane``, the paper's: the points in the plane of the first two components, as a density;
- ``maps``: each component as a map over the field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from symscope.field import pixel_centres
from symscope.networks.ensemble import Ensemble

GRID = 32
"""Points along a side of a picture (the hidden layer can be asked anywhere)."""

COMPONENTS = 4
"""K, components kept as maps: they hold 0.99 of the variance of a trained layer."""


@dataclass(frozen=True)
class Pictures:
    """The pictures of N networks of one field.

    Attributes
    ----------
    maps : ndarray of shape (N, K, GRID, GRID), in units of the layer's total standard deviation
    plane : ndarray of shape (N, GRID, GRID), logarithmic density in 0 … 1
    variance : ndarray of shape (N, K), share of the layer's variance in each component
    """

    maps: NDArray[np.float32]
    plane: NDArray[np.float32]
    variance: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Sequence["Pictures"]) -> "Pictures":
        """Join the pictures of several fields' networks, in order."""
        return cls(*(np.concatenate(some) for some in zip(*map(_arrays, parts), strict=True)))


def _arrays(pictures: Pictures) -> tuple[NDArray[np.float32], ...]:
    return pictures.maps, pictures.plane, pictures.variance


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


def plane_density(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Density of points (P, 2) on a GRID × GRID plane that their largest coordinate spans."""
    reach = np.abs(scores[:, :2]).max() + 1e-9
    edges = np.linspace(-reach, reach, GRID + 1)
    # As np.histogram2d counts them: a bin has its left edge, the last one both.
    right, up = np.clip(np.searchsorted(edges, scores[:, :2].T, "right") - 1, 0, GRID - 1)
    counts = np.bincount((GRID - 1 - up) * GRID + right, minlength=GRID**2)
    density = np.log1p(counts.reshape(GRID, GRID))
    return (density / density.max()).astype(np.float32)


def principal_maps(layer: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
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


def pictures(hidden: NDArray[np.float32]) -> Pictures:
    """Project hidden activations on a GRID × GRID of points, (N, GRID², H), by PCA."""
    # Several threads on matrices this small spend their time waiting for each other.
    with _libraries().limit(limits=1, user_api="blas"):
        found = [principal_maps(layer) for layer in hidden]
    planes = [plane_density(maps.T) for maps, _ in found]
    maps = np.stack([maps for maps, _ in found]).reshape(-1, COMPONENTS, GRID, GRID)
    return Pictures(maps, np.stack(planes), np.stack([share for _, share in found]))


def grid_hidden(networks: Ensemble) -> NDArray[np.float32]:
    """Ask the hidden layer on the picture's grid → (N, GRID², H)."""
    return networks.hidden(pixel_centres(GRID, GRID), keep=True)
