"""Physics templates: potentials whose symmetry is known by construction, as two-level pictures.

Section 2 of arXiv:2103.06115 draws potentials of five classes; here a random potential of any
family (families.py) is made symmetric, thresholded (or cut to a thin band), and accepted only if
the symmetry shows in the frame and no other class's element does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from symscope.correlation import ElementMaps, element_maps
from symscope.errors import UsageError
from symscope.field import Field, pixel_centres
from symscope.groups import EXTENDED, ORDERS, Element, Symmetry, cyclic, dihedral
from symscope.sources.families import FAMILIES, MANY_SCALES, Potential

SIDE = 64
"""Points along a side of a template."""

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

MAX_FLIPS = 0.04
"""Largest share of pixels turned over at random as noise."""

ATTEMPTS = 400
"""Draws before a class and family is declared impossible."""


@dataclass(frozen=True)
class Construction:
    """A symmetric potential with its symmetry.

    Attributes
    ----------
    potential : points (P, 2) → values (P,), unchanged by every element
    elements : group elements (for T and O(2), some of infinitely many)
    parameters : what was drawn: axis, centre, order, period …
    """

    potential: Potential
    elements: tuple[Element, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """One labelled picture.

    Attributes
    ----------
    levels : ndarray of shape (S, S), int8, 0 or 1, rows from the top
    label : Symmetry
    family : name of the family the potential is drawn from
    construction : the symmetric potential and its exact elements
    breaking : float in [0, 1], share of the related pairs of pixels that are broken; 0 = exact,
        1 = the symmetry is gone
    kept : of the pixels in which the exact and the wholly broken picture differ, the share that is
        still as in the exact one: breaking = 1 - kept², but for rounding
    """

    levels: NDArray[np.int8]
    label: Symmetry
    family: str
    construction: Construction
    breaking: float
    kept: float = 1.0

    @property
    def elements(self) -> tuple[Element, ...]:
        """The exact group elements of the unbroken potential."""
        return self.construction.elements

    @property
    def field(self) -> Field:
        """What a decoy network sees."""
        return Field.from_levels(self.levels)


def _polar(
    points: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    away = points - centre
    return np.hypot(away[:, 0], away[:, 1]), np.arctan2(away[:, 1], away[:, 0])


def _unit(angle: float) -> NDArray[np.float64]:
    return np.array([np.cos(angle), np.sin(angle)])


Family = Callable[[Generator, int], Potential]


def _none(rng: Generator, family: Family) -> Construction:
    return Construction(family(rng, 2), (), {})


def _mirror(rng: Generator, family: Family) -> Construction:
    """Z_2: average over the mirror, or fold the plane along the axis."""
    axis, offset = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
    along, normal = _unit(axis), _unit(axis + np.pi / 2)
    base = family(rng, 2)
    element = Element.mirror(normal, offset)

    def averaged(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return base(x) + base(element(x))

    def folded(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return base(np.stack([x @ along, np.abs(x @ normal - offset)], axis=1))

    potential = averaged if rng.random() < 0.5 else folded
    parameters = {"axis_deg": float(np.rad2deg(axis)), "offset": float(offset)}
    return Construction(potential, (element,), parameters)


def _rosette(rng: Generator, family: Family, mirrors: bool) -> Construction:
    """C_n or D_n: average over the group, or wind the angle n times."""
    order = int(rng.choice(ORDERS))
    centre, axis = rng.uniform(-0.25, 0.25, 2), rng.uniform(0, np.pi / order)
    group = dihedral(order, centre, axis) if mirrors else cyclic(order, centre)
    wound = rng.random() < 0.5
    base = family(rng, 2 if not wound or mirrors else 3)
    spread = rng.uniform(0.3, 0.7)  # how far the winding reaches around the centre

    def averaged(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return sum((base(element(x)) for element in group), np.zeros(len(x)))

    def winding(x: NDArray[np.float64]) -> NDArray[np.float64]:
        radius, angle = _polar(x, centre)
        turn = order * (angle - axis)
        around = [spread * np.tanh(2 * radius) * np.cos(turn)]
        if not mirrors:
            around.append(spread * np.tanh(2 * radius) * np.sin(turn))
        return base(np.stack([1.6 * radius - 1, *around], axis=1))

    parameters = {"order": float(order), "centre": centre.tolist()}
    if mirrors:
        parameters["axis_deg"] = float(np.rad2deg(axis))
    return Construction(winding if wound else averaged, group[1:], parameters)


def _cyclic(rng: Generator, family: Family) -> Construction:
    return _rosette(rng, family, mirrors=False)


def _dihedral(rng: Generator, family: Family) -> Construction:
    return _rosette(rng, family, mirrors=True)


def _point_group(
    rng: Generator, lattice: bool, angle: float
) -> tuple[tuple[Element, ...], float, float]:
    """Draw a point group that a lattice or frieze can have → (elements, |b| / |a|, angle of a, b).

    The first vector a has the given angle; the group is C_n or D_n with n = 2, 3, 4 or 6.
    """
    order = int(rng.choice([2, 3, 4, 6])) if lattice else 2
    mirrors, centre = rng.random() < 0.5, rng.uniform(-0.5, 0.5, 2)
    group = dihedral(order, centre, angle) if mirrors else cyclic(order, centre)
    if order == 2:
        return group, rng.uniform(0.6, 1.6), np.pi / 2
    return group, 1.0, np.pi / 2 if order == 4 else 2 * np.pi / 3


def _repeated(rng: Generator, family: Family) -> Construction:
    """T_n: wind one direction (frieze) or two (lattice) around a circle each.

    Half of them also have a point group, as lattices of atoms and most ornaments do: it is the
    repeat that makes the class.
    """
    angle, lattice = rng.uniform(0, np.pi), rng.random() < 0.6
    if rng.random() < 0.5:
        group, ratio, between = _point_group(rng, lattice, angle)
    else:
        group, ratio = (Element.identity(),), rng.uniform(0.6, 1.6)
        between = np.deg2rad(rng.uniform(60, 120))
    length = rng.uniform(0.35, 0.95)
    first = length * _unit(angle)
    second = np.clip(length * ratio, 0.35, 0.95) * _unit(angle + between)
    inverse = np.linalg.inv(np.stack([first, second], axis=1))
    base = family(rng, 4 if lattice else 3)
    around = rng.uniform(0.35, 0.65, 2)
    across = _unit(angle + np.pi / 2)

    def wound(x: NDArray[np.float64]) -> NDArray[np.float64]:
        if lattice:
            turns = 2 * np.pi * (x @ inverse.T)
            return base(np.concatenate([around * np.cos(turns), around * np.sin(turns)], axis=1))
        turn = 2 * np.pi * (x @ first) / (first @ first)
        place = [around[0] * np.cos(turn), around[0] * np.sin(turn), x @ across]
        return base(np.stack(place, axis=1))

    def potential(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return sum((wound(element(x)) for element in group), np.zeros(len(x)))

    vectors = [first, second] if lattice else [first]
    elements = tuple(Element.translation(vector) for vector in vectors) + group[1:]
    parameters = {f"vector_{i}": v.tolist() for i, v in enumerate(vectors, start=1)}
    return Construction(potential, elements, parameters | {"point_group": len(group)})


def _striped(rng: Generator, family: Family) -> Construction:
    """T: a potential of one coordinate alone."""
    angle = rng.uniform(0, np.pi)
    base = family(rng, 1)
    across, along = _unit(angle + np.pi / 2), _unit(angle)
    elements = tuple(Element.translation(t * along) for t in (0.1, 0.25, 0.7))
    return Construction(
        lambda x: base((x @ across)[:, None]), elements, {"direction_deg": float(np.rad2deg(angle))}
    )


def _round(rng: Generator, family: Family) -> Construction:
    """O(2): a potential of the distance from a centre alone."""
    centre = rng.uniform(-0.3, 0.3, 2)
    base = family(rng, 1)
    turns = tuple(Element.rotation(t, centre) for t in (0.3, 1.0, 2.5))
    mirrors = tuple(
        Element.mirror(_unit(t), float(_unit(t) @ centre)) for t in rng.uniform(0, np.pi, 2)
    )
    return Construction(
        lambda x: base(1.6 * _polar(x, centre)[0][:, None] - 1),
        turns + mirrors,
        {"centre": centre.tolist()},
    )


_CONSTRUCT = {
    Symmetry.NONE: _none,
    Symmetry.MIRROR: _mirror,
    Symmetry.CYCLIC: _cyclic,
    Symmetry.DIHEDRAL: _dihedral,
    Symmetry.REPEATED: _repeated,
    Symmetry.STRIPED: _striped,
    Symmetry.ROUND: _round,
}


def _cut(values: NDArray[np.float64], share: float, thin: bool) -> NDArray[np.float64]:
    """Turn potential values into a signed function, positive on about ``share`` of the points."""
    if thin:
        values = -np.abs(values - np.quantile(values, 0.5))
    signed = values - np.quantile(values, 1 - share)
    return signed / (signed.std() + 1e-12)


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


def _acceptable(
    levels: NDArray[np.int8], label: Symmetry, construction: Construction, unresolved: float
) -> bool:
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


def draw(
    label: Symmetry, family: str, rng: Generator, *, breaking: float = 0.0, side: int = SIDE
) -> Template:
    """Draw one template.

    Parameters
    ----------
    label : Symmetry
    family : one of FAMILIES
    rng : numpy Generator; the same state gives the same template for every ``breaking``
    breaking : float in [0, 1]
        Share of the related pairs of pixels that are broken, see ``_broken``: 0 exact, 1 gone.
    side : int, a multiple of CHECK_SIDE

    Raises
    ------
    UsageError
        For an unknown family, or a breaking or side out of range.
    """
    if family not in FAMILIES:
        raise UsageError(f"found family {family!r}: expected one of {', '.join(FAMILIES)}")
    if not 0 <= breaking <= 1:
        raise UsageError(f"found breaking {breaking}: expected a number from 0 (exact) to 1")
    if side < CHECK_SIDE or side % CHECK_SIDE:
        raise UsageError(f"found side {side}: expected a multiple of {CHECK_SIDE}")
    points = pixel_centres(side, side).astype(np.float64)
    unresolved = UNRESOLVED["many scales" if family in MANY_SCALES else "one scale"]

    def acceptable(label: Symmetry) -> tuple[Construction, NDArray[np.float64]]:
        for _ in range(ATTEMPTS):
            construction = _CONSTRUCT[label](rng, FAMILIES[family])
            share, thin = rng.uniform(0.3, 0.6), rng.random() < 0.25
            signed = _cut(construction.potential(points), share, thin)
            levels = (signed > 0).reshape(side, side).astype(np.int8)
            if _acceptable(levels, label, construction, unresolved):
                return construction, signed
        raise UsageError(f"no acceptable {label} template of family {family} in {ATTEMPTS} draws")

    construction, signed = acceptable(label)
    noise = rng.random(side * side) < rng.uniform(0, MAX_FLIPS) * (rng.random() < 0.5)
    colours, kept = signed > 0, 1.0
    if breaking > 0:
        # The dial leads to a picture that would pass as ∅.
        colours, kept = _broken(signed, acceptable(Symmetry.NONE)[1], breaking)
    levels = (colours ^ noise).reshape(side, side).astype(np.int8)
    return Template(levels, label, family, construction, float(breaking), kept)


def _broken(
    signed: NDArray[np.float64], unsymmetric: NDArray[np.float64], breaking: float
) -> tuple[NDArray[np.bool_], float]:
    """Turn the dial → (colours, share of the pixels kept).

    The signed potential is mixed, (1 - w) · symmetric + w · unsymmetric: each pixel in which the
    two differ changes once as w grows. A symmetry relates pairs of pixels, and a pair is intact if
    both are: when a share ``kept`` of those pixels is as it was, so are kept² of the pairs. The
    dial counts the pairs, breaking = 1 - kept², so that it means the same for every potential.
    """
    colours = signed > 0
    differing = np.flatnonzero(colours != (unsymmetric > 0))
    changed = round((1 - np.sqrt(1 - breaking)) * len(differing))
    # The pixel's mixture is 0 at w = s / (s - u).
    turn = signed[differing] / (signed[differing] - unsymmetric[differing])
    colours[differing[np.argsort(turn, kind="stable")[:changed]]] ^= True
    return colours, 1 - changed / max(1, len(differing))


def templates(
    count: int = 1,
    *,
    classes: Sequence[Symmetry | str] = EXTENDED,
    families: Sequence[str] = tuple(FAMILIES),
    seed: int | Sequence[int] = 0,
    first: int = 0,
    breaking: float = 0.0,
    side: int = SIDE,
) -> list[Template]:
    """Draw templates number ``first`` … ``first + count - 1`` of every class and family.

    Each template has a random stream of its own, fixed by seed, class, family and number: it does
    not depend on which others are drawn.

    >>> [str(t.label) for t in templates(classes=["Z_2"], families=["wells", "waves"])]
    ['Z_2', 'Z_2']
    """
    result = []
    unknown = [str(c) for c in classes if c not in tuple(Symmetry)]
    if unknown:
        expected = ", ".join(Symmetry)
        raise UsageError(f"found class {unknown[0]!r}: expected one of {expected}")
    for label in map(Symmetry, classes):
        for family in families:
            if family not in FAMILIES:
                raise UsageError(f"found family {family!r}: expected one of {', '.join(FAMILIES)}")
            place = (EXTENDED.index(label), list(FAMILIES).index(family))
            for number in range(first, first + count):
                rng = np.random.default_rng([*np.atleast_1d(seed), *place, number])
                result.append(draw(label, family, rng, breaking=breaking, side=side))
    return result
