"""Symmetries without a field: mirrors, turns of the plane, inversion, permutations."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from symscope.groups import ORDERS
from symscope.lie.moves import Known

Floats = NDArray[np.float64]

SHARED = 256
"""Points that every candidate is tried on."""

RANDOM_NORMALS = 24
"""Mirrors of random direction that are tried beside those of the axes and diagonals."""

REFINED = 4
"""Mirrors per dimension, the best of those tried, that are moved and turned until they fit best."""

NEAR = 0.3
"""Error of a mirror above which it is not worth while to move it."""

SAME = 0.02
"""Distance of two unit normals below which two mirrors are one."""


@dataclass(frozen=True)
class Discrete:
    """One element of a discrete group.

    Attributes
    ----------
    kind : "mirror", "rotation", "inversion", "permutation"
    matrix : ndarray of shape (D, D + 1), the map x → A x + b as (A | b)
    error : of moving the points with it (moves.py), 0 is none
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
    known: Known, tolerance: float, centre: Floats, seed: int
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

    found = _mirrors(error, centre, tolerance, random)
    if len(centre) == 2:
        return (*found, *_turn(error, centre, tolerance, found))
    return (*found, *_others(error, centre, tolerance))


def _mirrors(
    error: Any, centre: Floats, tolerance: float, random: np.random.Generator
) -> list[Discrete]:
    dimension = len(centre)
    unit = np.eye(dimension)
    starts = [
        *unit,
        *(unit[i] + s * unit[j] for i, j in combinations(range(dimension), 2) for s in (1, -1)),
    ]
    starts = np.array([*starts, *random.standard_normal((RANDOM_NORMALS, dimension))])
    starts /= np.linalg.norm(starts, axis=1, keepdims=True)
    tried = np.array([error(mirror(normal, normal @ centre)) for normal in starts])
    found: list[tuple[Floats, float, float]] = []
    for number in np.argsort(tried, kind="stable")[: REFINED * dimension]:
        normal, offset, value = starts[number], starts[number] @ centre, tried[number]
        if value > max(NEAR, tolerance):
            break
        if value > tolerance / 100:  # else it fits as it is, and keeps its round numbers
            best, value = _settled(
                lambda z: error(mirror(z[:-1], z[-1])),
                np.r_[normal, offset],
                float(value),
                tolerance,
            )
            normal, offset = best[:-1] / np.linalg.norm(best[:-1]), float(best[-1])
        alike = any(
            min(np.linalg.norm(normal - n), np.linalg.norm(normal + n)) < SAME for n, _, _ in found
        )
        if value <= tolerance and not alike:
            found.append((normal, float(offset), float(value)))
    return [
        Discrete("mirror", mirror(n, d), value, 2, _mirror_in_words(n, d)) for n, d, value in found
    ]


def _settled(
    cost: Callable[[Floats], float], start: Floats, value: float, tolerance: float
) -> tuple[Floats, float]:
    """Move an element until it fits best; give up early where it does not come near."""
    best, size = start, len(start)
    for most in (30 * size, 120 * size):
        # The error grows as the square of the way from the best place.
        precision = {"xatol": 1e-2 * tolerance**0.5, "fatol": 1e-3 * tolerance, "maxfev": most}
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
    error: Any, centre: Floats, tolerance: float, mirrors: list[Discrete]
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
        place, value = start, error(about(turn, start))
        if tolerance / 100 < value <= max(NEAR, tolerance):
            place, value = _settled(
                lambda z, turn=turn: error(about(turn, z)), start, value, tolerance
            )
        if value <= tolerance:
            x, y = np.round(place, 4) + 0.0
            words = f"rotation by 360/{order}° about ({x:.3g}, {y:.3g})"
            matrix = about(turn, np.asarray(place, dtype=np.float64))
            return (Discrete("rotation", matrix, value, order, words),)
    return ()


def _others(error: Any, centre: Floats, tolerance: float) -> tuple[Discrete, ...]:
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
