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
    axis_deg : angle of one of its mirror axes in degrees, counter-clockwise from the horizontal;
        None without mirrors
    """

    symbol: Symmetry
    order: int = 1
    axis_deg: float | None = None

    @property
    def mirrors(self) -> tuple[float, ...]:
        """The angles of all mirror axes, in degrees.

        >>> Known(Symmetry.DIHEDRAL, 3, 90).mirrors
        (30.0, 90.0, 150.0)
        """
        if self.axis_deg is None:
            return ()
        return tuple(
            sorted((self.axis_deg + 180 * k / self.order) % 180 for k in range(self.order))
        )

    @property
    def name(self) -> str:
        """The group: D_6, C_2, Z_2, ∅, or the class of a pattern.

        >>> Known(Symmetry.DIHEDRAL, 6, 0).name, Known(Symmetry.MIRROR, 1, 90).name
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
