"""A picture in the place of a signal or volume, for pages and sheets that are made for pictures."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.io.images import Picture

if TYPE_CHECKING:
    from symscope.results import Score

SIDE = 256
"""Pixels of a stand-in."""

DPI = 110


def on_a_page(score: "Score") -> "Score":
    """Return a score whose picture is a cut through its volume, or its signal's curve.

    A score of a picture is returned as it is; from the others, what a page of pictures cannot show
    is left out. Their own figure shows it (``Score.figure``).
    """
    if score.dimension == 2 or score.picture is not None:
        return score
    image = None
    if score.sampled is not None:
        values = score.sampled.values
        image = _curve(values) if values.ndim == 1 else _cut(values)
    return replace(
        score,
        views=None,
        sampled=None,
        elements=None,
        picture=None if image is None else _picture(score.path, image),
    )


def with_figure(score: "Score") -> "Score":
    """Return a score whose picture is its whole figure, for a page that shows pictures large."""
    told = score.probabilities is not None or score.generators is not None
    if score.dimension == 2 or not told:
        return on_a_page(score)
    figure = score.figure()
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    return replace(on_a_page(score), picture=_picture(score.path, drawn))


def _picture(path: str, rgb: NDArray[np.uint8]) -> Picture:
    return Picture(path, (rgb.mean(axis=2) / 255).astype(np.float32), rgb, "")


def _cut(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colour the middle cut of a volume, (SIDE, SIDE, 3)."""
    low, high = np.percentile(values, (1, 99))
    middle = values[len(values) // 2]
    shown = np.clip((middle - low) / max(float(high - low), 1e-9), 0, 1)
    step = SIDE // len(shown)
    return _coloured(np.kron(shown, np.ones((step, step))))


def _curve(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draw a signal as an area, (SIDE, SIDE, 3)."""
    span = max(float(np.ptp(values)), 1e-9)
    height = (values - values.min()) / span * 0.8 + 0.1
    rows = 1 - (np.arange(SIDE) + 0.5) / SIDE
    columns = np.linspace(0, len(values) - 1, SIDE).round().astype(int)
    return _coloured((rows[:, None] > height[columns]).astype(np.float64))


def _coloured(shown: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(255 * np.asarray(style.TWO_COLOURS(shown))[..., :3]).astype(np.uint8)
