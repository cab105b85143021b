"""Simple measures that need nothing but symscope's own dependencies."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from skimage.feature import hog, peak_local_max
from skimage.transform import resize, rotate

from symscope.baselines.measured import SIDE, THRESHOLD, Baseline, Image, Measured, square_of
from symscope.groups import ORDERS, is_upright

ANGLES = np.arange(0.0, 180.0, 3.0)
"""Axis angles that are tried, degrees counter-clockwise from horizontal."""

NEAR_BEST = 0.05
"""The highest order whose correlation is that near the best one's is taken."""


def _disc() -> NDArray[np.bool_]:
    offset = np.arange(SIDE) - (SIDE - 1) / 2
    return np.hypot(offset[:, None], offset[None]) <= SIDE / 2


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale > 1e-12 else 0.0


def _upright(square: Image, axis: float) -> Image:
    """Turn the picture so that an axis of this angle stands upright."""
    return np.asarray(rotate(square, 90 - axis, order=1, mode="edge"))


def _best_axis(square: Image, compare: Callable[[Image], float]) -> Measured:
    values = [compare(_upright(square, axis)) for axis in ANGLES]
    best = int(np.argmax(values))
    upright = max(v for v, axis in zip(values, ANGLES, strict=True) if is_upright(axis))
    return Measured(values[best], float(ANGLES[best]), upright)


def pixel_mirror(grey: Image) -> Measured:
    """Correlate one half with the mirrored other one, best axis through the middle.

    The rule of the R package imagefluency (img_symmetry), for any angle.
    """
    disc = _disc()
    half = disc[:, : SIDE // 2]

    def compare(upright: Image) -> float:
        mirrored = upright[:, ::-1]
        return _correlation(upright[:, : SIDE // 2][half], mirrored[:, : SIDE // 2][half])

    return _best_axis(square_of(grey), compare)


def hog_mirror(grey: Image) -> Measured:
    """Correlate the histograms of oriented gradients of the picture and of its mirror image.

    Dalal and Triggs, CVPR 2005, by scikit-image; best axis through the middle.
    """
    offset = np.arange(SIDE // 8) - (SIDE // 8 - 1) / 2
    disc = np.hypot(offset[:, None], offset[None]) <= SIDE / 16 - 0.5

    def histograms(image: Image) -> NDArray[Any]:
        cells = hog(image, 9, pixels_per_cell=(8, 8), cells_per_block=(1, 1), feature_vector=False)
        return np.asarray(cells)[:, :, 0, 0][disc]

    def compare(upright: Image) -> float:
        return _correlation(histograms(upright), histograms(upright[:, ::-1]))

    return _best_axis(square_of(grey), compare)


def _best_shift(one: Image, other: Image) -> NDArray[Any]:
    """Correlate for all shifts, normalised by the overlap; -1 where that is below a third."""
    ones = np.ones_like(one)

    def sums(a: Image, b: Image) -> NDArray[Any]:
        return np.asarray(fftconvolve(a, b[::-1, ::-1]))

    count = np.maximum(sums(ones, ones), 1)
    one, other = one - one.mean(), other - other.mean()
    left, right = sums(one, ones), sums(ones, other)
    covariance = sums(one, other) - left * right / count
    energy = sums(one**2, ones) - left**2 / count
    moved = sums(ones, other**2) - right**2 / count
    floor = 0.05 * count * float((one**2).mean())
    value = covariance / np.sqrt((np.maximum(energy, 0) + floor) * (np.maximum(moved, 0) + floor))
    return np.where(count >= one.size / 3, value, -1.0)


def autocorrelation(grey: Image) -> Measured:
    """Find the highest peak of the autocorrelation that is not the middle one."""
    factor = min(1.0, 256 / max(grey.shape))
    shape = [max(16, round(length * factor)) for length in grey.shape]
    small = np.asarray(resize(grey, shape, anti_aliasing=factor < 1))
    surface = _best_shift(small, small)
    middle = np.array(small.shape) - 1
    peaks = peak_local_max(surface, min_distance=3, threshold_abs=0.0)
    away = peaks[np.hypot(*(peaks - middle).T) > 3]
    return Measured(float(surface[tuple(away.T)].max()) if len(away) else 0.0)


def rotated_correlation(grey: Image) -> Measured:
    """Correlate with rotated copies, best shift for each order; take the highest good order."""
    square, disc = square_of(grey), _disc()
    inner = np.where(disc, square - square[disc].mean(), 0.0)
    values = {}
    for order in ORDERS:
        turned = np.where(disc, rotate(inner, 360 / order, order=1), 0.0)
        values[order] = float(_best_shift(inner, turned).max())
    best = max(values.values())
    good = [n for n, value in values.items() if value >= max(best - NEAR_BEST, THRESHOLD)]
    return Measured(best, order=max(good, default=1))


SIMPLE = (
    Baseline("pixel mirror correlation", "mirror", pixel_mirror),
    Baseline("HOG mirror correlation", "mirror", hog_mirror),
    Baseline("autocorrelation", "translation", autocorrelation),
    Baseline("rotated correlation", "rotation", rotated_correlation),
)
