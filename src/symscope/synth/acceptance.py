"""Which drawn pictures may serve as templates: two colours, no dust, no foreign symmetry."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from symscope.features.correlation import ElementMaps, element_maps
from symscope.groups import ORDERS, Symmetry
from symscope.synth.constructions import Construction

CHECK_SIDE = 32
"""Side at which templates are compared with their moved copies (reduced for speed)."""

FOREIGN = 0.62
"""Agreement above which an element counts as seen. Chosen by judgement: the variance floor keeps
even exact elements near 0.9."""

MINORITY = 0.15
"""Least share of the rarer colour."""

DETAIL = 5
"""Window, in points, of the median that removes what is too fine to show on the grid."""

UNRESOLVED = {"one scale": 0.04, "many scales": 0.2}
"""Largest share of pixels that this median may change, by kind of family. Of 60 paintings' sketches
it changes 0.02 to 0.15 (10 and 90 %)."""


def foreign_agreement(label: Symmetry, maps: ElementMaps, construction: Construction) -> float:
    """Return the strongest agreement with an element that a picture of this label must not have.

    Parameters
    ----------
    maps : ElementMaps
        Of the pixels, one group.
    """
    mirror, rotation = maps.mirror[0], maps.rotation[0]
    found: list[float] = []
    pointed = construction.parameters.get("point_group", 1) > 1
    if label is not Symmetry.ROUND and not pointed:
        order = int(construction.parameters.get("order", 1))
        allowed = [order % n == 0 for n in ORDERS]
        found += [float(rotation[i].max()) for i, fine in enumerate(allowed) if not fine]
    if label in (Symmetry.NONE, Symmetry.CYCLIC, Symmetry.REPEATED) and not pointed:
        found.append(float(mirror.max()))
    if label in (Symmetry.MIRROR, Symmetry.STRIPED):
        key = "axis_deg" if label is Symmetry.MIRROR else "direction_deg"
        own = float(construction.parameters[key])
        own += 90.0 * (label is Symmetry.STRIPED)
        angles = 180.0 * np.arange(len(mirror)) / len(mirror)
        away = np.abs((angles - own + 90) % 180 - 90)
        found.append(float(mirror[away > 20].max()))
    if label not in (Symmetry.REPEATED, Symmetry.STRIPED):
        found.append(_shift_agreement(maps.translation[0]))
    if label is Symmetry.REPEATED:
        found.append(_stripe_agreement(maps.translation[0]))
    if label is Symmetry.STRIPED:
        found.append(_shift_agreement(maps.translation[0], construction))
    return max(found)


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


def _reduced(levels: NDArray[np.int8], side: int) -> NDArray[np.float32]:
    """Average a (S, S) picture down to (1, side, side)."""
    step = levels.shape[0] // side
    shape = (side, step, side, step)
    return levels.astype(np.float32).reshape(shape).mean(axis=(1, 3))[None]


def acceptable_picture(
    levels: NDArray[np.int8], label: Symmetry, construction: Construction, unresolved: float
) -> bool:
    """Whether a picture shows the symmetry of its label and no other class's.

    Parameters
    ----------
    levels : (S, S), 0 or 1
    unresolved : largest share of pixels that a median of DETAIL points may change
    """
    if not MINORITY <= levels.mean() <= 1 - MINORITY:
        return False
    if (median_filter(levels, size=DETAIL) != levels).mean() > unresolved:
        return False
    # Half the side first: four times as fast, and it settles most of the refusals.
    for side, limit in ((CHECK_SIDE // 2, FOREIGN + 0.05), (CHECK_SIDE, FOREIGN)):
        maps = element_maps(_reduced(levels, side), ((0,),))
        if foreign_agreement(label, maps, construction) >= limit:
            return False
    return True
