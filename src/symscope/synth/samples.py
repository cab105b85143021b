"""Pictures for ``sample:NAME`` that are computed, with what is known of their symmetry."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from symscope.synth.drawings import DRAWINGS
from symscope.synth.fractals import FRACTALS
from symscope.synth.known import Known

COMPUTED = FRACTALS | DRAWINGS


def known_symmetry(name: str) -> Known | None:
    """Return the symmetry of a computed picture, None for any other name.

    >>> known_symmetry("koch").name
    'D_6'
    """
    return COMPUTED[name][1] if name in COMPUTED else None


@cache
def computed(name: str) -> NDArray[np.uint8]:
    """Compute one of COMPUTED as a grey picture (R, C); 255 is white. Not to be written to.

    >>> computed("carpet").shape
    (512, 512)
    """
    picture = np.rint(255 * COMPUTED[name][0]()).astype(np.uint8)
    picture.flags.writeable = False
    return picture
