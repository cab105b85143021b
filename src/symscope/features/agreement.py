"""How well a field on a grid agrees with moved copies of itself, in any dimension.

A copy is compared where both it and the original lie in the frame [-1, 1]^D, at a fixed set of
points. The agreement of channels f under g is

    2 Σ cov(f, f∘g) / Σ (var f + var f∘g)

with mean and variance over the points compared: 1 = equal, 0 = unrelated. Values between the grid's
cells are those of the nearest cell; a map is drawn on a finer grid first.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

Floats = NDArray[np.float64]
Channels = NDArray[np.float32]

POINTS = {1: 256, 2: 384, 3: 512}
"""Points at which copies are compared, by dimension. On features of 0.2 to 0.6 half frames, some
hundred are independent."""

VARIANCE_FLOOR = 0.1
"""Share of the whole field's variance that is added to that of the points compared, so that flat
regions do not agree by chance."""

LEAST_OVERLAP = 0.3
"""Least share of the points that must lie in the frame after the move."""

BLOCK = 128
"""Moves compared at a time: their values stay in the processor's cache."""


@dataclass(frozen=True)
class Moves:
    """E elements of A affine maps each: x ↦ linear x + shift.

    Attributes
    ----------
    linear : ndarray of shape (E, A, D, D)
    shift : ndarray of shape (E, A, D), in half frames
    """

    linear: Floats
    shift: Floats

    def __len__(self) -> int:
        return len(self.linear)

    def __getitem__(self, some: Any) -> "Moves":
        return Moves(self.linear[some], self.shift[some])

    def __call__(self, points: Floats) -> Floats:
        """Move points (M, D) → (E, A, M, D)."""
        return points @ self.linear.swapaxes(-1, -2) + self.shift[:, :, None]


@cache
def sample_points(dimension: int, count: int = 0) -> Floats:
    """Spread ``count`` points of comparison evenly, by default POINTS: (M, D).

    The additive recurrence of Roberts, "The unreasonable effectiveness of quasirandom sequences"
    (2018), on the root of x^(D+1) = x + 1.
    """
    count = count or POINTS[min(dimension, 3)]
    root = 2.0
    for _ in range(64):
        root = (1 + root) ** (1 / (dimension + 1))
    steps = np.arange(1, count + 1)[:, None] * root ** -np.arange(1, dimension + 1)
    return 2 * ((0.5 + steps) % 1) - 1


@dataclass(frozen=True)
class Scene:
    """Channels on a grid, as they are looked up.

    Attributes
    ----------
    table : ndarray of shape (channels, side^D + 1); the last entry stands for all outside
    side : cells along an axis
    dimension : D
    here : ndarray of shape (channels, M), values at the points of comparison
    points : ndarray of shape (M, D)
    floor : share of the whole variance that is added to that of the points compared
    """

    table: Channels
    side: int
    dimension: int
    here: Channels
    points: Floats
    floor: float = VARIANCE_FLOOR

    @classmethod
    def of(
        cls,
        channels: NDArray[np.floating],
        finer: int = 1,
        count: int = 0,
        floor: float = VARIANCE_FLOOR,
    ) -> "Scene":
        """Make a scene of channels (k, side, …, side), drawn on a grid so many times finer.

        ``count`` points are compared, by default POINTS.
        """
        dimension = channels.ndim - 1
        drawn = np.asarray(channels, np.float32)
        if finer > 1:
            # Cells, not corners, keep their place.
            drawn = np.stack(
                [np.asarray(zoom(c, finer, order=1, mode="nearest", grid_mode=True)) for c in drawn]
            )
        side = drawn.shape[1]
        table = np.zeros((len(drawn), side**dimension + 1), np.float32)
        table[:, :-1] = drawn.reshape(len(drawn), -1)
        table[:, :-1] -= table[:, :-1].mean(axis=1, keepdims=True)
        points = sample_points(dimension, count)
        here = table[:, looked_up(points, side)]
        return cls(table, side, dimension, here, points, floor)

    @property
    def values(self) -> Channels:
        """The channels on their grid, (channels, side, …, side), about their means."""
        return self.table[:, :-1].reshape(-1, *(self.side,) * self.dimension)

    @cached_property
    def slopes(self) -> Channels:
        """Derivatives of the first channel along each axis, (D, side, …, side), by half frames."""
        found = np.gradient(self.values[0], 2 / self.side)
        return np.stack(found if self.dimension > 1 else [found])

    @cached_property
    def variance(self) -> NDArray[np.float64]:
        """Variance of each channel, (channels,)."""
        return (self.table[:, :-1] ** 2).mean(axis=1, dtype=np.float64)


def looked_up(points: Floats, side: int) -> NDArray[np.int32]:
    """Find the cells of points (…, D) → (…); side^D for those outside the frame."""
    dimension = points.shape[-1]
    # Axis by axis: sums over a last axis of three are slow.
    found = np.zeros(points.shape[:-1], np.int32)
    inside = np.ones(points.shape[:-1], bool)
    for axis in range(dimension):
        cell = np.floor((points[..., axis] + 1) * (side / 2)).astype(np.int32)
        inside &= (cell >= 0) & (cell < side)
        found = found * np.int32(side) + cell
    return np.where(inside, found, np.int32(side**dimension))


def agreements(
    scene: Scene, places: NDArray[np.int32], groups: tuple[tuple[int, ...], ...]
) -> NDArray[np.float32]:
    """Compare a scene with its copies.

    Parameters
    ----------
    places : array of shape (L, M), cells that the points of comparison are moved to (looked_up)
    groups : channels compared together, as the components of one vector

    Returns
    -------
    array of shape (L, groups), -1 where less than LEAST_OVERLAP of the points can be compared
    """
    outside = scene.side**scene.dimension
    found = np.empty((len(places), len(groups)), np.float32)
    used = sorted({channel for group in groups for channel in group})
    floors = [scene.floor * float(scene.variance[list(group)].sum()) for group in groups]
    for start in range(0, len(places), BLOCK):
        some = places[start : start + BLOCK]
        inside = (some < outside).astype(np.float32)
        count = inside.sum(axis=1)
        least = np.maximum(count, 1)
        cov, var = {}, {}
        for channel in used:
            own, there = scene.here[channel], scene.table[channel].take(some)
            f, g = inside @ own, there.sum(axis=1)
            squares = inside @ own**2 + np.einsum("lm,lm->l", there, there)
            cov[channel] = there @ own - f * g / least
            var[channel] = squares - (f**2 + g**2) / least
        for number, (group, floor) in enumerate(zip(groups, floors, strict=True)):
            both = sum(var[c] for c in group) + 2 * floor * least + 1e-9
            value = 2 * sum(cov[c] for c in group) / both
            enough = count >= LEAST_OVERLAP * some.shape[1]
            found[start : start + BLOCK, number] = np.where(enough, value, -1)
    return found


def compared(scene: Scene, moves: Moves, groups: tuple[tuple[int, ...], ...]) -> NDArray[Any]:
    """Compare a scene with its copies under E elements of A maps → (E, A, groups)."""
    places = looked_up(moves(scene.points), scene.side)
    flat = agreements(scene, places.reshape(-1, places.shape[-1]), groups)
    return flat.reshape(*places.shape[:2], len(groups))
