"""Clouds of points near one orbit, as SymDet 0.0.1 has them, and how far generators are off."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.linalg import subspace_angles

from symscope.lie.algebra import Algebra

Floats = NDArray[np.float64]

THICKNESS = 0.05
"""Radii are uniform in 1 ± THICKNESS (SymDet 0.0.1, the package of arXiv:2003.13679, examples)."""

WRONG_DEG = 90.0
"""Error in degrees of what was not found, or found in another number."""


def circle(random: Generator, count: int = 500, span: float = 2 * np.pi) -> Floats:
    """Draw points near an arc of the unit circle: angle uniform in 0 … span."""
    turn = random.uniform(0, span, count)
    radius = random.uniform(1 - THICKNESS, 1 + THICKNESS, count)
    return radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def sphere(random: Generator, count: int = 1000) -> Floats:
    """Draw points near the unit sphere: both angles uniform, so that it is denser at the poles."""
    turn, polar = random.uniform(0, 2 * np.pi, count), random.uniform(0, np.pi, count)
    radius = random.uniform(1 - THICKNESS, 1 + THICKNESS, count)
    ring = np.sin(polar)
    places = np.stack([ring * np.cos(turn), ring * np.sin(turn), np.cos(polar)], axis=1)
    return radius[:, None] * places


def error_deg(algebra: Algebra, true: Floats) -> float:
    """Return the largest principal angle to the true generators (n, D, D + 1), in degrees."""
    if algebra.dimension != len(true):
        return WRONG_DEG
    measured, wanted = (a.reshape(len(true), -1).T for a in (algebra.generators, true[:, :, :-1]))
    return float(np.rad2deg(subspace_angles(measured, wanted).max()))
