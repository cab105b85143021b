"""A picture that can be compared with itself, moved, at places between its pixels."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import minimize
from skimage.transform import resize

from symscope.features.correlation import VARIANCE_FLOOR
from symscope.field import pixel_centres
from symscope.groups import Isometry

Points = NDArray[np.float64]
Image = NDArray[np.float32]

SAMPLE = 3000
"""Pixels compared while an element is refined."""

LEAST_OVERLAP = 0.6
"""Least share of the picture that a mirror or rotation must map into the picture: of less, chance
makes a match that reaches 0.9."""

LEAST_REPEATED = 0.35
"""The same for a translation: two periods that lie slantwise across the picture cover no more."""


class Scene:
    """A picture and where it lies: the longer side of the whole spans [-1, 1], y up.

    Attributes
    ----------
    pixels : array of shape (R, C), rows from the top
    step : length of a pixel
    origin : the middle, (x, y)
    """

    def __init__(
        self,
        grey: NDArray[Any],
        longest: float = 2.0,
        origin: Sequence[float] | NDArray[np.float64] = (0.0, 0.0),
    ):
        """Take pixels (R, C); ``longest``: length of the longer side, ``origin``: its middle."""
        self.pixels = grey.astype(np.float32)
        self.rows, self.columns = grey.shape
        self.step = longest / max(grey.shape)
        self.origin = np.asarray(origin, np.float64)
        self.variance = float(self.pixels.var()) + 1e-12

    @cached_property
    def points(self) -> Points:
        """Coordinates of the pixels, (R·C, 2)."""
        grid = pixel_centres(self.rows, self.columns).astype(np.float64)
        return grid * (self.step * max(self.rows, self.columns) / 2) + self.origin

    @cached_property
    def smooth(self) -> Image:
        """The pixels, a little blurred: edges would agree only to the pixel."""
        return np.asarray(gaussian_filter(self.pixels, 0.8), np.float32)

    def scaled(self, side: int) -> "Scene":
        """The same, with at most ``side`` pixels along the longer side."""
        factor = side / max(self.rows, self.columns)
        if factor >= 1:
            return self
        shape = (max(2, round(self.rows * factor)), max(2, round(self.columns * factor)))
        small = np.asarray(resize(self.pixels, shape, order=1, anti_aliasing=True))
        return Scene(small, self.step * max(self.rows, self.columns), self.origin)

    def part(self, size: tuple[float, float]) -> "Scene":
        """The middle, at most ``size`` (width, height) large."""
        width = min(self.columns, max(8, round(size[0] / self.step)))
        height = min(self.rows, max(8, round(size[1] / self.step)))
        top, left = (self.rows - height) // 2, (self.columns - width) // 2
        away = [left + width / 2 - self.columns / 2, self.rows / 2 - top - height / 2]
        inner = self.pixels[top : top + height, left : left + width]
        return Scene(
            inner, self.step * max(width, height), self.origin + self.step * np.array(away)
        )

    @cached_property
    def _whole(self) -> tuple[Points, Points, Image]:
        """All pixels: x and y in steps of the grid, and what the blurred picture shows there."""
        x, y = np.ascontiguousarray(self.points.T) / self.step
        return x, y, self.smooth.ravel()

    @cached_property
    def _some(self) -> tuple[Points, Points, Image]:
        """Some pixels, the same every time: enough while parameters are sought."""
        count = self.rows * self.columns
        sample = np.sort(np.random.default_rng(0).permutation(count)[:SAMPLE])
        x, y, shown = self._whole
        return x[sample], y[sample], shown[sample]

    def agreement(self, element: Isometry, quick: bool = False) -> tuple[float, float]:
        """Compare the picture with its image under an element → (agreement, overlap).

        The difference is measured against the variance of what is compared, of which
        VARIANCE_FLOOR of the picture's is the least.
        """
        x, y, shown = self._some if quick else self._whole
        # In steps of the grid, coordinate by coordinate: this is where a search spends its time.
        (across, down), (along, up) = element.linear
        right, above = (element.shift - self.origin) / self.step
        column = across * x + down * y + (right + (self.columns - 1) / 2)
        row = (self.rows - 1) / 2 - above - (along * x + up * y)
        inside = (row > -0.5) & (row < self.rows - 0.5)
        inside &= (column > -0.5) & (column < self.columns - 0.5)
        seen = np.flatnonzero(inside)
        overlap = len(seen) / len(inside)
        if overlap < LEAST_REPEATED / 2:
            return -1.0, overlap
        here = shown[seen]
        place = np.stack([row[seen], column[seen]])
        there = map_coordinates(self.smooth, place, order=1, mode="nearest")
        variance = max((_variance(here) + _variance(there)) / 2, VARIANCE_FLOOR * self.variance)
        away = here - there
        return 1 - float(away @ away) / len(seen) / (2 * variance), overlap


def _variance(values: NDArray[Any]) -> float:
    """Variance of some values; ``ndarray.var`` takes twice as long over a few thousand."""
    away = values - values.mean()
    return float(away @ away) / len(values)


def refined(
    scene: Scene,
    make: Callable[..., Sequence[Isometry]],
    start: Sequence[float] | NDArray[np.float64],
    steps: Sequence[float],
    least: float = LEAST_OVERLAP,
) -> tuple[NDArray[np.float64], float, float]:
    """Maximise the mean agreement of ``make(*parameters)`` → (parameters, least, overlap)."""

    def lack(parameters: NDArray[np.float64]) -> float:
        found = [scene.agreement(element, quick=True) for element in make(*parameters)]
        short = sum(max(0.0, least - overlap) for _, overlap in found)
        return short * 10 - float(np.mean([value for value, _ in found]))

    first = np.asarray(start, np.float64)
    simplex = np.stack([first, *(first + np.diag(steps))])
    options = {"initial_simplex": simplex, "xatol": 2e-4, "fatol": 2e-4, "maxfev": 30 * len(first)}
    best = minimize(lack, first, method="Nelder-Mead", options=options).x
    final = [scene.agreement(element) for element in make(*best)]
    return best, min(v for v, _ in final), min(o for _, o in final)
