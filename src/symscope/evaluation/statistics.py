"""Figures with their intervals, and measures of calibration and order."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, spearmanr

RESAMPLES = 1000
"""Draws of the bootstrap."""

BINS = 10
"""Equal parts of 0 … 1 in which probability and truth are compared."""

Values = NDArray[np.float64]
Figure = dict[str, Any]
"""``value``, ``interval`` (95 %), ``pictures``."""


def calibration_error(
    probability: NDArray[np.float64], true: NDArray[np.float64]
) -> tuple[float, list[dict[str, float]]]:
    """Compare what was said with what is true, bin by bin → (expected calibration error, bins).

    Guo et al., arXiv:1706.04599, section 2: the mean over pictures of |said - true| of their bin.

    >>> calibration_error(np.array([0.75, 0.75]), np.array([1.0, 0.0]))[0]
    0.25
    """
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = [
        {
            "pictures": float((place == b).sum()),
            "said": float(probability[place == b].mean()),
            "true": float(true[place == b].mean()),
        }
        for b in np.unique(place)
    ]
    error = sum(b["pictures"] * abs(b["said"] - b["true"]) for b in bins) / len(probability)
    return float(error), bins


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rank correlation of two lists of numbers; NaN where one of them is constant."""
    if min(len(np.unique(x)), len(np.unique(y))) < 2:
        return float("nan")
    return float(np.asarray(spearmanr(x, y))[0])


def wilson(hits: int, count: int) -> list[float]:
    """95 % interval of a share (Wilson).

    >>> [round(end, 2) for end in wilson(0, 20)]
    [0.0, 0.16]
    """
    interval = binomtest(hits, count).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]


def share(right: Sequence[bool] | NDArray[np.bool_]) -> dict[str, Any]:
    """Give the share of what is right with its 95 % interval (Wilson), and of how many."""
    interval = wilson(int(sum(right)), len(right))
    return {"value": float(np.mean(right)), "interval": interval, "of": len(right)}


def confusion(
    true: Sequence[Any],
    read: Sequence[Any],
    rows: Iterable[str] | None = None,
    columns: Iterable[str] | None = None,
) -> dict[str, dict[str, int]]:
    """Count pairs by what is true (rows) and what was read (columns), by default those there are.

    >>> confusion(["a", "a", "b"], ["a", "b", "b"])
    {'a': {'a': 1, 'b': 1}, 'b': {'a': 0, 'b': 1}}
    """
    counts = Counter(zip(map(str, true), map(str, read), strict=True))
    rows = sorted({*map(str, true)}) if rows is None else rows
    columns = sorted({str(value) for value in (*true, *read)}) if columns is None else columns
    columns = list(columns)
    return {row: {column: counts[row, column] for column in columns} for row in rows}


def between_lines(one_deg: float, other_deg: float) -> float:
    """Return the degrees between two lines.

    >>> between_lines(179, 2)
    3
    """
    return abs((one_deg - other_deg + 90) % 180 - 90)


def figure(statistic: Callable[[NDArray[np.int64]], float], count: int, seed: int) -> Figure:
    """Compute a statistic of pictures (given by their numbers), and its interval by bootstrap.

    The interval holds 95 % (percentiles over RESAMPLES draws of as many pictures).
    """
    every = statistic(np.arange(count))
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
    known = np.array([value for value in values if np.isfinite(value)])
    interval = np.quantile(known, [0.025, 0.975]).tolist() if len(known) else [None, None]
    value = float(every) if np.isfinite(every) else None
    return {"value": value, "interval": interval, "pictures": count}


def accuracy(read: Iterable[Any], true: Iterable[Any], seed: int) -> Figure:
    """Share of pictures that are right, with its interval."""
    right = np.array([a == b for a, b in zip(read, true, strict=True)], float)
    return figure(lambda draw: float(right[draw].mean()), len(right), seed)


def auc(strength: Values, true: NDArray[np.bool_], seed: int) -> Figure:
    """Chance that a picture with the property is rated above one without it; of equals, a half."""

    _, place = np.unique(strength, return_inverse=True)

    def statistic(draw: NDArray[np.int64]) -> float:
        # Counted at each of the values, which are sorted once: the bootstrap asks a thousand times.
        yes, no = (np.bincount(place[draw[of[draw]]], minlength=len(place)) for of in (true, ~true))
        pairs = yes.sum() * no.sum()
        return float(yes @ (no.cumsum() - no / 2) / pairs) if pairs else float("nan")

    return figure(statistic, len(true), seed)


def rank_correlation(strength: Values, rating: Values, seed: int) -> Figure:
    """Spearman's rank correlation with what people said."""
    return figure(lambda draw: spearman(strength[draw], rating[draw]), len(rating), seed)
