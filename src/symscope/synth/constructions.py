"""Symmetric potentials: a random potential of any family, made unchanged by a group.

Section 2 of arXiv:2103.06115 draws potentials of five classes. Here they are averaged over the
group, folded along a mirror, or wound around a centre or a period. To add a symmetry class, write
how its potential is made and list it in CONSTRUCT.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from symscope.groups import ORDERS, Element, Symmetry, cyclic, dihedral
from symscope.synth.families import Potential

Family = Callable[[Generator, int], Potential]
"""Draws a random potential of so many dimensions."""


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


def _polar(
    points: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    away = points - centre
    return np.hypot(away[:, 0], away[:, 1]), np.arctan2(away[:, 1], away[:, 0])


def _unit(angle: float) -> NDArray[np.float64]:
    return np.array([np.cos(angle), np.sin(angle)])


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


CONSTRUCT: dict[Symmetry, Callable[[Generator, Family], Construction]] = {
    Symmetry.NONE: _none,
    Symmetry.MIRROR: _mirror,
    Symmetry.CYCLIC: _cyclic,
    Symmetry.DIHEDRAL: _dihedral,
    Symmetry.REPEATED: _repeated,
    Symmetry.STRIPED: _striped,
    Symmetry.ROUND: _round,
}
"""How the potential of each class is made: (random generator, family) → Construction."""
