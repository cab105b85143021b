"""A page measured in inches from its top left corner, so that nothing can overlap by surprise."""

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray
from PIL import Image

from symscope.drawing import style


class Page:
    """A figure with text, thumbnails and panels placed in inches, y downwards.

    Attributes
    ----------
    figure : Figure
    width, height : float, in inches
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), facecolor="white")
        self._canvas = self.figure.add_axes((0, 0, 1, 1))
        self._canvas.set_axis_off()
        self._canvas.set_xlim(0, width)
        self._canvas.set_ylim(height, 0)

    def text(
        self, x: float, y: float, text: str, *, mathematics: bool = False, **look: Any
    ) -> None:
        """Write text; only ``mathematics`` gives $ its meaning (a file name may hold one)."""
        look = {"color": style.INK, "fontsize": 9, "linespacing": 1.3} | look
        written = drawable(text)
        self._canvas.text(x, y, written, parse_math=mathematics, **look)

    def paragraph(self, x: float, y: float, text: str, characters: int, **look: Any) -> None:
        """Write a small muted paragraph below ``y``, broken after so many characters."""
        look = {"color": style.MUTED, "fontsize": 8, "va": "top"} | look
        lines = (textwrap.fill(line, characters) for line in text.split("\n"))
        self.text(x, y, "\n".join(lines), **look)

    def rule(self, y: float) -> None:
        """Draw a thin line across the page."""
        ends = [style.MARGIN, self.width - style.MARGIN]
        self._canvas.plot(ends, [y, y], color=style.FAINT, linewidth=0.8)

    def image(self, x: float, y: float, image: NDArray[Any], **look: Any) -> None:
        """Place an image of shape (R, C) or (R, C, 3) in a square inch, its shape kept."""
        rows, columns = image.shape[:2]
        high, wide = rows / max(rows, columns), columns / max(rows, columns)
        left, top = x + (1 - wide) / 2, y + (1 - high)
        extent = (left, left + wide, top + high, top)
        look = {"interpolation": "antialiased"} | look
        self._canvas.imshow(image, extent=extent, aspect="auto", **look)
        # imshow makes the image's edges the limits.
        self._canvas.set_xlim(0, self.width)
        self._canvas.set_ylim(self.height, 0)

    def heading(self, x: float, y: float, text: str) -> None:
        """Write the title of the panel whose top left corner is at (x, y)."""
        self.text(x, y - 0.09, text, fontsize=10, fontweight="bold")

    def frame(
        self,
        place: tuple[float, float],
        size: tuple[float, float],
        title: str,
        caption: str,
        characters: int = 40,
        below: float = 0.07,
    ) -> Axes:
        """Add a panel with its title above, and its caption so many inches below."""
        (x, y), (width, height) = place, size
        self.heading(x, y, title)
        self.paragraph(x, y + height + below, caption, characters)
        return self.panel(x, y, width, height)

    def panel(self, x: float, y: float, width: float, height: float) -> Axes:
        """Add empty axes without ticks whose top left corner is at (x, y)."""
        box = (
            x / self.width,
            1 - (y + height) / self.height,
            width / self.width,
            height / self.height,
        )
        axes = self.figure.add_axes(box, anchor="NW")
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_color(style.FAINT)
        return axes


def empty(axes: Axes, text: str) -> None:
    """Say in a panel why there is nothing in it."""
    axes.set_facecolor(style.EMPTY)
    axes.text(0.5, 0.5, text, ha="center", va="center", color=style.MUTED, transform=axes.transAxes)


def shrunk(rgb: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Average a picture of shape (R, C, 3) down until no side is longer than ``side`` pixels.

    >>> shrunk(np.zeros((100, 400, 3), np.uint8), 80).shape
    (20, 80, 3)
    """
    small = Image.fromarray(rgb)
    small.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(small)


def drawable(text: str) -> str:
    r"""Replace what the font cannot draw, such as an emoji in a file name, by a box.

    >>> drawable("line\nline"), len(drawable("\U0001f642"))
    ('line\nline', 1)
    """
    font = get_font(findfont(FontProperties()))
    known = (c == "\n" or (c.isprintable() and font.get_char_index(ord(c))) for c in text)
    return "".join(c if drawn else "□" for c, drawn in zip(text, known, strict=True))
