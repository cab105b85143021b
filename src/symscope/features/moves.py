"""The kinds of elements looked for in a field of D dimensions, as families of moves.

An element is a row of parameters; a kind turns rows into moves, lists the rows tried first, and
says how far they may be varied. A continuous group is represented by a few of its moves: no
discrete group of small order has all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from symscope.features.agreement import Floats, Moves

REACH = 0.5
"""Mirrors, axes and centres lie within this distance of the frame's middle, in half frames."""

TURNS = (0.72, 1.40, 2.40)
"""Angles, in radians, at which an axis is tried: 41°, 80°, 138°, none near a multiple of a turn's
half, third … eighth."""

LENGTHS = (0.19, 0.31, 0.50, 0.73)
"""Shifts, in half frames, at which a direction is tried."""

PERIODS = (0.35, 1.1)
"""Lengths of periods looked for, in half frames. A longer one has less than two in the frame."""

DIRECTIONS = {"mirror": 150, "round": 120, "stripes": 150}
"""Directions tried first on the half sphere: 8° to 10° apart."""


@dataclass(frozen=True)
class Kind:
    """One kind of element.

    Attributes
    ----------
    name : str
    make : parameters (E, p) → Moves
    start : D → parameters (E, p) tried first
    steps : first variation of each of the p parameters
    allowed : parameters (E, p) → (E,)
    """

    name: str
    make: Callable[[Floats], Moves]
    start: Callable[[int], Floats]
    steps: Callable[[int], Floats]
    allowed: Callable[[Floats], np.ndarray]


def unit(vectors: Floats) -> Floats:
    """Scale vectors (…, D) to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


@cache
def half_sphere(count: int) -> Floats:
    """Spread directions over half of the unit sphere of space, (count, 3): a Fibonacci lattice."""
    number = np.arange(count) + 0.5
    height = 1 - number / count
    angle = np.pi * (1 + 5**0.5) * number
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)


def directions(dimension: int, count: int) -> Floats:
    """Spread directions, up to their sign: (count, D); on a line there is one."""
    if dimension == 1:
        return np.ones((1, 1))
    if dimension == 2:
        angle = np.pi * np.arange(count) / count
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return half_sphere(count)


def _ball(dimension: int, step: float, reach: float) -> Floats:
    """Grid points of a ball, (E, D)."""
    along = np.arange(-np.floor(reach / step), np.floor(reach / step) + 1) * step
    grid = np.stack(np.meshgrid(*[along] * dimension, indexing="ij"), axis=-1)
    grid = grid.reshape(-1, dimension)
    return grid[(grid**2).sum(axis=1) <= reach**2 + 1e-9]


def _perpendicular(axis: Floats) -> Floats:
    """Two unit vectors perpendicular to each axis (E, 3): (E, 2, 3)."""
    least = np.eye(3)[np.abs(axis).argmin(axis=1)]
    first = unit(np.cross(axis, least))
    return np.stack([first, np.cross(axis, first)], axis=1)


def mirrors(parameters: Floats) -> Moves:
    """Reflect in the planes n · x = d of rows (n, d)."""
    normal, offset = unit(parameters[:, :-1]), parameters[:, -1:]
    linear = np.eye(normal.shape[1]) - 2 * normal[:, :, None] * normal[:, None]
    return Moves(linear[:, None], (2 * offset * normal)[:, None])


def _mirror_start(dimension: int) -> Floats:
    step = 0.1 if dimension > 1 else 0.02
    normals = directions(dimension, DIRECTIONS["mirror"])
    offsets = np.arange(-round(REACH / step), round(REACH / step) + 1) * step
    return np.array([[*n, d] for n in normals for d in offsets])


def rotation_matrices(axis: Floats, angles: Floats) -> Floats:
    """Rotate about unit axes (E, 3) by angles (A,): (E, A, 3, 3), by Rodrigues' formula."""
    x, y, z = axis.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 1, 3, 3)
    sine, cosine = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def _about(linear: Floats, centre: Floats) -> Moves:
    """Let linear maps (E, A, D, D) act about centres (E, D)."""
    return Moves(linear, centre[:, None] - np.einsum("eaij,ej->eai", linear, centre))


def axes(parameters: Floats, turns: tuple[float, ...] = TURNS) -> Moves:
    """Rotate about the lines of rows (u, c): direction u through the point c."""
    axis, point = unit(parameters[:, :3]), parameters[:, 3:]
    return _about(rotation_matrices(axis, np.array(turns)), point)


def axis_point(parameters: Floats) -> Floats:
    """Take the points of axes (E, 6) that are nearest to the frame's middle: (E, 3)."""
    axis, point = unit(parameters[:, :3]), parameters[:, 3:]
    return point - (point * axis).sum(axis=1, keepdims=True) * axis


def _axis_start(dimension: int) -> Floats:
    lines = directions(dimension, DIRECTIONS["round"])
    across = _perpendicular(lines)
    places = _ball(2, 0.18, 0.37)
    points = np.einsum("kp,epd->ekd", places, across)
    both = np.broadcast_to(lines[:, None], points.shape)
    return np.concatenate([both, points], axis=2).reshape(-1, 6)


@cache
def _spread_rotations() -> Floats:
    """Six rotations about six axes, (6, 3, 3)."""
    turned = rotation_matrices(half_sphere(6), np.array([*TURNS, *(-t for t in TURNS)]))
    return np.stack([turned[i, i] for i in range(6)])


def centres(parameters: Floats) -> Moves:
    """Rotate space about the points of rows (c)."""
    linear = np.broadcast_to(_spread_rotations(), (len(parameters), 6, 3, 3))
    return _about(linear, parameters)


def stripes(parameters: Floats) -> Moves:
    """Shift along the directions of rows (u)."""
    shift = unit(parameters)[:, None] * np.array(LENGTHS)[:, None]
    return Moves(_still(shift), shift)


def periods(parameters: Floats) -> Moves:
    """Shift by the vectors of rows (v)."""
    return Moves(_still(parameters[:, None]), parameters[:, None])


def _still(shift: Floats) -> Floats:
    """Identities for shifts (E, A, D): (E, A, D, D)."""
    size = shift.shape[-1]
    return np.broadcast_to(np.eye(size), (*shift.shape, size))


def _period_start(dimension: int) -> Floats:
    if dimension == 1:
        return np.arange(PERIODS[0] / 2, PERIODS[1], 1 / 128)[:, None]
    grid = _ball(dimension, 0.1, PERIODS[1])
    return grid[(np.linalg.norm(grid, axis=1) >= PERIODS[0]) & _one_of_two(grid)]


def _one_of_two(vectors: Floats) -> np.ndarray:
    """Keep one of v and -v: the one whose last non-zero coordinate is positive."""
    last = (np.abs(vectors) > 1e-9) * np.arange(1, vectors.shape[1] + 1)
    return vectors[np.arange(len(vectors)), last.argmax(axis=1)] > 0


def _near(values: Floats) -> np.ndarray:
    return np.abs(values) <= REACH + 1e-9


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "mirror",
            mirrors,
            _mirror_start,
            lambda d: np.array([*[0.07 * (d > 1)] * d, 0.05 if d > 1 else 0.01]),
            lambda p: _near(p[:, -1]),
        ),
        Kind(
            "round",
            axes,
            _axis_start,
            lambda d: np.array([0.08] * 3 + [0.08] * 3),
            lambda p: _near(np.linalg.norm(axis_point(p), axis=1)),
        ),
        Kind(
            "spherical",
            centres,
            lambda d: _ball(d, 0.18, 0.42),
            lambda d: np.full(d, 0.09),
            lambda p: _near(np.linalg.norm(p, axis=1)),
        ),
        Kind(
            "stripes",
            stripes,
            lambda d: directions(d, DIRECTIONS["stripes"]),
            lambda d: np.full(d, 0.07),
            lambda p: np.ones(len(p), bool),
        ),
        Kind(
            "translation",
            periods,
            _period_start,
            lambda d: np.full(d, 0.05 if d > 1 else 0.008),
            lambda p: (
                (np.linalg.norm(p, axis=1) >= PERIODS[0] / (2 if p.shape[1] == 1 else 1) - 1e-9)
                & (np.linalg.norm(p, axis=1) <= PERIODS[1] + 0.1)
            ),
        ),
    )
}
"""All kinds, by name."""

OF_DIMENSION = {
    1: ("mirror", "translation"),
    3: ("mirror", "round", "spherical", "stripes", "translation"),
}
"""Kinds looked for in D dimensions."""
