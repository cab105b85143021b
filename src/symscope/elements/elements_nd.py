"""Mirror planes, axes, centres and periods of a field, refined on its finest grid.

The search of the classifiers (search.py), on the field's own values instead of a network's components;
what follows from something else that was found is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from symscope.elements.periods import Periods, find_periods
from symscope.features.agreement import Floats, Moves, Scene, compared, sample_points
from symscope.features.lie_defect import layer_agreement, unrelated
from symscope.features.moves import (
    KINDS,
    OF_DIMENSION,
    Kind,
    axes,
    axis_point,
    unit,
)
from symscope.features.search import refined, search
from symscope.io.grids import Grid

PRESENT = {1: 0.85, 3: 0.86}
"""Agreement from which an element counts as there, by dimension; see ``symscope evaluate``."""

TRIES = {"mirror": 6, "axis": 4, "centre": 2, "stripes": 3}
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

HIDDEN_POINTS = 1024
"""Points at which the hidden layer is compared."""

LEAST_COMPARED = 0.3
"""Least share of them that must stay in the frame."""

NAMES = {
    "mirror": "mirror",
    "axis": "axis",
    "centre": "centre",
    "stripes": "shift",
    "period": "period",
}
"""What each kind that is searched for is called in a result."""


@dataclass(frozen=True)
class Place:
    """One element of a signal or volume, in the units of its source.

    Attributes
    ----------
    kind : "mirror", "axis" (any angle), "rotation" (by 1/order of a turn), "centre", "shift" (any
        length) or "period"
    moves : the element, or a sample of the family, in the frame [-1, 1]^D
    pixels : agreement of the field's values, mean over the moves, at most 1
    point : on the plane or axis, nearest the middle of what was looked at; or the centre
    normal, direction : unit vector of a plane, of an axis or a shift
    vector : of a period
    order : n of a rotation
    hidden, hidden_sd : agreement of the hidden layer, mean and standard deviation over networks
    """

    kind: str
    moves: Moves
    pixels: float
    point: tuple[float, ...] | None = None
    normal: tuple[float, ...] | None = None
    direction: tuple[float, ...] | None = None
    vector: tuple[float, ...] | None = None
    order: int | None = None
    hidden: float | None = None
    hidden_sd: float | None = None

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, without those that this kind does not have."""
        row = {key: value for key, value in vars(self).items() if key != "moves"}
        row = {key: list(v) if isinstance(v, tuple) else v for key, v in row.items()}
        row |= {"length": float(np.linalg.norm(self.vector))} if self.vector else {}
        return {key: value for key, value in row.items() if value is not None}


@dataclass(frozen=True)
class Places:
    """All that was found, and the best agreement of each kind, there or not."""

    found: tuple[Place, ...]
    strongest: dict[str, float]

    def of(self, kind: str) -> tuple[Place, ...]:
        """The elements of one kind."""
        return tuple(item for item in self.found if item.kind == kind)

    def with_hidden(self, agreement: NDArray[np.float64]) -> "Places":
        """Add the hidden layer's agreement, (N, elements)."""
        found = [
            replace(item, hidden=float(values.mean()), hidden_sd=float(values.std()))
            if np.isfinite(values).all()
            else item
            for item, values in zip(self.found, agreement.T, strict=True)
        ]
        return Places(tuple(found), self.strongest)


@dataclass(frozen=True)
class _Ranked:
    """Elements of one kind on the finest grid, best first: (T, p) and (T,)."""

    kind: str
    parameters: Floats
    agreement: Floats

    def present(self, limit: float) -> "_Ranked":
        kept = self.agreement >= max(limit, float(self.agreement[0]) - BESIDE)
        return _Ranked(self.kind, self.parameters[kept], self.agreement[kept])


@cache
def fold_kind(order: int) -> Kind:
    """Rotations by one n-th of a turn about axes."""
    return replace(
        KINDS["axis"], name=f"axis-{order}", make=lambda p: axes(p, (2 * np.pi / order,))
    )


def find_places(field: Grid) -> Places:
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
        if kind != "period"
    }
    periods = find_periods(fine, limit)
    strongest = {NAMES[k]: float(r.agreement[0]) for k, r in ranked.items()}
    strongest["period"] = periods.strongest
    there = {kind: one.present(limit) for kind, one in ranked.items()}
    if dimension == 1:
        return Places(_of_line(there["mirror"], periods, field), strongest)
    chosen = _implied_removed(there)
    found = [
        _place(kind, parameters, value, field)
        for kind, one in chosen.items()
        for parameters, value in zip(one.parameters, one.agreement, strict=True)
    ]
    if not any(len(chosen[kind].parameters) for kind in ("axis", "centre", "stripes")):
        found += _periods(periods, field)
        turns = _turns(coarse, fine, limit)
        strongest["rotation"] = max((a for _, _, a in turns), default=0.0)
        found += [_turn(p, n, a, field) for p, n, a in turns if a >= limit]
    return Places(tuple(found), strongest)


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


def _implied_removed(there: dict[str, _Ranked]) -> dict[str, _Ranked]:
    """Leave out what follows from something else: of a ball its axes, of an axis its mirrors …"""
    centre, axis, shift = there["centre"], there["axis"], there["stripes"]
    none = {
        kind: _Ranked(kind, one.parameters[:0], one.agreement[:0]) for kind, one in there.items()
    }
    if len(centre.parameters):
        return none | {"centre": _first(centre, 1)}
    if len(shift.parameters):
        rods = _first(shift, 2 if _second_is_other(shift) else 1)
        # Along the shift everything repeats; mirrors that hold the direction may say more.
        along = unit(rods.parameters)
        kept = _where(there["mirror"], lambda p: np.abs(unit(p[:, :3]) @ along.T).max(axis=1) < 0.3)
        if len(along) > 1:
            kept = none["mirror"]
        return none | {"stripes": rods, "mirror": kept}
    if len(axis.parameters):
        one = _first(axis, 1)
        line, point = unit(one.parameters[:, :3])[0], axis_point(one.parameters)[0]

        def crosses(p: Floats) -> NDArray[np.bool_]:
            normal = unit(p[:, :3])
            through = np.abs(normal @ point - p[:, 3]) < 2 * NEAR
            return ~((np.abs(normal @ line) < np.sin(np.deg2rad(2 * NEAR_DEG))) & through)

        return none | {"axis": one, "mirror": _where(there["mirror"], crosses)}
    return none | {"mirror": there["mirror"]}


def _first(one: _Ranked, count: int) -> _Ranked:
    return _Ranked(one.kind, one.parameters[:count], one.agreement[:count])


def _second_is_other(shift: _Ranked) -> bool:
    """Whether a second direction of free shifts is well apart from the first."""
    if len(shift.parameters) < 2:
        return False
    first, second = unit(shift.parameters[:2])
    return float(abs(first @ second)) < np.cos(np.deg2rad(45))


def _where(one: _Ranked, holds: Callable[[Floats], NDArray[np.bool_]]) -> _Ranked:
    if not len(one.parameters):
        return one
    kept = holds(one.parameters)
    return _Ranked(one.kind, one.parameters[kept], one.agreement[kept])


def _of_line(mirrors: _Ranked, periods: Periods, field: Grid) -> tuple[Place, ...]:
    if len(periods.vectors):
        # A repeated palindrome has centres in every period: the best one says it.
        mirrors = _first(mirrors, 1)
    found = [
        _place("mirror", p, a, field)
        for p, a in zip(mirrors.parameters, mirrors.agreement, strict=True)
    ]
    return (*found, *_periods(periods, field))


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


def _tuple(vector: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in vector)


def _upward(vector: Floats) -> float:
    """Sign that makes a direction's largest coordinate positive: u and -u are one line."""
    return float(np.sign(vector[np.abs(vector).argmax()]) or 1.0)


def _place(kind: str, parameters: Floats, value: float, field: Grid) -> Place:
    moves = KINDS[kind].make(parameters[None])
    if kind == "mirror":
        normal = unit(parameters[:-1])
        point = field.place(parameters[-1] * normal)
        normal = normal * _upward(normal)
        return Place(kind, moves, value, point=_tuple(point), normal=_tuple(normal))
    if kind == "centre":
        return Place(kind, moves, value, point=_tuple(field.place(parameters)))
    line = unit(parameters[:3])
    line = line * _upward(line)
    if kind == "stripes":
        return Place("shift", moves, value, direction=_tuple(line))
    point = field.place(axis_point(parameters[None])[0])
    return Place("axis", moves, value, point=_tuple(point), direction=_tuple(line))


def _turn(parameters: Floats, order: int, value: float, field: Grid) -> Place:
    line = unit(parameters[:3])
    line = line * _upward(line)
    return Place(
        "rotation",
        axes(parameters[None], (2 * np.pi / order,)),
        value,
        point=_tuple(field.place(axis_point(parameters[None])[0])),
        direction=_tuple(line),
        order=order,
    )


def _periods(periods: Periods, field: Grid) -> list[Place]:
    found = []
    for vector, value in zip(periods.vectors, periods.agreement.tolist(), strict=True):
        upward = vector * _upward(vector)
        moves = KINDS["period"].make(upward[None])
        found.append(Place("period", moves, value, vector=_tuple(field.half * upward)))
    return found


def hidden_agreement(
    places: Places, hidden: Callable[[Floats], NDArray[np.float32]], dimension: int
) -> NDArray[np.float64]:
    """Measure each element's agreement in the hidden layer of N networks.

    Parameters
    ----------
    hidden : points (P, D) → (N, P, H)

    Returns
    -------
    array of shape (N, elements)
        NaN where too little of the frame is mapped into it.
    """
    points = sample_points(dimension, HIDDEN_POINTS)
    here = hidden(points)
    apart = [unrelated(layer) for layer in here]
    result = np.full((len(here), len(places.found)), np.nan)
    for number, item in enumerate(places.found):
        values = [at_move(moved, hidden, here, apart) for moved in item.moves(points)[0]]
        known = [value for value in values if value is not None]
        if known:
            result[:, number] = np.mean(known, axis=0)
    return result


def at_move(
    moved: Floats,
    hidden: Callable[[Floats], NDArray[np.float32]],
    here: NDArray[np.float32],
    apart: Sequence[float],
) -> list[float] | None:
    """Compare layers (N, P, H) with themselves at moved points (P, D); None if few are inside."""
    inside = np.asarray((np.abs(moved) <= 1).all(axis=1))
    if float(inside.mean()) < LEAST_COMPARED:
        return None
    there = hidden(np.where(inside[:, None], moved, 0.0))
    # One at a time: a network's value must not depend on its neighbours' number.
    return [
        layer_agreement(one, other, inside, far)
        for one, other, far in zip(here, there, apart, strict=True)
    ]
