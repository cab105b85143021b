"""The way in: a function, or data → its Algebra."""

from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from symscope.errors import TooSmall, UsageError, among
from symscope.io.functions import Batched, derivative, dimension_of
from symscope.io.samples import samples_in
from symscope.lie.algebra import Algebra, Verdict
from symscope.lie.data import Data, Target, not_identifiable, read_data
from symscope.lie.defects import CLASSES, Frame, search, sharpened
from symscope.lie.finite import KnownFunction
from symscope.lie.pairs import THICK, clusters, orbits, slopes
from symscope.lie.quadrics import quadric_rows
from symscope.lie.verdict import Witness, assemble, conclude, judge
from symscope.options import Route

Floats = NDArray[np.float64]

ROUTES = tuple(map(str, Route))

FUNCTION_POINTS = 512
"""Points at which a function is differentiated; more where the class has many fields."""

POINTS_PER_FIELD = 3

PAIRS_UP_TO = 4
"""Dimensions up to which neighbours are near enough for the pair route to check the other one."""

TINY = 1e-6
"""Thickness of an orbit, in units of the points' extent, that rounding may have."""

SAME = 1e-12
"""Range of a function's values, against their size, below which it is constant."""

EXACT_MOVE = 1e-9
"""Largest error of a discrete symmetry of an exact function."""


def discover(
    source: Callable[..., Any] | ArrayLike | Any,
    target: ArrayLike | str | None = None,
    *,
    dimension: int | None = None,
    domain: tuple[ArrayLike, ArrayLike] = (-1.0, 1.0),
    kind: str = "affine",
    route: str = "both",
    labels: bool | None = None,
    networks: int = 4,
    seed: int = 0,
) -> Algebra:
    """Find the symmetry group of a function or of data, with its generators, or that there is none.

    Parameters
    ----------
    source : callable, array of shape (P, D), or DataFrame
        A function f(x, y, …), or of a point (D,), or of points (P, D). Or points: with a
         target the places where it is known, without one a cloud that lies near one orbit. A
         DataFrame is read as a table in a file is (``io.samples.read_samples``).
    target : array of shape (P,) or (P, M), or the name of a DataFrame's column, optional
        Values, or labels of the level sets.
    dimension : D, needed for a function that takes a whole point
    domain : (low, high), each a number or (D,): where the function is looked at
    kind : class of generators: "affine", "linear" (about the origin) or "isometry"
    route : "gradient" (derivatives), "pairs" (neighbours on orbits), or "both", one checking the
        other where there are neighbours enough (up to four dimensions); or "adversarial": moves of
        data that a discriminator cannot tell (LieGAN, arXiv:2302.00236)
    labels : whether the target holds labels; by default if it repeats few values
    networks : how many learn the data
    seed : fixes all that is random

    Returns
    -------
    Algebra

    Raises
    ------
    UsageError
        For wrong arguments, a function that fails or returns what it should not.
    NotFinite, TooSmall, Constant
        For data from which nothing can be learned.

    Examples
    --------
    >>> algebra = discover(lambda x, y, z: x**2 + y**2 + z**2)
    >>> algebra.group, algebra.dimension
    ('O(3)', 3)
    """
    with threadpool_limits(1):  # these matrices are so small that threads only wait for each other
        return _discover(source, target, dimension, domain, kind, route, labels, networks, seed)


def _discover(
    source: Callable[..., Any] | ArrayLike | Any,
    target: ArrayLike | str | None,
    dimension: int | None,
    domain: tuple[ArrayLike, ArrayLike],
    kind: str,
    route: str,
    labels: bool | None,
    networks: int,
    seed: int,
) -> Algebra:
    for value, known, what in ((kind, CLASSES, "kind"), (route, ROUTES, "route")):
        if value not in known:
            raise UsageError(f"found {what} {value!r}: expected {among(value, known)}")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise UsageError(f"found seed {seed!r}: expected a whole number from 0 on")
    settings = {"class": kind, "route": route, "seed": seed, "symscope": version("symscope")}
    if callable(source):
        if target is not None:
            raise UsageError("a function has no target: leave it out, or pass points and values")
        return _of_function(source, dimension, domain, kind, route, settings)
    if networks < 2:
        raise UsageError(f"found {networks} networks: expected at least 2, to know their noise")
    read = samples_in(source, target)
    if read is not None:
        source, target = read.points, read.target
        settings |= {"read": list(read.notes)} if read.notes else {}
    data = read_data(source, target, labels)
    settings |= {"points": len(data.points), "target": str(data.target)}
    if data.target is not Target.NONE and route in ("gradient", "both"):
        settings |= {"networks": networks}
    return _of_data(data, kind, route, networks, settings)


def _of_function(
    function: Callable[..., Any],
    dimension: int | None,
    domain: tuple[ArrayLike, ArrayLike],
    kind: str,
    route: str,
    settings: dict[str, Any],
) -> Algebra:
    seed = settings["seed"]
    if route == "adversarial":
        raise UsageError(
            "route adversarial takes data, not a function: draw points and values of it "
            "(--samples on the command line)"
        )
    low, high = _box(function, dimension, domain)
    size = len(low)
    count = max(FUNCTION_POINTS, POINTS_PER_FIELD * size * (size + 1))
    points = np.random.default_rng(seed).uniform(low, high, (count, size))
    batched = Batched(function, points)
    settings |= {"points": count, "low": low.tolist(), "high": high.tolist()}
    known = KnownFunction.in_box(points, batched)
    values = batched(points)
    known_values = values[np.isfinite(values).all(axis=1)]
    if len(known_values) and np.ptp(known_values) <= SAME * np.abs(known_values).max():
        raise UsageError("the function is constant on its domain: everything is a symmetry")
    if route == "pairs":
        data = read_data(points, values, labels=False)
        found = _by_pairs(data, kind, seed)
        return conclude(found, None, known, size, kind, settings, tolerance=EXACT_MOVE)
    rows, good = derivative(batched, points)
    rows, points = rows[good], points[good]
    if not rows.any():
        raise UsageError(
            "the function is constant in pieces, so that its derivative says nothing: pass points "
            "and the function's values at them as labels"
        )
    found = Witness(rows[None], points, search(rows[None], points, kind, seed, exact=True))
    return conclude(found, None, known, size, kind, settings, tolerance=EXACT_MOVE)


def _box(
    function: Callable[..., Any], dimension: int | None, domain: tuple[ArrayLike, ArrayLike]
) -> tuple[Floats, Floats]:
    """Return the low and high end (D,) of a function's domain."""
    try:
        low, high = (np.asarray(end, dtype=np.float64) for end in domain)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"found domain {domain!r}, expected (low, high), each a number or D of them"
        ) from error
    size = dimension or dimension_of(function) or max(low.size, high.size)
    if size == 1 and not dimension:
        raise UsageError(
            "of how many coordinates is the function? give dimension=D, or write it as f(x, y, …)"
        )
    if not isinstance(size, int | np.integer) or size < 2:
        raise UsageError(f"found dimension {dimension!r}, expected a whole number from 2 on")
    try:
        low, high = np.broadcast_to(low, (size,)), np.broadcast_to(high, (size,))
    except ValueError:
        raise UsageError(
            f"found a domain of {max(low.size, high.size)} coordinates for a function of {size}"
        ) from None
    if not (np.isfinite(low) & np.isfinite(high) & (low < high)).all():
        raise UsageError("the domain's low end must lie below its high end, in every coordinate")
    return low, high


def _of_data(data: Data, kind: str, route: str, networks: int, settings: dict[str, Any]) -> Algebra:
    seed, size = settings["seed"], data.points.shape[1]
    why = not_identifiable(data.points)
    if why:
        return Algebra(Verdict.NOT_IDENTIFIABLE, why, size, kind, provenance=settings)
    if route == "adversarial":
        return _by_adversary(data, kind, settings)
    if data.target is Target.NONE or route == "pairs":
        if data.target is Target.NONE and route == "gradient":
            raise UsageError("points alone have no gradient: give a target, or take route pairs")
        return conclude(
            _by_pairs(data, kind, seed),
            None,
            KnownFunction.cloud(data.points),
            size,
            kind,
            settings,
        )
    # JAX is not needed before, and takes a second to load.
    from symscope.lie.gradients import learn

    learned = learn(data.points, data.values, seed, data.target is Target.LABELS, networks)
    rows = learned.rows(data.points)
    seen = search(rows, data.points, kind, seed)
    found = Witness(rows, data.points, seen, learned.skill, data.target is Target.LABELS)
    check = None
    if route == "both" and size <= PAIRS_UP_TO:
        with suppress(TooSmall):  # too few points on each orbit to check anything
            check = _by_pairs(data, kind, seed)
    known = KnownFunction.near(data.points, learned.values)
    # Networks that miss a share of the variance err by twice it when a point is moved.
    tolerance = max(0.01, 4 * (1 - learned.skill))
    return conclude(found, check, known, size, kind, settings, tolerance)


def _by_pairs(data: Data, kind: str, seed: int) -> Witness | None:
    """Take the pair route; None if the points show no orbits."""
    frame = Frame.of(data.points, kind)
    points = frame.inward(data.points)  # neighbours must not depend on units
    orbit = None if data.target is Target.VALUES else clusters(points, data.values)
    seen = slopes(points, data.values, seed) if orbit is None else orbits(points, orbit, seed)
    if seen.ratio > THICK:
        return None
    places, rows = frame.back(seen.points), seen.rows / frame.spread
    found = search(rows, places, kind, seed, halves=True)
    hypersurfaces = seen.dimension == points.shape[1] - 1
    if orbit is None or not hypersurfaces or not found.dimension or found.ignored:
        return Witness(rows, places, found, orbit=seen.dimension)
    fitted, distinct, residual = quadric_rows(points, orbit, seen.points, seen.orbit, seed)
    better = sharpened(found, fitted / frame.spread, places, kind)
    if better is None:
        return Witness(rows, places, found, orbit=seen.dimension)
    return Witness(
        rows,
        places,
        better[0],
        orbit=seen.dimension,
        distinct=distinct,
        moved_deg=better[1],
        misfit=residual / (seen.thickness + TINY),
    )


def _by_adversary(data: Data, kind: str, settings: dict[str, Any]) -> Algebra:
    from symscope.lie.adversarial import by_adversary, known_by_neighbours

    played = by_adversary(data, kind, settings["seed"])
    verdict, message = played.verdict, played.message
    if data.target is Target.NONE and not played.found.dimension:
        seen = None
        with suppress(TooSmall):  # too few points to see any orbit
            seen = _by_pairs(data, kind, settings["seed"])
        if seen is not None and judge(seen, None, None)[0] is not Verdict.NONE:
            verdict = Verdict.NOT_IDENTIFIABLE
            message += (
                "; but they lie along orbits that they cover in part or unevenly: cover them whole "
                "and evenly, or take route pairs, which asks for orbits alone"
            )
    known = known_by_neighbours(data)
    return assemble(played.found, verdict, message, known, kind, settings)
