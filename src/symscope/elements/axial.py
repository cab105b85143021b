"""Elements along given directions, where those of a picture mean different things."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from symscope.elements.element import Element
from symscope.elements.find import reflection, shifts_along
from symscope.elements.scene import Scene
from symscope.groups import Isometry

STEPS = 81
"""Offsets of an axis that are tried: one for each three pixels of a picture of 256."""

MEDIAL = 0.4
"""Largest distance of an axis from the middle, of half a side: 0.6 of the picture is compared."""


def mirror_at(scene: Scene, angle: float) -> Element:
    """Find the best axis of this angle, in radians.

    >>> grey = np.zeros((64, 64)); grey[:, [10, 20, 21, 45, 46, 56]] = 1.0
    >>> axis = mirror_at(Scene(grey), np.pi / 2)
    >>> round(axis.offset, 2), round(axis.pixels, 2)
    (-0.05, 1.0)
    """
    make = partial(reflection, angle)
    offsets = np.linspace(-MEDIAL, MEDIAL, STEPS)
    tried = [scene.agreement(*make(float(offset)), quick=True)[0] for offset in offsets]
    start = float(offsets[int(np.argmax(tried))])
    best, pixels, share = scene.refined(make, [start], [0.5 * float(offsets[1] - offsets[0])])
    degrees = float(np.rad2deg(angle))
    moves = make(float(best[0]))
    return Element("mirror", moves, pixels, share, angle_deg=degrees, offset=float(best[0]))


def shift_by(scene: Scene, vector: Sequence[float] | NDArray[np.float64]) -> Element:
    """Compare a picture with itself, shifted."""
    x, y = (float(value) for value in vector)
    move = Isometry.translation((x, y))
    pixels, share = scene.agreement(move)
    degrees = float(np.rad2deg(np.arctan2(y, x)) % 180)
    return Element("translation", (move,), pixels, share, angle_deg=degrees, vector=(x, y))


def stripes_at(scene: Scene, angle: float) -> Element:
    """Compare a picture with itself under shifts of many lengths along a direction, in radians."""
    reach = scene.step * min(scene.rows, scene.columns) / 2
    moves = shifts_along(reach, angle)
    compared = [scene.agreement(move) for move in moves]
    pixels, share = (min(values) for values in zip(*compared, strict=True))
    return Element("stripes", moves, pixels, share, angle_deg=float(np.rad2deg(angle)))
