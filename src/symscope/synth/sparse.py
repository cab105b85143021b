"""Signals and volumes of known symmetry that are mostly empty: a few soft bodies, like atoms.

Bodies are Gaussians of several widths and heights about a random middle. A group copies them: a
mirror, alone or with turns about an axis in it; a cage, with all the moves of a tetrahedron, a cube
or an icosahedron; turns alone, or turns with a reflection across them, neither of which has a
plane; a line of them has every rotation about it, and one body, in shells, every rotation. In some,
one odd body ends the symmetry.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from symscope.field import cell_centres
from symscope.groups import Symmetry

Points = NDArray[np.float64]

BODIES = (4, 9)
"""Least and most bodies before they are copied."""

WIDTHS = (0.05, 0.16)
"""Standard deviations, in half frames."""

REACH = 0.6
"""Farthest from the middle, in half frames."""

CAGES, MANY = 0.3, 20
"""Share of the mirrored volumes that are cages, as a rule, and copies from which one is."""

ODD = 0.3
"""Share of what is symmetric that gets an odd body."""


def sparse(
    label: Symmetry, rng: Generator, dimension: int, side: int, cages: float = CAGES
) -> tuple[NDArray[np.float32], Symmetry]:
    """Draw a sparse field of a class → values (side,) * D, and its class: ∅ with an odd body.

    Of the mirrored volumes ``cages`` are cages.
    """
    count = int(rng.integers(*BODIES))
    places = rng.uniform(-REACH, REACH, (count, dimension))
    widths, heights = rng.uniform(*WIDTHS, count), rng.uniform(0.4, 1.5, count)
    line = np.eye(dimension)[0]
    turned = Rotation.random(None, rng).as_matrix() if dimension == 3 else np.eye(1)
    if label is Symmetry.BALL:
        places, odd = np.zeros_like(places), np.ones(dimension)
        heights = heights * rng.choice([-1, 1], count)
    elif label is Symmetry.ROUND:
        places, odd = np.outer(places[:, 0], line), np.ones(dimension)
    else:
        odd = rng.uniform(-REACH, REACH, dimension)
    copies = _copies(label, rng, dimension, cages)
    if len(copies) > MANY:
        # Of a cage few are copied: they become as many as 240, at one or two distances.
        keep = int(rng.integers(1, 3))
        places, widths, heights = places[:keep], widths[:keep] * 0.7, heights[:keep]
        places *= rng.uniform(0.4, 0.75, (keep, 1)) / np.linalg.norm(places, axis=1, keepdims=True)
    middle = rng.uniform(-0.15, 0.15, dimension)
    orbit = [(places @ copy.T) @ turned.T + middle for copy in copies]
    bodies = [(p, w, h) for of in orbit for p, w, h in zip(of, widths, heights, strict=True)]
    if label is not Symmetry.NONE and rng.random() < ODD:
        label = Symmetry.NONE
        bodies.append((0.6 * odd @ turned.T + middle, float(rng.uniform(*WIDTHS)), 1.0))
    points = cell_centres((side,) * dimension).astype(np.float64)
    values = np.zeros(len(points))
    for place, width, height in bodies:
        values += height * np.exp(-((points - place) ** 2).sum(axis=1) / (2 * width**2))
    return values.reshape((side,) * dimension).astype(np.float32), label


def _copies(label: Symmetry, rng: Generator, dimension: int, cages: float) -> list[Points]:
    """List the matrices of a group by which bodies are copied."""
    mirror = np.diag([-1.0, *(1.0,) * (dimension - 1)])
    if dimension == 1:
        return [np.eye(1), mirror] if label is Symmetry.MIRROR else [np.eye(1)]
    order = int(rng.choice([1, 1, 2, 3, 4]))
    turns = [Rotation.from_rotvec([0, 0, 2 * np.pi * k / order]).as_matrix() for k in range(order)]
    if label is Symmetry.MIRROR and rng.random() < cages:
        cage = Rotation.create_group(rng.choice(["T", "O", "I"])).as_matrix()
        return [turn @ side for turn in cage for side in (np.eye(3), mirror)]
    if label is Symmetry.MIRROR:
        # The axis of the turns lies in the plane: then the group has no other class.
        return [turn @ side for turn in turns for side in (np.eye(3), mirror)]
    if label is Symmetry.NONE and order in (2, 4) and rng.random() < 0.5:
        flat = np.diag([1.0, 1.0, -1.0])
        quarter = Rotation.from_rotvec([0, 0, np.pi / order]).as_matrix() @ flat
        return [np.linalg.matrix_power(quarter, k) for k in range(2 * order)]
    return turns if label is Symmetry.NONE else [np.eye(3)]
