"""The score of a volume as a figure: cuts, a view in space, the hidden layer, the probabilities."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.asked import LEVEL_ASKED
from symscope.drawing.figure import empty, headline, show_density
from symscope.drawing.layout import Page
from symscope.drawing.panels_nd import MARKS, in_frame, list_found, listed, probabilities
from symscope.drawing.style import MAP_PERCENTILE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symscope.elements import Element
    from symscope.results import Score

# Inches.
WIDTH, HEIGHT = 12.0, 10.9
TOP, PANEL, PITCH = 1.62, 2.3, 2.97

SURFACE_POINTS = 1800
"""Points of the surface between the two levels that are drawn in the view of a volume."""

CONTINUOUS = ("stripes", "round", "spherical")
"""Kinds of elements that a hidden layer's derivative can show too."""

THROUGH_FIRST = "All three cuts go through what was found first."

SPACE_WORDS = "The surface between its two levels, from aside; what was found is drawn in colour."


def _caption(page: Page, column: int, top: float, title: str, text: str) -> None:
    x = style.MARGIN + column * PITCH
    page.text(x, top - 0.09, title, fontsize=10, fontweight="bold")
    page.paragraph(x, top + PANEL + 0.07, text, 40)


def _panel(page: Page, column: int, top: float) -> "Axes":
    return page.panel(style.MARGIN + column * PITCH, top, PANEL, PANEL)


def volume_figure(score: "Score") -> Figure:
    """Draw the way from a volume to its symmetry score: see ``spatial_figure``."""
    page = Page(WIDTH, HEIGHT)
    headline(page, score)
    assert score.sampled is not None
    found = listed(score)
    through = middle(score)
    for axis in range(3):
        _slice_panel(page, score, axis, through, found)
    _view(page, score)
    lower = TOP + PANEL + 1.05
    cut = int(cell(through[0], score.sampled.values.shape[0]))
    _levels(page, score, cut, lower)
    _learned(page, score, cut, lower)
    _pattern(page, score, through, lower)
    axes = _panel(page, 3, lower)
    _caption(page, 3, lower, "6  Inside the network", _PLANE)
    if score.views is None:
        empty(axes, "no network was trained")
    else:
        show_density(axes, score.views.plane[0])
    _words(page, score, found, lower + PANEL + 1.05)
    last = lower + PANEL + 1.05
    title = "8  Its symmetry: how likely each kind is"
    page.text(6.5, last - 0.09, title, fontsize=10, fontweight="bold")
    probabilities(page, score, (6.5, last), (2.4, 1.7))
    return page.figure


_PLANE = (
    "All points of the grid, placed by the two strongest patterns in the network's last layer "
    "(brighter: more points)."
)


def middle(score: "Score") -> NDArray[np.float64]:
    """Choose the point, in the frame, through which cuts go: of what was found, or the middle."""
    assert score.sampled is not None
    pointed = [item for item in listed(score) if item.point is not None]
    return np.clip(in_frame(score, pointed[0]), -0.9, 0.9) if pointed else np.zeros(3)


def cell(x: float, side: int) -> int:
    return int(np.clip(np.floor((x + 1) * side / 2), 0, side - 1))


def _slice_panel(
    page: Page, score: "Score", axis: int, through: NDArray[np.float64], found: list["Element"]
) -> None:
    title = "1  The volume" if axis == 0 else ""
    text = cut_words(score, axis, through)
    if axis == 0 and any(item.point is not None for item in found):
        text += f" {THROUGH_FIRST}"
    _caption(page, axis, TOP, title, text)
    draw_cut(_panel(page, axis, TOP), score, axis, through)


def cut_words(score: "Score", axis: int, through: NDArray[np.float64]) -> str:
    """Say where a cut is, and which way it is shown."""
    sampled = score.sampled
    assert sampled is not None
    where = sampled.place(through)[axis]
    unit = f" {sampled.unit}" if sampled.unit in ("mm", "Å") else ""
    down, right = [f"axis {d}" for d in range(3) if d != axis]
    return f"Cut at {where:.3g}{unit} on axis {axis}; down: {down}, to the right: {right}."


def draw_cut(axes: "Axes", score: "Score", axis: int, through: NDArray[np.float64]) -> None:
    """Draw a cut through a volume across one axis, with what was found in it."""
    sampled = score.sampled
    assert sampled is not None
    fine = sampled.fine
    image = np.take(fine, cell(through[axis], fine.shape[0]), axis=axis)
    low, high = np.percentile(fine, (1, 99))
    axes.imshow(
        image, cmap=style.TWO_COLOURS, vmin=low, vmax=max(high, low + 1e-9), extent=(-1, 1, 1, -1)
    )
    axes.set_xlim(-1, 1)
    axes.set_ylim(1, -1)
    for item, colour in zip(listed(score), MARKS, strict=False):
        _mark_slice(axes, score, item, axis, through, colour)


def _mark_slice(
    axes: "Axes",
    score: "Score",
    item: "Element",
    axis: int,
    through: NDArray[np.float64],
    colour: str,
) -> None:
    """Draw where a plane meets the slice, or the shadow of an axis, a centre, a vector on it."""
    sampled = score.sampled
    assert sampled is not None
    rest = [d for d in range(3) if d != axis]
    line: dict[str, Any] = {"color": colour, "linewidth": 1.6}
    point = in_frame(score, item)
    if item.normal is not None:
        normal = np.array(item.normal)
        down, right = normal[rest]
        if np.hypot(down, right) > 0.15:
            # normal · x = offset within the slice.
            offset = normal @ point - normal[axis] * through[axis]
            foot = offset * np.array([down, right]) / (down**2 + right**2)
            along = np.array([-right, down]) / np.hypot(down, right)
            ends = foot + 3 * np.array([[-1.0], [1.0]]) * along
            axes.plot(ends[:, 1], ends[:, 0], **line)
    elif item.direction is not None:
        ends = point + 3 * np.array([[-1.0], [1.0]]) * np.array(item.direction)
        axes.plot(ends[:, rest[1]], ends[:, rest[0]], linestyle="--", **line)
    elif item.vector is not None:
        step = np.array(item.vector) / sampled.half
        start = -step[rest] / 2
        axes.annotate(
            "",
            (start[1] + step[rest[1]], start[0] + step[rest[0]]),
            (start[1], start[0]),
            arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.6},
        )
    else:
        axes.plot(point[rest[1]], point[rest[0]], "+", color=colour, markersize=12, mew=2)


def _view(page: Page, score: "Score") -> None:
    """Draw the surface between the two levels, with planes, axes and centres, seen from aside."""
    _caption(page, 3, TOP, "2  Seen in space", SPACE_WORDS)
    box = (
        (style.MARGIN + 3 * PITCH - 0.1) / page.width,
        1 - (TOP + PANEL + 0.05) / page.height,
        (PANEL + 0.2) / page.width,
        (PANEL + 0.1) / page.height,
    )
    draw_space(page.figure.add_axes(box, projection="3d", facecolor="none"), score)


def draw_space(axes: Any, score: "Score") -> None:
    """Draw the surface between the two levels, with what was found, in axes of three dimensions."""
    sampled = score.sampled
    assert sampled is not None
    points = _surface(sampled.levels)
    # Farther points are paler.
    depth = points @ [0.5, -0.8, 0.35]
    look: dict[str, Any] = {"cmap": "Greys", "vmin": -2.5, "vmax": 1.5, "alpha": 0.5}
    axes.scatter(*points.T, s=4, c=depth, linewidths=0, **look)
    for item, colour in zip(listed(score), MARKS, strict=False):
        _mark_space(axes, item, in_frame(score, item), sampled.half, colour)
    _dress(axes)


def _dress(axes: Axes3D) -> None:
    space: Any = axes
    space.set_xlim(-1, 1)
    space.set_ylim(-1, 1)
    space.set_zlim(-1, 1)
    space.set_box_aspect((1, 1, 1), zoom=1.1)
    space.view_init(elev=22, azim=-58)
    for axis, name in zip((space.xaxis, space.yaxis, space.zaxis), "012", strict=True):
        axis.set_ticks([])
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(style.FAINT)
        axis.set_label_text(f"axis {name}", fontsize=7, color=style.MUTED)
        axis.labelpad = -14


def _surface(levels: NDArray[np.int8]) -> NDArray[np.float64]:
    """Elements of cells with a neighbour of the other level, at most SURFACE_POINTS: (P, 3)."""
    edge = np.zeros(levels.shape, bool)
    for axis in range(3):
        differ = np.diff(levels, axis=axis) != 0
        edge[tuple(slice(0, -1) if d == axis else slice(None) for d in range(3))] |= differ
    cells = np.argwhere(edge)
    if len(cells) > SURFACE_POINTS:
        cells = cells[np.random.default_rng(0).choice(len(cells), SURFACE_POINTS, replace=False)]
    return (2 * cells + 1.0) / levels.shape[0] - 1


def _mark_space(
    axes: Any, item: "Element", point: NDArray[np.float64], half: float, colour: str
) -> None:
    line: dict[str, Any] = {"color": colour, "linewidth": 1.8}
    if item.normal is not None:
        corners = _polygon(np.array(item.normal), point)
        if len(corners) >= 3:
            axes.add_collection3d(
                Poly3DCollection([corners], facecolor=colour, edgecolor=colour, alpha=0.28)
            )
    elif item.direction is not None:
        ends = _clipped(point, np.array(item.direction))
        axes.plot(*ends.T, **line)
    elif item.vector is not None:
        step = np.array(item.vector) / half
        axes.quiver(*(-step / 2), *step, color=colour, linewidth=1.8, arrow_length_ratio=0.2)
    else:
        axes.scatter(*point[:, None], s=60, c=colour, marker="o", depthshade=False)


def _clipped(point: NDArray[np.float64], line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends (2, 3) of a line within the cube."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-1 - point) / line, (1 - point) / line
    near = np.nanmax(np.where(np.abs(line) > 1e-9, np.minimum(low, high), -np.inf))
    far = np.nanmin(np.where(np.abs(line) > 1e-9, np.maximum(low, high), np.inf))
    return np.stack([point + near * line, point + far * line])


def _polygon(normal: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of the cut of a plane through the cube, in order: (3 … 6, 3)."""
    corners = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T.astype(float)
    offset, found = normal @ point, []
    for i, one in enumerate(corners):
        for other in corners[i + 1 :]:
            if np.abs(one - other).sum() != 2:
                continue
            a, b = normal @ one - offset, normal @ other - offset
            if a * b < 0:
                found.append(one + (other - one) * a / (a - b))
    cut = np.array(found).reshape(-1, 3)
    if len(cut) < 3:
        return cut
    first = np.linalg.svd(normal[None])[2][1:]
    flat = (cut - cut.mean(axis=0)) @ first.T
    return cut[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]


def _levels(page: Page, score: "Score", cut: int, top: float) -> None:
    sampled = score.sampled
    assert sampled is not None
    side = sampled.values.shape[0]
    text = (
        f"In two levels, on {side} × {side} × {side} points: all that the networks see. First cut."
    )
    _caption(page, 0, top, "3  In two levels", text)
    _panel(page, 0, top).imshow(sampled.levels[cut], cmap=style.TWO_COLOURS, vmin=0, vmax=1)


def _learned(page: Page, score: "Score", cut: int, top: float) -> None:
    text = f"{LEVEL_ASKED} These are its answers, in the same cut."
    _caption(page, 1, top, "4  What a network learned", text)
    axes = _panel(page, 1, top)
    if score.views is None:
        empty(axes, "no network was trained")
    else:
        axes.imshow(score.views.answers[0][cut], cmap=style.TWO_COLOURS, vmin=0, vmax=1)


def _pattern(page: Page, score: "Score", through: NDArray[np.float64], top: float) -> None:
    text = "What it has built for itself (red and blue: opposite values), in the same cut."
    _caption(page, 2, top, "5  Its strongest pattern", text)
    axes = _panel(page, 2, top)
    if score.views is None:
        empty(axes, "–")
        return
    whole = np.asarray(score.views.maps[0, 0], dtype=float)
    limit = float(np.percentile(np.abs(whole), MAP_PERCENTILE)) or 1.0
    axes.imshow(whole[cell(through[0], whole.shape[0])], cmap="RdBu_r", vmin=-limit, vmax=limit)


def _words(page: Page, score: "Score", found: list["Element"], top: float) -> None:
    title = "7  What was found, and where"
    page.text(style.MARGIN, top - 0.09, title, fontsize=10, fontweight="bold")
    y = top + 0.12
    if not found:
        text = "No mirror, axis, centre or period holds." if score.elements else "Not searched."
        page.text(style.MARGIN, y, text, color=style.MUTED, fontsize=8, va="top")
        y += 0.3
    unit = score.sampled.unit if score.sampled else ""
    y = list_found(page, found, (style.MARGIN, y), 84, unit)
    more = len(score.elements.items) - len(found) if score.elements else 0
    if more > 0:
        text = f"and {more} more"
        page.text(style.MARGIN + 0.2, y, text, fontsize=8, color=style.MUTED, va="top")
        y += 0.3
    note = "Agreement: 1 = the same after the move, 0 = unrelated."
    if score.generators is not None:
        note += "\n" + generator_words(score)
    page.paragraph(style.MARGIN, y + 0.05, note, 88)


def generator_words(score: "Score") -> str:
    generators = score.generators
    assert generators is not None
    best = float(generators.defects[0])
    words = f"Continuous symmetry in the hidden layer, from its derivative: {generators.group}"
    scale = f"0 = symmetric, {generators.unrelated:.2f} = unrelated"
    numbers = f"{words} (least defect {best:.2f}; {scale})."
    found = score.elements.items if score.elements else ()
    if len(generators.fields) or not any(place.kind in CONTINUOUS for place in found):
        return numbers
    return (
        f"{numbers} Where the level does not change, the layer wobbles: then its derivative "
        "shows less than the moves above."
    )
