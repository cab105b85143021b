"""The group that the elements of a picture make together."""

import numpy as np

from symscope.elements.element import Element, Elements
from symscope.groups import Symmetry

APART = 5.0
"""Degrees from which two axes have different directions: nearer ones may be one axis found twice,
or parallel axes, which make a period and no rotation."""

LONGEST_PERIOD = 1.0
"""Longest period of a picture that counts as repeated, with the longer side 2: two are to be seen.
The templates of T_n have periods of up to 0.95."""


def class_of(elements: Elements) -> Symmetry:
    """Return the class that a picture's elements make by themselves.

    Shifts come before rotations and mirrors, as they do for templates (T_n with any point group),
    if their period is seen twice: two copies side by side are no repeat.
    Two mirrors of different directions turn one into the other: D_n, with or without a rotation
    that was found. A glide makes no class.

    Parameters
    ----------
    elements : what was found in a picture

    >>> from symscope.elements import Element
    >>> turn = Element("rotation", (), 0.97, 1.0, order=2, centre=(0.0, 0.0))
    >>> str(class_of(Elements((turn,), {})))
    'C_n'
    """
    if elements.of("stripes"):
        return Symmetry.STRIPED
    if elements.of("round"):
        return Symmetry.ROUND
    if any(_length(item) <= LONGEST_PERIOD for item in elements.of("translation")):
        return Symmetry.REPEATED
    axes = [item.angle_deg or 0.0 for item in elements.of("mirror")]
    if elements.of("rotation"):
        return Symmetry.DIHEDRAL if axes else Symmetry.CYCLIC
    crossing = any(abs((axis - axes[0] + 90) % 180 - 90) >= APART for axis in axes)
    if crossing:
        return Symmetry.DIHEDRAL
    return Symmetry.MIRROR if axes else Symmetry.NONE


def _length(shift: Element) -> float:
    return float(np.linalg.norm(shift.vector or (np.inf, 0.0)))


def group_of(elements: Elements) -> str:
    """Name the group: the class, with the order of the rotations where some were found.

    >>> from symscope.elements import Element
    >>> turn = Element("rotation", (), 0.97, 1.0, order=6, centre=(0.0, 0.0))
    >>> group_of(Elements((turn,), {}))
    'C_6'
    """
    named, order = class_of(elements), elements.order
    if named is Symmetry.REPEATED and order > 1:
        return f"{named}, rotations of order {order}"
    if named in (Symmetry.CYCLIC, Symmetry.DIHEDRAL) and order > 1:
        return str(named).replace("_n", f"_{order}")
    return str(named)
