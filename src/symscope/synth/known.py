"""What is known of a computed picture's symmetry, before anything is measured."""

from dataclasses import dataclass

import numpy as np

from symscope.groups import Isometry, Symmetry, cyclic, dihedral


@dataclass(frozen=True)
class Known:
    """A symmetry about the middle of the picture, or of a pattern.

    Attributes
    ----------
    symbol : Symmetry, the class that the picture is of
    order : of its rotations, 1 without
    mirrors : angles of its mirror axes in degrees, counter-clockwise from the horizontal
    """

    symbol: Symmetry
    order: int = 1
    mirrors: tuple[float, ...] = ()

    @classmethod
    def dihedral(cls, order: int, axis_deg: float) -> "Known":
        """D_n, with the angle of one of its axes."""
        axes = sorted((axis_deg + 180 * k / order) % 180 for k in range(order))
        return cls(Symmetry.DIHEDRAL, order, tuple(axes))

    @classmethod
    def cyclic(cls, order: int) -> "Known":
        """C_n: rotations, and no mirrors."""
        return cls(Symmetry.CYCLIC, order)

    @classmethod
    def mirror(cls, axis_deg: float) -> "Known":
        """One mirror."""
        return cls(Symmetry.MIRROR, 1, (float(axis_deg),))

    @classmethod
    def nothing(cls) -> "Known":
        """No symmetry at all."""
        return cls(Symmetry.NONE)

    @classmethod
    def repeated(cls, order: int) -> "Known":
        """A lattice whose rotations are of that order."""
        return cls(Symmetry.REPEATED, order)

    @property
    def name(self) -> str:
        """The group: D_6, C_2, Z_2, ∅, or the class of a pattern.

        >>> Known.dihedral(6, 0).name, Known.mirror(90).name
        ('D_6', 'Z_2')
        """
        if self.symbol in (Symmetry.CYCLIC, Symmetry.DIHEDRAL):
            return str(self.symbol).replace("_n", f"_{self.order}")
        return str(self.symbol)

    @property
    def elements(self) -> tuple[Isometry, ...]:
        """The elements of the group about the middle, the identity first."""
        if self.mirrors:
            return dihedral(self.order, axis=float(np.deg2rad(self.mirrors[0])))
        return cyclic(self.order)
