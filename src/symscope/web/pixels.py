"""Small images of the page, as ``data:`` addresses: one pixel a value; the page enlarges them."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from symscope.drawing import style

SHADES = 32
"""Shades between the two colours in a frame of learning: more are not seen, and cost bytes."""


def two_coloured(values: NDArray[Any]) -> str:
    """Draw an array (R, C) of 0 … 1 between the sketch's two colours."""
    shades = np.rint(np.clip(values, 0, 1) * (SHADES - 1)).astype(np.uint8)
    image = Image.fromarray(shades).convert("L")
    image.putpalette(_palette(), "RGB")
    sink = io.BytesIO()
    image.save(sink, "png", bits=8)
    return f"data:image/png;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"


def _palette() -> list[int]:
    dark, light = (np.array(_rgb(colour)) for colour in (style.INK, style.PAPER))
    steps = np.linspace(0, 1, SHADES)[:, None]
    return np.rint(dark + steps * (light - dark)).astype(int).ravel().tolist()


def _rgb(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
