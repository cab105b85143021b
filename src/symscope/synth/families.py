"""Families of random potentials in any number of dimensions: random generator → potential.

Each family draws one random function of R^d. A template (templates.py) makes it symmetric by
feeding it coordinates that the group cannot tell apart, so that every family serves every symmetry
class. Features have a size of about 0.2 to 0.6 of a half frame, but for the families of
MANY_SCALES and the BROAD ones.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Points = NDArray[np.float64]

Potential = Callable[[Points], Points]
"""A function of points of shape (P, d) → values of shape (P,)."""

Family = Callable[[Generator, int], Potential]
"""Draws a random potential of so many dimensions."""

EXTENT = 1.2
"""Sources lie in [-EXTENT, EXTENT]^d: a little beyond the frame, as a larger scene would have."""


def _sources(rng: Generator, count: int, dimension: int) -> Points:
    return rng.uniform(-EXTENT, EXTENT, (count, dimension))


def _squared_distances(points: Points, sources: Points) -> Points:
    """Squared distances of shape (P, sources)."""
    return ((points[:, None, :] - sources[None]) ** 2).sum(axis=-1)


def wells(rng: Generator, dimension: int) -> Potential:
    """Sum Gaussian wells and hills of random place, width and depth (arXiv:2103.06115)."""
    count = int(rng.integers(9, 19))
    sources = _sources(rng, count, dimension)
    width = rng.uniform(0.12, 0.35, count)
    depth = rng.normal(size=count) * 0.5 + rng.choice([-1.0, 1.0], count)
    return lambda x: np.exp(-_squared_distances(x, sources) / (2 * width**2)) @ depth


def fourier(rng: Generator, dimension: int) -> Potential:
    """Sum plane waves of random direction, length and phase: a random Fourier field.

    Its spectrum may be drawn out along one direction, so that noise with a grain is met too.
    """
    count = int(rng.integers(12, 40))
    stretch = rng.uniform(0.5, 1.0, dimension)
    turn = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
    waves = rng.normal(size=(count, dimension)) * stretch @ turn * rng.uniform(2.5, 7.0)
    phase = rng.uniform(0, 2 * np.pi, count)
    return lambda x: np.cos(x @ waves.T + phase).sum(axis=-1)


def polynomial(rng: Generator, dimension: int) -> Potential:
    """Sum Chebyshev polynomials (degree 3 … 9) of random directions."""
    count = int(rng.integers(5, 12))
    directions = rng.normal(size=(count, dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    degree = rng.integers(3, 10, count)
    weight = rng.normal(size=count)
    reach = 1.5  # |direction · x| ≤ √2 in the frame: the polynomials stay in their range
    return lambda x: np.cos(degree * np.arccos(np.clip(x @ directions.T / reach, -1, 1))) @ weight


def hats(rng: Generator, dimension: int) -> Potential:
    """Sum Mexican hats: wells whose minima are spheres around a few centres."""
    count = int(rng.integers(4, 9))
    sources = _sources(rng, count, dimension)
    radius = rng.uniform(0.2, 0.7, count)
    width = rng.uniform(0.1, 0.25, count)
    depth = rng.normal(size=count) * 0.3 + rng.choice([-1.0, 1.0], count, p=[0.75, 0.25])

    def potential(x: Points) -> Points:
        distance = np.sqrt(_squared_distances(x, sources))
        return np.exp(-(((distance - radius) / width) ** 2) / 2) @ depth

    return potential


def waves(rng: Generator, dimension: int) -> Potential:
    """Let circular waves from a few point sources interfere."""
    count = int(rng.integers(2, 6))
    sources = _sources(rng, count, dimension) * 1.3
    number = rng.uniform(5.0, 10.0) * rng.uniform(0.8, 1.25, count)
    phase = rng.uniform(0, 2 * np.pi, count)
    weight = rng.uniform(0.6, 1.0, count)
    return lambda x: np.cos(np.sqrt(_squared_distances(x, sources)) * number + phase) @ weight


def strings(rng: Generator, dimension: int) -> Potential:
    """Place charged strings: Gaussian wells drawn out along random segments."""
    count = int(rng.integers(4, 9))
    middle = _sources(rng, count, dimension)
    half = rng.normal(size=(count, dimension))
    half *= rng.uniform(0.2, 0.8, (count, 1)) / np.linalg.norm(half, axis=1, keepdims=True)
    width = rng.uniform(0.08, 0.2, count)
    depth = rng.normal(size=count) * 0.3 + rng.choice([-1.0, 1.0], count, p=[0.8, 0.2])

    def potential(x: Points) -> Points:
        away = x[:, None, :] - middle[None]
        along = (away * half).sum(axis=-1) / (half**2).sum(axis=-1)
        away = away - np.clip(along, -1, 1)[..., None] * half
        return np.exp(-(away**2).sum(axis=-1) / (2 * width**2)) @ depth

    return potential


def cells(rng: Generator, dimension: int) -> Potential:
    """Give each source's neighbourhood (a soft Voronoi cell) a level of its own."""
    count = int(rng.integers(12, 26))
    sources = _sources(rng, count, dimension)
    level = rng.choice([-1.0, 1.0], count) * rng.uniform(0.4, 1.0, count)
    sharpness = rng.uniform(8.0, 30.0)

    def potential(x: Points) -> Points:
        squared = _squared_distances(x, sources)
        share = np.exp(-sharpness * (squared - squared.min(axis=1, keepdims=True)))
        return (share @ level) / share.sum(axis=1)

    return potential


def _projections(rng: Generator, count: int, dimension: int) -> Points:
    """Draw ``count`` orthonormal maps R^d → R^min(d, 2), of shape (count, d, min(d, 2)).

    Small features would hardly ever meet the surface in R^d on which a template looks at its
    potential; drawn out along all other directions, they do.
    """
    return np.linalg.qr(rng.normal(size=(count, dimension, min(dimension, 2))))[0]


def _scales(rng: Generator, count: int, least: float, most: float) -> Points:
    """Draw sizes between two bounds, each octave with a random share: most small or most large."""
    bend = rng.uniform(0.4, 2.5)
    return least * (most / least) ** (rng.random(count) ** bend)


def _laid_over(
    turns: Points,
    centres: Points,
    level: Points,
    slope: Points,
    covers: Callable[[int, Points], NDArray[np.bool_]],
) -> Potential:
    """Lay shapes over each other, each of one level.

    ``covers(i, away)`` tells which points shape i covers, by their place relative to its centre in
    its own projection. The slope makes every level occur, so that any share can be cut.
    """

    def potential(x: Points) -> Points:
        result = np.zeros(len(x))
        for i, (turn, centre, value) in enumerate(zip(turns, centres, level, strict=True)):
            result = np.where(covers(i, x @ turn - centre), value, result)
        return result + x @ slope

    return potential


def leaves(rng: Generator, dimension: int) -> Potential:
    """Let discs of very different sizes fall over each other: the dead leaves model.

    Its pictures have edges at every scale, as those of crowded scenes: Lee, Mumford and Huang,
    Int. J. Computer Vision 41 (2001) 35.
    """
    count = int(rng.integers(60, 180))
    radius = _scales(rng, count, rng.uniform(0.04, 0.15), rng.uniform(0.3, 0.7))
    turns = _projections(rng, count, dimension)
    centres = rng.uniform(-EXTENT, EXTENT, (count, turns.shape[2]))
    level = rng.choice([-1.0, 1.0], count) * rng.uniform(0.4, 1.0, count)
    slope = rng.normal(size=dimension) * 0.02

    return _laid_over(
        turns, centres, level, slope, lambda i, away: (away**2).sum(axis=-1) < radius[i] ** 2
    )


def sparks(rng: Generator, dimension: int) -> Potential:
    """Sum Gaussian wells and hills of very different widths; the wide ones are the deeper."""
    count = int(rng.integers(60, 160))
    width = _scales(rng, count, rng.uniform(0.03, 0.08), rng.uniform(0.2, 0.45))
    turns = _projections(rng, count, dimension)
    centres = rng.uniform(-EXTENT, EXTENT, (count, turns.shape[2]))
    depth = rng.choice([-1.0, 1.0], count) * (width / width.max()) ** rng.uniform(0.1, 0.6)

    def potential(x: Points) -> Points:
        result = np.zeros(len(x))
        for turn, centre, size, value in zip(turns, centres, width, depth, strict=True):
            squared = ((x @ turn - centre) ** 2).sum(axis=-1)
            result += value * np.exp(-squared / (2 * size**2))
        return result

    return potential


def ridges(rng: Generator, dimension: int) -> Potential:
    """Sum folded waves |cos| over four octaves of wavelength: creases on creases."""
    octaves = np.repeat(np.arange(4), 5)
    turns = rng.normal(size=(len(octaves), dimension))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    number = rng.uniform(1.5, 3.0) * 2.0**octaves * rng.uniform(0.7, 1.4, len(octaves))
    phase = rng.uniform(0, 2 * np.pi, len(octaves))
    weight = rng.normal(size=len(octaves)) * rng.uniform(0.45, 0.95) ** octaves
    return lambda x: np.abs(np.cos(x @ (turns * number[:, None]).T + phase)) @ weight


def grain(rng: Generator, dimension: int) -> Potential:
    """Sum plane waves over five octaves, drawn out along one axis or along several: noise with a
    grain, as the random-phase noise of photographs has it.
    """
    count = 160
    stretch = np.exp(rng.uniform(np.log(0.04), 0, dimension))
    stretch[0] = 1
    # Streaks follow the sides of a picture more often than chance.
    turn = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
    turn = np.eye(dimension)[rng.permutation(dimension)] if rng.random() < 0.5 else turn
    directions = rng.normal(size=(count, dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    drawn_out = directions * stretch
    if rng.random() < 0.3:
        drawn_out[::2] = directions[::2] * np.roll(stretch, 1)
    number = _scales(rng, count, 1.5, 48.0)
    phase = rng.uniform(0, 2 * np.pi, count)
    weight = rng.normal(size=count) * (number / 1.5) ** -rng.uniform(0.1, 0.9)
    return lambda x: np.cos(x @ (drawn_out @ turn * number[:, None]).T + phase) @ weight


def collage(rng: Generator, dimension: int) -> Potential:
    """Lay boxes of very different sizes, sides and turns over each other: leaves with corners."""
    count = int(rng.integers(40, 120))
    half = _scales(rng, count, rng.uniform(0.05, 0.15), rng.uniform(0.3, 0.6))
    turns = _projections(rng, count, dimension)
    sides = half[:, None] * np.exp(rng.uniform(-0.7, 0.7, (count, turns.shape[2])))
    centres = rng.uniform(-EXTENT, EXTENT, (count, turns.shape[2]))
    level = rng.choice([-1.0, 1.0], count) * rng.uniform(0.4, 1.0, count)
    slope = rng.normal(size=dimension) * 0.02

    return _laid_over(
        turns, centres, level, slope, lambda i, away: (np.abs(away) < sides[i]).all(axis=-1)
    )


WITHIN = 0.9
"""Hills and bodies lie in [-WITHIN, WITHIN]^d: inside the frame, as what was put into it is."""


def _drawn_out(rng: Generator, count: int, dimension: int, size: Points) -> Points:
    """Draw maps (count, d, d) that take ellipsoids of some size to the unit ball.

    Balls alone would not do: up to three of them in space always have a mirror plane.
    """
    frames = np.linalg.qr(rng.normal(size=(count, dimension, dimension)))[0]
    stretch = np.exp(rng.uniform(-0.35, 0.35, (count, dimension, 1)))
    return frames / (size[:, None, None] * stretch)


def hills(rng: Generator, dimension: int) -> Potential:
    """Sum a few broad Gaussian hills, some of them hollows."""
    count = int(rng.integers(3, 9))
    centres = rng.uniform(-WITHIN, WITHIN, (count, dimension))
    maps = _drawn_out(rng, count, dimension, rng.uniform(0.2, 0.5, count))
    height = rng.uniform(0.5, 1.2, count) * rng.choice([1.0, -1.0], count, p=[0.8, 0.2])

    def potential(x: Points) -> Points:
        away = np.einsum("nij,pnj->pni", maps, x[:, None] - centres)
        return np.exp(-(away**2).sum(axis=2) / 2) @ height

    return potential


def bodies(rng: Generator, dimension: int) -> Potential:
    """Join a few solid bodies, round ones and such with corners; the value falls with depth."""
    count = int(rng.integers(2, 7))
    centres = rng.uniform(-WITHIN, WITHIN, (count, dimension)) * 0.8
    maps = _drawn_out(rng, count, dimension, rng.uniform(0.25, 0.6, count))
    corners = rng.choice([2.0, 4.0, 8.0], count)

    def potential(x: Points) -> Points:
        away = np.abs(np.einsum("nij,pnj->pni", maps, x[:, None] - centres))
        return -(((away ** corners[:, None]).sum(axis=2)) ** (1 / corners)).min(axis=1)

    return potential


FAMILIES: dict[str, Family] = {
    "wells": wells,
    "fourier": fourier,
    "polynomial": polynomial,
    "hats": hats,
    "waves": waves,
    "strings": strings,
    "cells": cells,
    "leaves": leaves,
    "sparks": sparks,
    "ridges": ridges,
    "grain": grain,
    "collage": collage,
}
"""Families that fill the frame with detail: those of pictures and signals."""

MANY_SCALES = ("leaves", "sparks", "ridges", "grain", "collage")
"""Families with detail at every scale, as crowded pictures have. Without them, much detail alone
would tell the classes whose elements multiply it (C_n, D_n, T_n) from the others."""

BROAD: dict[str, Family] = {"hills": hills, "bodies": bodies}
"""Broad, smooth families, as densities and fields of space mostly are. What is smooth resembles its
moved copies more than what is rough, whatever its symmetry: a classifier of volumes must have met
both. On a line a hill is a palindrome."""

ALL_FAMILIES = FAMILIES | BROAD
"""New families go to the end: a template's seed has its family's place."""


def usual_families(dimension: int) -> tuple[str, ...]:
    """Return the families that templates of D dimensions are drawn from.

    >>> len(usual_families(2)), len(usual_families(3))
    (12, 14)
    """
    return tuple(ALL_FAMILIES if dimension == 3 else FAMILIES)
