"""How well a drawn scene agrees where its symmetry is said to be."""

import numpy as np

from symscope.elements.scene import SampledScene
from symscope.groups import Isometry


def agreement(each, move):
    """Compare a scene with its image under a move, up to 1."""
    return SampledScene(each.grey).agreement(move)[0]


def mirror_of(each, turned=0.0):
    """Return the mirror at a scene's axis, ``turned`` by radians, through its centre."""
    angle = np.deg2rad(each.axis_deg) + turned
    normal = np.array([-np.sin(angle), np.cos(angle)])
    return Isometry.mirror(normal, float(normal @ np.array(each.centre)))
