"""What moving the points costs: finite flows, mirrors, turns and permutations.

A field that an infinitesimal search found must hold for finite times too; a mirror has no field at
all. Both are judged by the same number, the error of f(g x) against f(x),

    E|f(g x) - f(x)|² / E|f(x) - f(x')|²

over the points whose image stays where f is known; x' is an unrelated point.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.spatial import KDTree

Floats = NDArray[np.float64]

LEAST_SHARE = 0.2
"""Share of the points that must stay where the function is known."""

TIMES = np.pi * np.array([0.07, 0.19, 0.31, 0.43, 0.59, 0.71, 0.87, 1.0])
"""Times of the finite check, none of them a multiple of another: a function may repeat itself. A
rotation of unit rate makes half a turn."""

RANDOM_FIELDS = 8
"""Random fields that the finite check is compared with."""

REACH = 3.0
"""A moved point is among the data if it is nearer to one of them than this many times their usual
distance to the next."""


@dataclass(frozen=True)
class KnownFunction:
    """A function that is known at some points, or a cloud of points near one orbit.

    Attributes
    ----------
    points : ndarray of shape (P, D)
    values : (P, D) → (P, M), or None for a cloud, of which only distances are known
    inside : (P, D) → (P,), whether the function is known there
    """

    points: Floats
    values: Callable[[Floats], Floats] | None
    inside: Callable[[Floats], NDArray[np.bool_]]

    @classmethod
    def in_box(cls, points: Floats, values: Callable[[Floats], Floats]) -> "KnownFunction":
        """Know a function within the box around the points."""
        low, high = points.min(axis=0), points.max(axis=0)
        return cls(points, values, lambda x: ((x >= low) & (x <= high)).all(axis=1))

    @classmethod
    def near(cls, points: Floats, values: Callable[[Floats], Floats]) -> "KnownFunction":
        """Know a function near the points."""
        tree = KDTree(points)
        usual = float(np.median(tree.query(points, 2)[0][:, 1]))
        return cls(points, values, lambda x: tree.query(x)[0] <= REACH * usual)

    @classmethod
    def cloud(cls, points: Floats) -> "KnownFunction":
        """Know nothing but the points."""
        return cls(points, None, lambda x: np.ones(len(x), dtype=bool))

    def error(self, moved: Floats, points: Floats) -> float:
        """Return the error of moving points (P, D) to others; NaN if too few stay inside.

        For a cloud it is the mean squared distance to the nearest of its points, in units of their
        mean squared distance from their middle.
        """
        if self.values is None:
            size = float(((self.points - self.points.mean(axis=0)) ** 2).sum(axis=1).mean())
            return float((KDTree(self.points).query(moved)[0] ** 2).mean()) / (size + 1e-300)
        stays = self.inside(moved)
        if stays.mean() < LEAST_SHARE:
            return np.nan
        here, there = self.values(points[stays]), self.values(moved[stays])
        both = np.isfinite(here).all(axis=1) & np.isfinite(there).all(axis=1)
        if not both.any():
            return np.nan
        unrelated = 2 * here[both].var(axis=0).sum() + 1e-300
        return float(((there - here)[both] ** 2).sum(axis=1).mean() / unrelated)


@dataclass(frozen=True)
class FiniteCheck:
    """The fields at finite times.

    Attributes
    ----------
    times : ndarray of shape (T,); at time 1 a point has gone as far as the points are from their
        middle, on average
    error : ndarray of shape (n, T), square root of the error, NaN where too few points stay
    random : ndarray of shape (T,), median of the same for random fields of equal size
    """

    times: Floats
    error: Floats
    random: Floats


def finite_check(known: KnownFunction, fields: Floats, kind: Floats, seed: int) -> FiniteCheck:
    """Follow the flow of each of the fields (n, D, D + 1) to finite times.

    Parameters
    ----------
    kind : array of shape (K, D, D + 1), a basis of the class from which the random fields are drawn
    """
    random = np.random.default_rng(seed)
    some = known.points[random.permutation(len(known.points))[:500]]
    middle = known.points.mean(axis=0)

    def errors(field: Floats) -> Floats:
        size = np.sqrt(((some - middle) ** 2).sum(axis=1).mean())
        speed = np.sqrt(((np.c_[some, np.ones(len(some))] @ field.T) ** 2).sum(axis=1).mean())
        matrix = np.vstack([field * size / (speed + 1e-300), np.zeros(field.shape[1])])
        moved = [(np.c_[some, np.ones(len(some))] @ expm(t * matrix).T)[:, :-1] for t in TIMES]
        return np.sqrt([known.error(place, some) for place in moved])

    drawn = random.standard_normal((RANDOM_FIELDS, len(kind)))
    controls = np.array([errors(np.einsum("k,kde->de", one, kind)) for one in drawn])
    middling = [
        float(np.median(column[np.isfinite(column)])) if np.isfinite(column).any() else np.nan
        for column in controls.T
    ]
    found = np.array([errors(field) for field in fields]).reshape(len(fields), len(TIMES))
    return FiniteCheck(TIMES, found, np.array(middling))
