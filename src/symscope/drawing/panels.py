"""The parts that figures and pages are made of: pictures, shapes over them, maps, cuts, bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import AbstractPathEffect, withStroke
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.explain import best_in_words
from symscope.drawing.kinds import class_name
from symscope.drawing.parts import Parts
from symscope.drawing.shapes import (
    RING,
    Shape,
    field_shapes,
    listed,
    picture_shapes,
    to_pixels,
)
from symscope.drawing.svg import inline_svg
from symscope.drawing.words import class_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SURFACE_POINTS = 1800
"""Points of the surface between the two levels that are drawn in the view of a volume."""

THROUGH_FIRST = "All three cuts go through what was found first."

SPACE_WORDS = "The surface between its two levels, from aside; what was found is drawn in colour."


def draw_picture(axes: "Axes", parts: Parts, rgb: NDArray[np.uint8] | None, size: float) -> None:
    """Draw a picture, the square of it that the networks see, and its elements.

    Parameters
    ----------
    rgb : the picture (R, C, 3), perhaps smaller than it is; None draws what is over it alone
    size : of marks and letters, in points
    """
    assert parts.picture is not None
    rows, columns = parts.picture.rgb.shape[:2] if rgb is None else rgb.shape[:2]
    if rgb is not None:
        axes.imshow(rgb, interpolation="antialiased")
    axes.autoscale(False)
    if parts.sketched_share < 1:
        side = parts.sketched_share * max(rows, columns)
        corner = ((columns - side) / 2 - 0.5, (rows - side) / 2 - 0.5)
        # White under black dashes: seen on light and on dark pictures.
        for colour, dashes in ((style.PAPER, "-"), ("#1f2d3c", "--")):
            square = Rectangle(corner, side, side, fill=False, ec=colour, ls=dashes, clip_on=False)
            axes.add_patch(square)
    if parts.elements is not None:
        draw_shapes(axes, picture_shapes(parts.elements), rows, columns, size)


def draw_shapes(
    axes: "Axes", shapes: Sequence[Shape], rows: int, columns: int, size: float = 9.0
) -> None:
    """Draw shapes over a picture that fills ``axes`` with rows × columns pixels."""
    width = 1.3 if size < 10 else 2.0

    def halo(line: float) -> list[AbstractPathEffect]:
        return [withStroke(linewidth=line + 1.6, foreground=style.PAPER)]

    for shape in shapes:
        pixels = to_pixels(shape.points, rows, columns)
        (x, y), look = pixels[0], {"color": shape.colour, "path_effects": halo(width)}
        if shape.draw == "line":
            axes.plot(*pixels.T, ":" if shape.dotted else "-", linewidth=width, **look)
        elif shape.draw == "arrow":
            heads = {1: "-|>", 2: "<|-|>"}[shape.heads]
            arrow = axes.annotate(
                "",
                tuple(pixels[1]),
                xytext=(x, y),
                arrowprops={"arrowstyle": heads, "color": shape.colour, "lw": width + 0.3},
            )
            if arrow.arrow_patch is not None:
                arrow.arrow_patch.set_path_effects(halo(width + 0.3))
        elif shape.draw == "ring":
            axes.plot([x], [y], "+", markersize=size, **look)
            ring = Circle((x, y), RING * max(rows, columns) / 2, fill=False, ec=shape.colour)
            ring.set(linewidth=width, path_effects=halo(width))
            axes.add_patch(ring)
        else:
            axes.plot([x], [y], "o", markersize=0.55 * size, **look)
            axes.annotate(
                "" if shape.order is None else str(shape.order),
                (x, y),
                xytext=(0.55 * size, 0.33 * size),
                textcoords="offset points",
                fontsize=size,
                fontweight="bold",
                color=shape.colour,
                path_effects=halo(1.0),
            )


def overlay_svg(score: Any, name: str) -> Markup:
    """Draw what lies over a picture in a page: its elements and the square that networks see."""
    parts = Parts.of(score)
    shown = parts.elements is not None and parts.elements.items
    if parts.picture is None or not (shown or parts.sketched_share < 1):
        return Markup("")
    rows, columns = parts.picture.rgb.shape[:2]
    longer = max(rows, columns)
    figure = Figure(figsize=(4.6 * columns / longer, 4.6 * rows / longer))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.set_axis_off()
    draw_picture(axes, parts, None, size=18.0)
    text = best_in_words(parts.elements) if parts.elements is not None and shown else ""
    return inline_svg(figure, text, name, "overlay")


def draw_bars(axes: "Axes", parts: Parts, size: float = 9.0, symbols: bool = True) -> None:
    """Draw the probabilities, their deviations, and a dot for each network, or half of them."""
    classes, rows = list(parts.probabilities), np.arange(len(parts.probabilities))
    means = np.array(list(parts.probabilities.values()), dtype=float)
    sds = np.array([parts.probabilities_sd.get(symbol, 0.0) for symbol in classes])
    chosen = [style.ACCENT if symbol == parts.label else style.CALM for symbol in classes]
    reliable = parts.outcome == "ok"
    axes.barh(rows, means, color=chosen if reliable else style.FAINT, height=0.66, zorder=2)
    # A probability cannot leave 0 … 1, so neither may its line.
    reach = [np.minimum(sds, means), np.minimum(sds, 1 - means)]
    axes.errorbar(means, rows, xerr=reach, fmt="none", ecolor=style.INK, capsize=2, zorder=3)
    if parts.views is not None:
        # Dots as one path of very short lines with round ends: small in a page.
        x = np.asarray(parts.views.probabilities, float).ravel()
        y = np.tile(rows + 0.2, len(parts.views.probabilities))
        gaps = np.full(len(x), np.nan)
        look = {"linewidth": size / 4, "alpha": 0.5, "solid_capstyle": "round", "snap": False}
        axes.plot(
            np.stack([x, x + 1e-3, gaps], axis=1).ravel(),
            np.stack([y, y, gaps], axis=1).ravel(),
            color=style.INK,
            **look,
        )
    for row, mean in zip(rows.tolist(), means, strict=True):
        axes.text(1.06, row, f"{mean:.2f}", va="center", fontsize=size, color=style.INK)
    named = class_label if symbols else class_name
    axes.set_yticks(rows, [named(symbol) for symbol in classes], fontsize=size)
    axes.set_xticks(np.linspace(0, 1, 5), ["0", "", "0.5", "", "1"], fontsize=size - 1)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(len(classes) - 0.5, -0.5)
    axes.tick_params(length=0, labelcolor=style.INK)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.6, zorder=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def probabilities_svg(score: Any, name: str) -> Markup:
    """Draw how likely each class is, for a page; empty without probabilities."""
    parts = Parts.of(score)
    if not parts.probabilities:
        return Markup("")
    # In points: at 420 points in 420 pixels its letters are 13 pixels high.
    width, height = 420.0, 30.0 * len(parts.probabilities) + 26
    figure = Figure(figsize=(width / 72, height / 72))
    axes = figure.add_axes((150 / width, 20 / height, 222 / width, 1 - 26 / height))
    draw_bars(axes, parts, size=13.0, symbols=False)
    numbers = ", ".join(f"{class_name(c)} {p:.2f}" for c, p in parts.probabilities.items())
    said = f"How likely each kind is: {numbers}"
    return inline_svg(figure, said, name, "probabilities")


def draw_density(axes: "Axes", plane: NDArray[np.floating]) -> None:
    """Draw a density in the plane of two components, brighter where there are more points."""
    # Already on a logarithmic scale (features.features).
    values = np.asarray(plane, dtype=float)
    most = max(float(values.max()), 1e-9)
    drawn: Any = np.ma.masked_less_equal(values, 0)
    colours = axes.imshow(drawn, cmap="inferno", vmin=0, vmax=most, interpolation="nearest")
    axes.set_facecolor(colours.cmap(0.0))


def map_limit(values: NDArray[Any]) -> float:
    """Return the value of a component at which its colours are fullest."""
    return float(np.percentile(np.abs(values), style.MAP_PERCENTILE)) or 1.0


# Cuts and the view of a volume.


def cuts_through(parts: Parts) -> NDArray[np.float64]:
    """Choose the point, in the frame, through which cuts go: of what was found, or the middle."""
    assert parts.grid is not None
    for item in listed(parts):
        if item.point is not None:
            point = (np.array(item.point) - np.array(parts.grid.centre)) / parts.grid.half
            return np.clip(point, -0.9, 0.9)
    return np.zeros(3)


def cut_of(values: NDArray[Any], place: float, axis: int = 0) -> NDArray[Any]:
    """Take the cells of a grid over [-1, 1]³ that lie at a place on an axis."""
    side = values.shape[axis]
    return np.take(values, int(np.clip(np.floor((place + 1) * side / 2), 0, side - 1)), axis=axis)


def cut_words(parts: Parts, axis: int) -> str:
    """Say where a cut is, and which way it is shown."""
    grid = parts.grid
    assert grid is not None
    where = grid.place(cuts_through(parts))[axis]
    unit = f" {grid.unit}" if grid.unit not in ("voxels", "samples", "units") else ""
    down, right = [f"axis {d}" for d in range(3) if d != axis]
    words = f"Cut at {where:.3g}{unit} on axis {axis}; down: {down}, to the right: {right}."
    pointed = any(item.point is not None for item in listed(parts))
    return f"{words} {THROUGH_FIRST}" if axis == 0 and pointed else words


def draw_cut(axes: "Axes", parts: Parts, axis: int) -> None:
    """Draw a cut through a volume across one axis, with what was found in it."""
    assert parts.grid is not None
    fine, through = parts.grid.fine, cuts_through(parts)
    low, high = np.percentile(fine, (1, 99))
    look: dict[str, Any] = {"cmap": style.TWO_COLOURS, "vmin": low, "vmax": max(high, low + 1e-9)}
    axes.imshow(cut_of(fine, through[axis], axis), extent=(-1, 1, 1, -1), **look)
    axes.set(xlim=(-1, 1), ylim=(1, -1))
    down_right = [d for d in range(3) if d != axis]
    for shape in field_shapes(parts):
        line: dict[str, Any] = {"color": shape.colour, "linewidth": 1.6}
        flat = shape.points[:, down_right[::-1]]
        if shape.normal is not None and len(shape.points):
            # normal · x = offset within the cut.
            offset = shape.normal @ shape.points[0] - shape.normal[axis] * through[axis]
            down, right = shape.normal[down_right]
            if np.hypot(down, right) > 0.15:
                foot = offset * np.array([right, down]) / (down**2 + right**2)
                along = 3 * np.array([down, -right]) / np.hypot(down, right)
                axes.plot(*np.stack([foot - along, foot + along]).T, **line)
        elif shape.draw == "line":
            axes.plot(*flat.T, linestyle="--", **line)
        elif shape.draw == "arrow":
            arrow = {"arrowstyle": "->", **line}
            axes.annotate("", tuple(flat[1]), tuple(flat[0]), arrowprops=arrow)
        elif shape.draw == "centre":
            axes.plot(*flat.T, "+", color=shape.colour, markersize=12, mew=2)


def draw_space(axes: Any, parts: Parts) -> None:
    """Draw the surface between the two levels, with what was found, in axes of three dimensions."""
    assert parts.grid is not None
    points = _surface(parts.grid.levels)
    # Farther points are paler.
    depth = points @ [0.5, -0.8, 0.35]
    look: dict[str, Any] = {"cmap": "Greys", "vmin": -2.5, "vmax": 1.5, "alpha": 0.5}
    axes.scatter(*points.T, s=4, c=depth, linewidths=0, **look)
    for shape in field_shapes(parts):
        colour = {"color": shape.colour, "linewidth": 1.8}
        if shape.draw == "plane" and len(shape.points):
            faces = {"facecolor": shape.colour, "edgecolor": shape.colour, "alpha": 0.28}
            axes.add_collection3d(Poly3DCollection([shape.points], **faces))
        elif shape.draw == "line":
            axes.plot(*_within_cube(shape.points).T, **colour)
        elif shape.draw == "arrow":
            start, end = shape.points
            axes.quiver(*start, *(end - start), arrow_length_ratio=0.2, **colour)
        elif shape.draw == "centre":
            axes.scatter(*shape.points.T, s=60, c=shape.colour, marker="o", depthshade=False)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1))
    axes.set_box_aspect((1, 1, 1), zoom=1.1)
    axes.view_init(elev=22, azim=-58)
    for number, axis in enumerate((axes.xaxis, axes.yaxis, axes.zaxis)):
        axis.set_ticks([])
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(style.FAINT)
        axis.set_label_text(f"axis {number}", fontsize=7, color=style.MUTED)
        axis.labelpad = -14


def _surface(levels: NDArray[np.int8]) -> NDArray[np.float64]:
    """Centres of cells with a neighbour of the other level, at most SURFACE_POINTS: (P, 3)."""
    edge = np.zeros(levels.shape, bool)
    for axis in range(3):
        differ = np.diff(levels, axis=axis) != 0
        edge[tuple(slice(0, -1) if d == axis else slice(None) for d in range(3))] |= differ
    cells = np.argwhere(edge)
    if len(cells) > SURFACE_POINTS:
        cells = cells[np.random.default_rng(0).choice(len(cells), SURFACE_POINTS, replace=False)]
    return (2 * cells + 1.0) / levels.shape[0] - 1


def _within_cube(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shorten a line, given by its ends (2, 3), to its part within the cube [-1, 1]³."""
    start, line = ends[0], ends[1] - ends[0]
    across = np.abs(line) > 1e-9
    low, high = (-1 - start[across]) / line[across], (1 - start[across]) / line[across]
    near, far = np.minimum(low, high).max(), np.maximum(low, high).min()
    return np.stack([start + near * line, start + far * line])


def draw_along(axes: "Axes", parts: Parts, length: bool) -> None:
    """Draw the elements of a signal: centres as lines; periods as arrows, where ``length``."""
    assert parts.grid is not None
    for shape in field_shapes(parts):
        x = parts.grid.place(shape.points)[:, 0]
        if shape.draw == "centre":
            axes.axvline(float(x[0]), color=shape.colour, linewidth=1.5, linestyle="--")
        elif length:
            low, high = axes.get_ylim()
            y = high - 0.06 * (high - low)
            look = {"arrowstyle": "<->", "color": shape.colour, "linewidth": 1.5}
            axes.annotate("", (float(x[1]), y), (float(x[0]), y), arrowprops=look)
