"""Images that travel inside a page, as data: addresses."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import Colormap
from numpy.typing import NDArray
from PIL import Image

from symscope.drawing.layout import shrunk

PHOTO_QUALITIES = (82, 60, 40, 20)
"""Of WebP, 0 … 100: no block is seen at the first; the others are for noise, which needs more."""

PHOTO_BYTES = 240_000
"""What a picture may take in a page, if any of these qualities allows it."""

LOSSLESS_BYTES = 60_000
"""A picture that PNG stores in less, such as a drawing or a diagram, is kept exactly."""


@dataclass(frozen=True)
class Inline:
    """An image inside a page.

    Attributes
    ----------
    src : its data: address
    width, height : in pixels, so that the page does not jump while it is laid out
    """

    src: str
    width: int
    height: int


def photo(rgb: NDArray[np.uint8], side: int, lossless: int = LOSSLESS_BYTES) -> Inline:
    """Shrink a picture (R, C, 3) to at most ``side`` pixels, as PNG if that is small, or WebP.

    ``lossless`` is the number of bytes up to which it is PNG.

    >>> found = photo(np.zeros((30, 60, 3), np.uint8), 20)
    >>> found.width, found.height, found.src[:22]
    (20, 10, 'data:image/png;base64,')
    """
    small = Image.fromarray(shrunk(rgb, side))
    data, kind = _encoded(small, "png", optimize=True), "png"
    if len(data) > lossless:
        data, kind = _as_photo(small), "webp"
    return _inline(data, kind, small)


def _as_photo(image: Image.Image) -> bytes:
    data = b""
    for quality in PHOTO_QUALITIES:
        data = _encoded(image, "webp", quality=quality, method=4)
        if len(data) <= PHOTO_BYTES:
            break
    return data


def map_image(values: NDArray[Any], colours: Colormap, low: float, high: float) -> Inline:
    """Colour an array (R, C), one pixel a value; a page enlarges it without smoothing."""
    span = (high - low) or 1.0
    scaled = np.clip((np.asarray(values, dtype=float) - low) / span, 0, 1)
    rgb = np.round(255 * np.asarray(colours(scaled))[..., :3]).astype(np.uint8)
    drawn = Image.fromarray(rgb)
    return _inline(_encoded(drawn, "png", optimize=True), "png", drawn)


def _encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **how)
    return sink.getvalue()


def _inline(data: bytes, kind: str, image: Image.Image) -> Inline:
    text = base64.b64encode(data).decode("ascii")
    return Inline(f"data:image/{kind};base64,{text}", image.width, image.height)
