"""One search for fields of any dimension, with a back-end for pictures and one for the others."""

from typing import Any

from numpy.typing import NDArray

from symscope.elements.element import Elements
from symscope.elements.plane import find_in_plane
from symscope.elements.space import find_in_space
from symscope.io.grids import Grid


def find_elements(values: NDArray[Any] | Grid) -> Elements:
    """Find the elements of symmetry of a picture, a signal or a volume.

    Parameters
    ----------
    values : a picture, array of shape (R, C), grey or levels, rows from the top, at least 16 × 16;
        or a signal or volume on its grid

    Returns
    -------
    Elements
        Those that count as there, without what follows from something else that is listed.

    Raises
    ------
    UsageError
        For a picture of another shape, or with values that are not finite.
    """
    return find_in_space(values) if isinstance(values, Grid) else find_in_plane(values)
