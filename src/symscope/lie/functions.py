"""Python functions of any dimension: how they are called, and their derivative."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.differentiate import jacobian

from symscope.errors import NotFinite, UsageError

Floats = NDArray[np.float64]

LEAST_FINITE = 0.9
"""Share of the points at which a function must have a finite value and a derivative."""

ROUGH = 1e-3
"""Relative error of a derivative, as its extrapolation estimates it, above which the point is left
out: the function has a kink or a jump there."""

TRIED = (7, 11)
"""Points with which it is found out how a function wants to be called: the first of these that is
not the number of dimensions, so that an array's shape tells which axis is which."""


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
    found = np.asarray(value)
    if np.iscomplexobj(found):
        raise TypeError("it returned complex numbers: return real and imaginary part as two")
    return found.astype(np.float64)


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

    with np.errstate(all="ignore"):
        found = jacobian(columns, points.T, initial_step=0.05, maxiter=6)
        rows = np.moveaxis(np.asarray(found.df, float), -1, 0)  # (P, M, D)
        error = np.moveaxis(np.asarray(found.error, float), -1, 0)
        size = np.sqrt((rows**2).sum(axis=(1, 2)))
        wrong = np.sqrt((error**2).sum(axis=(1, 2)))
        scale = np.nanmedian(size) if np.isfinite(size).any() else 0.0
        finite = np.isfinite(size) & np.isfinite(wrong)
        good = finite & (wrong <= ROUGH * np.maximum(size, scale))
    if good.mean() < LEAST_FINITE:
        raise NotFinite(
            f"the function has a finite value and a derivative at {good.mean():.0%} of the points: "
            "expected nearly all; narrow the domain to where it is smooth, or pass samples of it "
            "as discover(points, values)"
        )
    return rows, good
