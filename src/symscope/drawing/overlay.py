"""Elements drawn where they are: axes, centres, periods over a picture."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Circle
from matplotlib.patheffects import AbstractPathEffect, withStroke

from symscope.drawing import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symscope.elements import Element, Elements

Place = Callable[[float, float], tuple[float, float]]
"""From a picture's coordinates to its pixels."""

MOST = {"mirror": 8, "rotation": 3, "translation": 2, "glide": 4, "stripes": 1, "round": 1}
"""Elements of each kind that are drawn, strongest first: more would hide the picture."""


def draw_elements(axes: "Axes", elements: "Elements", rows: int, columns: int) -> None:
    """Draw elements over a picture that fills ``axes`` with rows × columns pixels."""
    pixel = placing(rows, columns)
    axes.autoscale(False)
    for item in shown(elements):
        _DRAW[item.kind](axes, item, pixel)


def placing(rows: int, columns: int) -> Place:
    """Return the way from a picture's coordinates to its pixels, whose centres are whole."""
    longer = max(rows, columns)

    def pixel(x: float, y: float) -> tuple[float, float]:
        return (x * longer + columns - 1) / 2, (rows - 1 - y * longer) / 2

    return pixel


def shown(elements: "Elements") -> list["Element"]:
    """Choose the elements that are drawn, at most MOST of each kind, strongest first."""
    return [
        item
        for kind, most in MOST.items()
        for item in sorted(elements.of(kind), key=lambda item: -item.pixels)[:most]
    ]


def axis_ends(item: "Element", pixel: Place) -> list[tuple[float, float]]:
    """Return two points of an axis, in pixels, both outside of the picture."""
    angle = np.deg2rad(item.angle_deg or 0.0)
    along, normal = (np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))
    offset = item.offset or 0.0
    return [
        pixel(offset * normal[0] + t * along[0], offset * normal[1] + t * along[1]) for t in (-2, 2)
    ]


def _halo(width: float) -> list[AbstractPathEffect]:
    return [withStroke(linewidth=width + 1.6, foreground=style.PAPER)]


def _line(axes: "Axes", item: "Element", pixel: Place, dashes: str) -> None:
    x, y = zip(*axis_ends(item, pixel), strict=True)
    axes.plot(x, y, dashes, color=style.ACCENT, linewidth=1.3, path_effects=_halo(1.3))


def _mirror(axes: "Axes", item: "Element", pixel: Place) -> None:
    _line(axes, item, pixel, "-")


def _glide(axes: "Axes", item: "Element", pixel: Place) -> None:
    _line(axes, item, pixel, ":")


def _rotation(axes: "Axes", item: "Element", pixel: Place) -> None:
    x, y = pixel(*(item.centre or (0.0, 0.0)))
    axes.plot([x], [y], "o", color=style.ACCENT, markersize=5, path_effects=_halo(1.0))
    axes.annotate(
        str(item.order),
        (x, y),
        xytext=(5, 3),
        textcoords="offset points",
        fontsize=9,
        fontweight="bold",
        color=style.ACCENT,
        path_effects=_halo(1.0),
    )


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float], ends: str) -> None:
    arrow = axes.annotate(
        "", end, xytext=start, arrowprops={"arrowstyle": ends, "color": style.ACCENT, "lw": 1.6}
    )
    if arrow.arrow_patch is not None:
        arrow.arrow_patch.set_path_effects(_halo(1.6))


def _period(axes: "Axes", item: "Element", pixel: Place) -> None:
    x, y = item.vector or (0.0, 0.0)
    _arrow(axes, pixel(0, 0), pixel(x, y), "-|>")


def _stripes(axes: "Axes", item: "Element", pixel: Place) -> None:
    angle = np.deg2rad(item.angle_deg or 0.0)
    x, y = 0.6 * np.cos(angle), 0.6 * np.sin(angle)
    _arrow(axes, pixel(-x, -y), pixel(x, y), "<|-|>")


def _round(axes: "Axes", item: "Element", pixel: Place) -> None:
    x, y = pixel(*(item.centre or (0.0, 0.0)))
    edge = pixel((item.centre or (0.0, 0.0))[0] + 0.45, 0)[0]
    axes.plot([x], [y], "+", color=style.ACCENT, markersize=9, path_effects=_halo(1.3))
    ring = Circle((x, y), edge - x, fill=False, ec=style.ACCENT, lw=1.3, path_effects=_halo(1.3))
    axes.add_patch(ring)


_DRAW = {
    "mirror": _mirror,
    "rotation": _rotation,
    "translation": _period,
    "glide": _glide,
    "stripes": _stripes,
    "round": _round,
}


def in_words(elements: "Elements") -> str:
    """Say what is drawn: the strongest of each kind with its agreement, pixels and hidden layer."""
    said = []
    for kind in MOST:
        found = sorted(elements.of(kind), key=lambda item: -item.pixels)
        if not found:
            continue
        best = found[0]
        many = f"{len(found)} × " if len(found) > 1 else ""
        hidden = "" if best.hidden is None else f" / {best.hidden:.2f}"
        said.append(
            f"{many}{'period' if kind == 'translation' else kind} {best.pixels:.2f}{hidden}"
        )
    if not said:
        return "No axis, centre or period was found."
    return f"Found: {', '.join(said)} (agreement: pixels / hidden layer)."
