"""Python functions of any dimension as fields: asked at points, within a limit of time."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from symscope.errors import NotFinite, UsageError
from symscope.features.agreement import Floats
from symscope.field import cell_centres
from symscope.io.grids import SIDES, Sampled
from symscope.lie.functions import Batched, dimension_of

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
        parts.append(_values(batched, points[start : start + TOGETHER]))
    values = np.concatenate(parts)
    if not np.isfinite(values).all():
        share = np.isfinite(values).mean()
        raise NotFinite(
            f"the function is finite at {share:.0%} of the points, expected all: narrow its domain"
        )
    return values


def _values(batched: Batched, points: Floats) -> Floats:
    try:
        return batched(points)[:, 0]
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"the function failed at some of {len(points)} points: {type(error).__name__}: {error}"
        ) from error


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
    if not isinstance(size, int | np.integer) or not 1 <= size <= 32:
        raise UsageError(f"found dimension {dimension!r}, expected a whole number from 1 to 32")
    try:
        low, high = (np.broadcast_to(np.asarray(end, np.float64), (size,)).copy() for end in domain)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"found domain {domain!r}, expected (low, high), each a number or {size} of them"
        ) from error
    if not (np.isfinite(low) & np.isfinite(high) & (low < high)).all():
        raise UsageError("the domain's low end must lie below its high end, in every coordinate")
    return low, high


def sampled_function(function: Callable[..., Any], low: Floats, high: Floats, name: str) -> Sampled:
    """Ask a function of a line or of space on the working grid, and make a field of it.

    The box must be a cube: a different scale for each axis would bend rotations.
    """
    size = len(low)
    if np.ptp(high - low) > 1e-9 * float((high - low).max()):
        raise UsageError(f"found a domain of sides {high - low}, expected equal ones: a cube")
    half = float((high - low)[0]) / 2
    points = (low + high) / 2 + half * cell_centres((SIDES[size],) * size).astype(np.float64)
    values = ranked(asked(function, points)).astype(np.float32).reshape((SIDES[size],) * size)
    return Sampled(
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
