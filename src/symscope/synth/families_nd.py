"""Families of broad, smooth potentials, as densities and fields of space mostly are.

Beside those of sources/families.py, which fill the frame with detail. What is smooth resembles its
moved copies more than what is rough, whatever its symmetry: a classifier must have met both.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from symscope.features.agreement import Floats
from symscope.synth.families import FAMILIES, Potential

EXTENT = 0.9
"""Hills and bodies lie in [-EXTENT, EXTENT]^d: inside the frame, as what was put into it is."""


def _drawn_out(rng: Generator, count: int, dimension: int, size: Floats) -> Floats:
    """Draw maps (count, d, d) that take ellipsoids of some size to the unit ball.

    Balls alone would not do: up to three of them in space always have a mirror plane.
    """
    frames = np.linalg.qr(rng.normal(size=(count, dimension, dimension)))[0]
    stretch = np.exp(rng.uniform(-0.35, 0.35, (count, dimension, 1)))
    return frames / (size[:, None, None] * stretch)


def hills(rng: Generator, dimension: int) -> Potential:
    """Sum a few broad Gaussian hills, some of them hollows."""
    count = int(rng.integers(3, 9))
    centres = rng.uniform(-EXTENT, EXTENT, (count, dimension))
    maps = _drawn_out(rng, count, dimension, rng.uniform(0.2, 0.5, count))
    height = rng.uniform(0.5, 1.2, count) * rng.choice([1.0, -1.0], count, p=[0.8, 0.2])

    def potential(x: Floats) -> Floats:
        away = np.einsum("nij,pnj->pni", maps, x[:, None] - centres)
        return np.exp(-(away**2).sum(axis=2) / 2) @ height

    return potential


def bodies(rng: Generator, dimension: int) -> Potential:
    """Join a few solid bodies, round ones and such with corners; the value falls with depth."""
    count = int(rng.integers(2, 7))
    centres = rng.uniform(-EXTENT, EXTENT, (count, dimension)) * 0.8
    maps = _drawn_out(rng, count, dimension, rng.uniform(0.25, 0.6, count))
    corners = rng.choice([2.0, 4.0, 8.0], count)

    def potential(x: Floats) -> Floats:
        away = np.abs(np.einsum("nij,pnj->pni", maps, x[:, None] - centres))
        return -(((away ** corners[:, None]).sum(axis=2)) ** (1 / corners)).min(axis=1)

    return potential


BROAD: dict[str, Callable[[Generator, int], Potential]] = {"hills": hills, "bodies": bodies}

SPATIAL_FAMILIES = FAMILIES | BROAD
"""All families that fields of a line and of space are drawn from. New ones go to the end: a
template's seed has its family's place."""
