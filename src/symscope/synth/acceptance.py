"""Which drawn fields may serve as templates: two levels, their symmetry and no other class's."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from symscope.features.agreement import Moves, Scene, compared
from symscope.features.correlation import ElementMaps, element_maps
from symscope.features.moves import KINDS, OF_DIMENSION, unit
from symscope.features.search import search, tried_first
from symscope.groups import ORDERS, Symmetry
from symscope.synth.constructions import Construction
from symscope.synth.families import BROAD, MANY_SCALES

CHECK_SIDE = 32
"""Side at which pictures are compared with their moved copies (reduced for speed)."""

FOREIGN = 0.62
"""Agreement above which an element of a picture counts as seen. Chosen by judgement: the variance
floor keeps even exact elements near 0.9."""

FOREIGN_ND, BROAD_FOREIGN = 0.7, 0.8
"""The same in other dimensions: nine in ten random fields stay below 0.6 for all but mirrors; and
for broad families, whose random fields resemble their moved copies more."""

MINORITY, BROAD_MINORITY = 0.15, 0.08
"""Least share of the rarer level; and that of broad families."""

DETAIL = 5
"""Window, in points, of the median that removes what is too fine to show on a picture's grid."""

UNRESOLVED = {"one scale": 0.04, "many scales": 0.2}
"""Largest share of pixels that this median may change, by kind of family. Of 60 paintings' sketches
it changes 0.02 to 0.15 (10 and 90 %)."""

OWN = 0.75
"""Least agreement, on the grid, of the elements a signal or volume is made with: below it, its
detail is too fine for the grid."""

ASIDE = 20.0
"""Degrees from its own plane at which another mirror is foreign."""

NEAR = 0.1
"""Half frames from its own centre up to which another mirror of a line is its own."""

ACROSS = 0.35
"""Length, in half frames, across the free directions, up to which a period is one of them."""

FOREIGN_KINDS = {
    Symmetry.NONE: ("mirror", "round", "stripes", "translation"),
    Symmetry.MIRROR: ("mirror", "round", "stripes", "translation"),
    Symmetry.REPEATED: ("round", "stripes"),
    Symmetry.STRIPED: ("round", "translation"),
    Symmetry.ROUND: ("spherical", "stripes", "translation"),
    Symmetry.BALL: ("stripes", "translation"),
}
"""Elements that a signal or volume of each class must not have. A repeated one may have mirrors."""


def acceptable(
    levels: NDArray[np.int8], label: Symmetry, construction: Construction, family: str
) -> bool:
    """Tell whether a field of two levels (side, …) shows the symmetry of its label and no other."""
    rarer = float(min(levels.mean(), 1 - levels.mean()))
    if rarer < (BROAD_MINORITY if family in BROAD else MINORITY):
        return False
    if levels.ndim == 2:
        return _acceptable_picture(levels, label, construction, family)
    limit = BROAD_FOREIGN if family in BROAD else FOREIGN_ND
    return _acceptable_nd(levels, label, construction, limit)


def _acceptable_picture(
    levels: NDArray[np.int8], label: Symmetry, construction: Construction, family: str
) -> bool:
    unresolved = UNRESOLVED["many scales" if family in MANY_SCALES else "one scale"]
    if (median_filter(levels, size=DETAIL) != levels).mean() > unresolved:
        return False
    # Half the side first: four times as fast, and it settles most of the refusals.
    for side, limit in ((CHECK_SIDE // 2, FOREIGN + 0.05), (CHECK_SIDE, FOREIGN)):
        step = levels.shape[0] // side
        reduced = levels.astype(np.float32).reshape(side, step, side, step).mean(axis=(1, 3))
        maps = element_maps(reduced[None], ((0,),))
        if foreign_agreement(label, maps, construction) >= limit:
            return False
    return True


def foreign_agreement(label: Symmetry, maps: ElementMaps, construction: Construction) -> float:
    """Return the strongest agreement with an element that a picture of this label must not have.

    Parameters
    ----------
    maps : ElementMaps
        Of the pixels, one group.
    """
    mirror, rotation = maps.mirror[0], maps.rotation[0]
    agreements: list[float] = []
    pointed = construction.parameters.get("point_group", 1) > 1
    if label is not Symmetry.ROUND and not pointed:
        order = int(construction.parameters.get("order", 1))
        allowed = [order % n == 0 for n in ORDERS]
        agreements += [float(rotation[i].max()) for i, own in enumerate(allowed) if not own]
    if label in (Symmetry.NONE, Symmetry.CYCLIC, Symmetry.REPEATED) and not pointed:
        agreements.append(float(mirror.max()))
    if label in (Symmetry.MIRROR, Symmetry.STRIPED):
        key = "axis_deg" if label is Symmetry.MIRROR else "direction_deg"
        own = float(construction.parameters[key])
        own += 90.0 * (label is Symmetry.STRIPED)
        angles = 180.0 * np.arange(len(mirror)) / len(mirror)
        away = np.abs((angles - own + 90) % 180 - 90)
        agreements.append(float(mirror[away > ASIDE].max()))
    if label is Symmetry.REPEATED:
        agreements.append(_stripe_agreement(maps.translation[0]))
    elif label is Symmetry.STRIPED:
        agreements.append(_shift_agreement(maps.translation[0], construction))
    else:
        agreements.append(_shift_agreement(maps.translation[0]))
    return max(agreements)


def _shift_grid(side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    steps = np.linspace(-1, 1, side)
    return np.meshgrid(steps, -steps)


def _shift_agreement(
    translation: NDArray[np.float64], construction: Construction | None = None
) -> float:
    """Best agreement for shifts of at least 0.4, across the stripes if there are any."""
    x, y = _shift_grid(len(translation))
    if construction is None:
        away = np.hypot(x, y)
    else:
        angle = np.deg2rad(float(construction.parameters["direction_deg"]))
        away = np.abs(x * -np.sin(angle) + y * np.cos(angle))
    return float(translation[away >= 0.4].max())


def _stripe_agreement(translation: NDArray[np.float64]) -> float:
    """Best direction's worst agreement along shifts from 0 to 0.6: high for stripes."""
    x, y = _shift_grid(len(translation))
    radius, angle = np.hypot(x, y), np.arctan2(y, x) % np.pi
    worst = []
    for direction in np.arange(0, np.pi, np.pi / 24):
        off = radius * np.abs(np.sin(angle - direction))
        near = (off <= 1.5 / len(translation) * 2) & (radius <= 0.6)
        bins = (radius[near] * 10).astype(int)
        value = translation[near]
        worst.append(min(float(value[bins == b].max()) for b in np.unique(bins)))
    return max(worst)


def _acceptable_nd(
    levels: NDArray[np.int8], label: Symmetry, construction: Construction, limit: float
) -> bool:
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
    for kind in kinds:
        parameters, agreement = tried_first(scene, KINDS[kind], group)
        if agreement[~_is_own(kind, parameters, construction)].max(initial=-1) >= limit:
            return False
    # What is not near what was tried first shows when the best of it is refined.
    for kind in kinds:
        best = search(scene, KINDS[kind], 3, group, sweeps=6)
        foreign = ~_is_own(kind, best.parameters, construction)
        if best.agreement.mean(axis=(1, 2))[foreign].max(initial=-1) >= limit:
            return False
    return True


def _is_own(kind: str, parameters: NDArray[np.float64], construction: Construction) -> NDArray:
    """Tell which elements of a kind belong to the field's own class, (E,)."""
    own = construction.parameters
    if kind == "mirror" and "normal" in own:
        turn = np.abs(unit(parameters[:, :-1]) @ np.array(own["normal"]))
        # On a line all mirrors have one normal: those near the centre are its own.
        near = np.abs(parameters[:, -1] - own["offset"]) < NEAR
        return near if len(own["normal"]) == 1 else turn > np.cos(np.deg2rad(ASIDE))
    if kind == "translation" and "directions" in own:
        free = np.array(own["directions"])
        across = parameters - parameters @ free.T @ free
        return np.linalg.norm(across, axis=1) < ACROSS
    if kind == "round" and len(own.get("directions", ())) == 2:
        return np.ones(len(parameters), bool)  # layers are round about their normals
    return np.zeros(len(parameters), bool)
