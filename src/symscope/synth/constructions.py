"""Symmetric potentials: a random potential of any family → one that a group leaves unchanged.

Section 2 of arXiv:2103.06115 draws potentials of five classes. Here they are averaged over the
group, folded along a mirror, wound around a centre or a period, or given coordinates that the group
cannot tell apart. Nothing lies along the grid. To add a symmetry class, write how its potential is
made and list it in CONSTRUCT (pictures) or CONSTRUCT_ND (any other dimension).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from symscope.features.moves import TURNS
from symscope.features.moves import unit as normalised
from symscope.groups import ORDERS, Isometry, Symmetry, cyclic, dihedral
from symscope.synth.families import Family, Points, Potential


@dataclass(frozen=True)
class Construction:
    """A symmetric potential with its symmetry.

    Attributes
    ----------
    potential : points (P, D) → values (P,), unchanged by every element
    elements : group elements (for T, O(2) and O(3), some of infinitely many)
    parameters : what was drawn: axis, centre, order, period …
    """

    potential: Potential
    elements: tuple[Isometry, ...]
    parameters: Mapping[str, Any]


OFFSET = 0.3
"""Largest distance of a mirror, axis or centre from the middle, in half frames."""

PERIOD = (0.4, 0.95)
"""Lengths of a volume's periods, in half frames."""

SIGNAL_PERIOD = (0.2, 0.95)
"""Lengths of a signal's periods."""


def _polar(points: Points, centre: Points) -> tuple[Points, Points]:
    away = points - centre
    return np.hypot(away[:, 0], away[:, 1]), np.arctan2(away[:, 1], away[:, 0])


def _unit(angle: float) -> Points:
    return np.array([np.cos(angle), np.sin(angle)])


def _none(rng: Generator, family: Family, dimension: int = 2) -> Construction:
    return Construction(family(rng, dimension), (), {})


def _mirror(rng: Generator, family: Family) -> Construction:
    """Z_2: average over the mirror, or fold the plane along the axis."""
    axis, offset = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
    along, normal = _unit(axis), _unit(axis + np.pi / 2)
    base = family(rng, 2)
    element = Isometry.mirror(normal, offset)

    def averaged(x: Points) -> Points:
        return base(x) + base(element(x))

    def folded(x: Points) -> Points:
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

    def averaged(x: Points) -> Points:
        return sum((base(element(x)) for element in group), np.zeros(len(x)))

    def winding(x: Points) -> Points:
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
) -> tuple[tuple[Isometry, ...], float, float]:
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
        group, ratio = (Isometry.identity(),), rng.uniform(0.6, 1.6)
        between = np.deg2rad(rng.uniform(60, 120))
    length = rng.uniform(0.35, 0.95)
    first = length * _unit(angle)
    second = np.clip(length * ratio, 0.35, 0.95) * _unit(angle + between)
    inverse = np.linalg.inv(np.stack([first, second], axis=1))
    base = family(rng, 4 if lattice else 3)
    around = rng.uniform(0.35, 0.65, 2)
    across = _unit(angle + np.pi / 2)

    def wound(x: Points) -> Points:
        if lattice:
            turns = 2 * np.pi * (x @ inverse.T)
            return base(np.concatenate([around * np.cos(turns), around * np.sin(turns)], axis=1))
        turn = 2 * np.pi * (x @ first) / (first @ first)
        place = [around[0] * np.cos(turn), around[0] * np.sin(turn), x @ across]
        return base(np.stack(place, axis=1))

    def potential(x: Points) -> Points:
        return sum((wound(element(x)) for element in group), np.zeros(len(x)))

    vectors = [first, second] if lattice else [first]
    elements = tuple(Isometry.translation(vector) for vector in vectors) + group[1:]
    parameters = {f"vector_{i}": v.tolist() for i, v in enumerate(vectors, start=1)}
    return Construction(potential, elements, parameters | {"point_group": len(group)})


def _striped(rng: Generator, family: Family) -> Construction:
    """T: a potential of one coordinate alone."""
    angle = rng.uniform(0, np.pi)
    base = family(rng, 1)
    across, along = _unit(angle + np.pi / 2), _unit(angle)
    elements = tuple(Isometry.translation(t * along) for t in (0.1, 0.25, 0.7))
    return Construction(
        lambda x: base((x @ across)[:, None]), elements, {"direction_deg": float(np.rad2deg(angle))}
    )


def _round(rng: Generator, family: Family) -> Construction:
    """O(2): a potential of the distance from a centre alone."""
    centre = rng.uniform(-0.3, 0.3, 2)
    base = family(rng, 1)
    turns = tuple(Isometry.rotation(t, centre) for t in (0.3, 1.0, 2.5))
    mirrors = tuple(
        Isometry.mirror(_unit(t), float(_unit(t) @ centre)) for t in rng.uniform(0, np.pi, 2)
    )
    return Construction(
        lambda x: base(1.6 * _polar(x, centre)[0][:, None] - 1),
        turns + mirrors,
        {"centre": centre.tolist()},
    )


CONSTRUCT: dict[Symmetry, Callable[[Generator, Family], Construction]] = {
    Symmetry.NONE: _none,
    Symmetry.MIRROR: _mirror,
    Symmetry.CYCLIC: _cyclic,
    Symmetry.DIHEDRAL: _dihedral,
    Symmetry.REPEATED: _repeated,
    Symmetry.STRIPED: _striped,
    Symmetry.ROUND: _round,
}
"""How the potential of a picture of each class is made: (generator, family) → Construction."""


# Of a line, of space and beyond


def _frame(rng: Generator, dimension: int) -> Points:
    """Draw D perpendicular directions, in rows."""
    return np.linalg.qr(rng.normal(size=(dimension, dimension)))[0].T


def _point(rng: Generator, dimension: int) -> Points:
    """Draw a point within OFFSET of the middle."""
    return normalised(rng.normal(size=dimension)) * OFFSET * rng.random() ** (1 / dimension)


def _turned(plane: Points, angle: float, centre: Points) -> Isometry:
    """Rotate by an angle in the plane of two perpendicular directions (2, D), about a centre."""
    u, v = plane
    turn = np.outer(u, u) + np.outer(v, v)
    linear = np.eye(len(u)) + (np.cos(angle) - 1) * turn
    linear += np.sin(angle) * (np.outer(v, u) - np.outer(u, v))
    return Isometry(linear, centre - linear @ centre)


def _mirror_nd(rng: Generator, family: Family, dimension: int) -> Construction:
    """Z_2: average over the mirror, or fold space along it."""
    normal = _frame(rng, dimension)[0] if dimension > 1 else np.ones(1)
    offset = float(rng.uniform(-OFFSET, OFFSET))
    base, element = family(rng, dimension), Isometry.mirror(normal, offset)

    def averaged(x: Points) -> Points:
        return base(x) + base(element(x))

    def folded(x: Points) -> Points:
        away = x @ normal - offset
        return base(x + (np.abs(away) - away)[:, None] * normal)

    potential = averaged if rng.random() < 0.5 else folded
    return Construction(potential, (element,), {"normal": normal.tolist(), "offset": offset})


def _repeated_nd(rng: Generator, family: Family, dimension: int) -> Construction:
    """T_n: wind one to three directions around a circle each."""
    if dimension == 1:
        vectors = np.full((1, 1), rng.uniform(*SIGNAL_PERIOD))
    else:
        rank = int(rng.integers(1, 4))
        # Directions of a lattice: perpendicular ones, sheared a little.
        sheared = 0.25 * rng.normal(size=(dimension, dimension))
        frame = normalised(_frame(rng, dimension) + sheared)
        vectors = frame[:rank] * rng.uniform(*PERIOD, (rank, 1))
    rank = len(vectors)
    dual = np.linalg.pinv(vectors)  # (D, rank): x @ dual counts periods
    rest = np.linalg.svd(vectors)[2][rank:]
    base, around = family(rng, 2 * rank + len(rest)), rng.uniform(0.35, 0.65, rank)

    def potential(x: Points) -> Points:
        turns = 2 * np.pi * (x @ dual)
        wound = [around * np.cos(turns), around * np.sin(turns), x @ rest.T]
        return base(np.concatenate(wound, axis=1))

    elements = tuple(Isometry.translation(vector) for vector in vectors)
    parameters = {f"vector_{i}": v.tolist() for i, v in enumerate(vectors, start=1)}
    return Construction(potential, elements, parameters)


def _striped_nd(rng: Generator, family: Family, dimension: int) -> Construction:
    """T: a potential of all coordinates but one (rods), or of one alone (layers)."""
    along, *across = _frame(rng, dimension)
    kept = np.array(across[: 1 if rng.random() < 0.25 else dimension - 1])
    base = family(rng, len(kept))
    free = np.array([along, *across[len(kept) :]])
    elements = tuple(Isometry.translation(t * v) for v in free for t in (0.1, 0.25, 0.7))
    parameters = {"direction": along.tolist(), "directions": free.tolist()}
    return Construction(lambda x: base(x @ kept.T), elements, parameters)


def _round_nd(rng: Generator, family: Family, dimension: int) -> Construction:
    """O(2): a potential of the distance from an axis and of the place along it.

    In more than three dimensions the axis has D - 2.
    """
    frame, point = _frame(rng, dimension), _point(rng, dimension)
    plane, rest = frame[:2], frame[2:]
    base = family(rng, dimension - 1)
    stretch = rng.uniform(1.1, 1.6)

    def potential(x: Points) -> Points:
        away = np.linalg.norm((x - point) @ plane.T, axis=1)
        return base(np.column_stack([stretch * away - 1, (x - point) @ rest.T]))

    elements = tuple(_turned(plane, angle, point) for angle in TURNS)
    parameters = {"axis": rest[0].tolist(), "point": point.tolist()}
    return Construction(potential, elements, parameters)


def _ball(rng: Generator, family: Family, dimension: int) -> Construction:
    """O(D): a potential of the distance from a centre alone."""
    centre, frame = _point(rng, dimension), _frame(rng, dimension)
    base = family(rng, 1)
    elements = tuple(
        _turned(np.roll(frame, -i, axis=0)[:2], angle, centre) for i, angle in enumerate(TURNS)
    )

    def potential(x: Points) -> Points:
        return base(1.6 * np.linalg.norm(x - centre, axis=1)[:, None] - 1)

    return Construction(potential, elements, {"centre": centre.tolist()})


CONSTRUCT_ND: dict[Symmetry, Callable[[Generator, Family, int], Construction]] = {
    Symmetry.NONE: _none,
    Symmetry.MIRROR: _mirror_nd,
    Symmetry.REPEATED: _repeated_nd,
    Symmetry.STRIPED: _striped_nd,
    Symmetry.ROUND: _round_nd,
    Symmetry.BALL: _ball,
}
"""The same on a line, in space and beyond: (random generator, family, dimension) → Construction."""


def construct(label: Symmetry, rng: Generator, family: Family, dimension: int) -> Construction:
    """Draw a potential of D dimensions with the symmetry of a class."""
    if dimension == 2:
        return CONSTRUCT[label](rng, family)
    return CONSTRUCT_ND[label](rng, family, dimension)
