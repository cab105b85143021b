"""What the page shows of a signal, a volume or samples, as plain values; pictures are in showing.

The panels of a volume are those of its figure (``report.volume``), one by one, so that they fit a
phone as well as a screen; a signal's curves are given as numbers, and drawn by the browser.
"""

from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.asked import watched_captions
from symscope.drawing.inline import map_image, photo
from symscope.drawing.inputs import OF_DIMENSION
from symscope.drawing.panels_nd import MARKS, in_words, listed
from symscope.drawing.stand_in import on_a_page
from symscope.drawing.style import COMPONENTS_SHOWN, MAP_PERCENTILE, NETWORKS_SHOWN
from symscope.drawing.volume import (
    SPACE_WORDS,
    THROUGH_FIRST,
    cut_words,
    draw_cut,
    draw_space,
    generator_words,
    middle,
)
from symscope.tasks import COLOURS, parse_task
from symscope.web.pixels import two_coloured

if TYPE_CHECKING:
    from symscope.elements import Element
    from symscope.io.grids import Grid
    from symscope.io.inputs import Input
    from symscope.results import Score, Views

PANEL, DPI = 2.3, 190
"""Side of a panel in inches, as in the figure, and its dots per inch."""

CURVE_POINTS = 1024
"""Most points of a curve: as many as a wide screen shows."""

MARKS_ALONG = 6
"""Most numbers along a signal."""

BAND = 24
"""Rows of the band that shows a pattern of a signal."""

LIMITS = (
    "One set of probabilities describes all that the networks see, which is two levels on a coarse grid. The "
    "classifier knows templates only: elsewhere the probabilities are a ranking, not a calibrated "
    "chance."
)


def squares(answers: NDArray[np.floating], dimension: int) -> list[str]:
    """Draw the answers (N, P) of N networks: the middle cut of a volume, a signal as an area."""
    return [two_coloured(_square(one, dimension)) for one in np.asarray(answers)]


def _square(values: NDArray[np.floating], dimension: int, at: int | None = None) -> NDArray[Any]:
    """Turn a field's values, 0 … 1, into a square picture of them."""
    if dimension == 1:
        side = 64
        height = values.ravel()[np.linspace(0, values.size - 1, side).round().astype(int)]
        return (1 - (np.arange(side)[:, None] + 0.5) / side > 0.1 + 0.8 * height).astype(float)
    side = round(values.size ** (1 / 3))
    return values.reshape(side, side, side)[side // 2 if at is None else at]


def drawn(prepared: "Input", name: str) -> dict[str, Any]:
    """Say what is to be shown once a field has been read.

    Returns
    -------
    dict
        As of a picture: ``picture``, ``sketch``, ``rows``, ``columns``, ``retained_variance``, ``captions``.
    """
    found: dict[str, Any] = {"captions": captions(prepared.field.dimension)}
    if prepared.grid is not None:
        found |= looks(prepared.grid, name)
    return found


def captions(dimension: int) -> dict[str, str]:
    """Say what the three pictures on top of a score show."""
    task = parse_task(COLOURS)
    name = OF_DIMENSION[dimension].name if dimension in OF_DIMENSION else "samples"
    shown = {"picture": f"The {name}{', cut in the middle' * (dimension == 3)}"}
    return shown | watched_captions(task, dimension)


def looks(sampled: "Grid", name: str) -> dict[str, Any]:
    """Show a field and its two levels as squares."""
    from symscope.errors import Outcome
    from symscope.results import Score

    dimension = {"dimension": sampled.dimension}
    stand_in = on_a_page(Score(name, Outcome.OK, sampled=sampled, provenance=dimension)).picture
    assert stand_in is not None
    rows, columns = stand_in.grey.shape
    return {
        "picture": photo(stand_in.rgb, max(rows, columns)).src,
        "rows": rows,
        "columns": columns,
        "sketch": two_coloured(_square(sampled.levels.astype(float), sampled.dimension)),
        "retained_variance": sampled.retained_variance,
    }


def result(score: "Score") -> dict[str, Any]:
    """Return what the page shows of a finished score beside its numbers and words."""
    dimension = score.dimension
    found: dict[str, Any] = {"limits": LIMITS, "captions": captions(dimension)}
    if score.sampled is not None:
        found |= looks(score.sampled, score.path)
    if score.views is not None:
        found |= _inside(score.views, dimension)
    if score.sampled is not None and score.views is not None:
        right = (score.views.answers > 0.5) == (score.sampled.levels > 0)
        shares = right.reshape(len(right), -1).mean(axis=1)
        found["learned"] = shares.tolist()[:NETWORKS_SHOWN]
        found["answers"] = squares(score.views.answers[:NETWORKS_SHOWN], dimension)
    return found | {"where": _where(score, dimension)}


def _inside(views: "Views", dimension: int) -> dict[str, Any]:
    inferno, red_blue = matplotlib.colormaps["inferno"], matplotlib.colormaps["RdBu_r"]
    plane = views.plane[0]
    maps = []
    if dimension in OF_DIMENSION:
        for one, share in zip(views.maps[0][:COMPONENTS_SHOWN], views.variance[0], strict=False):
            limit = float(np.percentile(np.abs(one), MAP_PERCENTILE)) or 1.0
            shown = np.tile(one, (BAND, 1)) if dimension == 1 else one[len(one) // 2]
            image = map_image(shown, red_blue, -limit, limit).src
            maps.append({"image": image, "share": float(share)})
    return {
        "plane": map_image(plane, inferno, 0, max(float(plane.max()), 1e-9)).src,
        "maps": maps,
        "per_network": np.round(views.probabilities, 4).tolist(),
    }


def _where(score: "Score", dimension: int) -> dict[str, Any]:
    """Show what was found, and where: drawings, and a line for each with its colour."""
    unit = score.sampled.unit if score.sampled else ""
    items = listed(score)
    found: dict[str, Any] = {
        "items": [
            {"colour": colour, "text": in_words(item, unit)}
            for item, colour in zip(items, MARKS, strict=False)
        ],
        "more": len(score.elements.items) - len(items) if score.elements else 0,
        "nothing": "",
        "generators": generator_words(score) if score.generators and dimension == 3 else "",
    }
    if not items:
        names = "centre and no period" if dimension == 1 else "mirror, axis, centre or period"
        found["nothing"] = f"No {names} holds." if score.elements else "Not searched."
    if score.generators is not None and dimension > 3:
        found["nothing"] = (
            f"Continuous symmetry: {score.generators.group} "
            f"(verdict of the hidden layer: {score.generators.verdict}). In so many dimensions no "
            "kinds are told apart; mirrors and periods are not looked for."
        )
    if score.sampled is not None and dimension == 3:
        found["panels"] = _panels(score)
    if score.sampled is not None and dimension == 1:
        found["curve"] = _curve(score, score.sampled, items)
    return found


def _panels(score: "Score") -> list[dict[str, str]]:
    """Draw the three cuts and the view in space, each with its words."""
    through = middle(score)
    panels = []
    for axis in range(3):
        figure = Figure(figsize=(PANEL, PANEL), dpi=DPI)
        axes: Any = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        draw_cut(axes, score, axis, through)
        panels.append({"image": _image(figure), "caption": cut_words(score, axis, through)})
    if any(item.point is not None for item in listed(score)):
        panels[0]["caption"] += f" {THROUGH_FIRST}"
    figure = Figure(figsize=(PANEL, PANEL), dpi=DPI, facecolor=style.PAPER)
    axes = figure.add_axes((0.05, 0.07, 0.86, 0.9), projection="3d", facecolor="none")
    draw_space(axes, score)
    return [*panels, {"image": _image(figure), "caption": SPACE_WORDS}]


def _image(figure: Figure) -> str:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    return photo(rgb, max(rgb.shape)).src


def _curve(score: "Score", sampled: "Grid", items: list["Element"]) -> dict[str, Any]:
    """Give a signal's curve, its two levels and an answer, and the marks on them.

    Heights are shares of the drawing's, places shares of its width, from the left.
    """
    low, high = sampled.place(np.array([[-1.0], [1.0]]))[:, 0].tolist()

    def share(place: float) -> float:
        return (place - low) / (high - low)

    step = max(1, len(sampled.fine) // CURVE_POINTS)
    fine = sampled.fine.reshape(-1, step).mean(axis=1)
    span = float(np.ptp(fine)) or 1.0
    ticks = [t for t in MaxNLocator(MARKS_ALONG).tick_values(low, high) if low <= t <= high]
    learned = score.views.answers[0].tolist() if score.views else []
    return {
        "values": np.round((fine - fine.min()) / span, 4).tolist(),
        "levels": sampled.levels.tolist(),
        "answers": [round(float(v), 3) for v in learned],
        "ticks": [[share(float(t)), f"{t:.6g}"] for t in ticks],
        "unit": sampled.unit,
        "marks": [
            {"colour": colour} | _mark(item, share, sampled)
            for item, colour in zip(items, MARKS, strict=False)
        ],
    }


def _mark(item: "Element", share: Any, sampled: "Grid") -> dict[str, Any]:
    if item.point is not None:
        return {"at": share(item.point[0])}
    start = sampled.centre[0]
    return {"from": share(start), "to": share(start + abs((item.vector or (0.0,))[0]))}
