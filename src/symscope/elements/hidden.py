"""Whether the networks realised an element: its agreement in their last hidden layer."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symscope.elements.found import Elements
from symscope.elements.scene import LEAST_REPEATED, Points
from symscope.features.lie_defect import layer_agreement, unrelated


def hidden_agreement(
    elements: Elements,
    hidden: Callable[[Points], NDArray[np.float32]],
    points: Points,
    scale: float = 1.0,
) -> NDArray[np.float64]:
    """Measure each element's agreement in the hidden layer of N networks.

    Parameters
    ----------
    hidden : points (P, 2) → (N, P, H), in the coordinates of the networks
    points : (P, 2), where the layer is compared, in the same coordinates ([-1, 1]²)
    scale : length of one unit of the networks' coordinates in the picture's

    Returns
    -------
    array of shape (N, elements)
        NaN where too little of the networks' square is mapped into it.
    """
    here = hidden(points)
    apart = [unrelated(layer) for layer in here]
    result = np.full((len(here), len(elements.found)), np.nan)
    for number, item in enumerate(elements.found):
        values = []
        for move in item.moves:
            moved = move(points * scale) / scale
            inside = np.asarray((np.abs(moved) <= 1).all(axis=1))
            if float(inside.mean()) >= LEAST_REPEATED:
                there = hidden(np.where(inside[:, None], moved, 0.0))
                # One at a time: a network's value must not depend on its neighbours' number.
                values.append(
                    [
                        layer_agreement(one, other, inside, far)
                        for one, other, far in zip(here, there, apart, strict=True)
                    ]
                )
        if values:
            result[:, number] = np.min(values, axis=0)
    return result
