"""Images for pages: as data: addresses, and of inputs that are no pictures."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from symscope.drawing import style
from symscope.drawing.layout import shrunk
from symscope.drawing.panels import map_limit
from symscope.drawing.parts import Parts

PHOTO_QUALITIES = (82, 60, 40, 20)
"""Of WebP, 0 … 100: no block is seen at the first; the others are for noise, which needs more."""

PHOTO_BYTES = 240_000
"""What a picture may take in a page, if any of these qualities allows it."""

LOSSLESS_BYTES = 60_000
"""A picture that PNG stores in less, such as a drawing or a diagram, is kept exactly."""

SIDE = 256
"""Pixels of the picture of a signal or volume."""

FIGURE_DPI = 110


@dataclass(frozen=True)
class Inline:
    """An image inside a page: its data: address, and its size in pixels."""

    src: str
    width: int
    height: int


def photo(rgb: NDArray[np.uint8], side: int, lossless: int = LOSSLESS_BYTES) -> Inline:
    """Shrink a picture (R, C, 3) to at most ``side`` pixels, as PNG if that is small, or WebP.

    ``lossless`` is the number of bytes up to which it is PNG.

    >>> image = photo(np.zeros((30, 60, 3), np.uint8), 20)
    >>> image.width, image.height, image.src[:22]
    (20, 10, 'data:image/png;base64,')
    """
    small = Image.fromarray(shrunk(rgb, side))
    data, kind = _encoded(small, "png", optimize=True), "png"
    if len(data) > lossless:
        kind = "webp"
        for quality in PHOTO_QUALITIES:
            data = _encoded(small, kind, quality=quality, method=4)
            if len(data) <= PHOTO_BYTES:
                break
    return _inline(data, kind, small)


def map_image(values: NDArray[Any], colours: Colormap, low: float, high: float) -> Inline:
    """Colour an array (R, C), one pixel a value; a page enlarges it without smoothing."""
    image = Image.fromarray(
        _coloured((np.asarray(values, float) - low) / ((high - low) or 1), colours)
    )
    return _inline(_encoded(image, "png", optimize=True), "png", image)


def levels_image(values: NDArray[Any], most: float = 1.0) -> Inline:
    """Draw levels, or answers between them, (R, C), dark for 0 and light for ``most``."""
    return map_image(values, style.TWO_COLOURS, 0, most)


def density_image(plane: NDArray[Any]) -> Inline:
    """Draw the density of points in the plane of two components, (G, G)."""
    return map_image(plane, colormaps["inferno"], 0, max(float(plane.max()), 1e-9))


def component_image(values: NDArray[Any], limit: float | None = None) -> Inline:
    """Draw a component as a map, (R, C), red and blue for opposite values up to ``limit``."""
    limit = limit or map_limit(values)
    return map_image(values, colormaps["RdBu_r"], -limit, limit)


def _encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **how)
    return sink.getvalue()


def _inline(data: bytes, kind: str, image: Image.Image) -> Inline:
    text = base64.b64encode(data).decode("ascii")
    return Inline(f"data:image/{kind};base64,{text}", image.width, image.height)


def picture_of(score: Any) -> NDArray[np.uint8] | None:
    """Return the picture of a Score or Failure, (R, C, 3): of a volume a cut, of a signal an area.

    None where there is nothing to show.
    """
    parts = Parts.of(score)
    if parts.picture is not None:
        return parts.picture.rgb
    if parts.grid is None:
        return None
    values = parts.grid.values
    if values.ndim == 1:
        height = (values - values.min()) / max(float(np.ptp(values)), 1e-9) * 0.8 + 0.1
        rows = 1 - (np.arange(SIDE) + 0.5) / SIDE
        columns = np.linspace(0, len(values) - 1, SIDE).round().astype(int)
        return _coloured((rows[:, None] > height[columns]).astype(float))
    low, high = np.percentile(values, (1, 99))
    step = SIDE // len(values)
    shown = (values[len(values) // 2] - low) / max(float(high - low), 1e-9)
    return _coloured(np.kron(shown, np.ones((step, step))))


def explained_picture_of(score: Any) -> NDArray[np.uint8] | None:
    """Return the same, but the whole figure of what is not seen at a glance: signals, volumes."""
    parts = Parts.of(score)
    if parts.dimension == 2 or not (parts.probabilities or parts.generators):
        return picture_of(parts)
    from symscope.drawing.figure import score_figure

    figure = score_figure(parts)
    figure.set_dpi(FIGURE_DPI)
    return figure_pixels(figure)


def figure_pixels(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure as pixels (R, C, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _coloured(shares: NDArray[Any], colours: Colormap = style.TWO_COLOURS) -> NDArray[np.uint8]:
    return np.rint(255 * np.asarray(colours(np.clip(shares, 0, 1)))[..., :3]).astype(np.uint8)
