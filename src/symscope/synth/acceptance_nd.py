"""Which drawn fields may serve as templates: two levels, their symmetry seen, no other."""

import numpy as np
from numpy.typing import NDArray

from symscope.features.agreement import Moves, Scene, compared
from symscope.features.moves import KINDS, OF_DIMENSION, unit
from symscope.features.search import search, tried_first
from symscope.groups import Symmetry
from symscope.synth.constructions import Construction

FOREIGN = 0.7
"""Agreement above which an element counts as seen. The variance floor keeps even
exact elements near 0.9; nine in ten random fields stay below 0.6 for all but mirrors."""

BROAD_FOREIGN = 0.8
"""The same for broad families, whose random fields resemble their moved copies more."""

OWN = 0.75
"""Least agreement, on the grid, of the elements a field is made with: below it, its detail is too
fine for the grid."""

MINORITY, BROAD_MINORITY = 0.15, 0.08
"""Least share of the rarer level; and that of broad families."""

ASIDE = 20.0
"""Degrees from its own plane at which another mirror is foreign."""

NEAR = 0.1
"""Half frames from its own centre up to which another mirror of a line is its own."""

ACROSS = 0.35
"""Length, in half frames, across the free directions, up to which a period is one of them."""

FOREIGN_KINDS = {
    Symmetry.NONE: ("mirror", "axis", "stripes", "period"),
    Symmetry.MIRROR: ("mirror", "axis", "stripes", "period"),
    Symmetry.REPEATED: ("axis", "stripes"),
    Symmetry.STRIPED: ("axis", "period"),
    Symmetry.ROUND: ("centre", "stripes", "period"),
    Symmetry.BALL: ("stripes", "period"),
}
"""Elements that a field of each class must not have. A repeated one may have mirrors."""


def _is_own(kind: str, parameters: NDArray[np.float64], construction: Construction) -> NDArray:
    """Tell which elements of a kind belong to the field's own class, (E,)."""
    own = construction.parameters
    if kind == "mirror" and "normal" in own:
        turn = np.abs(unit(parameters[:, :-1]) @ np.array(own["normal"]))
        # On a line all mirrors have one normal: those near the centre are its own.
        near = np.abs(parameters[:, -1] - own["offset"]) < NEAR
        return near if len(own["normal"]) == 1 else turn > np.cos(np.deg2rad(ASIDE))
    if kind == "period" and "directions" in own:
        free = np.array(own["directions"])
        across = parameters - parameters @ free.T @ free
        return np.linalg.norm(across, axis=1) < ACROSS
    if kind == "axis" and len(own.get("directions", ())) == 2:
        return np.ones(len(parameters), bool)  # layers are round about their normals
    return np.zeros(len(parameters), bool)


def acceptable(
    levels: NDArray[np.integer], label: Symmetry, construction: Construction, broad: bool = False
) -> bool:
    """Whether a field (side, …) of two levels shows the symmetry of its label and no other."""
    rarer = float(min(levels.mean(), 1 - levels.mean()))
    if rarer < (BROAD_MINORITY if broad else MINORITY):
        return False
    scene, group = Scene.of(levels[None].astype(np.float32)), ((0,),)
    if construction.elements:
        moves = Moves(
            np.stack([e.linear for e in construction.elements])[:, None],
            np.stack([e.shift for e in construction.elements])[:, None],
        )
        shown = compared(scene, moves, group).ravel()
        if not (shown > -1).any() or shown[shown > -1].min() < OWN:
            return False
    kinds = [k for k in FOREIGN_KINDS[label] if k in OF_DIMENSION[levels.ndim]]
    limit = BROAD_FOREIGN if broad else FOREIGN
    for kind in kinds:
        parameters, tried = tried_first(scene, KINDS[kind], group)
        if tried[~_is_own(kind, parameters, construction)].max(initial=-1) >= limit:
            return False
    # What is not near what was tried first shows when the best of it is refined.
    for kind in kinds:
        found = search(scene, KINDS[kind], 3, group, sweeps=6)
        foreign = ~_is_own(kind, found.parameters, construction)
        if found.agreement.mean(axis=(1, 2))[foreign].max(initial=-1) >= limit:
            return False
    return True
