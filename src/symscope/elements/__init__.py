"""Which mirror, rotation, glide or translation holds in a field, where, and how well.

The search runs on the field's values. In a picture every linear part (mirrors by angle, rotations
by order, the identity) is correlated with the picture for all shifts at once (find.py); elsewhere
the parameters of planes, axes and centres are varied (space.py). The best are refined below the
grid, and each element that is left has its *agreement*

    1 - E|f(gx) - f(x)|² / E|f(x) - f(x')|²

over the points x whose image g·x stays in the frame; x' is an unrelated point. The same number of
the networks' hidden layer, h in place of f, tells whether they realised it.
"""

from symscope.elements.element import BILATERAL, KINDS, UPRIGHT, Element, Elements, hidden_agreement
from symscope.elements.find import LEAST_SIDE, find_elements
from symscope.elements.lattice import LATTICE_ORDERS, bravais
from symscope.elements.naming import class_of, group_of

__all__ = [
    "BILATERAL",
    "KINDS",
    "LATTICE_ORDERS",
    "LEAST_SIDE",
    "UPRIGHT",
    "Element",
    "Elements",
    "bravais",
    "class_of",
    "find_elements",
    "group_of",
    "hidden_agreement",
]
