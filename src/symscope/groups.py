"""The vocabulary: symmetry classes, which contains which, and group elements as affine maps.

The five classes ∅, Z_2, T_n, T, O(2) are those of Barenboim, Hirn and Sanz (arXiv:2103.06115);
C_n and D_n (n = 2 … 8) are added here. A class names the symmetry *seen in a picture*. Signals and
volumes have classes of their own (``CLASSES``); of them only O(3) is none of a picture's.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

ORDERS = (2, 3, 4, 5, 6, 7, 8)
"""Rotation orders n of the classes C_n and D_n."""


class Symmetry(StrEnum):
    """A symmetry class; the value is its symbol.

    >>> Symmetry("Z_2").description
    'mirror: one half is the reflection of the other'
    """

    NONE = "∅"
    MIRROR = "Z_2"
    CYCLIC = "C_n"
    DIHEDRAL = "D_n"
    REPEATED = "T_n"
    STRIPED = "T"
    ROUND = "O(2)"
    BALL = "O(3)"

    @property
    def description(self) -> str:
        """The class in plain words."""
        return _DESCRIPTIONS[self]

    @property
    def contained(self) -> frozenset["Symmetry"]:
        """The classes whose elements every picture of this class has too, itself included."""
        return _CONTAINED[self]

    def contains(self, other: "Symmetry") -> bool:
        """Tell whether a picture of this class also has the symmetry ``other``.

        >>> Symmetry.ROUND.contains(Symmetry.MIRROR), Symmetry.MIRROR.contains(Symmetry.ROUND)
        (True, False)
        """
        return other in self.contained


class Verdict(StrEnum):
    """What is known of a continuous symmetry; discrete elements are told apart."""

    SYMMETRIC = "symmetric"
    NONE = "none"
    UNDECIDED = "undecided"
    NOT_IDENTIFIABLE = "not identifiable"


PAPER = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.REPEATED, Symmetry.STRIPED, Symmetry.ROUND)
"""The five classes of arXiv:2103.06115."""

EXTENDED = (
    Symmetry.NONE,
    Symmetry.MIRROR,
    Symmetry.CYCLIC,
    Symmetry.DIHEDRAL,
    Symmetry.REPEATED,
    Symmetry.STRIPED,
    Symmetry.ROUND,
)
"""The paper's five, with n-fold rotation (C_n) and n-fold rotation with mirrors (D_n)."""

CLASS_SETS = {"paper": PAPER, "extended": EXTENDED}
"""Class sets of pictures, by name."""

SIGNAL = (Symmetry.NONE, Symmetry.MIRROR, Symmetry.REPEATED)
"""Of a line: no symmetry, a palindrome, a period."""

VOLUME = (
    Symmetry.NONE,
    Symmetry.MIRROR,
    Symmetry.REPEATED,
    Symmetry.STRIPED,
    Symmetry.ROUND,
    Symmetry.BALL,
)
"""Of space: no symmetry, a mirror plane, a period, any shift along a direction, any rotation about
an axis, any rotation about a centre."""

CLASSES = {1: SIGNAL, 2: EXTENDED, 3: VOLUME}
"""All classes of signals, pictures and volumes, by dimension."""

_DESCRIPTIONS = {
    Symmetry.NONE: "none: no symmetry seen",
    Symmetry.MIRROR: "mirror: one half is the reflection of the other",
    Symmetry.CYCLIC: "rotation: unchanged by n-fold rotation, no mirrors",
    Symmetry.DIHEDRAL: "rosette: n-fold rotation and n mirrors",
    Symmetry.REPEATED: "repeat: unchanged by a shift of one period",
    Symmetry.STRIPED: "stripes: unchanged by any shift along one direction",
    Symmetry.ROUND: "round: unchanged by any rotation about a centre",
    Symmetry.BALL: "ball: unchanged by any rotation of space about a centre",
}

_CONTAINED = {
    Symmetry.NONE: frozenset({Symmetry.NONE}),
    Symmetry.MIRROR: frozenset({Symmetry.NONE, Symmetry.MIRROR}),
    Symmetry.CYCLIC: frozenset({Symmetry.NONE, Symmetry.CYCLIC}),
    Symmetry.DIHEDRAL: frozenset(
        {Symmetry.NONE, Symmetry.MIRROR, Symmetry.CYCLIC, Symmetry.DIHEDRAL}
    ),
    Symmetry.REPEATED: frozenset({Symmetry.NONE, Symmetry.REPEATED}),
    # f(u) does not know v: every line along u is a mirror, every shift along v a period.
    Symmetry.STRIPED: frozenset(
        {Symmetry.NONE, Symmetry.MIRROR, Symmetry.REPEATED, Symmetry.STRIPED}
    ),
    Symmetry.ROUND: frozenset(
        {
            Symmetry.NONE,
            Symmetry.MIRROR,
            Symmetry.CYCLIC,
            Symmetry.DIHEDRAL,
            Symmetry.ROUND,
        }
    ),
    Symmetry.BALL: frozenset(
        {
            Symmetry.NONE,
            Symmetry.MIRROR,
            Symmetry.CYCLIC,
            Symmetry.DIHEDRAL,
            Symmetry.ROUND,
            Symmetry.BALL,
        }
    ),
}


@dataclass(frozen=True)
class Isometry:
    """A group element: the affine map x ↦ linear · x + shift on points of any dimension.

    Attributes
    ----------
    linear : ndarray of shape (D, D)
    shift : ndarray of shape (D,), in the units of the field's coordinates ([-1, 1])
    """

    linear: NDArray[np.float64]
    shift: NDArray[np.float64]

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """Move points of shape (..., D).

        >>> Isometry.mirror([1.0, 0.0])([[0.3, 0.2]]).round(6).tolist()
        [[-0.3, 0.2]]
        """
        return np.asarray(points, dtype=np.float64) @ self.linear.T + self.shift

    def __matmul__(self, other: "Isometry") -> "Isometry":
        """Compose: ``(g @ h)(x) == g(h(x))``."""
        return Isometry(self.linear @ other.linear, self.linear @ other.shift + self.shift)

    @property
    def inverse(self) -> "Isometry":
        """The element that undoes this one."""
        linear: NDArray[np.float64] = np.asarray(np.linalg.inv(self.linear), np.float64)
        return Isometry(linear, -linear @ self.shift)

    @property
    def dimension(self) -> int:
        """The number of coordinates D that it moves."""
        return len(self.shift)

    @classmethod
    def identity(cls, dimension: int = 2) -> Self:
        """The map that moves nothing."""
        return cls(np.eye(dimension), np.zeros(dimension))

    @classmethod
    def mirror(cls, normal: ArrayLike, offset: float = 0.0) -> Self:
        """Reflect in the hyperplane normal · x = offset (normal of shape (D,), any length > 0)."""
        vector = np.asarray(normal, dtype=np.float64)
        length = np.linalg.norm(vector)
        if not length > 0:
            raise ValueError(f"a mirror needs a normal that is not zero, got {normal!r}")
        unit = vector / length
        return cls(np.eye(len(unit)) - 2 * np.outer(unit, unit), 2 * (offset / length) * unit)

    @classmethod
    def rotation(
        cls, angle: float, centre: ArrayLike = (0.0, 0.0), plane: tuple[int, int] = (0, 1)
    ) -> Self:
        """Rotate by ``angle`` radians, counter-clockwise, about ``centre`` in one plane."""
        point = np.asarray(centre, dtype=np.float64)
        linear = np.eye(len(point))
        i, j = plane
        linear[i, i] = linear[j, j] = np.cos(angle)
        linear[j, i] = np.sin(angle)
        linear[i, j] = -linear[j, i]
        return cls(linear, point - linear @ point)

    @classmethod
    def translation(cls, vector: ArrayLike) -> Self:
        """Shift by ``vector`` of shape (D,)."""
        shift = np.asarray(vector, dtype=np.float64)
        return cls(np.eye(len(shift)), shift)


def cyclic(order: int, centre: ArrayLike = (0.0, 0.0)) -> tuple[Isometry, ...]:
    """List the ``order`` rotations of C_n about a centre, the identity first.

    >>> len(cyclic(4))
    4
    """
    return tuple(Isometry.rotation(2 * np.pi * k / order, centre) for k in range(order))


def dihedral(order: int, centre: ArrayLike = (0.0, 0.0), axis: float = 0.0) -> tuple[Isometry, ...]:
    """List the 2·``order`` elements of D_n; ``axis`` is the angle of one mirror axis in radians.

    >>> len(dihedral(3))
    6
    """
    normal = np.array([-np.sin(axis), np.cos(axis)])
    mirror = Isometry.mirror(normal, float(normal @ np.asarray(centre, dtype=np.float64)))
    turns = cyclic(order, centre)
    return turns + tuple(turn @ mirror for turn in turns)


NEARLY = 15.0
"""Degrees from the vertical up to which an axis counts as upright."""


def is_upright(angle_deg: float) -> bool:
    """Whether an axis of this angle is nearly vertical.

    >>> is_upright(80.0), is_upright(10.0)
    (True, False)
    """
    return abs(angle_deg % 180 - 90) <= NEARLY
