"""What the page shows of a signal, a volume or samples, as plain values; pictures are in showing.

The panels of a volume are those of its figure (``drawing.panels``), one by one, so that they fit a
phone as well as a screen; a signal's curves are given as numbers, and drawn by the browser.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from symscope.drawing import style
from symscope.drawing.explain import NO_KINDS, generator_words, in_units, nothing_found
from symscope.drawing.images import (
    component_image,
    density_image,
    figure_pixels,
    photo,
    picture_of,
)
from symscope.drawing.panels import SPACE_WORDS, cut_words, draw_cut, draw_space, map_limit
from symscope.drawing.parts import Parts
from symscope.drawing.shapes import Shape, field_shapes, listed
from symscope.drawing.style import COMPONENTS_SHOWN, MARKS, NETWORKS_SHOWN
from symscope.drawing.words import INPUT_OF, watched_captions
from symscope.tasks import COLOURS, parse_task
from symscope.web.pixels import two_coloured

if TYPE_CHECKING:
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
    name = INPUT_OF[dimension].name if dimension in INPUT_OF else "samples"
    shown = {"picture": f"The {name}{', cut in the middle' * (dimension == 3)}"}
    return shown | watched_captions(task, dimension)


def looks(sampled: "Grid", name: str) -> dict[str, Any]:
    """Show a field and its two levels as squares."""
    dimension = {"dimension": sampled.dimension}
    rgb = picture_of(Parts(name, "ok", grid=sampled, provenance=dimension))
    assert rgb is not None
    rows, columns = rgb.shape[:2]
    return {
        "picture": photo(rgb, max(rows, columns)).src,
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
        found["learned"] = Parts.of(score).training_shares[:NETWORKS_SHOWN]
        found["answers"] = squares(score.views.answers[:NETWORKS_SHOWN], dimension)
    return found | {"where": _where(score, dimension)}


def _inside(views: "Views", dimension: int) -> dict[str, Any]:
    maps = []
    if dimension in INPUT_OF:
        for one, share in zip(views.maps[0][:COMPONENTS_SHOWN], views.variance[0], strict=False):
            shown = np.tile(one, (BAND, 1)) if dimension == 1 else one[len(one) // 2]
            image = component_image(shown, map_limit(one)).src
            maps.append({"image": image, "share": float(share)})
    return {
        "plane": density_image(views.plane[0]).src,
        "maps": maps,
        "per_network": np.round(views.probabilities, 4).tolist(),
    }


def _where(score: "Score", dimension: int) -> dict[str, Any]:
    """Show what was found, and where: drawings, and a line for each with its colour."""
    parts = Parts.of(score)
    items, unit = listed(parts), parts.grid.unit if parts.grid else ""
    found: dict[str, Any] = {
        "items": [
            {"colour": colour, "text": in_units(item, unit)}
            for item, colour in zip(items, MARKS, strict=False)
        ],
        "more": len(parts.elements.items) - len(items) if parts.elements else 0,
        "nothing": "" if items else nothing_found(parts),
        "generators": generator_words(parts) if parts.generators and dimension == 3 else "",
    }
    if parts.generators is not None and dimension > 3:
        found["nothing"] = (
            f"Continuous symmetry: {parts.generators.group} "
            f"(verdict of the hidden layer: {parts.generators.verdict}). {NO_KINDS}"
        )
    if parts.grid is not None and dimension == 3:
        found["panels"] = _panels(parts)
    if parts.grid is not None and dimension == 1:
        found["curve"] = _curve(parts, parts.grid)
    return found


def _panels(parts: Parts) -> list[dict[str, str]]:
    """Draw the three cuts and the view in space, each with its words."""
    panels = []
    for axis in range(3):
        figure = Figure(figsize=(PANEL, PANEL), dpi=DPI)
        axes: Any = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        draw_cut(axes, parts, axis)
        panels.append({"image": _image(figure), "caption": cut_words(parts, axis)})
    figure = Figure(figsize=(PANEL, PANEL), dpi=DPI, facecolor=style.PAPER)
    axes = figure.add_axes((0.05, 0.07, 0.86, 0.9), projection="3d", facecolor="none")
    draw_space(axes, parts)
    return [*panels, {"image": _image(figure), "caption": SPACE_WORDS}]


def _image(figure: Figure) -> str:
    rgb = figure_pixels(figure)
    return photo(rgb, max(rgb.shape)).src


def _curve(parts: Parts, sampled: "Grid") -> dict[str, Any]:
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
    learned = parts.views.answers[0].tolist() if parts.views else []
    return {
        "values": np.round((fine - fine.min()) / span, 4).tolist(),
        "levels": sampled.levels.tolist(),
        "answers": [round(float(v), 3) for v in learned],
        "ticks": [[share(float(t)), f"{t:.6g}"] for t in ticks],
        "unit": sampled.unit,
        "marks": [_mark(shape) for shape in field_shapes(parts)],
    }


def _mark(shape: Shape) -> dict[str, Any]:
    shares = ((shape.points[:, 0] + 1) / 2).tolist()
    if shape.draw == "centre":
        return {"colour": shape.colour, "at": shares[0]}
    return {"colour": shape.colour, "from": shares[0], "to": shares[1]}
