"""The measures of the package imgsym, where it is installed (``pip install symscope[peers]``).

imgsym 0.1.0 (M. Wöhrer, https://github.com/maxwoe/imgsym) finds mirror axes and scores mirror
symmetry along an axis. Its two scorers by deep networks, which need PyTorch and their weights, and
its detectors for binary shapes and by wavelets are left out.
"""

from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symscope.baselines.measured import Baseline, Image, Measured, square_of

SCORERS = (
    *("pixel_correlation", "sliding_window", "dct", "eros", "gradient", "multi_scale_gradient"),
    *("hog", "phog", "gabor", "weighted_binary", "local_global"),
)
"""imgsym's scorers that need no deep network."""

DETECTOR = "xfeatures"
"""imgsym's fast detector: features matched with their mirror images (Loy and Eklundh, 2006). Its
most exact one, nxc, takes some ten seconds a picture."""


def installed() -> bool:
    """Whether imgsym is there."""
    return find_spec("imgsym") is not None


def _colour(square: Image) -> NDArray[np.uint8]:
    """Give the square as imgsym takes pictures: 8 bits, three equal channels."""
    low, high = float(square.min()), float(square.max())
    scaled = (square - low) / max(high - low, 1e-12)
    return np.repeat(np.round(255 * scaled).astype(np.uint8)[..., None], 3, axis=2)


@lru_cache(maxsize=16)
def _detected(content: bytes, side: int) -> tuple[Any, float] | None:
    """Find the strongest axis → (as imgsym takes it, its angle in degrees), None without any.

    The scorers ask for the same picture one after the other: a few are remembered, for threads.
    """
    import imgsym

    picture = np.frombuffer(content, np.uint8).reshape(side, side, 3)
    try:
        axes = imgsym.detect_axes(picture, detector=DETECTOR)
    except Exception:
        # imgsym raises errors of many kinds where a picture has no features to match.
        return None
    if not len(axes[0]):
        return None
    return imgsym.get_axis(axes, 0), float(np.rad2deg(axes[0][0]) % 180)


def _measure(grey: Image, method: str) -> Measured:
    """Score along the detected axis and along the upright one in the middle; take the better."""
    import imgsym

    picture = _colour(square_of(grey))
    found = _detected(picture.tobytes(), len(picture))
    # A blank half has no correlation with anything: imgsym then divides by zero.
    with np.errstate(all="ignore"):
        upright = _number(imgsym.score(picture, method=method))
        if found is None:
            return Measured(upright, 90.0, upright)
        along = _number(imgsym.score_along_axis(picture, found[0], method=method))
    best = (along, found[1]) if along > upright else (upright, 90.0)
    return Measured(best[0], best[1], upright)


def _number(score: Any) -> float:
    """Read a score; what is not a number is no symmetry."""
    return float(np.nan_to_num(float(score), nan=0.0, posinf=0.0, neginf=0.0))


PEERS = tuple(
    Baseline(f"imgsym {method}", "mirror", partial(_measure, method=method), threshold=None)
    for method in SCORERS
)
