"""Python functions of any dimension: calls, derivatives, values as a Grid."""

import hashlib
import inspect
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symscope.errors import NotFinite, UsageError
from symscope.field import cell_centres
from symscope.io.grids import SIDES, Grid
from symscope.options import MOST_DIMENSIONS

Floats = NDArray[np.float64]

LEAST_FINITE = 0.9
"""Share of the points at which a function must have a finite value and a derivative."""

ROUGH = 1e-3
"""Relative error of a derivative, as its extrapolation estimates it, above which the point is left
out: the function has a kink or a jump there."""

TRIED = (7, 11)
"""Points with which it is found out how a function wants to be called: the first of these that is
not the number of dimensions, so that an array's shape tells which axis is which."""

SECONDS = 60.0
"""Most time for all points of a function."""

ELSEWHERE = 16384
"""Points at which a function of four dimensions or more is asked."""

PLANE_SIDE = 128
"""Points along a side of a function of the plane, which is then a picture."""

TOGETHER = 512
"""Points asked for between two looks at the clock."""

ROUNDING = 1e-9
"""Share of the range within which two values of a function are one."""


def dimension_of(function: Callable[..., Any]) -> int | None:
    """Return the number of arguments without default, if there are several; else None."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in kinds and p.default is inspect.Parameter.empty]
    return len(needed) if len(needed) > 1 else None


class Batched:
    """A function as (P, D) → (P, M), however it wants to be called.

    It may take all points at once, (P, D) → (P,) or (P, M); one point at a time, (D,) → a number or
    (M,); or D separate coordinates.

    Parameters
    ----------
    function : callable
    tried : array of shape (P, D), points of its domain

    Raises
    ------
    UsageError
        If it fails on one of the points, or returns no numbers of one shape.
    """

    def __init__(self, function: Callable[..., Any], tried: Floats) -> None:
        separate = dimension_of(function) == tried.shape[1] > 1
        self._one = (lambda x: function(*x)) if separate else function
        self._all = (lambda x: function(*x.T)) if separate else function
        points = tried[: TRIED[tried.shape[1] == TRIED[0]]]
        together = self._together(points)
        try:
            single = _stacked([self._at(point) for point in points])
        except UsageError:
            if together is None:
                raise
            single = together
        self._at_once = together is not None and bool(
            together.shape == single.shape and np.allclose(together, single, equal_nan=True)
        )
        self.outputs = single.shape[1]

    def __call__(self, points: Floats) -> Floats:
        """Return the values at points (P, D), shape (P, M)."""
        with np.errstate(all="ignore"):
            if self._at_once:
                return _numbers(self._all(points.copy())).reshape(len(points), -1)
            return np.stack([self._at(point) for point in points])

    def _at(self, point: Floats) -> Floats:
        """Ask for one point."""
        try:
            with np.errstate(all="ignore"):
                value = _numbers(self._one(point.copy()))
        except Exception as error:
            raise UsageError(
                f"the function failed at the point {np.round(point, 3).tolist()}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if value.ndim > 1:
            raise UsageError(
                f"the function returned an array of shape {value.shape} for one point of shape "
                f"{point.shape}: expected a number, or M numbers"
            )
        return value.ravel()

    def _together(self, points: Floats) -> Floats | None:
        """Ask for all points at once; None if the answer is not one row for each."""
        try:
            with np.errstate(all="ignore"):
                value = _numbers(self._all(points.copy()))
        except Exception:
            return None  # it may take one point at a time
        one_each = value.ndim in (1, 2) and len(value) == len(points)
        return value.reshape(len(points), -1) if one_each else None


def _numbers(value: Any) -> Floats:
    """Return what a function returned as real numbers."""
    array = np.asarray(value)
    if np.iscomplexobj(array):
        raise TypeError("it returned complex numbers: return real and imaginary part as two")
    return array.astype(np.float64)


def _stacked(values: list[Floats]) -> Floats:
    if len({value.shape for value in values}) > 1:
        shapes = ", ".join(str(shape) for shape in sorted({value.shape for value in values}))
        raise UsageError(f"the function returned arrays of different shapes: {shapes}")
    return np.stack(values)


def derivative(function: Batched, points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Differentiate a function at points (P, D) by extrapolated differences.

    Returns
    -------
    rows : array of shape (P, M, D)
    good : array of shape (P,)
        Where function and derivative are finite and smooth.

    Raises
    ------
    NotFinite
        If more than a tenth of the points are not good.
    """

    def columns(x: Floats) -> Floats:
        flat = x.reshape(len(x), -1)
        return function(np.ascontiguousarray(flat.T)).T.reshape(-1, *x.shape[1:])

    from scipy.differentiate import jacobian

    with np.errstate(all="ignore"):
        derivatives = jacobian(columns, points.T, initial_step=0.05, maxiter=6)
        rows = np.moveaxis(np.asarray(derivatives.df, float), -1, 0)  # (P, M, D)
        error = np.moveaxis(np.asarray(derivatives.error, float), -1, 0)
        size = np.sqrt((rows**2).sum(axis=(1, 2)))
        error_size = np.sqrt((error**2).sum(axis=(1, 2)))
        scale = np.nanmedian(size) if np.isfinite(size).any() else 0.0
        finite = np.isfinite(size) & np.isfinite(error_size)
        good = finite & (error_size <= ROUGH * np.maximum(size, scale))
    if good.mean() < LEAST_FINITE:
        raise NotFinite(
            f"the function has a finite value and a derivative at {good.mean():.0%} of the points: "
            "expected nearly all; narrow the domain to where it is smooth, or pass samples of it "
            "as discover(points, values)"
        )
    return rows, good


def asked(function: Callable[..., Any], points: Floats, seconds: float = SECONDS) -> Floats:
    """Ask a function at points (P, D) → values (P,).

    Raises
    ------
    UsageError
        If it fails, returns other than one number a point, or would take longer than ``seconds``.
    NotFinite
        If it returns NaN or infinite values.
    """
    started = time.monotonic()
    batched = Batched(function, points)
    if batched.outputs != 1:
        raise UsageError(
            f"the function returned {batched.outputs} numbers for one point: expected one"
        )
    parts = []
    for start in range(0, len(points), TOGETHER):
        spent = time.monotonic() - started
        # What was tried to find out how it wants to be called counts too.
        if spent > seconds or (start and spent / start * len(points) > 2 * seconds):
            raise UsageError(
                f"the function took {spent:.1f} s for {start} of {len(points)} points, expected at "
                f"most {seconds:.0f} s for all: let it take an array of points (P, D), or pass "
                "samples of it as a .npz"
            )
        together = points[start : start + TOGETHER]
        try:
            parts.append(batched(together)[:, 0])
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(
                f"the function failed at some of {len(together)} points: "
                f"{type(error).__name__}: {error}"
            ) from error
    values = np.concatenate(parts)
    if not np.isfinite(values).all():
        share = np.isfinite(values).mean()
        raise NotFinite(
            f"the function is finite at {share:.0%} of the points, expected all: narrow its domain"
        )
    return values


def ranked(values: Floats) -> Floats:
    """Replace the values of a function by their ranks, 0 … 1; equal ones share theirs.

    The two levels of a picture are cut where they differ most; of a function that grows towards its
    domain's corners that would be the corners alone. Ranks are cut in the middle, and any growing
    function of the values has the same ranks and the same symmetry.

    >>> ranked(np.array([0.0, 1.0, 10.0, 1000.0])).round(2).tolist()
    [0.0, 0.33, 0.67, 1.0]
    """
    span = float(np.ptp(values))
    if not span:
        return np.zeros_like(values)
    from scipy.stats import rankdata  # Most of a second, which readers of files need not wait.

    # Points that a symmetry relates have one value, but for rounding.
    steps = np.round((values - values.min()) / (ROUNDING * span))
    places = rankdata(steps, "average") - 1
    return places / max(1, values.size - 1)


def domain_of(
    function: Callable[..., Any],
    dimension: int | None,
    domain: tuple[ArrayLike, ArrayLike],
) -> tuple[Floats, Floats]:
    """Return the low and the high end (D,) of where a function is looked at.

    Raises
    ------
    UsageError
        If the number of coordinates is not known, or the ends do not fit.
    """
    size = dimension or dimension_of(function)
    if size is None:
        raise UsageError(
            "of how many coordinates is the function? give dimension=D, or write it as f(x, y, …)"
        )
    if not isinstance(size, int | np.integer) or not 1 <= size <= MOST_DIMENSIONS:
        raise UsageError(
            f"found dimension {dimension!r}, expected a whole number from 1 to {MOST_DIMENSIONS}"
        )
    try:
        low, high = (np.broadcast_to(np.asarray(end, np.float64), (size,)).copy() for end in domain)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"found domain {domain!r}, expected (low, high), each a number or {size} of them"
        ) from error
    if not (np.isfinite(low) & np.isfinite(high) & (low < high)).all():
        raise UsageError("the domain's low end must lie below its high end, in every coordinate")
    return low, high


def grid_of_function(function: Callable[..., Any], low: Floats, high: Floats, name: str) -> Grid:
    """Ask a function of a line or of space on the working grid, and make a field of it.

    The box must be a cube: a different scale for each axis would bend rotations.
    """
    size = len(low)
    if np.ptp(high - low) > 1e-9 * float((high - low).max()):
        raise UsageError(f"found a domain of sides {high - low}, expected equal ones: a cube")
    half = float((high - low)[0]) / 2
    points = (low + high) / 2 + half * cell_centres((SIDES[size],) * size).astype(np.float64)
    values = ranked(asked(function, points)).astype(np.float32).reshape((SIDES[size],) * size)
    return Grid(
        name=name,
        values=values,
        fine=values,
        shape=values.shape,
        centre=tuple(((low + high) / 2).tolist()),
        half=half,
        unit="",
        retained_variance=1.0,
        sha256=hashlib.sha256(values.tobytes()).hexdigest(),
    )
