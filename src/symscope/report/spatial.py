"""The score of a signal, of a volume or of scattered samples as one figure that explains itself."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from numpy.typing import NDArray

from symscope.report import style
from symscope.report.figure import MAP_PERCENTILE, bars, empty, headline, show_density
from symscope.report.page import Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from symscope.result import Score
    from symscope.spatial.elements import Place

WIDTH, VOLUME_HEIGHT, SIGNAL_HEIGHT, OTHER_HEIGHT = 12.0, 10.9, 10.25, 5.4

TOP = 1.62
PANEL, PITCH = 2.3, 2.97

SURFACE_POINTS = 1800
"""Points of the surface between the two levels that are drawn in the view of a volume."""

LISTED = 5
"""Elements that are put into words."""

MARKS = ("#c2552d", "#2a7f9e", "#6a4c93", "#4b8f29", "#b8860b")
"""Colours of the elements, in their order; they tell them apart in every panel."""


def spatial_figure(score: "Score") -> Figure:
    """Draw the way from a signal, volume or samples to the symmetry score.

    Returns
    -------
    Figure
        Of a volume: three slices through the centre of what was found, the surface between its two
        levels with planes, axes and centres in it, what one network learned and built, and the
        profile. Of a signal: the same as curves. Of samples: the plane and the profile.
    """
    if score.sampled is None or score.profile is None:
        return _without_grid(score)
    return _signal(score) if score.sampled.dimension == 1 else _volume(score)


def _caption(page: Page, column: int, top: float, title: str, text: str) -> None:
    x = style.MARGIN + column * PITCH
    page.text(x, top - 0.09, title, fontsize=10, fontweight="bold")
    page.paragraph(x, top + PANEL + 0.07, text, 40)


def _panel(page: Page, column: int, top: float) -> "Axes":
    return page.panel(style.MARGIN + column * PITCH, top, PANEL, PANEL)


# --- Volumes ---------------------------------------------------------------------------------


def _volume(score: "Score") -> Figure:
    page = Page(WIDTH, VOLUME_HEIGHT)
    headline(page, score)
    assert score.sampled is not None
    found = _found(score)
    through = _middle(score)
    for axis in range(3):
        _slice_panel(page, score, axis, through, found)
    _view(page, score, found)
    lower = TOP + PANEL + 1.05
    cut = int(_cell(through[0], score.sampled.values.shape[0]))
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
    _profile(page, score, lower + PANEL + 1.05)
    return page.figure


_PLANE = (
    "All points of the grid, placed by the two strongest patterns in the network's last layer "
    "(brighter: more points)."
)


def _found(score: "Score") -> list["Place"]:
    return list(score.places.found[:LISTED]) if score.places else []


def _middle(score: "Score") -> NDArray[np.float64]:
    """Choose the point, in the frame, through which slices are cut: a found centre, or the middle."""
    assert score.sampled is not None
    points = [item.point for item in _found(score) if item.point is not None]
    if not points:
        return np.zeros(3)
    place = (np.array(points[0]) - np.array(score.sampled.centre)) / score.sampled.half
    return np.clip(place, -0.9, 0.9)


def _cell(x: float, side: int) -> int:
    return int(np.clip(np.floor((x + 1) * side / 2), 0, side - 1))


def _slice_panel(
    page: Page, score: "Score", axis: int, through: NDArray[np.float64], found: list["Place"]
) -> None:
    sampled = score.sampled
    assert sampled is not None
    where = sampled.place(through)[axis]
    unit = f" {sampled.unit}" if sampled.unit in ("mm", "Å") else ""
    title = "1  The volume" if axis == 0 else ""
    across = [f"axis {d}" for d in range(3) if d != axis]
    text = f"Cut at {where:.3g}{unit} on axis {axis}; down: {across[0]}, to the right: {across[1]}."
    if axis == 0 and any(item.point is not None for item in found):
        text += " All three cuts go through what was found first."
    _caption(page, axis, TOP, title, text)
    axes = _panel(page, axis, TOP)
    fine = sampled.fine
    image = np.take(fine, _cell(through[axis], fine.shape[0]), axis=axis)
    low, high = np.percentile(fine, (1, 99))
    axes.imshow(image, cmap=style.TWO_COLOURS, vmin=low, vmax=max(high, low + 1e-9), extent=(-1, 1, 1, -1))
    axes.set_xlim(-1, 1)
    axes.set_ylim(1, -1)
    for item, colour in zip(found, MARKS, strict=False):
        _mark_slice(axes, score, item, axis, through, colour)


def _mark_slice(
    axes: "Axes",
    score: "Score",
    item: "Place",
    axis: int,
    through: NDArray[np.float64],
    colour: str,
) -> None:
    """Draw where a plane meets the slice, or the shadow of an axis, a centre, a vector on it."""
    sampled = score.sampled
    assert sampled is not None
    rest = [d for d in range(3) if d != axis]
    line: dict[str, Any] = {"color": colour, "linewidth": 1.6}
    if item.point is not None:
        point = (np.array(item.point) - np.array(sampled.centre)) / sampled.half
    else:
        point = np.zeros(3)
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


def _view(page: Page, score: "Score", found: list["Place"]) -> None:
    """Draw the surface between the two levels, with planes, axes and centres, seen from aside."""
    sampled = score.sampled
    assert sampled is not None
    text = "The surface between its two levels, from aside; what was found is drawn in colour."
    _caption(page, 3, TOP, "2  Seen in space", text)
    x = style.MARGIN + 3 * PITCH - 0.25
    box = (
        x / page.width,
        1 - (TOP + PANEL + 0.2) / page.height,
        (PANEL + 0.5) / page.width,
        (PANEL + 0.35) / page.height,
    )
    axes: Any = page.figure.add_axes(box, projection="3d")
    points = _surface(sampled.levels)
    axes.scatter(*points.T, s=2.5, c=points @ [0.3, 0.5, 0.8], cmap="Greys", vmin=-3, vmax=2.5, alpha=0.35, linewidths=0)
    centre = np.array(sampled.centre)
    for item, colour in zip(found, MARKS, strict=False):
        point = (
            np.zeros(3) if item.point is None else (np.array(item.point) - centre) / sampled.half
        )
        _mark_space(axes, item, point, sampled.half, colour)
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
    """Places of cells with a neighbour of the other level, at most SURFACE_POINTS: (P, 3)."""
    edge = np.zeros(levels.shape, bool)
    for axis in range(3):
        differ = np.diff(levels, axis=axis) != 0
        edge[tuple(slice(0, -1) if d == axis else slice(None) for d in range(3))] |= differ
    cells = np.argwhere(edge)
    if len(cells) > SURFACE_POINTS:
        cells = cells[np.random.default_rng(0).choice(len(cells), SURFACE_POINTS, replace=False)]
    return (2 * cells + 1.0) / levels.shape[0] - 1


def _mark_space(axes: Any, item: "Place", point: NDArray[np.float64], half: float, colour: str) -> None:
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
    text = f"In two levels, on {side} × {side} × {side} points: all that the networks see. First cut."
    _caption(page, 0, top, "3  In two levels", text)
    _panel(page, 0, top).imshow(sampled.levels[cut], cmap=style.TWO_COLOURS, vmin=0, vmax=1)


def _learned(page: Page, score: "Score", cut: int, top: float) -> None:
    text = (
        "A small network, told nothing about symmetry, was asked for the level at every point. "
        "These are its answers, in the same cut."
    )
    _caption(page, 1, top, "4  What a network learned", text)
    axes = _panel(page, 1, top)
    if score.views is None:
        empty(axes, "no network was trained")
    else:
        axes.imshow(score.views.learned[0][cut], cmap=style.TWO_COLOURS, vmin=0, vmax=1)


def _pattern(page: Page, score: "Score", through: NDArray[np.float64], top: float) -> None:
    text = "What it has built for itself (red and blue: opposite values), in the same cut."
    _caption(page, 2, top, "5  Its strongest pattern", text)
    axes = _panel(page, 2, top)
    if score.views is None:
        empty(axes, "–")
        return
    whole = np.asarray(score.views.maps[0, 0], dtype=float)
    limit = float(np.percentile(np.abs(whole), MAP_PERCENTILE)) or 1.0
    axes.imshow(whole[_cell(through[0], whole.shape[0])], cmap="RdBu_r", vmin=-limit, vmax=limit)


# --- Words and profile -----------------------------------------------------------------------


def in_words(item: "Place", unit: str) -> str:
    """Say what one element is and how well it holds."""
    unit = f" {unit}" if unit and unit != "time" else ""

    def shown(values: tuple[float, ...]) -> str:
        return "(" + ", ".join(f"{v:.3g}" for v in values) + ")"

    line = len(item.normal or item.vector or item.direction or (0, 0)) == 1
    if item.kind == "mirror" and line:
        text = f"palindrome about {item.point[0]:.4g}{unit}" if item.point else "palindrome"
    elif item.kind == "mirror":
        text = f"mirror plane, normal {shown(item.normal or ())}, through {shown(item.point or ())}{unit}"
    elif item.kind == "axis":
        text = f"axis of any rotation along {shown(item.direction or ())}, through {shown(item.point or ())}{unit}"
    elif item.kind == "rotation":
        text = f"{item.order}-fold axis along {shown(item.direction or ())}, through {shown(item.point or ())}{unit}"
    elif item.kind == "centre":
        text = f"centre of any rotation at {shown(item.point or ())}{unit}"
    elif item.kind == "shift":
        text = f"any shift along {shown(item.direction or ())}"
    else:
        vector = item.vector or ()
        length = float(np.linalg.norm(vector))
        text = f"period of {length:.4g}{unit}" + ("" if line else f" along {shown(vector)}")
    hidden = "" if item.hidden is None else f", in the hidden layer {item.hidden:.2f}"
    return f"{text}: agreement {item.pixels:.2f}{hidden}"


def _words(page: Page, score: "Score", found: list["Place"], top: float) -> None:
    page.text(style.MARGIN, top - 0.09, "7  What was found, and where", fontsize=10, fontweight="bold")
    y = top + 0.12
    unit = score.sampled.unit if score.sampled else ""
    if not found:
        text = "not searched" if score.places is None else "No mirror, axis, centre or period holds."
        page.text(style.MARGIN, y, text, color=style.MUTED, fontsize=8, va="top")
        y += 0.3
    for item, colour in zip(found, MARKS, strict=False):
        page.text(style.MARGIN, y, "■", color=colour, fontsize=9, va="top")
        page.paragraph(style.MARGIN + 0.2, y, in_words(item, unit), 84, color=style.INK)
        y += 0.34
    more = len(score.places.found) - len(found) if score.places else 0
    if more > 0:
        page.text(style.MARGIN + 0.2, y, f"and {more} more", fontsize=8, color=style.MUTED, va="top")
        y += 0.3
    note = "Agreement: 1 = the same after the move, 0 = unrelated."
    if score.generators is not None:
        note += "\n" + _generator_words(score)
    page.paragraph(style.MARGIN, y + 0.05, note, 88)


def _generator_words(score: "Score") -> str:
    generators = score.generators
    assert generators is not None
    best = float(generators.defects[0])
    words = f"Continuous symmetry in the hidden layer, from its derivative: {generators.group}"
    return f"{words} (least defect {best:.2f}; 0 = symmetric, 0.58 = unrelated)."


def _profile(page: Page, score: "Score", top: float) -> None:
    left, labels, width = 6.5, 2.3, 2.4
    page.text(left, top - 0.09, "8  Its symmetry: how likely each kind is", fontsize=10, fontweight="bold")
    bars(page.panel(left + labels, top, width, 1.7), score)
    networks = "" if score.views is None else f" of {len(score.views.profiles)} networks"
    reader = str(score.provenance.get("reader", ""))
    kind = {"signal": "signals", "volume": "volumes"}.get(reader, "volumes, by the plane alone,")
    text = (
        f"Read off those patterns by a second network, trained only on {kind} whose symmetry is "
        f"known. Bars: mean{networks}; lines: their spread; dots: each network.\nSymmetry = 1 − none."
    )
    page.paragraph(left, top + 1.95, text, 88)


# --- Signals ---------------------------------------------------------------------------------


def _signal(score: "Score") -> Figure:
    page = Page(WIDTH, SIGNAL_HEIGHT)
    headline(page, score)
    sampled, found = score.sampled, _found(score)
    assert sampled is not None
    wide, high = WIDTH - 2 * style.MARGIN, 1.35
    rows: list[tuple[str, str]] = [
        ("1  The signal", "What was given; found centres are drawn as lines, periods as arrows."),
        ("2  In two levels, and what a network learned of them",
         "Light line: the two levels, all that the networks see. Dark line: what a small network, "
         "told nothing about symmetry, answers at every place."),
        ("3  Its leading patterns",
         "What the network has built for itself, the strongest in dark. A symmetry that it has "
         "found shows again here."),
    ]  # fmt: skip
    # The first panel has numbers along its lower edge.
    edges = (0.22, 0.0, 0.0)
    tops = [TOP, TOP + high + 0.88, TOP + 2 * high + 1.54]
    panels = []
    for (title, text), top, edge in zip(rows, tops, edges, strict=True):
        page.text(style.MARGIN, top - 0.09, title, fontsize=10, fontweight="bold")
        page.paragraph(style.MARGIN, top + high + 0.1 + edge, text, 150)
        panels.append(page.panel(style.MARGIN, top, wide, high))
    _curves(panels, score)
    for axes in panels:
        for item, colour in zip(found, MARKS, strict=False):
            _mark_signal(axes, item, colour, axes is panels[0], score)
    lower = tops[-1] + high + 0.85
    page.text(style.MARGIN, lower - 0.09, "4  Inside the network", fontsize=10, fontweight="bold")
    axes = page.panel(style.MARGIN, lower, 1.7, 1.7)
    if score.views is None:
        empty(axes, "no network")
    else:
        show_density(axes, score.views.plane[0])
    page.paragraph(style.MARGIN, lower + 1.77, "All places, by the two strongest patterns.", 34)
    _signal_words(page, found, lower, sampled.unit, searched=score.places is not None)
    _signal_profile(page, score, lower)
    return page.figure


def _along(score: "Score", count: int) -> NDArray[np.float64]:
    assert score.sampled is not None
    place = (2 * np.arange(count) + 1.0) / count - 1
    return score.sampled.place(place[:, None])[:, 0]


def _curves(panels: list["Axes"], score: "Score") -> None:
    sampled = score.sampled
    assert sampled is not None
    thin: dict[str, Any] = {"linewidth": 1.0}
    ends = sampled.place(np.array([[-1.0], [1.0]]))[:, 0]
    panels[0].plot(_along(score, len(sampled.fine)), sampled.fine, color=style.INK, **thin)
    x = _along(score, len(sampled.values))
    panels[1].step(x, sampled.levels, where="mid", color=style.CALM, linewidth=3, alpha=0.5)
    if score.views is not None:
        panels[1].plot(x, score.views.learned[0], color=style.INK, **thin)
        maps = score.views.maps[0]
        for index, colour in reversed(list(enumerate((style.INK, style.CALM, style.FAINT)))):
            panels[2].plot(_along(score, maps.shape[1]), maps[index], color=colour, **thin)
    for axes in panels:
        axes.set_xlim(float(ends[0]), float(ends[1]))
        axes.tick_params(length=2, labelsize=7, labelcolor=style.MUTED)
    panels[0].xaxis.set_major_locator(MaxNLocator(8))


def _mark_signal(axes: "Axes", item: "Place", colour: str, first: bool, score: "Score") -> None:
    if item.point is not None:
        axes.axvline(item.point[0], color=colour, linewidth=1.5, linestyle="--")
    elif item.vector is not None and first:
        low, high = axes.get_ylim()
        start = float(np.array(score.sampled.centre)[0]) if score.sampled else 0.0
        length = abs(item.vector[0])
        axes.annotate(
            "",
            (start + length, high - 0.06 * (high - low)),
            (start, high - 0.06 * (high - low)),
            arrowprops={"arrowstyle": "<->", "color": colour, "linewidth": 1.5},
        )


def _signal_words(
    page: Page, found: list["Place"], top: float, unit: str, searched: bool
) -> None:
    left = style.MARGIN + 2.15
    page.text(left, top - 0.09, "5  What was found, and where", fontsize=10, fontweight="bold")
    y = top + 0.1
    if not found:
        text = "No centre and no period holds." if searched else "not searched"
        page.text(left, y, text, fontsize=8, color=style.MUTED, va="top")
        y += 0.32
    for item, colour in zip(found, MARKS, strict=False):
        page.text(left, y, "■", color=colour, fontsize=9, va="top")
        page.paragraph(left + 0.2, y, in_words(item, unit), 54, color=style.INK)
        y += 0.36
    page.paragraph(left, y + 0.02, "Agreement: 1 = the same after the move, 0 = unrelated.", 60)


def _signal_profile(page: Page, score: "Score", top: float) -> None:
    left, labels, width = 6.9, 2.2, 2.1
    page.text(left, top - 0.09, "6  Its symmetry: how likely each kind is", fontsize=10, fontweight="bold")
    bars(page.panel(left + labels, top, width, 0.95), score)
    networks = "" if score.views is None else f" of {len(score.views.profiles)} networks"
    text = (
        "Read off those patterns by a second network, trained only on signals whose symmetry is "
        f"known. Bars: mean{networks}; lines: their spread; dots: each network. Symmetry = 1 − none."
    )
    page.paragraph(left, top + 1.2, text, 78)


# --- Samples, and what has no score ----------------------------------------------------------


def _without_grid(score: "Score") -> Figure:
    page = Page(WIDTH, OTHER_HEIGHT)
    headline(page, score)
    axes = page.panel(style.MARGIN, TOP, PANEL, PANEL)
    page.text(style.MARGIN, TOP - 0.09, "1  Inside a network", fontsize=10, fontweight="bold")
    if score.views is None:
        empty(axes, "no network was trained")
        return page.figure
    show_density(axes, score.views.plane[0])
    text = (
        "A small network, told nothing about symmetry, learned the level at every point. Here the "
        "points are placed by the two strongest patterns in its last layer (brighter: more points): "
        "a picture that does not know in how many dimensions they lie."
    )
    page.paragraph(style.MARGIN, TOP + PANEL + 0.07, text, 60)
    left, labels, width = 5.2, 2.4, 3.2
    page.text(left, TOP - 0.09, "2  Its symmetry: how likely each kind is", fontsize=10, fontweight="bold")
    bars(page.panel(left + labels, TOP, width, PANEL), score)
    dimension = score.provenance.get("dimension")
    page.paragraph(
        left,
        TOP + PANEL + 0.3,
        f"Read off by a second network, trained on {_trained_on(score)} whose symmetry is known; "
        f"this field has {dimension} dimensions.",
        90,
    )
    return page.figure


def _trained_on(score: "Score") -> str:
    reader = str(score.provenance.get("reader", ""))
    return {"signal": "signals", "volume": "volumes"}.get(reader, "planes of volumes")
