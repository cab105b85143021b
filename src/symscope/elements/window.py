"""What of a picture is looked at: a square in its middle, or about what lies on a plain ground."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symscope.elements.find import MOST_DRAWN_OUT
from symscope.elements.scene import Scene

PLAIN = 0.03
"""How far a plain ground's levels may lie from their median, in the range of the picture's."""

ROOM, LEAST_BODY = 1.3, 0.25
"""Side of what is looked at on a plain ground, in those of what lies on it; and the least side of
that, in the picture's longer side."""


class Window(NamedTuple):
    """A square of a picture: its middle, in the picture's coordinates, and its side."""

    middle: NDArray[np.float64]
    side: float


def looked_at(picture: NDArray[Any], side: float = 2.0) -> Window:
    """Choose what of a picture is looked at: its middle, or what lies there on a plain ground.

    A frame says nothing of a body, and where the body lies off its middle, little of the frame can
    be compared.

    Parameters
    ----------
    picture : array of shape (R, C) or (channels, R, C), rows from the top
    side : of the square in the middle that counts; the longer side of the picture is 2
    """
    limit = min(side, MOST_DRAWN_OUT * 2.0 * min(picture.shape[-2:]) / max(picture.shape[-2:]))
    scene = Scene(picture).part(limit, limit)
    sides = [scene.pixels[:, n] for n in (0, -1)] + [scene.pixels[:, :, n] for n in (0, -1)]
    border = np.concatenate(sides, axis=1)
    ground, least = np.median(border, axis=1)[:, None], PLAIN * float(np.ptp(scene.pixels))
    if (np.abs(border - ground) > least).any():
        return Window(scene.origin, limit)
    there = np.zeros(scene.pixels.shape[1:], bool)
    for channel, level in zip(scene.pixels, ground, strict=True):
        there |= np.abs(channel - level) > least
    if not there.any():
        return Window(scene.origin, limit)
    top, bottom = np.flatnonzero(there.any(axis=-1))[[0, -1]]
    left, right = np.flatnonzero(there.any(axis=0))[[0, -1]]
    away = np.array([left + right + 1 - scene.columns, scene.rows - top - bottom - 1]) / 2
    smallest = LEAST_BODY * max(scene.rows, scene.columns)
    longest = max(right - left + 1, bottom - top + 1, smallest)
    room = scene.step * ROOM * float(longest)
    middle = scene.origin + scene.step * away
    if side < 2:
        # Of a part that was chosen, nothing beyond it counts.
        room = min(room, limit)
        middle = middle.clip(scene.origin - (limit - room) / 2, scene.origin + (limit - room) / 2)
    return Window(middle, room)
