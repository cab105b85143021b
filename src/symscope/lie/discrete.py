"""Symmetries without a field: mirrors, turns of the plane, inversion, permutations."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from symscope.groups import ORDERS
from symscope.lie.finite import KnownFunction

Floats = NDArray[np.float64]
Error = Callable[[Floats], float]

SHARED = 256
"""Points that every candidate is tried on."""

RANDOM_NORMALS = 24
"""Mirrors of random direction that are tried beside those of the axes and diagonals."""

REFINED = 4
"""Mirrors per dimension, the best of those tried, that are moved and turned until they fit best."""

NEAR = 0.3
"""Error of a mirror above which it is not worth while to move it."""

ASIDE = np.array([0.0, -0.15, 0.15, -0.3, 0.3])
"""Places of mirrors and centres that are tried, from the middle, in half extents of the points."""

FEW_DIMENSIONS = 3
"""In more dimensions mirrors are tried through the middle only: there are too many."""

STEP = 0.1
"""How far an element is moved at first when it is tried where it fits best, in units of 1 for a
normal and of half the points' extent for a place."""

SAME = 0.02
"""Distance of two unit normals below which two mirrors are one."""


@dataclass(frozen=True)
class Discrete:
    """One element of a discrete group.

    Attributes
    ----------
    kind : "mirror", "rotation", "inversion", "permutation"
    matrix : ndarray of shape (D, D + 1), the map x → A x + b as (A | b)
    error : of moving the points with it (finite.py), 0 is none
    order : the smallest number of repetitions that changes nothing
    description : in words
    """

    kind: str
    matrix: Floats
    error: float
    order: int
    description: str

    def to_row(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return vars(self) | {"matrix": self.matrix.tolist()}


def mirror(normal: Floats, offset: float) -> Floats:
    """Return the reflection (D, D + 1) in the plane of the points with x·normal = offset."""
    unit = normal / np.linalg.norm(normal)
    return np.c_[np.eye(len(unit)) - 2 * np.outer(unit, unit), 2 * offset * unit]


def about(linear: Floats, centre: Floats) -> Floats:
    """Return the linear map (D, D) about a centre, as (A | b)."""
    return np.c_[linear, centre - linear @ centre]


def discrete_elements(
    known: KnownFunction, tolerance: float, centre: Floats, seed: int
) -> tuple[Discrete, ...]:
    """Search for the discrete symmetries of a function.

    Parameters
    ----------
    tolerance : largest error of a symmetry
    centre : array of shape (D,), where the search starts; mirrors and turns of the plane are
        moved until they fit best

    Returns
    -------
    tuple of Discrete
        Mirrors, then the turn of the plane of highest order or, in more dimensions, inversion,
        quarter turns of two coordinates and the cyclic permutation.
    """
    random = np.random.default_rng(seed)
    points = known.points[random.permutation(len(known.points))[:SHARED]]

    def error(matrix: Floats) -> float:
        value = known.error(points @ matrix[:, :-1].T + matrix[:, -1], points)
        return value if np.isfinite(value) else 1.0

    extent = float(np.ptp(known.points, axis=0).mean()) / 2
    found = _mirrors(error, centre, extent, tolerance, random)
    if len(centre) == 2:
        return (*found, *_turn(error, centre, extent, tolerance, found))
    return (*found, *_others(error, centre, tolerance))


def _mirrors(
    error: Error, centre: Floats, extent: float, tolerance: float, random: np.random.Generator
) -> list[Discrete]:
    dimension = len(centre)
    unit = np.eye(dimension)
    pairs = [unit[i] + s * unit[j] for i, j in combinations(range(dimension), 2) for s in (1, -1)]
    normals = np.array([*unit, *pairs, *random.standard_normal((RANDOM_NORMALS, dimension))])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    aside = extent * (ASIDE if dimension <= FEW_DIMENSIONS else np.zeros(1))
    starts = [(n, float(n @ centre + a)) for a in aside for n in normals]
    tried = np.array([error(mirror(*start)) for start in starts])
    steps = STEP * np.r_[np.ones(dimension), extent]
    found: list[tuple[Floats, float, float]] = []
    for number in np.argsort(tried, kind="stable")[: REFINED * dimension]:
        (normal, offset), value = starts[number], float(tried[number])
        if value > max(NEAR, tolerance):
            break
        if value > tolerance / 100:  # else it fits as it is, and keeps its round numbers
            cost = lambda z: error(mirror(z[:-1], z[-1] / np.linalg.norm(z[:-1])))  # noqa: E731
            best, value = _settled(cost, np.r_[normal, offset], value, tolerance, steps)
            size = np.linalg.norm(best[:-1])
            normal, offset = best[:-1] / size, float(best[-1] / size)
        if value <= tolerance and not any(_same(normal, offset, n, d, extent) for n, d, _ in found):
            found.append((normal, offset, value))
    return [
        Discrete("mirror", mirror(n, d), value, 2, _mirror_in_words(n, d)) for n, d, value in found
    ]


def _same(normal: Floats, offset: float, other: Floats, place: float, extent: float) -> bool:
    """Tell whether two mirrors are one, whichever way their normals point."""
    sign = 1.0 if normal @ other > 0 else -1.0
    apart = np.linalg.norm(normal - sign * other) < SAME
    return bool(apart and abs(offset - sign * place) < SAME * extent)


def _settled(
    cost: Error, start: Floats, value: float, tolerance: float, steps: Floats
) -> tuple[Floats, float]:
    """Move an element until it fits best; give up early where it does not come near."""
    best, size = start, len(start)
    for most, shrunk in ((30 * size, 1.0), (120 * size, 0.1)):
        # The error grows as the square of the way from the best place.
        precision = {"xatol": 1e-2 * tolerance**0.5, "fatol": 1e-3 * tolerance, "maxfev": most}
        precision["initial_simplex"] = np.vstack([best, best + shrunk * np.diag(steps)])
        result = minimize(cost, best, method="Nelder-Mead", options=precision)
        best, before, value = np.asarray(result.x, np.float64), value, float(result.fun)
        if value > max(tolerance, before / 10):
            break
    return best, value


def _mirror_in_words(normal: Floats, offset: float) -> str:
    big = np.flatnonzero(np.abs(normal) > SAME)
    if len(big) == 1:
        at = offset * np.sign(normal[big[0]])
        return (
            f"mirror x{big[0] + 1} → {f'{2 * at:.3g} - ' if abs(at) > SAME else '-'}x{big[0] + 1}"
        )
    if (
        len(big) == 2
        and abs(abs(normal[big[0]]) - abs(normal[big[1]])) < SAME
        and abs(offset) < SAME
    ):
        sign = "-" if normal[big[0]] * normal[big[1]] > 0 else ""
        return f"mirror x{big[0] + 1} ↔ {sign}x{big[1] + 1}"
    place = round(offset, 4) + 0.0
    return f"mirror with normal ({', '.join(f'{v:.3g}' for v in normal)}) at {place:.3g}"


def _turn(
    error: Error, centre: Floats, extent: float, tolerance: float, mirrors: list[Discrete]
) -> tuple[Discrete, ...]:
    """Find the turn of the plane of highest order."""
    start = centre
    if len(mirrors) > 1:
        # Two mirrors meet in the centre.
        linear = np.concatenate([np.eye(2) - m.matrix[:, :-1] for m in mirrors])
        shift = np.concatenate([m.matrix[:, -1] for m in mirrors])
        start = np.asarray(np.linalg.lstsq(linear, shift)[0], dtype=np.float64)
    for order in sorted(ORDERS, reverse=True):
        angle = 2 * np.pi / order
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        cost: Error = lambda z, turn=turn: error(about(turn, z))  # noqa: E731
        # With mirrors the centre is known; without, it is looked for around the middle.
        around = (
            [start]
            if len(mirrors) > 1
            else [start + extent * np.array(g) for g in product(ASIDE, ASIDE)]
        )
        tried = [cost(np.asarray(place)) for place in around]
        place, value = np.asarray(around[int(np.argmin(tried))], np.float64), min(tried)
        if tolerance / 100 < value <= max(NEAR, tolerance):
            place, value = _settled(cost, place, value, tolerance, STEP * extent * np.ones(2))
        if value <= tolerance:
            x, y = np.round(place, 4) + 0.0
            words = f"rotation by 360/{order}° about ({x:.3g}, {y:.3g})"
            matrix = about(turn, np.asarray(place, dtype=np.float64))
            return (Discrete("rotation", matrix, value, order, words),)
    return ()


def _others(error: Error, centre: Floats, tolerance: float) -> tuple[Discrete, ...]:
    """Try inversion, quarter turns of two coordinates, and the cyclic permutation."""
    dimension = len(centre)
    unit = np.eye(dimension)
    tried = [("inversion", -unit, 2, "inversion x → -x")]
    for i, j in combinations(range(dimension), 2):
        quarter = unit.copy()
        quarter[[i, j]] = -unit[j], unit[i]
        tried.append(("rotation", quarter, 4, f"quarter turn of x{i + 1} and x{j + 1}"))
    cycle = np.roll(unit, 1, axis=0)
    tried.append(("permutation", cycle, dimension, f"cyclic permutation of x1 … x{dimension}"))
    results = []
    for kind, linear, order, words in tried:
        matrix = about(linear, centre)
        value = error(matrix)
        if value <= tolerance:
            results.append(Discrete(kind, matrix, value, order, words))
    return tuple(results)


def discrete_name(elements: tuple[Discrete, ...], dimension: int) -> str:
    """Name the group that discrete elements generate; "none" without any.

    >>> discrete_name((Discrete("mirror", mirror(np.array([1.0, 0]), 0), 0.0, 2, ""),), 2)
    'Z_2'
    """
    mirrors = [item for item in elements if item.kind == "mirror"]
    order = max((item.order for item in elements if item.kind == "rotation"), default=1)
    if dimension == 2:
        if mirrors:
            return f"D_{order}" if order > 1 else "Z_2"
        return f"C_{order}" if order > 1 else "none"
    flips = sum(_is_signed(m, 0) for m in mirrors)
    swaps = sum(_is_signed(m, 2) for m in mirrors)
    pairs = dimension * (dimension - 1) // 2
    if flips == dimension and swaps == 2 * pairs:
        return f"B_{dimension}"
    if swaps == pairs and flips == 0:
        return f"S_{dimension}"
    if mirrors and flips == len(mirrors):
        return "Z_2" if flips == 1 else f"Z_2^{flips}"
    if len(mirrors) == 1:
        return "Z_2"
    names = [item.description for item in elements]
    return "generated by " + "; ".join(names) if names else "none"


def _is_signed(item: Discrete, moved: int) -> bool:
    """Tell a coordinate's change of sign (0 coordinates exchanged) or an exchange of two (2)."""
    linear = item.matrix[:, :-1]
    whole = bool(np.allclose(np.abs(linear), np.round(np.abs(linear)), atol=SAME))
    return whole and int(np.sum(np.abs(np.diag(linear)) < 0.5)) == moved
