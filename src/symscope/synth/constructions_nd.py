"""Symmetric potentials of a line, of space and beyond: random ones made unchanged by a group.

In the spirit of sources/constructions.py: folded along a mirror or averaged over it, wound around
a period, or given coordinates that the group cannot tell apart. Nothing lies along the grid.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from symscope.features.agreement import Floats
from symscope.features.moves import TURNS, unit
from symscope.groups import Element, Symmetry
from symscope.synth.constructions import Construction, Family

OFFSET = 0.3
"""Largest distance of a mirror, axis or centre from the middle, in half frames."""

PERIOD = (0.4, 0.95)
"""Lengths of a volume's periods, in half frames."""

SIGNAL_PERIOD = (0.2, 0.95)
"""Lengths of a signal's periods."""


def _frame(rng: Generator, dimension: int) -> Floats:
    """Draw D perpendicular directions, in rows."""
    return np.linalg.qr(rng.normal(size=(dimension, dimension)))[0].T


def _point(rng: Generator, dimension: int) -> Floats:
    """Draw a point within OFFSET of the middle."""
    return unit(rng.normal(size=dimension)) * OFFSET * rng.random() ** (1 / dimension)


def _turned(plane: Floats, angle: float, centre: Floats) -> Element:
    """Rotate by an angle in the plane of two perpendicular directions (2, D), about a centre."""
    u, v = plane
    turn = np.outer(u, u) + np.outer(v, v)
    linear = np.eye(len(u)) + (np.cos(angle) - 1) * turn
    linear += np.sin(angle) * (np.outer(v, u) - np.outer(u, v))
    return Element(linear, centre - linear @ centre)


def _none(rng: Generator, family: Family, dimension: int) -> Construction:
    return Construction(family(rng, dimension), (), {})


def _mirror(rng: Generator, family: Family, dimension: int) -> Construction:
    """Z_2: average over the mirror, or fold space along it."""
    normal = _frame(rng, dimension)[0] if dimension > 1 else np.ones(1)
    offset = float(rng.uniform(-OFFSET, OFFSET))
    base, element = family(rng, dimension), Element.mirror(normal, offset)

    def averaged(x: Floats) -> Floats:
        return base(x) + base(element(x))

    def folded(x: Floats) -> Floats:
        away = x @ normal - offset
        return base(x + (np.abs(away) - away)[:, None] * normal)

    potential = averaged if rng.random() < 0.5 else folded
    return Construction(potential, (element,), {"normal": normal.tolist(), "offset": offset})


def _repeated(rng: Generator, family: Family, dimension: int) -> Construction:
    """T_n: wind one to three directions around a circle each."""
    if dimension == 1:
        vectors = np.full((1, 1), rng.uniform(*SIGNAL_PERIOD))
    else:
        rank = int(rng.integers(1, 4))
        # Directions of a lattice: perpendicular ones, sheared a little.
        sheared = 0.25 * rng.normal(size=(dimension, dimension))
        frame = unit(_frame(rng, dimension) + sheared)
        vectors = frame[:rank] * rng.uniform(*PERIOD, (rank, 1))
    rank = len(vectors)
    dual = np.linalg.pinv(vectors)  # (D, rank): x @ dual counts periods
    rest = np.linalg.svd(vectors)[2][rank:]
    base, around = family(rng, 2 * rank + len(rest)), rng.uniform(0.35, 0.65, rank)

    def potential(x: Floats) -> Floats:
        turns = 2 * np.pi * (x @ dual)
        wound = [around * np.cos(turns), around * np.sin(turns), x @ rest.T]
        return base(np.concatenate(wound, axis=1))

    elements = tuple(Element.translation(vector) for vector in vectors)
    parameters = {f"vector_{i}": v.tolist() for i, v in enumerate(vectors, start=1)}
    return Construction(potential, elements, parameters)


def _striped(rng: Generator, family: Family, dimension: int) -> Construction:
    """T: a potential of all coordinates but one (rods), or of one alone (layers)."""
    along, *across = _frame(rng, dimension)
    kept = np.array(across[: 1 if rng.random() < 0.25 else dimension - 1])
    base = family(rng, len(kept))
    free = np.array([along, *across[len(kept) :]])
    elements = tuple(Element.translation(t * v) for v in free for t in (0.1, 0.25, 0.7))
    parameters = {"direction": along.tolist(), "directions": free.tolist()}
    return Construction(lambda x: base(x @ kept.T), elements, parameters)


def _round(rng: Generator, family: Family, dimension: int) -> Construction:
    """O(2): a potential of the distance from an axis and of the place along it.

    In more than three dimensions the axis has D - 2.
    """
    frame, point = _frame(rng, dimension), _point(rng, dimension)
    plane, rest = frame[:2], frame[2:]
    base = family(rng, dimension - 1)
    stretch = rng.uniform(1.1, 1.6)

    def potential(x: Floats) -> Floats:
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

    def potential(x: Floats) -> Floats:
        return base(1.6 * np.linalg.norm(x - centre, axis=1)[:, None] - 1)

    return Construction(potential, elements, {"centre": centre.tolist()})


CONSTRUCT: dict[Symmetry, Callable[[Generator, Family, int], Construction]] = {
    Symmetry.NONE: _none,
    Symmetry.MIRROR: _mirror,
    Symmetry.REPEATED: _repeated,
    Symmetry.STRIPED: _striped,
    Symmetry.ROUND: _round,
    Symmetry.BALL: _ball,
}
"""How the potential of each class is made: (random generator, family, dimension) → Construction."""
