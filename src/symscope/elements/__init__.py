"""Which mirror, rotation, glide or translation holds in a picture, where, and how well.

The search runs on the pixels: every linear part (mirrors by angle, rotations by order, the
identity) is correlated with the picture for all shifts at once (correlation.py), the peaks are
refined below the grid, and each element that is left has its *agreement*

    1 - E|f(gx) - f(x)|² / E|f(x) - f(x')|²

over the points x whose image g·x stays in the picture; x' is an unrelated point. The same number of
the networks' hidden layer, h in place of f, tells whether they realised it. For continuous symmetry
the hidden layer's Jacobian tells by itself which shift or rotation it ignores (lie/flow.py).
"""

from symscope.elements.found import KINDS, UPRIGHT, Elements, Found
from symscope.elements.hidden import hidden_agreement
from symscope.elements.lattice import LATTICE_ORDERS, bravais
from symscope.elements.naming import class_of, group_of
from symscope.elements.search import LEAST_SIDE, find_elements

__all__ = [
    "KINDS",
    "LATTICE_ORDERS",
    "LEAST_SIDE",
    "UPRIGHT",
    "Elements",
    "Found",
    "bravais",
    "class_of",
    "find_elements",
    "group_of",
    "hidden_agreement",
]
