"""Mirror planes, axes, centres and periods of a field, refined on its finest grid.

The search of the classifiers (search.py), on the field's own values instead of a network's
components; what follows from something else that was found is left out.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from symscope.elements.element import Element, Elements
from symscope.elements.periods import find_periods
from symscope.features.agreement import Floats, Moves, Scene, compared, sample_points
from symscope.features.moves import (
    KINDS,
    OF_DIMENSION,
    Kind,
    axes,
    axis_point,
    unit,
)
from symscope.features.search import refined, search
from symscope.groups import Isometry
from symscope.io.grids import Grid

PRESENT = {1: 0.85, 3: 0.86}
"""Agreement from which an element counts as there, by dimension; see ``symscope evaluate``."""

TRIES = {"mirror": 6, "round": 4, "spherical": 2, "stripes": 3}
"""Elements of each kind refined."""

FINE_POINTS = {1: 1024, 3: 2048}
"""Points at which elements are compared on the finest grid."""

SMOOTH = 0.8
"""Standard deviation, in cells of the finest grid, of the blur before elements are refined: edges
would agree only to the cell."""

FINE_CELLS = {1: 512, 3: 64}
"""Cells to which a coarser grid is drawn out for that."""

FLOOR = 0.02
"""As VARIANCE_FLOOR, on the field's own values: less noise, less floor."""

NEAR_DEG = 8.0
NEAR = 0.1
"""Degrees and half frames within which an element belongs to another."""

SAME = 0.3
"""Mean distance to which two elements move points alike, in half frames, up to which the weaker one
is the shadow of the other."""

ORDERS = {2: (8, 6, 4, 2), 3: (6, 3), 5: (5,)}
"""Prime orders of axes that are looked for where there is no round one, and the orders that such an
axis may have."""

BESIDE = 0.04
"""Elements whose agreement is that much below that of the best of their kind are chance
resemblance: what is smooth resembles its image in many planes."""


@dataclass(frozen=True)
class _Ranked:
    """Elements of one kind on the finest grid, best first: (T, p) and (T,)."""

    kind: str
    parameters: Floats
    agreement: Floats

    def __getitem__(self, which: slice | NDArray[np.bool_]) -> "_Ranked":
        return _Ranked(self.kind, self.parameters[which], self.agreement[which])

    def __len__(self) -> int:
        return len(self.parameters)


@cache
def fold_kind(order: int) -> Kind:
    """Rotations by one n-th of a turn about axes."""
    return replace(
        KINDS["round"], name=f"axis-{order}", make=lambda p: axes(p, (2 * np.pi / order,))
    )


def find_in_space(field: Grid) -> Elements:
    """Find the elements of a signal or volume."""
    dimension = field.dimension
    coarse = Scene.of(field.values[None])
    fine = Scene.of(
        np.asarray(gaussian_filter(field.fine, SMOOTH))[None],
        finer=max(1, FINE_CELLS[dimension] // field.fine.shape[0]),
        count=FINE_POINTS[dimension],
        floor=FLOOR,
    )
    limit = PRESENT[dimension]
    ranked = {
        kind: _ranked(coarse, fine, KINDS[kind], TRIES[kind])
        for kind in OF_DIMENSION[dimension]
        if kind != "translation"
    }
    periods = find_periods(fine, limit)
    strongest = {k: float(r.agreement[0]) for k, r in ranked.items()}
    strongest["translation"] = periods.strongest
    present = {
        kind: one[one.agreement >= max(limit, float(one.agreement[0]) - BESIDE)]
        for kind, one in ranked.items()
    }
    if dimension == 1 and len(periods.vectors):
        # A repeated palindrome has centres in every period: the best one says it.
        present["mirror"] = present["mirror"][:1]
    chosen = present if dimension == 1 else _implied_removed(present)
    found = [
        _element(kind, parameters, value, field)
        for kind, one in chosen.items()
        for parameters, value in zip(one.parameters, one.agreement, strict=True)
    ]
    if any(len(chosen.get(kind, ())) for kind in ("round", "spherical", "stripes")):
        return Elements(tuple(found), strongest)
    for vector, value in zip(periods.vectors, periods.agreement.tolist(), strict=True):
        upward = vector * _upward(vector)
        moves = isometries(KINDS["translation"].make(upward[None]))
        found.append(Element("translation", moves, value, vector=_tuple(field.half * upward)))
    if dimension == 3:
        turns = _turns(coarse, fine, limit)
        strongest["rotation"] = max((a for _, _, a in turns), default=0.0)
        found += [_turn(p, n, a, field) for p, n, a in turns if a >= limit]
    return Elements(tuple(found), strongest)


def _ranked(coarse: Scene, fine: Scene, kind: Kind, tries: int) -> _Ranked:
    """Search on the coarse grid, refine on the finest."""
    found = search(coarse, kind, tries, ((0,),))
    half = replace(kind, steps=lambda d: kind.steps(d) / 4)
    best = refined(fine, half, found.parameters, ((0,),), sweeps=14)
    agreement = compared(fine, kind.make(best), ((0,),))[..., 0].mean(axis=1).astype(np.float64)
    near = SAME * min(1, fine.dimension / 2)
    kept: list[int] = []
    for number in np.argsort(-agreement, kind="stable").tolist():
        moved = kind.make(best[number : number + 1])
        others = (kind.make(best[i : i + 1]) for i in kept)
        if all(_apart(moved, other, fine.dimension) > near for other in others):
            kept.append(number)
    return _Ranked(kind.name, best[kept], agreement[kept])


def _apart(one: Moves, other: Moves, dimension: int) -> float:
    """Mean distance to which two elements move points, in half frames."""
    points = sample_points(dimension)[::17]
    return float(np.linalg.norm(one(points) - other(points), axis=-1).mean())


def _implied_removed(present: dict[str, _Ranked]) -> dict[str, _Ranked]:
    """Leave out what follows from something else: of a ball its axes, of an axis its mirrors …"""
    ball, axis, stripes = present["spherical"], present["round"], present["stripes"]
    mirrors = present["mirror"]
    none = {kind: one[:0] for kind, one in present.items()}
    if len(ball):
        return none | {"spherical": ball[:1]}
    normals = unit(mirrors.parameters[:, :3])
    if len(stripes):
        along = unit(stripes.parameters)
        # Two directions of free shifts that are well apart are those of layers.
        layers = len(along) > 1 and abs(along[0] @ along[1]) < np.cos(np.deg2rad(45))
        if layers:
            return none | {"stripes": stripes[:2]}
        # Along the shift everything repeats; mirrors that hold the direction may say more.
        kept = np.abs(normals @ along[:1].T).max(axis=1, initial=0.0) < 0.3
        return none | {"stripes": stripes[:1], "mirror": mirrors[kept]}
    if len(axis):
        line, point = unit(axis.parameters[0, :3]), axis_point(axis.parameters[:1])[0]
        through = np.abs(normals @ point - mirrors.parameters[:, 3]) < 2 * NEAR
        implied = (np.abs(normals @ line) < np.sin(np.deg2rad(2 * NEAR_DEG))) & through
        return none | {"round": axis[:1], "mirror": mirrors[~implied]}
    return none | {"mirror": mirrors}


def _turns(coarse: Scene, fine: Scene, limit: float) -> list[tuple[Floats, int, float]]:
    """Find the best axis of each prime order, and the highest order that it has.

    An axis of order n has all turns by multiples of 1/n: the least agreement of them counts.

    Returns
    -------
    list of (parameters, order, agreement), without axes whose turns are those of a higher order
    """
    found: list[tuple[Floats, int, float]] = []
    for prime, orders in ORDERS.items():
        best = _ranked(coarse, fine, fold_kind(prime), 2).parameters[:1]
        of_each = [(n, _of_order(fine, best, n)) for n in orders]
        order, value = next(((n, a) for n, a in of_each if a >= limit), of_each[-1])
        found.append((best[0], order, value))
    found.sort(key=lambda one: -one[1])
    kept: list[tuple[Floats, int, float]] = []
    for one in found:
        if not any(n % one[1] == 0 and a >= limit and _near_axis(one[0], p) for p, n, a in kept):
            kept.append(one)
    return kept


def _of_order(fine: Scene, axis: Floats, order: int) -> float:
    """Least agreement of all turns by k/n about an axis (1, 6)."""
    turns = tuple(2 * np.pi * k / order for k in range(1, order // 2 + 1))
    return float(compared(fine, axes(axis, turns), ((0,),)).min())


def _near_axis(one: Floats, other: Floats) -> bool:
    first, second = unit(one[:3]), unit(other[:3])
    apart = np.linalg.norm(axis_point(one[None])[0] - axis_point(other[None])[0])
    return bool(abs(first @ second) > np.cos(np.deg2rad(2 * NEAR_DEG)) and apart < 2 * NEAR)


def isometries(moves: Moves) -> tuple[Isometry, ...]:
    """Return the A maps of one element."""
    return tuple(map(Isometry, moves.linear[0], moves.shift[0]))


def _tuple(vector: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in vector)


def _upward(vector: Floats) -> float:
    """Sign that makes a direction's largest coordinate positive: u and -u are one line."""
    return float(np.sign(vector[np.abs(vector).argmax()]) or 1.0)


def _element(kind: str, parameters: Floats, value: float, field: Grid) -> Element:
    moves = isometries(KINDS[kind].make(parameters[None]))
    if kind == "mirror":
        normal = unit(parameters[:-1])
        point = _tuple(field.place(parameters[-1] * normal))
        return Element(kind, moves, value, point=point, normal=_tuple(normal * _upward(normal)))
    if kind == "spherical":
        return Element(kind, moves, value, point=_tuple(field.place(parameters)))
    line = unit(parameters[:3])
    direction = _tuple(line * _upward(line))
    if kind == "stripes":
        return Element(kind, moves, value, direction=direction)
    point = _tuple(field.place(axis_point(parameters[None])[0]))
    return Element(kind, moves, value, point=point, direction=direction)


def _turn(parameters: Floats, order: int, value: float, field: Grid) -> Element:
    line = unit(parameters[:3])
    line = line * _upward(line)
    return Element(
        "rotation",
        isometries(axes(parameters[None], (2 * np.pi / order,))),
        value,
        point=_tuple(field.place(axis_point(parameters[None])[0])),
        direction=_tuple(line),
        order=order,
    )
