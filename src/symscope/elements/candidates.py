"""The symmetries that a picture may have: what the search on its views suggests.

Each is a group about a place: a mirror, C_n, D_n, O(2), stripes, a lattice. Those that nearly
coincide would count twice: the one that agrees best in the picture is kept, of lattices the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.elements.element import Element
from symscope.elements.find import (
    Mirrors,
    mirrors_of,
    reflection,
    rotations_about,
    rotations_of,
    stripes_of,
    translations_of,
)
from symscope.elements.scene import SampledScene
from symscope.groups import ORDERS, Isometry, Symmetry

LEAST_COMPARED = 0.5
"""Least share of the picture that a mirror, a rotation or a shift by one period must map into it:
of less nothing is claimed, whatever view of the picture suggested it."""

LEAST_TWICE = 0.3
"""The same of a shift by two periods, which counts where enough is left to compare."""

SAME_AXIS, SAME_PLACE, SAME_PERIOD = 2.5, 0.05, 0.02
"""Degrees and lengths up to which two candidates are one; the longer side is 2."""

SAME_DIRECTION = 6.0
"""The same of stripes: along broad ones the agreement hardly falls, and what was found 3° beside
what was found before was counted twice."""

SLIDES = (-0.12, 0.12, -0.2, 0.2, -0.3, 0.3, -0.4, 0.4)
"""Slides along an axis, in shorter sides, that make a mirror no symmetry."""

LEAST_PEAK = 0.05
"""Coarse agreement from which a mirror is a candidate."""

TRIES = 8
"""Mirrors of each view that are refined."""

SHORTER, DIP = (1 / 3, 1 / 2, 2 / 3), 0.02
"""Parts of a period, one of which must agree by so much less than it all."""

MOST_AXES = 4
"""Axes of a D_n that are compared, besides its rotation."""

AROUND = 36
"""Axes through a centre that are tried for D_n, 5° apart."""


@dataclass(frozen=True)
class Candidate:
    """A symmetry that a picture may have.

    Attributes
    ----------
    symmetry : its class
    order : n of C_n and D_n, 1 of others
    elements : those that carry it, with their places
    moves : of its group, as many as are compared
    """

    symmetry: Symmetry
    order: int
    elements: tuple[Element, ...]
    moves: tuple[Isometry, ...]


@dataclass(frozen=True)
class Source:
    """One view of the picture, and what was found in it.

    Attributes
    ----------
    coarse, fine : on the grids where all is tried, and where places are refined
    mirrors : axes, and what others reach
    rotations : the best centre of each order, and of O(2)
    by_order : (orders + 1,), coarse agreement of each of these
    stripes : the direction in which the view changes least
    """

    coarse: SampledScene
    fine: SampledScene
    mirrors: Mirrors
    rotations: list[Element]
    by_order: NDArray[np.float64]
    stripes: Element

    @classmethod
    def of(cls, coarse: SampledScene, fine: SampledScene) -> "Source":
        rotations, by_order = rotations_of(coarse, fine, LEAST_COMPARED)
        mirrors = mirrors_of(coarse, fine, LEAST_COMPARED, SLIDES, LEAST_PEAK, TRIES)
        return cls(coarse, fine, mirrors, rotations, by_order, stripes_of(fine))


def planar_candidates(sources: Sequence[Source]) -> list[Candidate]:
    """List the mirrors, rotations, rosettes, rings and stripes that any source suggests."""
    fine = sources[0].fine
    found: list[Candidate] = []
    axes = [axis for source in sources for axis in source.mirrors.axes[:6]]
    for axis in _merged(fine, axes, _same_axis):
        found.append(Candidate(Symmetry.MIRROR, 1, (axis,), axis.moves))

    rotations = [item for source in sources for item in source.rotations]
    rings = _merged(fine, [item for item in rotations if item.kind == "round"], _same_centre)
    around: list[tuple[tuple[float, float], NDArray[np.float64]]] = []
    for order in ORDERS:
        centres = [item.centre for item in rotations if item.order == order]
        centres += [item.centre for item in rings[:1]]
        turns = [_turn(order, centre) for centre in centres if centre is not None]
        for turn in _merged(fine, turns, _same_centre):
            assert turn.centre is not None
            found.append(Candidate(Symmetry.CYCLIC, order, (turn,), turn.moves))
            mirrors = _axes_through(fine, turn.centre, order, around)
            moves = (*turn.moves, *(mirror.moves[0] for mirror in mirrors[:MOST_AXES]))
            found.append(Candidate(Symmetry.DIHEDRAL, order, (turn, *mirrors), moves))
    for item in rings:
        assert item.centre is not None
        mirror = reflection(0.4, _offset(0.4, item.centre))
        found.append(Candidate(Symmetry.ROUND, 1, (item,), (*item.moves, *mirror)))
    stripes = [source.stripes for source in sources]
    for line in _merged(fine, stripes, _same_direction):
        found.append(Candidate(Symmetry.STRIPED, 1, (line,), line.moves))
    return found


def _turn(order: int, centre: tuple[float, float]) -> Element:
    move = rotations_about([2 * np.pi / order], *centre)
    return Element("rotation", move, 0.0, order=order, centre=centre)


def _merged(
    fine: SampledScene, items: Sequence[Element], same: Callable[[Element, Element], bool]
) -> list[Element]:
    """Leave out what is the same as another that agrees better in the picture → best first."""

    def rank(item: Element) -> tuple[bool, float]:
        values, shares = zip(*[fine.agreement(move) for move in item.moves], strict=True)
        # Of stripes, whose longest shift compares half of a square, less may be compared.
        return item.kind == "stripes" or min(shares) >= LEAST_COMPARED, min(values)

    kept: list[Element] = []
    for item in sorted(items, key=rank, reverse=True):
        if not any(same(item, other) for other in kept):
            kept.append(item)
    return kept


def _axes_through(
    fine: SampledScene,
    centre: tuple[float, float],
    order: int,
    around: list[tuple[tuple[float, float], NDArray[np.float64]]],
) -> list[Element]:
    """Find the n mirrors of D_n about a centre; ``around`` keeps what was compared before."""
    angles = np.pi * np.arange(AROUND) / AROUND
    for place, known in around:
        if np.hypot(*np.subtract(place, centre)) < SAME_PLACE / 3:
            values = known
            break
    else:
        moves = [reflection(angle, _offset(angle, centre))[0] for angle in angles]
        values = np.array([fine.agreement(move, quick=True)[0] for move in moves])
        around.append((centre, values))
    turned = np.rint(np.arange(order) * AROUND / order).astype(int)
    together = values[(np.arange(AROUND)[:, None] + turned) % AROUND].mean(axis=1)
    start = angles[together[: int(np.ceil(AROUND / order))].argmax()]
    best = fine.refined(
        lambda angle: reflection(angle, _offset(angle, centre)),
        [float(start)],
        [np.deg2rad(2.0)],
        LEAST_COMPARED,
    )[0]
    mirrors = []
    for angle in (best[0] + np.pi * np.arange(order) / order) % np.pi:
        offset = _offset(angle, centre)
        where: dict[str, Any] = {"angle_deg": float(np.rad2deg(angle)), "offset": offset}
        mirrors.append(Element("mirror", reflection(angle, offset), 0.0, **where))
    return mirrors


def _stands_out(scene: SampledScene, period: Element) -> bool:
    """Whether shorter shifts agree less than a period: along stripes, any shift agrees."""
    (move,) = period.moves
    parts = [Isometry(move.linear, part * move.shift) for part in SHORTER]
    return min(scene.agreement(part)[0] for part in parts) <= scene.agreement(move)[0] - DIP


def _across(scene: SampledScene, period: Element, stripes: Element) -> Element:
    """Take the shortest of a period and what lies across the stripes, where any shift is free."""
    angle = np.deg2rad(stripes.angle_deg or 0.0) + np.pi / 2
    across = np.array([np.cos(angle), np.sin(angle)])
    x, y = (across @ np.asarray(period.vector)) * across
    move = Isometry(np.eye(2), np.array([x, y]))
    agreement, share = scene.agreement(move)
    if agreement < period.pixels - DIP or not _stands_out(scene, replace(period, moves=(move,))):
        return period
    turned = float(np.rad2deg(np.arctan2(y, x)) % 180)
    where: dict[str, Any] = {"angle_deg": turned, "vector": (float(x), float(y))}
    return Element("translation", (move,), agreement, share, **where)


def lattice_candidates(scenes: Sequence[SampledScene], stripes: Element) -> list[Candidate]:
    """List the lattices that the picture and its fast changes suggest, and their single periods."""
    bases: list[list[Element]] = []
    for scene in scenes:
        periods = [period for period in translations_of(scene) if _stands_out(scene, period)]
        if len(periods) == 1:
            periods = [_across(scene, periods[0], stripes)]
        for basis in [periods, *([p] for p in periods if len(periods) > 1)]:
            if basis and not any(_same_periods(basis, other) for other in bases):
                bases.append(basis)
    found = []
    for basis in bases:
        once = [move for period in basis for move in period.moves]
        twice = [m @ m for m in once if scenes[0].agreement(m @ m)[1] >= LEAST_TWICE]
        found.append(Candidate(Symmetry.REPEATED, 1, tuple(basis), (*once, *twice)))
    return found


def _offset(angle: float, centre: Sequence[float]) -> float:
    return float(np.cos(angle) * centre[1] - np.sin(angle) * centre[0])


def apart(one: float | None, other: float | None) -> float:
    """Degrees between two axes."""
    return abs(((one or 0.0) - (other or 0.0) + 90) % 180 - 90)


def _same_axis(one: Element, other: Element) -> bool:
    sign = -1 if abs((one.angle_deg or 0.0) - (other.angle_deg or 0.0)) > 90 else 1
    near = abs((one.offset or 0.0) - sign * (other.offset or 0.0)) < SAME_PLACE
    return near and apart(one.angle_deg, other.angle_deg) < SAME_AXIS


def _same_centre(one: Element, other: Element) -> bool:
    return bool(np.hypot(*np.subtract(one.centre or (), other.centre or ())) < SAME_PLACE)


def _same_direction(one: Element, other: Element) -> bool:
    return apart(one.angle_deg, other.angle_deg) < SAME_DIRECTION


def _same_periods(one: Sequence[Element], other: Sequence[Element]) -> bool:
    """Whether each period of one is, forth or back, a period of the other."""
    if len(one) != len(other):
        return False
    back_and_forth = np.array([[p.vector, np.negative(p.vector or ())] for p in other])
    away = [np.linalg.norm(back_and_forth - np.array(p.vector), axis=-1).min() for p in one]
    return max(away) < SAME_PERIOD
