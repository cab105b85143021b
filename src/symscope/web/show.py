"""What the page shows, as plain values: stages of a score under way, and the whole result.

Images are ``data:`` addresses. The panels of a volume are those of its figure, one by one, so that
they fit a phone as well as a screen; a signal's curves are given as numbers, and drawn by the
browser.
"""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from PIL import Image

from symscope.drawing import style
from symscope.drawing.explain import (
    NO_KINDS,
    element_line,
    fit_lines,
    flow_words,
    generator_words,
    in_units,
    nothing_found,
    verdict,
)
from symscope.drawing.images import (
    component_image,
    density_image,
    figure_pixels,
    photo,
    picture_of,
)
from symscope.drawing.panels import SPACE_WORDS, cut_words, draw_cut, draw_space, map_limit
from symscope.drawing.parts import Parts
from symscope.drawing.rows import plain
from symscope.drawing.shapes import (
    RING,
    drawn_elements,
    field_shapes,
    listed,
    picture_shapes,
    to_pixels,
)
from symscope.drawing.style import COMPONENTS_SHOWN, MARKS, NETWORKS_SHOWN
from symscope.drawing.words import INPUT_OF, in_music, watched_captions
from symscope.tasks import COLOURS, Task, parse_task

if TYPE_CHECKING:
    from symscope.elements import Elements
    from symscope.io.grids import Grid
    from symscope.io.inputs import Input
    from symscope.music.names import Music
    from symscope.options import Options
    from symscope.preprocess.sketch import Sketch
    from symscope.results import Result, Stage

PICTURE_SIDE = 900

SHADES = 32
"""Shades between the two colours in a frame of learning: more are not seen, and cost bytes."""

PANEL, DPI = 2.3, 190
"""Side of a volume's panel in inches, as in its figure, and its dots per inch."""

CURVE_POINTS = 1024
"""Most points of a signal's curve: as many as a wide screen shows."""

MARKS_ALONG = 6
"""Most numbers along a signal."""

BAND = 24
"""Rows of the band that shows a pattern of a signal."""

LIMITS_OF_PICTURES = (
    "One set of probabilities describes the whole square, from a sketch of 64 × 64 points. The "
    "classifier knows templates only: on other pictures the probabilities are a ranking, not a "
    "calibrated chance."
)
LIMITS_OF_FIELDS = (
    "One set of probabilities describes all that the networks see, which is two levels on a coarse "
    "grid. The classifier knows templates only: elsewhere the probabilities are a ranking, not a "
    "calibrated chance."
)
LIMITS_OF_ANSWERS = (
    "One answer describes all that is looked at: of a small part of a large scene, zoom in. It was "
    "calibrated on drawn pictures, signals and volumes; elsewhere take it for a ranking."
)


def two_coloured(values: NDArray[Any]) -> str:
    """Draw an array (R, C) of 0 … 1 between the sketch's two colours, one pixel a value."""
    image = Image.fromarray(np.rint(np.clip(values, 0, 1) * (SHADES - 1)).astype(np.uint8))
    dark, light = (
        np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
        for colour in (style.INK, style.PAPER)
    )
    palette = dark + np.linspace(0, 1, SHADES)[:, None] * (light - dark)
    image = image.convert("L")
    image.putpalette(np.rint(palette).astype(int).ravel().tolist(), "RGB")
    sink = io.BytesIO()
    image.save(sink, "png", bits=8)
    return f"data:image/png;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"


def square_image(values: NDArray[Any], dimension: int) -> str:
    """Draw a field's values (P,), 0 … 1: a volume's middle cut; a signal as an area."""
    if dimension == 1:
        side = 64
        height = values.ravel()[np.linspace(0, values.size - 1, side).round().astype(int)]
        below = 1 - (np.arange(side)[:, None] + 0.5) / side <= 0.1 + 0.8 * height
        return two_coloured((~below).astype(float))
    axes = 2 if dimension == 2 else 3
    side = round(values.size ** (1 / axes))
    cut = values.reshape((side,) * axes)
    return two_coloured(cut if dimension == 2 else cut[side // 2])


def seen_square(shape: tuple[int, ...], extent: int) -> dict[str, float] | None:
    """Return the square in the middle that the networks see, or None where it is everything."""
    rows, columns = shape
    if extent >= max(rows, columns):
        return None
    return {"x": (columns - extent) / 2, "y": (rows - extent) / 2, "side": float(extent)}


def captions(task: Task, dimension: int = 2, heard: str = "") -> dict[str, str]:
    """Say what the three pictures on top of a score show; ``heard`` says it of a sound's."""
    if dimension == 2:
        return {"picture": heard or "The picture", **watched_captions(task)}
    name = INPUT_OF[dimension].name if dimension in INPUT_OF else "samples"
    shown = {"picture": f"The {name}{', cut in the middle' * (dimension == 3)}"}
    return shown | watched_captions(parse_task(COLOURS), dimension)


def picture_looks(picture: Any, sketch: "Sketch | None", task: Task) -> dict[str, Any]:
    """Show a picture, what networks see of it, and the square of it where that lies."""
    looks: dict[str, Any] = {}
    if picture is not None:
        looks["picture"] = photo(picture.rgb, PICTURE_SIDE).src
        looks["rows"], looks["columns"] = picture.grey.shape
        if sketch is not None:
            looks["square"] = seen_square(picture.grey.shape, sketch.extent)
    if sketch is not None:
        looks["sketch"] = two_coloured(sketch.seen(task))
    return looks


def grid_looks(grid: "Grid", name: str) -> dict[str, Any]:
    """Show a sampled field and its two levels as squares."""
    rgb = picture_of(Parts(name, "ok", grid=grid, provenance={"dimension": grid.dimension}))
    assert rgb is not None
    rows, columns = rgb.shape[:2]
    return {
        "picture": photo(rgb, max(rows, columns)).src,
        "rows": rows,
        "columns": columns,
        "sketch": square_image(grid.levels.astype(float), grid.dimension),
        "retained_variance": grid.retained_variance,
    }


def field_stage(given: "Input", name: str) -> dict[str, Any]:
    """Say what is to be shown once a signal, a volume or samples have been read."""
    looks = grid_looks(given.grid, name) if given.grid is not None else {}
    said = captions(parse_task(COLOURS), given.dimension)
    return {"stage": "drawn", "captions": said, **looks}


def stage(seen: "Stage", task: Task, dimension: int = 2) -> dict[str, Any]:
    """Say what is to be shown of a score under way.

    Parameters
    ----------
    seen : what it tells
    task : what the networks learn
    dimension : of the field, whose networks are seen to learn
    """
    from symscope.networks.learning import Learning
    from symscope.results import Drawn

    if isinstance(seen, Drawn):
        drawn = {"stage": "drawn", "captions": captions(task)}
        drawn |= picture_looks(seen.picture, seen.sketch, task)
        if seen.sketch is not None:
            drawn["retained_variance"] = seen.sketch.retained_variance
        return drawn
    if isinstance(seen, Learning):
        return {
            "stage": "learning",
            "step": seen.step,
            "answers": [square_image(answer, dimension) for answer in np.asarray(seen.answers)],
            "learned": [float(share) for share in seen.training_accuracy],
        }
    return {
        "stage": "trained",
        "networks": seen.networks,
        "most": seen.most,
        "probabilities": seen.probabilities,
        "probabilities_sd": seen.probabilities_sd,
    }


def result(score: "Result", options: "Options") -> dict[str, Any]:
    """Return all that the page shows of a finished score, ready for JSON.

    Parameters
    ----------
    score : Result
        With any outcome; what it lacks is left out.
    options : Options
        What it was made with.

    Returns
    -------
    dict
        ``row`` is the row of the table; the rest is for the eye.
    """
    from symscope.report.command import arguments, score_words, shell_line

    said, parts, dimension = verdict(score), Parts.of(score), score.dimension
    shown: dict[str, Any] = {
        "row": plain(score.to_row()),
        "verdict": {
            "headline": said.headline,
            "sure": said.sure,
            "reasons": [{"speaks": r.speaks, "text": r.text} for r in said.reasons],
        },
        "fit": [{"what": what, "value": value} for what, value in fit_lines(score)],
        "command": shell_line(score_words("score", [score.path], arguments(score, options))),
        "limits": LIMITS_OF_ANSWERS
        if parts.weighed
        else LIMITS_OF_PICTURES
        if dimension == 2
        else LIMITS_OF_FIELDS,
        "captions": captions(parts.task, dimension, _heard_words(score.music)),
    }
    if parts.views is not None:
        shown |= _inside(parts, dimension)
    if dimension != 2:
        looks = grid_looks(parts.grid, score.path) if parts.grid is not None else {}
        return shown | looks | {"where": _where(parts, dimension)}
    shown |= picture_looks(score.picture, score.sketch, parts.task)
    if score.music is not None:
        heard = score.music.heard
        shown["in_music"] = in_music(shown["row"]["music"])
        shown["heard"] = {"start": heard.start, "end": heard.end}
    if score.elements is not None and score.picture is not None:
        rows, columns = score.picture.grey.shape
        shown |= elements(score.elements, rows, columns, score.music)
    return shown


def _heard_words(music: "Music | None") -> str:
    """Say how a sound's picture is to be read, and what its edges are."""
    if music is None:
        return ""
    from symscope.drawing.sound import ticks, view_words

    heard = music.heard
    notes = ticks(heard)[1][1]
    edges = f", {notes[0]} to {notes[-1]} upwards" if len(notes) > 1 else ""
    return f"{view_words(heard)} From second {heard.start:.1f} to {heard.end:.1f}{edges}."


def _inside(parts: Parts, dimension: int) -> dict[str, Any]:
    """Show the answers of some networks, and the components of one."""
    views, of_layer, maps = parts.views, parts.inside, []
    assert views is not None
    assert of_layer is not None
    if dimension in (1, 2, 3):
        for values, share in zip(of_layer.maps[:COMPONENTS_SHOWN], of_layer.variance, strict=False):
            if dimension == 2:
                image = component_image(values)
            else:
                cut = np.tile(values, (BAND, 1)) if dimension == 1 else values[len(values) // 2]
                image = component_image(cut, map_limit(values))
            maps.append({"image": image.src, "share": float(share)})
    inside: dict[str, Any] = {
        "plane": density_image(of_layer.plane).src,
        "maps": maps,
        "per_network": np.round(views.probabilities, 4).tolist(),
    }
    answers = np.asarray(views.answers[:NETWORKS_SHOWN])
    if dimension == 2:
        inside["answers"] = [two_coloured(answer) for answer in answers]
    elif parts.grid is not None:
        inside["answers"] = [square_image(answer, dimension) for answer in answers]
    if shares := parts.training_shares:
        inside["learned"] = shares[:NETWORKS_SHOWN]
    return inside


def elements(
    found: "Elements", rows: int, columns: int, music: "Music | None" = None
) -> dict[str, Any]:
    """Return the elements of a picture that are drawn, each with its line, and the flow's words.

    Coordinates are pixels of the picture, from its upper left corner; x to the right, y down.

    Parameters
    ----------
    found : Elements
    rows, columns : of the picture
    music : of a sound, what its elements are called

    Returns
    -------
    dict
        ``elements``: list of objects with ``shape`` and the texts of explain.Line; ``more``:
        how many others were found; ``flow``: a sentence, or empty.
    """
    chosen, lines = drawn_elements(found), []
    for item, shape in zip(chosen, picture_shapes(found), strict=True):
        # In SVG a pixel's corner is whole, not its centre.
        points = [tuple(p) for p in (to_pixels(shape.points, rows, columns) + 0.5).tolist()]
        drawn: dict[str, Any] = {"draw": "centre", "at": points[0], "order": shape.order}
        if shape.draw == "line":
            drawn = {"draw": "axis", "dotted": shape.dotted, "line": points}
        elif shape.draw == "arrow":
            drawn = {"draw": "arrow", "both": shape.heads == 2, "line": points}
        elif shape.draw == "ring":
            drawn = {"draw": "ring", "at": points[0], "radius": RING * max(rows, columns) / 2}
        lines.append({"shape": drawn, **vars(element_line(item, rows, columns, music))})
    return {
        "elements": lines,
        "more": len(found.items) - len(chosen),
        "flow": flow_words(found.flow, rows, columns) if found.flow else "",
    }


def _where(parts: Parts, dimension: int) -> dict[str, Any]:
    """Show the elements of a field, and where: drawings, and a line for each with its colour."""
    items, unit = listed(parts), parts.grid.unit if parts.grid else ""
    where: dict[str, Any] = {
        "items": [
            {"colour": colour, "text": in_units(item, unit)}
            for item, colour in zip(items, MARKS, strict=False)
        ],
        "more": len(parts.elements.items) - len(items) if parts.elements else 0,
        "nothing": "" if items else nothing_found(parts),
        "generators": generator_words(parts) if parts.generators and dimension == 3 else "",
    }
    if parts.generators is not None and dimension > 3:
        where["nothing"] = (
            f"Continuous symmetry: {parts.generators.group} "
            f"(verdict of the hidden layer: {parts.generators.verdict}). {NO_KINDS}"
        )
    if parts.grid is not None and dimension == 3:
        where["panels"] = _panels(parts)
    if parts.grid is not None and dimension == 1:
        where["curve"] = _curve(parts, parts.grid)
    return where


def _panels(parts: Parts) -> list[dict[str, str]]:
    """Draw a volume's three cuts and the view in space, each with its words."""

    def panel(figure: Figure, caption: str) -> dict[str, str]:
        rgb = figure_pixels(figure)
        return {"image": photo(rgb, max(rgb.shape)).src, "caption": caption}

    panels = []
    for axis in range(3):
        figure = Figure(figsize=(PANEL, PANEL), dpi=DPI)
        axes: Any = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        draw_cut(axes, parts, axis)
        panels.append(panel(figure, cut_words(parts, axis)))
    figure = Figure(figsize=(PANEL, PANEL), dpi=DPI, facecolor=style.PAPER)
    axes = figure.add_axes((0.05, 0.07, 0.86, 0.9), projection="3d", facecolor="none")
    draw_space(axes, parts)
    return [*panels, panel(figure, SPACE_WORDS)]


def _curve(parts: Parts, grid: "Grid") -> dict[str, Any]:
    """Give a signal's curve, its two levels and an answer, and the marks on them.

    Heights are shares of the drawing's, places shares of its width, from the left.
    """
    low, high = grid.place(np.array([[-1.0], [1.0]]))[:, 0].tolist()
    fine = grid.fine.reshape(-1, max(1, len(grid.fine) // CURVE_POINTS)).mean(axis=1)
    span = float(np.ptp(fine)) or 1.0
    ticks = [t for t in MaxNLocator(MARKS_ALONG).tick_values(low, high) if low <= t <= high]
    answers = parts.views.answers[0].tolist() if parts.views else []
    marks = []
    for shape in field_shapes(parts):
        at, *end = ((shape.points[:, 0] + 1) / 2).tolist()
        place = {"at": at} if shape.draw == "centre" else {"from": at, "to": end[0]}
        marks.append({"colour": shape.colour, **place})
    return {
        "values": np.round((fine - fine.min()) / span, 4).tolist(),
        "levels": grid.levels.tolist(),
        "answers": [round(float(value), 3) for value in answers],
        "ticks": [[(float(t) - low) / (high - low), f"{t:.6g}"] for t in ticks],
        "unit": grid.unit,
        "marks": marks,
    }
