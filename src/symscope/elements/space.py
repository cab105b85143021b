"""Mirror planes, axes, centres and periods of a field, refined on its finest grid.

The search of the classifiers (search.py), on the field's own values instead of a network's
components; what follows from something else that was found is left out.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize

from symscope.elements.element import Element, Elements
from symscope.elements.periods import find_periods
from symscope.features.agreement import Floats, Scene, compared, sample_points
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

FINE_CELLS = {1: 512, 3: 128}
"""Cells to which a coarser grid is drawn out for that."""

FLOOR = 0.005
"""As VARIANCE_FLOOR, on the field's own values: less noise, less floor. What is exact is there to
0.995 and more."""

PLACED, EVALUATIONS = 0.6, 300
"""Agreement from which an element is moved to where it is largest, and most places tried for that:
a step along one parameter at a time stays up to 7° from an axis."""

NEAR_DEG = 8.0
NEAR = 0.1
"""Degrees and half frames within which an element belongs to another."""

SAME = 0.3
"""Mean distance to which two elements move points alike, in half frames, up to which the weaker one
is the shadow of the other."""

ORDERS = {2: (8, 6, 4, 2), 3: (6, 3), 5: (5,), 7: (7,)}
"""Prime orders of axes that are looked for where there is no round one, and the orders that such an
axis may have."""

AXIS_TRIES = 6
"""Axes of each prime order refined."""

BESIDE = 0.04
"""Elements whose agreement is that much below that of the best of their kind, or of a kind that
they imply, are chance resemblance: what is smooth resembles its image in many planes."""


IMPLIED = {"round": ("mirror",), "spherical": ("mirror", "round"), "stripes": ("translation",)}
"""Kinds of which an element of a kind has some too."""


@cache
def fold_kind(order: int) -> Kind:
    """Rotations by one n-th of a turn about axes."""
    return replace(
        KINDS["round"], name=f"axis-{order}", make=lambda p: axes(p, (2 * np.pi / order,))
    )


def find_in_space(field: Grid) -> Elements:
    """Find the elements of a signal or volume; ``nearly`` are the best of the kinds not listed."""
    dimension = field.dimension
    coarse = Scene.of(field.values[None])
    values = np.asarray(gaussian_filter(field.fine, SMOOTH))[None]
    finer = max(1, FINE_CELLS[dimension] // field.fine.shape[0])
    fine = Scene.of(values, finer, FINE_POINTS[dimension], FLOOR)
    limit = PRESENT[dimension]
    ranked = {
        kind: _ranked(coarse, fine, KINDS[kind], TRIES[kind])
        for kind in OF_DIMENSION[dimension]
        if kind != "translation"
    }
    periods = find_periods(fine, limit)
    strongest = {kind: elements[0][1] for kind, elements in ranked.items()}
    strongest["translation"] = periods.strongest
    least = {
        kind: max(limit, *(strongest[each] - BESIDE for each in (kind, *IMPLIED.get(kind, ()))))
        for kind in ranked
    }
    present = {
        kind: [(p, value) for p, value in elements if value >= least[kind]]
        for kind, elements in ranked.items()
    }
    if dimension == 3:
        present = _implied_removed(present)
    elif len(periods.vectors):
        # A repeated palindrome has centres in every period: the best one says it.
        present["mirror"] = present["mirror"][:1]
    items = [
        _element(kind, parameters, value, field)
        for kind, elements in present.items()
        for parameters, value in elements
    ]
    best = {kind: _element(kind, *elements[0], field) for kind, elements in ranked.items()}
    if periods.best is not None:
        best["translation"] = _element("translation", *periods.best, field)

    def found(items: list[Element]) -> Elements:
        listed = {item.kind for item in items}
        nearly = tuple(item for kind, item in best.items() if kind not in listed)
        return Elements(tuple(items), strongest, nearly=nearly)

    if any(present.get(kind) for kind in ("round", "spherical", "stripes")):
        return found(items)
    for vector, value in zip(periods.vectors, periods.agreement, strict=True):
        items.append(_element("translation", vector, float(value), field))
    if dimension == 3:
        turns = _turns(coarse, fine, limit)
        strongest["rotation"] = best_turn = max(value for _, _, value in turns)
        enough = max(limit, best_turn - BESIDE)
        items += [_element("rotation", p, v, field, n) for p, n, v in turns if v >= enough]
    return found(items)


def _ranked(coarse: Scene, fine: Scene, kind: Kind, tries: int) -> list[tuple[Floats, float]]:
    """Search on the coarse grid, refine on the finest → (parameters, agreement), best first."""
    start = search(coarse, kind, tries, ((0,),)).parameters
    quarter = replace(kind, steps=lambda d: kind.steps(d) / 4)
    best = refined(fine, quarter, start, ((0,),), sweeps=6)
    agreement = _agreements(fine, kind, best)
    for number in np.flatnonzero(agreement >= PLACED):
        best[number] = _placed(fine, quarter, best[number])
    agreement = _agreements(fine, kind, best)
    # Of elements that move points nearly alike, the weaker one is a shadow.
    near = SAME * min(1, fine.dimension / 2)
    moved = kind.make(best)(sample_points(fine.dimension)[::17])
    kept: list[int] = []
    for number in np.argsort(-agreement, kind="stable").tolist():
        away = [np.linalg.norm(moved[number] - moved[i], axis=-1).mean() for i in kept]
        if all(mean > near for mean in away):
            kept.append(number)
    return [(best[number], float(agreement[number])) for number in kept]


def _agreements(fine: Scene, kind: Kind, parameters: Floats) -> Floats:
    """Agreement under elements (T, p), of each the mean over its moves: (T,)."""
    return compared(fine, kind.make(parameters), ((0,),))[..., 0].mean(axis=1).astype(np.float64)


def _placed(fine: Scene, kind: Kind, start: Floats) -> Floats:
    """Move an element (p,) to where its agreement is largest nearby, by Nelder and Mead (1965)."""
    away = kind.steps(fine.dimension)
    options = {
        "initial_simplex": np.vstack([start, start + np.diag(away)]),
        "maxfev": EVALUATIONS,
        "xatol": 1e-4,
        "fatol": 1e-5,
    }

    def lost(parameters: Floats) -> float:
        allowed = kind.allowed(parameters[None])[0]
        return 1 - float(_agreements(fine, kind, parameters[None])[0]) if allowed else 2.0

    return np.asarray(minimize(lost, start, method="Nelder-Mead", options=options).x, np.float64)


def _implied_removed(
    present: dict[str, list[tuple[Floats, float]]],
) -> dict[str, list[tuple[Floats, float]]]:
    """Leave out what follows from something else: of a ball its axes, of an axis its mirrors …"""
    none = {kind: [] for kind in present}
    if present["spherical"]:
        return none | {"spherical": present["spherical"][:1]}
    mirrors = [(unit(plane[:3]), plane[3], (plane, value)) for plane, value in present["mirror"]]
    if present["stripes"]:
        along = [unit(direction) for direction, _ in present["stripes"][:2]]
        # Two directions of free shifts that are well apart are those of layers.
        if len(along) > 1 and abs(along[0] @ along[1]) < np.cos(np.deg2rad(45)):
            return none | {"stripes": present["stripes"][:2]}
        # Along the shift everything repeats; mirrors that hold the direction may say more.
        holding = [item for normal, _, item in mirrors if abs(normal @ along[0]) < 0.3]
        return none | {"stripes": present["stripes"][:1], "mirror": holding}
    if present["round"]:
        axis = present["round"][0][0]
        line, point = unit(axis[:3]), axis_point(axis[None])[0]
        free = [
            item
            for normal, offset, item in mirrors
            if abs(normal @ line) >= np.sin(np.deg2rad(2 * NEAR_DEG))
            or abs(normal @ point - offset) >= 2 * NEAR
        ]
        return none | {"round": present["round"][:1], "mirror": free}
    return none | {"mirror": present["mirror"]}


def _turns(coarse: Scene, fine: Scene, limit: float) -> list[tuple[Floats, int, float]]:
    """Find the best axis of each prime order, and the highest order that it has.

    Returns
    -------
    list of (parameters, order, agreement), without axes whose turns are those of a higher order
    """
    best_of_each: list[tuple[Floats, int, float]] = []
    for prime, orders in ORDERS.items():
        axis = _ranked(coarse, fine, fold_kind(prime), AXIS_TRIES)[0][0]
        # An axis of order n has all turns by multiples of 1/n: the least agreement counts.
        turns = {n: tuple(2 * np.pi * k / n for k in range(1, n // 2 + 1)) for n in orders}
        values = {
            n: float(compared(fine, axes(axis[None], by), ((0,),)).min()) for n, by in turns.items()
        }
        least = max(limit, max(values.values()) - BESIDE)
        order = next((n for n in orders if values[n] >= least), prime)
        best_of_each.append((axis, order, values[order]))
    kept: list[tuple[Floats, int, float]] = []
    for axis, order, value in sorted(best_of_each, key=lambda item: -item[1]):
        line, point = unit(axis[:3]), axis_point(axis[None])[0]
        follows = any(
            n % order == 0
            and of_higher >= limit
            and abs(line @ unit(other[:3])) > np.cos(np.deg2rad(2 * NEAR_DEG))
            and np.linalg.norm(point - axis_point(other[None])[0]) < 2 * NEAR
            for other, n, of_higher in kept
        )
        if not follows:
            kept.append((axis, order, value))
    return kept


def _element(
    kind: str, parameters: Floats, value: float, field: Grid, order: int | None = None
) -> Element:
    """Tell an element's place in the units of the field's source."""
    line = parameters[: len(parameters) - 1 if kind == "mirror" else 3]
    # u and -u are one line: the largest coordinate is positive.
    upward = float(np.sign(line[np.abs(line).argmax()]) or 1.0) * line
    where: dict[str, Any] = {}
    if kind == "translation":
        parameters, where["vector"] = upward, field.half * upward
    elif kind == "spherical":
        where["point"] = field.place(parameters)
    elif kind == "mirror":
        where["point"] = field.place(parameters[-1] * unit(line))
        where["normal"] = unit(upward)
    else:
        where["direction"] = unit(upward)
        if kind != "stripes":
            where["point"] = field.place(axis_point(parameters[None])[0])
    make = KINDS[kind].make if order is None else fold_kind(order).make
    made = make(parameters[None])
    moves = tuple(map(Isometry, made.linear[0], made.shift[0]))
    where = {key: tuple(float(v) for v in vector) for key, vector in where.items()}
    return Element(kind, moves, value, order=order, **where)
