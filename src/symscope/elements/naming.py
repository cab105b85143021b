"""The group that the elements of a picture make together."""

from symscope.elements.found import Elements
from symscope.groups import Symmetry

APART = 5.0
"""Degrees from which two axes have different directions: nearer ones may be one axis found twice,
or parallel axes, which make a period and no rotation."""


def class_of(elements: Elements) -> Symmetry:
    """Return the class that a picture's elements make by themselves.

    Shifts come before rotations and mirrors, as they do for templates (T_n with any point group).
    Two mirrors of different directions turn one into the other: D_n, with or without a rotation
    that was found. A glide makes no class.

    Parameters
    ----------
    elements : what was found in a picture

    >>> from symscope.elements import Found
    >>> turn = Found("rotation", (), 0.97, 1.0, order=2, centre=(0.0, 0.0))
    >>> str(class_of(Elements((turn,), {})))
    'C_n'
    """
    if elements.of("stripes"):
        return Symmetry.STRIPED
    if elements.of("round"):
        return Symmetry.ROUND
    if elements.of("translation"):
        return Symmetry.REPEATED
    axes = [item.angle_deg or 0.0 for item in elements.of("mirror")]
    if elements.of("rotation"):
        return Symmetry.DIHEDRAL if axes else Symmetry.CYCLIC
    crossing = any(abs((axis - axes[0] + 90) % 180 - 90) >= APART for axis in axes)
    if crossing:
        return Symmetry.DIHEDRAL
    return Symmetry.MIRROR if axes else Symmetry.NONE


def group_of(elements: Elements) -> str:
    """Name the group: the class, with the order of the rotation where one was found.

    >>> from symscope.elements import Found
    >>> turn = Found("rotation", (), 0.97, 1.0, order=6, centre=(0.0, 0.0))
    >>> group_of(Elements((turn,), {}))
    'C_6'
    """
    named = class_of(elements)
    if named in (Symmetry.CYCLIC, Symmetry.DIHEDRAL) and elements.order > 1:
        return str(named).replace("_n", f"_{elements.order}")
    return str(named)
