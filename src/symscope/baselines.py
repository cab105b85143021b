"""What a user would otherwise use: simple measures of one picture, behind one interface.

Each looks at the pixels alone, within the picture's largest centred disc or square, and needs
neither networks nor training. They are peers to be compared with, not parts of the score.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from skimage.feature import hog, peak_local_max
from skimage.transform import resize, rotate

from symscope.errors import UsageError
from symscope.groups import ORDERS

SIDE = 128
"""Side of the square, in pixels, at which pictures are compared."""

ANGLES = np.arange(0.0, 180.0, 3.0)
"""Axis angles that are tried, degrees counter-clockwise from horizontal."""

THRESHOLD = 0.7
"""Strength from which a measure counts as a yes, the same for all; AUC does not depend on it."""

NEAR_BEST = 0.05
"""The highest order whose correlation is that near the best one's is taken."""

Image = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What one baseline says of one picture.

    Attributes
    ----------
    strength : correlation, at most 1, of what it looks for
    axis_deg : angle of the best mirror axis, if it looks for mirrors
    order : rotation order, 1 … 8, if it looks for rotations
    """

    strength: float
    axis_deg: float | None = None
    order: int | None = None


@dataclass(frozen=True)
class Baseline:
    """A measure with what it looks for: ``kind`` is one of the kinds of elements."""

    name: str
    kind: str
    measure: Callable[[Image], Measured]

    def __call__(self, picture: NDArray[Any]) -> Measured:
        """Measure a picture of shape (R, C).

        Raises
        ------
        UsageError
            For another shape or fewer than 16 × 16 pixels.
        """
        grey = np.asarray(picture, np.float64)
        if grey.ndim != 2 or min(grey.shape) < 16:
            raise UsageError(f"found a picture of shape {grey.shape}: expected at least 16 × 16")
        if grey.std() < 1e-9:
            return Measured(0.0, None, 1 if self.kind == "rotation" else None)
        return self.measure(grey)


def _square(grey: Image) -> Image:
    """Cut out the central square and resize it to SIDE × SIDE."""
    side = min(grey.shape)
    top, left = ((length - side) // 2 for length in grey.shape)
    part = grey[top : top + side, left : left + side]
    return np.asarray(resize(part, (SIDE, SIDE), anti_aliasing=side > SIDE))


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
    return Measured(values[best], axis_deg=float(ANGLES[best]))


def pixel_mirror(grey: Image) -> Measured:
    """Correlate one half with the mirrored other one, best axis through the middle.

    The rule of the R package imagefluency (img_symmetry), for any angle.
    """
    disc = _disc()
    half = disc[:, : SIDE // 2]

    def compare(upright: Image) -> float:
        mirrored = upright[:, ::-1]
        return _correlation(upright[:, : SIDE // 2][half], mirrored[:, : SIDE // 2][half])

    return _best_axis(_square(grey), compare)


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

    return _best_axis(_square(grey), compare)


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
    square, disc = _square(grey), _disc()
    inner = np.where(disc, square - square[disc].mean(), 0.0)
    values = {}
    for order in ORDERS:
        turned = np.where(disc, rotate(inner, 360 / order, order=1), 0.0)
        values[order] = float(_best_shift(inner, turned).max())
    best = max(values.values())
    good = [n for n, value in values.items() if value >= max(best - NEAR_BEST, THRESHOLD)]
    return Measured(best, order=max(good, default=1))


BASELINES = (
    Baseline("pixel mirror correlation", "mirror", pixel_mirror),
    Baseline("HOG mirror correlation", "mirror", hog_mirror),
    Baseline("autocorrelation", "translation", autocorrelation),
    Baseline("rotated correlation", "rotation", rotated_correlation),
)
"""All baselines that need nothing but symscope's own dependencies."""
