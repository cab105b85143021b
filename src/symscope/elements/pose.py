"""The pose in which a picture is searched: the same for its mirror image and its quarter turns.

A search on a grid prefers nothing, but rounds: what it finds in a picture, it finds a little better
or worse in the picture's mirror image. So of the eight turns and mirror images of every picture one
is searched, the one whose contrast lies to the right and up, and what is found is turned back.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.elements.element import Element
from symscope.groups import Isometry


@dataclass(frozen=True)
class Pose:
    """A mirror image, left for right, then so many quarter turns, counter-clockwise.

    >>> Pose(False, 1).posed(np.array([[1, 2], [3, 4]])).tolist()
    [[2, 4], [1, 3]]
    """

    mirrored: bool = False
    quarters: int = 0

    @classmethod
    def of(cls, picture: NDArray[Any]) -> "Pose":
        """Choose the pose of a picture, (channels, R, C) or (R, C), rows from the top."""
        rows, columns = picture.shape[-2:]
        values = picture.reshape(-1, rows, columns).astype(np.float64)
        weight = ((values - values.mean(axis=(1, 2), keepdims=True)) ** 2).sum(axis=0)
        x = np.arange(columns) - (columns - 1) / 2
        y = (rows - 1) / 2 - np.arange(rows)
        middle = np.array([weight.sum(axis=0) @ x, weight.sum(axis=1) @ y])
        poses = (cls(bool(mirrored), quarters) for mirrored, quarters in product((0, 1), range(4)))
        # Of what is not square, the longer side lies across.
        lying = [p for p in poses if rows == columns or (rows > columns) == p.quarters % 2]
        return max(lying, key=lambda pose: tuple(pose.move(middle)))

    @property
    def move(self) -> Isometry:
        """Where a point of the picture comes to lie; its middle stays."""
        mirror = np.diag([-1.0 if self.mirrored else 1.0, 1.0])
        turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), self.quarters)
        return Isometry(turn @ mirror, np.zeros(2))

    def posed(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Bring a picture, (…, R, C), into this pose."""
        picture = picture[..., ::-1] if self.mirrored else picture
        return np.ascontiguousarray(np.rot90(picture, self.quarters, axes=(-2, -1)))

    def undone(self, item: Element) -> Element:
        """Say where an element that was found in this pose lies in the picture."""
        back = self.move.inverse
        moves = tuple(back @ move @ self.move for move in item.moves)
        where: dict[str, Any] = {}
        for name in ("centre", "vector"):
            if (place := getattr(item, name)) is not None:
                x, y = back(place)
                where[name] = (float(x), float(y))
        if item.angle_deg is not None:
            angle = np.deg2rad(item.angle_deg)
            x, y = back([np.cos(angle), np.sin(angle)])
            where["angle_deg"] = float(np.rad2deg(np.arctan2(y, x)) % 180) % 180
            if item.offset is not None:
                foot = back(item.offset * np.array([-np.sin(angle), np.cos(angle)]))
                turned = np.deg2rad(where["angle_deg"])
                where["offset"] = float(foot[1] * np.cos(turned) - foot[0] * np.sin(turned))
        return replace(item, moves=moves, **where)
