"""A picture that can be compared with itself, moved, at places between its pixels."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

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


BLUR = 0.8
"""Width of the blur before pictures are compared, in pixels: else edges agree only to the pixel."""


class Scene:
    """A picture and where it lies: the longer side of the whole spans [-1, 1], y up.

    Attributes
    ----------
    pixels : array of shape (channels, R, C), rows from the top; channels are compared together, as
        the components of one vector
    step : length of a pixel
    origin : the middle, (x, y)
    """

    def __init__(
        self,
        pixels: NDArray[Any],
        longest: float = 2.0,
        origin: Sequence[float] | NDArray[np.float64] = (0.0, 0.0),
    ):
        """Take pixels, (R, C) or (channels, R, C), of a picture ``longest`` long about origin."""
        self.rows, self.columns = pixels.shape[-2:]
        self.pixels = pixels.reshape(-1, self.rows, self.columns).astype(np.float32)
        self.step = longest / max(self.rows, self.columns)
        self.origin = np.asarray(origin, np.float64)
        self.variance = float(self.pixels.var(axis=(1, 2)).sum()) + 1e-12

    @cached_property
    def smooth(self) -> Image:
        """The pixels, blurred by BLUR."""
        return np.asarray(gaussian_filter(self.pixels, (0, BLUR, BLUR)), np.float32)

    def scaled(self, side: int) -> Self:
        """The same, with at most ``side`` pixels along the longer side."""
        longest = max(self.rows, self.columns)
        if side >= longest:
            return self
        factor = side / longest
        shape = (max(2, round(self.rows * factor)), max(2, round(self.columns * factor)))
        small = [
            np.asarray(resize(channel, shape, order=1, anti_aliasing=True))
            for channel in self.pixels
        ]
        return type(self)(np.stack(small), self.step * longest, self.origin)

    def part(self, width: float, height: float, about: Points | None = None) -> Self:
        """What lies about a point, by default the middle: at most this large, and inside."""
        columns = min(self.columns, max(8, round(width / self.step)))
        rows = min(self.rows, max(8, round(height / self.step)))
        x, y = np.zeros(2) if about is None else np.rint((about - self.origin) / self.step)
        top = int(np.clip((self.rows - rows) // 2 - y, 0, self.rows - rows))
        left = int(np.clip((self.columns - columns) // 2 + x, 0, self.columns - columns))
        away = np.array([left + columns / 2 - self.columns / 2, self.rows / 2 - top - rows / 2])
        inner = self.pixels[:, top : top + rows, left : left + columns]
        return type(self)(inner, self.step * max(columns, rows), self.origin + self.step * away)

    def _grid(self) -> Points:
        """Return where the pixels are, (P, 2), in steps of the grid."""
        points = pixel_centres(self.rows, self.columns).astype(np.float64)
        return (points * (self.step * max(self.rows, self.columns) / 2) + self.origin) / self.step

    @cached_property
    def _compared(self) -> tuple[tuple[Points, Points, Image], ...]:
        """x and y (P,), in steps of the grid, and what the blurred picture shows, (channels, P).

        Of all pixels; and of a sample, the same every time: enough while parameters are sought.
        """
        x, y = np.ascontiguousarray(self._grid().T)
        shown = self.smooth.reshape(len(self.smooth), -1)
        sample = np.sort(np.random.default_rng(0).permutation(len(x))[:SAMPLE])
        return (x, y, shown), (x[sample], y[sample], shown[:, sample])

    def _moved_to(
        self, element: Isometry, x: Points, y: Points
    ) -> tuple[Points, Points, NDArray[np.intp]]:
        """Move points (P,), in steps of the grid → rows and columns of those inside, and which."""
        # Coordinate by coordinate, and by ``take``: this is where a search spends its time.
        (across, down), (along, up) = element.linear
        right, above = (element.shift - self.origin) / self.step
        column = across * x + down * y + (right + (self.columns - 1) / 2)
        row = (self.rows - 1) / 2 - above - (along * x + up * y)
        inside = (row > -0.5) & (row < self.rows - 0.5)
        inside &= (column > -0.5) & (column < self.columns - 0.5)
        seen = np.flatnonzero(inside)
        return row.take(seen), column.take(seen), seen

    def _agreement(self, difference: float, variance: float) -> float:
        """Measure a mean squared difference against twice the variance of what is compared.

        What that lacks of VARIANCE_FLOOR of the picture's counts as differing: blank parts are
        equal to each other, and agree in nothing.
        """
        least = VARIANCE_FLOOR * self.variance
        lacking = max(least - variance, 0.0)
        return 1 - (difference + 2 * lacking) / (2 * max(variance, least))

    def agreement(self, element: Isometry, quick: bool = False) -> tuple[float, float]:
        """Compare the picture with its image under an element → (agreement, overlap).

        ``quick``: only SAMPLE pixels are compared.
        """
        x, y, shown = self._compared[quick]
        *places, compared = self._moved_to(element, x, y)
        count, overlap = len(compared), len(compared) / len(x)
        if overlap < LEAST_REPEATED / 2:
            return -1.0, overlap
        difference = variance = 0.0
        for channel, values in zip(self.smooth, shown, strict=True):
            here = values[compared]
            there = map_coordinates(channel, np.stack(places), order=1, mode="nearest")
            # ``ndarray.var`` takes twice as long over a few thousand.
            one, other = here - here.mean(), there - there.mean()
            variance += (float(one @ one) / count + float(other @ other) / count) / 2
            away = here - there
            difference += float(away @ away)
        return self._agreement(difference / count, variance), overlap

    def refined(
        self,
        make: Callable[..., Sequence[Isometry]],
        start: Sequence[float] | NDArray[np.float64],
        steps: Sequence[float],
        least: float = LEAST_OVERLAP,
    ) -> tuple[NDArray[np.float64], float, float]:
        """Maximise the mean agreement of ``make(*parameters)`` → (parameters, least, overlap)."""

        def lack(parameters: NDArray[np.float64]) -> float:
            compared = [self.agreement(element, quick=True) for element in make(*parameters)]
            short = sum(max(0.0, least - overlap) for _, overlap in compared)
            return short * 10 - float(np.mean([value for value, _ in compared]))

        first = np.asarray(start, np.float64)
        options = {
            "initial_simplex": np.stack([first, *(first + np.diag(steps))]),
            **{"xatol": 2e-4, "fatol": 2e-4, "maxfev": 30 * len(first)},
        }
        best = minimize(lack, first, method="Nelder-Mead", options=options).x
        values, overlaps = zip(*[self.agreement(element) for element in make(*best)], strict=True)
        return best, min(values), min(overlaps)


COMPARED, FEW = 6000, 1500
"""Points at which a SampledScene is compared, and while an element is refined."""


class Moved(NamedTuple):
    """A picture and its moved copy, (P, channels), at those of its points where both are seen."""

    here: Image
    there: Image
    inside: NDArray[np.intp]
    overlap: float


def _towards(values: Image, others: Image, part: Image) -> None:
    """Move values, in place, by a part of the way to others, which are spent."""
    others -= values
    others *= part
    values += others


class SampledScene(Scene):
    """A Scene that is compared at a sample of its points: of many channels in the time of one."""

    @cached_property
    def _points(self) -> tuple[tuple[Points, Points, Image], ...]:
        """x and y (P,), in steps of the grid, and what the blurred picture shows, (P, channels).

        Of a sample of all pixels, and of a smaller one: enough while parameters are sought.
        """
        points = self._grid()
        shuffled = np.random.default_rng(0).permutation(len(points))
        samples = (np.sort(shuffled[:count]) for count in (COMPARED, FEW))
        return tuple((*points[some].T, self._table[some]) for some in samples)

    @cached_property
    def _table(self) -> Image:
        """The blurred pixels about their means, (R·C, channels)."""
        flat = self.smooth.reshape(len(self.smooth), -1)
        return np.ascontiguousarray((flat - flat.mean(axis=1, keepdims=True)).T)

    def moved(self, element: Isometry, quick: bool = False) -> Moved:
        """Look the picture up at moved points, as far as they stay inside."""
        x, y, shown = self._points[quick]
        row, column, seen = self._moved_to(element, x, y)
        for place, last in ((row, self.rows - 1), (column, self.columns - 1)):
            np.maximum(place, 0, out=place)
            np.minimum(place, last, out=place)
        top = np.minimum(row.astype(int), self.rows - 2)
        left = np.minimum(column.astype(int), self.columns - 2)
        low = (row - top).astype(np.float32)[:, None]
        aside = (column - left).astype(np.float32)[:, None]
        at, table = top * self.columns + left, self._table
        there = table.take(at, 0)
        _towards(there, table.take(at + 1, 0), aside)
        at += self.columns
        lower = table.take(at, 0)
        _towards(lower, table.take(at + 1, 0), aside)
        _towards(there, lower, low)
        return Moved(shown.take(seen, 0), there, seen, len(seen) / len(x))

    def share_of(self, moved: Moved) -> float:
        """Say which share of what varies in the picture a moved copy compares, 0 … 1."""
        shown = self._points[False][2]
        return float(np.vdot(moved.here, moved.here)) / (float(np.vdot(shown, shown)) + 1e-12)

    def points_of(self, moved: Moved, quick: bool = False) -> Points:
        """Return where a moved copy is seen, (P, 2), in steps of the grid."""
        x, y, _ = self._points[quick]
        return np.stack([x[moved.inside], y[moved.inside]], axis=1)

    def agreement(
        self, element: Isometry, quick: bool = False, even_light: bool = False
    ) -> tuple[float, float]:
        """Compare the picture with its image under an element → (agreement, overlap).

        Parameters
        ----------
        quick : only FEW points are compared
        even_light : the plane that fits each best, over what is compared, is taken away from both;
            what an exact symmetry compares stays equal
        """
        moved = self.moved(element, quick)
        count = len(moved.here)
        if moved.overlap < LEAST_REPEATED / 2:
            return -1.0, moved.overlap
        here, there = moved.here, moved.there
        if even_light:
            points = self.points_of(moved, quick)
            plane = np.c_[np.ones(count), points - points.mean(axis=0)]
            both = np.concatenate([here, there], axis=1)
            both = both - plane @ np.linalg.lstsq(plane, both, rcond=None)[0]
            here, there = np.split(both, 2, axis=1)
        # Sums as products: ``ndarray.sum`` over rows takes ten times as long.
        ones, away = np.ones(count, here.dtype), here - there
        one, other = ones @ here, ones @ there
        squares = float(np.vdot(here, here)) + float(np.vdot(there, there))
        variance = (squares - float(one @ one + other @ other) / count) / (2 * count)
        return self._agreement(float(np.vdot(away, away)) / count, variance), moved.overlap
